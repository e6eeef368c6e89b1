#include "tinyllama.h"

#include "generate.h"
#include "hash.h"
#include "jit_runtime.h"
#include "math_check.h"
#include "runtime.h"
#include "settings.h"
#include "statistics.h"

enum {
    kLineSize = 512,
    kTokensBeforeRequest = 16,  // by then what is hot is known to be
};

static const char kModelName[] = "model.bin";
static const char kTokenizerName[] = "tokenizer.bin";

struct Program {
    struct Settings settings;
    struct Checkpoint checkpoint;
    struct Tokenizer tokenizer;
    struct Model model;
    struct Sampler sampler;
    struct Generator generator;
    uint32_t tokens;  // told so far
    int compiled;     // as jit_optimize_hot_functions() said
};

static void print_piece(const unsigned char* text, size_t length) {
    for (size_t i = 0; i < length; ++i) {
        // Of the control characters only those that shape text: others would disturb the terminal.
        if (text[i] >= ' ' || text[i] == '\n' || text[i] == '\t') putchar(text[i]);
    }
}

static void on_token(void* context, uint32_t previous, uint32_t token) {
    struct Program* program = context;
    size_t length = 0;
    const unsigned char* text = tokenizer_decode(&program->tokenizer, previous, token, &length);
    print_piece(text, length);
    if (++program->tokens == kTokensBeforeRequest) program->compiled = jit_optimize_hot_functions();
}

static void on_logits(void* context, uint32_t position, uint32_t token, const float* logits) {
    const struct Program* program = context;
    printf(
        "%lu %lu %016llx\n", (unsigned long)position, (unsigned long)token,
        (unsigned long long)hash_floats(logits, program->model.checkpoint->dimensions.vocab_size));
}

static const void* find_file(const char* name, size_t* size, struct Failure* failure) {
    const void* bytes = runtime_file(name, size);
    if (bytes == NULL) fail(failure, kExitInput, "%s: not in the initial RAM disk", name);
    return bytes;
}

static bool load_files(struct Program* program, struct Failure* failure) {
    size_t size = 0;
    const void* bytes = find_file(kModelName, &size, failure);
    if (bytes == NULL || !checkpoint_parse(&program->checkpoint, kModelName, bytes, size, failure))
        return false;
    bytes = find_file(kTokenizerName, &size, failure);
    return bytes != NULL && tokenizer_create(&program->tokenizer, kTokenizerName, bytes, size,
                                             program->checkpoint.dimensions.vocab_size, failure);
}

static uint32_t story_length(const struct Program* program) {
    const uint32_t steps = program->settings.steps;
    const uint32_t limit = program->checkpoint.dimensions.seq_len;
    return steps == 0 || steps > limit ? limit : steps;
}

static bool prepare_program(struct Program* program, struct Failure* failure) {
    const struct Settings* settings = &program->settings;
    program->compiled = JIT_UNAVAILABLE;
    if (!load_files(program, failure) ||
        !model_create(&program->model, kModelName, &program->checkpoint, story_length(program),
                      failure) ||
        !sampler_create(&program->sampler, program->checkpoint.dimensions.vocab_size,
                        settings->temperature, settings->top_p, settings->seed, failure))
        return false;
    program->generator.model = &program->model;
    program->generator.tokenizer = &program->tokenizer;
    program->generator.sampler = &program->sampler;
    program->generator.listener = (struct Listener){.context = program, .token = on_token};
    if (settings->mode == kModeLogits) {
        program->generator.listener = (struct Listener){.context = program, .logits = on_logits};
        program->generator.past_end = true;
    }
    return true;
}

static bool tell_story(struct Program* program, const char* prompt, struct Failure* failure) {
    uint32_t positions = 0;
    const uint64_t start = timer_microseconds();
    if (!generate(&program->generator, prompt, &positions, failure)) return false;
    const uint64_t end = timer_microseconds();
    if (program->settings.mode != kModeLogits) putchar('\n');
    statistics_print_speed(positions, end - start);
    return true;
}

static void print_failure(const struct Failure* failure) {
    printf("tinyllama: %s\n", failure->text);
}

// A prompt that cannot be taken is reported, and the next one read.
static void converse(struct Program* program) {
    static char line[kLineSize];
    struct Failure failure;
    for (;;) {
        printf("> ");
        if (console_read_line(line, sizeof line) < 0) {
            putchar('\n');
            return;
        }
        if (strcmp(line, "quit") == 0) return;
        if (!tell_story(program, line, &failure)) print_failure(&failure);
    }
}

static bool run(struct Program* program, struct Failure* failure) {
    if (!settings_read(&program->settings, failure)) return false;
    if (program->settings.mode == kModeMath) {
        math_check();
        return true;
    }
    if (!prepare_program(program, failure)) return false;
    statistics_print_start(&program->checkpoint);
    if (program->settings.mode == kModeInteractive)
        converse(program);
    else if (!tell_story(program, program->settings.prompt, failure))
        return false;
    statistics_print_end(program->compiled);
    return true;
}

static void release(struct Program* program) {
    sampler_destroy(&program->sampler);
    model_destroy(&program->model);
    tokenizer_destroy(&program->tokenizer);
}

int tinyllama_run(void) {
    static struct Program program;
    struct Failure failure;
    const bool done = run(&program, &failure);
    if (!done) print_failure(&failure);
    release(&program);
    return done ? 0 : failure.code;
}
