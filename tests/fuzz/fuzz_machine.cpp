// Runs any program on a hart with the devices of the virt board, once in long slices and once in
// short ones, each on the interpreter or with native code. Nothing that a guest does may crash or
// hang Kiln, and how its code was cut into blocks and slices, and what ran it, must not show in its
// state.
//
// An input is a state to start from and a list of instructions, which run as a loop. Traps go to
// handlers that go on behind the instruction.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "common/assemble_lines.h"
#include "common/silent_console.h"
#include "common/stopped_clock.h"
#include "cpu/riscv/csr.h"
#include "cpu/riscv/hart.h"
#include "devices/board_virt.h"
#include "fuzz/pick_encoding.h"
#include "fuzz/require.h"
#include "machine/backends.h"
#include "machine/hart_engine.h"
#include "machine/jit_control.h"

namespace kiln::riscv {
namespace {

constexpr u64 kRamSize = 0x1'0000;
constexpr u64 kMachineHandler = virt::kRamBase;
constexpr u64 kSupervisorHandler = virt::kRamBase + 0x40;
constexpr u64 kPageTable = virt::kRamBase + 0x1000;
constexpr u64 kProgram = virt::kRamBase + 0x2000;
constexpr u64 kData = virt::kRamBase + 0x8000;
constexpr size_t kMostInstructions = 256;
constexpr i64 kRounds = 8;
constexpr i64 kRound = 500;  // instructions between two looks at the devices

// Where loads and stores of random instructions meet something.
constexpr u64 kPlaces[] = {
    0,
    ~u64{0},
    kProgram,
    kProgram + 0x100,
    kData,
    kData + 0xffc,
    kPageTable,
    virt::kRamBase + kRamSize - 4,
    virt::kFinisher.base + 4,  // beside the register that ends the run
    virt::kRtc.base,
    virt::kClint.base,
    virt::kClint.base + 0x4000,
    virt::kPlic.base,
    virt::kPlic.base + 0x20'1000,
    virt::kUart.base,
    virt::kVirtio.base,
    virt::kVirtio.base + (virt::kVirtioSlots - 1) * virt::kVirtio.size + 0x38,
    virt::kJitctl.base + 0x20,
    virt::kJitctl.base + 0x38,
    1,  // a query
};

// Asks the engine and keeps its answers back: blocks are the one thing that slices may show in, and
// what can be compiled depends on the engine.
class SilentControl final : public JitControl {
  public:
    SilentControl(const Memory& memory, HartEngine& engine, const Hart& hart)
        : control_(memory, engine) {
        control_.follow(&hart);
    }
    JitRange ram() const noexcept override { return control_.ram(); }
    uint64_t features() const noexcept override { return 0; }
    uint64_t max_level() const noexcept override { return 0; }
    uint64_t retired() const noexcept override { return control_.retired(); }
    JitCounters counters(const JitRange& range) noexcept override {
        const JitCounters known = control_.counters(range);
        require(known.instructions >= known.blocks_at_level[0], "no block is empty");
        return {};
    }
    JitStatus compile(const JitRange& range) noexcept override {
        control_.compile(range);
        return JitStatus::kDone;
    }
    void set_thresholds(const JitThresholds& thresholds) noexcept override {
        control_.set_thresholds(thresholds);
    }

