#include "bios.h"

enum { kIdFlag = 1 << 21 };

// Bits of CPUID leaf 1, edx (Intel SDM volume 2, CPUID).
static const struct {
    uint32_t bit;
    const char* missing;
} features[] = {
    {3, "the processor has no pages of 4 MiB"},
    {4, "the processor has no time-stamp counter"},
    {15, "the processor has no conditional moves"},
    {24, "the processor has no FXSAVE"},
    {26, "the processor has no SSE2"},
};

static bool has_cpuid(void) {
    uint32_t before, after;
    __asm__ volatile(
        "pushf; pop %0; mov %0, %1; xor %2, %1; push %1; popf; pushf; pop %1; push %0; popf"
        : "=&r"(before), "=&r"(after)
        : "i"(kIdFlag));
    return (before ^ after) & kIdFlag;
}

void check_processor(void) {
    if (!has_cpuid()) fail("the processor has no CPUID");
    uint32_t eax = 1, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=d"(edx) : : "ebx", "ecx");
    for (unsigned i = 0; i < sizeof features / sizeof *features; i++) {
        if (!(edx & 1u << features[i].bit)) fail(features[i].missing);
    }
}
