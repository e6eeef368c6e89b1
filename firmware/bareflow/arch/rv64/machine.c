#include "machine.h"

#include "csr.h"
#include "platform.h"
#include "runtime.h"
#include "tree.h"

enum {
    kMinTimebase = 1000,     // Hz
    kClintCompare = 0x4000,  // one of 8 bytes for each hart
    kClintTime = 0xbff8,
    kMachineTimer = 7,  // the number of its interrupt
    kDefaultUartClock = 3686400,
};

struct Machine machine = {
    .uart = 0x10000000,
    .uart_clock = kDefaultUartClock,
    .finisher = 0x100000,
};

enum DeviceKind { kUart, kFinisher, kClint, kPlic, kJitctl, kDeviceKinds };

static const struct {
    const char* compatible;
    enum DeviceKind kind;
} kDrivers[] = {
    {"ns16550a", kUart},          {"ns16550", kUart},        {"sifive,test1", kFinisher},
    {"sifive,test0", kFinisher},  {"sifive,clint0", kClint}, {"riscv,clint0", kClint},
    {"sifive,plic-1.0.0", kPlic}, {"riscv,plic0", kPlic},    {"kiln,jitctl", kJitctl},
};

struct Device {
    uintptr_t address;  // 0: there is none
    struct Property clock_frequency;
    struct Property interrupts;
    struct Property outputs;
};

// What is collected before all is known that it takes to judge it.
struct Reader {
    uint64_t hart;
    uint32_t hart_phandle;                // of the hart's interrupt controller, 0: not seen
    struct Device devices[kDeviceKinds];  // the first one of each kind
    const char* problem;
};

static bool add_range(struct MemoryRange* ranges, size_t* count, uint64_t start, uint64_t size) {
    if (size == 0) return true;
    if (*count == kMaxMemoryRanges || size > UINT64_MAX - start) return false;
    ranges[(*count)++] = (struct MemoryRange){start, start + size};
    return true;
}

static void reserve(struct Reader* reader, uint64_t start, uint64_t size) {
    if (!add_range(boot_info.reserved, &boot_info.reserved_count, start, size))
        reader->problem = "bad or too many reserved ranges";
}

static void read_memory(struct Reader* reader, const struct Node* node) {
    uint64_t start;
    uint64_t size;
    for (size_t i = 0; node_range(node, i, &start, &size); ++i)
        if (!add_range(boot_info.memory, &boot_info.memory_count, start, size))
            reader->problem = "bad or too many memory ranges";
}

static void read_reserved(struct Reader* reader, const struct Node* node) {
    uint64_t start;
    uint64_t size;
    for (size_t i = 0; node_range(node, i, &start, &size); ++i) reserve(reader, start, size);
}

static void read_chosen(const struct Property* properties) {
    const struct Property* const arguments = &properties[kBootArguments];
    const size_t size = arguments->size < kCommandLineSize ? arguments->size : kCommandLineSize - 1;
    if (size != 0) memcpy(boot_info.command_line, arguments->data, size);

    // QEMU writes these addresses in one cell or in two, depending on its version.
    const struct Property* const start = &properties[kInitrdStart];
    const struct Property* const end = &properties[kInitrdEnd];
    uint64_t first;
    uint64_t last;
    if (property_number(start, 0, start->size > 4 ? 2 : 1, &first) &&
        property_number(end, 0, end->size > 4 ? 2 : 1, &last))
        boot_info.initrd = (struct MemoryRange){first, last};
}

static void read_hart_controller(struct Reader* reader, const struct Node* node) {
    uint64_t hart;
    uint64_t size;
    if (node->parent != NULL && node_range(node->parent, 0, &hart, &size) && hart == reader->hart)
        reader->hart_phandle = property_cell(&node->properties[kPhandle], 0);
}

static void read_device(struct Reader* reader, const struct Node* node) {
    const struct Property* const compatible = &node->properties[kCompatible];
    uint64_t start;
    uint64_t size;
    if (!node_range(node, 0, &start, &size)) return;
    for (size_t i = 0; i < sizeof kDrivers / sizeof *kDrivers; ++i) {
        struct Device* const device = &reader->devices[kDrivers[i].kind];
        if (device->address == 0 && property_lists(compatible, kDrivers[i].compatible))
            *device = (struct Device){start, node->properties[kClockFrequency],
                                      node->properties[kInterrupts],
                                      node->properties[kInterruptsExtended]};
    }
}

static void read_node(void* context, const struct Node* node) {
    struct Reader* const reader = context;
    const struct Node* const parent = node->parent;
    const bool top = parent != NULL && parent->parent == NULL;
    const struct Property* const timebase = &node->properties[kTimebase];
    if (timebase->data != NULL) machine.timebase = property_cell(timebase, 0);
    if (top && strcmp(node->name, "chosen") == 0) read_chosen(node->properties);
    if (!node_enabled(node)) return;
    if (top && property_lists(&node->properties[kDeviceType], "memory")) read_memory(reader, node);
    if (parent != NULL && strcmp(parent->name, "reserved-memory") == 0) read_reserved(reader, node);
    if (property_lists(&node->properties[kCompatible], "riscv,cpu-intc"))
        read_hart_controller(reader, node);
    read_device(reader, node);
}

// Which of the device's outputs leads to this hart's interrupt of that number; -1: none.
static int output_to(const struct Reader* reader, enum DeviceKind kind, uint64_t interrupt) {
    const struct Property* const outputs = &reader->devices[kind].outputs;
    uint64_t phandle;
    uint64_t number;
    for (int i = 0; property_number(outputs, 2 * i, 1, &phandle) &&
                    property_number(outputs, 2 * i + 1, 1, &number);
         ++i)
        if (phandle == reader->hart_phandle && number == interrupt) return i;
    return -1;
}

static void set_devices(const struct Reader* reader) {
    const struct Device* const devices = reader->devices;
    machine.uart = devices[kUart].address;
    machine.uart_clock = property_cell(&devices[kUart].clock_frequency, kDefaultUartClock);
    machine.uart_source = property_cell(&devices[kUart].interrupts, 0);
    machine.finisher = devices[kFinisher].address;
    machine.jitctl = devices[kJitctl].address;

    // The CLINT has two outputs for each hart, software and timer.
    const uintptr_t clint = devices[kClint].address;
    const int timer_output = output_to(reader, kClint, kMachineTimer);
    if (timer_output >= 0) {
        machine.clock = clint + kClintTime;
        machine.clock_compare = clint + kClintCompare + 8 * (uintptr_t)(timer_output / 2);
    }
    const int context = output_to(reader, kPlic, EXTERNAL_INTERRUPT);
    if (context >= 0) {
        machine.plic = devices[kPlic].address;
        machine.plic_context = (uint32_t)context;
    }
}

const char* machine_read(const void* tree, uint64_t hart) {
    struct Fdt fdt;
    const char* const unreadable = fdt_open(&fdt, tree);
    if (unreadable != NULL) return unreadable;

    struct Reader reader = {.hart = hart};
    reserve(&reader, (uintptr_t)tree, fdt.size);
    uint64_t start;
    uint64_t size;
    while (fdt_next_reservation(&fdt, &start, &size)) reserve(&reader, start, size);
    const char* const damage = tree_walk(&fdt, read_node, &reader);
    if (damage != NULL) return damage;
    if (reader.problem != NULL) return reader.problem;
    if (boot_info.memory_count == 0) return "no memory";
    if (machine.timebase < kMinTimebase) return "timebase-frequency is missing or absurd";
    set_devices(&reader);
    return NULL;
}
