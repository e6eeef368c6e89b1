// The GDB stub of a run: drives its machines for the client that is connected.
//
// A client that comes makes the guest stand. One that leaves, by whatever way, takes its
// breakpoints with it, and the guest goes on.
#pragma once

#include <optional>
#include <string>

#include "debug/client.h"
#include "debug/execution.h"
#include "debug/socket.h"
#include "debug/stub.h"
#include "machine/machine.h"

namespace kiln::debug {

class Server final : public MachineDriver {
  public:
    // Listens from now on. Throws UsageError where that cannot be.
    explicit Server(const GdbAddress& address);

    // Where clients connect: "HOST:PORT".
    std::string name() const { return listener_.name(); }

    RunEnd drive(Machine& machine, u64 limit) override;

  private:
    RunEnd run(u64 limit);
    std::optional<RunEnd> run_piece(u64 limit);
    std::optional<RunEnd> stand();
    void wait_for_input();
    void receive_clients();
    void welcome(Descriptor socket);
    void forget_client();
    void look_for_interrupt();
    std::optional<RunEnd> serve(std::string_view packet);
    void resume(const Resume& resume);
    void apply_points(bool with_breakpoints);
    void stop(const Stop& stop);
    void say_end(int code);

    Listener listener_;
    std::optional<Client> client_;
    DebugPoints points_;
    Stub stub_;
    bool stands_;
    // Of the drive under way.
    Machine* machine_ = nullptr;
    std::optional<Execution> execution_;
};

}  // namespace kiln::debug
