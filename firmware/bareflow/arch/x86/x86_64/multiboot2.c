// Multiboot2 specification, section 3.6 (boot information format).
#include "multiboot2.h"

#include "memory_map.h"
#include "platform.h"
#include "runtime.h"

enum {
    kTagEnd = 0,
    kTagCommandLine = 1,
    kTagLoaderName = 2,
    kTagModule = 3,
    kTagMemoryMap = 6,
    kTypeRam = 1,
    kMostInformation = 1 << 20,
};

struct Information {
    uint32_t size, unused;
};

struct Tag {
    uint32_t type, size;
};

struct ModuleTag {
    struct Tag tag;
    uint32_t start, end;
};

struct MemoryMapTag {
    struct Tag tag;
    uint32_t entry_size, version;
};

struct MemoryMapEntry {
    uint64_t start, size;
    uint32_t type, unused;
};

static size_t text_length(const struct Tag* tag) {
    const char* text = (const char*)(tag + 1);
    const size_t room = tag->size - sizeof *tag;
    const char* end = memchr(text, '\0', room);
    return end ? (size_t)(end - text) : room;
}

// GRUB puts a backslash before quotes and backslashes of the command line; others do not.
static void read_command_line(const struct Tag* tag, bool escaped) {
    const char* text = (const char*)(tag + 1);
    const char* end = text + text_length(tag);
    size_t length = 0;
    for (; text < end && length < kCommandLineSize - 1; text++) {
        if (escaped && *text == '\\' && text + 1 < end) text++;
        boot_info.command_line[length++] = *text;
    }
    boot_info.command_line[length] = '\0';
}

static void read_module(const struct Tag* tag) {
    const struct ModuleTag* module = (const struct ModuleTag*)tag;
    if (tag->size < sizeof *module || boot_info.initrd.end != 0 || module->start >= module->end)
        return;
    boot_info.initrd = (struct MemoryRange){module->start, module->end};
}

static void read_memory_map(const struct Tag* tag, bool ram) {
    const struct MemoryMapTag* map = (const struct MemoryMapTag*)tag;
    if (tag->size < sizeof *map || map->entry_size < sizeof(struct MemoryMapEntry)) return;
    size_t left = tag->size - sizeof *map;
    const uint8_t* place = (const uint8_t*)(map + 1);
    for (; left >= map->entry_size; left -= map->entry_size, place += map->entry_size) {
        struct MemoryMapEntry entry;
        memcpy(&entry, place, sizeof entry);
        if ((entry.type == kTypeRam) != ram) continue;
        (ram ? memory_map_add_ram : memory_map_add_reserved)(entry.start, entry.size);
    }
}

// Calls `visit` for each tag of that type, so far as the information is sound.
static void each_tag(const uint8_t* information, uint32_t type, void (*visit)(const struct Tag*)) {
    const uint32_t size = ((const struct Information*)information)->size;
    const uint32_t end = size < kMostInformation ? size : kMostInformation;
    uint32_t offset = sizeof(struct Information);
    while (offset < end && end - offset >= sizeof(struct Tag)) {
        const struct Tag* tag = (const struct Tag*)(information + offset);
        if (tag->type == kTagEnd || tag->size < sizeof *tag || tag->size > end - offset) return;
        if (tag->type == type) visit(tag);
        offset += (tag->size + 7) & ~7u;
    }
}

static bool loader_is_grub;

static void visit_loader(const struct Tag* tag) {
    loader_is_grub = text_length(tag) >= 5 && memcmp(tag + 1, "GRUB ", 5) == 0;
}
static void visit_command_line(const struct Tag* tag) { read_command_line(tag, loader_is_grub); }
static void visit_ram(const struct Tag* tag) { read_memory_map(tag, true); }
static void visit_reserved(const struct Tag* tag) { read_memory_map(tag, false); }

bool multiboot2_read(const uint8_t* information) {
    static const struct {
        uint32_t type;
        void (*visit)(const struct Tag*);
    } visits[] = {
        {kTagLoaderName, visit_loader},  {kTagCommandLine, visit_command_line},
        {kTagModule, read_module},       {kTagMemoryMap, visit_ram},
        {kTagMemoryMap, visit_reserved},
    };
    for (size_t i = 0; i < sizeof visits / sizeof *visits; i++) {
        each_tag(information, visits[i].type, visits[i].visit);
    }
    return boot_info.memory_count > 0;
}
