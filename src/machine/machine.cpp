#include "machine/machine.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <unistd.h>

#include "cpu/riscv/causes.h"
#include "devices/bits.h"
#include "devices/terminal.h"
#include "image/file.h"
#include "image/reset_vector.h"
#include "image/signature.h"
#include "machine/backends.h"
#include "support/error.h"

namespace kiln {
namespace {

using riscv::Ext;
using riscv::Hart;
using riscv::Isa;

// The console is looked at this often.
constexpr u64 kPollTicks = kTimebaseHz / 1000;
// An idle machine wakes up this often at least.
constexpr u64 kLongestIdleTicks = kTimebaseHz;

u64 checked_ram(u64 size) {
    if (size == 0 || size % kPageSize != 0)
        throw UsageError("--ram: RAM is a multiple of 4 KiB and not empty");
    if (size > u64{1} << 40) throw UsageError("--ram: more than 1 TiB is not supported");
    return size;
}

Isa parse_isa(const MachineConfig& config) {
    return config.isa.empty() ? Isa::everything(64) : Isa::parse(config.isa);
}

std::string firmware_name(const MachineConfig& config, unsigned xlen) {
    if (!config.image.empty()) return {};
    switch (config.bios) {
        case BiosKind::none:
            return {};
        case BiosKind::file:
            return config.bios_file;
        case BiosKind::standard:
            break;
    }
    return find_default_firmware(xlen);
}

BootPlan plan(const MachineConfig& config, const Isa& isa) {
    const BootFiles files{.image = config.image,
                          .firmware = firmware_name(config, isa.xlen),
                          .kernel = config.kernel,
                          .initrd = config.initrd,
                          .flat_address = config.load_address};
    return plan_boot(files, {virt::kRamBase, config.ram_size}, isa.xlen);
}

// The XLEN of an image decides where --isa does not.
Isa choose_isa(const MachineConfig& config) {
    if (!config.isa.empty() || config.image.empty()) return parse_isa(config);
    const Image image = load_image(config.image, {config.load_address, 0});
    return Isa::everything(image.xlen == 32 ? 32 : 64);
}

EngineSetup engine_setup(const MachineConfig& config, CodeListener* listener) {
    EngineSetup setup;
    setup.hot.make_backend = find_backend(config.backend);
    setup.hot.tier_up = config.tier_up;
    setup.hot.code_cache = config.code_cache;
    setup.hot.audit = config.audit;
    setup.hot.listener = listener;
    return setup;
}

}  // namespace

Machine::Machine(const MachineConfig& config, CharBackend& console, CodeListener* listener)
    : config_(config),
      isa_(choose_isa(config)),
      console_(console),
      memory_(virt::kRamBase, checked_ram(config.ram_size), bus_),
      plan_(plan(config, isa_)) {
    if (config.harts == 0 || config.harts > virt::kMaxHarts)
        throw UsageError("--smp: the machine has 1 to 8 harts");
    for (unsigned id = 0; id < config.harts; ++id)
        harts_.push_back(std::make_unique<Hart>(id, isa_, memory_, time_));
    const EngineSetup setup = engine_setup(config, listener);
    engine_ = isa_.xlen == 32 ? make_rv32_engine(memory_, setup) : make_rv64_engine(memory_, setup);
    for (auto& hart : harts_) engine_->attach(*hart);
    make_board();
    fdt_ = make_device_tree();
    load();
}

Clock& Machine::clock() {
    if (config_.clock == ClockKind::icount) return instruction_clock_;
    return host_clock_;
}

void Machine::make_board() {
    std::vector<IrqSink*> sinks;
    for (auto& hart : harts_) sinks.push_back(hart.get());
    VirtConfig board;
    board.harts = config_.harts;
    board.drives = config_.drives;
    if (config_.clock == ClockKind::host) {
        jit_.emplace(memory_, *engine_);
        board.jit = &*jit_;
    } else {
        board.wall_clock_ns = [this] { return instruction_clock_.now() * kNsPerTick; };
        board.entropy = [state = u64{0}](std::span<std::byte> out) mutable {
            // Weyl sequence, mixed: repeatable on purpose.
            for (std::byte& byte : out) {
                state += 0x9e3779b97f4a7c15;
                byte = static_cast<std::byte>((state ^ state >> 29) * 0xbf58476d1ce4e5b9 >> 56);
            }
            return true;
        };
    }
    board_ = std::make_unique<VirtBoard>(board, bus_, memory_, clock(), console_, sinks);
}

std::vector<std::byte> Machine::make_device_tree() const {
    ChosenInfo chosen;
    chosen.bootargs = config_.append;
    if (plan_.initrd)
        chosen.initrd =
            MemoryRange{plan_.initrd->address, plan_.initrd->address + plan_.initrd->bytes.size()};
    if (!config_.dtb.empty())
        return with_chosen(read_file(config_.dtb, u64{16} << 20), config_.dtb, chosen);
    VirtFdtInfo info;
    info.harts = config_.harts;
    info.ram_size = config_.ram_size;
    info.isa = isa_.to_string();
    info.isa_base = isa_.xlen == 32 ? "rv32i" : "rv64i";
    info.isa_extensions.push_back("i");
    for (unsigned i = 0; i < static_cast<unsigned>(Ext::kCount); ++i)
        if (isa_.has(static_cast<Ext>(i)))
            info.isa_extensions.emplace_back(ext_name(static_cast<Ext>(i)));
    info.mmu_type = isa_.xlen == 32 ? "riscv,sv32" : "riscv,sv57";
    if (!isa_.has(Ext::kZicbom)) info.cbom_block_size = 0;
    if (!isa_.has(Ext::kZicboz)) info.cboz_block_size = 0;
    if (!isa_.has(Ext::kZicbop)) info.cbop_block_size = 0;
    info.jitctl = jit_.has_value();
    info.chosen = chosen;
    if (config_.clock == ClockKind::host) {
        info.rng_seed.resize(32);
        if (getentropy(info.rng_seed.data(), info.rng_seed.size()) != 0) info.rng_seed.clear();
    }
    return make_virt_fdt(info);
}

// Puts the pieces into RAM and the harts where the reset vector would leave them.
void Machine::load() {
    place(plan_,
          {virt::kRamBase, config_.ram_size, [this](u64 address, std::span<const std::byte> bytes) {
               memory_.dma_write(address, bytes);
           }});
    const u64 fdt_at = fdt_address({virt::kRamBase, config_.ram_size}, plan_.used(),
                                   config_.dtb.empty() ? "device tree" : config_.dtb, fdt_.size());
    memory_.dma_write(fdt_at, fdt_);
    rom_.emplace(make_reset_vector({.xlen = isa_.xlen,
                                    .entry = plan_.entry,
                                    .fdt_address = fdt_at,
                                    .next_address = plan_.next_address}));
    bus_.map("rom", kResetVectorAddress, kPageSize, *rom_);
    for (auto& hart : harts_) {
        hart->reset(plan_.entry);
        hart->set_x(10, hart->id);
        hart->set_x(11, fdt_at);
        hart->set_x(12, kFirmwareInfoAddress);
        hart->set_x(5, plan_.entry);
    }
    if (!config_.signature.empty()) static_cast<void>(signature());
    if (const Image* bare = plan_.bare(); bare != nullptr && bare->tohost) {
        if (!memory_.in_ram(*bare->tohost, sizeof(u64)))
            throw InputError(bare->name, "its symbol tohost lies outside RAM");
        htif_.emplace(memory_, console_, *bare->tohost, bare->fromhost);
    }
}

std::string Machine::signature() const {
    const Image* bare = plan_.bare();
    if (bare == nullptr) throw UsageError("--signature: needs an IMAGE that runs without firmware");
    const SignatureRange range = find_signature(*bare);
    if (!memory_.in_ram(range.address, range.size))
        throw InputError(bare->name, "its signature lies outside RAM");
    return format_signature({memory_.host(range.address), range.size},
                            config_.signature_granularity);
}

u64 Machine::begun() const {
    u64 sum = 0;
    for (const auto& hart : harts_) sum += hart->begun();
    return sum;
}

std::optional<int> Machine::finished() {
    if (const auto code = board_->exit_code()) return code;
    if (htif_ && htif_->exit_code()) return htif_->exit_code();
    if (console_.quit_requested()) return 0;
    if (left() == 0) return kExitLimit;
    return std::nullopt;
}

// The next time at which a timer or device has something to do.
u64 Machine::deadline() {
    u64 next = board_->next_deadline();
    for (const auto& hart : harts_) {
        const bool armed = (hart->menvcfg & riscv::kEnvStce) != 0 && !hart->stimer;
        if (armed && hart->stimecmp != ~u64{0}) {
            // stimecmp counts in mtime, which the guest may have set.
            const u64 time = board_->mtime();
            const u64 wait = hart->stimecmp > time ? hart->stimecmp - time : 0;
            next = std::min(next, saturating_add(clock().now(), wait));
        }
    }
    return next <= kLastTick ? next : ~u64{0};
}

// How many instructions each hart may begin in the next round.
u64 Machine::slice() {
    // Harts wait for each other, which a long slice is spent on.
    if (config_.clock == ClockKind::host)
        return harts_.size() == 1 ? slice_length_.get() : SliceLength::kShortest;
    // Equal runs have equal slices.
    return std::min(SliceLength::kShortest, instruction_clock_.instructions_until(deadline()));
}

// Instructions that the harts may begin until the limit is reached.
u64 Machine::left() const {
    if (!config_.limit_instructions) return ~u64{0};
    return *config_.limit_instructions - std::min(*config_.limit_instructions, begun());
}

// The hart that runs, for those who see devices through its eyes; nullptr: none.
void Machine::follow(const Hart* hart) {
    instruction_clock_.follow(hart);
    if (jit_) jit_->follow(hart);
}

// Whether a hart that stopped for the machine's sake gives up the rest of its slice.
bool Machine::slice_ends_early() {
    if (board_->exit_code() || board_->reset_requested() || (htif_ && htif_->exit_code()))
        return true;
    if (jit_ && jit_->take_slice_over()) return true;
    // A deadline may have moved to before the end of the slice.
    return config_.clock == ClockKind::icount;
}

void Machine::run_hart(Hart& hart, u64 instructions) {
    if (hart.waiting) {
        if (!hart.wakes()) return;
        hart.waiting = false;
        hart.exit_request |= kExitPoll;
    }
    if (harts_.size() > 1) hart.reservation.valid = false;
    follow(&hart);
    const u64 end = hart.begun() + instructions;
    while (hart.begun() < end) {
        const StopReason reason = engine_->run(hart, static_cast<i64>(end - hart.begun()));
        if (reason == StopReason::kWait) {
            if (!hart.wakes()) break;
            hart.waiting = false;
        }
        if (reason == StopReason::kYield && harts_.size() > 1) break;
        if (reason == StopReason::kMachine && slice_ends_early()) break;
    }
    follow(nullptr);
}

// One slice for each hart. False: all of them wait.
bool Machine::run_round() {
    const u64 instructions = slice();
    const u64 start = host_clock_.now();
    u64 longest = 0;
    for (auto& hart : harts_) {
        const u64 before = hart->begun();
        run_hart(*hart, std::min(instructions, left()));
        longest = std::max(longest, hart->begun() - before);
        if (finished() || board_->reset_requested()) break;
    }
    if (longest == instructions) slice_length_.took(host_clock_.now() - start);
    instruction_clock_.advance(longest);
    return std::any_of(harts_.begin(), harts_.end(),
                       [](const auto& hart) { return !hart->waiting || hart->wakes(); });
}

void Machine::poll_devices() {
    const u64 now = host_clock_.now();
    const bool due = clock().now() >= deadline();
    if (due || now >= next_poll_) {
        board_->poll();
        next_poll_ = now + kPollTicks;
    }
    for (auto& hart : harts_) hart->update_timer();
}

// All harts wait: sleeps, or skips the time, until the next deadline or until there is input.
void Machine::idle() {
    board_->poll();
    for (auto& hart : harts_) hart->update_timer();
    if (std::any_of(harts_.begin(), harts_.end(), [](const auto& hart) { return hart->wakes(); }))
        return;
    const u64 next = deadline();
    if (config_.clock == ClockKind::icount && next != ~u64{0}) {
        instruction_clock_.skip_to(next);
    } else {
        const u64 now = clock().now();
        const u64 ticks = next <= now ? 0 : std::min(next - now, kLongestIdleTicks);
        const timespec timeout{static_cast<time_t>(ticks / kTimebaseHz),
                               static_cast<long>(ticks % kTimebaseHz * kNsPerTick)};
        pollfd input{console_.poll_fd(), POLLIN, 0};
        ppoll(&input, input.fd < 0 ? 0 : 1, &timeout, nullptr);
    }
    board_->poll();
    for (auto& hart : harts_) hart->update_timer();
}

std::optional<int> Machine::run() {
    const auto start = std::chrono::steady_clock::now();
    std::optional<int> code;
    while (!(code = finished()) && !board_->reset_requested()) {
        poll_devices();
        if (!run_round()) idle();
    }
    board_->poll();
    wall_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return code;
}

RunStats Machine::stats() const {
    RunStats stats;
    stats.backend = config_.backend;
    stats.wall_seconds = wall_seconds_;
    for (const auto& hart : harts_) {
        HartStats one;
        one.instructions = hart->retired();
        one.tlb_misses = {hart->misses.fetch, hart->misses.load, hart->misses.store};
        for (unsigned cause = 0; cause < 16; ++cause) {
            if (hart->traps.exceptions[cause] != 0)
                one.traps[riscv::cause_name(cause, false)] = hart->traps.exceptions[cause];
            if (hart->traps.interrupts[cause] != 0)
                one.traps[riscv::cause_name(cause, true)] = hart->traps.interrupts[cause];
        }
        stats.harts.push_back(std::move(one));
    }
    const EngineStats engine = engine_->stats();
    stats.blocks_decoded = engine.blocks_decoded;
    stats.blocks_invalidated = engine.blocks_invalidated;
    stats.native = {.blocks = engine.hot.blocks_compiled,
                    .instructions = engine.hot.instructions_compiled,
                    .bytes = engine.hot.code_bytes,
                    .refused = engine.hot.blocks_refused,
                    .invalidated = engine.native_invalidated,
                    .revived = engine.hot.blocks_revived,
                    .links = engine.hot.links,
                    .reuses = engine.hot.reuses,
                    .compile_seconds = engine.hot.compile_seconds};
    return stats;
}

int run_machine(const MachineConfig& requested, RunStats& stats,
                const RunSurroundings& surroundings) {
    Terminal terminal(STDIN_FILENO, surroundings.console_output);
    MachineConfig config = requested;
    for (;;) {
        Machine machine(config, terminal, surroundings.listener);
        if (!config.dump_dtb.empty()) {
            write_file_atomically(config.dump_dtb, machine.device_tree());
            return 0;
        }
        const std::optional<int> code = machine.run();
        stats = machine.stats();
        if (!code) {  // reset
            if (config.limit_instructions) config.limit_instructions = machine.left();
            continue;
        }
        if (!config.signature.empty()) write_file_atomically(config.signature, machine.signature());
        return *code;
    }
}

}  // namespace kiln
