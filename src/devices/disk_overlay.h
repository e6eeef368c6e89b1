// What a guest wrote to a disk whose file stays as it is: sectors in a temporary file without a
// name, which goes with the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kiln {

class DiskOverlay {
  public:
    // Throws InputError where there can be no temporary file.
    DiskOverlay();
    ~DiskOverlay();
    DiskOverlay(const DiskOverlay&) = delete;
    DiskOverlay& operator=(const DiskOverlay&) = delete;

    // How many sectors from `sector` on, `most` at most and 1 at least, are all written or all not.
    uint64_t run_length(uint64_t sector, uint64_t most) const;
    bool written(uint64_t sector) const { return sector < written_.size() && written_[sector]; }
    // Whole sectors were written and can be read here.
    void mark(uint64_t sector, uint64_t count);
    // Where they are, at the same offsets as in the disk.
    int fd() const { return fd_; }

  private:
    int fd_;
    std::vector<bool> written_;  // by sector, up to the last one that is
};

}  // namespace kiln
