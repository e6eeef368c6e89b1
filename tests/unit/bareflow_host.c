#include "bareflow_host.h"

#include "platform.h"

struct BootInfo boot_info;

char host_output[4096];
unsigned host_waits;
uint64_t host_cycles;
uint64_t* host_jitctl;

static size_t output_length;
static const char* typed = "";

void serial_puts(const char* text);
void vga_puts(const char* text);
bool interrupts_set(bool enabled);
uint64_t cpu_rdtsc(void);

void host_clear_output(void) {
    output_length = 0;
    host_output[0] = 0;
}

void serial_puts(const char* text) {
    while (*text && output_length + 1 < sizeof host_output) host_output[output_length++] = *text++;
    host_output[output_length] = 0;
}

void vga_puts(const char* text) { serial_puts(text); }

bool platform_has_screen(void) { return false; }

void host_type(const char* text) { typed = text; }

int platform_console_poll(void) {
    if (!*typed) exit(3);
    const char character = *typed++;
    return character == '~' ? -1 : (unsigned char)character;
}

void platform_wait(void) { ++host_waits; }

bool interrupts_set(bool enabled) {
    static bool now = true;
    const bool before = now;
    now = enabled;
    return before;
}

void host_set_command_line(const char* line) {
    size_t i = 0;
    for (; line[i] && i + 1 < kCommandLineSize; ++i) boot_info.command_line[i] = line[i];
    boot_info.command_line[i] = 0;
}

uint64_t cpu_rdtsc(void) { return host_cycles; }

volatile void* platform_jitctl(void) { return host_jitctl; }

// Functions whose names start with "known" are at 0x1000 and 256 bytes long.
bool symbol_named(const char* name, struct Symbol* symbol) {
    static const char kKnown[] = "known";
    for (size_t i = 0; i + 1 < sizeof kKnown; ++i)
        if (name[i] != kKnown[i]) return false;
    *symbol = (struct Symbol){.address = 0x1000, .size = 256, .name = name};
    return true;
}
