// The machine's limits, its clock when idle, and HTIF, which a guest may misuse.
#include "machine/machine.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <initializer_list>
#include <libfdt.h>
#include <string>
#include <unistd.h>

#include "guest_program.h"
#include "support/error.h"

namespace kiln {
namespace {

constexpr u64 kRamBase = 0x80000000;

// Counts what the machine does with it. It gives up, as a user would, when the machine sleeps or
// was polled very often.
class Console final : public CharBackend {
  public:
    ~Console() override { close(always_ready_); }
    size_t write(std::span<const std::byte> bytes) noexcept override {
        written += bytes.size();
        return bytes.size();
    }
    size_t read(std::span<std::byte>) noexcept override { return 0; }
    void poll() noexcept override { ++polls; }
    int poll_fd() const noexcept override {
        slept = true;
        return always_ready_;
    }
    bool quit_requested() const noexcept override { return slept || polls > 100000; }

    size_t written = 0;
    u64 polls = 0;
    mutable bool slept = false;

  private:
    int always_ready_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
};

// A flat binary in the test's folder.
class Program {
  public:
    explicit Program(std::initializer_list<std::string> lines)
        : name_(std::filesystem::path(testing::TempDir()) /
                ("kiln-machine-test-" + std::to_string(getpid()))) {
        test::write_program(name_, lines);
    }
    ~Program() { std::filesystem::remove(name_); }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    MachineConfig config() const {
        MachineConfig config;
        config.image = name_;
        config.bios = BiosKind::none;
        config.ram_size = u64{16} << 20;
        return config;
    }

