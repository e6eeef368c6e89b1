// Random numbers that are the same for a seed on every host.
#pragma once

#include <cstdint>

namespace kiln::model {

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27) * 0x94d049bb133111ebU;
        return z ^ z >> 31;
    }

    // From 0 up to but without `limit`, which is far below 2^32.
    uint32_t below(uint32_t limit) { return static_cast<uint32_t>((next() >> 32) * limit >> 32); }

    // From -1 up to but without 1.
    float symmetric() { return static_cast<float>(next() >> 40) * 0x1p-23F - 1.0F; }

  private:
    uint64_t state_;
};

}  // namespace kiln::model
