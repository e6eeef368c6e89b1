#include "cpu/riscv/hart.h"

#include <algorithm>

#include "cpu/debug_points.h"
#include "cpu/host_float.h"
#include "cpu/riscv/mmu.h"
#include "cpu/riscv/mode.h"

namespace kiln::riscv {
namespace {

// satp.ASID.
constexpr u64 kAsids32 = 0x1ff;
constexpr u64 kAsids64 = 0xffff;

}  // namespace

Hart::Hart(u32 hart_id, const Isa& hart_isa, Memory& ram, Clock& time)
    : id(hart_id), isa(hart_isa), clock(time) {
    memory = &ram;
    ram.add_tlb_owner(*this);
    native.granule_base = ram.granule_base();
    reset(0);
}

void Hart::reset(u64 start) {
    pc = start;
    priv = Priv::kMachine;
    waiting = false;
    frm = 0;
    mxcsr = host::mxcsr_from(0, 0);
    soft_fflags = 0;
    soft_mip = 0;
    mstatus = mie = mideleg = medeleg = mtvec = mcause = 0;
    mcounteren = mcountinhibit = scounteren = senvcfg = satp = 0;
    // Without Svade, hardware updates A and D from the start.
    menvcfg = isa.has(Ext::kSvadu) && !isa.has(Ext::kSvade) ? kEnvAdue : 0;
    stimecmp = ~u64{0};
    stimer = false;
    pmp.reset();
    reservation = {};
    trap_pending = false;
    update_protection();
    exit_request = 0;
}

Priv Hart::data_priv() const {
    if ((mstatus & kMstatusMprv) == 0) return priv;
    return static_cast<Priv>((mstatus & kMstatusMpp) >> kMstatusMppShift);
}

void Hart::update_context() {
    const Priv data = data_priv();
    const bool sum = (mstatus & kMstatusSum) != 0;
    const TlbContext context = data == Priv::kMachine ? kTlbMachine
                               : data == Priv::kUser  ? kTlbUser
                               : sum                  ? kTlbSupervisorSum
                                                      : kTlbSupervisor;
    tlb = &tlbs_[context];
    host_rounding = frm < 4 ? frm : 0xff;
    host_fma_rounding = host::host_has_fma() ? host_rounding : 0xff;
    update_window(data);
    fetch_key = generation_ << 20 | u64{id} << 12 | mode_word(*this);
}

void Hart::find_windows() {
    const u64 base = memory->ram_base();
    // Where addresses have 32 bits they wrap in front of what RAM lies behind.
    const u64 size =
        is_rv32() ? std::min(memory->ram_size(), (u64{1} << 32) - base) : memory->ram_size();
    for (const Priv p : {Priv::kUser, Priv::kSupervisor, Priv::kMachine}) {
        const Pmp::Range open = pmp.largest_open(base, size, p);
        DirectWindow& window = windows_[static_cast<size_t>(p)];
        window = {};
        // What is watched must come by the slow path, which the TLB sees to.
        if (debug != nullptr && debug->has_watches()) continue;
        if (open.size < kPageSize) continue;
        // Granule by granule, so that the guard bytes can be counted from its start.
        window.first = (open.first + kGranuleSize - 1) & -kGranuleSize;
        window.limit = open.first + open.size - window.first - (sizeof(u64) - 1);
        window.granules = memory->granule(window.first);
        window.whole = window.first == base && open.size == memory->ram_size();
    }
}

void Hart::update_window(Priv data) {
    const bool translates = (satp >> (is_rv32() ? 31 : 60)) != 0;
    const bool unpaged = data == Priv::kMachine || !translates;
    native.window = unpaged ? windows_[static_cast<size_t>(data)] : DirectWindow{};
    const std::byte* ram = memory->host(memory->ram_base());
    native.memory =
        direct() ? reinterpret_cast<u64>(ram) - memory->ram_base() : reinterpret_cast<u64>(tlb);
    if (user_windows_) update_user_window(!unpaged && priv == Priv::kUser && data == Priv::kUser);
}

// `wanted`: user code runs, and is translated. What is watched must come by the slow path.
void Hart::update_user_window(bool wanted) {
    const bool watched = debug != nullptr && debug->has_watches();
    u64 window = 0;
    if (wanted && !watched)
        window = user_window_is_whole() ? user_windows_->select(satp, begun())
                                        : user_windows_->select_table(satp, begun());
    has_user_window_ = window != 0;
    native.user_window = has_user_window_ ? window : user_windows_->nowhere();
}

void Hart::open_user_windows() {
    user_windows_ = std::make_unique<UserWindows>(*memory);
    update_context();
}

bool Hart::note_window_fault() noexcept {
    if (user_windows_->note_fault(begun())) return true;
    update_context();
    exit_request |= kExitWindow;
    return false;
}

void Hart::map_in_window(u64 address, unsigned bytes) noexcept {
    const u64 last = xlen_value(address + bytes - 1);
    map_page_in_window(address & kPageMask);
    if (((address ^ last) & kPageMask) != 0) map_page_in_window(last & kPageMask);
}

// As the TLB has it.
void Hart::map_page_in_window(u64 page) noexcept {
    const TlbEntry& load = tlb->load[Tlb::index(page)];
    const TlbEntry& store = tlb->store[Tlb::index(page)];
    const bool loads = load.tag == page;
    const bool stores = (store.tag & ~kTlbGuarded) == page;
    if (!loads && !stores) return;
    const u64 host_page = page + (loads ? load.addend : store.addend);
    // What may be stored to may be loaded from, both as PMP and as page tables have it.
    const bool writable = stores && !memory->page_guarded(memory->address_of(host_page));
    user_windows_->map(page, host_page, writable, in_superpage(page));
}

void Hart::update_protection() {
    find_windows();
    flush_translations();
}

void Hart::flush_tlbs() {
    for (Tlb& context : tlbs_) context.flush();
    superpage_first_ = ~u64{0};
    superpage_last_ = 0;
    ++generation_;
    ++native.epoch;
    update_context();
}

void Hart::flush_translations() {
    if (user_windows_) user_windows_->drop_all();
    flush_tlbs();
}

u64 Hart::asid_of(u64 space) const {
    return is_rv32() ? space >> 22 & kAsids32 : space >> 44 & kAsids64;
}

void Hart::drop_windows_of(u64 asid) {
    if (!user_windows_) return;
    const u64 wanted = asid & (is_rv32() ? kAsids32 : kAsids64);
    user_windows_->drop_spaces([&](u64 space) { return asid_of(space) == wanted; });
}

void Hart::flush_space(u64 asid) {
    drop_windows_of(asid);
    flush_tlbs();
}

void Hart::change_space(u64 old) {
    if (asid_of(old) == 0 || asid_of(satp) == 0) drop_windows_of(0);
    flush_tlbs();
}

void Hart::flush_page(u64 address) {
    if (in_superpage(address)) {
        flush_translations();
        return;
    }
    drop_mapped_page(address);
    ++generation_;
    ++native.epoch;
    update_context();
}

void Hart::note_superpage(u64 first, u64 last) {
    superpage_first_ = std::min(superpage_first_, first);
    superpage_last_ = std::max(superpage_last_, last);
}

void Hart::guard_page(u64 host_page) noexcept {
    ++native.epoch;
    if (user_windows_) user_windows_->guard_page(host_page);
    for (Tlb& context : tlbs_)
        for (TlbEntry& entry : context.store)
            if ((entry.tag & ~kTlbGuarded) + entry.addend == host_page && entry.tag != kTlbInvalid)
                entry.tag |= kTlbGuarded;
}

void Hart::drop_stores() noexcept {
    ++native.epoch;
    if (user_windows_) user_windows_->drop_all();
    for (Tlb& context : tlbs_) context.store.fill({kTlbInvalid, 0});
}

void Hart::drop_mapped_page(u64 address) noexcept {
    for (Tlb& context : tlbs_) context.flush_page(address);
    if (user_windows_) user_windows_->drop_page(address);
}

// Data pages leave what was derived for instructions as it is; other entries end the run, since the
// rest of a block may have been fetched through them.
void Hart::drop_page(u64 page, bool fetched) noexcept {
    if (!fetched && !in_superpage(page)) {
        drop_mapped_page(page);
        ++native.epoch;
        return;
    }
    flush_page(page);
    exit_request |= kExitModeChanged;
}

void Hart::drop_all() noexcept {
    flush_translations();
    exit_request |= kExitModeChanged;
}

void Hart::drop_windows() noexcept {
    if (user_windows_) user_windows_->drop_all();
}

void Hart::set_irq(unsigned input, bool level) noexcept {
    const u64 bit = u64{1} << input;
    const u64 lines = level ? irq_lines | bit : irq_lines & ~bit;
    if (lines == irq_lines) return;
    irq_lines = lines;
    exit_request |= kExitPoll;
}

void Hart::update_timer() {
    const bool due = clock.now() >= stimecmp;
    if (due == stimer) return;
    stimer = due;
    exit_request |= kExitPoll;
}

u32 Hart::fflags() const { return soft_fflags | host::fflags_from_mxcsr(mxcsr); }

void Hart::set_fflags(u32 flags) {
    soft_fflags = flags & 31;
    mxcsr = host::mxcsr_from(frm, 0);
}

void Hart::set_frm(u32 rm) {
    soft_fflags = fflags();
    frm = static_cast<u8>(rm & 7);
    mxcsr = host::mxcsr_from(frm, 0);
    update_context();
}

}  // namespace kiln::riscv
