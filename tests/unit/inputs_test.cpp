// What a recording hands over, a replay hands over at the same moments; where a run differs, it is
// noticed.
#include <deque>
#include <gtest/gtest.h>

#include "machine/recording_inputs.h"
#include "machine/replaying_inputs.h"
#include "unit/scratch_folder.h"

namespace kiln {
namespace {

// Somebody at the console.
struct Typist final : CharBackend {
    std::deque<std::byte> keys;
    unsigned breaks = 0;
    bool quits = false;

    void type(std::string_view text) {
        for (const char key : text) keys.push_back(static_cast<std::byte>(key));
    }
    size_t write(std::span<const std::byte> bytes) noexcept override { return bytes.size(); }
    size_t read(std::span<std::byte> bytes) noexcept override {
        size_t count = 0;
        for (; count < bytes.size() && !keys.empty(); keys.pop_front())
            bytes[count++] = keys.front();
        return count;
    }
    bool take_break() noexcept override { return breaks != 0 && breaks-- != 0; }
    bool quit_requested() const noexcept override { return quits; }
};

// All that the console has.
std::string read_all(Inputs& inputs) {
    std::string text;
    while (inputs.console().take_break()) text += '!';
    std::byte key{};
    while (inputs.console().read(std::span(&key, 1)) != 0) text += static_cast<char>(key);
    return text;
}

class InputsTest : public testing::Test {
  protected:
    // Records what `run` does.
    template <typename Run>
    void record(Run run) {
        InputLogWriter writer(folder.name("log"), {});
        const HostSources host{.entropy =
                                   [this](std::span<std::byte> bytes) {
                                       for (std::byte& byte : bytes)
                                           byte = static_cast<std::byte>(++entropy);
                                       return has_entropy;
                                   },
                               .wall_clock_ns = [this] { return wall_ns; }};
        RecordingInputs inputs(typist, writer, host);
        run(inputs);
    }
    // Does it again, differently.
    template <typename Run>
    std::string replay(Run run) {
        InputLog log = InputLog::read(folder.name("log"));
        ReplayingInputs inputs(silence, log);
        run(inputs);
        ended = inputs.ended();
        cut_off = inputs.cut_off();
        return inputs.difference();
    }

