// tinyllama_host --initrd FILE [WORD...]: the words are what a guest has on its command line.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "platform.h"
#include "tinyllama.h"

struct BootInfo boot_info;

static int refuse(const char* name, const char* reason, int code) {
    fprintf(stderr, "tinyllama_host: %s: %s\n", name, reason);
    return code;
}

static bool map_archive(const char* name) {
    struct stat status;
    const int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    void* bytes = MAP_FAILED;
    if (fstat(file, &status) == 0)
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    const int error = errno;
    close(file);
    errno = error;
    if (bytes == MAP_FAILED) return false;
    boot_info.initrd.start = (uintptr_t)bytes;
    boot_info.initrd.end = (uintptr_t)bytes + (size_t)status.st_size;
    return true;
}

static bool append_word(const char* word) {
    const size_t length = strlen(boot_info.command_line);
    const size_t left = sizeof boot_info.command_line - length;
    const int written = snprintf(boot_info.command_line + length, left, "%s ", word);
    return written >= 0 && (size_t)written < left;
}

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--initrd") == 0) {
            if (++i == argc) return refuse("--initrd", "needs a file", kExitUsage);
            if (!map_archive(argv[i])) return refuse(argv[i], strerror(errno), kExitInput);
        } else if (!append_word(argv[i])) {
            return refuse("command line", "too long", kExitUsage);
        }
    }
    return tinyllama_run();
}
