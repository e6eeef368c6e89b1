#include "machine/zstd_stream.h"

#include <algorithm>
#include <new>

namespace kiln {
namespace {

// The fastest of the usual levels.
constexpr int kLevel = 1;

}  // namespace

ZstdWriter::ZstdWriter() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
    if (!context_) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
}

void ZstdWriter::run(std::span<const std::byte> bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
        if (out_.size() - used_ < ZSTD_CStreamOutSize())
            out_.resize(std::max(out_.size() * 2, 2 * ZSTD_CStreamOutSize()));
        ZSTD_outBuffer out{out_.data(), out_.size(), used_};
        const size_t left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
        if (ZSTD_isError(left) != 0) throw std::bad_alloc();  // nothing else can go wrong
        used_ = out.pos;
        if (in.pos == in.size && (directive == ZSTD_e_continue || left == 0)) return;
    }
}

void ZstdWriter::write(std::span<const std::byte> bytes) { run(bytes, ZSTD_e_continue); }

std::vector<std::byte> ZstdWriter::finish() {
    run({}, ZSTD_e_end);
    out_.resize(used_);
    return std::move(out_);
}

ZstdReader::ZstdReader(std::span<const std::byte> frame)
    : context_(ZSTD_createDCtx(), &ZSTD_freeDCtx), in_{frame.data(), frame.size(), 0} {
    if (!context_) throw std::bad_alloc();
}

bool ZstdReader::read(std::span<std::byte> bytes) {
    ZSTD_outBuffer out{bytes.data(), bytes.size(), 0};
    while (out.pos < out.size) {
        const size_t before = out.pos + in_.pos;
        const size_t left = ZSTD_decompressStream(context_.get(), &out, &in_);
        if (ZSTD_isError(left) != 0 || out.pos + in_.pos == before) return false;
    }
    return true;
}

}  // namespace kiln
