// Google Benchmark over the guest kernels, each run in this process on every backend that is
// compiled in. The argument --kernels=FILE names the build folder's kernels.json.
#include <benchmark/benchmark.h>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "devices/char_backend.h"
#include "machine/machine.h"

namespace {

// A serial line that leads nowhere.
class NoConsole final : public kiln::CharBackend {
  public:
    size_t write(std::span<const std::byte> bytes) noexcept override { return bytes.size(); }
    size_t read(std::span<std::byte>) noexcept override { return 0; }
};

void run_kernel(benchmark::State& state, const std::string& elf) {
    kiln::u64 instructions = 0;
    for (auto _ : state) {
        NoConsole console;
        kiln::MachineConfig config;
        config.image = elf;
        kiln::Machine machine(config, console);
        const auto code = machine.run();
        if (code != 0) {
            state.SkipWithError("the guest did not exit with 0");
            return;
        }
        instructions += machine.stats().harts[0].instructions;
    }
    state.counters["MIPS"] =
        benchmark::Counter(static_cast<double>(instructions) / 1e6, benchmark::Counter::kIsRate);
}

std::string take_manifest(int& argc, char** argv) {
    constexpr std::string_view kOption = "--kernels=";
    std::string manifest = KILN_KERNELS_JSON;
    int kept = 1;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with(kOption)) {
            manifest = argument.substr(kOption.size());
        } else {
            argv[kept++] = argv[i];
        }
    }
    argc = kept;
    return manifest;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string manifest = take_manifest(argc, argv);
    std::ifstream file(manifest);
    if (!file) {
        std::cerr << "kernels_bench: cannot read " << manifest << "\n";
        return 65;
    }
    const auto kernels = nlohmann::json::parse(file).at("kernels");
    for (const auto& kernel : kernels) {
        const std::string name = "interp/" + kernel.at("name").get<std::string>();
        const std::string elf = kernel.at("elf");
        benchmark::RegisterBenchmark(name.c_str(), [elf](benchmark::State& state) {
            run_kernel(state, elf);
        })->Unit(benchmark::kMillisecond);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
