// What user code of the guest may reach of its address space, mapped where the host's MMU
// translates: a load or a store is one instruction then.
//
// A window is host address space in which a guest address has a place of its own. A page is there
// only while a TLB entry for user code would hit, of which it is a copy that lasts longer. An
// access to what is not there faults on the host, and takes a slow path (native/fault_sites.h),
// which puts it there. That takes microseconds: there is an allowance, and where it is used up
// user code goes without a window for a while.
//
// A window consists of pieces, each for 256 GiB of guest addresses, of which a program uses a few.
// Where one piece holds all that there is, it is the window: guest address a is at window + a.
// Elsewhere there is a table of pieces.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cpu/fault_allowance.h"
#include "cpu/host_pages.h"
#include "cpu/memory.h"
#include "support/int.h"

namespace kiln {

inline constexpr unsigned kUserPieceBits = 38;
inline constexpr u64 kUserPieceBytes = u64{1} << kUserPieceBits;
// Nothing is ever mapped so far behind a piece's end, or in front of its start.
inline constexpr u64 kUserPieceMargin = 2 * kPageSize;
// Guest addresses below this have a place in a table of pieces: half of what Sv57 has.
inline constexpr unsigned kUserTableBits = 56;
inline constexpr u64 kUserPieces = u64{1} << (kUserTableBits - kUserPieceBits);

// Those of a hart, each for an address space.
class UserWindows {
  public:
    explicit UserWindows(const Memory& memory);
    ~UserWindows();
    UserWindows(const UserWindows&) = delete;
    UserWindows& operator=(const UserWindows&) = delete;

    // Code of the address space `space` is about to run. Returns where its window is, with what
    // was mapped there; 0: there is none, for lack of host addresses or of allowance. `begun`:
    // instructions that the hart began. A window is that of another space when as many others were
    // selected as there are windows.
    //
    // Of an address space below kUserPieceBytes: host minus guest address.
    u64 select(u64 space, u64 begun) noexcept;
    // Of others: the address of the table that holds host minus guest address for each piece.
    u64 select_table(u64 space, u64 begun) noexcept;
    // What is none: for either use, and nothing is ever mapped there.
    u64 nowhere() const { return nowhere_; }
    // Native code faulted in the window. False: the allowance is used up, and select says 0.
    bool note_fault(u64 begun) noexcept;
    // Maps in the window that was selected last: guest page `page` is host page `host_page` of RAM.
    // `among_superpages`: where one address is dropped, all are. It is no error where the host has
    // no room for it.
    void map(u64 page, u64 host_page, bool writable, bool among_superpages) noexcept;

    // Takes pages out of windows: all, that of an address in all of them, those of some address
    // spaces.
    void drop_all() noexcept;
    void drop_page(u64 address) noexcept;
    template <class Predicate>
    void drop_spaces(Predicate is_meant) noexcept {
        for (Window& window : windows_)
            if (is_meant(window.space)) drop(window);
    }
    // Nothing may be stored to the host's page `host_page` without asking, from now on.
    void guard_page(u64 host_page) noexcept;

    // Pages that were mapped so far, and accesses that faulted.
    u64 mapped() const { return mapped_; }
    u64 faulted() const { return faulted_; }

  private:
    struct Page {
        u64 host_page;
        bool writable;
    };
    struct Piece {
        u64 number;         // guest address >> kUserPieceBits
        u64 reserved;       // host address of its start
        bool used = false;  // something was mapped there since it was empty

        // Host minus guest address.
        u64 base() const { return reserved - (number << kUserPieceBits); }
    };
    struct Window {
        u64 space = 0;
        u64 selected = 0;  // when it was last; 0: never
        bool among_superpages = false;
        unsigned dropped = 0;  // pages, one by one
        std::vector<Piece> pieces;
        std::unordered_map<u64, Page> pages;  // by guest address
    };
    static constexpr size_t kMostPieces = 8;
    // The host keeps its page tables where single pages are taken away, and gives them back with
    // the whole piece.
    static constexpr unsigned kMostDropped = 1024;

    bool choose(u64 space, u64 begun) noexcept;
    Window& window_of(u64 space) noexcept;
    void clear(Window& window) noexcept;
    void drop(Window& window) noexcept;
    Piece* piece_of(Window& window, u64 address) noexcept;
    Piece* add_piece(Window& window, u64 number) noexcept;
    u64 reserve() noexcept;
    bool put(const Piece& piece, u64 page, u64 host_page, bool writable) noexcept;
    bool make_table() noexcept;
    void show(const Window& window) noexcept;
    void show_nothing(const Window& window) noexcept;
    size_t ram_page(u64 host_page) const;

    const Memory& memory_;
    std::array<Window, 8> windows_;
    Window* current_ = nullptr;
    FaultAllowance allowance_;
    std::vector<bool> stored_to_;  // by page of RAM: may be writable in a window
    std::vector<u64> reserved_;    // every piece of the host's address space that was ever taken
    std::vector<u64> free_;        // those of no window
    std::unique_ptr<HostPages> table_;
    bool no_room_ = false;     // the host has no more addresses
    u64 nowhere_ = 0;          // a piece where nothing is mapped; 0: not even that
    Window* shown_ = nullptr;  // whose pieces are in the table
    u64 selections_ = 0;
    u64 mapped_ = 0;
    u64 faulted_ = 0;
};

}  // namespace kiln
