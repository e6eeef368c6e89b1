// Google Benchmark over the guest kernels, each run in this process on every backend that is
// compiled in, under the name kernel/backend. A run is a machine's whole life, so warm-up is part
// of it; the counters are of one run. The argument --kernels=FILE names the build folder's
// kernels.json.
#include <benchmark/benchmark.h>
#include <iostream>
#include <string>

#include "devices/char_backend.h"
#include "kernel_list.h"
#include "machine/backends.h"
#include "machine/machine.h"

namespace {

// A serial line that leads nowhere.
class NoConsole final : public kiln::CharBackend {
  public:
    size_t write(std::span<const std::byte> bytes) noexcept override { return bytes.size(); }
    size_t read(std::span<std::byte>) noexcept override { return 0; }
};

// nullopt: the guest did not end with 0.
std::optional<kiln::RunStats> run_once(const std::string& elf, std::string_view backend) {
    NoConsole console;
    kiln::MachineConfig config;
    config.image = elf;
    config.backend = backend;
    kiln::Machine machine(config, console);
    if (machine.run() != 0) return std::nullopt;
    return machine.stats();
}

double share(double sum, kiln::u64 parts) {
    return parts == 0 ? 0 : sum / static_cast<double>(parts);
}

// What the last run says. Time goes over all runs, the rest is the same in each.
void set_counters(benchmark::State& state, const kiln::RunStats& run, kiln::u64 instructions,
                  double compile_seconds) {
    const auto count = [](kiln::u64 number) {
        return benchmark::Counter(static_cast<double>(number));
    };
    const double runs = static_cast<double>(state.iterations());
    const kiln::NativeStats& native = run.native;
    const double compile_us = compile_seconds * 1e6 / runs;
    auto& counters = state.counters;
    counters["MIPS"] =
        benchmark::Counter(static_cast<double>(instructions) / 1e6, benchmark::Counter::kIsRate);
    counters["blocks"] = count(run.blocks_decoded);
    counters["invalidated"] = count(run.blocks_invalidated);
    counters["compiled_blocks"] = count(native.blocks);
    counters["compiled_insns"] = count(native.instructions);
    counters["compiled_invalidated"] = count(native.invalidated);
    counters["compiled_revived"] = count(native.revived);
    counters["compile_us"] = compile_us;
    counters["compile_us_per_insn"] = share(compile_us, native.instructions);
    counters["host_bytes"] = count(native.bytes);
    counters["host_bytes_per_insn"] = share(static_cast<double>(native.bytes), native.instructions);
    counters["chains"] = count(native.links);
    counters["regions"] = count(run.regions.regions);
    counters["region_insns"] = count(run.regions.instructions);
    counters["region_us"] = run.regions.compile_seconds * 1e6;
}

void run_kernel(benchmark::State& state, const std::string& elf, std::string_view backend) {
    kiln::RunStats run;
    kiln::u64 instructions = 0;
    double compile_seconds = 0;
    for (auto _ : state) {
        const auto done = run_once(elf, backend);
        if (!done) {
            state.SkipWithError("the guest did not exit with 0");
            return;
        }
        run = *done;
        instructions += run.harts[0].instructions;
        compile_seconds += run.native.compile_seconds;
    }
    set_counters(state, run, instructions, compile_seconds);
}

void register_all(const std::vector<Kernel>& kernels) {
    for (const auto& [kernel, elf] : kernels) {
        for (const kiln::BackendInfo& info : kiln::backends()) {
            const std::string name = kernel + "/" + std::string(info.name);
            benchmark::RegisterBenchmark(name.c_str(), [elf = elf, backend = info.name](
                                                           benchmark::State& state) {
                run_kernel(state, elf, backend);
            })->Unit(benchmark::kMillisecond);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::string file;
    const auto kernels = take_kernels(argc, argv, KILN_KERNELS_JSON, file);
    if (!kernels) {
        std::cerr << "kernels_bench: cannot read " << file << "\n";
        return 65;
    }
    register_all(*kernels);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
