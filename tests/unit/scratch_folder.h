// A folder of its own for a test, removed with everything in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace kiln::test {

class ScratchFolder {
  public:
    ScratchFolder() {
        std::string name = std::filesystem::temp_directory_path() / "kiln-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }
    std::string name(const std::string& file) const { return path_ / file; }
    // Writes a file and returns its full name.
    std::string write(const std::string& file, const std::string& content) const {
        std::ofstream(name(file), std::ios::binary) << content;
        return name(file);
    }
    std::string read(const std::string& file) const {
        std::ifstream in(name(file), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    size_t file_count() const {
        namespace fs = std::filesystem;
        return static_cast<size_t>(std::distance(fs::directory_iterator(path_), {}));
    }

  private:
    std::filesystem::path path_;
};

}  // namespace kiln::test
