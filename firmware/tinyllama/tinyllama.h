// The program: Llama-2 inference with the model and the tokenizer that it was booted with.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Reads the settings, model.bin and tokenizer.bin and tells the story. The exit code: 0, or one of
// failure.h's after a line "tinyllama: NAME: reason".
int tinyllama_run(void);

#ifdef __cplusplus
}
#endif
