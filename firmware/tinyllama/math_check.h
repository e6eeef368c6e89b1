// mode=math: whether libm gives the same bits on every target.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Prints, for each function, a hash of its results' bits over a fixed sample of its arguments. With
// math_step=1 on the command line the sample is every float that inference could meet.
void math_check(void);

#ifdef __cplusplus
}
#endif
