#include "fdt.h"

#include "runtime.h"

enum {
    kHeaderSize = 40,
    kSupportedVersion = 17,
    kMaxSize = 2 << 20,  // what QEMU and Kiln leave for it
    kNop = 4,
};

static const uint32_t kMagic = 0xd00dfeed;

// Offsets in the header.
enum {
    kTotalSize = 4,
    kStructure = 8,
    kStrings = 12,
    kReservations = 16,
    kVersion = 20,
    kCompatibleVersion = 24,
    kStringsSize = 32,
    kStructureSize = 36,
};

uint32_t fdt_word(const uint8_t* bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t double_word(const uint8_t* bytes) {
    return (uint64_t)fdt_word(bytes) << 32 | fdt_word(bytes + 4);
}

static bool within(size_t start, size_t size, size_t end) {
    return start <= end && size <= end - start;
}

// The text at `start`, or null if it does not end before `end`.
static const char* text_at(const struct Fdt* fdt, size_t start, size_t end) {
    if (start >= end || memchr(fdt->blob + start, '\0', end - start) == NULL) return NULL;
    return (const char*)fdt->blob + start;
}

const char* fdt_open(struct Fdt* fdt, const void* blob) {
    const uint8_t* const bytes = blob;
    if (bytes == NULL) return "there is none";
    if (fdt_word(bytes) != kMagic) return "wrong magic number";
    if (fdt_word(bytes + kVersion) < kSupportedVersion ||
        fdt_word(bytes + kCompatibleVersion) > kSupportedVersion)
        return "unknown version";
    fdt->blob = bytes;
    fdt->size = fdt_word(bytes + kTotalSize);
    if (fdt->size < kHeaderSize || fdt->size > kMaxSize) return "absurd size";
    fdt->structure = fdt_word(bytes + kStructure);
    fdt->strings = fdt_word(bytes + kStrings);
    fdt->reserved = fdt_word(bytes + kReservations);
    if (!within(fdt->structure, fdt_word(bytes + kStructureSize), fdt->size) ||
        !within(fdt->strings, fdt_word(bytes + kStringsSize), fdt->size) || fdt->structure % 4 != 0)
        return "a block lies outside of it";
    fdt->structure_end = fdt->structure + fdt_word(bytes + kStructureSize);
    fdt->strings_end = fdt->strings + fdt_word(bytes + kStringsSize);
    return NULL;
}

static bool take_word(struct Fdt* fdt, uint32_t* word) {
    if (!within(fdt->structure, 4, fdt->structure_end)) return false;
    *word = fdt_word(fdt->blob + fdt->structure);
    fdt->structure += 4;
    return true;
}

static void skip(struct Fdt* fdt, size_t size) { fdt->structure += (size + 3) / 4 * 4; }

static bool take_node(struct Fdt* fdt, struct FdtItem* item) {
    item->name = text_at(fdt, fdt->structure, fdt->structure_end);
    if (item->name == NULL) return false;
    skip(fdt, strlen(item->name) + 1);
    return true;
}

static bool take_property(struct Fdt* fdt, struct FdtItem* item) {
    uint32_t size;
    uint32_t name;
    if (!take_word(fdt, &size) || !take_word(fdt, &name)) return false;
    if (!within(fdt->structure, size, fdt->structure_end)) return false;
    item->name = text_at(fdt, fdt->strings + name, fdt->strings_end);
    item->data = fdt->blob + fdt->structure;
    item->size = size;
    skip(fdt, size);
    return item->name != NULL;
}

enum FdtToken fdt_next(struct Fdt* fdt, struct FdtItem* item) {
    uint32_t token;
    do {
        if (!take_word(fdt, &token)) return kFdtBad;
    } while (token == kNop);
    switch (token) {
        case kFdtBeginNode:
            return take_node(fdt, item) ? kFdtBeginNode : kFdtBad;
        case kFdtProperty:
            return take_property(fdt, item) ? kFdtProperty : kFdtBad;
        case kFdtEndNode:
        case kFdtEnd:
            return token;
        default:
            return kFdtBad;
    }
}

bool fdt_next_reservation(struct Fdt* fdt, uint64_t* start, uint64_t* size) {
    if (!within(fdt->reserved, 16, fdt->size)) return false;
    *start = double_word(fdt->blob + fdt->reserved);
    *size = double_word(fdt->blob + fdt->reserved + 8);
    fdt->reserved += 16;
    return *start != 0 || *size != 0;
}
