// The table's last column as code: Semantics<id>::apply(view, operands).
#pragma once

#include "cpu/riscv/insn.h"
#include "cpu/riscv/sem_bits.h"
#include "cpu/riscv/sem_float.h"
#include "cpu/riscv/sem_int.h"
#include "cpu/riscv/sem_mem.h"
#include "cpu/riscv/sem_system.h"

namespace kiln::riscv {

using sem::kIalign32;

template <InsnId kId>
struct Semantics;

#define INSN(id, mnemonic, picture, form, xlen, ext, attrs, ...)            \
    template <>                                                             \
    struct Semantics<InsnId::id> {                                          \
        static constexpr Width kWidth = Width::xlen;                        \
        template <class M>                                                  \
        [[gnu::always_inline]] static void apply(M& m, const Operands& o) { \
            sem::__VA_ARGS__(m, o);                                         \
        }                                                                   \
    };
#include "cpu/riscv/insns.inc"
#undef INSN

// Whether a row exists for registers of type X.
template <InsnId kId, class X>
inline constexpr bool kExists = Semantics<kId>::kWidth == Width::kBoth ||
                                (Semantics<kId>::kWidth == Width::kRv32) == (sizeof(X) == 4);

}  // namespace kiln::riscv
