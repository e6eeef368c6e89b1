// Several listeners as one.
#pragma once

#include "jit/code_listener.h"

namespace kiln {

class CodeListeners final : public CodeListener {
  public:
    // `listener` must outlive this.
    void add(CodeListener& listener) { listeners_.push_back(&listener); }
    bool empty() const { return listeners_.empty(); }

    void on_space(std::span<const std::byte> memory) override {
        for (CodeListener* listener : listeners_) listener->on_space(memory);
    }
    void on_code(const NativeCode& code) override {
        for (CodeListener* listener : listeners_) listener->on_code(code);
    }
    void on_ready() override {
        for (CodeListener* listener : listeners_) listener->on_ready();
    }
    void on_gone(const std::byte* host) noexcept override {
        for (CodeListener* listener : listeners_) listener->on_gone(host);
    }

  private:
    std::vector<CodeListener*> listeners_;
};

}  // namespace kiln
