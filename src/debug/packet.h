// Packets of the GDB remote protocol ("Debugging with GDB", appendix "Remote Protocol").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "support/int.h"

namespace kiln::debug {

// Most bytes between '$' and '#' that are taken from a client.
inline constexpr size_t kPacketSize = 0x4000;

// What a client sent.
struct Incoming {
    enum Kind : u8 {
        kPacket,
        kInterrupt,  // the user wants the guest to stop
        kNack,       // the last answer did not arrive
        kBad,        // a packet with a wrong checksum, or one that is too long
    };
    Kind kind;
    std::string payload;  // of a kPacket, unescaped
};

// Finds packets in a stream of bytes. Whatever comes, it holds one packet at most.
class PacketReader {
  public:
    // Takes a byte; returns what it completes.
    std::optional<Incoming> take(std::byte byte);
    // From now on checksums are not looked at.
    void trust() { trusts_ = true; }

  private:
    enum class State : u8 { kBetween, kPayload, kEscape, kFirstDigit, kSecondDigit };

    void add(char c);
    std::optional<Incoming> finish(char second);

    State state_ = State::kBetween;
    bool trusts_ = false;
    bool too_long_ = false;
    std::string payload_;
    unsigned sum_ = 0;  // of the payload as it was sent
    char first_ = 0;    // digit of the checksum
};

// The packet that carries `payload`.
std::string frame(std::string_view payload);

}  // namespace kiln::debug
