#include "jit/native/dual_mapping.h"

#include <string>
#include <sys/mman.h>

#include "support/error.h"

namespace kiln::native {

DualMapping::DualMapping(size_t code_bytes, size_t data_bytes, const char* option)
    : code_bytes_(code_bytes), data_bytes_(data_bytes) {
    const size_t mapped = code_bytes + data_bytes;
    // Shared anonymous memory, mapped a second time. (perf takes only such memory for code that a
    // file in /tmp names.)
    void* whole = mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    void* write = mmap(nullptr, code_bytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    void* run = MAP_FAILED;
    if (whole != MAP_FAILED && write != MAP_FAILED)
        run = mremap(write, 0, code_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, whole);
    if (run == MAP_FAILED || mprotect(run, code_bytes, PROT_READ | PROT_EXEC) != 0) {
        if (write != MAP_FAILED) munmap(write, code_bytes);
        if (whole != MAP_FAILED) munmap(whole, mapped);
        throw UsageError(std::string(option) + ": this host cannot map " +
                         std::to_string(mapped >> 20) + " MiB for code");
    }
    run_ = static_cast<std::byte*>(run);
    write_ = static_cast<std::byte*>(write);
}

DualMapping::~DualMapping() {
    munmap(run_, code_bytes_ + data_bytes_);
    munmap(write_, code_bytes_);
}

}  // namespace kiln::native