  private:
    EngineControl control_;
};

struct Start {
    Isa isa;
    std::array<u64, 32> x{};
    u64 mstatus = 0;
    u64 medeleg = 0;
    u64 mideleg = 0;
    Priv priv = Priv::kMachine;
    bool paging = false;
    u8 leaf_flags = 0;
    std::vector<u32> program;
};

Start pick_start(FuzzedDataProvider& data) {
    Start start;
    start.isa = Isa::everything(data.ConsumeBool() ? 32 : 64);
    if (data.ConsumeBool()) start.isa.extensions = data.ConsumeIntegral<u64>() & every_extension();
    for (unsigned i = 1; i < 32; ++i) {
        const u8 place = data.ConsumeIntegral<u8>();
        start.x[i] = place < std::size(kPlaces) ? kPlaces[place] : u64{place} << (place & 63);
    }
    start.mstatus = data.ConsumeIntegral<u64>() | (data.ConsumeBool() ? kMstatusFs : 0);
    start.medeleg = data.ConsumeIntegral<u16>();
    start.mideleg = data.ConsumeIntegral<u16>();
    start.priv = data.PickValueInArray({Priv::kMachine, Priv::kSupervisor, Priv::kUser});
    start.paging = data.ConsumeBool();
    start.leaf_flags = data.ConsumeBool() ? 0xdf : 0xcf;  // everything but, or with, U
    while (data.remaining_bytes() != 0 && start.program.size() < kMostInstructions)
        start.program.push_back(pick_encoding(data));
    return start;
}

// The interpreter alone, or native code from the first entry on, where it is built in.
EngineSetup pick_engine(FuzzedDataProvider& data) {
    EngineSetup setup;
    if (data.ConsumeBool()) {
        const BackendInfo& backend = backends().back();
        setup.hot = {backend.make, 0, native::CodeSpace::kSmallest};
        setup.hot.make_regions = backend.regions;
    }
    return setup;
}

class Rig {
  public:
    Rig(const Start& start, const EngineSetup& engine)
        : memory_(virt::kRamBase, kRamSize, bus_),
          hart_(0, start.isa, memory_, clock_),
          engine_(start.isa.xlen == 32 ? make_rv32_engine(memory_, engine)
                                       : make_rv64_engine(memory_, engine)),
          jit_(memory_, *engine_, hart_),
          board_(config(jit_), bus_, memory_, clock_, console_, {&hart_}) {
        engine_->attach(hart_);
        put_handler(kMachineHandler, 'm');
        put_handler(kSupervisorHandler, 's');
        put_page_table(start.leaf_flags);
        put_program(start);
        set_registers(start);
    }

    // Runs to the end, in slices of at most `slice` instructions.
    void run(i64 slice) {
        for (i64 round = 0; round < kRounds && !over(); ++round) {
            run_round(slice);
            board_.poll();
            hart_.update_timer();
        }
        require(hart_.x(0) == 0, "x0 is zero");
    }

    // Aborts where the state differs from that of `other`, which started alike.
    void compare(Rig& other) {
        if (hart_.satp != satp_) return;  // another page table, without that protection
        same("pc", hart_.pc, other.hart_.pc);
        same("mode", static_cast<u64>(hart_.priv), static_cast<u64>(other.hart_.priv));
        same("instructions begun", hart_.begun(), other.hart_.begun());
        same("instructions trapped", hart_.trapped, other.hart_.trapped);
        for (unsigned slot = 0; slot < kRegisterSlots; ++slot)
            if (slot != kNoRd)
                same("register " + std::to_string(slot), hart_.regs[slot], other.hart_.regs[slot]);
        for (u32 number : csr_numbers()) same(csr_name(number), csr(number), other.csr(number));
        for (u64 address = virt::kRamBase; address < virt::kRamBase + kRamSize; address += 8)
            same("RAM at " + std::to_string(address), word(address), other.word(address));
    }

  private:
    static VirtConfig config(JitControl& jit) {
        VirtConfig config;
        config.jit = &jit;
        config.wall_clock_ns = [] { return u64{0}; };
        config.entropy = [](std::span<std::byte> out) {
            std::fill(out.begin(), out.end(), std::byte{0x5a});
            return true;
        };
        return config;
    }

    static const std::vector<u32>& csr_numbers() {
        static const std::vector<u32> numbers = [] {
            std::vector<u32> all;
            for (u32 number = 0; number < 0x1000; ++number)
                if (!csr_name(number).empty()) all.push_back(number);
            return all;
        }();
        return numbers;
    }

    static void same(const std::string& name, u64 a, u64 b) {
        if (a == b) return;
        std::fprintf(stderr, "%s: %#llx in long slices, %#llx in short ones\n", name.c_str(),
                     static_cast<unsigned long long>(a), static_cast<unsigned long long>(b));
        require(false, "slices do not show");
    }

    bool over() const { return board_.exit_code() || board_.reset_requested(); }

    void run_round(i64 slice) {
        const u64 end = hart_.begun() + kRound;
        while (hart_.begun() < end && !over()) {
            if (hart_.waiting) {
                if (!hart_.wakes()) return;
                hart_.waiting = false;
                hart_.exit_request |= kExitPoll;
            }
            const u64 before = hart_.begun();
            const i64 left = static_cast<i64>(end - before);
            const StopReason reason = engine_->run(hart_, std::min(slice, left));
            require(hart_.begun() <= end, "no instruction begins beyond the slice");
            require(hart_.begun() != before || reason != StopReason::kBudget, "a slice gets on");
        }
    }

