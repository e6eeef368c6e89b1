// The part of BareFlow that knows no machine, compiled for the host: its functions named as in C
// have the prefix "bareflow_" (tests/unit/CMakeLists.txt), and what it asks of a machine are the
// fakes below.
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {

decltype(snprintf) bareflow_snprintf;
decltype(printf) bareflow_printf;
decltype(strtol) bareflow_strtol;
decltype(strtoul) bareflow_strtoul;
decltype(strtoull) bareflow_strtoull;
decltype(strtod) bareflow_strtod;
decltype(memcpy) bareflow_memcpy;
decltype(memmove) bareflow_memmove;
decltype(memset) bareflow_memset;
decltype(memcmp) bareflow_memcmp;
decltype(strlen) bareflow_strlen;
decltype(strcmp) bareflow_strcmp;
decltype(strncmp) bareflow_strncmp;
decltype(strcpy) bareflow_strcpy;
decltype(strncpy) bareflow_strncpy;
void bareflow_qsort(void* items, size_t count, size_t size,
                    int (*compare)(const void*, const void*));
void* bareflow_memchr(const void* from, int byte, size_t size);
char* bareflow_strchr(const char* text, int character);
char* bareflow_strstr(const char* text, const char* part);

const void* cpio_find(const void* archive, size_t length, const char* name, size_t* size);
bool runtime_option(const char* name, char* value, size_t size);
const char* runtime_command_line(void);
int console_read_line(char* line, size_t size);
#endif

// Characters that the console wrote since it was cleared; the text is cut when it is full.
extern char host_output[4096];
void host_clear_output(void);

// What is typed: a character a look, and nothing for every '~'. When all is read, the process
// exits.
void host_type(const char* text);
extern unsigned host_waits;  // of the processor for an interrupt

void host_set_command_line(const char* line);

// cpu_rdtsc() gives this.
extern uint64_t host_cycles;

// The page of the jitctl device, of 64-bit registers; null: none.
extern uint64_t* host_jitctl;

#ifdef __cplusplus
}
#endif
