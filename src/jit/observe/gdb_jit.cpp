#include "jit/observe/gdb_jit.h"

#include <algorithm>
#include <utility>

// What gdb knows by name and by layout.
extern "C" {

enum JitAction : kiln::u32 { kJitNothing, kJitRegister, kJitUnregister };

struct JitCodeEntry {
    JitCodeEntry* next;
    JitCodeEntry* previous;
    const std::byte* elf;
    kiln::u64 elf_bytes;
};

struct JitDescriptor {
    kiln::u32 version;
    JitAction action;
    JitCodeEntry* relevant;
    JitCodeEntry* first;
};

// A function that gdb has a breakpoint at: it must be called, though it does nothing.
[[gnu::noinline, gnu::used]] void __jit_debug_register_code() { asm volatile("" ::: "memory"); }

[[gnu::used]] JitDescriptor __jit_debug_descriptor = {1, kJitNothing, nullptr, nullptr};

}  // extern "C"

namespace kiln {
namespace {

void tell_gdb(JitAction action, JitCodeEntry& entry) noexcept {
    __jit_debug_descriptor.action = action;
    __jit_debug_descriptor.relevant = &entry;
    __jit_debug_register_code();
}

void add(JitCodeEntry& entry) noexcept {
    JitCodeEntry*& first = __jit_debug_descriptor.first;
    entry.previous = nullptr;
    entry.next = std::exchange(first, &entry);
    if (entry.next != nullptr) entry.next->previous = &entry;
    tell_gdb(kJitRegister, entry);
}

void remove(JitCodeEntry& entry) noexcept {
    (entry.previous == nullptr ? __jit_debug_descriptor.first : entry.previous->next) = entry.next;
    if (entry.next != nullptr) entry.next->previous = entry.previous;
    tell_gdb(kJitUnregister, entry);
}

u64 address_of(const std::byte* host) { return reinterpret_cast<u64>(host); }

}  // namespace

class GdbJit::Group {
  public:
    Group() = default;
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    ~Group() { withdraw(); }

    // Whether a symbol at `address` may follow the ones that are there: what lies in between is
    // described with them, and must not be somebody else's.
    bool takes(u64 address) const {
        if (symbols_.empty()) return true;
        const u64 end = symbols_.back().address + symbols_.back().size;
        return added_ < kGroup && end <= address && address - end < kMostBetween;
    }
    bool empty() const { return symbols_.empty(); }
    void insert(CodeSymbol symbol) {
        symbols_.push_back(std::move(symbol));
        ++added_;
        changed_ = true;
    }
    void erase(u64 address) noexcept {
        std::erase_if(symbols_, [&](const CodeSymbol& s) { return s.address == address; });
        changed_ = true;
    }
    // Has gdb see the symbols as they are.
    void update() {
        if (!changed_) return;
        changed_ = false;
        withdraw();
        if (symbols_.empty()) return;
        elf_ = make_symbol_elf(symbols_);
        entry_.elf = elf_.data();
        entry_.elf_bytes = elf_.size();
        add(entry_);
    }

  private:
    void withdraw() noexcept {
        if (!elf_.empty()) remove(entry_);
        elf_.clear();
    }

    std::vector<CodeSymbol> symbols_;  // by address
    size_t added_ = 0;
    bool changed_ = false;
    std::vector<std::byte> elf_;  // empty: not registered
    JitCodeEntry entry_{};
};

GdbJit::GdbJit() = default;
GdbJit::~GdbJit() = default;

void GdbJit::on_space(std::span<const std::byte>) {
    groups_.clear();
    group_of_.clear();
}

void GdbJit::on_code(const NativeCode& code) {
    const u64 address = address_of(code.host.data());
    if (groups_.empty() || !groups_.back()->takes(address))
        groups_.push_back(std::make_unique<Group>());
    groups_.back()->insert({code.name, address, code.host.size()});
    group_of_[code.host.data()] = groups_.back().get();
}

void GdbJit::on_ready() {
    for (const auto& group : groups_) group->update();
    std::erase_if(groups_, [](const auto& group) { return group->empty(); });
}

void GdbJit::on_gone(const std::byte* host) noexcept {
    const auto found = group_of_.find(host);
    if (found == group_of_.end()) return;
    found->second->erase(address_of(host));
    group_of_.erase(found);
}

}  // namespace kiln
