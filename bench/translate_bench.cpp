// Google Benchmark of the way from guest code to optimised IR, over all code of each kernel. The
// counter is the time for one guest instruction. The argument --kernels=FILE names the build
// folder's kernels.json.
#include <benchmark/benchmark.h>
#include <iostream>

#include "cpu/riscv/guest.h"
#include "image/image.h"
#include "jit/ir/passes.h"
#include "jit/translate.h"
#include "kernel_list.h"

namespace {

using namespace kiln;
using G = riscv::Rv64;
using Blocks = std::vector<DecodedBlock<G>>;

struct StoppedClock final : Clock {
    uint64_t now() noexcept override { return 0; }
};

// What decoding depends on: a hart whose floating-point state is Dirty.
struct Decoder {
    Decoder() { hart.mstatus |= riscv::kMstatusFs; }

    // The blocks that follow each other in the code of an image.
    Blocks decode(const Image& image) {
        Blocks blocks;
        for (const Segment& segment : image.segments) {
            if (!segment.executable) continue;
            for (auto code = segment.bytes; code.size() >= G::kMaxInsnBytes;) {
                DecodedBlock<G>& block = blocks.emplace_back();
                decode_block(hart, code.first(std::min<size_t>(code.size(), kPageSize)),
                             G::mode(hart), kMaxBlockInsns, block);
                code = code.subspan(block.bytes);
            }
        }
        return blocks;
    }

    Bus bus;
    Memory memory{0x80000000, kPageSize, bus};
    StoppedClock clock;
    riscv::Hart hart{0, riscv::Isa::everything(64), memory, clock};
};

template <class Work>
void measure(benchmark::State& state, const Blocks& blocks, Work work) {
    size_t instructions = 0;
    for (const auto& block : blocks) instructions += block.count;
    for (auto _ : state) work();
    state.counters["guest_insn"] = benchmark::Counter(
        static_cast<double>(instructions),
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void decode(benchmark::State& state, const std::string& elf) {
    Decoder decoder;
    const Image image = load_image(elf, {});
    const Blocks blocks = decoder.decode(image);
    measure(state, blocks, [&] { benchmark::DoNotOptimize(decoder.decode(image)); });
}

void build(benchmark::State& state, const std::string& elf, bool optimised) {
    Decoder decoder;
    const Blocks blocks = decoder.decode(load_image(elf, {}));
    measure(state, blocks, [&] {
        for (const auto& decoded : blocks) {
            ir::Block block = translate(decoded);
            if (optimised) ir::optimize(block);
            benchmark::DoNotOptimize(block.insts.data());
        }
    });
}

}  // namespace

int main(int argc, char** argv) {
    std::string file;
    const auto kernels = take_kernels(argc, argv, KILN_KERNELS_JSON, file);
    if (!kernels) {
        std::cerr << "translate_bench: cannot read " << file << "\n";
        return 65;
    }
    for (const auto& [name, elf] : *kernels) {
        benchmark::RegisterBenchmark(("decode/" + name).c_str(),
                                     [elf = elf](auto& state) { decode(state, elf); });
        benchmark::RegisterBenchmark(("build/" + name).c_str(),
                                     [elf = elf](auto& state) { build(state, elf, false); });
        benchmark::RegisterBenchmark(("build and optimise/" + name).c_str(),
                                     [elf = elf](auto& state) { build(state, elf, true); });
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
