// The guest's RAM on the host: a file in memory, so that a page of it can be mapped a second time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "support/int.h"

namespace kiln {

class RamPages {
  public:
    // Bytes first to end, counted from the start.
    struct Piece {
        u64 first;
        u64 end;
    };

    // `size` zeros, which take the host's memory as they are touched. Throws UsageError, calling
    // them `what`, where the host has no room for them.
    RamPages(u64 size, const std::string& what);
    ~RamPages();
    RamPages(const RamPages&) = delete;
    RamPages& operator=(const RamPages&) = delete;

    template <class T>
    T* as() const {
        return static_cast<T*>(start_);
    }

    // Maps the page of this at host address `page` at `place` too, instead of what is there, to be
    // read or also to be written. False: the host does not.
    bool map_again(u64 page, void* place, bool writable) const noexcept;
    // The first piece behind `offset` that has been touched; all of it where the host does not say.
    std::optional<Piece> touched(u64 offset) const;

  private:
    u64 size_;
    int file_ = -1;
    void* start_ = nullptr;
};

}  // namespace kiln
