#include "random/system/simplify.h"

#include "random/comparison.h"

namespace kiln::random_test {
namespace {

template <class T>
bool clear(T& part, const T& simple = {}) {
    if (part == simple) return false;
    part = simple;
    return true;
}

bool clear(Value& value) {
    if (value.base == Base::kNone && value.offset == 0) return false;
    value = {};
    return true;
}

bool clear_integers(SystemCase& test) {
    bool any = false;
    for (Value& x : test.sequence.x) any = clear(x) || any;
    return any;
}

// Changes that make a case simpler; each says whether it changed anything.
constexpr bool (*kChanges[])(SystemCase& test) = {
    [](SystemCase& test) { return clear(test.csr(SystemCsr::kSatp)); },
    [](SystemCase& test) { return clear(test.pmpcfg); },
    [](SystemCase& test) { return clear(test.mstatus); },
    [](SystemCase& test) { return clear(test.timer); },
    [](SystemCase& test) { return clear(test.shared); },
    [](SystemCase& test) { return clear(test.sequence.f); },
    [](SystemCase& test) { return clear(test.sequence.fcsr); },
    [](SystemCase& test) { return clear(test.sequence.fs, u8{3}); },
    clear_integers,
};

// Those without which a case ends, or not at all.
bool has_to_stay(size_t csr) {
    return csr == static_cast<size_t>(SystemCsr::kStvec) ||
           csr == static_cast<size_t>(SystemCsr::kMie);
}

class Simplifier {
  public:
    explicit Simplifier(const Trial& trial) : trial_(trial) {}

    std::vector<Trial> all() {
        for (size_t hart = 0; hart < trial_.cases.size(); ++hart) {
            for (const Sequence& sequence : shorter(trial_.cases[hart].sequence))
                add(hart, [&](SystemCase& test) {
                    test.sequence = sequence;
                    return true;
                });
            for (auto* change : kChanges) add(hart, change);
            for (size_t i = 0; i < SYSTEM_CSR_COUNT; ++i)
                if (!has_to_stay(i))
                    add(hart, [i](SystemCase& test) { return clear(test.csrs[i]); });
            for (size_t i = 1; i < 32; ++i)
                add(hart, [i](SystemCase& test) { return clear(test.sequence.x[i]); });
        }
        return std::move(simpler_);
    }

  private:
    template <class Change>
    void add(size_t hart, const Change& change) {
        Trial candidate = trial_;
        if (change(candidate.cases[hart])) simpler_.push_back(std::move(candidate));
    }

    const Trial& trial_;
    std::vector<Trial> simpler_;
};

}  // namespace

std::vector<Trial> simpler(const Trial& trial) { return Simplifier(trial).all(); }

}  // namespace kiln::random_test
