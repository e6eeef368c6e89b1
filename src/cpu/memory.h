// Guest-physical memory: RAM, its granule map, and the bus behind it.
//
// The granule map has one byte for each 64 bytes of RAM that says why a write there must go the
// slow way. Every writer asks it: harts through the TLB's guarded bit, devices through dma_write.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "cpu/ram_pages.h"
#include "cpu/tlb.h"
#include "cpu/tlb_owner.h"
#include "cpu/walked_entries.h"
#include "devices/bus.h"
#include "support/int.h"

namespace kiln {

class WriteJournal;

// Why a granule is guarded.
enum GranuleFlag : u8 {
    kGranuleCode = 1,   // translated code was made from it
    kGranuleWatch = 2,  // somebody wants to know of each write
    kGranuleClean = 4,  // its page was not written since changes are noted
    kGranuleTable = 8,  // translations were derived from it
    // The granule behind it is guarded: a write may reach over. Memory's own, it goes by itself.
    kGranuleNear = 0x80,
};

inline constexpr u64 kGranuleBits = 6;
inline constexpr u64 kGranuleSize = u64{1} << kGranuleBits;

// Is told of writes to guarded granules, after the bytes changed.
class WriteListener {
  public:
    virtual void guarded_write(u64 address, u64 size, u8 flags) noexcept = 0;

  protected:
    ~WriteListener() = default;
};

class Memory final : public DmaMemory {
  public:
    // Reserves `size` bytes (a multiple of the page size) of RAM at guest-physical `base`; the
    // host commits pages as they are touched. Throws UsageError when the host cannot map it.
    Memory(u64 base, u64 size, Bus& bus);

    u64 ram_base() const { return base_; }
    u64 ram_size() const { return size_; }
    Bus& bus() { return bus_; }

    // Whether [address, address + size) lies in RAM.
    bool in_ram(u64 address, u64 size) const noexcept {
        return address - base_ < size_ && size_ - (address - base_) >= size;
    }
    // Host address of a guest-physical RAM address; the caller has checked in_ram.
    std::byte* host(u64 address) const noexcept { return ram_ + (address - base_); }

    // Whether a byte in [address, address + size), which lies in RAM, is in a guarded granule.
    bool guarded(u64 address, u64 size) const noexcept { return flags_of(address, size) != 0; }
    // Guest-physical address of a host address of RAM.
    u64 address_of(u64 host_address) const noexcept {
        return host_address - reinterpret_cast<u64>(ram_) + base_;
    }
    // Guard byte of the granule at `address`; zero where a write that starts in it, of no more
    // bytes than a granule has, touches no guarded one.
    const u8* granule(u64 address) const noexcept {
        return granules_ + ((address - base_) >> kGranuleBits);
    }
    // The guard byte of the granule at RAM address `address` has the host address
    // host(0) + granule_displacement() + (address >> kGranuleBits), which is the same on every
    // host.
    i64 granule_displacement() const noexcept {
        return static_cast<i64>(base_ - granule_bytes(size_) - (base_ >> kGranuleBits));
    }
    // See NativeState.
    u64 granule_base() const noexcept {
        return reinterpret_cast<u64>(granules_) - (reinterpret_cast<u64>(ram_) >> kGranuleBits);
    }
    // Whether any granule of the page that holds RAM address `address` is guarded.
    bool page_guarded(u64 address) const noexcept;
    // Sets or clears a flag on the granules that [address, address + size) touches.
    void set_granules(u64 address, u64 size, u8 flag) noexcept;
    void clear_granules(u64 address, u64 size, u8 flag) noexcept;

    // Stores the low `size` bytes (1 to 8) of `value` to RAM, telling the listeners of guarded
    // granules. The caller has checked in_ram.
    void store_ram(u64 address, unsigned size, u64 value) noexcept;
    // A file is about to be put at [address, address + size), which lies in RAM: the host makes its
    // pages at once, large ones if it may, so that reading it misses the host's TLB less often.
    // (All of RAM would make a guest's first writes slower: a large page is cleared at once.)
    void expect_file(u64 address, u64 size) noexcept;
    // Pages, numbered from the start of RAM, outside of which RAM is zero.
    std::vector<u32> touched_pages() const;
    // Maps the host page at host address `page` of RAM at `place` too: see RamPages.
    bool map_again(u64 page, void* place, bool writable) const noexcept {
        return pages_.map_again(page, place, writable);
    }
    // Takes the pages of all harts out of their user windows.
    void drop_windows() const noexcept {
        for (TlbOwner* owner : tlb_owners_) owner->drop_windows();
    }
    // Tells the listeners that [address, address + size) was written, where guarded.
    void written(u64 address, u64 size) noexcept;

    void add_listener(WriteListener& listener) { listeners_.push_back(&listener); }
    void add_tlb_owner(TlbOwner& owner) { tlb_owners_.push_back(&owner); }

    // Pages (numbered from the start of RAM) that may have been written since the last call. The
    // first call starts to note that, and returns none.
    std::vector<u32> take_changed_pages();
    // The page that holds RAM address `address` is about to be written.
    void soil(u64 address) noexcept {
        if ((*granule(address) & kGranuleClean) != 0) note_change(address);
    }

    // From now on a write to a page table entry drops what was derived from it, before the next
    // access: the guest cannot tell what TLBs held.
    void remember_walks();
    // A translation was derived from the entry, which lies in RAM.
    void walked(const WalkedEntry& entry) noexcept {
        if (walks_ && !walks_->knows(entry)) note_walk(entry);
    }
    // Stores an entry that maps what it did before: a hart set A or D.
    void store_walked(u64 address, unsigned size, u64 value) noexcept;

    // From now on `journal` is told of what harts write by slow paths, before they do; nullptr:
    // none is. TLB entries for stores that are made meanwhile are guarded.
    void set_journal(WriteJournal* journal) noexcept { journal_ = journal; }
    bool has_journal() const noexcept { return journal_ != nullptr; }

    bool dma_read(u64 address, std::span<std::byte> out) noexcept override;
    bool dma_write(u64 address, std::span<const std::byte> in) noexcept override;

  private:
    // Of the granule map, which lies in front of RAM.
    static constexpr u64 granule_bytes(u64 size) {
        return ((size >> kGranuleBits) + ~kPageMask) & kPageMask;
    }
    u8 flags_of(u64 address, u64 size) const noexcept;
    void add_flag(u64 address, u64 size, u8 flag) noexcept;
    void update_near(u64 first, u64 last) noexcept;
    void note_change(u64 address) noexcept;
    void note_walk(const WalkedEntry& entry) noexcept;
    void entries_written(u64 address, u64 size) noexcept;
    void written(u64 address, u64 size, u8 flags) noexcept;

    u64 base_;
    u64 size_;
    Bus& bus_;
    RamPages pages_;
    u8* granules_;
    std::byte* ram_;
    std::unique_ptr<WalkedEntries> walks_;
    WriteJournal* journal_ = nullptr;
    bool notes_changes_ = false;
    std::vector<u32> changed_;  // pages without kGranuleClean, where changes are noted
    std::vector<WriteListener*> listeners_;
    std::vector<TlbOwner*> tlb_owners_;
};

}  // namespace kiln
