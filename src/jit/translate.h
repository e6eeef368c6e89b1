// Guest code to IR: decode, and run the semantic templates with the building policy.
#pragma once

#include <utility>

#include "jit/decode_block.h"
#include "jit/ir/builder.h"

namespace kiln {

namespace detail {

template <class G>
using BuilderView = typename G::template View<ir::Builder>;

// Builds one row of the guest's table; nullptr where the guest does not have it.
template <class G>
using BuildRow = void (*)(BuilderView<G>& view, const typename G::Operands& operands);

template <class G, size_t kId>
constexpr BuildRow<G> build_row() {
    if constexpr (G::template exists<kId>) {
        return [](BuilderView<G>& view, const typename G::Operands& operands) {
            G::template apply<kId>(view, operands);
        };
    } else {
        return nullptr;
    }
}

template <class G>
inline constexpr auto kBuildRows = []<size_t... kIds>(std::index_sequence<kIds...>) {
    return std::array<BuildRow<G>, sizeof...(kIds)>{build_row<G, kIds>()...};
}
(std::make_index_sequence<G::kInsnCount>{});

}  // namespace detail

// The block that `decoded` is, as it stands: no pass has run.
template <Guest G>
ir::Block translate(const DecodedBlock<G>& decoded) {
    detail::BuilderView<G> view(ir::kTypeOf<typename G::Address>);
    for (unsigned i = 0; i < decoded.size; ++i) {
        const DecodedInsn<G>& insn = decoded.insns[i];
        view.begin_insn(decoded.offsets[i], insn.length);
        detail::kBuildRows<G>[insn.id](view, insn.operands);
    }
    return view.finish();
}

}  // namespace kiln
