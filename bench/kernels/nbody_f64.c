// Five bodies under gravity in double precision, symplectic Euler steps: divide and square root.
#include "kernel.h"

enum { kBodies = 5 };
struct Body {
    double x[3], v[3], mass;
};
static struct Body bodies[kBodies];

static void set_up(void) {
    for (int i = 0; i < kBodies; i++) {
        double d = (double)i;
        bodies[i] = (struct Body){.x = {d * 1.5, d * d * 0.25 - 1, 0.125 * d},
                                  .v = {0.25 - 0.1 * d, 0.2 * d - 0.3, 0.03125},
                                  .mass = i == 0 ? 20.0 : 0.5 + 0.125 * d};
    }
}

static void attract(struct Body* a, struct Body* b, double dt) {
    double d[3], squared = 0.01;  // the softening keeps close encounters finite
    for (int k = 0; k < 3; k++) {
        d[k] = a->x[k] - b->x[k];
        squared += d[k] * d[k];
    }
    double magnitude = dt / (squared * __builtin_sqrt(squared));
    for (int k = 0; k < 3; k++) {
        a->v[k] -= d[k] * b->mass * magnitude;
        b->v[k] += d[k] * a->mass * magnitude;
    }
}

uint64_t kernel(void) {
    set_up();
    for (uint64_t step = 0; step < WORK; step++) {
        for (int i = 0; i < kBodies; i++) {
            for (int j = i + 1; j < kBodies; j++) attract(&bodies[i], &bodies[j], 0.001);
        }
        for (int i = 0; i < kBodies; i++) {
            for (int k = 0; k < 3; k++) bodies[i].x[k] += 0.001 * bodies[i].v[k];
        }
    }
    uint64_t checksum = 0;
    for (int i = 0; i < kBodies; i++) {
        for (int k = 0; k < 3; k++) checksum = fold(checksum, double_bits(bodies[i].x[k]));
    }
    return checksum;
}
