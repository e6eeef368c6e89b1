#include <algorithm>
#include <string>
#include <unordered_map>

#include "jit/ir/line_reader.h"
#include "jit/ir/names.h"

namespace kiln::ir {
namespace {

constexpr size_t kMostInsts = 1u << 20;
constexpr size_t kMostPoints = 1u << 16;

class Parser {
  public:
    Parser(std::span<const Helper* const> helpers, unsigned first_line)
        : helpers_(helpers), number_(first_line) {}

    Block parse(std::string_view text) {
        while (!text.empty()) {
            const size_t end = std::min(text.find('\n'), text.size());
            LineReader line(text.substr(0, end), number_);
            if (!line.at_end()) {
                read(line);
                line.expect_end();
            }
            text.remove_prefix(std::min(end + 1, text.size()));
            ++number_;
        }
        if (state_ != State::kDone) LineReader("", number_).fail("the block has no terminal");
        resolve_live();
        return std::move(block_);
    }

  private:
    enum class State { kHeader, kBody, kTerminal, kDone };
    // The name of a live value, which may be made behind the exit that writes it.
    struct LateName {
        size_t live;
        std::string name;
        unsigned line;
    };

    void read(LineReader& line) {
        switch (state_) {
            case State::kHeader:
                return header(line);
            case State::kBody:
                return body(line);
            case State::kTerminal:
                block_.terminal = terminal(line);
                state_ = State::kDone;
                return;
            case State::kDone:
                line.fail("nothing may follow the terminal");
        }
    }

    void header(LineReader& line) {
        line.expect("block");
        block_.address = type(line);
        state_ = State::kBody;
    }
    void body(LineReader& line) {
        if (line.accept("at")) return point(line);
        if (line.accept("end")) return end(line);
        if (block_.points.empty()) line.fail("an instruction stands in front of the first 'at'");
        inst(line);
    }
    void point(LineReader& line) {
        if (block_.points.size() == kMostPoints) line.fail("too many guest instructions");
        const u32 pc = small(line);
        line.expect(",");
        block_.points.push_back({pc, small(line)});
    }
    void end(LineReader& line) {
        block_.end = small(line);
        line.expect(",");
        block_.count = small(line);
        state_ = State::kTerminal;
    }

    void inst(LineReader& line) {
        if (block_.insts.size() == kMostInsts) line.fail("too many instructions");
        Inst i{};
        i.point = static_cast<u16>(block_.points.size() - 1);
        std::string name;
        if (line.peek().starts_with('%')) {
            name = line.word();
            line.expect(":");
            i.type = type(line);
            line.expect("=");
        }
        i.opcode = opcode(line);
        const OpcodeInfo& info = info_of(i.opcode);
        if (info.has_result() == name.empty())
            line.fail(fmt::format("{} has {} result", info.name, name.empty() ? "a" : "no"));
        for (u8 n = 0; n < info.arity; ++n) {
            if (n != 0) line.expect(",");
            i.operands[n] = value(line);
        }
        if (info.immediate != Imm::kNone) {
            if (info.arity != 0) line.expect(",");
            i.imm = immediate(line, info.immediate, i.type);
        }
        if (has_exits(i.opcode)) i.exits = exits(line);
        const auto id = static_cast<ValueId>(block_.insts.size());
        if (!name.empty() && !values_.try_emplace(name, id).second)
            line.fail(fmt::format("{} is made twice", name));
        block_.insts.push_back(i);
    }

    u64 immediate(LineReader& line, Imm kind, Type type) {
        switch (kind) {
            case Imm::kValue:
                return line.number() & mask_of(type);
            case Imm::kState:
                return state_offset(line);
            case Imm::kRounding:
                return line.choice(kRoundingNames, "rounding mode");
            case Imm::kProbe: {
                const auto access = static_cast<Access>(line.choice(kAccessNames, "access"));
                return pack_probe(small(line), access);
            }
            case Imm::kOrder:
                return line.choice(kOrderNames, "order");
            case Imm::kAtomic: {
                const auto op =
                    static_cast<AtomicOp>(line.choice(kAtomicNames, "atomic operation"));
                return pack_atomic(op, static_cast<Order>(line.choice(kOrderNames, "order")));
            }
            case Imm::kFence:
                return fence(line);
            case Imm::kHelper:
                return helper(line);
            default:
                return line.number();
        }
    }
    static u64 fence(LineReader& line) {
        if (line.accept("none")) return 0;
        u64 bits = 0;
        while (!line.at_end()) bits |= u64{1} << line.choice(kFenceNames, "order of a fence");
        return bits;
    }
    static u32 state_offset(LineReader& line) {
        line.expect("[");
        const u32 offset = small(line);
        line.expect("]");
        return offset;
    }

