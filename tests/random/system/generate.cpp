#include <algorithm>

#include "random/generator.h"
#include "random/system/case.h"
#include "random/system/privileged.h"

namespace kiln::random_test {
namespace {

using riscv::Ext;
using riscv::Isa;
using riscv::Priv;

constexpr unsigned kLongest = 30;
constexpr u64 kValid = 1, kReadable = 2, kWritable = 4, kExecutable = 8, kUserPage = 16,
              kTouched = 0xc0;
constexpr u64 kMieAlways = 1u << riscv::kIrqMTimer;  // the watchdog's

u64 pte(u64 physical, u64 flags) { return physical >> 12 << 10 | flags; }

class Maker {
  public:
    Maker(const Isa& isa, Family family, u64 seed)
        : rng_(seed), isa_(isa), exact_(family == Family::kExact) {}

    SystemCase make(bool several_harts) {
        test_.priv = static_cast<Priv>(rng_.pick({0, 0, 1, 1, 3}));
        make_status();
        make_csrs();
        make_pmp();
        make_ptes();
        if (exact_ && rng_.percent(50)) test_.timer = 1 + rng_.below(rng_.percent(50) ? 4 : 40);
        test_.shared = several_harts && rng_.percent(60);
        make_code();
        return std::move(test_);
    }

  private:
    PrivilegedOptions options() const {
        return {.isa = isa_,
                .priv = test_.priv,
                .exact = exact_,
                .mprv = exact_ || mprv_,
                .pending = exact_ ? ~u64{0} : pending_};
    }
    bool user() const { return test_.priv == Priv::kUser; }

    void make_status() {
        u64 allowed = riscv::kMstatusSie | riscv::kMstatusMie | riscv::kMstatusSpie |
                      riscv::kMstatusMpie | riscv::kMstatusSpp | riscv::kMstatusSum |
                      riscv::kMstatusMxr;
        // The harness loads registers before it leaves M-mode.
        if (test_.priv == Priv::kMachine && options().mprv) allowed |= riscv::kMstatusMprv;
        test_.mstatus = rng_.bits() & allowed;
        if (rng_.percent(25))
            test_.mstatus |=
                rng_.bits() & (riscv::kMstatusTvm | riscv::kMstatusTw | riscv::kMstatusTsr);
    }

    void make_csrs() {
        for (const CsrChoice& choice : csr_choices())
            if (choice.slot) test_.csr(*choice.slot) = csr_value(choice, options(), rng_);
        if (!rng_.percent(25)) test_.csr(SystemCsr::kMip) = 0;
        test_.csr(SystemCsr::kMie) |= kMieAlways;
        if (!rng_.percent(20)) test_.csr(SystemCsr::kStvec) = SYSTEM_VECTOR;
    }

    void make_pmp() {
        if (rng_.percent(60)) return;
        for (u8& config : test_.pmpcfg) {
            const u8 rights =
                exact_ ? rng_.pick<u8>({0, 1, 3, 4, 5, 7, 7}) : rng_.pick<u8>({0, 3, 4, 7, 7, 7});
            config = static_cast<u8>(rights | rng_.below(4) << 3);
        }
    }

    // Rights that a page has mostly, or any.
    u64 page_flags(u64 usual, unsigned odd) {
        if (rng_.percent(odd)) return rng_.bits() & 0xff;
        u64 flags = usual | kValid | kTouched;
        if (rng_.percent(25)) flags &= ~kTouched | (rng_.bits() & kTouched);
        return flags;
    }