  private:
    std::string name_;
};

TEST(Machine, LimitIsExactForSeveralHarts) {
    // Hart 0 waits at once and leaves the rest to hart 1.
    const Program program({"csrrs a0, mhartid, zero", "bne a0, zero, .+8", "wfi", "jal zero, .+0"});
    for (const ClockKind clock : {ClockKind::host, ClockKind::icount}) {
        for (const u64 limit : {1, 4, 100, 40000}) {
            MachineConfig config = program.config();
            config.harts = 2;
            config.clock = clock;
            config.limit_instructions = limit;
            Console console;
            Machine machine(config, console);
            EXPECT_EQ(machine.run(), kExitLimit);
            EXPECT_EQ(machine.left(), 0u);
            u64 retired = 0;
            for (const HartStats& hart : machine.stats().harts) retired += hart.instructions;
            EXPECT_EQ(retired, limit);
        }
    }
}

// What a guest with several harts, which wait for each other with LR and SC and by the timer's
// interrupt, has done after so many instructions does not depend on stops in between.
TEST(Machine, StopsAreNotVisible) {
    // Each hart: a timer interrupt 777 ticks ahead again and again, whose handler counts in a2 and
    // reads the time into a3; a counter shared by all in s0, added to with LR and SC.
    const Program program(
        {"auipc t0, 0", "addi t0, t0, 80", "csrrw zero, mtvec, t0", "csrrs a0, mhartid, zero",
         "slli a1, a0, 3", "lui t1, 0x2004", "add t1, t1, a1", "sd zero, 0(t1)",
         "addi t2, zero, 128", "csrrs zero, mie, t2", "csrrsi zero, mstatus, 8", "lui s0, 0x80010",
         "slli s0, s0, 32", "srli s0, s0, 32",
         // The loop, at +56.
         "lr.d s1, (s0)", "addi s1, s1, 1", "addi s2, s2, 1", "sc.d s3, s1, (s0)", "add s4, s4, s3",
         "jal zero, .-20",
         // The handler, at +80.
         "addi a2, a2, 1", "csrrs a3, time, zero", "addi a4, a3, 777", "sd a4, 0(t1)", "mret"});
    MachineConfig config = program.config();
    config.harts = 3;
    config.clock = ClockKind::icount;
    constexpr u64 kEnd = 1'000'003;
    const auto run = [&](u64 step) {
        Console console;
        Machine machine(config, console);
        for (u64 target = step; target < kEnd; target += step) {
            EXPECT_EQ(machine.run_until(target), RunEnd::reached);
            EXPECT_EQ(machine.begun(), target);
        }
        EXPECT_EQ(machine.run_until(kEnd), RunEnd::reached);
        std::string state;
        for (unsigned hart = 0; hart < config.harts; ++hart) {
            const riscv::Hart& h = machine.hart(hart);
            EXPECT_GT(h.x(12), 3u) << "timer interrupts of hart " << hart;
            EXPECT_GT(h.x(20), 3u) << "failures of SC on hart " << hart;
            state += std::to_string(h.begun()) + ' ' + std::to_string(h.pc);
            for (unsigned reg = 1; reg < 32; ++reg) state += ' ' + std::to_string(h.x(reg));
            state += '\n';
        }
        return state;
    };
    const std::string whole = run(kEnd);
    for (const u64 step : {1, 7, 1000, 32768, 99'991}) EXPECT_EQ(run(step), whole) << step;
}

// Time does not go back between harts: one writes down the time, the other reads it later.
TEST(Machine, TimeIsTheSameForAllHarts) {
    // Both: t1 = what the other wrote last, t2 = the time now; counts in s1 where t2 < t1.
    const Program program({"lui s0, 0x80010", "slli s0, s0, 32", "srli s0, s0, 32", "ld t1, 0(s0)",
                           "csrrs t2, time, zero", "sd t2, 0(s0)", "sltu t3, t2, t1",
                           "add s1, s1, t3", "jal zero, .-20"});
    MachineConfig config = program.config();
    config.harts = 4;
    config.clock = ClockKind::icount;
    Console console;
    Machine machine(config, console);
    EXPECT_EQ(machine.run_until(1'000'000), RunEnd::reached);
    for (unsigned hart = 0; hart < config.harts; ++hart) {
        EXPECT_EQ(machine.hart(hart).x(9), 0u);
        EXPECT_GT(machine.hart(hart).x(7), 2000u);
    }
}

// The time that a million instructions take on one hart and on two.
TEST(Machine, TheInstructionClockHasARate) {
    const Program program({"csrrs t2, time, zero", "jal zero, .-4"});
    MachineConfig config = program.config();
    config.clock = ClockKind::icount;
    for (const u64 rate : {3, 10, 1000}) {
        for (const unsigned harts : {1u, 2u}) {
            config.icount_rate = rate;
            config.harts = harts;
            Console console;
            Machine machine(config, console);
            EXPECT_EQ(machine.run_until(1'000'000), RunEnd::reached);
            // Ticks of 100 ns, read by the last hart's last but one instruction at the latest.
            const u64 end = 10 * 1'000'000 / harts / rate;
            u64 last = 0;
            for (unsigned hart = 0; hart < harts; ++hart)
                last = std::max(last, machine.hart(hart).x(7));
            EXPECT_LE(last, end) << rate;
            EXPECT_GE(last + 10, end) << rate;
        }
    }
}

// An alarm beyond the end of time is none: the machine sleeps, whichever clock it has.
TEST(Machine, SleepsWhereNoAlarmCanCome) {
    for (const std::string early : {"0", "4"}) {
        // Sstc on; mtime is set back, stimecmp is -2 or a sixteenth of that.
        const Program program({"lui t0, 0x200c", "addi t1, zero, 1", "sd t1, -8(t0)",
                               "addi t1, zero, -2", "srli t1, t1, " + early, "addi t2, zero, 1",
                               "slli t2, t2, 63", "csrrs zero, menvcfg, t2",
                               "csrrw zero, stimecmp, t1", "addi t2, zero, 32",
                               "csrrs zero, mie, t2", "wfi", "jal zero, .-4"});
        for (const ClockKind clock : {ClockKind::host, ClockKind::icount}) {
            MachineConfig config = program.config();
            config.clock = clock;
            Console console;
            Machine machine(config, console);
            EXPECT_EQ(machine.run(), 0);
            EXPECT_TRUE(console.slept) << "shift " << early;
            EXPECT_LT(machine.stats().harts[0].instructions, 100u);
        }
    }
}

// Its answers depend on the backend, so that a run with it would not repeat.
TEST(Machine, JitctlUnderTheHostsClockOnly) {
    const Program program({"jal zero, .+0"});
    for (const ClockKind clock : {ClockKind::host, ClockKind::icount}) {
        MachineConfig config = program.config();
        config.clock = clock;
        Console console;
        const std::vector<std::byte> fdt = Machine(config, console).device_tree();
        const int node = fdt_node_offset_by_compatible(fdt.data(), -1, "kiln,jitctl");
        EXPECT_EQ(node >= 0, clock == ClockKind::host);
    }
}

// A query may take as long as many slices do, and the console must be served all the same.
TEST(Machine, QueryEndsTheSlice) {
    // START 0x80000000, LENGTH 4, then command 1 for ever.
    const Program program({"lui t0, 0x10200", "auipc t1, 0", "addi t1, t1, -4", "sd t1, 40(t0)",
                           "addi t1, zero, 4", "sd t1, 48(t0)", "addi t1, zero, 1", "sd t1, 56(t0)",
                           "jal zero, .-4"});
    MachineConfig config = program.config();
    config.harts = 2;
    config.limit_instructions = 2000;
    Console console;
    Machine machine(config, console);
    EXPECT_EQ(machine.run(), kExitLimit);
    // Slices of two instructions are taken in turns; whole ones would leave nothing to hart 1.
    const RunStats stats = machine.stats();
    EXPECT_NEAR(static_cast<double>(stats.harts[1].instructions), 1000, 20);
}

struct HtifRig {
    Bus bus;
    Memory memory{kRamBase, 0x20000, bus};
    Console console;
};

// A request whose answer is written over the request itself.
TEST(Htif, AnswerIsNoRequest) {
    HtifRig rig;
    const u64 block = kRamBase + 0x10000;
    const u64 tohost = block + 6;  // the two overlap
    Htif htif(rig.memory, rig.console, tohost, tohost);
    rig.memory.store_ram(block, 8, 64);             // write
    rig.memory.store_ram(block + 16, 8, kRamBase);  // this
    rig.memory.store_ram(block + 24, 8, 64);        // so many bytes
    rig.memory.store_ram(tohost, 8, block);
    EXPECT_EQ(rig.console.written, 64u);
    EXPECT_FALSE(htif.exit_code());
    // It still listens.
    rig.memory.store_ram(tohost, 8, 7 << 1 | 1);
    EXPECT_EQ(htif.exit_code(), 7);
}

}  // namespace
}  // namespace kiln
