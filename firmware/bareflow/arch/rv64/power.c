#include "csr.h"
#include "machine.h"
#include "platform.h"
#include "runtime.h"
#include "sbi.h"

// What SiFive's test finisher takes; the code of a failure is in the upper half.
enum { kPass = 0x5555, kFail = 0x3333 };

void platform_exit(int code) {
    if (machine.finisher != 0)
        *(volatile uint32_t*)machine.finisher = code == 0 ? kPass : (uint32_t)code << 16 | kFail;
#if BAREFLOW_MODE == SUPERVISOR_MODE
    sbi_call(kSbiSystemReset, 0, 0, code != 0);  // type: shutdown; reason: none or a failure
#endif
    serial_puts("\nThe machine can be switched off.\n");
    for (;;) __asm__ volatile("wfi");
}
