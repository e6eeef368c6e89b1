// Writes logs for fuzz_input_log into a folder: whole ones, and their payloads for it to frame.
#include <cstdio>
#include <fstream>
#include <string>

#include "machine/input_log.h"

namespace {

using kiln::InputKind;

std::string read(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& name, const std::string& bytes) {
    std::ofstream file(name, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.exceptions(std::ios::failbit | std::ios::badbit);
}

// The payloads of a log, each behind its length.
std::string payloads(const std::string& log) {
    std::string text;
    for (size_t at = 12; at < log.size();) {
        const auto size = static_cast<unsigned char>(log[at]);  // all of them are short
        text += static_cast<char>(size);
        text += log.substr(at + 8, size);
        at += 8 + size + 8;
    }
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: fuzz_input_log_seeds FOLDER\n", stderr);
        return 2;
    }
    const std::string folder = std::string(argv[1]) + "/";
    const std::string log = folder + "log";
    kiln::RecordedMachine machine;
    machine.config.image = "/image";
    machine.config.drives = {{.file = "/disk"}};
    const std::string keys = "keys";
    const auto data = std::as_bytes(std::span(keys));
    kiln::InputLogWriter writer(log, machine);
    writer.publish();
    writer.append({InputKind::entropy, {0, 0}, 0, 4, data});
    writer.append({InputKind::clock, {0, 0}, 0, 1795269084, {}});
    writer.append({InputKind::console, {100, 7}, 0, 0, data});
    writer.append({InputKind::line_break, {200, 7}, 0, 0, {}});
    writer.append({InputKind::wake, {200, 8}, 0, 900, {}});
    writer.append({InputKind::reset, {300, 900}, 0, 0, {}});
    writer.append({InputKind::quit, {5, 1}, 0, 0, {}});
    writer.append({InputKind::end, {6, 2}, 0, 0, {}});
    writer.sync();
    const std::string bytes = read(log);
    std::remove(log.c_str());
    write(folder + "whole", '\0' + bytes);
    write(folder + "framed", '\1' + payloads(bytes));
    return 0;
}
