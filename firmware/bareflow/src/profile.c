#include "jit_runtime.h"
#include "jitctl.h"
#include "platform.h"
#include "runtime.h"

enum {
    kMaxFunctions = 64,
    kMaxDepth = 256,
    kPointerSlots = 256,  // a power of two
    kMaxPointers = kPointerSlots / 2,
    kOverheadPairs = 1000,
};

struct Function {
    const char* name;
    uint64_t calls;
    uint64_t total;
    uint64_t least;
    uint64_t most;
};

struct Call {
    const char* name;
    struct Function* function;  // null: not measured, since the table is full
    uint64_t start;
};

// A name is looked up by its address first: one string has one address in most programs, and
// comparing texts would cost more than what is measured.
struct Pointer {
    const char* name;
    struct Function* function;
};

static struct Function functions[kMaxFunctions];
static size_t function_count;
static struct Function overhead_function;  // of the pairs that measure the pair itself
static struct Pointer pointers[kPointerSlots];
static size_t pointer_count;
static struct Call calls[kMaxDepth];
static size_t depth;  // may exceed kMaxDepth: calls beyond are counted here and not measured
static uint64_t thresholds[] = {100, 1000, 10000};

// --- Names ---------------------------------------------------------------------------------------

static struct Function* named(const char* name) {
    for (size_t i = 0; i < function_count; ++i)
        if (!strcmp(functions[i].name, name)) return &functions[i];
    return NULL;
}

static struct Pointer* slot_of(const char* name) {
    size_t slot = (uint32_t)(uintptr_t)name * 0x9e3779b1u >> 24;
    while (pointers[slot].name && pointers[slot].name != name) slot = (slot + 1) % kPointerSlots;
    return &pointers[slot];
}

static struct Function* learn(struct Pointer* slot, const char* name) {
    struct Function* function = named(name);
    if (!function && function_count < kMaxFunctions) {
        function = &functions[function_count++];
        *function = (struct Function){.name = name};
    }
    // Half of the slots stay free, so that every search ends soon.
    if (function && pointer_count < kMaxPointers) {
        *slot = (struct Pointer){name, function};
        ++pointer_count;
    }
    return function;
}

static struct Function* function_of(const char* name) {
    struct Pointer* slot = slot_of(name);
    return slot->name ? slot->function : learn(slot, name);
}

// --- Measuring -----------------------------------------------------------------------------------

void jit_profile_begin(const char* name) {
    struct Function* function = function_of(name);
    if (depth++ >= kMaxDepth) return;
    struct Call* call = &calls[depth - 1];
    call->name = name;
    call->function = function;
    call->start = cpu_rdtsc();
}

static void record(struct Function* function, uint64_t cycles) {
    if (!function->calls || cycles < function->least) function->least = cycles;
    if (cycles > function->most) function->most = cycles;
    function->total += cycles;
    ++function->calls;
}

// An end without its begin is ignored; a begin without its end is forgotten when an outer call
// ends.
static struct Call* matching_call(const struct Function* function) {
    for (size_t i = depth; i-- > 0;)
        if (calls[i].function == function) return &calls[i];
    return NULL;
}

void jit_profile_end(const char* name) {
    uint64_t now = cpu_rdtsc();
    if (depth > kMaxDepth) {
        --depth;
        return;
    }
    struct Call* call = depth ? &calls[depth - 1] : NULL;
    if (!call || call->name != name) call = matching_call(function_of(name));
    if (!call) return;
    depth = (size_t)(call - calls);
    if (call->function) record(call->function, now - call->start);
}

void jit_profile_reset(void) {
    memset(pointers, 0, sizeof pointers);
    function_count = pointer_count = depth = 0;
}

uint64_t jit_profile_overhead(void) {
    static const char kName[] = "(one begin/end pair)";
    static uint64_t overhead;
    if (overhead || depth >= kMaxDepth) return overhead;
    struct Pointer* slot = slot_of(kName);
    *slot = (struct Pointer){kName, &overhead_function};
    uint64_t start = cpu_rdtsc();
    for (int i = 0; i < kOverheadPairs; ++i) {
        jit_profile_begin(kName);
        jit_profile_end(kName);
    }
    overhead = (cpu_rdtsc() - start) / kOverheadPairs;
    return overhead;
}

// --- Answers -------------------------------------------------------------------------------------

uint64_t jit_get_call_count(const char* name) {
    const struct Function* function = named(name);
    return function ? function->calls : 0;
}

static uint64_t average(const struct Function* function) {
    return function->calls ? function->total / function->calls : 0;
}

uint64_t jit_get_avg_cycles(const char* name) {
    const struct Function* function = named(name);
    return function ? average(function) : 0;
}

uint64_t jit_get_min_cycles(const char* name) {
    const struct Function* function = named(name);
    return function ? function->least : 0;
}

uint64_t jit_get_max_cycles(const char* name) {
    const struct Function* function = named(name);
    return function ? function->most : 0;
}

void jit_profile_report(void) {
    printf("# %-24s %10s %14s %14s %14s  level\n", "function", "calls", "average", "minimum",
           "maximum");
    for (size_t i = 0; i < function_count; ++i) {
        const struct Function* function = &functions[i];
        printf("# %-24s %10llu %14llu %14llu %14llu  %5d\n", function->name,
               (unsigned long long)function->calls, (unsigned long long)average(function),
               (unsigned long long)function->least, (unsigned long long)function->most,
               jit_get_optimization_level(function->name));
    }
}

// --- The emulator --------------------------------------------------------------------------------

bool jit_control_present(void) { return jitctl_present(); }

bool jit_set_threshold(uint64_t warm, uint64_t hot, uint64_t very_hot) {
    if (warm >= hot || hot >= very_hot) return false;
    if (jitctl_set_thresholds(warm, hot, very_hot) == kJitBadThresholds) return false;
    thresholds[0] = warm;
    thresholds[1] = hot;
    thresholds[2] = very_hot;
    return true;
}

int jit_optimize_hot_functions(void) {
    if (!jitctl_can_compile()) return JIT_UNAVAILABLE;
    int accepted = 0;
    for (size_t i = 0; i < function_count; ++i) {
        struct Symbol symbol;
        if (functions[i].calls < thresholds[0] || !symbol_named(functions[i].name, &symbol))
            continue;
        enum JitStatus status = jitctl_compile(symbol.address, symbol.size);
        accepted += status == kJitDone || status == kJitQueued;
    }
    return accepted;
}

int jit_get_optimization_level(const char* name) {
    struct Symbol symbol;
    return symbol_named(name, &symbol) ? jitctl_level(symbol.address, symbol.size) : 0;
}
