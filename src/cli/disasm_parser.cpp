#include "cli/disasm_parser.h"

#include "cli/number.h"
#include "cli/option_value.h"

namespace kiln {

DisasmParser::DisasmParser(CLI::App& top)
    : app_(*top.add_subcommand("disasm", "Disassemble a guest program")) {
    add_file(app_, "IMAGE", request_.image, "ELF, Linux Image or flat binary");
    add_text(app_, "--isa", "ISA", "Guest ISA (everything, as wide as IMAGE)", request_.isa);
    add_load_address(app_, request_.load_address);
    add_value(app_, "--start", "A", "First address (default: all code)",
              [this](const std::string& text) { request_.start = parse_number("--start", text); });
    add_value(app_, "--count", "N", "Number of instructions", [this](const std::string& text) {
        request_.count = parse_number("--count", text, 1, UINT64_MAX);
    });
}

bool DisasmParser::chosen() const { return app_.parsed(); }

DisasmRequest DisasmParser::finish() {
    if (request_.image.empty()) throw UsageError("IMAGE: is empty");
    if (request_.start.value_or(0) % 2 != 0) {
        throw UsageError("--start: an instruction's address is even");
    }
    return std::move(request_);
}

}  // namespace kiln
