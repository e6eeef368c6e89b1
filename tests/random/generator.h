// Makes random sequences from the instruction table.
//
// Unless it may loop, a sequence always ends: it jumps forward only, indirect jumps go through
// registers that still hold their initial value, and bit patterns that decode as jumps are left out
// of the random ones.
#pragma once

#include <optional>

#include "profile.h"
#include "rng.h"
#include "sequence.h"

namespace kiln::random_test {

struct GeneratorOptions {
    riscv::Isa isa;
    const Profile* profile = nullptr;
    std::optional<unsigned> rounding;  // the mode that most instructions use; none: any
    unsigned max_length = 16;
    bool loops = false;          // jumps go backward too, or anywhere: some sequences never end
    bool code_pointers = false;  // some loads and stores are aimed at the code
};

class Generator {
  public:
    Generator(const GeneratorOptions& options, u64 seed);

    Sequence next();

  private:
    // An instruction whose target is not known yet.
    struct Jump {
        size_t at;  // index in the code
        riscv::Operands operands;
        bool back;  // it closes a loop
    };

    void make_registers();
    void make_instruction();
    bool try_row(Group group);
    bool try_any_bits();
    void read_flags();
    void close_loop();
    bool append(riscv::InsnId id, const riscv::Operands& operands, u32 bits);
    riscv::Operands random_operands(const riscv::InsnInfo& info, Group group);
    void aim(const riscv::InsnInfo& info, riscv::Operands& operands);
    bool aim_jump(riscv::InsnId id, riscv::Operands& operands);
    size_t random_target(const Jump& jump);
    void resolve_jumps();
    Group random_group();
    u8 random_register();
    u8 random_register(riscv::Field field);
    i32 random_imm(const riscv::InsnInfo& info);
    u32 random_csr(Group group);
    unsigned random_rounding();
    unsigned random_frm();

    GeneratorOptions options_;
    Rng rng_;
    std::array<std::vector<riscv::InsnId>, kGroups> rows_;
    unsigned total_weight_ = 0;

    // Of the sequence that is being made.
    Sequence sequence_;
    std::array<u8, 8> favourites_{};  // registers used more often than others
    std::array<u8, 3> pointers_{};    // registers that point into the window; [1]: one of x8..x15
    u8 loop_counter_ = 0;    // register that only close_loop() counts down; 0: there is none
    u8 atomic_pointer_ = 0;  // register that points to an aligned place of the window
    Group favourite_float_ = Group::kSingle;  // of the format that most registers hold
    u32 written_ = 0;  // integer registers that no longer hold their initial value
    u32 claimed_ = 0;  // integer registers whose initial value has its use
    std::vector<Jump> jumps_;
};

}  // namespace kiln::random_test
