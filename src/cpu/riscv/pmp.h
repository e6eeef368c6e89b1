// Physical memory protection (privileged manual, "Physical Memory Protection").
#pragma once

#include <array>

#include "cpu/emitter.h"
#include "support/int.h"
#include "support/state_archive.h"

namespace kiln::riscv {

// Privilege modes, numbered as in mstatus.MPP.
enum class Priv : u8 { kUser = 0, kSupervisor = 1, kMachine = 3 };
constexpr char priv_letter(Priv priv) { return "US-M"[static_cast<unsigned>(priv)]; }

class Pmp {
  public:
    static constexpr unsigned kEntries = 16;

    // What the entries say about a whole range.
    enum class Verdict : u8 { kAllowed, kDenied, kMixed };

    // For [address, address + size), size at least 1. kMixed: bytes of the range differ.
    Verdict check(u64 address, u64 size, Access access, Priv priv) const;

    struct Range {
        u64 first = 0;
        u64 size = 0;
    };
    // The largest part of [address, address + size) where `priv` may load and store. (An access
    // that lies across two entries is refused, but one across two pages is asked for page by page:
    // so entries may meet between pages.)
    Range largest_open(u64 address, u64 size, Priv priv) const;

    // pmpcfg byte and pmpaddr register of an entry; writes obey the locks and WARL rules.
    u8 config(unsigned entry) const { return entries_[entry].config; }
    u64 address(unsigned entry) const { return entries_[entry].address; }
    void set_config(unsigned entry, u8 value);
    void set_address(unsigned entry, u64 value, unsigned xlen);

    // The entries, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

    void reset() { *this = Pmp(); }

  private:
    struct Entry {
        u8 config = 0;
        u64 address = 0;  // bits 2 and up of the physical address
        // The range, inclusive; empty where last < first.
        u64 first = 1;
        u64 last = 0;
    };

    void update_ranges();
    static bool permits(const Entry& entry, Access access, Priv priv);

    std::array<Entry, kEntries> entries_{};
    bool any_active_ = false;
};

}  // namespace kiln::riscv
