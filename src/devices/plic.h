// RISC-V platform-level interrupt controller (PLIC specification 1.0.0) with the register layout
// of SiFive's, as the `virt` machine has it: 95 sources, priorities 0 to 7.
//
// Each source has a level-triggered gateway: a high line makes one request, which stays pending
// even if the line falls; the next request is made when the line is still high at completion.
#pragma once

#include <array>
#include <vector>

#include "devices/bus.h"
#include "support/state_archive.h"

namespace kiln {

class Plic final : public Device, public IrqSink {
  public:
    static constexpr unsigned kSources = 96;  // Source 0 does not exist.

    // One output for each context, in the order of the device tree's interrupts-extended.
    explicit Plic(const std::vector<IrqLine>& contexts);

    // Registers are 4 bytes wide; another size is refused, reserved offsets read as zero.
    std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept override;
    bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

    // The level of a source, 1 to 95; another number is ignored.
    void set_irq(unsigned source, bool level) noexcept override;

    // The device's state, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

  private:
    static constexpr unsigned kWords = kSources / 32;
    // One bit for each source.
    class Bits {
      public:
        bool test(unsigned i) const { return (words[i / 32] >> i % 32 & 1) != 0; }
        void set(unsigned i, bool on) {
            const uint32_t bit = uint32_t{1} << i % 32;
            words[i / 32] = on ? words[i / 32] | bit : words[i / 32] & ~bit;
        }
        std::array<uint32_t, kWords> words{};
    };
    struct Context {
        IrqLine output;
        Bits enabled;
        uint32_t threshold = 0;
        bool level = false;
    };

    unsigned best(const Context& context) const noexcept;
    uint32_t claim(Context& context) noexcept;
    void complete(Context& context, uint32_t source) noexcept;
    void request(unsigned source) noexcept;
    void update() noexcept;
    uint32_t read_register(uint64_t offset) noexcept;
    void write_register(uint64_t offset, uint32_t value) noexcept;

    std::vector<Context> contexts_;
    std::array<uint8_t, kSources> priority_{};
    Bits level_;
    Bits pending_;
    Bits claimed_;
};

}  // namespace kiln
