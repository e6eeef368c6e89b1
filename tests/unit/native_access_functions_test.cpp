// The functions of accesses (Form::kFunction): what the TLB knows is done at once, the rest is
// asked for.
#include <array>

#include "cpu/tlb.h"
#include "native_rig.h"

namespace kiln::native {
namespace {

using namespace native_test;

constexpr u64 kPage = 0x7654321000;  // of the guest's program
constexpr u64 kData = kRamBase + 0x8000;
constexpr u64 kOld = 0x1122334455667788;
constexpr u64 kAnswer = 0x55;

unsigned asked = 0;

bool refuse(CpuState&) noexcept {
    ++asked;
    return false;
}
bool answer(CpuState& state) noexcept {
    ++asked;
    state.native.result = kAnswer;
    return true;
}

// What a function returns, and whether it kept the registers that its callers rely on.
struct Returned {
    u64 done;
    u64 changed;
};

Returned call(void (*function)(), CpuState& state) {
    u64 done = reinterpret_cast<u64>(function);
    u64 changed = 0;
    asm volatile(
        "mov %%rsp, %%rbx\n sub $256, %%rsp\n and $-16, %%rsp\n"
        "mov $0x1111, %%ecx\n mov $0x2222, %%edx\n mov $0x3333, %%esi\n"
        "mov $0x4444, %%r8d\n mov $0x5555, %%r9d\n mov $0x6666, %%r10d\n"
        "call *%%rax\n"
        "mov %%rbx, %%rsp\n"
        "xor $0x1111, %%rcx\n xor $0x2222, %%rdx\n xor $0x3333, %%rsi\n"
        "xor $0x4444, %%r8\n xor $0x5555, %%r9\n xor $0x6666, %%r10\n"
        "or %%rdx, %%rcx\n or %%rsi, %%rcx\n"
        "or %%r8, %%rcx\n or %%r9, %%rcx\n or %%r10, %%rcx\n"
        : "+a"(done), "=&c"(changed)
        : "D"(&state)
        : "rbx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
    return {done, changed};
}

class NativeAccessFunctions : public testing::Test, public HartRig {
  protected:
    NativeAccessFunctions() {
        tlb_.flush();
        hart.native.memory = reinterpret_cast<u64>(&tlb_);
        memory.dma_write(kData, std::as_bytes(std::span(&kOld, 1)));
        asked = 0;
    }
    void know(std::array<TlbEntry, kTlbEntries>& table, u64 bits = 0) {
        table[Tlb::index(kPage)] = {kPage | bits,
                                    reinterpret_cast<u64>(memory.host(kData)) - kPage};
    }
    u64 load(u64 address, unsigned bytes, bool (*function)(CpuState&) noexcept) {
        return access(
            function == &refuse ? &detail::load_function<&refuse> : &detail::load_function<&answer>,
            address, bytes, 0);
    }
    u64 store(u64 address, unsigned bytes, u64 value) {
        return access(&detail::store_function<&refuse>, address, bytes, value);
    }
    u64 result() const { return hart.native.result; }

    Tlb tlb_;

  private:
    u64 access(void (*function)(), u64 address, unsigned bytes, u64 value) {
        hart.native.args = {address, pack_access(bytes, 0x124, 3), value, 0};
        const Returned returned = call(function, hart);
        EXPECT_EQ(returned.changed, 0u);
        return returned.done;
    }
};

TEST_F(NativeAccessFunctions, LoadsFromAKnownPageAreDone) {
    know(tlb_.load);
    for (const unsigned bytes : {1u, 2u, 4u, 8u}) {
        EXPECT_EQ(load(kPage, bytes, &refuse), 1u);
        EXPECT_EQ(result(), bytes == 8 ? kOld : kOld & ((u64{1} << bytes * 8) - 1)) << bytes;
    }
    EXPECT_EQ(load(kPage + 3, 2, &refuse), 1u);
    EXPECT_EQ(result(), 0x4455u);
    EXPECT_EQ(load(kPage + kPageSize - 8, 8, &refuse), 1u);
    EXPECT_EQ(asked, 0u);
}

TEST_F(NativeAccessFunctions, OtherLoadsAreAskedFor) {
    know(tlb_.load);
    EXPECT_EQ(load(kPage + kPageSize - 7, 8, &refuse), 0u) << "in two pages";
    EXPECT_EQ(load(kPage + kTlbEntries * kPageSize, 8, &refuse), 0u) << "of the same index";
    EXPECT_EQ(load(kPage + kPageSize, 8, &refuse), 0u) << "of another index";
    EXPECT_EQ(asked, 3u);
    EXPECT_EQ(load(kPage + kPageSize, 8, &answer), 1u);
    EXPECT_EQ(result(), kAnswer);
}

TEST_F(NativeAccessFunctions, StoresToAKnownPageAreDone) {
    know(tlb_.store);
    u64 expected = kOld;
    for (const unsigned bytes : {8u, 4u, 2u, 1u}) {
        const u64 value = 0x0102030405060708 * bytes;
        EXPECT_EQ(store(kPage, bytes, value), 1u);
        const u64 mask = bytes == 8 ? ~u64{0} : (u64{1} << bytes * 8) - 1;
        expected = (expected & ~mask) | (value & mask);
        EXPECT_EQ(read(kData), expected) << bytes;
    }
    EXPECT_EQ(asked, 0u);
    EXPECT_EQ(store(kPage + kPageSize - 7, 8, 0), 0u) << "in two pages";
    EXPECT_EQ(store(kPage + kPageSize, 8, 0), 0u) << "of another index";
    EXPECT_EQ(asked, 2u);
}

// A page that mixes code and data.
TEST_F(NativeAccessFunctions, GranulesDecideWhereAPageIsMarked) {
    know(tlb_.store, kTlbGuarded);
    memory.set_granules(kData, kGranuleSize, kGranuleCode);
    EXPECT_EQ(store(kPage + kGranuleSize - 8, 8, 0), 0u);
    EXPECT_EQ(asked, 1u);
    EXPECT_EQ(store(kPage + 2 * kGranuleSize, 8, 77), 1u);
    EXPECT_EQ(read(kData + 2 * kGranuleSize), 77u);
    EXPECT_EQ(asked, 1u);
}

}  // namespace
}  // namespace kiln::native
