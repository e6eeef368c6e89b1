#include "machine/htif.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace kiln {
namespace {

constexpr u64 kSystemDevice = 0;
constexpr u64 kConsoleDevice = 1;
constexpr u64 kConsoleWrite = 1;
constexpr u64 kSysWrite = 64;

}  // namespace

Htif::Htif(Memory& memory, CharBackend& console, u64 tohost, std::optional<u64> fromhost)
    : memory_(memory), console_(console), tohost_(tohost), fromhost_(fromhost) {
    memory.set_granules(tohost, sizeof(u64), kGranuleWatch);
    memory.add_listener(*this);
}

u64 Htif::read(u64 address) const {
    u64 value = 0;
    if (memory_.in_ram(address, sizeof value))
        std::memcpy(&value, memory_.host(address), sizeof value);
    return value;
}

void Htif::guarded_write(u64 address, u64 size, u8 flags) noexcept {
    const bool hit = address < tohost_ + sizeof(u64) && tohost_ < address + size;
    if ((flags & kGranuleWatch) == 0 || !hit || exit_code_ || handling_) return;
    const u64 request = read(tohost_);
    if (request == 0) return;
    handling_ = true;  // an answer may be written over the next request
    handle(request);
    handling_ = false;
}

void Htif::handle(u64 request) {
    const u64 device = request >> 56;
    const u64 command = request >> 48 & 0xff;
    const u64 payload = request & 0xffff'ffff'ffff;
    if (device == kSystemDevice && command == 0) {
        if ((payload & 1) != 0) {
            exit_code_ = static_cast<int>(payload >> 1 & 0x7fff'ffff);
            return;
        }
        system_call(payload);
        answer(1);
    } else if (device == kConsoleDevice && command == kConsoleWrite) {
        const std::array<std::byte, 1> byte{static_cast<std::byte>(payload & 0xff)};
        console_.write(byte);
        answer(device << 56 | command << 48);
    }
}

// A block of four 64-bit words or more: number, then arguments; the result goes to the first.
void Htif::system_call(u64 block) {
    if (read(block) != kSysWrite) return;
    const u64 address = read(block + 16);
    const u64 size = std::min<u64>(read(block + 24), 4096);
    if (!memory_.in_ram(address, size)) return;
    console_.write({memory_.host(address), size});
    if (memory_.in_ram(block, sizeof size)) memory_.store_ram(block, sizeof size, size);
}

void Htif::answer(u64 value) {
    memory_.store_ram(tohost_, sizeof value, 0);
    if (fromhost_ && memory_.in_ram(*fromhost_, sizeof value))
        memory_.store_ram(*fromhost_, sizeof value, value);
}

}  // namespace kiln
