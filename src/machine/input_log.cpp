#include "machine/input_log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <xxhash.h>

#include "image/file.h"
#include "machine/guest_clock.h"
#include "support/error.h"

namespace kiln {
namespace {

// No text file begins like this, nor one that was mangled as if it were text.
constexpr std::array<u8, 8> kMagic = {0x8b, 'K', 'i', 'l', 'n', '\r', '\n', 0x1a};
constexpr u32 kVersion = 1;
constexpr size_t kPreamble = kMagic.size() + sizeof kVersion;
// In front of a frame's payload: its size, and a checksum of that; behind it: the checksum.
constexpr size_t kFrameHead = 2 * sizeof(u32);
constexpr size_t kFrameTail = sizeof(u64);

constexpr std::array<const char*, 9> kKinds = {
    "",          "console input", "a break", "the user leaving", "a time of day",
    "a wake-up", "entropy",       "a reset", "its end"};

u64 hash(std::span<const std::byte> bytes, u64 seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

u32 hash_of_size(u32 size, u64 seed) {
    return static_cast<u32>(hash(std::as_bytes(std::span(&size, 1)), seed));
}

template <typename T>
T load(std::span<const std::byte> bytes, u64 offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template <typename T>
void store(std::span<std::byte> bytes, u64 offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// The payload of the frame at `offset`, which was checked or is checked now.
struct Frame {
    enum class State { kWhole, kCut, kDamaged };
    State state = State::kCut;
    std::span<const std::byte> payload;
    u64 end = 0;       // where the next frame begins
    u64 checksum = 0;  // which the next one continues
};

Frame frame_at(std::span<const std::byte> bytes, u64 offset) {
    const u64 size = load<u32>(bytes, offset);
    const u64 tail = offset + kFrameHead + size;
    return {Frame::State::kWhole, bytes.subspan(offset + kFrameHead, size), tail + kFrameTail,
            load<u64>(bytes, tail)};
}

Frame check_frame(std::span<const std::byte> bytes, u64 offset, u64 seed) {
    const u64 left = bytes.size() - offset;
    if (left < kFrameHead) return {};
    const u32 size = load<u32>(bytes, offset);
    if (load<u32>(bytes, offset + sizeof size) != hash_of_size(size, seed))
        return {Frame::State::kDamaged, {}, 0, 0};
    if (left - kFrameHead < u64{size} + kFrameTail) return {};
    Frame frame = frame_at(bytes, offset);
    if (frame.checksum != hash(frame.payload, seed)) frame.state = Frame::State::kDamaged;
    return frame;
}

// All of a record but its data, which is what is left.
void state(InputRecord& record, StateArchive& archive) {
    archive.values(record.kind, record.at.instructions, record.at.tick, record.look, record.value);
}

std::optional<InputRecord> read_record(std::span<const std::byte> payload) try {
    StateArchive archive(payload);
    InputRecord record;
    state(record, archive);
    record.data = payload.last(archive.left());
    return record;
} catch (const StateError&) {
    return std::nullopt;
}

// Whether `record` means something that a run can do.
bool makes_sense(const InputRecord& record) {
    if (record.at.tick > kLastTick || record.data.size() > InputRecord::kMaxData) return false;
    switch (record.kind) {
        case InputKind::console:
            return !record.data.empty();
        case InputKind::entropy:
            return record.data.empty() || record.data.size() == record.value;
        case InputKind::wake:
            return record.data.empty() && record.value >= record.at.tick &&
                   record.value <= kLastTick;
        case InputKind::line_break:
        case InputKind::quit:
        case InputKind::clock:
        case InputKind::reset:
        case InputKind::end:
            return record.data.empty();
    }
    return false;
}

// A name that rename(2) may replace: symbolic links resolved.
std::string final_name(const std::string& name) {
    struct stat info {};
    if (name.empty()) throw InputError("''", "is not a file name");
    if (::stat(name.c_str(), &info) != 0) return name;
    if (!S_ISREG(info.st_mode)) throw InputError(name, "is not a regular file");
    const std::unique_ptr<char, decltype(&std::free)> path(::realpath(name.c_str(), nullptr),
                                                           &std::free);
    return path ? path.get() : name;
}

}  // namespace

const char* to_string(InputKind kind) { return kKinds[static_cast<size_t>(kind)]; }

InputLogWriter::InputLogWriter(const std::string& name, RecordedMachine machine)
    : name_(final_name(name)),
      temporary_(fmt::format("{}.tmp-{}", name_, ::getpid())),
      fd_(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)),
      checksum_(kVersion) {
    if (fd_ < 0) throw InputError(name_, std::string("cannot create: ") + std::strerror(errno));
    std::array<std::byte, kPreamble> preamble;
    store(preamble, 0, kMagic);
    store(preamble, kMagic.size(), kVersion);
    write(preamble);
    std::vector<std::byte> header;
    StateArchive archive(header);
    machine.state(archive);
    write_frame(header);
}

InputLogWriter::~InputLogWriter() {
    if (!published_) ::unlink(temporary_.c_str());
    ::close(fd_);
}

void InputLogWriter::publish() {
    sync();
    if (::rename(temporary_.c_str(), name_.c_str()) != 0)
        throw InputError(name_, std::string("cannot replace: ") + std::strerror(errno));
    published_ = true;
}

void InputLogWriter::append(InputRecord record) noexcept {
    std::vector<std::byte> payload;
    payload.reserve(sizeof record + record.data.size());
    StateArchive archive(payload);
    state(record, archive);
    payload.insert(payload.end(), record.data.begin(), record.data.end());
    write_frame(payload);
    ++count_;
}

void InputLogWriter::write_frame(std::span<const std::byte> payload) noexcept {
    const auto size = static_cast<u32>(payload.size());
    std::vector<std::byte> frame(kFrameHead + size + kFrameTail);
    store(frame, 0, size);
    store(frame, sizeof size, hash_of_size(size, checksum_));
    std::copy(payload.begin(), payload.end(), frame.begin() + kFrameHead);
    checksum_ = hash(payload, checksum_);
    store(frame, kFrameHead + size, checksum_);
    write(frame);
}

void InputLogWriter::write(std::span<const std::byte> bytes) noexcept {
    while (!bytes.empty() && error_ == 0) {
        const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
        if (done < 0) {
            error_ = errno == EINTR ? 0 : errno;
        } else {
            bytes = bytes.subspan(static_cast<size_t>(done));
        }
    }
}

void InputLogWriter::check() const {
    if (error_ != 0) throw InputError(name_, std::string("cannot write: ") + std::strerror(error_));
}

void InputLogWriter::sync() {
    if (error_ == 0 && ::fsync(fd_) != 0) error_ = errno;
    check();
}

InputLog InputLog::read(const std::string& name) { return InputLog(name, read_file(name)); }

InputLog::InputLog(std::string name, std::vector<std::byte> bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)) {
    check_header();
    seek(0);
}

void InputLog::check_header() {
    if (bytes_.size() < kPreamble || std::memcmp(bytes_.data(), kMagic.data(), kMagic.size()) != 0)
        throw InputError(name_, "is not a recording of Kiln");
    if (const auto version = load<u32>(bytes_, kMagic.size()); version != kVersion)
        throw InputError(name_, fmt::format("is a recording of version {}; this is a Kiln of {}",
                                            version, kVersion));
    const Frame frame = check_frame(bytes_, kPreamble, kVersion);
    if (frame.state == Frame::State::kCut)
        throw InputError(name_, "is truncated: its header is not whole");
    try {
        StateArchive archive(frame.payload);
        machine_.state(archive);
        archive.check(frame.state == Frame::State::kWhole, "the checksum");
        archive.finish();
    } catch (const StateError&) {
        throw InputError(name_, "is damaged: its header is not as it was written");
    }
    check_records(frame.end, frame.checksum);
}

void InputLog::check_records(u64 offset, u64 checksum) {
    Moment last;
    for (Frame frame; offset < bytes_.size(); offset = frame.end, checksum = frame.checksum) {
        frame = check_frame(bytes_, offset, checksum);
        if (frame.state == Frame::State::kCut && truncated_) break;
        std::optional<InputRecord> record;
        if (frame.state == Frame::State::kWhole) record = read_record(frame.payload);
        if (!record || !makes_sense(*record) || record->at < last || !truncated_)
            throw InputError(name_, fmt::format("is damaged at byte {}", offset));
        last = record->kind == InputKind::reset ? Moment{} : record->at;
        truncated_ = record->kind != InputKind::end;
        frames_.push_back(offset);
    }
}

void InputLog::seek(u64 position) {
    position_ = position;
    next_.reset();
    if (position < frames_.size()) next_ = read_record(frame_at(bytes_, frames_[position]).payload);
}

}  // namespace kiln
