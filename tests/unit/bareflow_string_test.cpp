// Against the host's functions of the same names.
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "bareflow_host.h"

namespace {

constexpr size_t kAreas = 400;

int sign(int value) { return (value > 0) - (value < 0); }

class BareflowMemory : public ::testing::Test {
  protected:
    std::vector<uint8_t> noise(size_t size) {
        std::vector<uint8_t> bytes(size);
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
        return bytes;
    }
    std::mt19937 random_{1};
};

// Every misalignment of both sides, and every size around the word's and the burst's. The bytes
// around the area must stay as they are, which the comparison of the whole shows.
TEST_F(BareflowMemory, Copies) {
    const std::vector<uint8_t> source = noise(kAreas);
    for (size_t to = 0; to < 16; ++to)
        for (size_t from = 0; from < 16; ++from)
            for (size_t size = 0; size < 200; size += size < 40 ? 1 : 13) {
                std::vector<uint8_t> ours = noise(kAreas);
                std::vector<uint8_t> hosts = ours;
                EXPECT_EQ(bareflow_memcpy(ours.data() + to, source.data() + from, size),
                          ours.data() + to);
                memcpy(hosts.data() + to, source.data() + from, size);
                ASSERT_EQ(ours, hosts) << to << " " << from << " " << size;
            }
}

TEST_F(BareflowMemory, MovesWithOverlap) {
    for (size_t to = 0; to < 100; to += 1 + to / 20)
        for (size_t from = 0; from < 100; from += 1 + from / 20)
            for (size_t size = 0; size < 300; size += size < 40 ? 1 : 17) {
                std::vector<uint8_t> ours = noise(kAreas);
                std::vector<uint8_t> hosts = ours;
                EXPECT_EQ(bareflow_memmove(ours.data() + to, ours.data() + from, size),
                          ours.data() + to);
                memmove(hosts.data() + to, hosts.data() + from, size);
                ASSERT_EQ(ours, hosts) << to << " " << from << " " << size;
            }
}

TEST_F(BareflowMemory, Sets) {
    for (size_t to = 0; to < 16; ++to)
        for (size_t size = 0; size < 300; ++size)
            for (const int byte : {0, 0xa5, -1, 0x1ff}) {
                std::vector<uint8_t> ours = noise(kAreas);
                std::vector<uint8_t> hosts = ours;
                bareflow_memset(ours.data() + to, byte, size);
                memset(hosts.data() + to, byte, size);
                ASSERT_EQ(ours, hosts) << to << " " << size;
            }
}

TEST_F(BareflowMemory, ComparesAndSearches) {
    for (size_t shift = 0; shift < 9; ++shift)
        for (size_t size = 0; size < 70; ++size)
            for (size_t change = 0; change <= size; ++change) {
                std::vector<uint8_t> left = noise(100);
                std::vector<uint8_t> right(left);
                right.insert(right.begin(), shift, 0);
                if (change < size) right[shift + change] ^= 0x80;
                EXPECT_EQ(sign(bareflow_memcmp(left.data(), right.data() + shift, size)),
                          sign(memcmp(left.data(), right.data() + shift, size)));
                const int byte = left[change];
                EXPECT_EQ(bareflow_memchr(left.data() + shift, byte, size),
                          memchr(left.data() + shift, byte, size));
            }
}

// --- Texts ---------------------------------------------------------------------------------------

class BareflowString : public ::testing::Test {
  protected:
    // Few different letters, so that much is equal; among them one above 127.
    std::string text(size_t longest) {
        std::string result;
        for (size_t length = random_() % (longest + 1); length; --length)
            result += "ab\xe4"[random_() % 3];
        return result;
    }
    std::mt19937 random_{1};
};

TEST_F(BareflowString, ComparesAndSearches) {
    for (int i = 0; i < 20000; ++i) {
        const std::string a = text(8);
        const std::string b = text(4);
        const size_t size = random_() % 10;
        EXPECT_EQ(bareflow_strlen(a.c_str()), a.size());
        EXPECT_EQ(sign(bareflow_strcmp(a.c_str(), b.c_str())), sign(strcmp(a.c_str(), b.c_str())));
        EXPECT_EQ(sign(bareflow_strncmp(a.c_str(), b.c_str(), size)),
                  sign(strncmp(a.c_str(), b.c_str(), size)));
        for (const int letter : {int{'a'}, int{'c'}, 0xe4, -28, 0})
            EXPECT_EQ(bareflow_strchr(a.c_str(), letter), strchr(a.c_str(), letter));
        EXPECT_EQ(bareflow_strstr(a.c_str(), b.c_str()), strstr(a.c_str(), b.c_str()));
    }
}

TEST_F(BareflowString, Copies) {
    for (int i = 0; i < 2000; ++i) {
        const std::string from = text(20);
        const size_t size = random_() % 30;
        std::vector<char> ours(40, '#');
        std::vector<char> hosts = ours;
        EXPECT_EQ(bareflow_strcpy(ours.data(), from.c_str()), ours.data());
        memcpy(hosts.data(), from.c_str(), from.size() + 1);
        EXPECT_EQ(ours, hosts);
        EXPECT_EQ(bareflow_strncpy(ours.data(), from.c_str(), size), ours.data());
        for (size_t at = 0; at < size; ++at) hosts[at] = at < from.size() ? from[at] : '\0';
        EXPECT_EQ(ours, hosts);
    }
}

// --- The command line ----------------------------------------------------------------------------

std::string option(const char* name) {
    char value[64];
    return runtime_option(name, value, sizeof value) ? value : "(none)";
}

TEST(BareflowOptions, FindsWords) {
    host_set_command_line(
        "  steps=64 prompt=\"Once upon  a time\" x=1 x=2 empty= flag topsteps=9 \"q=1 r=2\"");
    EXPECT_EQ(option("steps"), "64");
    EXPECT_EQ(option("prompt"), "Once upon  a time");
    EXPECT_EQ(option("x"), "1");
    EXPECT_EQ(option("empty"), "");
    EXPECT_EQ(option("topsteps"), "9");
    for (const char* name : {"flag", "step", "upon", "top", "r", "a", "time", "64"})
        EXPECT_EQ(option(name), "(none)") << name;
}

TEST(BareflowOptions, CutsLongValuesAndOpenQuotes) {
    host_set_command_line("name=0123456789 open=\"to the end");
    char value[5] = "####";
    EXPECT_TRUE(runtime_option("name", value, sizeof value));
    EXPECT_STREQ(value, "0123");
    EXPECT_EQ(option("open"), "to the end");
    char untouched[] = "same";
    EXPECT_FALSE(runtime_option("none", untouched, sizeof untouched));
    EXPECT_STREQ(untouched, "same");
    EXPECT_TRUE(runtime_option("name", untouched, 0));
    EXPECT_STREQ(untouched, "same");
    host_set_command_line("");
    EXPECT_EQ(option("name"), "(none)");
    EXPECT_STREQ(runtime_command_line(), "");
}

// --- The console's lines -------------------------------------------------------------------------

std::string typed_line(const char* keys, int expected_length) {
    char line[8] = "";
    host_clear_output();
    host_type(keys);
    EXPECT_EQ(console_read_line(line, sizeof line), expected_length);
    return line;
}

TEST(BareflowConsole, ReadsLines) {
    EXPECT_EQ(typed_line("hello\n", 5), "hello");
    EXPECT_STREQ(host_output, "hello\n");
    EXPECT_EQ(typed_line("hello\r", 5), "hello");
    EXPECT_EQ(typed_line("\n", 0), "");
    EXPECT_EQ(typed_line("too long a line\n", 7), "too lon");
    EXPECT_STREQ(host_output, "too lon\n");
}

TEST(BareflowConsole, EditsLines) {
    EXPECT_EQ(typed_line("\bab\x7f"
                         "c\n",
                         2),
              "ac");
    EXPECT_STREQ(host_output, "ab\b \bc\n");
    EXPECT_EQ(typed_line("abc\x15"
                         "d\n",
                         1),
              "d");
    EXPECT_EQ(typed_line("a\x04\x01\tb\n", 2), "ab");
    EXPECT_EQ(typed_line("\x04", -1), "");
}

TEST(BareflowConsole, WaitsWhileNothingIsTyped) {
    host_waits = 0;
    EXPECT_EQ(typed_line("~~a~\n", 1), "a");
    EXPECT_EQ(host_waits, 3u);
}

}  // namespace
