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
#include "debug/timeline.h"
#include "machine/machine.h"

namespace kiln::debug {

class Server final : public MachineDriver {
  public:
    // Listens where the configuration says so. Throws UsageError where that cannot be.
    explicit Server(const MachineConfig& config);

    // Where clients connect: "HOST:PORT".
    std::string name() const { return listener_.name(); }

    RunEnd drive(Machine& machine, u64 limit) override;
    CharBackend& connect(CharBackend& line) override;

  private:
    RunEnd run(u64 limit);
    std::optional<RunEnd> run_piece(u64 limit);
    Execution::Outcome go_on(u64 limit);
    std::optional<RunEnd> stand();
    void wait_for_input();
    void receive_clients();
    void welcome(Descriptor socket);
    void forget_client();
    void look_for_interrupt();
    bool interrupts();
    std::optional<RunEnd> serve(std::string_view packet);
    void resume(const Resume& resume);
    void go_back(const Resume& resume);
    void begin_history();
    void apply_watches();
    void apply_breakpoints();
    void stop(const Stop& stop);
    void say_end(int code);

    Listener listener_;
    std::optional<Client> client_;
    DebugPoints points_;
    Stub stub_;
    bool stands_;
    bool applied_ = true;                // the engine knows the client's breakpoints
    const bool reverses_;                // the configuration allows that the guest goes back
    std::optional<RewindingLine> line_;  // where it may
    // Of the drive under way.
    Machine* machine_ = nullptr;
    std::optional<Execution> execution_;
    std::optional<Timeline> timeline_;  // while there is a client, where the guest may go back
};

}  // namespace kiln::debug
