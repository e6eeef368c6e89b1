#include "settings.h"

#include "runtime.h"

enum { kWordSize = 40, kMaxSteps = 1 << 20 };

static const char* const kModes[] = {"generate", "interactive", "logits", "math"};

static bool read_mode(enum Mode* mode, struct Failure* failure) {
    char word[kWordSize];
    if (!runtime_option("mode", word, sizeof word)) return true;
    for (unsigned i = 0; i < sizeof kModes / sizeof *kModes; ++i) {
        if (strcmp(word, kModes[i]) != 0) continue;
        *mode = (enum Mode)i;
        return true;
    }
    return fail(failure, kExitUsage, "mode: '%s' is none of generate, interactive, logits, math",
                word);
}

// strtoull and strtod take leading spaces and signs; a setting starts with a digit.
static bool starts_with_digit(const char* word) { return word[0] >= '0' && word[0] <= '9'; }

static bool read_integer(const char* name, uint64_t limit, uint64_t* value,
                         struct Failure* failure) {
    char word[kWordSize];
    if (!runtime_option(name, word, sizeof word)) return true;
    char* end = word;
    if (starts_with_digit(word)) *value = strtoull(word, &end, 10);
    if (end != word && *end == '\0' && *value <= limit) return true;
    return fail(failure, kExitUsage, "%s: '%s' is no number from 0 to %llu", name, word,
                (unsigned long long)limit);
}

static bool read_real(const char* name, double limit, float* value, struct Failure* failure) {
    char word[kWordSize];
    if (!runtime_option(name, word, sizeof word)) return true;
    char* end = word;
    const double number = starts_with_digit(word) ? strtod(word, &end) : 0;
    *value = (float)number;
    if (end != word && *end == '\0' && number <= limit) return true;
    return fail(failure, kExitUsage, "%s: '%s' is no number from 0 to %.0f", name, word, limit);
}

bool settings_read(struct Settings* settings, struct Failure* failure) {
    uint64_t steps = 256;
    *settings = (struct Settings){.top_p = 0.9f, .seed = 1};
    runtime_option("prompt", settings->prompt, sizeof settings->prompt);
    if (!read_mode(&settings->mode, failure) ||
        !read_integer("steps", kMaxSteps, &steps, failure) ||
        !read_integer("seed", 999999999999999999u, &settings->seed, failure) ||
        !read_real("temperature", 100, &settings->temperature, failure) ||
        !read_real("top_p", 1, &settings->top_p, failure))
        return false;
    settings->steps = (uint32_t)steps;
    return true;
}
