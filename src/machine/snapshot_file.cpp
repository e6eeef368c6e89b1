#include "machine/snapshot_file.h"

#include <array>
#include <fmt/format.h>
#include <xxhash.h>

#include "cpu/riscv/isa.h"
#include "devices/board_virt.h"
#include "image/file.h"
#include "machine/file_hash.h"
#include "machine/zstd_stream.h"
#include "support/error.h"

namespace kiln {
namespace {

constexpr std::array<u8, 8> kMagic = {0x8b, 'K', 'S', 'n', 'p', '\r', '\n', 0x1a};
constexpr u32 kVersion = 1;
// Magic, version, size and hash of the header.
constexpr size_t kPreamble = kMagic.size() + 2 * sizeof(u32) + sizeof(u64);
// More than any machine has.
constexpr u64 kMostState = u64{1} << 20;
constexpr u64 kMostRam = u64{1} << 40;

u64 hash(std::span<const std::byte> bytes) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), kVersion);
}

struct Preamble {
    std::array<u8, 8> magic = kMagic;
    u32 version = kVersion;
    u32 header_size = 0;
    u64 header_hash = 0;

    void state(StateArchive& archive) { archive.values(magic, version, header_size, header_hash); }
};

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

}  // namespace

void SavedMachine::state(StateArchive& archive) {
    archive.text(isa);
    archive.value(ram_size);
    archive.check(ram_size != 0 && ram_size <= kMostRam && ram_size % kPageSize == 0,
                  "the size of RAM");
    archive.value(harts);
    archive.check(harts != 0 && harts <= virt::kMaxHarts, "the number of harts");
    auto is_icount = clock == ClockKind::icount;
    archive.value(is_icount);
    clock = is_icount ? ClockKind::icount : ClockKind::host;
    archive.value(icount_rate);
    archive.check(icount_rate != 0 && icount_rate <= kMostIcountRate, "the rate of the clock");
    auto count = static_cast<u32>(drives.size());
    archive.at_most(count, u32{virt::kMaxDrives}, "the number of drives");
    drives.resize(count);
    for (SavedDrive& drive : drives) {
        archive.text(drive.file);
        archive.value(drive.hash);
    }
    archive.text(rom);
    bool has_htif = htif.has_value();
    archive.value(has_htif);
    if (!has_htif) return htif.reset();
    if (!htif) htif.emplace();
    archive.values(htif->tohost, htif->fromhost);
    archive.check(htif->tohost - virt::kRamBase < ram_size &&
                      ram_size - (htif->tohost - virt::kRamBase) >= sizeof(u64),
                  "the address of tohost");
}

void write_snapshot(const std::string& name, SavedMachine machine, const Snapshot& snapshot) {
    SnapshotFile::Sizes sizes;
    ZstdWriter body;
    body.write(snapshot.devices);
    sizes.state = snapshot.devices.size();
    snapshot.ram.for_each_page([&](u32 number, const Page& page) {
        body.write(bytes_of(number));
        body.write(page);
        ++sizes.pages;
    });
    const std::vector<std::byte> compressed = body.finish();
    sizes.compressed = compressed.size();
    sizes.hash = hash(compressed);
    std::vector<std::byte> header;
    StateArchive header_archive(header);
    machine.state(header_archive);
    sizes.visit(header_archive);
    Preamble preamble;
    preamble.header_size = static_cast<u32>(header.size());
    preamble.header_hash = hash(header);
    std::vector<std::byte> file;
    StateArchive archive(file);
    preamble.state(archive);
    file.insert(file.end(), header.begin(), header.end());
    file.insert(file.end(), compressed.begin(), compressed.end());
    write_file_atomically(name, file);
}

SnapshotFile::SnapshotFile(const std::string& name)
    : name_(name), bytes_(read_file(name, kMostRam)) {
    read_header();
    const std::span<const std::byte> body = std::span<const std::byte>(bytes_).subspan(body_);
    if (body.size() < sizes_.compressed) throw InputError(name_, "is truncated");
    if (body.size() > sizes_.compressed) throw InputError(name_, "is damaged: it is too long");
    if (hash(body) != sizes_.hash) throw InputError(name_, "is damaged: its checksum is wrong");
}

void SnapshotFile::read_header() {
    const std::span<const std::byte> all(bytes_);
    if (all.size() < kPreamble || std::memcmp(all.data(), kMagic.data(), kMagic.size()) != 0)
        throw InputError(name_, "is not a snapshot of Kiln");
    Preamble preamble;
    StateArchive archive(all.first(kPreamble));
    preamble.state(archive);
    if (preamble.version != kVersion)
        throw InputError(name_, fmt::format("is a snapshot of version {}; this is a Kiln of {}",
                                            preamble.version, kVersion));
    if (all.size() - kPreamble < preamble.header_size)
        throw InputError(name_, "is truncated: its header is not whole");
    const std::span<const std::byte> header = all.subspan(kPreamble, preamble.header_size);
    if (hash(header) != preamble.header_hash)
        throw InputError(name_, "is damaged: the checksum of its header is wrong");
    try {
        StateArchive contents(header);
        machine_.state(contents);
        sizes_.visit(contents);
        contents.check(sizes_.state <= kMostState, "the size of the state");
        contents.check(sizes_.pages <= machine_.ram_size >> kPageBits, "the number of pages");
        contents.finish();
        static_cast<void>(riscv::Isa::parse(machine_.isa));
    } catch (const std::runtime_error& error) {
        throw InputError(name_, std::string("is damaged: ") + error.what());
    }
    body_ = kPreamble + preamble.header_size;
}

std::vector<std::byte> SnapshotFile::load(const std::function<void(u32, PageView)>& page) const {
    ZstdReader body(std::span<const std::byte>(bytes_).subspan(body_));
    const auto read = [&](std::span<std::byte> out) {
        if (!body.read(out)) throw InputError(name_, "is damaged: its body ends early");
    };
    std::vector<std::byte> state(sizes_.state);
    read(state);
    for (u64 i = 0; i < sizes_.pages; ++i) {
        u32 number = 0;
        Page bytes;
        read(std::as_writable_bytes(std::span(&number, 1)));
        read(bytes);
        if (number >= machine_.ram_size >> kPageBits)
            throw InputError(name_, "is damaged: a page lies outside RAM");
        page(number, bytes);
    }
    return state;
}

MachineConfig resumed_config(const SnapshotFile& file, const MachineConfig& observing) {
    const SavedMachine& saved = file.machine();
    MachineConfig config = observing;
    config.isa = saved.isa;
    config.ram_size = saved.ram_size;
    config.harts = saved.harts;
    config.clock = saved.clock;
    config.icount_rate = saved.icount_rate;
    config.bios = BiosKind::none;
    for (const SavedDrive& drive : saved.drives) {
        if (hash_file(drive.file) != drive.hash)
            throw InputError(drive.file, "has changed since the snapshot was made");
        config.drives.push_back({.file = drive.file, .read_only = true});
    }
    return config;
}

}  // namespace kiln
