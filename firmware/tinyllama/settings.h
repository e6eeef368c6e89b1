// What the command line says, as "NAME=VALUE" words (runtime_option() in runtime.h):
//   mode=generate|interactive|logits|math   prompt="TEXT"   steps=N   temperature=X   top_p=X
//   seed=N
// Other words are not ours and are passed over.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum Mode {
    kModeGenerate,     // one story
    kModeInteractive,  // a story for each line typed
    kModeLogits,  // for each position: its number, its token and a hash of the logits' bits, up to
                  // the last position
    kModeMath,    // hashes of libm's results, to compare targets; needs no model
};

struct Settings {
    enum Mode mode;               // generate
    char prompt[kMaxPrompt + 2];  // empty; one byte longer than allowed, so that a longer one shows
    uint32_t steps;  // 256; tokens of a story, the prompt's included. 0: as many as the model can
    float temperature;  // 0, at most 100
    float top_p;        // 0.9, 0 to 1
    uint64_t seed;      // 1
};

// False, and "NAME: reason" in `failure`, for a value that is none.
bool settings_read(struct Settings* settings, struct Failure* failure);

#ifdef __cplusplus
}
#endif
