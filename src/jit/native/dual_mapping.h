// Memory for native code, mapped twice, to run and to write (never both through one mapping), with
// memory for data behind it, within reach of instructions that address relative to themselves.
#pragma once

#include <cstddef>

#include "support/int.h"

namespace kiln::native {

class DualMapping {
  public:
    // Sizes are multiples of the page size; the host commits pages as they are touched. Throws
    // UsageError, which names `option`, when the host does not give it.
    DualMapping(size_t code_bytes, size_t data_bytes, const char* option);
    ~DualMapping();
    DualMapping(const DualMapping&) = delete;
    DualMapping& operator=(const DualMapping&) = delete;

    std::byte* run() const { return run_; }      // code, to run
    std::byte* write() const { return write_; }  // the same code, to write
    std::byte* data() const { return run_ + code_bytes_; }
    size_t code_bytes() const { return code_bytes_; }
    size_t data_bytes() const { return data_bytes_; }

  private:
    size_t code_bytes_;
    size_t data_bytes_;
    std::byte* run_ = nullptr;
    std::byte* write_ = nullptr;
};

}  // namespace kiln::native
