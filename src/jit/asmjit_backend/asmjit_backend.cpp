#include "jit/asmjit_backend/asmjit_backend.h"

#include <cstring>

#include "jit/asmjit_backend/lowering.h"

namespace kiln {
namespace asmjit_backend {
namespace {

// An error of the assembler is one of ours: an operand that an instruction does not take.
class Thrower final : public asmjit::ErrorHandler {
  public:
    void handleError(asmjit::Error, const char*, asmjit::BaseEmitter*) override {
        throw Unsupported();
    }
};

class AsmjitBackend final : public Backend {
  public:
    AsmjitBackend(const Host& host, native::CodeSpace& space, const native::Layout& layout)
        : host_(host), space_(space), slots_(layout) {}

    std::string_view name() const override { return "asmjit"; }

    native::Block* compile(const ir::Block& block, const CompileSite& site) override {
        const native::Room room = space_.room();
        memory_.release();
        code_.reset();
        code_.init(asmjit::Environment::host(), room.run);
        code_.setErrorHandler(&thrower_);
        try {
            native::Block& target = space_.new_block(Lowering::edge_count(block));
            Lowering lowering(code_, block, site, host_, slots_, space_, memory_);
            lowering.run(target);
            // One section, at an address that was known: every reference is in place.
            const asmjit::CodeBuffer& buffer = code_.textSection()->buffer();
            if (code_.hasUnresolvedLinks() || code_.hasRelocEntries()) return nullptr;
            if (buffer.size() > room.size) return nullptr;
            std::memcpy(room.write, buffer.data(), buffer.size());
            lowering.finish(target, room.run);
            space_.publish(target, buffer.size());
            return &target;
        } catch (const Unsupported&) {
            return nullptr;
        } catch (const OutOfFrame&) {
            return nullptr;
        }
    }

  private:
    // What most blocks need while they are compiled.
    static constexpr size_t kUsualMemory = 64 << 10;

    const Host host_;
    native::CodeSpace& space_;
    PinnedSlots slots_;
    asmjit::CodeHolder code_;
    std::unique_ptr<std::byte[]> buffer_ = std::make_unique<std::byte[]>(kUsualMemory);
    std::pmr::monotonic_buffer_resource memory_{buffer_.get(), kUsualMemory};
    Thrower thrower_;
};

}  // namespace
}  // namespace asmjit_backend

std::unique_ptr<Backend> make_asmjit_backend_for(const asmjit_backend::Host& host,
                                                 native::CodeSpace& space,
                                                 const native::Layout& layout) {
    return std::make_unique<asmjit_backend::AsmjitBackend>(host, space, layout);
}

std::unique_ptr<Backend> make_asmjit_backend(native::CodeSpace& space,
                                             const native::Layout& layout) {
    return make_asmjit_backend_for(asmjit_backend::this_host(), space, layout);
}

}  // namespace kiln
