// Accesses of a block that are checked together: those off the same base.
//
// Where accesses are direct, the first asks whether all of them lie in the window. Where they do
// not, the block is left in front of it, so that the others need not ask. Elsewhere the first asks
// whether all of them lie in a page that the TLB knows.
#pragma once

#include <memory_resource>
#include <vector>

#include "jit/ir/block.h"

namespace kiln::ir {

// What may be checked together.
struct Grouping {
    i64 span;      // from where a group's lowest access begins to where its highest does, at most
    bool by_kind;  // loads and stores apart
};
inline constexpr Grouping kInWindow{.span = 2048, .by_kind = false};
// The further apart, the more often they are in two pages.
inline constexpr Grouping kInPage{.span = 248, .by_kind = true};

class AccessGroups {
  public:
    enum class Role : u8 { kAlone, kLeads, kFollows };
    struct Member {
        Role role = Role::kAlone;
        // Of the whole group, from the base: where its lowest and its highest access begin.
        i32 lowest = 0;
        i32 highest = 0;
        u32 leader = 0;  // index of the group's first access
    };

    // No groups: each access asks for itself. `memory` outlives it.
    explicit AccessGroups(std::pmr::memory_resource& memory) : members_(&memory) {}
    AccessGroups(const Block& block, const Grouping& grouping, std::pmr::memory_resource& memory);

    // Of the load or store at `index`.
    Member operator[](u32 index) const { return members_.empty() ? Member{} : members_[index]; }

  private:
    std::pmr::vector<Member> members_;
};

}  // namespace kiln::ir
