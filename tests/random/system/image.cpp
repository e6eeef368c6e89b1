#include "random/system/image.h"

#include <cstring>
#include <stdexcept>

#include "random/layout.h"
#include "random/rng.h"

namespace kiln::random_test {
namespace {

constexpr u32 kEcall = 0x00000073;
constexpr u64 kRecordSize = (RECORD_CODE_BYTES + SYSTEM_CODE_BYTES + 15) & ~15;
constexpr u8 kPmpNapot = 3 << 3, kPmpAll = 7;
constexpr u64 kPteFlags = 0x3ff;
constexpr u64 kDevices = 0x0fffffff;  // pmpaddr of all below RAM
// Ticks of 100 instructions. Several harts wait for the slices of the others.
constexpr u64 watchdog(size_t harts) { return harts == 1 ? 200 : 800; }

void put(std::vector<u8>& bytes, u64 address, u64 value, size_t size = 8) {
    std::memcpy(&bytes.at(address - IMAGE_START + size - 1) - (size - 1), &value, size);
}

bool in_area(u64 address) { return address - SYSTEM_AREA < SYSTEM_AREA_SIZE; }

// Puts a case into a record for one of the harts.
class RecordWriter {
  public:
    RecordWriter(std::vector<u8>& bytes, u64 record, size_t hart, bool rv32)
        : bytes_(bytes), record_(record), shift_(hart * SYSTEM_AREA_SIZE), rv32_(rv32) {}

    void write(const SystemCase& test, Family family, u64 index, u64 next) {
        slot(RECORD_NEXT, next);
        slot(RECORD_INDEX, index);
        slot(RECORD_AREA, SYSTEM_AREA + shift_);
        slot(RECORD_START, kSystemStart + shift_);
        slot(RECORD_MSTATUS, test.mstatus | u64{test.sequence.fs} << riscv::kMstatusFsShift |
                                 static_cast<u64>(test.priv) << riscv::kMstatusMppShift);
        slot(RECORD_FLOATS, test.sequence.fcsr);
        slot(RECORD_TIMER, test.timer);
        write_csrs(test, family);
        write_ptes(test);
        for (size_t reg = 0; reg < 32; ++reg) {
            slot(RECORD_INTS + 8 * reg, resolve(test.sequence.x[reg], test.shared));
            slot(RECORD_FP + 8 * reg, test.sequence.f[reg]);
        }
        write_code(test.sequence);
    }

  private:
    void slot(u64 offset, u64 value) { put(bytes_, record_ + offset, value); }
    u64 moved(u64 address) const { return in_area(address) ? address + shift_ : address; }

    u64 resolve(const Value& value, bool shared) const {
        switch (value.base) {
            case Base::kWindow:
                return kSystemWindow + value.offset + (shared ? 0 : shift_);
            case Base::kCode:
                return kSystemStart + value.offset + shift_;
            case Base::kNone:
                break;
        }
        return shared ? value.offset : moved(value.offset);
    }

    void write_csrs(const SystemCase& test, Family family) {
        for (size_t i = 0; i < test.csrs.size(); ++i) {
            u64 value = test.csrs[i];
            const bool pmp = i >= static_cast<size_t>(SystemCsr::kPmpaddr0);
            if (pmp)
                value = moved(value << 2) >> 2;
            else if (i == static_cast<size_t>(SystemCsr::kSatp))
                value += value != 0 ? shift_ >> 12 : 0;
            else
                value = moved(value);
            slot(RECORD_CSRS + 8 * i, value);
        }
        u64 config = u64{kPmpNapot} << 40 | u64{kPmpNapot} << 48 | u64{kPmpNapot | kPmpAll} << 56;
        for (size_t i = 0; i < test.pmpcfg.size(); ++i) config |= u64{test.pmpcfg[i]} << 8 * i;
        // Other emulators have other devices, and other contents of the ROM.
        if (family == Family::kAny) config |= u64{kPmpNapot} << 8 * kMostPmp;
        slot(RECORD_CSRS + 8 * (static_cast<u64>(SystemCsr::kPmpaddr0) + kMostPmp), kDevices);
        slot(RECORD_PMPCFG, config);
    }

    void write_ptes(const SystemCase& test) {
        for (size_t i = 0; i < test.ptes.size(); ++i) {
            const u64 entry = test.ptes[i];
            const u64 page = entry >> 10 << 12;
            slot(RECORD_PTES + 16 * i, pte_address(i, rv32_) + shift_);
            slot(RECORD_PTES + 16 * i + 8,
                 in_area(page) ? moved(page) >> 12 << 10 | (entry & kPteFlags) : entry);
        }
    }

    void write_code(const Sequence& sequence) {
        u64 at = 0;
        const auto add = [&](u32 bits, unsigned size) {
            if (at + size > SYSTEM_CODE_BYTES) throw std::length_error("too long a sequence");
            put(bytes_, record_ + RECORD_CODE_BYTES + at, bits, size);
            at += size;
        };
        for (const Instruction& insn : sequence.code) add(insn.bits, insn.length);
        slot(RECORD_STOP, kSystemStart + shift_ + at);
        add(kEcall, 4);
    }

    std::vector<u8>& bytes_;
    u64 record_;
    u64 shift_;
    bool rv32_;
};

}  // namespace

std::vector<u8> system_image(std::span<const u8> harness, std::span<const Trial> trials,
                             bool dump) {
    const size_t harts = trials.front().cases.size();
    const u64 first = SYSTEM_HEADER + SYSTEM_HEADER_SIZE;
    const u64 end = first + kRecordSize * trials.size() * harts;
    if (end > SYSTEM_HEADER + SYSTEM_RECORDS_SIZE) throw std::length_error("too many trials");
    std::vector<u8> bytes(end - IMAGE_START);
    std::memcpy(bytes.data(), harness.data(), harness.size());
    Rng rng(1);
    for (u64 at = 0; at < AREA_WINDOW_SIZE; at += 8) put(bytes, SYSTEM_PRISTINE + at, rng.bits());
    put(bytes, SYSTEM_HEADER + SYSTEM_HARTS_USED, harts);
    put(bytes, SYSTEM_HEADER + SYSTEM_WATCHDOG, watchdog(harts));
    put(bytes, SYSTEM_HEADER + HEADER_DUMP, dump);
    put(bytes, SYSTEM_HEADER + SYSTEM_COUNTS, trials.front().family == Family::kExact);
    for (size_t hart = 0; hart < harts; ++hart) {
        for (size_t i = 0; i < trials.size(); ++i) {
            const u64 index = i * harts + hart;
            const u64 record = first + kRecordSize * index;
            if (i == 0) put(bytes, SYSTEM_HEADER + SYSTEM_FIRST + 8 * hart, record);
            RecordWriter(bytes, record, hart, trials[i].isa.xlen == 32)
                .write(trials[i].cases[hart], trials[i].family, index,
                       i + 1 == trials.size() ? 0 : record + kRecordSize * harts);
        }
    }
    return bytes;
}

}  // namespace kiln::random_test
