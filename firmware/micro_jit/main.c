// Writes machine code at run time and calls it.
#include "checks.h"
#include "runtime.h"

int main(void) {
    puts("BareFlow micro_jit");
    check_functions();
    check_reuse();
    check_patching();
    check_page_ends();
    check_data_beside_code();
    if (report_failures()) {
        printf("micro_jit: %u values are wrong\n", report_failures());
        return 1;
    }
    puts("micro_jit: ok");
    return 0;
}
