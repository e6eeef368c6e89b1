#include "jit/kept/entry_file.h"

#include <cstring>
#include <string>
#include <xxhash.h>

#include "support/state_archive.h"

namespace kiln::kept {
namespace {

constexpr std::array<u8, 8> kMagic = {0x8b, 'K', 'e', 'p', 't', '\r', '\n', 0x1a};
constexpr u32 kVersion = 1;

struct Header {
    std::array<u8, 8> magic = kMagic;
    u32 version = kVersion;
    u32 identity_size = 0;
    u64 content_size = 0;
    Key key;
    u64 checksum = 0;  // of all the rest of the file

    void state(StateArchive& archive) {
        archive.values(magic, version, identity_size, content_size, key.bytes, checksum);
    }
};
constexpr size_t kHeaderSize = 48;

std::vector<std::byte> bytes_of(Header header) {
    std::vector<std::byte> bytes;
    StateArchive archive(bytes);
    header.state(archive);
    return bytes;
}

u64 checksum_of(Header header, std::span<const std::byte> identity,
                std::span<const std::byte> content) {
    header.checksum = 0;
    u64 sum = 0;
    const std::vector<std::byte> head = bytes_of(header);
    for (const std::span<const std::byte> piece :
         {std::span<const std::byte>(head), identity, content})
        sum = XXH3_64bits_withSeed(piece.data(), piece.size(), sum);
    return sum;
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

void require(bool holds, const char* complaint) {
    if (!holds) throw StateError(complaint);
}

Header read_header(std::span<const std::byte> file) {
    Header header;
    require(file.size() >= kHeaderSize, "it is truncated");
    StateArchive archive(file.first(kHeaderSize));
    header.state(archive);
    require(header.magic == kMagic, "it is no file of Kiln");
    require(header.version == kVersion, "it is of another version");
    const u64 rest = file.size() - kHeaderSize;
    require(header.identity_size <= rest, "it is truncated");
    require(header.content_size == rest - header.identity_size,
            "its length is not what its header says");
    return header;
}

}  // namespace

u64 entry_size(const EntryName& name, std::span<const std::byte> content) {
    return kHeaderSize + name.identity.size() + content.size();
}

std::vector<std::byte> entry_header(const EntryName& name, std::span<const std::byte> content) {
    Header header;
    header.identity_size = static_cast<u32>(name.identity.size());
    header.content_size = content.size();
    header.key = name.key;
    header.checksum = checksum_of(header, bytes_of(name.identity), content);
    return bytes_of(header);
}

std::span<const std::byte> entry_content(std::span<const std::byte> file, const EntryName& name) {
    const Header header = read_header(file);
    const std::span<const std::byte> identity = file.subspan(kHeaderSize, header.identity_size);
    const std::span<const std::byte> content = file.subspan(kHeaderSize + header.identity_size);
    require(header.checksum == checksum_of(header, identity, content), "its checksum is wrong");
    require(header.key == name.key, "it has another key");
    require(identity.size() == name.identity.size() &&
                std::memcmp(identity.data(), name.identity.data(), identity.size()) == 0,
            "it was made by another Kiln or processor");
    return content;
}

}  // namespace kiln::kept
