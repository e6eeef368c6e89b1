#include "image/reset_vector.h"

#include <bit>
#include <cstring>

namespace kiln {
namespace {

static_assert(std::endian::native == std::endian::little, "guest memory is little-endian");

// Register numbers and instruction formats: RISC-V unprivileged ISA, "RV32I Base Integer
// Instruction Set" and the calling convention.
constexpr uint32_t kZero = 0, kT0 = 5, kA0 = 10, kA1 = 11, kA2 = 12;
constexpr uint32_t kMhartid = 0xf14;

constexpr uint32_t i_type(uint32_t opcode, uint32_t funct3, uint32_t rd, uint32_t rs1,
                          uint32_t immediate) {
    return immediate << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t auipc(uint32_t rd, uint32_t page) { return page << 12 | rd << 7 | 0x17; }
constexpr uint32_t addi(uint32_t rd, uint32_t rs1, uint32_t immediate) {
    return i_type(0x13, 0, rd, rs1, immediate);
}
constexpr uint32_t csrr(uint32_t rd, uint32_t csr) { return i_type(0x73, 2, rd, kZero, csr); }
constexpr uint32_t jr(uint32_t rs1) { return i_type(0x67, 0, kZero, rs1, 0); }
// lw or ld: what fills a register.
constexpr uint32_t load(unsigned xlen, uint32_t rd, uint32_t rs1, uint32_t immediate) {
    return i_type(0x03, xlen == 64 ? 3 : 2, rd, rs1, immediate);
}

// Offsets from the first instruction, whose address auipc leaves in t0.
constexpr uint32_t kEntryOffset = 24;
constexpr uint32_t kFdtOffset = 32;
constexpr uint32_t kInfoOffset = 40;

constexpr uint64_t kFwDynamicMagic = 0x4942'534f;  // "OSBI"
constexpr uint64_t kFwDynamicVersion = 2;
constexpr uint64_t kNextModeSupervisor = 1;

class Writer {
  public:
    void put(uint64_t value, size_t size) {
        const size_t at = bytes_.size();
        bytes_.resize(at + size);
        std::memcpy(bytes_.data() + at, &value, size);
    }
    std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    std::vector<std::byte> bytes_;
};

}  // namespace

std::vector<std::byte> make_reset_vector(const ResetVectorOptions& options) {
    const unsigned xlen = options.xlen;
    const uint32_t code[] = {
        auipc(kT0, 0),
        addi(kA2, kT0, kInfoOffset),
        csrr(kA0, kMhartid),
        load(xlen, kA1, kT0, kFdtOffset),
        load(xlen, kT0, kT0, kEntryOffset),
        jr(kT0),
    };
    static_assert(sizeof code == kEntryOffset);
    const uint64_t info[] = {
        kFwDynamicMagic,
        kFwDynamicVersion,
        options.next_address,
        kNextModeSupervisor,
        0,  // options: none
        0,  // boot_hart: the one that OpenSBI's lottery should prefer
    };
    Writer writer;
    for (const uint32_t word : code) writer.put(word, sizeof word);
    writer.put(options.entry, sizeof options.entry);
    writer.put(options.fdt_address, sizeof options.fdt_address);
    for (const uint64_t field : info) writer.put(field, xlen / 8);
    return writer.take();
}

}  // namespace kiln
