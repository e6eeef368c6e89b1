// Keeps what is shown of native code: guest code, IR and host code of the blocks that have some.
#pragma once

#include <functional>
#include <unordered_map>

#include "cli/host_sampler.h"
#include "jit/code_listener.h"

namespace kiln {

// A block, or a region, as it was compiled.
struct CodeRecord {
    std::string name;
    u64 pc;
    u64 physical;
    u64 mode;
    size_t blocks;
    unsigned instructions;
    u64 guest_bytes;
    std::string guest;  // a line for each instruction
    std::string ir;     // of the blocks, with the address in front of all but the first
    std::vector<std::byte> host;
    u64 host_address;
};

class CodeRecorder final : public CodeListener {
  public:
    // Whether code is kept.
    using Wanted = std::function<bool(const NativeCode&)>;

    explicit CodeRecorder(Wanted wanted) : wanted_(std::move(wanted)) {}

    void on_space(std::span<const std::byte> memory) override;
    void on_code(const NativeCode& code) override;
    void on_gone(const std::byte* host) noexcept override { records_.erase(host); }

    // Those that have not gone, by pc.
    std::vector<const CodeRecord*> records() const;
    // How often the processor was found in each of them.
    HostSampler& sampler() { return sampler_; }

  private:
    Wanted wanted_;
    HostSampler sampler_;
    std::unordered_map<const std::byte*, CodeRecord> records_;
};

}  // namespace kiln
