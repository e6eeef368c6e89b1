// Walks a flattened device tree node by node (Devicetree Specification 0.4, chapter 2).
#pragma once

#include "fdt.h"

// The properties that matter here.
enum Name {
    kAddressCells,
    kSizeCells,
    kBootArguments,
    kClockFrequency,
    kCompatible,
    kDeviceType,
    kInterrupts,
    kInterruptsExtended,
    kInitrdEnd,
    kInitrdStart,
    kPhandle,
    kReg,
    kStatus,
    kTimebase,
    kNames,
};

struct Property {
    const uint8_t* data;  // null: the node does not have it
    size_t size;
};

struct Node {
    const char* name;  // with its unit address
    struct Property properties[kNames];
    const struct Node* parent;  // null: the root
};

// Calls `visit` for each node, children before their parent, with `context` as it is given here.
// The nodes live as long as the call. Null, or what is wrong with the tree.
const char* tree_walk(struct Fdt* fdt, void (*visit)(void* context, const struct Node* node),
                      void* context);

// The number that `count` cells make, from the cell `first` on. False when the property is shorter.
bool property_number(const struct Property* property, size_t first, size_t count, uint64_t* value);

// The first cell, or `otherwise` if there is none.
uint32_t property_cell(const struct Property* property, uint32_t otherwise);

// Whether one of the property's texts is `text`.
bool property_lists(const struct Property* property, const char* text);

// Whether the node's "status" is absent or "okay".
bool node_enabled(const struct Node* node);

// The range number `index` of the node's "reg"; false when there are fewer. "ranges" of the nodes
// above are taken for identities.
bool node_range(const struct Node* node, size_t index, uint64_t* start, uint64_t* size);
