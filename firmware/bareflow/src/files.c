// The format: Documentation/driver-api/early-userspace/buffer-format.rst of the Linux kernel.
#include "cpio.h"
#include "platform.h"
#include "runtime.h"

// Fields of 8 hexadecimal digits after the magic number.
enum Field { kMode = 1, kFileSize = 6, kNameSize = 11, kFields = 13 };

enum {
    kMagicSize = 6,
    kDigits = 8,
    kHeaderSize = kMagicSize + kFields * kDigits,
    kAlignment = 4,
    kTypeMask = 0170000,
    kRegularFile = 0100000,
};

struct Entry {
    const char* name;
    const uint8_t* contents;
    uint32_t mode;
    size_t size;
    size_t end;  // where in the archive the next entry is
};

static int digit_of(char character) {
    if (character >= '0' && character <= '9') return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

static bool read_field(const char* header, enum Field field, uint32_t* value) {
    const char* digits = header + kMagicSize + field * kDigits;
    *value = 0;
    for (int i = 0; i < kDigits; ++i) {
        int digit = digit_of(digits[i]);
        if (digit < 0) return false;
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

// The first multiple of 4 from `offset` + `size` on, if both are within `length`. Headers and
// contents start at one, but the archive may end without the padding.
static bool advance(size_t* offset, size_t size, size_t length) {
    if (size > length - *offset) return false;
    size_t padding = -(*offset + size) % kAlignment;
    *offset += size;
    *offset += padding > length - *offset ? length - *offset : padding;
    return true;
}

static bool read_entry(const char* archive, size_t length, size_t offset, struct Entry* entry) {
    if (length - offset < kHeaderSize) return false;
    const char* header = archive + offset;
    if (memcmp(header, "070701", kMagicSize) && memcmp(header, "070702", kMagicSize)) return false;
    uint32_t file_size, name_size;
    if (!read_field(header, kMode, &entry->mode) || !read_field(header, kFileSize, &file_size) ||
        !read_field(header, kNameSize, &name_size))
        return false;
    entry->name = header + kHeaderSize;
    entry->size = file_size;
    if (name_size > length || !advance(&offset, kHeaderSize + (size_t)name_size, length))
        return false;
    if (!name_size || entry->name[name_size - 1]) return false;
    entry->contents = (const uint8_t*)archive + offset;
    if (!advance(&offset, file_size, length)) return false;
    entry->end = offset;
    return true;
}

static const char* plain(const char* name) {
    if (!strncmp(name, "./", 2)) ++name;
    return *name == '/' ? name + 1 : name;
}

const void* cpio_find(const void* archive, size_t length, const char* name, size_t* size) {
    struct Entry entry;
    for (size_t offset = 0; read_entry(archive, length, offset, &entry); offset = entry.end) {
        if (!strcmp(entry.name, "TRAILER!!!")) return NULL;
        if ((entry.mode & kTypeMask) != kRegularFile || strcmp(plain(entry.name), plain(name)))
            continue;
        *size = entry.size;
        return entry.contents;
    }
    return NULL;
}

const void* runtime_file(const char* name, size_t* size) {
    const struct MemoryRange* initrd = &boot_info.initrd;
    return cpio_find((const void*)initrd->start, initrd->end - initrd->start, name, size);
}
