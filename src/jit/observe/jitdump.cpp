#include "jit/observe/jitdump.h"

#include <array>
#include <cstring>
#include <ctime>
#include <elf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace kiln {
namespace {

struct FileHeader {
    u32 magic = 0x4a695444;
    u32 version = 1;
    u32 size = sizeof(FileHeader);
    u32 machine = EM_X86_64;
    u32 reserved = 0;
    u32 pid;
    u64 time;
    u64 flags = 0;
};
static_assert(sizeof(FileHeader) == 40);

// A record "code was made"; the name with its zero and the code follow.
struct CodeLoad {
    u32 id = 0;
    u32 size;
    u64 time;
    u32 pid;
    u32 thread;
    u64 address;
    u64 code_address;
    u64 code_bytes;
    u64 index;  // another one for each code
};
static_assert(sizeof(CodeLoad) == 56);

// The clock that `perf record -k mono` stamps its samples with.
u64 now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<u64>(time.tv_sec) * 1'000'000'000 + static_cast<u64>(time.tv_nsec);
}

}  // namespace

Jitdump::Jitdump(int pid, const std::string& folder)
    : pid_(static_cast<u32>(pid)),
      file_(fmt::format("{}/jit-{}.dump", folder, pid)),
      mark_bytes_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    const FileHeader header{.pid = pid_, .time = now()};
    file_.write(std::as_bytes(std::span(&header, 1)));
    // perf notes executable mappings only.
    mark_ = mmap(nullptr, mark_bytes_, PROT_READ | PROT_EXEC, MAP_PRIVATE, file_.descriptor(), 0);
    if (mark_ == MAP_FAILED) file_.fail("map");
}

Jitdump::~Jitdump() { munmap(mark_, mark_bytes_); }

void Jitdump::on_code(const NativeCode& code) {
    const size_t size = sizeof(CodeLoad) + code.name.size() + 1 + code.host.size();
    const auto address = reinterpret_cast<u64>(code.host.data());
    const CodeLoad load{.size = static_cast<u32>(size),
                        .time = now(),
                        .pid = pid_,
                        .thread = static_cast<u32>(gettid()),
                        .address = address,
                        .code_address = address,
                        .code_bytes = code.host.size(),
                        .index = made_++};
    std::vector<std::byte> record(size);
    std::memcpy(record.data(), &load, sizeof load);
    std::memcpy(record.data() + sizeof load, code.name.c_str(), code.name.size() + 1);
    std::memcpy(record.data() + size - code.host.size(), code.host.data(), code.host.size());
    file_.write(record);
}

}  // namespace kiln
