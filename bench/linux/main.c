// The first process of a Linux guest: runs benchmark kernels between two lines on the console, and
// powers off. The last line comes only when each checksum is right, and says how long the kernels
// took by the guest's own clock.
#include "part.h"

long system_call(long number, long a, long b, long c);

extern const struct Part __start_parts[], __stop_parts[];

enum { kWrite = 64, kClockGettime = 113, kReboot = 142 };
enum { kConsole = 1, kClockMonotonic = 1 };

static void print(const char* text) {
    long length = 0;
    while (text[length] != '\0') length++;
    system_call(kWrite, kConsole, (long)text, length);
}

static void print_number(uint64_t number) {
    char digits[21];
    char* at = digits + sizeof digits - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    print(at);
}

static uint64_t nanoseconds(void) {
    int64_t time[2];
    system_call(kClockGettime, kClockMonotonic, (long)time, 0);
    return (uint64_t)time[0] * 1000000000u + (uint64_t)time[1];
}

static _Noreturn void power_off(void) {
    enum { kMagic1 = 0xfee1dead, kMagic2 = 672274793, kPowerOff = 0x4321fedc };
    for (;;) system_call(kReboot, (long)kMagic1, kMagic2, (long)kPowerOff);
}

int main(void) {
    print("bench: begin\n");
    uint64_t start = nanoseconds();
    for (const struct Part* part = __start_parts; part != __stop_parts; part++) {
        if (part->run() == part->expected) continue;
        print("bench: wrong checksum: ");
        print(part->name);
        print("\n");
        power_off();
    }
    uint64_t taken = nanoseconds() - start;
    print("bench: end after ");
    print_number(taken);
    print(" ns\n");
    power_off();
}
