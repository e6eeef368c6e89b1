// The table that tools/symbol_table writes: a word with the number of entries, the entries in
// ascending order of address, the names. Empty in the first of an image's two links.
#include "platform.h"
#include "runtime.h"

struct Entry {
    uint32_t start;  // from image_start
    uint32_t size;
    uint32_t name;  // where it starts among the names
};

static size_t entry_count(void) {
    return &symbols_start[0] < &symbols_end[0] ? symbols_start[0] : 0;
}

static const struct Entry* entries(void) { return (const struct Entry*)(symbols_start + 1); }

static struct Symbol symbol_of(const struct Entry* entry) {
    const char* const names = (const char*)(entries() + entry_count());
    return (struct Symbol){(uintptr_t)image_start + entry->start, entry->size, names + entry->name};
}

bool symbol_at(uintptr_t address, struct Symbol* symbol) {
    const uintptr_t place = address - (uintptr_t)image_start;
    size_t first = 0;  // all entries before it start at or before `place`
    size_t last = entry_count();
    while (first < last) {
        const size_t middle = first + (last - first) / 2;
        if (entries()[middle].start <= place)
            first = middle + 1;
        else
            last = middle;
    }
    if (first == 0) return false;
    const struct Entry* const entry = &entries()[first - 1];
    if (place - entry->start >= entry->size) return false;
    *symbol = symbol_of(entry);
    return true;
}

bool symbol_named(const char* name, struct Symbol* symbol) {
    for (size_t i = 0; i < entry_count(); ++i) {
        *symbol = symbol_of(&entries()[i]);
        if (strcmp(symbol->name, name) == 0) return true;
    }
    return false;
}
