#include "debug/packet.h"

#include <utility>

#include "debug/hex.h"

namespace kiln::debug {
namespace {

constexpr char kInterruptByte = 3;
constexpr char kEscapeByte = '}';
constexpr char kEscapeBit = 0x20;

// What stands for itself only behind an escape.
bool is_special(char c) { return c == '$' || c == '#' || c == '*' || c == kEscapeByte; }

}  // namespace

void PacketReader::add(char c) {
    if (payload_.size() == kPacketSize) {
        too_long_ = true;
        return;
    }
    payload_ += c;
}

std::optional<Incoming> PacketReader::take(std::byte byte) {
    const char c = static_cast<char>(byte);
    switch (state_) {
        case State::kBetween:
            if (c == kInterruptByte) return Incoming{Incoming::kInterrupt, {}};
            if (c == '-') return Incoming{Incoming::kNack, {}};
            if (c != '$') return std::nullopt;
            state_ = State::kPayload;
            payload_.clear();
            too_long_ = false;
            sum_ = 0;
            return std::nullopt;
        case State::kPayload:
            if (c == '#') {
                state_ = State::kFirstDigit;
                return std::nullopt;
            }
            sum_ += static_cast<unsigned char>(c);
            if (c == kEscapeByte) {
                state_ = State::kEscape;
            } else {
                add(c);
            }
            return std::nullopt;
        case State::kEscape:
            sum_ += static_cast<unsigned char>(c);
            add(static_cast<char>(c ^ kEscapeBit));
            state_ = State::kPayload;
            return std::nullopt;
        case State::kFirstDigit:
            first_ = c;
            state_ = State::kSecondDigit;
            return std::nullopt;
        case State::kSecondDigit:
            return finish(c);
    }
    return std::nullopt;
}

std::optional<Incoming> PacketReader::finish(char second) {
    state_ = State::kBetween;
    const auto sum = from_hex(std::string{first_, second});
    const bool right = sum && static_cast<unsigned>((*sum)[0]) == (sum_ & 0xff);
    if (too_long_ || (!right && !trusts_)) return Incoming{Incoming::kBad, {}};
    return Incoming{Incoming::kPacket, std::exchange(payload_, {})};
}

std::string frame(std::string_view payload) {
    std::string packet = "$";
    unsigned sum = 0;
    const auto put = [&](char c) {
        packet += c;
        sum += static_cast<unsigned char>(c);
    };
    for (const char c : payload) {
        if (is_special(c)) put(kEscapeByte);
        put(is_special(c) ? static_cast<char>(c ^ kEscapeBit) : c);
    }
    packet += '#';
    return packet + register_to_hex(sum, 1);
}

}  // namespace kiln::debug
