// Who holds translations, and is told when they no longer hold.
#pragma once

#include "support/int.h"

namespace kiln {

// Owns a table of TLB entries that hold host addresses of RAM.
class TlbOwner {
  public:
    // The page at host address `host_page` has its first guarded granule: store entries for it must
    // not hit without asking the granule map.
    virtual void guard_page(u64 host_page) noexcept = 0;
    // Store entries must be made anew.
    virtual void drop_stores() noexcept = 0;
    // The page table's entry for guest-virtual `page` was written; `fetched`: instructions were
    // fetched through it.
    virtual void drop_page(u64 page, bool fetched) noexcept = 0;
    // The same of an entry for more than a page.
    virtual void drop_all() noexcept = 0;
    // What is mapped on the host (UserWindows) must go, for others to have room.
    virtual void drop_windows() noexcept {}

  protected:
    ~TlbOwner() = default;
};

}  // namespace kiln
