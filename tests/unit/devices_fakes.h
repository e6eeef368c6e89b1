// Stand-ins for what surrounds a device in its unit tests.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "devices/bus.h"
#include "devices/char_backend.h"
#include "devices/jitctl.h"

namespace kiln::test {

struct FakeClock final : Clock {
    uint64_t time = 0;
    uint64_t now() noexcept override { return time; }
};

// Remembers the level of each input.
struct FakeSink final : IrqSink {
    std::map<unsigned, bool> levels;
    void set_irq(unsigned input, bool level) noexcept override { levels[input] = level; }
    bool operator[](unsigned input) const {
        const auto found = levels.find(input);
        return found != levels.end() && found->second;
    }
};

// RAM at kBase; counts the bytes that devices moved.
struct FakeMemory final : DmaMemory {
    static constexpr uint64_t kBase = 0x8000'0000;
    explicit FakeMemory(size_t size) : ram(size) {}

    bool contains(uint64_t address, size_t size) const {
        return address >= kBase && address - kBase <= ram.size() &&
               size <= ram.size() - (address - kBase);
    }
    bool dma_read(uint64_t address, std::span<std::byte> out) noexcept override {
        if (!contains(address, out.size())) return false;
        std::memcpy(out.data(), ram.data() + (address - kBase), out.size());
        moved += out.size();
        return true;
    }
    bool dma_write(uint64_t address, std::span<const std::byte> in) noexcept override {
        if (!contains(address, in.size())) return false;
        std::memcpy(ram.data() + (address - kBase), in.data(), in.size());
        moved += in.size();
        return true;
    }
    template <typename T>
    T get(uint64_t address) const {
        T value;
        std::memcpy(&value, &ram.at(address - kBase), sizeof value);
        return value;
    }
    template <typename T>
    void put(uint64_t address, T value) {
        std::memcpy(&ram.at(address - kBase), &value, sizeof value);
    }

    std::vector<std::byte> ram;
    uint64_t moved = 0;
};

// A machine that answers jitctl what it was told to and remembers what it was asked.
struct FakeJitControl final : JitControl {
    static constexpr uint64_t kRam = 0x8000'0000;
    static constexpr uint64_t kRamSize = 0x10'0000;

    JitRange ram() const noexcept override { return memory; }
    uint64_t features() const noexcept override { return 0x8000'0005; }
    uint64_t max_level() const noexcept override { return 2; }
    uint64_t retired() const noexcept override { return instret; }
    JitCounters counters(const JitRange& range) noexcept override {
        queried.push_back(range);
        return answer;
    }
    JitStatus compile(const JitRange& range) noexcept override {
        compiled.push_back(range);
        return compile_answer;
    }
    void set_thresholds(const JitThresholds& thresholds) noexcept override {
        applied.push_back(thresholds);
    }

    JitRange memory{kRam, kRamSize};
    uint64_t instret = 7;
    JitCounters answer;
    JitStatus compile_answer = JitStatus::kQueued;
    std::vector<JitRange> queried;
    std::vector<JitRange> compiled;
    std::vector<JitThresholds> applied;
};

// A serial line whose far end is a pair of strings.
struct FakeBackend final : CharBackend {
    std::string sent;
    std::deque<char> typed;
    size_t room = SIZE_MAX;  // Bytes that will still be taken.
    unsigned breaks = 0;

    size_t write(std::span<const std::byte> bytes) noexcept override {
        const size_t count = std::min(bytes.size(), room);
        for (size_t i = 0; i < count; ++i) sent.push_back(static_cast<char>(bytes[i]));
        room -= count;
        return count;
    }
    size_t read(std::span<std::byte> bytes) noexcept override {
        size_t count = 0;
        for (; count < bytes.size() && !typed.empty(); typed.pop_front())
            bytes[count++] = static_cast<std::byte>(typed.front());
        return count;
    }
    bool take_break() noexcept override { return breaks != 0 && breaks-- != 0; }
    void type(std::string_view text) { typed.insert(typed.end(), text.begin(), text.end()); }
};

// Accesses `device` at random: aligned, of every size, all over [0, range).
template <typename Between>
void storm(Device& device, uint64_t range, unsigned accesses, uint32_t seed, Between between) {
    std::mt19937_64 random(seed);
    for (unsigned i = 0; i < accesses; ++i) {
        const unsigned size = 1u << random() % 4;
        // Half of the accesses go to the start of the range, where registers are dense.
        const uint64_t span = random() % 2 != 0 ? range : std::min<uint64_t>(range, 0x200);
        const uint64_t offset = random() % span / size * size;
        if (random() % 2 != 0) {
            const auto value = device.read(offset, size);
            if (value && size < 8 && *value >> 8 * size != 0)
                throw std::logic_error("a read is wider than its access");
        } else {
            device.write(offset, size, random() >> random() % 64);
        }
        between(random);
    }
}

}  // namespace kiln::test
