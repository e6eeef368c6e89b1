// Settings from the command line.
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "settings.h"
#include "tinyllama_test_runtime.h"

namespace {

using Options = std::map<std::string, std::string>;

std::string read(Settings& settings, const Options& options) {
    Failure failure{};
    kiln::test::options = options;
    if (settings_read(&settings, &failure)) return "ok";
    EXPECT_EQ(failure.code, 2);
    return failure.text;
}

std::string refusal(const Options& options) {
    Settings settings{};
    return read(settings, options);
}

TEST(Settings, HaveDefaults) {
    Settings settings{};
    ASSERT_EQ(read(settings, {}), "ok");
    EXPECT_EQ(settings.mode, kModeGenerate);
    EXPECT_STREQ(settings.prompt, "");
    EXPECT_EQ(settings.steps, 256U);
    EXPECT_EQ(settings.temperature, 0.0F);
    EXPECT_EQ(settings.top_p, 0.9F);
    EXPECT_EQ(settings.seed, 1U);
}

TEST(Settings, AreRead) {
    Settings settings{};
    ASSERT_EQ(read(settings, {{"mode", "interactive"},
                              {"prompt", "One day"},
                              {"steps", "0"},
                              {"temperature", "0.75"},
                              {"top_p", "1"},
                              {"seed", "123456789012"},
                              {"root", "/dev/vda"}}),
              "ok");
    EXPECT_EQ(settings.mode, kModeInteractive);
    EXPECT_STREQ(settings.prompt, "One day");
    EXPECT_EQ(settings.steps, 0U);
    EXPECT_EQ(settings.temperature, 0.75F);
    EXPECT_EQ(settings.top_p, 1.0F);
    EXPECT_EQ(settings.seed, 123456789012U);
}

TEST(Settings, KnowEveryMode) {
    const std::pair<const char*, Mode> modes[] = {{"generate", kModeGenerate},
                                                  {"interactive", kModeInteractive},
                                                  {"logits", kModeLogits},
                                                  {"math", kModeMath}};
    for (const auto& [name, mode] : modes) {
        Settings settings{};
        EXPECT_EQ(read(settings, {{"mode", name}}), "ok");
        EXPECT_EQ(settings.mode, mode);
    }
    EXPECT_EQ(refusal({{"mode", "fast"}}),
              "mode: 'fast' is none of generate, interactive, logits, math");
}

TEST(Settings, RefuseWhatIsNoNumberInRange) {
    for (const char* bad : {"", "x", "-1", "+1", " 1", "1x", "0x10", "1.5", "1048577",
                            "99999999999999999999999999"}) {
        EXPECT_EQ(refusal({{"steps", bad}}),
                  "steps: '" + std::string(bad) + "' is no number from 0 to 1048576");
    }
    for (const char* bad : {"", "-0.5", "nan", "inf", "1e", "1.0.0", "100.5", "1e9"}) {
        EXPECT_EQ(refusal({{"temperature", bad}}),
                  "temperature: '" + std::string(bad) + "' is no number from 0 to 100");
    }
    EXPECT_EQ(refusal({{"top_p", "1.01"}}), "top_p: '1.01' is no number from 0 to 1");
    EXPECT_EQ(refusal({{"seed", "1000000000000000000"}}),
              "seed: '1000000000000000000' is no number from 0 to 999999999999999999");
}

TEST(Settings, APromptThatIsTooLongStaysTooLong) {
    Settings settings{};
    ASSERT_EQ(read(settings, {{"prompt", std::string(5000, 'a')}}), "ok");
    EXPECT_EQ(std::string(settings.prompt).size(), size_t{kMaxPrompt} + 1);
}

}  // namespace
