// How a block ends. Each terminal leaves with guest state written and all instructions of the block
// begun; the comments say what a backend may make of it.
#pragma once

#include <array>
#include <variant>

#include "cpu/emitter.h"
#include "jit/ir/inst.h"

namespace kiln::ir {

// Goes on at the entry's pc + `offset`, a constant. A lazy backend writes pc and returns to the
// engine. A better one aims an edge at the next block: inside the page for good, else while the
// hart's fetch_key holds. Also where a block simply ends (hint kNone). kCall: may push a return
// prediction for the pc behind the block (Block::end).
struct Jump {
    i64 offset;
    JumpHint hint = JumpHint::kNone;
    bool operator==(const Jump&) const = default;
};

// Goes on at one of two constants. Each edge is like a Jump's.
struct Branch {
    ValueId condition;
    i64 taken;  // offsets from the entry's pc
    i64 not_taken;
    bool operator==(const Branch&) const = default;
};

// Goes on at a computed address. A lazy backend writes pc and returns to the engine. A better one
// asks an inline cache or the hart's jump cache, whose entries carry fetch_key; kReturn: the return
// predictions first; kCall: pushes one, as Jump does.
struct IndirectJump {
    ValueId target;
    JumpHint hint = JumpHint::kNone;
    bool operator==(const IndirectJump&) const = default;
};

// Raises a trap at the block's last instruction: pc is that instruction's, the trap is pending, and
// the engine delivers it. Rare: nothing is gained by more than a return to the engine.
struct Trap {
    u64 cause;
    ValueId value;
    bool operator==(const Trap&) const = default;
};

// Calls a helper with pc at the block's last instruction and the count exact; the helper has
// written pc, or raised a trap. Always returns to the engine, since mode and mapping may have
// changed.
struct HelperExit {
    u32 helper;  // index in Block::helpers
    std::array<ValueId, 3> arguments;
    bool operator==(const HelperExit&) const = default;
};

using Terminal = std::variant<Jump, Branch, IndirectJump, Trap, HelperExit>;

// Calls f(ValueId&) for each value that a terminal reads.
template <class T, class F>
void for_each_value(T& terminal, F f) {
    std::visit(
        [&](auto& t) {
            if constexpr (requires { t.condition; }) f(t.condition);
            if constexpr (requires { t.target; }) f(t.target);
            if constexpr (requires { t.value; }) f(t.value);
            if constexpr (requires { t.arguments; })
                for (auto& argument : t.arguments) f(argument);
        },
        terminal);
}

// Calls f(i64 offset) for each place that a terminal leads to by itself.
template <class F>
void for_each_target(const Terminal& terminal, F f) {
    if (const auto* jump = std::get_if<Jump>(&terminal)) f(jump->offset);
    if (const auto* branch = std::get_if<Branch>(&terminal)) {
        f(branch->taken);
        f(branch->not_taken);
    }
}

}  // namespace kiln::ir
