#include "emulator.h"

#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <signal.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace kiln::random_test {
namespace {

using riscv::Ext;

// QEMU 7.2's names of CPU properties. What is not here it has without a switch, or lacks
// (known-differences.txt).
constexpr std::pair<Ext, const char*> kProperties[] = {{Ext::kM, "m"},
                                                       {Ext::kA, "a"},
                                                       {Ext::kF, "f"},
                                                       {Ext::kD, "d"},
                                                       {Ext::kC, "c"},
                                                       {Ext::kZba, "zba"},
                                                       {Ext::kZbb, "zbb"},
                                                       {Ext::kZbc, "zbc"},
                                                       {Ext::kZbs, "zbs"},
                                                       {Ext::kZbkb, "zbkb"},
                                                       {Ext::kZbkx, "zbkx"},
                                                       {Ext::kZfh, "Zfh"},
                                                       {Ext::kSvinval, "svinval"},
                                                       {Ext::kZicsr, "Zicsr"},
                                                       {Ext::kZifencei, "Zifencei"},
                                                       {Ext::kZihintpause, "Zihintpause"}};

// A child process; ends with it.
class Process {
  public:
    Process(const std::vector<std::string>& command, const std::string& output) {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                         0666);
        posix_spawn_file_actions_addopen(&actions, 2, (output + ".errors").c_str(),
                                         O_WRONLY | O_CREAT | O_TRUNC, 0666);
        std::vector<char*> arguments;
        for (const std::string& word : command)
            arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        const int error =
            posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        if (error != 0) throw std::runtime_error(command[0] + ": " + std::strerror(error));
    }
    ~Process() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

    // Whether it has ended; then with which status.
    bool ended(int& status) {
        int raw = 0;
        if (waitpid(pid_, &raw, WNOHANG) != pid_) return false;
        pid_ = 0;
        status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
        return true;
    }

  private:
    pid_t pid_ = 0;
};

std::vector<std::string> read_lines(const std::string& name) {
    std::ifstream file(name);
    std::vector<std::string> lines;
    std::string line;
    while (std::getline(file, line) && !file.eof()) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

Emulator kiln_emulator(const std::string& program, const std::string& backend,
                       const riscv::Isa& isa) {
    return {"kiln",
            {program, "run", "--isa", isa.to_string(), "--ram", "128M", "--backend", backend}};
}

Emulator qemu_emulator(const std::string& program, const riscv::Isa& isa) {
    // G would switch single extensions on again.
    std::string cpu = "rv" + std::to_string(isa.xlen) + ",g=false,h=false";
    for (const auto& [ext, property] : kProperties)
        cpu += std::string(",") + property + (isa.has(ext) ? "=true" : "=false");
    return {"qemu",
            {program, "-M", "virt", "-m", "128M", "-cpu", cpu, "-display", "none", "-monitor",
             "none", "-serial", "stdio", "-bios"}};
}

std::vector<Output> run_all(const std::vector<Emulator>& emulators,
                            const std::vector<std::vector<u8>>& images, const std::string& folder,
                            unsigned seconds) {
    using namespace std::chrono;
    std::vector<Process> processes;
    std::vector<std::string> files;
    for (size_t i = 0; i < emulators.size(); ++i) {
        const std::string image = folder + "/" + emulators[i].name + ".bin";
        std::ofstream(image, std::ios::binary)
            .write(reinterpret_cast<const char*>(images[i].data()),
                   static_cast<std::streamsize>(images[i].size()));
        std::vector<std::string> command = emulators[i].command;
        command.push_back(image);
        files.push_back(folder + "/" + emulators[i].name + ".out");
        processes.emplace_back(command, files.back());
    }
    const auto deadline = steady_clock::now() + std::chrono::seconds(seconds);
    std::vector<Output> outputs(emulators.size());
    std::vector<bool> done(emulators.size(), false);
    size_t running = emulators.size();
    while (running != 0 && steady_clock::now() < deadline) {
        for (size_t i = 0; i < processes.size(); ++i) {
            if (done[i] || !processes[i].ended(outputs[i].status)) continue;
            done[i] = true;
            --running;
        }
        std::this_thread::sleep_for(milliseconds(2));
    }
    for (size_t i = 0; i < emulators.size(); ++i) {
        outputs[i].timed_out = !done[i];
        outputs[i].lines = read_lines(files[i]);
    }
    return outputs;
}

}  // namespace kiln::random_test