    void make_ptes() {
        const bool rv32 = isa_.xlen == 32;
        const u64 owner = user() != rng_.percent(5) ? kUserPage : 0;
        const u64 code =
            kReadable | kExecutable | owner | (exact_ && rng_.percent(40) ? kWritable : 0);
        const u64 data = kReadable | kWritable | (user() || rng_.percent(30) ? kUserPage : 0);
        test_.pte(Pte::kVector) = pte(SYSTEM_VECTOR, page_flags(kReadable | kExecutable, 2));
        for (size_t i = 0; i < 2; ++i) {
            test_.pte(Pte::kWindow, i) = pte(kSystemWindow + 0x1000 * i, page_flags(data, 12));
            test_.pte(Pte::kCode, i) = pte(kSystemCode + 0x1000 * i, page_flags(code, 6));
            const u64 page =
                exact_ && rng_.percent(40)
                    ? kSystemCode + 0x1000 * rng_.below(2)
                    : rng_.pick({kSystemWindow, kSystemWindow + 0x1000, table_address(0)});
            test_.pte(Pte::kAlias, i) = pte(page, page_flags(data, 20));
        }
        for (size_t i = 0; i < 3; ++i) {
            u64 entry = pte(table_address(static_cast<unsigned>(i)), kValid);
            if (rng_.percent(2)) entry ^= u64{1} << rng_.below(12);
            test_.pte(Pte::kRange, i) = entry;
        }
        const u64 misaligned = rng_.percent(5) ? 0x1000 : 0;
        test_.pte(Pte::kSuper) =
            pte(IMAGE_START + misaligned, page_flags(data | (user() ? 0 : kExecutable), 15));
        if (rv32 || !exact_) return;
        if (rng_.percent(5)) test_.ptes[rng_.below(test_.ptes.size())] |= rng_.bits() << 54;
    }

    void make_code() {
        static const std::vector<std::string> profiles = profile_names();
        // In M-mode with interrupts off no watchdog ends a loop.
        const bool machine = test_.priv == Priv::kMachine;
        Generator generator({.isa = isa_,
                             .profile = find_profile(profiles[rng_.below(profiles.size())]),
                             .rounding = std::nullopt,
                             .max_length = kLongest,
                             .loops = exact_ && !machine && rng_.percent(60),
                             .code_pointers = exact_ && !machine && rng_.percent(30)},
                            rng_.bits());
        Sequence& sequence = test_.sequence;
        sequence = generator.next();
        if (sequence.fs == 0 || rng_.percent(90)) sequence.fs = static_cast<u8>(rng_.below(4));
        if (!exact_ && sequence.fs != 0) sequence.fs = 3;
        if (!exact_ && machine) avoid_devices(sequence);
        add_privileged(sequence, options(), rng_);
    }

    // In M-mode no PMP keeps accesses from them.
    void avoid_devices(Sequence& sequence) {
        const u64 away = isa_.xlen == 32 ? 0xc0000000 : u64{1} << 40;
        for (Value& x : sequence.x)
            if (x.base == Base::kNone && x.offset < IMAGE_START) x.offset |= away;
    }

    Rng rng_;
    Isa isa_;
    bool exact_;
    bool mprv_ = rng_.percent(50);
    u64 pending_ =
        u64{1} << rng_.pick<unsigned>({riscv::kIrqSSoft, riscv::kIrqSTimer, riscv::kIrqSExternal});
    SystemCase test_;
};

}  // namespace

u64 pte_address(size_t slot, bool rv32) {
    const unsigned index_bits = rv32 ? 10 : 9, bytes = rv32 ? 4 : 8;
    const auto entry = [&](unsigned level, u64 address) {
        const u64 index = address >> (12 + index_bits * level) & ((1u << index_bits) - 1);
        return table_address(level) + bytes * index;
    };
    const auto in = [&](Pte first) { return 0x1000 * (slot - static_cast<size_t>(first)); };
    if (slot < static_cast<size_t>(Pte::kWindow)) return entry(0, SYSTEM_VECTOR);
    if (slot < static_cast<size_t>(Pte::kCode)) return entry(0, kSystemWindow + in(Pte::kWindow));
    if (slot < static_cast<size_t>(Pte::kAlias)) return entry(0, kSystemCode + in(Pte::kCode));
    if (slot < static_cast<size_t>(Pte::kRange)) return entry(0, kAliases + in(Pte::kAlias));
    if (slot == static_cast<size_t>(Pte::kSuper)) return entry(1, super_address(rv32));
    const auto level = static_cast<unsigned>(slot) - static_cast<unsigned>(Pte::kRange) + 1;
    // Sv32 has two levels, and does not look at the others.
    return rv32 && level > 1 ? table_address(level) : entry(level, SYSTEM_AREA);
}

Trial make_trial(const Isa& isa, Family family, size_t harts, u64 seed) {
    Trial trial{isa, family, {}};
    for (size_t i = 0; i < harts; ++i)
        trial.cases.push_back(Maker(isa, family, seed * SYSTEM_HARTS + i).make(harts > 1));
    return trial;
}

}  // namespace kiln::random_test
