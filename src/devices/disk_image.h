// A raw disk image on the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "devices/disk_overlay.h"

namespace kiln {

// What `--drive` says.
struct DriveSpec {
    std::string file;
    bool read_only = false;
    // The guest may write, but what it writes does not go to the file and is dropped at the end.
    bool drop_writes = false;
};

// Reads "FILE" or "FILE,ro". Throws UsageError when FILE is empty.
DriveSpec parse_drive(std::string_view text);

class DiskImage {
  public:
    static constexpr uint64_t kSectorSize = 512;

    // Opens and locks the whole file (open file description locks: shared if read-only, exclusive
    // otherwise). A file whose writes are dropped counts as read-only here. Throws InputError for a
    // file that is missing, neither a regular file nor a block device, unreadable, unwritable,
    // locked, empty, or no multiple of 512 bytes long.
    explicit DiskImage(const DriveSpec& spec);
    ~DiskImage();
    DiskImage(const DiskImage&) = delete;
    DiskImage& operator=(const DiskImage&) = delete;

    uint64_t sectors() const { return size_ / kSectorSize; }
    bool read_only() const { return read_only_; }

    // Transfer all of `bytes` at `offset` in bytes, whole sectors that lie inside the image; false
    // on an error of the host.
    bool read(uint64_t offset, std::span<std::byte> bytes) noexcept;
    bool write(uint64_t offset, std::span<const std::byte> bytes) noexcept;
    // What was written is on stable storage afterwards.
    bool flush() noexcept;

  private:
    void check_and_lock(const std::string& file, bool exclusive);

    int fd_;
    bool read_only_;
    uint64_t size_ = 0;
    std::optional<DiskOverlay> overlay_;  // where writes are dropped
};

}  // namespace kiln
