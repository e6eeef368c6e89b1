// Feeds any bytes to the reader of recordings, as they are or, so that more than the checksums is
// looked at, in frames with the right ones: then the first byte after the selector says how long
// the machine's frame is, and one byte in front of each record how long that is. What is accepted
// is replayed: every moment of the log is given to the inputs as the run that they belong to would.
#include <algorithm>
#include <cstdint>
#include <vector>
#include <xxhash.h>

#include "fuzz/require.h"
#include "machine/replaying_inputs.h"
#include "support/error.h"

namespace kiln {
namespace {

constexpr uint8_t kFramed = 1;

struct Silence final : CharBackend {
    size_t write(std::span<const std::byte> bytes) noexcept override { return bytes.size(); }
    size_t read(std::span<std::byte>) noexcept override { return 0; }
};

// A log around payloads.
class Framer {
  public:
    Framer() {
        const char magic[] = "\x8bKiln\r\n\x1a";
        add(std::as_bytes(std::span(magic, 8)));
        add_number(static_cast<uint32_t>(checksum_));
    }
    void frame(std::span<const std::byte> payload) {
        const auto size = static_cast<uint32_t>(payload.size());
        add_number(size);
        add_number(static_cast<uint32_t>(XXH3_64bits_withSeed(&size, sizeof size, checksum_)));
        add(payload);
        checksum_ = XXH3_64bits_withSeed(payload.data(), payload.size(), checksum_);
        add_number(checksum_);
    }
    std::vector<std::byte> bytes;

  private:
    void add(std::span<const std::byte> more) {
        bytes.insert(bytes.end(), more.begin(), more.end());
    }
    template <typename T>
    void add_number(T number) {
        add(std::as_bytes(std::span(&number, 1)));
    }
    uint64_t checksum_ = 1;  // the version
};

std::vector<std::byte> framed(std::span<const std::byte> input) {
    Framer framer;
    while (!input.empty()) {
        const size_t size =
            std::min<size_t>(std::to_integer<size_t>(input.front()), input.size() - 1);
        framer.frame(input.subspan(1, size));
        input = input.subspan(1 + size);
    }
    return std::move(framer.bytes);
}

void check_log(InputLog& log) {
    Moment last;
    bool ended = false;
    for (u64 i = 0; i < log.count(); ++i) {
        log.seek(i);
        const auto& record = log.next();
        require(record.has_value(), "there are as many records as are counted");
        require(!ended, "nothing follows the end");
        require(record->at >= last, "moments never go back");
        require(record->data.size() <= InputRecord::kMaxData, "records are small");
        last = record->kind == InputKind::reset ? Moment{} : record->at;
        ended = record->kind == InputKind::end;
    }
    require(ended != log.truncated(), "a log is whole or truncated");
    require(log.machine().hashes.size() == files_of(log.machine().config).size(),
            "each file has its hash");
    log.seek(0);
}

void drain(Inputs& inputs) {
    std::array<std::byte, 64> keys;
    while (inputs.console().read(keys) != 0) {
    }
    while (inputs.console().take_break() && !inputs.ended()) {
    }
}

// What the run did that has this record.
void repeat(Inputs& inputs, const InputRecord& record) {
    std::vector<std::byte> bytes(std::min<u64>(record.value, InputRecord::kMaxData));
    switch (record.kind) {
        case InputKind::entropy:
            inputs.entropy(record.at, bytes);
            return;
        case InputKind::wake:
            require(inputs.wait(record.at, record.value, {}) <= record.value,
                    "no wait is longer than its deadline");
            return;
        case InputKind::reset:
            inputs.reset(record.at);
            return;
        case InputKind::end:
            inputs.finish(record.at, static_cast<int>(record.value));
            return;
        default:
            inputs.take_in(record.at);
    }
}

void fuzz(std::vector<std::byte> bytes) {
    try {
        InputLog log("input", std::move(bytes));
        check_log(log);
        Silence silence;
        ReplayingInputs inputs(silence, log);
        for (u64 i = 0; i < log.count() && log.next() && inputs.difference().empty(); ++i) {
            const InputRecord record = *log.next();  // stays, while the log goes on
            repeat(inputs, record);
            drain(inputs);
        }
    } catch (const InputError&) {
    }
}

}  // namespace
}  // namespace kiln

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const auto input = std::as_bytes(std::span(data + 1, size - 1));
    kiln::fuzz(*data == kiln::kFramed ? kiln::framed(input)
                                      : std::vector<std::byte>(input.begin(), input.end()));
    return 0;
}