    u64 csr(u32 number) {
        const Priv priv = hart_.priv;
        hart_.priv = Priv::kMachine;
        u64 value = 0;
        read_csr(hart_, number, false, value);
        hart_.priv = priv;
        return value;
    }

    u64 word(u64 address) const {
        u64 value;
        std::memcpy(&value, memory_.host(address), sizeof value);
        return value;
    }

    // Goes on behind the instruction that trapped, or one further after an interrupt.
    void put_handler(u64 address, char mode) {
        const std::string m(1, mode);
        const std::array<std::string, 6> lines = {
            "csrrw zero," + m + "scratch,t0", "csrrs t0," + m + "epc,zero",
            std::string("addi t0,t0,4"),      "csrrw zero," + m + "epc,t0",
            "csrrs t0," + m + "scratch,zero", m + "ret"};
        memory_.dma_write(address, test::assemble_lines(lines, Isa::everything(64), address));
    }

    // Maps RAM and the devices where they are, with the largest pages.
    void put_page_table(u8 flags) {
        const bool rv32 = hart_.is_rv32();
        const u64 span = u64{1} << (rv32 ? 22 : 30);
        const unsigned bytes = rv32 ? 4 : 8;
        for (u64 place :
             {u64{0}, virt::kClint.base, virt::kPlic.base, virt::kUart.base, virt::kRamBase}) {
            const u64 page = place & ~(span - 1);
            memory_.store_ram(kPageTable + page / span * bytes, bytes, page >> 2 | flags);
        }
    }

    void put_program(const Start& start) {
        u64 at = kProgram;
        for (u32 bits : start.program) {
            const unsigned length = is_long_encoding(bits) ? 4 : 2;
            memory_.store_ram(at, length, bits);
            at += length;
        }
        Operands back;
        back.imm = static_cast<i32>(kProgram - at);
        memory_.store_ram(at, 4, encode(InsnId::jal, back));
    }

    void write(const char* name, u64 value) {
        write_csr(hart_, static_cast<u32>(csr_number(name)), value);
    }

    void set_registers(const Start& start) {
        for (unsigned i = 1; i < 32; ++i) hart_.set_x(i, hart_.xlen_value(start.x[i]));
        write("mtvec", kMachineHandler);
        write("stvec", kSupervisorHandler);
        // Nobody may write the page table: what a hart does with an entry that changed, up to the
        // next sfence.vma, may depend on anything.
        write("pmpaddr0", kPageTable >> 2 | (kPageSize / 8 - 1));
        write("pmpaddr1", ~u64{0});
        write("pmpcfg0", 0x1f << 8 | 0x99);
        write("mstatus", start.mstatus);
        write("medeleg", start.medeleg);
        write("mideleg", start.mideleg);
        write("mie", ~u64{0});
        write("mcounteren", ~u64{0});
        write("scounteren", ~u64{0});
        write("menvcfg", ~u64{0});
        const u64 mode = hart_.is_rv32() ? u64{1} << 31 : u64{8} << 60;
        if (start.paging) write("satp", mode | kPageTable >> kPageBits);
        satp_ = hart_.satp;
        hart_.pc = kProgram;
        hart_.priv = start.priv;
        hart_.update_context();
    }

    Bus bus_;
    test::StoppedClock clock_;
    test::SilentConsole console_;
    Memory memory_;
    Hart hart_;
    std::unique_ptr<HartEngine> engine_;
    SilentControl jit_;
    VirtBoard board_;
    u64 satp_ = 0;  // at the start
};

}  // namespace
}  // namespace kiln::riscv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    using namespace kiln::riscv;
    FuzzedDataProvider data(bytes, size);
    const kiln::i64 slice = data.ConsumeIntegralInRange<kiln::i64>(1, 16);
    const kiln::EngineSetup engine = pick_engine(data);
    const kiln::EngineSetup other = pick_engine(data);
    const Start start = pick_start(data);
    Rig long_slices(start, engine);
    Rig short_slices(start, other);
    long_slices.run(kRound);
    short_slices.run(slice);
    long_slices.compare(short_slices);
    return 0;
}
