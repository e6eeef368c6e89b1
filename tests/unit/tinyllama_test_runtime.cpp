#include "tinyllama_test_runtime.h"

#include <cstring>

#include "jit_runtime.h"

namespace kiln::test {

std::map<std::string, std::string> options;
int open_profiles = 0;

}  // namespace kiln::test

// AddressSanitizer's malloc shall say null where there is no room, as malloc does.
extern "C" const char* __asan_default_options();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

// Declared here: runtime.h also declares functions of the C library, without C++'s exception
// specifications.
extern "C" {

bool runtime_option(const char* name, char* value, size_t size);
size_t runtime_ram_size(void);

bool runtime_option(const char* name, char* value, size_t size) {
    const auto found = kiln::test::options.find(name);
    if (found == kiln::test::options.end()) return false;
    const size_t length = std::min(found->second.size(), size - 1);
    std::memcpy(value, found->second.data(), length);
    value[length] = '\0';
    return true;
}

size_t runtime_ram_size(void) { return size_t{512} << 20; }

void jit_profile_begin(const char*) { ++kiln::test::open_profiles; }
void jit_profile_end(const char*) { --kiln::test::open_profiles; }
}
