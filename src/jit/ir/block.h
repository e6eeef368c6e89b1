// A block: straight-line code of one or more guest instructions in SSA form, its side exits, and
// its terminal. It holds no guest address: pc is the entry's pc plus a constant.
#pragma once

#include <vector>

#include "jit/ir/terminal.h"

namespace kiln::ir {

// Where a guest instruction begins.
struct GuestPoint {
    u32 pc;     // offset from the entry's pc
    u32 begun;  // instructions of the block in front of it
    bool operator==(const GuestPoint&) const = default;
};

// A piece of guest state that an exit has to write before it leaves.
struct LiveState {
    u32 offset;  // StateOffset
    ValueId value;
    bool operator==(const LiveState&) const = default;
};

// A run of Block::live.
struct LiveRange {
    u32 first = 0;
    u32 count = 0;
    bool operator==(const LiveRange&) const = default;
};

// What the side exits of an instruction write back.
// fault: taken before the operation did anything; state, pc and count are those in front of its
// guest instruction, which has begun. (exit_if is the one that gives another pc.)
// stop: the operation asked the run to end (CpuState::exit_request); taken when its guest
// instruction is done, so its values may be made behind the operation, and pc is that of the next
// instruction. Where the terminal belongs to the same instruction, it is run and then returns to
// the engine. A backend may as well leave through the fault exit before it has done the operation,
// without a trap, and have the interpreter run that one instruction.
struct SideExits {
    LiveRange fault;
    LiveRange stop;
    bool operator==(const SideExits&) const = default;
};

struct Block {
    Type address = Type::kI64;  // of guest addresses and pc
    u32 end = 0;                // offset of the pc behind the last instruction
    u32 count = 0;              // guest instructions
    std::vector<Inst> insts;
    std::vector<GuestPoint> points;
    std::vector<SideExits> exits;
    std::vector<LiveState> live;
    std::vector<const Helper*> helpers;
    Terminal terminal = Jump{0};

    bool operator==(const Block&) const = default;

    // Whether a point is the last guest instruction's.
    bool is_last(u16 point) const { return point + 1u == points.size(); }
    // pc behind a guest instruction, and instructions begun when it is done or has faulted.
    u32 pc_behind(u16 point) const { return is_last(point) ? end : points[point + 1u].pc; }
    u32 begun_with(u16 point) const { return is_last(point) ? count : points[point + 1u].begun; }
    // The live state of an instruction's exits, empty ones where it has none.
    SideExits exits_of(const Inst& inst) const {
        return inst.exits == kNoExits ? SideExits{} : exits[inst.exits];
    }
    // The index of a helper, which is added if it is not there.
    u32 helper_index(const Helper& helper);
};

}  // namespace kiln::ir
