#include "image.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "values.h"

namespace kiln::random_test {
namespace {

constexpr u32 kEcall = 0x00000073;

void put(std::vector<u8>& bytes, u64 at, u64 value, size_t size = 8) {
    if (bytes.size() < at + size) bytes.resize(at + size);
    std::memcpy(&bytes[at], &value, size);
}

u64 resolve(const Value& value, u64 code) {
    switch (value.base) {
        case Base::kWindow:
            return WINDOW + value.offset;
        case Base::kCode:
            return code + value.offset;
        case Base::kNone:
            return value.offset;
    }
    return 0;
}

void put_code(std::vector<u8>& bytes, u64 at, const Sequence& sequence, bool altered) {
    for (const Instruction& insn : sequence.code) {
        put(bytes, at, altered ? insn.altered : insn.bits, insn.length);
        at += insn.length;
    }
    put(bytes, at, kEcall, 4);
}

u64 code_size(const Sequence& sequence) {
    u64 size = 0;
    for (const Instruction& insn : sequence.code) size += insn.length;
    return size;
}

}  // namespace

std::vector<u8> read_harness(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) throw std::runtime_error(name + ": cannot be read");
    return {std::istreambuf_iterator<char>(file), {}};
}

ImageWriter::ImageWriter(std::vector<u8> harness, u64 seed) : start_(std::move(harness)) {
    if (start_.size() > WINDOW - IMAGE_START) throw std::length_error("the harness is too large");
    start_.resize(HEADER - IMAGE_START);
    Rng rng(seed);
    for (u64 at = 0; at < WINDOW_SIZE; at += 8) {
        const FloatTaste taste = random_taste(rng, rng.pick({kHalf, kSingle, kDouble}));
        put(start_, PRISTINE - IMAGE_START + at,
            rng.percent(50) ? random_integer(rng) : random_f_register(rng, 8, taste));
    }
}

u64 ImageWriter::window_at(u64 offset) const {
    u64 value;
    std::memcpy(&value, &start_[PRISTINE - IMAGE_START + offset], sizeof value);
    return value;
}

std::vector<u8> ImageWriter::write(std::span<const Sequence> sequences, const ImageOptions& options,
                                   std::vector<u64>& code) const {
    using riscv::Ext;
    std::vector<u8> bytes = start_;
    const u64 header = HEADER - IMAGE_START;
    u64 at = header + HEADER_SIZE;
    put(bytes, header + HEADER_FIRST, sequences.empty() ? 0 : IMAGE_START + at);
    put(bytes, header + HEADER_DUMP, options.dump);
    put(bytes, header + HEADER_FLOAT,
        options.isa.has(Ext::kD)   ? 8
        : options.isa.has(Ext::kF) ? 4
                                   : 0);
    put(bytes, header + HEADER_ATOMIC, options.isa.has(Ext::kA));
    put(bytes, header + HEADER_REPEAT, options.repeat);
    code.clear();
    for (size_t i = 0; i < sequences.size(); ++i) {
        const Sequence& sequence = sequences[i];
        const u64 size = code_size(sequence);
        const u64 code_at = at + RECORD_SIZE;
        const u64 next = (code_at + size + 4 + 7) & ~u64{7};
        put(bytes, at + RECORD_NEXT, i + 1 == sequences.size() ? 0 : IMAGE_START + next);
        put(bytes, at + RECORD_CODE, IMAGE_START + code_at);
        put(bytes, at + RECORD_END, IMAGE_START + code_at + size);
        put(bytes, at + RECORD_FCSR, sequence.fcsr);
        put(bytes, at + RECORD_FS, sequence.fs);
        for (size_t reg = 0; reg < 32; ++reg) {
            put(bytes, at + RECORD_X + 8 * reg, resolve(sequence.x[reg], IMAGE_START + code_at));
            put(bytes, at + RECORD_F + 8 * reg, sequence.f[reg]);
        }
        put_code(bytes, code_at, sequence, options.altered);
        code.push_back(IMAGE_START + code_at);
        at = next;
        if (at > RECORDS_END - IMAGE_START)
            throw std::length_error("too many sequences for an image");
    }
    bytes.resize(at);
    return bytes;
}

}  // namespace kiln::random_test
