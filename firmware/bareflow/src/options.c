#include "platform.h"
#include "runtime.h"

const char* runtime_command_line(void) { return boot_info.command_line; }

// The end of the word that starts at `word`: a space outside of double quotes, or the end of the
// line.
static const char* word_end(const char* word) {
    bool quoted = false;
    for (; *word && (quoted || *word != ' '); ++word) quoted ^= *word == '"';
    return word;
}

static void copy_value(char* value, size_t size, const char* from, const char* end) {
    size_t length = 0;
    for (; from < end && length + 1 < size; ++from)
        if (*from != '"') value[length++] = *from;
    if (size) value[length] = 0;
}

bool runtime_option(const char* name, char* value, size_t size) {
    size_t name_length = strlen(name);
    for (const char* word = boot_info.command_line; *word;) {
        const char* end = word_end(word);
        if (!strncmp(word, name, name_length) && word[name_length] == '=') {
            copy_value(value, size, word + name_length + 1, end);
            return true;
        }
        word = *end ? end + 1 : end;
    }
    return false;
}
