// A serial line whose input is handed over by somebody, who does so at the same points of equal
// runs. Output goes on to another line.
#pragma once

#include <algorithm>
#include <deque>
#include <string>

#include "devices/char_backend.h"
#include "support/int.h"
#include "support/state_archive.h"

namespace kiln {

class DeliveredConsole final : public CharBackend {
  public:
    // `line` outlives the console.
    explicit DeliveredConsole(CharBackend& line) : line_(line) {}

    size_t write(std::span<const std::byte> bytes) noexcept override { return line_.write(bytes); }
    size_t read(std::span<std::byte> bytes) noexcept override {
        const size_t count = std::min(bytes.size(), keys_.size());
        const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(count);
        std::copy(keys_.begin(), end, bytes.begin());
        keys_.erase(keys_.begin(), end);
        return count;
    }
    bool take_break() noexcept override {
        if (breaks_ == 0) return false;
        --breaks_;
        return true;
    }
    void poll() noexcept override { line_.poll(); }

    void deliver(std::span<const std::byte> keys) {
        keys_.insert(keys_.end(), keys.begin(), keys.end());
    }
    void deliver_break() { ++breaks_; }
    // Keys that were delivered and not read.
    size_t waiting() const { return keys_.size(); }

    // Saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive) {
        std::string keys;
        for (const std::byte key : keys_) keys += static_cast<char>(key);
        archive.text(keys);
        const auto bytes = std::as_bytes(std::span(keys));
        keys_.assign(bytes.begin(), bytes.end());
        archive.value(breaks_);
    }

  private:
    CharBackend& line_;
    std::deque<std::byte> keys_;
    u64 breaks_ = 0;
};

}  // namespace kiln
