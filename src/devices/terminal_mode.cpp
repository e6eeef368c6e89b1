// Assumption: everything that a handler calls is async-signal-safe (signal-safety(7)): tcgetattr,
// tcsetattr, tcgetpgrp, getpgrp, sigaction, raise, sigprocmask.
#include "devices/terminal_mode.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <termios.h>
#include <unistd.h>

namespace kiln {

namespace {
// Signals that end the process; the terminal is restored first.
constexpr std::array kFatalSignals = {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT,
                                      SIGBUS, SIGFPE, SIGSEGV, SIGTERM};

// What the handlers need. Written before they are installed, and by themselves.
struct State {
    int fd = -1;
    termios saved{};
    termios raw{};
    volatile std::sig_atomic_t is_raw = 0;
    std::array<struct sigaction, kFatalSignals.size()> previous{};
    struct sigaction previous_stop {};
    struct sigaction previous_continue {};
};
State g_state;

// A background process that touches its controlling terminal would be stopped by it. Where this is
// not our controlling terminal (-1), nothing of the kind happens.
bool in_foreground() {
    const pid_t group = tcgetpgrp(g_state.fd);
    return group < 0 || group == getpgrp();
}

void enter_raw() {
    if (!in_foreground()) return;
    if (tcsetattr(g_state.fd, TCSANOW, &g_state.raw) == 0) g_state.is_raw = 1;
}

void leave_raw() {
    if (g_state.is_raw == 0 || !in_foreground()) return;
    tcsetattr(g_state.fd, TCSANOW, &g_state.saved);
    g_state.is_raw = 0;
}

void install(int signal, void (*handler)(int, siginfo_t*, void*), struct sigaction* previous) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, previous);
}

// Restores the terminal, then lets the previous disposition have the signal. A fault raised by the
// processor comes again by itself when its instruction is executed again, with its own address.
void on_fatal(int signal, siginfo_t* info, void*) {
    const int saved_errno = errno;
    leave_raw();
    for (size_t i = 0; i < kFatalSignals.size(); ++i)
        if (kFatalSignals[i] == signal) sigaction(signal, &g_state.previous[i], nullptr);
    if (info->si_code <= 0 || info->si_code == SI_KERNEL) raise(signal);
    errno = saved_errno;
}

void on_continue(int, siginfo_t*, void*) {
    const int saved_errno = errno;
    enter_raw();
    errno = saved_errno;
}

// Stops by the previous disposition while the handler runs. What continues the process is SIGCONT,
// whose handler enters raw mode again.
void on_stop(int signal, siginfo_t*, void*) {
    const int saved_errno = errno;
    leave_raw();
    struct sigaction own {};
    sigaction(signal, &g_state.previous_stop, &own);
    sigset_t only_this;
    sigset_t old_mask;
    sigemptyset(&only_this);
    sigaddset(&only_this, signal);
    raise(signal);
    sigprocmask(SIG_UNBLOCK, &only_this, &old_mask);  // Stops here.
    sigprocmask(SIG_SETMASK, &old_mask, nullptr);
    sigaction(signal, &own, nullptr);
    errno = saved_errno;
}

bool is_ignored(int signal) {
    struct sigaction current {};
    sigaction(signal, nullptr, &current);
    return (current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_IGN;
}

void install_handlers() {
    for (size_t i = 0; i < kFatalSignals.size(); ++i) {
        // What the parent had ignored (nohup) stays ignored.
        if (is_ignored(kFatalSignals[i]))
            sigaction(kFatalSignals[i], nullptr, &g_state.previous[i]);
        else
            install(kFatalSignals[i], on_fatal, &g_state.previous[i]);
    }
    install(SIGCONT, on_continue, &g_state.previous_continue);
    if (is_ignored(SIGTSTP))
        sigaction(SIGTSTP, nullptr, &g_state.previous_stop);
    else
        install(SIGTSTP, on_stop, &g_state.previous_stop);
}

void remove_handlers() {
    for (size_t i = 0; i < kFatalSignals.size(); ++i)
        sigaction(kFatalSignals[i], &g_state.previous[i], nullptr);
    sigaction(SIGCONT, &g_state.previous_continue, nullptr);
    sigaction(SIGTSTP, &g_state.previous_stop, nullptr);
}
}  // namespace

TerminalMode::TerminalMode(int fd) {
    if (g_state.fd >= 0 || tcgetattr(fd, &g_state.saved) != 0) return;
    active_ = true;
    g_state.fd = fd;
    g_state.raw = g_state.saved;
    cfmakeraw(&g_state.raw);
    g_state.raw.c_oflag |= OPOST;  // The host's own messages keep their line ends.
    install_handlers();
    enter_raw();
}

TerminalMode::~TerminalMode() {
    if (!active_) return;
    leave_raw();
    remove_handlers();
    g_state.fd = -1;
}

}  // namespace kiln
