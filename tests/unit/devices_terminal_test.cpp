#include <csignal>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <string>
#include <sys/wait.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include "devices/terminal.h"

namespace kiln {
namespace {

// A pair of descriptors that close with the test.
struct Pair {
    ~Pair() {
        close_first();
        close(second);
    }
    void close_first() {
        if (first >= 0) close(first);
        first = -1;
    }
    int first = -1;
    int second = -1;
};

struct Pipe : Pair {  // first reads, second writes.
    Pipe() {
        int fds[2];
        if (pipe(fds) != 0) throw std::runtime_error("pipe");
        first = fds[0];
        second = fds[1];
    }
};

struct Pty : Pair {  // first is the master, second the terminal.
    Pty() {
        if (openpty(&first, &second, nullptr, nullptr, nullptr) != 0)
            throw std::runtime_error("openpty");
    }
    bool is_raw() const {
        termios mode{};
        tcgetattr(second, &mode);
        return (mode.c_lflag & (ICANON | ECHO | ISIG)) == 0;
    }
};

void put(int fd, std::string_view text) {
    ASSERT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

std::string take(int fd) {
    std::string text(1 << 16, '\0');
    pollfd entry{fd, POLLIN, 0};
    if (::poll(&entry, 1, 0) <= 0) return {};
    text.resize(static_cast<size_t>(std::max<ssize_t>(read(fd, text.data(), text.size()), 0)));
    return text;
}

std::string typed(Terminal& terminal) {
    std::string text(1 << 17, '\0');
    text.resize(terminal.read(std::as_writable_bytes(std::span(text))));
    return text;
}

void print(Terminal& terminal, std::string_view text) {
    EXPECT_EQ(terminal.write(std::as_bytes(std::span(text))), text.size());
}

TEST(ConsoleEscapeTest, Keys) {
    const auto last = [](std::string_view keys) {
        ConsoleEscape escape;
        std::optional<ConsoleEscape::Result> result;
        for (const char key : keys) result = escape.feed(static_cast<std::byte>(key));
        return result;
    };
    using Action = ConsoleEscape::Action;
    EXPECT_EQ(last("x")->action, Action::kSend);
    EXPECT_EQ(last("x")->byte, std::byte{'x'});
    EXPECT_FALSE(last("\x01"));
    EXPECT_EQ(last("\x01x")->action, Action::kQuit);
    EXPECT_EQ(last("\x01h")->action, Action::kHelp);
    EXPECT_EQ(last("\x01"
                   "b")
                  ->action,
              Action::kBreak);
    EXPECT_EQ(last("\x01\x01")->byte, std::byte{1});
    EXPECT_EQ(last("\x01\x01x")->action, Action::kSend);
    EXPECT_FALSE(last("\x01q"));
    EXPECT_EQ(last("\x01qx")->action, Action::kSend);
}

class TerminalOnPipes : public testing::Test {
  protected:
    Pipe in;
    Pipe out;
};

TEST_F(TerminalOnPipes, PassesBytesBothWays) {
    Terminal terminal(in.first, out.second);
    put(in.second, "hello");
    EXPECT_EQ(typed(terminal), "");
    terminal.poll();
    EXPECT_EQ(typed(terminal), "hello");
    print(terminal, "world");
    terminal.poll();
    EXPECT_EQ(take(out.first), "world");
}

TEST_F(TerminalOnPipes, FlushesWhenDestroyed) {
    { print(*std::make_unique<Terminal>(in.first, out.second), "bye"); }
    EXPECT_EQ(take(out.first), "bye");
}

TEST_F(TerminalOnPipes, Escapes) {
    Terminal terminal(in.first, out.second);
    put(in.second, "a\x01\x01z\x01");
    terminal.poll();
    EXPECT_EQ(typed(terminal), "a\x01z");
    EXPECT_FALSE(terminal.quit_requested());
    put(in.second, "h");
    terminal.poll();
    EXPECT_NE(take(out.first).find("Ctrl-A x"), std::string::npos);
    EXPECT_FALSE(terminal.take_break());
    put(in.second,
        "\x01"
        "b");
    terminal.poll();
    EXPECT_TRUE(terminal.take_break());
    EXPECT_FALSE(terminal.take_break());
    put(in.second, "\x01x");
    terminal.poll();
    EXPECT_TRUE(terminal.quit_requested());
    EXPECT_EQ(typed(terminal), "");
}

TEST_F(TerminalOnPipes, EndOfInput) {
    Terminal terminal(in.first, out.second);
    EXPECT_EQ(terminal.poll_fd(), in.first);
    put(in.second, "end");
    close(in.second);
    in.second = -1;
    terminal.poll();
    terminal.poll();
    EXPECT_EQ(typed(terminal), "end");
    EXPECT_EQ(terminal.poll_fd(), -1);
    terminal.poll();
}

TEST_F(TerminalOnPipes, InputThatNobodyReadsStaysInThePipe) {
    Terminal terminal(in.first, out.second);
    fcntl(in.second, F_SETFL, O_NONBLOCK);
    const std::string block(4096, 'k');
    size_t sent = 0;
    for (unsigned i = 0; i < 1000; ++i) {
        const ssize_t count = write(in.second, block.data(), block.size());
        if (count > 0) sent += static_cast<size_t>(count);
        terminal.poll();
    }
    EXPECT_LT(sent, 300'000u);
    EXPECT_EQ(terminal.poll_fd(), -1);
    size_t received = 0;
    for (unsigned i = 0; i < 1000 && received < sent; ++i) {
        received += typed(terminal).size();
        terminal.poll();
    }
    EXPECT_EQ(received, sent);
}

TEST_F(TerminalOnPipes, ClosedOutputIsDropped) {
    out.close_first();
    Terminal terminal(in.first, out.second);
    for (unsigned i = 0; i < 10; ++i) {
        print(terminal, std::string(10'000, 'x'));
        terminal.poll();
    }
}

// Prints much to `output`, which is full already and is read in small pieces from `reader`.
void expect_nothing_lost(int output, int reader) {
    constexpr size_t kBytes = 400'000;
    fcntl(output, F_SETFL, O_NONBLOCK);  // As a parent may have left it.
    std::string sent;
    while (write(output, "0", 1) == 1) sent.push_back('0');
    const size_t total = sent.size() + kBytes;
    std::string received;
    std::thread reading([&] {
        std::array<char, 300> bytes;
        while (received.size() < total) {
            const ssize_t count = read(reader, bytes.data(), bytes.size());
            if (count <= 0) return;
            received.append(bytes.data(), static_cast<size_t>(count));
        }
    });
    std::string printed;
    for (unsigned i = 0; i < kBytes; ++i) printed.push_back(static_cast<char>('a' + i % 23));
    const Pipe no_input;
    {
        Terminal terminal(no_input.first, output);
        for (size_t at = 0; at < printed.size(); at += 777) {  // Flushes of an odd size.
            print(terminal, std::string_view(printed).substr(at, 777));
            terminal.poll();
        }
    }
    reading.join();
    EXPECT_TRUE(received == sent + printed);
}

TEST_F(TerminalOnPipes, SlowReaderLosesNothing) { expect_nothing_lost(out.second, out.first); }

TEST(TerminalOnTty, SlowReaderLosesNothing) {
    const Pty pty;
    termios mode{};
    tcgetattr(pty.second, &mode);
    cfmakeraw(&mode);
    tcsetattr(pty.second, TCSANOW, &mode);
    expect_nothing_lost(pty.second, pty.first);
}

TEST_F(TerminalOnPipes, QuitEndsTheWaitForAStuckReader) {
    Terminal terminal(in.first, out.second);
    put(in.second, "\x01x");
    print(terminal, std::string(200'000, 'x'));  // More than the pipe takes; nobody reads.
    EXPECT_TRUE(terminal.quit_requested());
}

TEST_F(TerminalOnPipes, DescriptorFlagsStay) {
    const int before = fcntl(in.first, F_GETFL);
    Terminal terminal(in.first, out.second);
    terminal.poll();
    EXPECT_EQ(fcntl(in.first, F_GETFL), before);
}

TEST(TerminalOnTty, RawWhileItLives) {
    Pty pty;
    EXPECT_FALSE(pty.is_raw());
    {
        Terminal terminal(pty.second, pty.second);
        EXPECT_TRUE(pty.is_raw());
        put(pty.first, "\x03\r");  // Ctrl-C and Enter as they are.
        pollfd entry{pty.second, POLLIN, 0};
        ::poll(&entry, 1, -1);
        terminal.poll();
        EXPECT_EQ(typed(terminal), "\x03\r");
    }
    EXPECT_FALSE(pty.is_raw());
}

// Runs `body` in a child process of its own group; returns its process id.
pid_t run_child(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        close(STDERR_FILENO);  // A sanitizer reports the signals that the tests send.
        body();
        _exit(0);
    }
    setpgid(child, child);
    return child;
}

class TerminalSignal : public testing::TestWithParam<int> {};

TEST_P(TerminalSignal, RestoresTheModeAndKills) {
    Pty pty;
    const int signal = GetParam();
    const pid_t child = run_child([&] {
        std::signal(signal, SIG_DFL);
        const Terminal terminal(pty.second, pty.second);
        if (!pty.is_raw()) _exit(1);
        if (signal == SIGABRT) std::abort();
        kill(getpid(), signal);
        for (;;) pause();
    });
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_FALSE(pty.is_raw());
}

INSTANTIATE_TEST_SUITE_P(All, TerminalSignal,
                         testing::Values(SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE,
                                         SIGSEGV, SIGTERM));

// A real fault, whose instruction is executed again after the handler.
TEST(TerminalCrash, RestoresTheMode) {
    Pty pty;
    const pid_t child = run_child([&] {
        std::signal(SIGSEGV, SIG_DFL);
        const Terminal terminal(pty.second, pty.second);
        volatile int* nowhere = reinterpret_cast<volatile int*>(sysconf(_SC_PAGESIZE) * 16);
        *nowhere = 1;
    });
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
    EXPECT_FALSE(pty.is_raw());
}

TEST(TerminalStop, RestoresTheModeAndTakesItBack) {
    Pty pty;
    const pid_t child = run_child([&] {
        const Terminal terminal(pty.second, pty.second);
        for (unsigned i = 0; i < 2; ++i) {
            raise(SIGTSTP);
            if (!pty.is_raw()) _exit(1);
        }
    });
    int status = 0;
    for (unsigned i = 0; i < 2; ++i) {
        ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
        ASSERT_TRUE(WIFSTOPPED(status));
        EXPECT_FALSE(pty.is_raw());
        kill(child, SIGCONT);
    }
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(TerminalSignals, DispositionsComeBack) {
    Pty pty;
    struct sigaction before {};
    struct sigaction after {};
    sigaction(SIGTERM, nullptr, &before);
    { const Terminal terminal(pty.second, pty.second); }
    sigaction(SIGTERM, nullptr, &after);
    EXPECT_EQ(before.sa_handler, after.sa_handler);
    sigaction(SIGPIPE, nullptr, &after);
    EXPECT_EQ(after.sa_handler, SIG_DFL);
}

}  // namespace
}  // namespace kiln
