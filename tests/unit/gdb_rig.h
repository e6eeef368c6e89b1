// A stub with harts of its own, without a machine around them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/stopped_clock.h"
#include "debug/stub.h"

namespace kiln::debug_test {

inline constexpr u64 kRamBase = 0x80000000;
inline constexpr u64 kRamSize = 0x10000;

class StubRig {
  public:
    explicit StubRig(unsigned xlen = 64, unsigned harts = 2, bool reverses = true)
        : isa_(riscv::Isa::everything(xlen)), memory_(kRamBase, kRamSize, bus_) {
        std::vector<riscv::Hart*> all;
        for (unsigned id = 0; id < harts; ++id) {
            harts_.push_back(std::make_unique<riscv::Hart>(id, isa_, memory_, clock_));
            harts_.back()->reset(kRamBase);
            all.push_back(harts_.back().get());
        }
        stub.attach(std::move(all), reverses);
    }

    riscv::Hart& hart(unsigned id = 0) { return *harts_[id]; }
    // The answer to a packet; "-": there is none.
    std::string ask(std::string_view packet) { return stub.handle(packet).reply.value_or("-"); }

    debug::Stub stub{[](std::string_view command, debug::Answer::Action& action) {
        if (command == "quit") action = debug::Answer::kKill;
        return command == "silent" ? std::string() : "heard " + std::string(command);
    }};

  private:
    const riscv::Isa isa_;
    Bus bus_;
    test::StoppedClock clock_;
    Memory memory_;
    std::vector<std::unique_ptr<riscv::Hart>> harts_;
};

}  // namespace kiln::debug_test
