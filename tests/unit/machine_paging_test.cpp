// Under --clock icount a guest that changes page tables without sfence.vma finds the same on every
// backend: what was derived from an entry goes with a write to it.
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "common/assemble_lines.h"
#include "common/silent_console.h"
#include "machine/backends.h"
#include "machine/machine.h"
#include "scratch_folder.h"

namespace kiln {
namespace {

using riscv::Hart;

constexpr u64 kRoot = 0x80100000, kMiddle = 0x80101000, kLeaves = 0x80102000;
constexpr u64 kPageA = 0x80200000, kPageB = 0x80201000;
// Guest-virtual addresses, by their entries in the leaf table.
constexpr u64 kSwitched = 0x1000, kTableWindow = 0x2000, kCode = 0x3000, kMiddleWindow = 0x4000;
// Bits of a leaf: V, R, W, X, A, D.
constexpr u64 kLeaf = 0xcf;

u64 entry(u64 physical, u64 bits) { return physical >> 12 << 10 | bits; }

// A machine whose harts run in S-mode under Sv39, with tables as the constants above say.
class Paged {
  public:
    Paged(const std::string& image, const std::string& backend, u64 tier_up)
        : machine_(config(image, backend, tier_up), console_) {
        put(kRoot, entry(kMiddle, 1));
        put(kMiddle, entry(kLeaves, 1));
        map(kSwitched, kPageA);
        map(kTableWindow, kLeaves);
        map(kMiddleWindow, kMiddle);
        map(kCode, kPageA + 0x10000);
        Hart& hart = machine_.hart(0);
        hart.pmp.set_address(0, ~u64{0} >> 10, 64);
        hart.pmp.set_config(0, 0x1f);
        hart.satp = u64{8} << 60 | kRoot >> 12;
        hart.priv = riscv::Priv::kSupervisor;
        hart.update_protection();
    }

    void put(u64 address, u64 value) {
        machine_.hart(0).memory->dma_write(address, std::as_bytes(std::span(&value, 1)));
    }
    void map(u64 page, u64 physical) { put(kLeaves + (page >> 12) * 8, entry(physical, kLeaf)); }
    void code(u64 physical, const std::vector<std::string>& lines) {
        machine_.hart(0).memory->dma_write(
            physical, test::assemble_lines(lines, riscv::Isa::everything(64), physical));
    }
    // The accumulator a1 after so many instructions from `pc`.
    u64 run(u64 pc, u64 instructions) {
        Hart& hart = machine_.hart(0);
        hart.pc = pc;
        hart.set_x(11, 0);
        hart.set_x(18, kTableWindow);
        hart.set_x(19, entry(kPageA, kLeaf) ^ entry(kPageB, kLeaf));
        EXPECT_EQ(machine_.run_until(instructions), RunEnd::reached);
        EXPECT_EQ(hart.traps.exceptions, (std::array<u64, 16>{}));
        return hart.x(11);
    }
    Hart& hart() { return machine_.hart(0); }

  private:
    static MachineConfig config(const std::string& image, const std::string& backend, u64 tier_up) {
        MachineConfig config;
        config.image = image;
        config.bios = BiosKind::none;
        config.ram_size = u64{16} << 20;
        config.clock = ClockKind::icount;
        config.backend = backend;
        config.tier_up = tier_up;
        return config;
    }

    test::SilentConsole console_;
    Machine machine_;
};

class MachinePaging : public testing::Test {
  protected:
    template <class F>
    void on_every_backend(F test) {
        for (const auto& [backend, make, regions] : backends())
            for (const u64 tier_up : {0, 5, 1000}) {
                SCOPED_TRACE(std::string(backend) + " from " + std::to_string(tier_up));
                Paged paged(image_, std::string(backend), tier_up);
                test(paged);
            }
    }

    test::ScratchFolder folder_;
    std::string image_ = folder_.write("program", std::string(4, '\0'));
};

constexpr u64 kTurns = 5000;

TEST_F(MachinePaging, DataIsFoundThroughTheNewEntry) {
    on_every_backend([](Paged& paged) {
        paged.put(kPageA, 1);
        paged.put(kPageB, 1000);
        paged.code(kPageA + 0x10000,
                   {"ld a0, 0(s1)", "add a1, a1, a0", "ld a2, 8(s2)", "xor a2, a2, s3",
                    "sd a2, 8(s2)", "addi a3, a3, 1", "jal zero, .-24"});
        paged.hart().set_x(9, kSwitched);
        EXPECT_EQ(paged.run(kCode, 7 * 2 * kTurns), kTurns * 1001);
    });
}

// The guest overwrites the entry of the page that it runs in: the next instruction is the other's.
TEST_F(MachinePaging, CodeIsFoundThroughTheNewEntry) {
    on_every_backend([](Paged& paged) {
        for (const auto& [page, step] : {std::pair(kPageA, "1"), std::pair(kPageB, "1000")})
            paged.code(page,
                       {"ld a2, 8(s2)", "xor a2, a2, s3", "sd a2, 8(s2)",
                        "addi a1, a1, " + std::string(step), "addi a3, a3, 1", "jal zero, .-20"});
        EXPECT_EQ(paged.run(kSwitched, 6 * 2 * kTurns), kTurns * 1001);
    });
}

// A pointer to another table of leaves, in which the page is the other one.
TEST_F(MachinePaging, PointerLeadsToTheNewTable) {
    constexpr u64 kOther = 0x80103000;
    on_every_backend([](Paged& paged) {
        paged.put(kPageA, 1);
        paged.put(kPageB, 1000);
        for (const u64 page : {kSwitched, kMiddleWindow, kCode}) {
            const u64 to = page == kSwitched       ? kPageB
                           : page == kMiddleWindow ? kMiddle
                                                   : kPageA + 0x10000;
            paged.put(kOther + (page >> 12) * 8, entry(to, kLeaf));
        }
        paged.code(kPageA + 0x10000, {"ld a0, 0(s1)", "add a1, a1, a0", "ld a2, 0(s4)",
                                      "xor a2, a2, s5", "sd a2, 0(s4)", "jal zero, .-20"});
        paged.hart().set_x(9, kSwitched);
        paged.hart().set_x(20, kMiddleWindow);
        paged.hart().set_x(21, entry(kLeaves, 1) ^ entry(kOther, 1));
        EXPECT_EQ(paged.run(kCode, 6 * 2 * kTurns), kTurns * 1001);
    });
}

// A cleared D bit is set again by the next store.
TEST_F(MachinePaging, ClearedBitsAreSetAgain) {
    on_every_backend([](Paged& paged) {
        paged.hart().menvcfg |= riscv::kEnvAdue;
        paged.code(kPageA + 0x10000,
                   {"sd a3, 0(s1)", "ld a2, 8(s2)", "andi a0, a2, 128", "add a1, a1, a0",
                    "andi a2, a2, -129", "sd a2, 8(s2)", "jal zero, .-24"});
        paged.hart().set_x(9, kSwitched);
        EXPECT_EQ(paged.run(kCode, 7 * kTurns), kTurns * 128);
    });
}

}  // namespace
}  // namespace kiln
