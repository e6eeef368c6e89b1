// A file that grows while the guest runs, for a reader outside.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace kiln {

class OutputFile {
  public:
    // Makes the file, or empties the one that is there; a symbolic link is refused. This and write
    // throw InputError.
    explicit OutputFile(const std::string& name);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    // Appends the bytes: the host has them when this returns, however the process ends.
    void write(std::span<const std::byte> bytes);
    int descriptor() const { return descriptor_; }
    // Throws InputError: "NAME: cannot ACTION: " and the reason for errno.
    [[noreturn]] void fail(const char* action) const;

  private:
    std::string name_;
    int descriptor_;
};

}  // namespace kiln
