#include "devices/fdt_file.h"

#include <libfdt.h>

#include "support/error.h"

namespace kiln {

namespace {
// Room for /chosen itself and three small properties.
constexpr size_t kChosenOverhead = 1024;
// Larger trees are mistakes, and libfdt counts in int.
constexpr size_t kMaxFdtSize = 16 << 20;

void require(int result, const std::string& name) {
    if (result < 0)
        throw InputError(name, std::string("malformed device tree: ") + fdt_strerror(result));
}

// A checked copy, aligned as libfdt needs it.
std::vector<std::byte> checked_copy(std::span<const std::byte> fdt, const std::string& name) {
    if (fdt.size() > kMaxFdtSize) throw InputError(name, "device tree larger than 16 MiB");
    std::vector<std::byte> copy(fdt.begin(), fdt.end());
    if (copy.size() < sizeof(fdt_header)) require(-FDT_ERR_TRUNCATED, name);
    require(fdt_check_full(copy.data(), copy.size()), name);
    return copy;
}
}  // namespace

void check_fdt(std::span<const std::byte> fdt, const std::string& name) { checked_copy(fdt, name); }

std::vector<std::byte> with_chosen(std::span<const std::byte> fdt, const std::string& name,
                                   const ChosenInfo& chosen) {
    const std::vector<std::byte> source = checked_copy(fdt, name);
    const size_t arguments = chosen.bootargs ? chosen.bootargs->size() : 0;
    std::vector<std::byte> tree(source.size() + arguments + kChosenOverhead);
    require(fdt_open_into(source.data(), tree.data(), static_cast<int>(tree.size())), name);

    int node = fdt_path_offset(tree.data(), "/chosen");
    if (node == -FDT_ERR_NOTFOUND) node = fdt_add_subnode(tree.data(), 0, "chosen");
    require(node, name);
    if (chosen.bootargs)
        require(fdt_setprop(tree.data(), node, "bootargs", chosen.bootargs->c_str(),
                            static_cast<int>(arguments + 1)),
                name);
    if (chosen.initrd) {
        require(fdt_setprop_u64(tree.data(), node, "linux,initrd-start", chosen.initrd->start),
                name);
        require(fdt_setprop_u64(tree.data(), node, "linux,initrd-end", chosen.initrd->end), name);
    }
    require(fdt_pack(tree.data()), name);
    tree.resize(fdt_totalsize(tree.data()));
    return tree;
}

}  // namespace kiln
