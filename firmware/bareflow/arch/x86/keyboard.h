#pragma once

void keyboard_init(void);

// What was typed, or -1. Control with a letter gives its control character; keys without a
// character give nothing.
int keyboard_take(void);
