// Packets in a stream of bytes, whatever that holds.
#include <gtest/gtest.h>
#include <vector>

#include "debug/packet.h"

namespace kiln::debug {
namespace {

std::vector<Incoming> read(std::string_view bytes, bool trusts = false) {
    PacketReader reader;
    if (trusts) reader.trust();
    std::vector<Incoming> found;
    for (const char c : bytes)
        if (auto incoming = reader.take(static_cast<std::byte>(c))) found.push_back(*incoming);
    return found;
}

std::string payload(const std::vector<Incoming>& found) {
    return found.size() == 1 && found[0].kind == Incoming::kPacket ? found[0].payload : "no packet";
}

TEST(Packet, IsFoundBetweenOtherBytes) {
    EXPECT_EQ(payload(read("+noise$g#67+")), "g");
    EXPECT_EQ(payload(read("$#00")), "");
    EXPECT_EQ(payload(read("$m0,4#FD")), "m0,4") << "digits of either case";
    EXPECT_TRUE(read("$g#6").empty());
    EXPECT_TRUE(read("+++#67").empty());
}

TEST(Packet, EscapesAreUndone) {
    const std::string raw("}\x03}\x04}\x5d}\x0a", 8);
    EXPECT_EQ(payload(read(frame("#$}*"))), "#$}*");
    unsigned sum = 'X';
    for (const char c : raw) sum += static_cast<unsigned char>(c);
    EXPECT_EQ(frame("X#$}*").substr(0, 10), "$X" + raw);
    EXPECT_EQ(payload(read("$X" + raw + frame("").substr(1, 1) +
                           [&] {
                               constexpr std::string_view kDigits = "0123456789abcdef";
                               return std::string{kDigits[sum >> 4 & 15], kDigits[sum & 15]};
                           }())),
              "X#$}*");
}

TEST(Packet, AllBytesGoThere) {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_EQ(payload(read(frame(all))), all);
}

TEST(Packet, WrongChecksumIsBadUnlessTrusted) {
    for (const char* bytes : {"$g#66", "$g#zz", "$g##6"}) {
        const auto found = read(bytes);
        ASSERT_EQ(found.size(), 1u) << bytes;
        EXPECT_EQ(found[0].kind, Incoming::kBad) << bytes;
        EXPECT_EQ(payload(read(bytes, true)), "g") << bytes;
    }
}

TEST(Packet, LongestIsTakenAndALongerOneRefused) {
    EXPECT_EQ(payload(read(frame(std::string(kPacketSize, 'a')))).size(), kPacketSize);
    for (const bool trusts : {false, true}) {
        const auto found = read(frame(std::string(kPacketSize + 1, 'a')) + "$g#67", trusts);
        ASSERT_EQ(found.size(), 2u);
        EXPECT_EQ(found[0].kind, Incoming::kBad);
        EXPECT_EQ(found[1].payload, "g");
    }
}

TEST(Packet, InterruptAndNackAreSeenBetweenPackets) {
    const auto found = read("\x03$g#67-");
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].kind, Incoming::kInterrupt);
    EXPECT_EQ(found[1].payload, "g");
    EXPECT_EQ(found[2].kind, Incoming::kNack);
    EXPECT_EQ(payload(read("$\x03-#30")), "\x03-") << "inside one they are data";
}

}  // namespace
}  // namespace kiln::debug
