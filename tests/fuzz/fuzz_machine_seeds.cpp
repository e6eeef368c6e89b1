// Writes inputs for fuzz_machine into a folder that are long enough for a start state and a program
// each: bytes by chance, always the same ones.
#include <cstdio>
#include <fstream>
#include <random>
#include <string>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: fuzz_machine_seeds FOLDER\n", stderr);
        return 2;
    }
    std::mt19937 chance(1);
    for (unsigned size = 100; size <= 1600; size += 100) {
        std::ofstream file(std::string(argv[1]) + "/random" + std::to_string(size),
                           std::ios::binary);
        for (unsigned i = 0; i < size; ++i) file.put(static_cast<char>(chance() & 0xff));
        file.exceptions(std::ios::failbit | std::ios::badbit);
    }
    return 0;
}
