// Google Benchmark over the guest kernels, each run in this process on every backend that is
// compiled in. The argument --kernels=FILE names the build folder's kernels.json.
#include <benchmark/benchmark.h>
#include <iostream>
#include <string>

#include "devices/char_backend.h"
#include "kernel_list.h"
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

}  // namespace

int main(int argc, char** argv) {
    std::string file;
    const auto kernels = take_kernels(argc, argv, KILN_KERNELS_JSON, file);
    if (!kernels) {
        std::cerr << "kernels_bench: cannot read " << file << "\n";
        return 65;
    }
    for (const auto& [kernel_name, elf] : *kernels) {
        const std::string name = "interp/" + kernel_name;
        benchmark::RegisterBenchmark(name.c_str(), [elf = elf](benchmark::State& state) {
            run_kernel(state, elf);
        })->Unit(benchmark::kMillisecond);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
