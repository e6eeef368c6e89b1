// Who wants to know of native code: profilers, debuggers, listings.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "jit/ir/block.h"

namespace kiln {

// An instruction of the guest as text.
struct GuestLine {
    u64 pc;
    std::span<const std::byte> bytes;
    std::string text;
};

// A block that was compiled together with another one.
struct CodePart {
    u64 pc;
    u64 physical;
    u64 bytes;  // of guest code
    ir::Block ir;
};

// A block that got native code, or the block that a region was formed around with those beside it.
// What this refers to lives for the call that tells of it.
struct NativeCode {
    std::string name;  // kiln:rv64:80000010, by pc
    u64 pc;            // virtual, under the mapping that held when the code was made
    u64 physical;
    u64 mode;                          // the guest's mode word
    unsigned instructions;             // of the guest, in all blocks
    std::span<const std::byte> guest;  // the block's bytes
    const ir::Block& ir;               // what was compiled: the passes have been over it
    std::span<const std::byte> host;   // the code, where it runs
    std::function<std::vector<GuestLine>()> disassemble;  // all blocks
    std::vector<CodePart> others = {};                    // that a region has, in its order
};

// Told by the thread that runs the guest, which waits meanwhile. What on_space, on_code and
// on_ready throw ends the run.
class CodeListener {
  public:
    CodeListener() = default;
    CodeListener(const CodeListener&) = delete;
    CodeListener& operator=(const CodeListener&) = delete;
    virtual ~CodeListener() = default;

    // Code will be made: that of blocks inside `memory`, that of regions elsewhere. All code told
    // of before is gone.
    virtual void on_space(std::span<const std::byte>) {}
    // Native code was made.
    virtual void on_code(const NativeCode& code) = 0;
    // Guest code is about to run with all that on_code told of since the last time.
    virtual void on_ready() {}
    // The code that begins at `host` is not entered any more, and other code may take its place.
    virtual void on_gone(const std::byte*) noexcept {}
};

}  // namespace kiln
