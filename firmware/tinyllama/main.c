#include "runtime.h"
#include "tinyllama.h"

int main(void) {
    serial_init();
    vga_init();
    return tinyllama_run();
}
