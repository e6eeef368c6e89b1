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

#include "cpu/riscv/assemble.h"
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
        std::ofstream file(name_, std::ios::binary);
        u64 pc = kRamBase;
        for (const std::string& line : lines) {
            std::string error;
            const auto insn = riscv::assemble(line, riscv::Isa::everything(64), pc, error);
            if (!insn) {
                ADD_FAILURE() << line << ": " << error;
                return;
            }
            file.write(reinterpret_cast<const char*>(&insn->bits), insn->length);
            pc += insn->length;
        }
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
