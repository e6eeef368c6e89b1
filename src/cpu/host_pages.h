// Address space of the host for tables about RAM, which are as long as it needs them.
#pragma once

#include <string>
#include <sys/mman.h>

#include "support/error.h"
#include "support/int.h"

namespace kiln {

// Zeros, which take the host's memory as they are touched.
class HostPages {
  public:
    // Throws UsageError, calling them `what`, where the host has no room for `size` bytes.
    HostPages(u64 size, const std::string& what)
        : size_(size),
          start_(mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
        if (start_ == MAP_FAILED) throw UsageError("--ram: this host cannot map " + what);
    }
    ~HostPages() { munmap(start_, size_); }
    HostPages(const HostPages&) = delete;
    HostPages& operator=(const HostPages&) = delete;

    template <class T>
    T* as() const {
        return static_cast<T*>(start_);
    }

  private:
    u64 size_;
    void* start_;
};

}  // namespace kiln
