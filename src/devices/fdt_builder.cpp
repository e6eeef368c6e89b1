#include "devices/fdt_builder.h"

#include <libfdt.h>
#include <stdexcept>

namespace kiln {

namespace {
constexpr size_t kInitialSize = 16 * 1024;
}

FdtBuilder::FdtBuilder() : tree_(kInitialSize) {
    run([this](void* fdt) { return fdt_create(fdt, static_cast<int>(tree_.size())); });
    run(fdt_finish_reservemap);
    run([](void* fdt) { return fdt_begin_node(fdt, ""); });
}

void FdtBuilder::run(const std::function<int(void*)>& call) {
    int result = call(tree_.data());
    while (result == -FDT_ERR_NOSPACE) {
        std::vector<std::byte> larger(tree_.size() * 2);
        if (fdt_resize(tree_.data(), larger.data(), static_cast<int>(larger.size())) != 0) break;
        tree_ = std::move(larger);
        result = call(tree_.data());
    }
    if (result != 0) throw std::logic_error(std::string("device tree: ") + fdt_strerror(result));
}

void FdtBuilder::node(const std::string& name, const std::function<void()>& content) {
    run([&](void* fdt) { return fdt_begin_node(fdt, name.c_str()); });
    content();
    run(fdt_end_node);
}

void FdtBuilder::bytes(const char* name, std::span<const std::byte> value) {
    run([&](void* fdt) {
        return fdt_property(fdt, name, value.data(), static_cast<int>(value.size()));
    });
}

void FdtBuilder::flag(const char* name) { bytes(name, {}); }

void FdtBuilder::cells(const char* name, std::span<const uint32_t> values) {
    std::vector<fdt32_t> big_endian;
    for (const uint32_t value : values) big_endian.push_back(cpu_to_fdt32(value));
    bytes(name, std::as_bytes(std::span(big_endian)));
}

void FdtBuilder::wide_cells(const char* name, std::initializer_list<uint64_t> values) {
    std::vector<uint32_t> halves;
    for (const uint64_t value : values) {
        halves.push_back(static_cast<uint32_t>(value >> 32));
        halves.push_back(static_cast<uint32_t>(value));
    }
    cells(name, halves);
}

void FdtBuilder::strings(const char* name, const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts) list.append(text.c_str(), text.size() + 1);
    bytes(name, std::as_bytes(std::span(list)));
}

std::vector<std::byte> FdtBuilder::finish() {
    run(fdt_end_node);
    run(fdt_finish);
    tree_.resize(fdt_totalsize(tree_.data()));
    return std::move(tree_);
}

}  // namespace kiln
