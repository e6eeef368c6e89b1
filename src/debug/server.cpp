#include "debug/server.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <poll.h>
#include <utility>

#include "debug/monitor.h"
#include "support/error.h"

namespace kiln::debug {

Server::Server(const MachineConfig& config)
    : listener_(config.gdb.value()),
      stub_([this](std::string_view command, Answer::Action& action) {
          std::string text = run_monitor(*machine_, command, action);
          if (timeline_ && command == "info") text += timeline_->describe();
          return text;
      }),
      stands_(config.gdb->wait),
      reverses_(Timeline::possible(config)) {}

CharBackend& Server::connect(CharBackend& line) {
    if (!reverses_) return line;
    return line_.emplace(line);
}

RunEnd Server::drive(Machine& machine, u64 limit) try {
    machine_ = &machine;
    std::vector<riscv::Hart*> harts;
    for (unsigned id = 0; id < machine.harts(); ++id) harts.push_back(&machine.hart(id));
    stub_.attach(std::move(harts), line_.has_value());
    machine.debug(points_);
    machine.watches_changed();
    // After a reset the guest goes on where it did not step.
    const bool stepped = execution_ && execution_->steps();
    execution_.emplace(machine, points_);
    execution_->start({});
    begin_history();
    if (!stands_ && stepped) stop({});
    return run(limit);
} catch (...) {
    // As a program that aborts.
    if (client_ && !stands_) client_->answer("X06");
    throw;
}

RunEnd Server::run(u64 limit) {
    for (;;) {
        const std::optional<RunEnd> end = stands_ ? stand() : run_piece(limit);
        if (!end) continue;
        const auto code = *end == RunEnd::over ? machine_->exit_code() : kExitLimit;
        if (code) say_end(*code);
        return *end;
    }
}

std::optional<RunEnd> Server::run_piece(u64 limit) {
    machine_->start_clock();
    machine_->wake_on(client_ ? std::vector{listener_.fd(), client_->fd()}
                              : std::vector{listener_.fd()});
    const u64 end = timeline_ ? machine_->begun() + timeline_->until_note() : limit;
    const Execution::Outcome outcome = go_on(std::min(limit, end));
    if (outcome.over) return RunEnd::over;
    if (timeline_) timeline_->note();
    if (outcome.stop) {
        stop(*outcome.stop);
    } else if (machine_->begun() >= limit) {
        return RunEnd::reached;
    }
    look_for_interrupt();
    receive_clients();
    return std::nullopt;
}

Execution::Outcome Server::go_on(u64 limit) {
    // A step takes what it says and no more.
    if (!applied_ && !execution_->steps()) {
        const Execution::Outcome outcome = execution_->look_ahead(stub_.points(), limit);
        if (!outcome.stop) apply_breakpoints();
        return outcome;
    }
    if (!applied_) apply_breakpoints();
    return execution_->advance(limit);
}

// Serves the client, if there is one; nothing of the guest goes on but its console's output.
std::optional<RunEnd> Server::stand() {
    machine_->stop_clock();
    wait_for_input();
    machine_->console().poll();
    if (machine_->exit_code()) return RunEnd::over;
    while (client_ && stands_) {
        const auto incoming = client_->next();
        if (!incoming) break;
        if (incoming->kind != Incoming::kPacket) continue;
        if (const auto end = serve(incoming->payload)) return end;
    }
    if (client_ && !client_->connected()) forget_client();
    receive_clients();
    return std::nullopt;
}

void Server::wait_for_input() {
    std::array<pollfd, 3> inputs = {pollfd{listener_.fd(), POLLIN, 0},
                                    pollfd{machine_->console().poll_fd(), POLLIN, 0},
                                    pollfd{-1, 0, 0}};
    if (client_) {
        if (client_->has_input() && !client_->is_behind()) return;
        const short events = client_->is_behind() ? POLLOUT : POLLIN;
        inputs[2] = {client_->fd(), events, 0};
    }
    poll(inputs.data(), inputs.size(), -1);
    if (client_ && inputs[2].revents != 0) client_->flush();
}

void Server::receive_clients() {
    for (Descriptor socket = listener_.accept(); socket.valid(); socket = listener_.accept()) {
        if (client_ && client_->hung_up()) forget_client();
        // One is enough; another one is turned away.
        if (!client_) welcome(std::move(socket));
    }
}

void Server::welcome(Descriptor socket) {
    client_.emplace(std::move(socket));
    stub_.greet();
    stub_.stopped({Stop::kArrived, machine_->turn().hart, {}});
    stands_ = true;
    begin_history();
}

void Server::forget_client() {
    client_.reset();
    timeline_.reset();
    stub_.greet();
    resume({});
}

// While the guest runs a client has nothing to say but that it shall stop.
void Server::look_for_interrupt() {
    while (client_ && !stands_) {
        client_->flush();
        const auto incoming = client_->next();
        if (incoming && incoming->kind == Incoming::kInterrupt)
            stop({Stop::kInterrupted, machine_->turn().hart, {}});
        if (!incoming) break;
    }
    if (client_ && !client_->connected()) forget_client();
}

// The same while the guest goes back.
bool Server::interrupts() {
    while (const auto incoming = client_->next())
        if (incoming->kind == Incoming::kInterrupt) return true;
    return !client_->connected() || machine_->exit_code();
}

std::optional<RunEnd> Server::serve(std::string_view packet) {
    const Answer answer = stub_.handle(packet);
    if (answer.changes && timeline_) timeline_->restart();
    if (answer.reply) client_->answer(*answer.reply);
    switch (answer.action) {
        case Answer::kNone:
            break;
        case Answer::kNoAck:
            client_->stop_acknowledging();
            break;
        case Answer::kResume:
            resume(answer.resume);
            break;
        case Answer::kDetach:
            forget_client();
            break;
        case Answer::kKill:
            forget_client();
            return RunEnd::left;
        case Answer::kReset:
            return RunEnd::over;
    }
    return std::nullopt;
}

void Server::resume(const Resume& resume) {
    if (resume.kind == Resume::kReverseStep || resume.kind == Resume::kReverseContinue)
        return go_back(resume);
    // Code is cut and dropped only for breakpoints that stay for a while: clients that step change
    // them for an instruction.
    if (resume.kind == Resume::kContinue) applied_ = false;
    apply_watches();
    execution_->start(resume);
    stands_ = false;
}

void Server::go_back(const Resume& resume) {
    if (resume.kind == Resume::kReverseStep) return stop(timeline_->step(resume.hart));
    apply_breakpoints();
    apply_watches();
    bool interrupted = false;
    stop(timeline_->go_back([&] { return interrupted = interrupted || interrupts(); }));
}

void Server::begin_history() {
    timeline_.reset();
    if (line_ && client_) timeline_.emplace(*machine_, points_, *line_);
}

void Server::apply_breakpoints() {
    machine_->breakpoints_changed(points_.set_breakpoints(stub_.points().breakpoints()));
    applied_ = true;
}

void Server::apply_watches() {
    if (points_.watches() == stub_.points().watches()) return;
    points_.set_watches(stub_.points().watches());
    machine_->watches_changed();
}

void Server::stop(const Stop& stop) {
    stands_ = true;
    const std::string reply = stub_.stopped(stop);
    if (client_) client_->answer(reply);
}

void Server::say_end(int code) {
    if (client_) client_->answer(fmt::format("W{:02x}", code & 0xff));
}

}  // namespace kiln::debug
