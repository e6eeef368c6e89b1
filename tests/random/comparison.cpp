#include "comparison.h"

#include <fmt/format.h>
#include <stdexcept>

namespace kiln::random_test {
namespace {

constexpr Instruction kNop{0x00000013, 4, 0x00000013, riscv::InsnId::addi};
constexpr Instruction kShortNop{0x0001, 2, 0x0001, riscv::InsnId::c_nop};

// Dumps are large: so many sequences at once.
constexpr size_t kDumps = 16;

std::vector<size_t> active_instructions(const Sequence& sequence) {
    std::vector<size_t> active;
    for (size_t i = 0; i < sequence.code.size(); ++i)
        if (is_active(sequence.code[i])) active.push_back(i);
    return active;
}

void check(const Emulator& emulator, const Output& output, size_t expected) {
    if (output.lines.size() == expected && !output.timed_out && output.status == 0) return;
    throw std::runtime_error(fmt::format("{} {} after {} of {} sequences", emulator.name,
                                         output.timed_out
                                             ? std::string("did not end")
                                             : fmt::format("ended with status {}", output.status),
                                         output.lines.size(), expected));
}

}  // namespace

bool is_active(const Instruction& insn) {
    return insn.bits != kNop.bits && insn.bits != kShortNop.bits;
}

std::vector<Sequence> shorter(const Sequence& sequence) {
    const std::vector<size_t> active = active_instructions(sequence);
    std::vector<Sequence> candidates;
    if (active.size() < 2) return candidates;
    for (size_t size = (active.size() + 1) / 2;; size = (size + 1) / 2) {
        for (size_t first = 0; first < active.size(); first += size) {
            Sequence candidate = sequence;
            for (size_t i = first; i < std::min(first + size, active.size()); ++i) {
                Instruction& insn = candidate.code[active[i]];
                insn = insn.length == 4 ? kNop : kShortNop;
            }
            candidates.push_back(std::move(candidate));
        }
        if (size == 1) return candidates;
    }
}

Comparison::Comparison(Emulator kiln, Emulator qemu, const ImageWriter& writer,
                       ImageOptions options, std::string folder, unsigned seconds)
    : kiln_(std::move(kiln)),
      qemu_(std::move(qemu)),
      writer_(writer),
      options_(options),
      folder_(std::move(folder)),
      seconds_(seconds) {}

std::vector<Finding> Comparison::run(std::span<const Sequence> sequences) const {
    const std::vector<bool> different = differ(sequences);
    std::vector<Finding> findings;
    for (size_t i = 0; i < sequences.size(); ++i)
        if (different[i]) findings.push_back({i, sequences[i], 0, {}});
    shorten(findings);
    look_closely(findings);
    return findings;
}

std::pair<Output, Output> Comparison::outputs(std::span<const Sequence> sequences, bool dump,
                                              std::vector<u64>& code) const {
    ImageOptions options = options_;
    options.dump = dump;
    const std::vector<u8> for_qemu = writer_.write(sequences, options, code);
    options.altered = true;
    const std::vector<u8> for_kiln = writer_.write(sequences, options, code);
    std::vector<Output> both = run_all({kiln_, qemu_}, {for_kiln, for_qemu}, folder_, seconds_);
    check(kiln_, both[0], sequences.size());
    check(qemu_, both[1], sequences.size());
    return {std::move(both[0]), std::move(both[1])};
}

std::vector<bool> Comparison::differ(std::span<const Sequence> sequences) const {
    std::vector<u64> code;
    const auto [kiln, qemu] = outputs(sequences, false, code);
    std::vector<bool> different;
    for (size_t i = 0; i < sequences.size(); ++i)
        different.push_back(kiln.lines[i] != qemu.lines[i]);
    return different;
}

// All findings at the same time, so that a step costs one run.
void Comparison::shorten(std::vector<Finding>& findings) const {
    while (true) {
        std::vector<Sequence> candidates;
        std::vector<size_t> owners;
        for (size_t i = 0; i < findings.size(); ++i) {
            for (Sequence& candidate : shorter(findings[i].sequence)) {
                candidates.push_back(std::move(candidate));
                owners.push_back(i);
            }
        }
        if (candidates.empty()) return;
        const std::vector<bool> different = differ(candidates);
        std::vector<bool> shortened(findings.size(), false);
        bool any = false;
        for (size_t i = 0; i < candidates.size(); ++i) {
            if (!different[i] || shortened[owners[i]]) continue;
            shortened[owners[i]] = any = true;
            findings[owners[i]].sequence = std::move(candidates[i]);
        }
        if (!any) return;
    }
}

void Comparison::look_closely(std::vector<Finding>& findings) const {
    for (size_t first = 0; first < findings.size(); first += kDumps) {
        const size_t count = std::min(kDumps, findings.size() - first);
        std::vector<Sequence> sequences;
        for (size_t i = 0; i < count; ++i) sequences.push_back(findings[first + i].sequence);
        std::vector<u64> code;
        const auto [kiln, qemu] = outputs(sequences, true, code);
        for (size_t i = 0; i < count; ++i) {
            const auto ours = State::parse(kiln.lines[i]);
            const auto theirs = State::parse(qemu.lines[i]);
            if (!ours || !theirs) throw std::runtime_error("a malformed state was printed");
            findings[first + i].code = code[i];
            findings[first + i].differences = differences(*ours, *theirs);
        }
    }
}

}  // namespace kiln::random_test