    u32 exits(LineReader& line) {
        if (line.at_end()) return kNoExits;
        SideExits exits;
        if (line.accept("fault")) exits.fault = live(line);
        if (line.accept("stop")) exits.stop = live(line);
        block_.exits.push_back(exits);
        return static_cast<u32>(block_.exits.size() - 1);
    }
    LiveRange live(LineReader& line) {
        const auto first = static_cast<u32>(block_.live.size());
        line.expect("{");
        do {
            const u32 offset = state_offset(line);
            line.expect("=");
            late_names_.push_back({block_.live.size(), std::string(line.word()), number_});
            block_.live.push_back({offset, kNoValue});
        } while (line.accept(","));
        line.expect("}");
        return {first, static_cast<u32>(block_.live.size()) - first};
    }
    void resolve_live() {
        for (const LateName& late : late_names_) {
            const auto found = values_.find(late.name);
            if (found == values_.end())
                LineReader("", late.line).fail(fmt::format("'{}' is no value", late.name));
            block_.live[late.live].value = found->second;
        }
    }

    Terminal terminal(LineReader& line) {
        const std::string_view name = line.word();
        if (name == "jump") {
            const i64 offset = static_cast<i64>(line.number());
            return Jump{offset, hint(line)};
        }
        if (name == "branch") {
            const ValueId condition = next_value(line);
            const i64 taken = static_cast<i64>(line.number());
            line.expect(",");
            return Branch{condition, taken, static_cast<i64>(line.number())};
        }
        if (name == "jump_to") {
            const ValueId target = value(line);
            return IndirectJump{target, hint(line)};
        }
        if (name == "trap") {
            const u64 cause = line.number();
            line.expect(",");
            return Trap{cause, value(line)};
        }
        if (name == "exit") {
            const u32 index = helper(line);
            line.expect(",");
            const ValueId a = next_value(line);
            const ValueId b = next_value(line);
            return HelperExit{index, {a, b, value(line)}};
        }
        line.fail(fmt::format("'{}' is no terminal", name));
    }
    static JumpHint hint(LineReader& line) {
        if (!line.accept(",")) return JumpHint::kNone;
        return static_cast<JumpHint>(line.choice(kHintNames, "hint"));
    }

    static Type type(LineReader& line) {
        const std::string_view name = line.word();
        for (size_t i = 1; i < static_cast<size_t>(Type::kCount); ++i)
            if (kTypes[i].name == name) return static_cast<Type>(i);
        line.fail(fmt::format("'{}' is no type", name));
    }
    static Opcode opcode(LineReader& line) {
        static const auto opcodes = [] {
            std::unordered_map<std::string_view, Opcode> map;
            for (size_t i = 0; i < kOpcodeCount; ++i)
                map[kOpcodes[i].name] = static_cast<Opcode>(i);
            return map;
        }();
        const std::string_view name = line.word();
        const auto found = opcodes.find(name);
        if (found == opcodes.end()) line.fail(fmt::format("'{}' is no operation", name));
        return found->second;
    }
    ValueId value(LineReader& line) {
        const std::string name(line.word());
        const auto found = values_.find(name);
        if (found == values_.end()) line.fail(fmt::format("'{}' is no value", name));
        return found->second;
    }
    ValueId next_value(LineReader& line) {
        const ValueId id = value(line);
        line.expect(",");
        return id;
    }
    u32 helper(LineReader& line) {
        const std::string_view name = line.word();
        for (const Helper* helper : helpers_)
            if (name.starts_with('@') && helper->name == name.substr(1))
                return block_.helper_index(*helper);
        line.fail(fmt::format("'{}' is no helper", name));
    }
    static u32 small(LineReader& line) {
        const u64 value = line.number();
        if (value > 0xffffffff) line.fail("a number is too large");
        return static_cast<u32>(value);
    }

    std::span<const Helper* const> helpers_;
    unsigned number_;
    State state_ = State::kHeader;
    Block block_;
    std::unordered_map<std::string, ValueId> values_;
    std::vector<LateName> late_names_;
};

}  // namespace

Block parse(std::string_view text, std::span<const Helper* const> helpers, unsigned first_line) {
    return Parser(helpers, first_line).parse(text);
}

}  // namespace kiln::ir
