// A linked list in random order: one dependent load after the other.
#include "kernel.h"

enum { kNodes = 1 << 14 };
struct Node {
    struct Node* next;
    uint64_t value;
};
static struct Node nodes[kNodes];
static uint32_t order[kNodes];

static void link_in_random_order(void) {
    uint64_t random = 0x123456789abcdefu;
    for (uint32_t i = 0; i < kNodes; i++) order[i] = i;
    for (uint32_t i = kNodes - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(next_random(&random) % (i + 1));
        uint32_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    for (uint32_t i = 0; i < kNodes; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % kNodes]];
        nodes[order[i]].value = i * 0x9e3779b9u;
    }
}

uint64_t kernel(void) {
    uint64_t checksum = 0;
    link_in_random_order();
    struct Node* node = &nodes[0];
    for (uint64_t round = 0; round < WORK; round++) {
        for (uint32_t i = 0; i < kNodes; i++) {
            checksum = (checksum << 1 | checksum >> 63) + node->value;
            node = node->next;
        }
        node->value += round;
    }
    return checksum;
}
