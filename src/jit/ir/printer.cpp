#include <fmt/format.h>
#include <iterator>

#include "jit/ir/names.h"
#include "jit/ir/text.h"

namespace kiln::ir {
namespace {

template <size_t kCount>
std::string_view name_in(const std::array<std::string_view, kCount>& names, u64 index) {
    return index < kCount ? names[index] : "?";
}

std::string number(u64 value) {
    return value < 0x10000 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

class Printer {
  public:
    explicit Printer(const Block& block) : block_(block) {}

    std::string print() {
        line("block {}", type_name(block_.address));
        size_t points = 0;
        auto begin_points = [&](size_t end) {
            for (; points < std::min(end, block_.points.size()); ++points)
                line("at {:+}, {}", i64{block_.points[points].pc}, block_.points[points].begun);
        };
        for (size_t i = 0; i < block_.insts.size(); ++i) {
            begin_points(block_.insts[i].point + size_t{1});
            inst(static_cast<ValueId>(i), block_.insts[i]);
        }
        begin_points(block_.points.size());
        line("end {:+}, {}", i64{block_.end}, block_.count);
        std::visit([&](const auto& t) { terminal(t); }, block_.terminal);
        return std::move(text_);
    }

  private:
    template <class... Args>
    void line(fmt::format_string<Args...> format, Args&&... args) {
        add(format, std::forward<Args>(args)...);
        text_ += '\n';
    }
    template <class... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    }

    static std::string value(ValueId id) {
        return id == kNoValue ? "%none" : fmt::format("%{}", id);
    }

    void inst(ValueId id, const Inst& i) {
        add("  ");
        if (i.type != Type::kNone) add("{}:{} = ", value(id), type_name(i.type));
        add("{}", info_of(i.opcode).name);
        const char* separator = " ";
        for (u8 n = 0; n < i.arity(); ++n) {
            add("{}{}", separator, value(i.operands[n]));
            separator = ", ";
        }
        if (info_of(i.opcode).immediate != Imm::kNone) add("{}{}", separator, immediate(i));
        if (i.exits != kNoExits && i.exits < block_.exits.size()) exits(block_.exits[i.exits]);
        text_ += '\n';
    }

    std::string immediate(const Inst& i) const {
        switch (info_of(i.opcode).immediate) {
            case Imm::kState:
                return fmt::format("[{}]", i.imm);
            case Imm::kOffset:
                return fmt::format("{:+}", static_cast<i64>(i.imm));
            case Imm::kRounding:
                return std::string(name_in(kRoundingNames, i.imm));
            case Imm::kProbe:
                return fmt::format("{} {}", name_in(kAccessNames, i.imm & 0xff), i.imm >> 8);
            case Imm::kOrder:
                return std::string(name_in(kOrderNames, i.imm));
            case Imm::kAtomic:
                return fmt::format("{} {}", name_in(kAtomicNames, i.imm >> 8),
                                   name_in(kOrderNames, i.imm & 0xff));
            case Imm::kFence:
                return fence(i.imm);
            case Imm::kHelper:
                return helper(i.imm);
            default:
                return number(i.imm);
        }
    }
    static std::string fence(u64 bits) {
        std::string text;
        for (size_t bit = 0; bit < kFenceNames.size(); ++bit) {
            if ((bits >> bit & 1) == 0) continue;
            if (!text.empty()) text += ' ';
            text += kFenceNames[bit];
        }
        return text.empty() ? "none" : text;
    }
    std::string helper(u64 index) const {
        return index < block_.helpers.size() ? fmt::format("@{}", block_.helpers[index]->name)
                                             : "@?";
    }

    void exits(const SideExits& exits) {
        live("fault", exits.fault);
        live("stop", exits.stop);
    }
    void live(const char* name, LiveRange range) {
        if (range.count == 0) return;
        add(" {} {{", name);
        const size_t end = std::min<size_t>(size_t{range.first} + range.count, block_.live.size());
        for (size_t i = range.first; i < end; ++i) {
            add("{}[{}] = {}", i == range.first ? "" : ", ", block_.live[i].offset,
                value(block_.live[i].value));
        }
        add("}}");
    }

    static std::string hint(JumpHint hint) {
        return hint == JumpHint::kNone
                   ? ""
                   : fmt::format(", {}", name_in(kHintNames, static_cast<u64>(hint)));
    }
    void terminal(const Jump& t) { line("  jump {:+}{}", t.offset, hint(t.hint)); }
    void terminal(const Branch& t) {
        line("  branch {}, {:+}, {:+}", value(t.condition), t.taken, t.not_taken);
    }
    void terminal(const IndirectJump& t) { line("  jump_to {}{}", value(t.target), hint(t.hint)); }
    void terminal(const Trap& t) { line("  trap {}, {}", t.cause, value(t.value)); }
    void terminal(const HelperExit& t) {
        line("  exit {}, {}, {}, {}", helper(t.helper), value(t.arguments[0]),
             value(t.arguments[1]), value(t.arguments[2]));
    }

    const Block& block_;
    std::string text_;
};

}  // namespace

std::string print(const Block& block) { return Printer(block).print(); }

}  // namespace kiln::ir
