#include "tree.h"

#include "runtime.h"

static const char* const kNameTexts[kNames] = {
    [kAddressCells] = "#address-cells",
    [kSizeCells] = "#size-cells",
    [kBootArguments] = "bootargs",
    [kClockFrequency] = "clock-frequency",
    [kCompatible] = "compatible",
    [kDeviceType] = "device_type",
    [kInterrupts] = "interrupts",
    [kInterruptsExtended] = "interrupts-extended",
    [kInitrdEnd] = "linux,initrd-end",
    [kInitrdStart] = "linux,initrd-start",
    [kPhandle] = "phandle",
    [kReg] = "reg",
    [kStatus] = "status",
    [kTimebase] = "timebase-frequency",
};

enum { kMaxDepth = 16 };

struct Walk {
    struct Node path[kMaxDepth];  // from the root to the current node
    size_t depth;
    const char* problem;
    void (*visit)(void* context, const struct Node* node);
    void* context;
};

static void begin_node(struct Walk* walk, const char* name) {
    if (walk->depth == kMaxDepth) {
        walk->problem = "nodes nested too deep";
        return;
    }
    struct Node* const node = &walk->path[walk->depth];
    *node = (struct Node){.name = name, .parent = walk->depth == 0 ? NULL : node - 1};
    ++walk->depth;
}

static void add_property(struct Walk* walk, const struct FdtItem* item) {
    if (walk->depth == 0) {
        walk->problem = "a property outside of nodes";
        return;
    }
    struct Property* const properties = walk->path[walk->depth - 1].properties;
    for (size_t i = 0; i < kNames; ++i)
        if (strcmp(item->name, kNameTexts[i]) == 0)
            properties[i] = (struct Property){item->data, item->size};
}

static void end_node(struct Walk* walk) {
    if (walk->depth == 0)
        walk->problem = "a node that ends twice";
    else
        walk->visit(walk->context, &walk->path[--walk->depth]);
}

const char* tree_walk(struct Fdt* fdt, void (*visit)(void* context, const struct Node* node),
                      void* context) {
    struct Walk walk = {.visit = visit, .context = context};
    struct FdtItem item;
    while (walk.problem == NULL) {
        switch (fdt_next(fdt, &item)) {
            case kFdtBeginNode:
                begin_node(&walk, item.name);
                break;
            case kFdtProperty:
                add_property(&walk, &item);
                break;
            case kFdtEndNode:
                end_node(&walk);
                break;
            case kFdtEnd:
                return walk.depth == 0 ? NULL : "a node without an end";
            default:
                return "a damaged structure block";
        }
    }
    return walk.problem;
}

bool property_number(const struct Property* property, size_t first, size_t count, uint64_t* value) {
    if (property->data == NULL || first + count > property->size / 4) return false;
    *value = 0;
    for (size_t i = first; i < first + count; ++i)
        *value = *value << 32 | fdt_word(property->data + 4 * i);
    return true;
}

uint32_t property_cell(const struct Property* property, uint32_t otherwise) {
    uint64_t value;
    return property_number(property, 0, 1, &value) ? (uint32_t)value : otherwise;
}

bool property_lists(const struct Property* property, const char* text) {
    const size_t size = strlen(text) + 1;
    for (size_t at = 0; at + size <= property->size;) {
        if (memcmp(property->data + at, text, size) == 0) return true;
        const void* const end = memchr(property->data + at, '\0', property->size - at);
        if (end == NULL) return false;
        at = (size_t)((const uint8_t*)end - property->data) + 1;
    }
    return false;
}

bool node_enabled(const struct Node* node) {
    const struct Property* const status = &node->properties[kStatus];
    return status->data == NULL || property_lists(status, "okay") || property_lists(status, "ok");
}

bool node_range(const struct Node* node, size_t index, uint64_t* start, uint64_t* size) {
    if (node->parent == NULL) return false;
    const struct Property* const above = node->parent->properties;
    const size_t address_cells = property_cell(&above[kAddressCells], 2);
    const size_t size_cells = property_cell(&above[kSizeCells], 1);
    if (address_cells > 2 || size_cells > 2 || address_cells + size_cells == 0) return false;
    const size_t first = index * (address_cells + size_cells);
    return property_number(&node->properties[kReg], first, address_cells, start) &&
           property_number(&node->properties[kReg], first + address_cells, size_cells, size);
}
