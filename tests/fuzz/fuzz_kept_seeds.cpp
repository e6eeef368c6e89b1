// Writes inputs for fuzz_kept into a folder: an entry's file, a profile, a content.
#include <cstdio>
#include <fstream>
#include <string>

#include "jit/kept/entry_file.h"
#include "jit/kept/profile.h"

namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write(const std::string& name, const std::string& bytes) {
    std::ofstream file(name, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.exceptions(std::ios::failbit | std::ios::badbit);
}

std::string profile() {
    kiln::kept::Profile profile;
    profile.add({0x8000'0000, 0x83, 7, {{0, 8, 1, 100}, {8, 16, 2, 90}}});
    profile.add({0x8000'1ff0, 0x83, 9, {{0, 16, 3, 1}, {-4096, 4, 4, 2}}});
    return text_of(profile.save());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: fuzz_kept_seeds FOLDER\n", stderr);
        return 2;
    }
    const std::string folder = std::string(argv[1]) + "/";
    const std::string identity = "identity";
    const std::string content = "content";
    const auto header = kiln::kept::entry_header({{}, identity}, std::as_bytes(std::span(content)));
    write(folder + "file", '\0' + text_of(header) + identity + content);
    write(folder + "profile", '\1' + profile());
    write(folder + "content", '\2' + content);
    return 0;
}
