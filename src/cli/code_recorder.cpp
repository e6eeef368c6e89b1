#include "cli/code_recorder.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

#include "jit/ir/text.h"

namespace kiln {
namespace {

// The bytes as the number that they are: 8 digits for 4 of them.
std::string digits(std::span<const std::byte> bytes) {
    u64 bits = 0;
    std::memcpy(&bits, bytes.data(), std::min(bytes.size(), sizeof bits));
    return fmt::format("{:0{}x}", bits, 2 * bytes.size());
}

std::string listing(const NativeCode& code) {
    std::string text;
    for (const GuestLine& line : code.disassemble())
        text += fmt::format("{:x}:  {:<8}  {}\n", line.pc, digits(line.bytes), line.text);
    return text;
}

std::string all_ir(const NativeCode& code) {
    std::string text = ir::print(code.ir);
    for (const CodePart& part : code.others)
        text += fmt::format("; {:x}\n{}", part.pc, ir::print(part.ir));
    return text;
}

u64 guest_bytes(const NativeCode& code) {
    u64 bytes = code.guest.size();
    for (const CodePart& part : code.others) bytes += part.bytes;
    return bytes;
}

}  // namespace

void CodeRecorder::on_space(std::span<const std::byte>) {
    records_.clear();
    sampler_.start();
}

void CodeRecorder::on_code(const NativeCode& code) {
    const auto address = reinterpret_cast<u64>(code.host.data());
    // Other code may have been here.
    sampler_.forget(address, code.host.size());
    if (!wanted_(code)) return;
    records_[code.host.data()] = {.name = code.name,
                                  .pc = code.pc,
                                  .physical = code.physical,
                                  .mode = code.mode,
                                  .blocks = 1 + code.others.size(),
                                  .instructions = code.instructions,
                                  .guest_bytes = guest_bytes(code),
                                  .guest = listing(code),
                                  .ir = all_ir(code),
                                  .host = {code.host.begin(), code.host.end()},
                                  .host_address = address};
}

std::vector<const CodeRecord*> CodeRecorder::records() const {
    std::vector<const CodeRecord*> records;
    for (const auto& [host, record] : records_) records.push_back(&record);
    std::ranges::sort(records, {}, [](const CodeRecord* record) {
        return std::pair(record->pc, record->host_address);
    });
    return records;
}

}  // namespace kiln
