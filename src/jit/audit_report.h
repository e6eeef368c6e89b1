// What --audit says when native code and the interpreter differ.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "support/int.h"

namespace kiln {

// Something that has a value before native code ran, and one behind it on either engine.
struct AuditedValue {
    std::string name;
    u64 before;
    u64 interpreted;
    u64 compiled;
};

struct AuditedCode {
    unsigned hart;
    u64 pc;
    u64 physical;
    u64 mode;
    bool region;                       // else it is a block
    std::string guest;                 // assembly of the blocks that ran, a line an instruction
    std::string ir;                    // of these blocks
    std::vector<std::byte> host;       // code
    u64 host_address;                  // where it ran
    std::vector<AuditedValue> values;  // all registers, and the memory that differs
};

// The text; it ends with a newline.
std::string format_audit(const AuditedCode& code);

// Ends the run: Kiln is at fault. what() is one line.
class AuditFailure : public std::runtime_error {
  public:
    explicit AuditFailure(const AuditedCode& code);
    // The code and both states; lines, each with a newline.
    const std::string& report() const { return report_; }

  private:
    std::string report_;
};

}  // namespace kiln
