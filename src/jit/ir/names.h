// Names of the choices that immediates encode, in the order of their enumerations.
#pragma once

#include <array>
#include <string_view>

namespace kiln::ir {

inline constexpr std::array<std::string_view, 5> kRoundingNames = {"rne", "rtz", "rdn", "rup",
                                                                   "rmm"};
inline constexpr std::array<std::string_view, 4> kOrderNames = {"relaxed", "release", "acquire",
                                                                "acquire_release"};
inline constexpr std::array<std::string_view, 9> kAtomicNames = {"swap", "add", "xor",  "and", "or",
                                                                 "min",  "max", "minu", "maxu"};
inline constexpr std::array<std::string_view, 3> kAccessNames = {"load", "store", "fetch"};
// Bits of a fence: earlier (l)oads or (s)tores against later ones.
inline constexpr std::array<std::string_view, 4> kFenceNames = {"ll", "ls", "sl", "ss"};
inline constexpr std::array<std::string_view, 4> kHintNames = {"", "call", "return",
                                                               "return_and_call"};

}  // namespace kiln::ir
