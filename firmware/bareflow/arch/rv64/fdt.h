// Reads a flattened device tree (Devicetree Specification 0.4, chapter 5) token by token. It
// believes nothing: whatever the blob holds, reading stays within the size that its header gives.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Fdt {
    const uint8_t* blob;
    size_t size;
    size_t structure;  // of the next token
    size_t structure_end;
    size_t strings;
    size_t strings_end;
    size_t reserved;  // of the next memory reservation
};

enum FdtToken {
    kFdtBad = 0,
    kFdtBeginNode = 1,
    kFdtEndNode = 2,
    kFdtProperty = 3,
    kFdtEnd = 9,
};

struct FdtItem {
    const char* name;     // of a node, with its unit address, or of a property
    const uint8_t* data;  // of a property
    size_t size;
};

uint32_t fdt_word(const uint8_t* bytes);

// Null, or what is wrong with the header.
const char* fdt_open(struct Fdt* fdt, const void* blob);

// The structure block's next token.
enum FdtToken fdt_next(struct Fdt* fdt, struct FdtItem* item);

// The reservation block's next entry; false at its end.
bool fdt_next_reservation(struct Fdt* fdt, uint64_t* start, uint64_t* size);
