// Feeds any bytes to the GDB stub, as they come from a client. Whatever is answered has to be a
// packet that a client can read.
#include <cstdint>

#include "debug/packet.h"
#include "fuzz/require.h"
#include "unit/gdb_rig.h"

namespace kiln {
namespace {

// Nothing that a client asks for makes an answer longer than this.
constexpr size_t kLongestAnswer = 2 * debug::kPacketSize;

void check(const debug::Answer& answer) {
    require(answer.reply.value_or("").size() <= kLongestAnswer, "answers are short");
    require((answer.action == debug::Answer::kResume) == !answer.reply.has_value() ||
                answer.action == debug::Answer::kKill,
            "the guest runs, or there is an answer");
    if (!answer.reply) return;
    debug::PacketReader reader;
    std::optional<debug::Incoming> read;
    for (const char c : debug::frame(*answer.reply)) read = reader.take(static_cast<std::byte>(c));
    if (answer.reply->size() > debug::kPacketSize) return;
    require(read && read->kind == debug::Incoming::kPacket && read->payload == *answer.reply,
            "a client reads what was answered");
}

void fuzz(const uint8_t* data, size_t size) {
    debug_test::StubRig rig(data[0] & 1 ? 64 : 32);
    debug::PacketReader reader;
    if ((data[0] & 2) != 0) reader.trust();
    for (size_t i = 1; i < size; ++i)
        if (const auto incoming = reader.take(static_cast<std::byte>(data[i])))
            if (incoming->kind == debug::Incoming::kPacket)
                check(rig.stub.handle(incoming->payload));
}

}  // namespace
}  // namespace kiln

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size != 0) kiln::fuzz(data, size);
    return 0;
}
