#include "jit/observe/perf_map.h"

#include <fmt/format.h>

namespace kiln {

PerfMap::PerfMap(int pid, const std::string& folder)
    : file_(fmt::format("{}/perf-{}.map", folder, pid)) {}

void PerfMap::on_code(const NativeCode& code) {
    const std::string line = fmt::format("{:x} {:x} {}\n", reinterpret_cast<u64>(code.host.data()),
                                         code.host.size(), code.name);
    file_.write(std::as_bytes(std::span(line)));
}

}  // namespace kiln
