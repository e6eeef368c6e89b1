// Harts on an engine of their own, without a machine around them.
#pragma once

#include <cstring>
#include <gtest/gtest.h>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "common/assemble_lines.h"
#include "common/stopped_clock.h"
#include "cpu/riscv/csr.h"
#include "cpu/riscv/guest.h"
#include "jit/engine.h"
#include "jit/late_threads.h"

namespace kiln::engine_test {

using riscv::Hart;
using riscv::Isa;
using riscv::Priv;

inline constexpr u64 kRamBase = 0x80000000;
inline constexpr u64 kRamSize = 0x100000;

class Rig {
  public:
    explicit Rig(unsigned harts = 1, const EngineSetup& setup = {})
        : memory_(kRamBase, kRamSize, bus_), engine_(memory_, setup) {
        for (unsigned id = 0; id < harts; ++id) {
            harts_.push_back(std::make_unique<Hart>(id, isa_, memory_, clock_));
            engine_.attach(hart(id));
            hart(id).reset(kRamBase);
        }
    }

    Hart& hart(unsigned id = 0) { return *harts_[id]; }
    Memory& memory() { return memory_; }
    Engine<riscv::Rv64>& engine() { return engine_; }

    // Puts assembled code at a physical address, through the door that every writer takes; returns
    // the address behind it.
    u64 put(u64 address, std::initializer_list<std::string> lines) {
        const std::vector<std::byte> code = test::assemble_lines(lines, isa_, address);
        write(address, code.data(), code.size());
        return address + code.size();
    }
    void write(u64 address, const void* bytes, size_t size) {
        memory_.dma_write(address, {static_cast<const std::byte*>(bytes), size});
    }
    void csr(std::string_view name, u64 value, unsigned id = 0) {
        ASSERT_TRUE(riscv::write_csr(hart(id), static_cast<u32>(riscv::csr_number(name)), value));
    }

    // Runs from `pc` for exactly `instructions`.
    StopReason run(u64 pc, i64 instructions, unsigned id = 0) {
        hart(id).pc = pc;
        hart(id).exit_request = 0;  // what writing CSRs from outside asked for
        return engine_.run(hart(id), instructions);
    }

  private:
    // The threads of an engine may outlive it, but no test.
    struct WaitForThreads {
        ~WaitForThreads() { wait_for_late_threads(); }
    };
    WaitForThreads wait_;
    Isa isa_ = Isa::everything(64);
    Bus bus_;
    test::StoppedClock clock_;
    Memory memory_;
    std::vector<std::unique_ptr<Hart>> harts_;
    Engine<riscv::Rv64> engine_;
};

}  // namespace kiln::engine_test
