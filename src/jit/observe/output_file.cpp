#include "jit/observe/output_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "support/error.h"

namespace kiln {

OutputFile::OutputFile(const std::string& name)
    : name_(name),
      descriptor_(open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) fail("create");
}

OutputFile::~OutputFile() { close(descriptor_); }

void OutputFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) fail("write");
        bytes = bytes.subspan(static_cast<size_t>(done));
    }
}

void OutputFile::fail(const char* action) const {
    throw InputError(name_, std::string("cannot ") + action + ": " + std::strerror(errno));
}

}  // namespace kiln
