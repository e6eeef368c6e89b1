#pragma once

// Measures the time-stamp counter's rate and starts the tick. The clock begins here.
void timer_init(void);

// Waits about `milliseconds`, at most 50, by a counter of its own: for when nothing else works any
// more.
void timer_delay(unsigned milliseconds);
