// Random choices, the same for a seed with every compiler and library.
#pragma once

#include <initializer_list>
#include <random>
#include <span>

#include "support/int.h"

namespace kiln::random_test {

class Rng {
  public:
    explicit Rng(u64 seed) : engine_(seed) {}

    u64 bits() { return engine_(); }
    // 0 to bound - 1; bound is at least 1.
    u64 below(u64 bound) { return bits() % bound; }
    i64 between(i64 low, i64 high) {
        return low + static_cast<i64>(below(static_cast<u64>(high - low) + 1));
    }
    bool percent(unsigned chance) { return below(100) < chance; }

    template <class T>
    const T& pick(std::span<const T> list) {
        return list[below(list.size())];
    }
    template <class T>
    T pick(std::initializer_list<T> list) {
        return list.begin()[below(list.size())];
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace kiln::random_test
