// Names of native code for `perf report`: the file /tmp/perf-PID.map, a line for each block.
//
// The file knows no time: where code takes the place of other code both are in it.
#pragma once

#include "jit/code_listener.h"
#include "jit/observe/output_file.h"

namespace kiln {

class PerfMap final : public CodeListener {
  public:
    // perf looks for the map of the process `pid` in /tmp.
    explicit PerfMap(int pid, const std::string& folder = "/tmp");

    void on_code(const NativeCode& code) override;

  private:
    OutputFile file_;
};

}  // namespace kiln
