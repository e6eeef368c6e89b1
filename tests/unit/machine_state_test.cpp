// Hashes and snapshots of a whole machine: equal on every backend, whatever was done in between.
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <initializer_list>
#include <string>
#include <vector>

#include "common/silent_console.h"
#include "guest_program.h"
#include "machine/backends.h"
#include "machine/machine.h"
#include "scratch_folder.h"

namespace kiln {
namespace {

// Three harts that share a counter by LR and SC, write over 64 KiB each, overwrite an instruction
// of their loop, set timers and print.
const std::initializer_list<std::string> kBusyProgram = {
    "auipc t0, 0", "addi t0, t0, 136", "csrrw zero, mtvec, t0", "csrrs a0, mhartid, zero",
    "slli a1, a0, 3", "lui t1, 0x2004", "add t1, t1, a1", "sd zero, 0(t1)", "addi t2, zero, 128",
    "csrrs zero, mie, t2", "csrrsi zero, mstatus, 8", "lui s0, 0x80010", "slli s0, s0, 32",
    "srli s0, s0, 32", "slli s5, a0, 16", "add s5, s5, s0", "auipc s7, 0", "lw s8, 48(s7)",
    "lui s10, 0x100",
    // The loop, at +76.
    "lr.d s1, (s0)", "addi s1, s1, 1", "addi s2, s2, 1", "sc.d s3, s1, (s0)", "slli s6, s2, 48",
    "srli s6, s6, 48", "add s6, s6, s5", "sd s1, 8(s6)", "sd s2, -2048(s5)",
    // At +112, 48 behind s7: its immediate is changed by each turn of the loop.
    "xori s9, s9, 5", "xor s8, s8, s10", "sw s8, 48(s7)", "fence.i", "jal zero, .-52",
    // +132
    "addi zero, zero, 0",
    // The handler, at +136.
    "addi a2, a2, 1", "csrrs a3, time, zero", "addi a4, a3, 77", "sd a4, 0(t1)", "lui a5, 0x10000",
    "sb a2, 0(a5)", "mret"};

class MachineState : public testing::Test {
  protected:
    MachineState() { test::write_program(image_, kBusyProgram); }
    MachineConfig config(const std::string& backend = "interp", u64 tier_up = 10) const {
        MachineConfig config;
        config.image = image_;
        config.bios = BiosKind::none;
        config.ram_size = u64{16} << 20;
        config.harts = 3;
        config.clock = ClockKind::icount;
        config.backend = backend;
        config.tier_up = tier_up;
        return config;
    }
    // Hash after `target` instructions, where `stop` is called each `step` instructions.
    u64 hash_at(
        const MachineConfig& config, u64 target, u64 step = ~u64{0},
        const std::function<void(Machine&)>& stop = [](Machine&) {}) {
        Machine machine(config, console_);
        for (u64 at = 0; target - at > step;) {
            EXPECT_EQ(machine.run_until(at += step), RunEnd::reached);
            stop(machine);
        }
        EXPECT_EQ(machine.run_until(target), RunEnd::reached);
        return machine.state_hash();
    }

