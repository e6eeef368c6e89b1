// A hart, RAM and a code space, to run pieces of native code that tests put together by hand.
#pragma once

#include <cstring>
#include <gtest/gtest.h>
#include <initializer_list>
#include <vector>

#include "common/stopped_clock.h"
#include "cpu/riscv/csr.h"
#include "cpu/riscv/guest.h"
#include "jit/native/code_space.h"
#include "jit/native/transfer_impl.h"

namespace kiln::native_test {

using riscv::Hart;
using riscv::Isa;
using riscv::Priv;

inline constexpr u64 kRamBase = 0x80000000;
inline constexpr u64 kRamSize = 0x100000;

// Takes everything, and says how often it was asked.
struct CountingDevice final : Device {
    std::optional<u64> read(u64, unsigned) noexcept override { return ++accesses; }
    bool write(u64, unsigned, u64) noexcept override { return ++accesses != 0; }
    u64 accesses = 0;
};

class HartRig {
  public:
    static constexpr u64 kDevice = 0x10000000;

    explicit HartRig(unsigned xlen = 64, u64 ram_size = kRamSize)
        : memory(kRamBase, ram_size, bus), hart(0, Isa::everything(xlen), memory, clock) {
        bus.map("device", kDevice, kPageSize, device);
        hart.reset(kRamBase);
    }

    void csr(std::string_view name, u64 value) {
        ASSERT_TRUE(riscv::write_csr(hart, static_cast<u32>(riscv::csr_number(name)), value));
    }
    void enter_mode(Priv priv) {
        hart.priv = priv;
        hart.update_context();
    }
    u64 read(u64 address) const {
        u64 value;
        std::memcpy(&value, memory.host(address), sizeof value);
        return value;
    }

    Bus bus;
    CountingDevice device;
    test::StoppedClock clock;
    Memory memory;
    Hart hart;
};

// Native code, byte by byte, at the place that a code space has for it.
class Code {
  public:
    explicit Code(native::CodeSpace& space) : space_(space) {
        space.make_room([](native::Block&) {});
        block_ = &space.new_block(0);
    }

    void bytes(std::initializer_list<unsigned> list) {
        for (const unsigned byte : list) bytes_.push_back(static_cast<u8>(byte));
    }
    // mov reg, value
    void set(unsigned reg, u64 value) {
        bytes({0x48u | reg >> 3, 0xb8 + (reg & 7)});
        append(value);
    }
    // Uses rax.
    void set_xmm(unsigned reg, u64 value) {
        set(native::rax, value);
        bytes({0x66, 0x48 | reg >> 3 << 2, 0x0f, 0x6e, 0xc0 | (reg & 7) << 3});
    }
    // Moves of 64 bits between registers and CpuState.
    void store(unsigned reg, StateOffset to) {
        bytes({0x49 | reg >> 3 << 2, 0x89, 0x85 | (reg & 7) << 3});
        append(static_cast<u32>(to));
    }
    void store_xmm(unsigned reg, StateOffset to) {
        bytes({0x66, 0x41 | reg >> 3 << 2, 0x0f, 0xd6, 0x85 | (reg & 7) << 3});
        append(static_cast<u32>(to));
    }
    // setnz byte [to]
    void store_not_zero(StateOffset to) {
        bytes({0x41, 0x0f, 0x95, 0x85});
        append(static_cast<u32>(to));
    }
    void call(u64 slot) { indirect(0x15, slot); }
    void jump(u64 slot) { indirect(0x25, slot); }
    // Leaves with `code`.
    void leave(u64 code) {
        set(native::rax, code);
        jump(space_.slot(native::Symbol::kExit));
    }
    // Where it runs.
    u64 publish() {
        const native::Room room = space_.room();
        std::memcpy(room.write, bytes_.data(), bytes_.size());
        space_.publish(*block_, bytes_.size());
        return room.run;
    }

  private:
    template <class T>
    void append(T value) {
        const auto* raw = reinterpret_cast<const u8*>(&value);
        bytes_.insert(bytes_.end(), raw, raw + sizeof value);
    }
    void indirect(unsigned how, u64 slot) {
        const u64 behind = space_.room().run + bytes_.size() + 6;
        bytes({0xff, how});
        append(static_cast<i32>(slot - behind));
    }

    native::CodeSpace& space_;
    native::Block* block_;
    std::vector<u8> bytes_;
};

}  // namespace kiln::native_test
