#include "cpu/user_windows.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <new>
#include <sys/mman.h>
#include <utility>

namespace kiln {
namespace {

std::atomic<u64> pages_of_process = 0;

// How many pages a process may have in windows. Each takes up to two of the host's mappings, of
// which half are left for what else there is.
u64 most_pages() noexcept {
    static const u64 most = [] {
        u64 mappings = 65530;  // Linux's default
        std::ifstream("/proc/sys/vm/max_map_count") >> mappings;
        return mappings / 4;
    }();
    return most;
}

void* pointer(u64 address) { return reinterpret_cast<void*>(address); }

// Host addresses without memory: any access faults.
void* reserve_at(void* place, u64 size, int flags) noexcept {
    return mmap(place, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

// What a guest must not reach any more is gone behind this, or else Kiln ends. (The host does it
// as long as it has mappings left: see most_pages.)
void take_away(u64 first, u64 size) noexcept {
    if (reserve_at(pointer(first), size, MAP_FIXED) == MAP_FAILED) std::abort();
}
void forbid_stores(u64 page) noexcept {
    if (mprotect(pointer(page), kPageSize, PROT_READ) != 0) std::abort();
}

}  // namespace

UserWindows::UserWindows(const Memory& memory)
    : memory_(memory), stored_to_(memory.ram_size() >> kPageBits) {
    for (Window& window : windows_) window.pieces.reserve(kMostPieces);
    nowhere_ = reserve();
}

UserWindows::~UserWindows() {
    for (const Window& window : windows_) pages_of_process -= window.pages.size();
    for (const u64 place : reserved_)
        munmap(pointer(place - kUserPieceMargin), kUserPieceBytes + 2 * kUserPieceMargin);
}

// Host addresses for a piece; 0: there are no more.
u64 UserWindows::reserve() noexcept {
    if (!free_.empty()) {
        const u64 place = free_.back();
        free_.pop_back();
        return place;
    }
    if (no_room_) return 0;
    try {
        reserved_.reserve(reserved_.size() + 1);
        free_.reserve(reserved_.size() + 1);
    } catch (const std::bad_alloc&) {
        return 0;
    }
    void* place = reserve_at(nullptr, kUserPieceBytes + 2 * kUserPieceMargin, 0);
    no_room_ = place == MAP_FAILED;
    if (no_room_) return 0;
    reserved_.push_back(reinterpret_cast<u64>(place) + kUserPieceMargin);
    return reserved_.back();
}

// The window that the address space has, or else the one that was selected longest ago, empty.
UserWindows::Window& UserWindows::window_of(u64 space) noexcept {
    if (current_ != nullptr && current_->space == space) return *current_;
    const auto found = std::ranges::find_if(
        windows_, [&](const Window& w) { return w.selected != 0 && w.space == space; });
    if (found != windows_.end()) return *found;
    Window& oldest = *std::ranges::min_element(windows_, {}, &Window::selected);
    clear(oldest);
    oldest.space = space;
    return oldest;
}

// It is no one's any more.
void UserWindows::clear(Window& window) noexcept {
    drop(window);
    if (shown_ == &window) show_nothing(window);
    for (const Piece& piece : window.pieces) free_.push_back(piece.reserved);
    window.pieces.clear();
}

bool UserWindows::choose(u64 space, u64 begun) noexcept {
    const bool allowed = allowance_.earn(begun) && nowhere_ != 0;
    Window* const before = std::exchange(current_, allowed ? &window_of(space) : nullptr);
    if (allowed) current_->selected = ++selections_;
    // Its pieces may be of no use to what the address space holds next.
    if (before != nullptr && before != current_ && before->pages.empty()) clear(*before);
    return allowed;
}

u64 UserWindows::select(u64 space, u64 begun) noexcept {
    if (!choose(space, begun)) return 0;
    const Piece* piece = piece_of(*current_, 0);
    if (piece == nullptr) piece = add_piece(*current_, 0);
    return piece == nullptr ? 0 : piece->base();
}

u64 UserWindows::select_table(u64 space, u64 begun) noexcept {
    if (!choose(space, begun) || !make_table()) return 0;
    if (shown_ != current_) {
        if (shown_ != nullptr) show_nothing(*shown_);
        shown_ = current_;
        show(*current_);
    }
    return reinterpret_cast<u64>(table_->as<u64>());
}

bool UserWindows::make_table() noexcept {
    if (table_) return true;
    try {
        table_ = std::make_unique<HostPages>(kUserPieces * sizeof(u64), "a table");
    } catch (const std::exception&) {
        return false;
    }
    for (u64 number = 0; number < kUserPieces; ++number)
        table_->as<u64>()[number] = Piece{number, nowhere_}.base();
    return true;
}

void UserWindows::show(const Window& window) noexcept {
    for (const Piece& piece : window.pieces) table_->as<u64>()[piece.number] = piece.base();
}

void UserWindows::show_nothing(const Window& window) noexcept {
    shown_ = nullptr;
    for (const Piece& piece : window.pieces)
        table_->as<u64>()[piece.number] = Piece{piece.number, nowhere_}.base();
}

UserWindows::Piece* UserWindows::piece_of(Window& window, u64 address) noexcept {
    const auto found = std::ranges::find(window.pieces, address >> kUserPieceBits, &Piece::number);
    return found == window.pieces.end() ? nullptr : &*found;
}

UserWindows::Piece* UserWindows::add_piece(Window& window, u64 number) noexcept {
    if (window.pieces.size() == kMostPieces || number >= kUserPieces) return nullptr;
    const u64 place = reserve();
    if (place == 0) return nullptr;
    window.pieces.push_back({number, place});
    if (shown_ == &window) show(window);
    return &window.pieces.back();
}

bool UserWindows::note_fault(u64 begun) noexcept {
    ++faulted_;
    allowance_.earn(begun);
    return allowance_.spend();
}

size_t UserWindows::ram_page(u64 host_page) const {
    return (memory_.address_of(host_page) - memory_.ram_base()) >> kPageBits;
}

void UserWindows::map(u64 page, u64 host_page, bool writable, bool among_superpages) noexcept {
    if (current_ == nullptr) return;
    Window& window = *current_;
    const auto found = window.pages.find(page);
    const bool known = found != window.pages.end() && found->second.host_page == host_page;
    if (known && (found->second.writable || !writable)) return;
    if (found == window.pages.end() && pages_of_process >= most_pages()) {
        // Of this machine at least no hart keeps all from the others.
        memory_.drop_windows();
        if (pages_of_process >= most_pages()) return;
    }
    Piece* piece = piece_of(window, page);
    if (piece == nullptr) piece = add_piece(window, page >> kUserPieceBits);
    if (piece == nullptr || !put(*piece, page, host_page, writable)) return;
    ++mapped_;
    window.among_superpages |= among_superpages;
    piece->used = true;
    if (writable) stored_to_[ram_page(host_page)] = true;
}

// Notes it first: what is mapped is always known.
bool UserWindows::put(const Piece& piece, u64 page, u64 host_page, bool writable) noexcept {
    try {
        auto& pages = current_->pages;
        const auto [entry, added] = pages.insert_or_assign(page, Page{host_page, writable});
        if (added) ++pages_of_process;
        if (memory_.map_again(host_page, pointer(piece.base() + page), writable)) return true;
        // What was mapped there may be gone, or not.
        take_away(piece.base() + page, kPageSize);
        pages.erase(entry);
        --pages_of_process;
    } catch (const std::bad_alloc&) {
    }
    return false;
}

void UserWindows::drop(Window& window) noexcept {
    for (Piece& piece : window.pieces) {
        if (piece.used) take_away(piece.reserved, kUserPieceBytes);
        piece.used = false;
    }
    pages_of_process -= window.pages.size();
    window.pages.clear();
    window.dropped = 0;
    window.among_superpages = false;
}

void UserWindows::drop_all() noexcept {
    for (Window& window : windows_) drop(window);
}

void UserWindows::drop_page(u64 address) noexcept {
    const u64 page = address & kPageMask;
    for (Window& window : windows_) {
        const auto found = window.pages.find(page);
        if (window.among_superpages ||
            (found != window.pages.end() && ++window.dropped == kMostDropped)) {
            drop(window);
        } else if (found != window.pages.end()) {
            window.pages.erase(found);
            --pages_of_process;
            take_away(piece_of(window, page)->base() + page, kPageSize);
        }
    }
}

void UserWindows::guard_page(u64 host_page) noexcept {
    std::vector<bool>::reference stored_to = stored_to_[ram_page(host_page)];
    if (!stored_to) return;
    stored_to = false;
    for (Window& window : windows_)
        for (auto& [page, mapped] : window.pages) {
            if (mapped.host_page != host_page || !mapped.writable) continue;
            mapped.writable = false;
            forbid_stores(piece_of(window, page)->base() + page);
        }
}

}  // namespace kiln
