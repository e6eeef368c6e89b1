// The backend that emits x86-64 code directly: fast to compile.
#pragma once

#include <memory>

#include "jit/asmjit_backend/host.h"
#include "jit/backend.h"

namespace kiln {

// Code goes to `space`, which outlives the backend; `layout` is the guest's.
std::unique_ptr<Backend> make_asmjit_backend(native::CodeSpace& space,
                                             const native::Layout& layout);
// The same for a processor that can do less than this one.
std::unique_ptr<Backend> make_asmjit_backend_for(const asmjit_backend::Host& host,
                                                 native::CodeSpace& space,
                                                 const native::Layout& layout);

}  // namespace kiln
