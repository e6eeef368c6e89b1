#include "ir/ir_file.h"

#include <fmt/format.h>
#include <fstream>

#include "ir/file_rig.h"
#include "jit/ir/line_reader.h"

namespace kiln::ir_test {
namespace {

using ir::LineReader;

class Reader {
  public:
    std::vector<IrCase> read(std::istream& stream) {
        for (std::string line; std::getline(stream, line);) {
            ++number_;
            LineReader words(line, number_);
            if (words.accept("case")) {
                begin_case(words);
            } else if (words.accept("run")) {
                take_block();
                cases_.back().runs.push_back(run(words));
            } else {
                if (cases_.empty() && !words.at_end()) words.fail("expected 'case'");
                text_ += line + '\n';
            }
        }
        check_last();
        return std::move(cases_);
    }

  private:
    void begin_case(LineReader& words) {
        check_last();
        cases_.emplace_back().name = words.word();
        words.expect_end();
        text_.clear();
        first_line_ = number_ + 1;
    }
    // A case without runs would pass unseen.
    void check_last() const {
        if (!cases_.empty() && cases_.back().runs.empty())
            LineReader("", number_).fail(cases_.back().name + " has no run");
    }
    void take_block() {
        if (cases_.empty() || !cases_.back().runs.empty()) return;
        cases_.back().block = ir::parse(text_, helpers(), first_line_);
    }

    Run run(LineReader& words) const {
        if (cases_.empty()) words.fail("a run without a case");
        Run run;
        run.line = number_;
        while (words.peek() != "=")
            run.before.push_back(assignment(words, type_of(words.word(), words)));
        words.expect("=");
        words.expect(">");
        bool has_pc = false;
        while (!words.at_end()) {
            const std::string_view word = words.word();
            if (word == "stop") {
                run.stop = true;
            } else if (word == "pc") {
                run.pc = static_cast<i64>(value(words));
                has_pc = true;
            } else if (word == "count") {
                run.count = static_cast<u32>(value(words));
            } else if (word == "fflags") {
                run.fflags = static_cast<u32>(value(words));
            } else if (word == "trap") {
                run.trap = value(words);
            } else if (word == "tval") {
                run.trap_value = value(words);
            } else {
                run.after.push_back(assignment(words, type_of(word, words)));
            }
        }
        if (!has_pc) words.fail("a run says where pc is");
        return run;
    }

    static u64 value(LineReader& words) {
        words.expect("=");
        return words.number();
    }
    static ir::Type type_of(std::string_view name, const LineReader& words) {
        for (size_t i = 0; i < static_cast<size_t>(ir::Type::kCount); ++i)
            if (ir::kTypes[i].name == name && ir::bytes_of(static_cast<ir::Type>(i)) != 0)
                return static_cast<ir::Type>(i);
        words.fail(fmt::format("'{}' is no type or outcome", name));
    }
    // [OFFSET]=VALUE or {ADDRESS}=VALUE.
    static Assignment assignment(LineReader& words, ir::Type type) {
        Assignment a{};
        a.bytes = ir::bytes_of(type);
        a.in_memory = words.peek() == "{";
        words.expect(a.in_memory ? "{" : "[");
        a.place = words.number();
        words.expect(a.in_memory ? "}" : "]");
        a.value = value(words) & ir::mask_of(type);
        return a;
    }

    std::vector<IrCase> cases_;
    std::string text_;
    unsigned first_line_ = 1;
    unsigned number_ = 0;
};

}  // namespace

std::vector<IrCase> read_ir_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw FileError(path + ": cannot be read");
    try {
        return Reader().read(file);
    } catch (const ir::ParseError& error) {
        throw FileError(fmt::format("{}: {}", path, error.what()));
    }
}

}  // namespace kiln::ir_test
