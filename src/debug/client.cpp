#include "debug/client.h"

namespace kiln::debug {

std::optional<Incoming> Client::next() {
    if (!is_behind() && !connection_.has_input()) connection_.receive();
    while (!is_behind()) {
        const auto byte = connection_.next();
        if (!byte) break;
        if (auto incoming = reader_.take(*byte))
            if (auto result = complete(std::move(*incoming))) return result;
    }
    return std::nullopt;
}

// Acknowledges; what is left is for the caller.
std::optional<Incoming> Client::complete(Incoming incoming) {
    switch (incoming.kind) {
        case Incoming::kInterrupt:
            return incoming;
        case Incoming::kPacket:
            if (acknowledges_) connection_.send("+");
            return incoming;
        case Incoming::kBad:
            // Without acknowledgements the client waits for an answer all the same.
            connection_.send(acknowledges_ ? "-" : frame("E16"));
            break;
        case Incoming::kNack:
            if (acknowledges_) connection_.send(last_);
            break;
    }
    return std::nullopt;
}

void Client::answer(std::string_view payload) {
    last_ = frame(payload);
    connection_.send(last_);
}

void Client::stop_acknowledging() {
    acknowledges_ = false;
    reader_.trust();
}

}  // namespace kiln::debug
