// Who is told of native code in a run, as the configuration asks for.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "jit/observe/code_listeners.h"
#include "machine/config.h"

namespace kiln {

class Observers {
  public:
    // Makes the files that are written meanwhile. Throws UsageError where the backend makes no
    // native code, InputError where a file cannot be made.
    explicit Observers(const MachineConfig& config);

    // Adds another one, which must outlive this.
    void add(CodeListener& listener) { all_.add(listener); }
    // All together; nullptr where there is none. The same until one is added.
    CodeListener* listener() { return all_.empty() ? nullptr : &all_; }

  private:
    void own(std::unique_ptr<CodeListener> listener);

    std::vector<std::unique_ptr<CodeListener>> owned_;
    CodeListeners all_;
};

// Throws UsageError, in the name of `option`, where the backend makes no native code.
void require_native_code(const MachineConfig& config, std::string_view option);

}  // namespace kiln
