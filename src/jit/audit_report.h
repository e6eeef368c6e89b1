// What --audit says when native code and the interpreter differ.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "support/int.h"

namespace kiln {

// Something that has a value before a block, and one after it on either engine.
struct AuditedValue {
    std::string name;
    u64 before;
    u64 interpreted;
    u64 compiled;
};

struct AuditedBlock {
    unsigned hart;
    u64 pc;
    u64 physical;
    u64 mode;
    std::string guest;                 // assembly, a line for each instruction
    std::string ir;                    // that was compiled
    std::vector<std::byte> host;       // code
    u64 host_address;                  // where it ran
    std::vector<AuditedValue> values;  // all registers, and the memory that differs
};

// The text; it ends with a newline.
std::string format_audit(const AuditedBlock& block);

// Ends the run: Kiln is at fault. what() is one line.
class AuditFailure : public std::runtime_error {
  public:
    explicit AuditFailure(const AuditedBlock& block);
    // The block and both states; lines, each with a newline.
    const std::string& report() const { return report_; }

  private:
    std::string report_;
};

}  // namespace kiln
