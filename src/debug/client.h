// One client: packets over a connection, acknowledged until the client does without.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "debug/packet.h"
#include "debug/socket.h"

namespace kiln::debug {

class Client {
  public:
    explicit Client(Descriptor socket) : connection_(std::move(socket)) {}

    int fd() const { return connection_.fd(); }
    bool connected() const { return connection_.open(); }
    bool hung_up() const { return connection_.hung_up(); }
    // Whether the client has not taken the last answer yet. Nothing is received meanwhile.
    bool is_behind() const { return connection_.has_output(); }
    // Whether there may be more to come from next() without a wait.
    bool has_input() const { return connection_.has_input(); }

    void flush() { connection_.flush(); }
    // The next packet or interrupt that has come, if any.
    std::optional<Incoming> next();
    void answer(std::string_view payload);
    // Neither side acknowledges packets from now on.
    void stop_acknowledging();

  private:
    std::optional<Incoming> complete(Incoming incoming);

    Connection connection_;
    PacketReader reader_;
    bool acknowledges_ = true;
    std::string last_;  // answer, as it was sent
};

}  // namespace kiln::debug
