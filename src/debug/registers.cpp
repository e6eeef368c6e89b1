#include "debug/registers.h"

#include <fmt/format.h>
#include <iterator>

#include "cpu/riscv/csr.h"
#include "cpu/riscv/register_names.h"
#include "cpu/riscv/state.h"

namespace kiln::debug {
namespace {

using riscv::Ext;
using riscv::Hart;
using riscv::Priv;

bool has_csr(Hart& hart, u64 number) {
    u64 value;
    return !riscv::csr_name(static_cast<u32>(number)).empty() &&
           riscv::peek_csr(hart, static_cast<u32>(number), value);
}

// fflags, frm and fcsr belong to the floating-point feature.
bool is_float_csr(u64 number) { return number >= 1 && number <= 3; }

void write_pc(Hart& hart, u64 value) {
    const u64 unit = hart.isa.has(Ext::kC) ? 2 : 4;
    hart.pc = hart.xlen_value(value) & ~(unit - 1);
    hart.waiting = false;
    hart.forget_way();
}

void write_float(Hart& hart, unsigned reg, u64 value) {
    // A single-precision number is boxed.
    const u64 box = hart.isa.has(Ext::kD) ? 0 : ~u64{0} << 32;
    hart.regs[riscv::kFirstF + reg] = value | box;
    // Where floating point is on, the guest must learn that there is something to save.
    if ((hart.mstatus & riscv::kMstatusFs) == 0) return;
    hart.mstatus |= riscv::kMstatusFs;
    hart.exit_request |= kExitModeChanged;
    hart.update_context();
}

bool write_priv(Hart& hart, u64 value) {
    if (value > 3 || value == 2) return false;
    hart.priv = static_cast<Priv>(value);
    hart.exit_request |= kExitModeChanged | kExitPoll;
    hart.update_context();
    return true;
}

void add_register(std::string& xml, std::string_view name, unsigned bits, u64 number,
                  std::string_view more) {
    fmt::format_to(std::back_inserter(xml), "<reg name=\"{}\" bitsize=\"{}\" regnum=\"{}\"{}/>\n",
                   name, bits, number, more);
}

void add_general(std::string& xml, const Hart& hart) {
    xml += "<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
    for (unsigned i = 0; i < 32; ++i) {
        const bool is_pointer = i >= 2 && i <= 4;
        add_register(xml, i == 8 ? "fp" : riscv::kXNames[i], hart.isa.xlen, i,
                     is_pointer ? " type=\"data_ptr\""
                     : i == 1   ? " type=\"code_ptr\""
                                : " type=\"int\"");
    }
    add_register(xml, "pc", hart.isa.xlen, kPcNumber, " type=\"code_ptr\"");
    xml += "</feature>\n";
}

void add_floats(std::string& xml, const Hart& hart) {
    if (!hart.isa.has(Ext::kF)) return;
    xml += "<feature name=\"org.gnu.gdb.riscv.fpu\">\n";
    const bool is_double = hart.isa.has(Ext::kD);
    if (is_double)
        xml +=
            "<union id=\"riscv_double\"><field name=\"float\" type=\"ieee_single\"/>"
            "<field name=\"double\" type=\"ieee_double\"/></union>\n";
    for (unsigned i = 0; i < 32; ++i)
        add_register(xml, riscv::kFNames[i], is_double ? 64 : 32, kFirstFloatNumber + i,
                     is_double ? " type=\"riscv_double\"" : " type=\"ieee_single\"");
    for (u32 csr = 1; csr <= 3; ++csr)
        add_register(xml, riscv::csr_name(csr), 32, kFirstCsrNumber + csr,
                     " type=\"int\" group=\"float\"");
    xml += "</feature>\n";
}

void add_csrs(std::string& xml, Hart& hart) {
    xml += "<feature name=\"org.gnu.gdb.riscv.csr\">\n";
    for (u32 csr = 0; csr < 0x1000; ++csr)
        if (!is_float_csr(csr) && has_csr(hart, csr))
            add_register(xml, riscv::csr_name(csr), hart.isa.xlen, kFirstCsrNumber + csr,
                         " type=\"int\" group=\"csr\"");
    xml += "</feature>\n<feature name=\"org.gnu.gdb.riscv.virtual\">\n";
    add_register(xml, "priv", hart.isa.xlen, kPrivNumber, "");
    xml += "</feature>\n";
}

}  // namespace

unsigned register_size(Hart& hart, u64 number) {
    const unsigned xlen = hart.isa.xlen / 8;
    if (number < kFirstFloatNumber || number == kPrivNumber) return xlen;
    if (number < kFirstCsrNumber) {
        if (!hart.isa.has(Ext::kF)) return 0;
        return hart.isa.has(Ext::kD) ? 8 : 4;
    }
    if (number > kPrivNumber) return 0;
    const u64 csr = number - kFirstCsrNumber;
    if (!has_csr(hart, csr)) return 0;
    return is_float_csr(csr) ? 4 : xlen;
}

std::optional<u64> read_register(Hart& hart, u64 number) {
    if (register_size(hart, number) == 0) return std::nullopt;
    if (number < kPcNumber) return hart.x(static_cast<unsigned>(number));
    if (number == kPcNumber) return hart.pc;
    if (number == kPrivNumber) return static_cast<u64>(hart.priv);
    if (number < kFirstCsrNumber) return hart.regs[riscv::kFirstF + number - kFirstFloatNumber];
    u64 value = 0;
    riscv::peek_csr(hart, static_cast<u32>(number - kFirstCsrNumber), value);
    return value;
}

bool write_register(Hart& hart, u64 number, u64 value) {
    if (register_size(hart, number) == 0) return false;
    if (number < kPcNumber) {
        hart.set_x(static_cast<unsigned>(number), hart.xlen_value(value));
    } else if (number == kPcNumber) {
        write_pc(hart, value);
    } else if (number == kPrivNumber) {
        return write_priv(hart, value);
    } else if (number < kFirstCsrNumber) {
        write_float(hart, static_cast<unsigned>(number - kFirstFloatNumber), value);
    } else {
        return riscv::poke_csr(hart, static_cast<u32>(number - kFirstCsrNumber), value);
    }
    return true;
}

std::string describe_target(Hart& hart) {
    std::string xml =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n";
    fmt::format_to(std::back_inserter(xml), "<architecture>riscv:rv{}</architecture>\n",
                   hart.isa.xlen);
    add_general(xml, hart);
    add_floats(xml, hart);
    add_csrs(xml, hart);
    return xml + "</target>\n";
}

}  // namespace kiln::debug
