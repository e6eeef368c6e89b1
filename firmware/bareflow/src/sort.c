// Heap sort, bottom-up: about n log2 n comparisons whatever the order was, in place, without
// recursion. It is not stable.
#include "runtime.h"

struct Items {
    uint8_t* first;
    size_t size;
    int (*compare)(const void*, const void*);
};

static uint8_t* item(const struct Items* items, size_t index) {
    return items->first + index * items->size;
}

typedef size_t __attribute__((may_alias)) Word;

static void swap(const struct Items* items, size_t i, size_t j) {
    uint8_t* a = item(items, i);
    uint8_t* b = item(items, j);
    size_t size = items->size;
    if (((uintptr_t)a | size) % sizeof(Word) == 0) {
        for (; size; size -= sizeof(Word), a += sizeof(Word), b += sizeof(Word)) {
            Word kept = *(Word*)a;
            *(Word*)a = *(Word*)b;
            *(Word*)b = kept;
        }
        return;
    }
    for (; size; --size, ++a, ++b) {
        uint8_t kept = *a;
        *a = *b;
        *b = kept;
    }
}

// Lets the item at `root` sink to its place among the first `count`. Most items end near the
// bottom, so the way of the larger children is followed down to a leaf first and then back up as
// far as needed.
static void sink(const struct Items* items, size_t root, size_t count) {
    size_t leaf = root;
    while (2 * leaf + 2 < count) {
        size_t left = 2 * leaf + 1;
        leaf = items->compare(item(items, left), item(items, left + 1)) < 0 ? left + 1 : left;
    }
    if (2 * leaf + 2 == count) leaf = 2 * leaf + 1;
    while (leaf != root && items->compare(item(items, root), item(items, leaf)) > 0)
        leaf = (leaf - 1) / 2;
    // Rotate: the item goes to `leaf`, everything on the way from there to the root one place up.
    while (leaf != root) {
        swap(items, root, leaf);
        leaf = (leaf - 1) / 2;
    }
}

void qsort(void* first, size_t count, size_t size, int (*compare)(const void*, const void*)) {
    struct Items items = {first, size, compare};
    if (!size) return;
    for (size_t root = count / 2; root-- > 0;) sink(&items, root, count);
    for (size_t last = count; last-- > 1;) {
        swap(&items, 0, last);
        sink(&items, 0, last);
    }
}
