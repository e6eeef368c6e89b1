// Native code for `perf inject --jit`: the file jit-PID.dump with names, bytes and times. The
// format is described in Linux, tools/perf/Documentation/jitdump-specification.txt.
#pragma once

#include "jit/code_listener.h"
#include "jit/observe/output_file.h"

namespace kiln {

class Jitdump final : public CodeListener {
  public:
    // Throws InputError when the file cannot be made or mapped.
    explicit Jitdump(int pid, const std::string& folder = ".");
    ~Jitdump() override;

    void on_code(const NativeCode& code) override;

  private:
    u32 pid_;
    OutputFile file_;
    void* mark_ = nullptr;  // a mapping of the file: by it perf learns that there is one
    size_t mark_bytes_;
    u64 made_ = 0;
};

}  // namespace kiln