    test::ScratchFolder folder;
    Typist typist;
    Typist silence;
    u64 wall_ns = 1'000'000'000;
    u8 entropy = 0;
    bool has_entropy = true;
    std::optional<int> ended;
    std::optional<Moment> cut_off;
};

std::string entropy_of(Inputs& inputs, const Moment& now, size_t size) {
    std::vector<std::byte> bytes(size);
    if (!inputs.entropy(now, bytes)) return "none";
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

TEST_F(InputsTest, AreTheSameAgain) {
    std::vector<std::string> seen;
    std::vector<std::vector<std::byte>> states;
    const auto run = [&](Inputs& inputs, bool recording) {
        seen.clear();
        const auto see = [&](const Moment& now) {
            inputs.take_in(now);
            seen.push_back(read_all(inputs) + std::to_string(inputs.wall_clock_ns(now)));
        };
        seen.push_back(entropy_of(inputs, {0, 0}, 32));
        see({0, 0});
        if (recording) typist.type("first");
        see({0, 0});  // at the same moment, but later
        if (recording) wall_ns += 50'000'000;
        see({100, 10});
        if (recording) has_entropy = false;
        seen.push_back(entropy_of(inputs, {110, 11}, 64));
        if (recording) typist.type(std::string(5000, 'x'));
        if (recording) typist.breaks = 2;
        see({200, 20});
        see({200, 21});
        seen.push_back(std::to_string(inputs.wait({200, 21}, 21, {})));
        if (recording) typist.type("y");
        if (recording) wall_ns += 1'000'000;
        seen.push_back(std::to_string(inputs.wait({200, 21}, 100'000'000, {})));
        see({200, 500});
        see({300, 501});
        inputs.reset({400, 502});
        see({1, 1});
        if (recording) typist.quits = true;
        see({2, 1});
        EXPECT_EQ(inputs.ended(), 0);
        std::vector<std::byte> state;
        StateArchive archive(state);
        inputs.state(archive);
        states.push_back(state);
        inputs.finish({3, 2}, 0);
    };
    record([&](Inputs& inputs) { run(inputs, true); });
    const std::vector<std::string> recorded = seen;
    EXPECT_EQ(replay([&](Inputs& inputs) { run(inputs, false); }), "");
    EXPECT_EQ(seen, recorded);
    EXPECT_EQ(cut_off, std::nullopt);
    EXPECT_EQ(states.at(0), states.at(1));
    // Something was there to be seen.
    EXPECT_EQ(recorded[1], "1000000000");
    EXPECT_EQ(recorded[2], "first1000000000");
    EXPECT_EQ(recorded[3], "1050000000");
    EXPECT_EQ(recorded[4], "none");
    EXPECT_EQ(recorded[5].substr(0, 3), "!!x");
}

TEST_F(InputsTest, TheClockGoesOnWithGuestTime) {
    record([&](Inputs& inputs) {
        inputs.take_in({0, 0});
        EXPECT_EQ(inputs.wall_clock_ns({0, 5}), wall_ns + 500);
        wall_ns += 9'000'000;  // not wrong enough
        inputs.take_in({10, 1});
        EXPECT_EQ(inputs.wall_clock_ns({10, 1}), 1'000'000'100u);
        wall_ns += 2'000'000;
        inputs.take_in({20, 2});
        EXPECT_EQ(inputs.wall_clock_ns({20, 2}), wall_ns);
        wall_ns -= 500'000'000;  // somebody sets the host's clock
        inputs.take_in({30, 3});
        EXPECT_EQ(inputs.wall_clock_ns({30, 3}), wall_ns);
    });
}

TEST_F(InputsTest, ANoticeOfEachDifference) {
    record([&](Inputs& inputs) {
        inputs.take_in({0, 0});
        EXPECT_EQ(entropy_of(inputs, {50, 5}, 2), "\1\2");
        typist.type("k");
        inputs.take_in({100, 10});
        EXPECT_EQ(read_all(inputs), "k");
        inputs.finish({200, 20}, 3);
    });
    const std::string here = "the run differs from the recording at instruction ";
    const auto start = [](Inputs& inputs) { inputs.take_in({0, 0}); };
    EXPECT_EQ(replay([&](Inputs& inputs) {
                  start(inputs);
                  inputs.take_in({60, 6});
              }),
              here + "60, tick 6: here the run goes on, there entropy at instruction 50, tick 5");
    EXPECT_EQ(ended, 0);
    EXPECT_EQ(
        replay([&](Inputs& inputs) {
            start(inputs);
            EXPECT_EQ(entropy_of(inputs, {50, 5}, 3), "none");
        }),
        here + "50, tick 5: here entropy of 3 bytes, there entropy at instruction 50, tick 5");
    const auto half = [&](Inputs& inputs) {
        start(inputs);
        EXPECT_EQ(entropy_of(inputs, {50, 5}, 2), "\1\2");
    };
    EXPECT_EQ(replay([&](Inputs& inputs) {
                  half(inputs);
                  inputs.take_in({100, 11});
              }),
              here +
                  "100, tick 11: here the run goes on, there console input at instruction 100, "
                  "tick 10");
    EXPECT_EQ(replay([&](Inputs& inputs) {
                  half(inputs);
                  EXPECT_EQ(inputs.wait({60, 6}, 9, {}), 9u);
                  EXPECT_EQ(inputs.wait({60, 6}, Inputs::kNever, {}), 6u);
              }),
              here +
                  "60, tick 6: here the guest waits for input, there console input at "
                  "instruction 100, tick 10");
    const auto most = [&](Inputs& inputs) {
        half(inputs);
        inputs.take_in({100, 10});
        EXPECT_EQ(read_all(inputs), "k");
    };
    EXPECT_EQ(replay([&](Inputs& inputs) {
                  most(inputs);
                  inputs.finish({200, 20}, 4);
              }),
              here +
                  "200, tick 20: here the end of the run with 4, there its end at instruction "
                  "200, tick 20");
    EXPECT_EQ(replay([&](Inputs& inputs) {
                  most(inputs);
                  inputs.reset({200, 20});
              }),
              here + "200, tick 20: here a reset, there its end at instruction 200, tick 20");
    EXPECT_EQ(replay(most), "");
    EXPECT_EQ(cut_off, std::nullopt);
}

TEST_F(InputsTest, ALogWithoutEndEndsTheRun) {
    record([&](Inputs& inputs) {
        inputs.take_in({0, 0});
        typist.type("k");
        inputs.take_in({100, 10});
    });
    EXPECT_EQ(replay([&](Inputs& inputs) {
                  inputs.take_in({0, 0});
                  EXPECT_EQ(inputs.ended(), std::nullopt);
                  inputs.take_in({100, 10});
                  EXPECT_EQ(inputs.ended(), 0);
                  EXPECT_EQ(entropy_of(inputs, {101, 11}, 3), "none");
                  inputs.finish({102, 11}, 0);
              }),
              "");
    EXPECT_EQ(cut_off, (Moment{100, 10}));
}

// A replay goes back to a state that was saved, as a debugger asks for.
TEST_F(InputsTest, GoBack) {
    record([&](Inputs& inputs) {
        inputs.take_in({0, 0});
        typist.type("first");
        inputs.take_in({100, 10});
        EXPECT_EQ(read_all(inputs), "first");
        typist.type("second");
        inputs.take_in({200, 20});
        inputs.finish({300, 30}, 0);
    });
    EXPECT_EQ(replay([&](Inputs& inputs) {
                  inputs.take_in({0, 0});
                  inputs.take_in({100, 10});
                  std::vector<std::byte> state;
                  StateArchive saved(state);
                  inputs.state(saved);
                  for (int i = 0; i < 2; ++i) {
                      EXPECT_EQ(read_all(inputs), "first");
                      inputs.take_in({200, 20});
                      EXPECT_EQ(read_all(inputs), "second");
                      StateArchive loaded{std::span<const std::byte>(state)};
                      inputs.state(loaded);
                  }
              }),
              "");
}

}  // namespace
}  // namespace kiln
