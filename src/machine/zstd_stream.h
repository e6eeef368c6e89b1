// Compression by zstd, piece by piece.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>
#include <zstd.h>

namespace kiln {

class ZstdWriter {
  public:
    // Throws std::bad_alloc, as all functions here do.
    ZstdWriter();
    void write(std::span<const std::byte> bytes);
    // The frame.
    std::vector<std::byte> finish();

  private:
    void run(std::span<const std::byte> bytes, ZSTD_EndDirective directive);

    std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
    std::vector<std::byte> out_;
    size_t used_ = 0;  // bytes of out_
};

class ZstdReader {
  public:
    // `frame` may be malformed, and outlives the reader.
    explicit ZstdReader(std::span<const std::byte> frame);
    // Fills `out` with what comes next. False: there is not so much, or the frame is malformed.
    bool read(std::span<std::byte> out);

  private:
    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
    ZSTD_inBuffer in_;
};

}  // namespace kiln
