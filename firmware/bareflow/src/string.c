#include "runtime.h"

size_t strlen(const char* text) {
    const char* end = text;
    while (*end) ++end;
    return (size_t)(end - text);
}

int strcmp(const char* a, const char* b) {
    while (*a && *a == *b) ++a, ++b;
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char* a, const char* b, size_t size) {
    for (; size; --size, ++a, ++b)
        if (*a != *b || !*a) return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

char* strchr(const char* text, int character) {
    for (; *text != (char)character; ++text)
        if (!*text) return NULL;
    return (char*)(uintptr_t)text;
}

char* strstr(const char* text, const char* part) {
    size_t size = strlen(part);
    if (!size) return (char*)(uintptr_t)text;
    for (text = strchr(text, *part); text; text = strchr(text + 1, *part))
        if (!strncmp(text, part, size)) return (char*)(uintptr_t)text;
    return NULL;
}

char* strcpy(char* to, const char* from) {
    memcpy(to, from, strlen(from) + 1);
    return to;
}

char* strncpy(char* to, const char* from, size_t size) {
    size_t i = 0;
    for (; i < size && from[i]; ++i) to[i] = from[i];
    memset(to + i, 0, size - i);
    return to;
}
