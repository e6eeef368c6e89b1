// The console: standard input and output.
#include <stdio.h>
#include <string.h>

#include "runtime.h"

// Token by token, also into a pipe.
__attribute__((constructor)) static void write_at_once(void) { setvbuf(stdout, NULL, _IONBF, 0); }

int console_read_line(char* line, size_t size) {
    if (fgets(line, (int)size, stdin) == NULL) return -1;
    line[strcspn(line, "\n")] = '\0';
    return (int)strlen(line);
}
