#include "cases/rig.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <span>

#include "common/stopped_clock.h"
#include "cpu/riscv/assemble.h"
#include "cpu/riscv/csr.h"
#include "cpu/riscv/register_names.h"
#include "cpu/riscv/state.h"
#include "ir/translating_engine.h"
#include "machine/backends.h"

namespace kiln::cases {
namespace {

using riscv::Hart;
using riscv::Isa;
using riscv::Priv;

constexpr u64 kRamBase = 0x80000000;
constexpr u64 kRamSize = 0x10000;
constexpr u64 kCodeBase = kRamBase + 0x1000;
constexpr u64 kTrapVector = kRamBase + 0x100;
constexpr std::byte kRamFill{0xa5};

u64 code_base(const Case& c) {
    for (const Assignment& a : c.before)
        if (a.place == Place::kPc) return a.value;
    return kCodeBase;
}

// Everything that software can see.
struct State {
    std::array<u64, 32> x{};
    std::array<u64, 32> f{};
    u64 pc = 0;
    Priv priv = Priv::kMachine;
    std::map<u32, u64> csrs;
    std::vector<std::byte> ram;
    u64 begun = 0;
    u64 retired = 0;
};

// CSRs that change by themselves.
bool is_counter(u32 number) {
    return (number & 0xf60) == 0xb00 || (number & 0xf60) == 0xc00 || number == 0x344 ||
           number == 0x144;
}

const std::vector<u32>& csr_numbers() {
    static const std::vector<u32> numbers = [] {
        std::vector<u32> all;
        for (u32 number = 0; number < 0x1000; ++number)
            if (!is_counter(number) && !riscv::csr_name(number).empty()) all.push_back(number);
        return all;
    }();
    return numbers;
}

// CSRs that show the same state: naming one as changed excuses the others.
const std::vector<std::vector<std::string_view>> kAliases = {
    {"fcsr", "fflags", "frm"}, {"mstatus", "sstatus"}, {"mie", "sie"}};

std::vector<u32> aliases_of(u32 number) {
    const std::string name = riscv::csr_name(number);
    for (const auto& group : kAliases) {
        if (std::find(group.begin(), group.end(), name) == group.end()) continue;
        std::vector<u32> numbers;
        for (std::string_view member : group)
            numbers.push_back(static_cast<u32>(riscv::csr_number(member)));
        return numbers;
    }
    return {number};
}

u64 value_in(const Assignment& a, u64 base) { return a.relative ? base + a.value : a.value; }

class Rig {
  public:
    Rig(const Case& c, const Isa& isa, const EngineKind& kind)
        : case_(c),
          code_(assemble_case(c, isa)),
          base_(code_base(c)),
          memory_(kRamBase, kRamSize, bus_),
          hart_(0, isa, memory_, clock_),
          engine_(isa.xlen == 32 ? kind.make_rv32(memory_) : kind.make_rv64(memory_)) {
        engine_->attach(hart_);
        set_up();
        before_ = capture();
        steps_ = code_.encodings.size();
        for (const Assignment& a : case_.before)
            if (a.place == Place::kSteps) steps_ = a.value;
        expected_ = expect();
    }

    std::vector<std::string> run() {
        run_once("cold", static_cast<i64>(steps_));
        restore();
        run_once("warm", static_cast<i64>(steps_));
        restore();
        run_once("stepped", 1);
        return differences_;
    }

  private:
    static u64 x_default(unsigned reg) { return 0x5a5a00005a5a0000 + reg * 0x0101010101010101; }
    static u64 f_default(unsigned reg) { return 0x4042000000000000 + reg * 0x0000010000000001; }

    // State that the case names, and a recognisable rest.
    void set_up() {
        for (unsigned i = 1; i < 32; ++i) hart_.set_x(i, hart_.xlen_value(x_default(i)));
        for (unsigned i = 0; i < 32; ++i) f(i) = f_default(i);
        std::memset(memory_.host(kRamBase), static_cast<int>(kRamFill), kRamSize);
        write_csr("mtvec", kTrapVector);
        write_csr("mstatus", riscv::kMstatusFs);
        // U and S may access everything.
        write_csr("pmpaddr0", ~u64{0});
        write_csr("pmpcfg0", 0x1f);
        for (const Assignment& a : case_.before) apply_before(a);
        std::memcpy(memory_.host(base_), code_.bytes.data(), code_.bytes.size());
        hart_.pc = base_;
        for (const Assignment& a : case_.before)
            if (a.place == Place::kPriv) hart_.priv = static_cast<Priv>(a.value);
        hart_.update_context();
    }

