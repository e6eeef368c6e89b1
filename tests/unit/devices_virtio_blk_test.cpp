// Expectations from virtio 1.2, section 5.2.
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/virtio_blk.h"
#include "support/error.h"
#include "unit/devices_virtio_fakes.h"

namespace kiln {
namespace {

using namespace test;
namespace fs = std::filesystem;

constexpr uint64_t kVersion1 = uint64_t{1} << 32;
constexpr uint64_t kFlushFeature = 1 << 9;
constexpr uint64_t kReadOnlyFeature = 1 << 5;
enum : uint32_t { kIn = 0, kOut = 1, kFlush = 4, kGetId = 8 };
enum : uint8_t { kOk = 0, kIoError = 1, kUnsupported = 2, kUntouched = 0xee };

// A folder that goes away with the test.
class TempFolder {
  public:
    TempFolder() {
        std::string name = (fs::temp_directory_path() / "kiln-blk-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~TempFolder() { fs::remove_all(path_); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    // A file whose sector N is filled with the byte N.
    std::string make(const std::string& name, size_t bytes) const {
        std::ofstream out(file(name), std::ios::binary);
        for (size_t i = 0; i < bytes; ++i) out.put(static_cast<char>(i / 512));
        return file(name);
    }

  private:
    fs::path path_;
};

class Blk : public testing::Test {
  protected:
    static constexpr uint64_t kSectors = 64;
    static constexpr uint64_t kHeader = VirtioDriver::kData;
    static constexpr uint64_t kStatus = VirtioDriver::kData + 16;
    static constexpr uint64_t kBuffer = VirtioDriver::kData + 0x1000;

    void open(bool read_only) {
        device.reset();
        device = std::make_unique<VirtioMmio>(
            std::make_unique<VirtioBlk>(std::make_unique<DiskImage>(DriveSpec{path, read_only}),
                                        "serial-7"),
            memory, IrqLine(sink, 1));
        driver = std::make_unique<VirtioDriver>(*device, memory);
        driver->start(kVersion1 | kFlushFeature);
    }
    void SetUp() override { open(false); }

    uint8_t status() { return memory.get<uint8_t>(kStatus); }
    void put_header(uint32_t type, uint64_t sector) {
        memory.put<uint32_t>(kHeader, type);
        memory.put<uint32_t>(kHeader + 4, 0);
        memory.put<uint64_t>(kHeader + 8, sector);
        memory.put<uint8_t>(kStatus, kUntouched);
    }
    // Header, data (none when 0 bytes), status.
    uint8_t request(uint32_t type, uint64_t sector, uint32_t bytes) {
        put_header(type, sector);
        std::vector<Buffer> chain = {{kHeader, 16}};
        if (bytes != 0)
            chain.push_back({kBuffer, bytes, static_cast<uint16_t>(type == kOut ? 0 : kWrite)});
        chain.push_back({kStatus, 1, kWrite});
        driver->submit(chain);
        return status();
    }
    char on_disk(uint64_t offset) {
        std::ifstream in(path, std::ios::binary);
        in.seekg(static_cast<std::streamoff>(offset));
        return static_cast<char>(in.get());
    }

    TempFolder folder;
    std::string path = folder.make("disk", kSectors * 512);
    FakeMemory memory{0x40000};
    FakeSink sink;
    std::unique_ptr<VirtioMmio> device;
    std::unique_ptr<VirtioDriver> driver;
};

TEST_F(Blk, Configuration) {
    EXPECT_EQ(driver->read(mmio::kDeviceId), 2u);
    EXPECT_EQ(driver->read(0x100), kSectors);  // capacity
    EXPECT_EQ(driver->read(0x104), 0u);
    EXPECT_EQ(driver->read(0x10c), 254u);  // seg_max
    EXPECT_EQ(driver->read(0x114), 512u);  // blk_size
    EXPECT_EQ(device->read(0x100, 1), kSectors);
    EXPECT_EQ(device->read(0x115, 1), 2u);
    EXPECT_EQ(driver->offered() & (kFlushFeature | kReadOnlyFeature), kFlushFeature);
    open(true);
    EXPECT_EQ(driver->offered() & kReadOnlyFeature, kReadOnlyFeature);
}

TEST_F(Blk, Reads) {
    EXPECT_EQ(request(kIn, 5, 1024), kOk);
    EXPECT_EQ(memory.get<uint8_t>(kBuffer), 5u);
    EXPECT_EQ(memory.get<uint8_t>(kBuffer + 1023), 6u);
    EXPECT_EQ(driver->take_used().second, 1025u);
}

TEST_F(Blk, WritesThenReadsBack) {
    std::fill_n(memory.ram.begin() + (kBuffer - FakeMemory::kBase), 512, std::byte{0xab});
    EXPECT_EQ(request(kOut, 63, 512), kOk);
    EXPECT_EQ(driver->take_used().second, 1u);
    EXPECT_EQ(static_cast<uint8_t>(on_disk(63 * 512 + 511)), 0xabu);
    EXPECT_EQ(on_disk(62 * 512 + 511), 62);
    EXPECT_EQ(request(kFlush, 0, 0), kOk);
}

TEST_F(Blk, LargerThanTheBounceBuffer) {
    constexpr uint32_t kBytes = kSectors * 512;
    for (uint64_t i = 0; i < kBytes; ++i)
        memory.put<uint8_t>(kBuffer + i, static_cast<uint8_t>(i * 7 + i / 512));
    EXPECT_EQ(request(kOut, 0, kBytes), kOk);
    for (const uint64_t i : {uint64_t{0}, uint64_t{20000}, uint64_t{kBytes - 1}})
        EXPECT_EQ(static_cast<uint8_t>(on_disk(i)), static_cast<uint8_t>(i * 7 + i / 512));
    std::fill_n(memory.ram.begin() + (kBuffer - FakeMemory::kBase), kBytes, std::byte{0});
    EXPECT_EQ(request(kIn, 0, kBytes), kOk);
    for (uint64_t i = 0; i < kBytes; ++i)
        ASSERT_EQ(memory.get<uint8_t>(kBuffer + i), static_cast<uint8_t>(i * 7 + i / 512)) << i;
}

TEST_F(Blk, AnyFramingOfTheRequest) {
    put_header(kIn, 9);
    // The header in two pieces; data and status share a buffer and are cut at odd places.
    driver->submit({{kHeader, 7},
                    {kHeader + 7, 9},
                    {kBuffer, 1, kWrite},
                    {kBuffer + 1, 0, kWrite},
                    {kBuffer + 1, 512, kWrite}});
    EXPECT_EQ(memory.get<uint8_t>(kBuffer), 9u);
    EXPECT_EQ(memory.get<uint8_t>(kBuffer + 511), 9u);
    EXPECT_EQ(memory.get<uint8_t>(kBuffer + 512), kOk);
}

TEST_F(Blk, Bounds) {
    EXPECT_EQ(request(kIn, kSectors - 1, 512), kOk);
    EXPECT_EQ(driver->take_used().second, 513u);
    EXPECT_EQ(request(kIn, kSectors, 512), kIoError);
    // The data was not written, so no byte counts as written without a gap (section 2.7.8.2).
    EXPECT_EQ(driver->take_used().second, 0u);
    EXPECT_EQ(request(kIn, kSectors - 1, 1024), kIoError);
    EXPECT_EQ(request(kOut, kSectors - 1, 1024), kIoError);
    for (const uint64_t sector : {UINT64_MAX, UINT64_MAX / 512 + 1, uint64_t{1} << 55}) {
        EXPECT_EQ(request(kIn, sector, 512), kIoError);
        EXPECT_EQ(request(kOut, sector, 512), kIoError);
    }
    EXPECT_EQ(request(kIn, 0, 511), kIoError);
    EXPECT_EQ(request(kOut, 0, 513), kIoError);
    EXPECT_EQ(fs::file_size(path), kSectors * 512);
    EXPECT_FALSE(driver->needs_reset());
}

TEST_F(Blk, ReadOnly) {
    open(true);
    EXPECT_EQ(request(kOut, 0, 512), kIoError);
    EXPECT_EQ(request(kIn, 1, 512), kOk);
    EXPECT_EQ(request(kFlush, 0, 0), kOk);
    EXPECT_EQ(on_disk(0), 0);
}

TEST_F(Blk, SerialNumber) {
    EXPECT_EQ(request(kGetId, 0, 20), kOk);
    EXPECT_STREQ(reinterpret_cast<const char*>(&memory.ram[kBuffer - FakeMemory::kBase]),
                 "serial-7");
    EXPECT_EQ(request(kGetId, 0, 19), kIoError);
}

TEST_F(Blk, UnknownRequests) {
    for (const uint32_t type : {2u, 3u, 11u, 13u, 0xffff'ffffu})
        EXPECT_EQ(request(type, 0, 512), kUnsupported);
}

TEST_F(Blk, FileCutUnderneath) {
    fs::resize_file(path, 512);
    EXPECT_EQ(request(kIn, 10, 512), kIoError);
    EXPECT_EQ(request(kIn, 0, 512), kOk);
}

TEST_F(Blk, MalformedRequests) {
    const std::vector<std::vector<Buffer>> chains = {
        {{kHeader, 15}, {kStatus, 1, kWrite}},                            // Short header.
        {{kHeader, 16}, {kStatus, 1, kWrite}, {kBuffer, 512}},            // Readable last.
        {{kHeader, 16}},                                                  // No status.
        {{kHeader, 16}, {0, 512, kWrite}, {kStatus, 1, kWrite}},          // Data outside RAM.
        {{0, 16}, {kStatus, 1, kWrite}},                                  // Header outside RAM.
        {{kHeader, 16}, {kBuffer, 512, kWrite}, {UINT64_MAX, 1, kWrite}}  // Status outside RAM.
    };
    for (size_t i = 0; i < chains.size(); ++i) {
        driver->start(kVersion1 | kFlushFeature);
        put_header(kIn, 0);
        driver->submit(chains[i]);
        EXPECT_TRUE(driver->needs_reset()) << i;
        EXPECT_EQ(driver->used_index(), 0u) << i;
    }
}

// A notification serves a bounded number of bytes; the rest is left to poll().
TEST_F(Blk, LongQueuesAreServedInPieces) {
    fs::resize_file(path, 8 << 20);
    open(false);
    put_header(kIn, 0);
    // 32 buffers of 128 KiB, all the same memory: 4 MiB a request.
    std::vector<Buffer> chain = {{kHeader, 16}};
    for (unsigned i = 0; i < 32; ++i) chain.push_back({kBuffer, 0x20000, kWrite});
    chain.push_back({kStatus, 1, kWrite});
    driver->start(kVersion1 | kFlushFeature, 64);
    put_header(kIn, 0);
    const uint16_t head = driver->add(chain);
    for (unsigned i = 0; i < 16; ++i) driver->publish(head);
    driver->notify();
    EXPECT_TRUE(device->busy());
    EXPECT_EQ(driver->used_index(), 4u);
    for (unsigned polls = 0; device->busy() && polls < 16; ++polls) device->poll();
    EXPECT_FALSE(device->busy());
    EXPECT_EQ(driver->used_index(), 16u);
    EXPECT_EQ(status(), kOk);
}

TEST_F(Blk, Storm) {
    std::mt19937_64 random(8);
    for (unsigned i = 0; i < 3000; ++i) {
        if (driver->needs_reset()) driver->start(kVersion1 | (i % 2 != 0 ? kFlushFeature : 0));
        put_header(static_cast<uint32_t>(random() % 10), random() % 80);
        std::vector<Buffer> chain = {{kHeader, 16}};
        for (uint64_t buffers = random() % 6; buffers != 0; --buffers)
            chain.push_back({FakeMemory::kBase + 0x8000 + random() % 0x39000,
                             static_cast<uint32_t>(random() % 3 * 512 + random() % 64 / 63),
                             static_cast<uint16_t>(random() % 3 != 0 ? kWrite : 0)});
        chain.push_back({kStatus, 1, kWrite});
        driver->submit(chain);
    }
    EXPECT_EQ(fs::file_size(path), kSectors * 512);
}

// Opening.
std::string open_error(const DriveSpec& spec) {
    try {
        const DiskImage image(spec);
    } catch (const InputError& error) {
        return error.what();
    }
    return "opened";
}

TEST(DiskImageOpen, Errors) {
    const TempFolder folder;
    const auto expect = [&](const std::string& file, bool read_only, const std::string& reason) {
        const std::string message = open_error({file, read_only});
        EXPECT_TRUE(message.starts_with(file + ": ")) << message;
        EXPECT_NE(message.find(reason), std::string::npos) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos);
    };
    for (const bool read_only : {false, true}) {
        expect(folder.file("missing"), read_only, "No such file");
        expect(folder.file(""), read_only, "is a directory");
        expect(folder.make("odd", 513), read_only, "not a multiple of 512");
        expect(folder.make("empty", 0), read_only, "is empty");
    }
    ASSERT_EQ(mkfifo(folder.file("fifo").c_str(), 0600), 0);
    expect(folder.file("fifo"), true, "neither a regular file");
    // A running program cannot be opened for writing, not even by root.
    expect("/proc/self/exe", false, "cannot be written");
}

TEST(DiskImageOpen, Locks) {
    const TempFolder folder;
    const std::string path = folder.make("disk", 1024);
    {
        const DiskImage writer({path, false});
        EXPECT_EQ(writer.sectors(), 2u);
        EXPECT_EQ(open_error({path, false}), path + ": is locked by another process");
        EXPECT_EQ(open_error({path, true}), path + ": is locked by another process");
    }
    const DiskImage reader({path, true});
    EXPECT_EQ(open_error({path, true}), "opened");
    EXPECT_EQ(open_error({path, false}), path + ": is locked by another process");
}

// What is written can be read back in pieces of any size, and the file stays as it is.
TEST(DiskImageOpen, WritesAreDropped) {
    const TempFolder folder;
    const std::string path = folder.make("disk", 8 * 512);
    const DriveSpec spec{.file = path, .read_only = false, .drop_writes = true};
    const auto sectors = [](DiskImage& disk) {
        std::vector<std::byte> all(8 * 512);
        EXPECT_TRUE(disk.read(0, all));
        std::string firsts;
        for (size_t i = 0; i < all.size(); i += 512)
            firsts += static_cast<char>('0' + std::to_integer<int>(all[i]));
        return firsts;
    };
    {
        DiskImage disk(spec);
        DiskImage other(spec);  // at the same time: the file is only read
        EXPECT_FALSE(disk.read_only());
        EXPECT_TRUE(disk.write(2 * 512, std::vector<std::byte>(512, std::byte{9})));
        EXPECT_TRUE(disk.write(5 * 512, std::vector<std::byte>(2 * 512, std::byte{8})));
        EXPECT_TRUE(disk.flush());
        EXPECT_EQ(sectors(disk), "01934887");
        EXPECT_EQ(sectors(other), "01234567");
        std::vector<std::byte> two(2 * 512);
        EXPECT_TRUE(disk.read(4 * 512, two));
        EXPECT_EQ(two[511], std::byte{4});
        EXPECT_EQ(two[512], std::byte{8});
    }
    DiskImage again(spec);
    EXPECT_EQ(sectors(again), "01234567");
}

TEST(DriveSpecParse, ReadOnlySuffix) {
    EXPECT_EQ(parse_drive("a.img").file, "a.img");
    EXPECT_FALSE(parse_drive("a.img").read_only);
    EXPECT_EQ(parse_drive("a,b.img,ro").file, "a,b.img");
    EXPECT_TRUE(parse_drive("a,b.img,ro").read_only);
    EXPECT_THROW(parse_drive(""), UsageError);
    EXPECT_THROW(parse_drive(",ro"), UsageError);
}

}  // namespace
}  // namespace kiln