    test::ScratchFolder folder_;
    std::string image_ = folder_.name("program");
    test::SilentConsole console_;
};

constexpr u64 kEnd = 400'007;

// What the other tests compare is worth it.
TEST_F(MachineState, ProgramIsBusy) {
    Machine machine(config(), console_);
    machine.run_until(kEnd);
    for (unsigned hart = 0; hart < 3; ++hart) {
        EXPECT_GT(machine.hart(hart).x(12), 100u) << "interrupts";
        EXPECT_GT(machine.hart(hart).x(18), 1000u) << "loops";
    }
    EXPECT_GT(machine.stats().blocks_invalidated, 1000u);
}

TEST_F(MachineState, HashIsTheSameOnEveryBackend) {
    const u64 expected = hash_at(config(), kEnd);
    for (const auto& [backend, make, regions] : backends())
        for (const u64 tier_up : {0, 3, 1000})
            EXPECT_EQ(hash_at(config(std::string(backend), tier_up), kEnd), expected)
                << backend << " from " << tier_up;
}

TEST_F(MachineState, HashIsTheSameWhateverWasAskedBefore) {
    const u64 expected = hash_at(config(), kEnd);
    for (const auto& [backend, make, regions] : backends())
        for (const u64 step : {997, 50'000}) {
            const MachineConfig machine = config(std::string(backend));
            EXPECT_EQ(hash_at(machine, kEnd, step, [](Machine& m) { m.state_hash(); }), expected);
            EXPECT_EQ(hash_at(machine, kEnd, step, [](Machine& m) { m.save(); }), expected);
            EXPECT_EQ(hash_at(machine, kEnd, step, [](Machine& m) { m.restore(m.save()); }),
                      expected);
        }
}

TEST_F(MachineState, HashCoversRegistersMemoryAndDevices) {
    const u64 expected = hash_at(config(), 1000);
    const auto changed = [&](const std::function<void(Machine&)>& change) {
        Machine machine(config(), console_);
        machine.run_until(1000);
        EXPECT_EQ(machine.state_hash(), expected);
        change(machine);
        return machine.state_hash();
    };
    EXPECT_EQ(changed([](Machine&) {}), expected);
    EXPECT_NE(changed([](Machine& m) { m.hart(1).set_x(31, 1); }), expected);
    EXPECT_NE(changed([](Machine& m) { m.hart(2).regs[40] = 1; }), expected) << "f0";
    EXPECT_NE(changed([](Machine& m) { m.hart(2).set_fflags(1); }), expected);
    EXPECT_NE(changed([](Machine& m) { m.hart(0).mscratch = 1; }), expected);
    EXPECT_NE(changed([](Machine& m) { ++m.hart(0).begun_limit; }), expected);
    const std::array<std::byte, 1> one{std::byte{1}};
    EXPECT_NE(changed([&](Machine& m) {
                  m.hart(0).memory->dma_write(virt::kRamBase + (u64{12} << 20) + 77, one);
              }),
              expected);
    // mtimecmp of hart 2, and the scratch register of the UART.
    EXPECT_NE(changed([](Machine& m) { m.hart(0).memory->bus().write(0x2004010, 8, 1); }),
              expected);
    EXPECT_NE(changed([](Machine& m) { m.hart(0).memory->bus().write(0x10000007, 1, 1); }),
              expected);
}

TEST_F(MachineState, PageThatWasTouchedAndIsZeroCountsAsNone) {
    const u64 expected = hash_at(config(), 1000);
    Machine machine(config(), console_);
    machine.run_until(1000);
    Memory& memory = *machine.hart(0).memory;
    const std::vector<std::byte> ones(8192, std::byte{1});
    memory.dma_write(virt::kRamBase + (u64{12} << 20), ones);
    EXPECT_NE(machine.state_hash(), expected);
    memory.dma_write(virt::kRamBase + (u64{12} << 20), std::vector<std::byte>(8192));
    EXPECT_EQ(machine.state_hash(), expected);
}

TEST_F(MachineState, SnapshotIsGoneBackTo) {
    const u64 middle = hash_at(config(), 150'001);
    const u64 end = hash_at(config(), kEnd);
    for (const auto& [backend, make, regions] : backends()) {
        Machine machine(config(std::string(backend)), console_);
        machine.run_until(150'001);
        const Snapshot snapshot = machine.save();
        for (int i = 0; i < 3; ++i) {
            machine.run_until(kEnd);
            EXPECT_EQ(machine.state_hash(), end) << backend;
            machine.restore(snapshot);
            EXPECT_EQ(machine.begun(), 150'001u);
            EXPECT_EQ(machine.state_hash(), middle) << backend;
        }
    }
}

TEST_F(MachineState, SnapshotsAreIndependent) {
    Machine machine(config(), console_);
    std::vector<Snapshot> snapshots;
    std::vector<u64> hashes;
    for (u64 at = 0; at < 300'000; at += 60'000) {
        machine.run_until(at);
        snapshots.push_back(machine.save());
        hashes.push_back(machine.state_hash());
    }
    for (const size_t i : {2, 0, 4, 1, 1, 3}) {
        machine.restore(snapshots[i]);
        EXPECT_EQ(machine.state_hash(), hashes[i]) << i;
        machine.run_until(machine.begun() + 1234);
    }
}

TEST_F(MachineState, SnapshotOfOneBackendRunsOnAnother) {
    const u64 end = hash_at(config(), kEnd);
    Machine first(config("interp"), console_);
    first.run_until(100'003);
    const Snapshot snapshot = first.save();
    for (const auto& [backend, make, regions] : backends()) {
        Machine second(config(std::string(backend), 0), console_);
        second.run_until(20'000);
        second.restore(snapshot);
        EXPECT_EQ(second.run_until(kEnd), RunEnd::reached);
        EXPECT_EQ(second.state_hash(), end) << backend;
    }
}

TEST_F(MachineState, FalseStatesAreRefused) {
    Machine machine(config(), console_);
    machine.run_until(5000);
    const Snapshot good = machine.save();
    Snapshot bad = good;
    bad.devices.pop_back();
    EXPECT_THROW(machine.restore(bad), StateError);
    bad = good;
    bad.devices.push_back({});
    EXPECT_THROW(machine.restore(bad), StateError);
    // Nothing that can be written there crashes or hangs what comes then.
    unsigned refused = 0;
    for (size_t at = 0; at < good.devices.size(); ++at) {
        bad = good;
        bad.devices[at] ^= std::byte{0xff};
        try {
            machine.restore(bad);
            machine.run_until(machine.begun() + 100);
        } catch (const StateError&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 100u);
    machine.restore(good);
    EXPECT_EQ(machine.state_hash(), hash_at(config(), 5000));
}

}  // namespace
}  // namespace kiln