    void apply_before(const Assignment& a) {
        const u64 value = value_in(a, base_);
        switch (a.place) {
            case Place::kX:
                hart_.set_x(a.index, hart_.xlen_value(value));
                break;
            case Place::kF:
                f(a.index) = value;
                break;
            case Place::kMemory:
                put_memory(memory_.host(checked(a)), a);
                break;
            case Place::kCsr:
                if (!riscv::write_csr(hart_, a.index, value)) fail("a CSR cannot be written");
                break;
            default:
                break;
        }
    }

    State capture() {
        State state;
        for (unsigned i = 0; i < 32; ++i) {
            state.x[i] = hart_.x(i);
            state.f[i] = f(i);
        }
        state.pc = hart_.pc;
        state.priv = hart_.priv;
        const Priv priv = hart_.priv;
        hart_.priv = Priv::kMachine;
        for (u32 number : csr_numbers()) {
            u64 value = 0;
            if (riscv::read_csr(hart_, number, false, value)) state.csrs[number] = value;
        }
        hart_.priv = priv;
        const std::byte* ram = memory_.host(kRamBase);
        state.ram.assign(ram, ram + kRamSize);
        state.begun = hart_.begun();
        state.retired = hart_.retired();
        return state;
    }

    // The state before, with the changes that the case names.
    State expect() {
        State state = before_;
        state.pc = base_ + code_.bytes.size();
        state.begun = steps_;
        state.retired = steps_;
        for (const Assignment& a : case_.after) expect_trap(a, state);
        for (const Assignment& a : case_.after) expect_change(a, state);
        return state;
    }
    void expect_trap(const Assignment& a, State& state) {
        if (a.place != Place::kTrap) return;
        state.retired = steps_ - 1;
        state.pc = kTrapVector;
        state.priv = Priv::kMachine;
        state.csrs[number_of("mcause")] = a.value;
        state.csrs[number_of("mtval")] = 0;
        state.csrs[number_of("mepc")] = code_.addresses.back();
        excuse(number_of("mstatus"));
    }
    void expect_change(const Assignment& a, State& state) {
        const u64 value = value_in(a, base_);
        switch (a.place) {
            case Place::kX:
                state.x[a.index] = hart_.xlen_value(value);
                break;
            case Place::kF:
                state.f[a.index] = value;
                break;
            case Place::kMemory:
                put_memory(&state.ram[checked(a) - kRamBase], a);
                break;
            case Place::kPc:
                state.pc = hart_.xlen_value(value);
                break;
            case Place::kPriv:
                state.priv = static_cast<Priv>(value);
                break;
            case Place::kTval:
                state.csrs[number_of("mtval")] =
                    a.insn ? code_.encodings.back() : hart_.xlen_value(value);
                break;
            case Place::kEpc:
                state.csrs[number_of("mepc")] = hart_.xlen_value(value);
                break;
            case Place::kCsr:
                excuse(a.index);
                state.csrs[a.index] = hart_.xlen_value(value);
                required_.push_back(a.index);
                break;
            default:
                break;
        }
    }

    void restore() {
        hart_.priv = Priv::kMachine;
        for (const auto& [number, value] : before_.csrs) {
            u64 now = 0;
            if (riscv::read_csr(hart_, number, false, now) && now != value)
                riscv::write_csr(hart_, number, value);
        }
        for (unsigned i = 0; i < 32; ++i) {
            hart_.set_x(i, before_.x[i]);
            f(i) = before_.f[i];
        }
        const std::byte* ram = memory_.host(kRamBase);
        for (u64 at = 0; at < kRamSize; ++at)
            if (ram[at] != before_.ram[at])
                memory_.dma_write(kRamBase + at, std::span(&before_.ram[at], 1));
        hart_.pc = before_.pc;
        hart_.priv = before_.priv;
        hart_.reservation = {};
        hart_.waiting = false;
        hart_.exit_request = 0;
        hart_.update_context();
    }

    void run_once(const char* manner, i64 slice) {
        manner_ = manner;
        const u64 begun = hart_.begun();
        const u64 retired = hart_.retired();
        while (hart_.begun() - begun < steps_ && !hart_.waiting)
            engine_->run(hart_,
                         std::min(slice, static_cast<i64>(steps_ - (hart_.begun() - begun))));
        State got = capture();
        got.begun -= begun;
        got.retired -= retired;
        compare(got);
    }

