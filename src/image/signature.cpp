#include "image/signature.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "support/error.h"

namespace kiln {
namespace {

bool holds(const Segment& segment, uint64_t begin, uint64_t end) {
    return begin >= segment.address && end <= segment.end();
}

void append_word(std::string& text, std::span<const std::byte> bytes, unsigned granularity) {
    text.append(2 * (granularity - bytes.size()), '0');
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
        fmt::format_to(std::back_inserter(text), "{:02x}", std::to_integer<unsigned>(*byte));
    }
    text += '\n';
}

}  // namespace

SignatureRange find_signature(const Image& image) {
    if (!image.begin_signature || !image.end_signature) {
        throw InputError(image.name,
                         "has no signature: begin_signature and end_signature are not defined");
    }
    const uint64_t begin = *image.begin_signature;
    const uint64_t end = *image.end_signature;
    if (begin > end) {
        throw InputError(
            image.name,
            fmt::format("end_signature {:#x} lies before begin_signature {:#x}", end, begin));
    }
    const auto inside = [&](const Segment& segment) { return holds(segment, begin, end); };
    if (begin != end && std::ranges::none_of(image.segments, inside)) {
        throw InputError(image.name,
                         fmt::format("the signature {:#x}-{:#x} lies in no segment", begin, end));
    }
    return {begin, end - begin};
}

std::string format_signature(std::span<const std::byte> memory, unsigned granularity) {
    std::string text;
    for (size_t at = 0; at < memory.size(); at += granularity) {
        append_word(text, memory.subspan(at, std::min<size_t>(granularity, memory.size() - at)),
                    granularity);
    }
    return text;
}

}  // namespace kiln