    void compare(const State& got) {
        for (unsigned i = 0; i < 32; ++i) {
            differ(riscv::kXNames[i], expected_.x[i], got.x[i]);
            differ(riscv::kFNames[i], expected_.f[i], got.f[i]);
        }
        differ("pc", expected_.pc, got.pc);
        differ("priv", static_cast<u64>(expected_.priv), static_cast<u64>(got.priv));
        differ("instructions begun", expected_.begun, got.begun);
        differ("instructions retired", expected_.retired, got.retired);
        for (const auto& [number, value] : got.csrs) {
            const bool required = contains(required_, number);
            if (!required && contains(excused_, number)) continue;
            const auto expected = expected_.csrs.find(number);
            if (expected != expected_.csrs.end())
                differ(riscv::csr_name(number), expected->second, value);
        }
        for (u64 at = 0; at < kRamSize; ++at)
            if (expected_.ram[at] != got.ram[at])
                differ(fmt::format("b[{:#x}]", kRamBase + at),
                       std::to_integer<u64>(expected_.ram[at]), std::to_integer<u64>(got.ram[at]));
    }
    void differ(std::string_view what, u64 expected, u64 got) {
        if (expected == got) return;
        differences_.push_back(
            fmt::format("{}: {}: expected {:#x}, got {:#x}", manner_, what, expected, got));
    }

    static bool contains(const std::vector<u32>& list, u32 number) {
        return std::find(list.begin(), list.end(), number) != list.end();
    }
    static u32 number_of(std::string_view name) {
        return static_cast<u32>(riscv::csr_number(name));
    }
    void excuse(u32 number) {
        for (u32 alias : aliases_of(number)) excused_.push_back(alias);
        required_.insert(required_.end(),
                         {number_of("mcause"), number_of("mtval"), number_of("mepc")});
    }
    void write_csr(std::string_view name, u64 value) {
        riscv::write_csr(hart_, number_of(name), value);
    }
    u64& f(unsigned reg) { return hart_.regs[riscv::kFirstF + reg]; }
    static void put_memory(std::byte* to, const Assignment& a) {
        std::memcpy(to, &a.value, a.index);
    }
    u64 checked(const Assignment& a) const {
        if (a.address < kRamBase || a.address - kRamBase > kRamSize - a.index)
            fail(fmt::format("{:#x} is outside RAM", a.address));
        return a.address;
    }
    [[noreturn]] void fail(const std::string& reason) const {
        throw CaseError(case_.where + ": " + reason);
    }

    const Case& case_;
    Code code_;
    u64 base_;
    u64 steps_ = 0;
    Bus bus_;
    Memory memory_;
    test::StoppedClock clock_;
    Hart hart_;
    std::unique_ptr<HartEngine> engine_;
    State before_;
    std::vector<u32> excused_;   // CSRs that may differ
    std::vector<u32> required_;  // but not these
    State expected_;
    std::string manner_;
    std::vector<std::string> differences_;
};

EngineKind through_ir(const ir_test::Engine& engine, const ir_test::Preparation& preparation) {
    const auto make = [&](unsigned xlen) {
        return [&engine, &preparation, xlen](Memory& memory) {
            return ir_test::make_translating_engine(xlen, memory, preparation, engine);
        };
    };
    return {engine.name + ", " + preparation.name, make(32), make(64)};
}

// The engine of the machine, which compiles everything before it runs where it can compile.
EngineKind with_backend(const BackendInfo& backend) {
    EngineSetup setup;
    setup.hot.make_backend = backend.make;
    setup.hot.make_regions = backend.regions;
    setup.hot.tier_up = 0;
    return {std::string(backend.name),
            [setup](Memory& memory) { return make_rv32_engine(memory, setup); },
            [setup](Memory& memory) { return make_rv64_engine(memory, setup); }};
}

}  // namespace

const std::vector<EngineKind>& engines() {
    static const std::vector<EngineKind> kinds = [] {
        std::vector<EngineKind> all;
        // Code that runs once is that of blocks where there are both.
        for (const BackendInfo& backend : backends())
            if (backend.make == nullptr || backend.regions == nullptr)
                all.push_back(with_backend(backend));
        // What takes long to compile runs in its engine only.
        for (const ir_test::Engine& engine : ir_test::engines())
            if (!engine.costly)
                for (const ir_test::Preparation* preparation :
                     {&ir_test::unoptimised(), &ir_test::optimised()})
                    all.push_back(through_ir(engine, *preparation));
        return all;
    }();
    return kinds;
}

Code assemble_case(const Case& c, const Isa& isa) {
    Code code;
    u64 pc = code_base(c);
    for (const std::string& line : c.code) {
        std::string error;
        const auto insn = riscv::assemble(line, isa, pc, error);
        if (!insn) throw CaseError(c.where + ": " + error);
        code.encodings.push_back(insn->bits);
        code.addresses.push_back(pc);
        const auto bytes = std::as_bytes(std::span(&insn->bits, 1)).first(insn->length);
        code.bytes.insert(code.bytes.end(), bytes.begin(), bytes.end());
        pc += insn->length;
    }
    return code;
}

std::vector<std::string> run_case(const Case& c, const Isa& isa, const EngineKind& kind) {
    return Rig(c, isa, kind).run();
}

}  // namespace kiln::cases
