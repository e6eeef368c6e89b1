#include "machine/machine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "image/file.h"
#include "image/reset_vector.h"
#include "image/signature.h"
#include "jit/kept/identity.h"
#include "machine/backends.h"
#include "machine/live_inputs.h"
#include "support/error.h"

namespace kiln {
namespace {

using riscv::Ext;
using riscv::Hart;
using riscv::Isa;

u64 checked_ram(u64 size) {
    if (size == 0 || size % kPageSize != 0)
        throw UsageError("--ram: RAM is a multiple of 4 KiB and not empty");
    if (size > u64{1} << 40) throw UsageError("--ram: more than 1 TiB is not supported");
    return size;
}

Isa parse_isa(const MachineConfig& config) {
    return config.isa.empty() ? Isa::everything(64) : Isa::parse(config.isa);
}

BootPlan plan(const MachineConfig& config, const Isa& isa) {
    const BootFiles files{.image = config.image,
                          .firmware = firmware_name(config, isa.xlen),
                          .kernel = config.kernel,
                          .initrd = config.initrd,
                          .flat_address = config.load_address};
    return plan_boot(files, {virt::kRamBase, config.ram_size}, isa.xlen);
}

// Instructions that make a page worth a region, for each entry that makes a block worth compiling:
// 6 million, some 3 ms, where that is not set.
constexpr u64 kHeatOfEntry = 6000;

EngineSetup engine_setup(const MachineConfig& config, CodeListener* listener) {
    EngineSetup setup;
    const BackendInfo& backend = find_backend(config.backend);
    setup.hot.make_backend = backend.make;
    setup.hot.make_regions = backend.regions;
    setup.hot.tier_up = config.tier_up;
    setup.hot.region_heat = std::max<u64>(config.tier_up, 1) * kHeatOfEntry;
    setup.hot.code_cache = config.code_cache;
    setup.hot.wait = config.wait_for_code;
    setup.hot.audit = config.audit;
    setup.hot.listener = listener;
    return setup;
}

}  // namespace

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

Isa choose_isa(const MachineConfig& config) {
    if (!config.isa.empty() || config.image.empty()) return parse_isa(config);
    const Image image = load_image(config.image, {config.load_address, 0});
    return Isa::everything(image.xlen == 32 ? 32 : 64);
}

Machine::Machine(const MachineConfig& config, std::unique_ptr<Inputs> inputs,
                 CodeListener* listener)
    : Machine(config, *inputs, listener) {
    owned_inputs_ = std::move(inputs);
}

Machine::Machine(const MachineConfig& config, CharBackend& console, CodeListener* listener)
    : Machine(config, std::make_unique<LiveInputs>(console, config.clock), listener) {}

Machine::Machine(const MachineConfig& config, Inputs& inputs, CodeListener* listener)
    : Machine(config, inputs, listener, nullptr) {}

Machine::Machine(const MachineConfig& config, const SnapshotFile& snapshot, Inputs& inputs,
                 CodeListener* listener)
    : Machine(config, inputs, listener, &snapshot) {}

Machine::Machine(const MachineConfig& config, Inputs& inputs, CodeListener* listener,
                 const SnapshotFile* snapshot)
    : config_(config),
      isa_(choose_isa(config)),
      inputs_(inputs),
      memory_(virt::kRamBase, checked_ram(config.ram_size), bus_),
      plan_(snapshot == nullptr ? plan(config, isa_) : BootPlan()) {
    if (config.harts == 0 || config.harts > virt::kMaxHarts)
        throw UsageError("--smp: the machine has 1 to 8 harts");
    if (config.clock == ClockKind::icount) memory_.remember_walks();
    for (unsigned id = 0; id < config.harts; ++id)
        harts_.push_back(std::make_unique<Hart>(id, isa_, memory_, time_));
    EngineSetup setup = engine_setup(config, listener);
    if (setup.hot.make_regions != nullptr) setup.hot.kept = kept_ = open_cache();
    engine_ = isa_.xlen == 32 ? make_rv32_engine(memory_, setup) : make_rv64_engine(memory_, setup);
    for (auto& hart : harts_) {
        engine_->attach(*hart);
        instruction_clock_.add(*hart);
    }
    make_board();
    if (snapshot != nullptr) {
        load(*snapshot);
    } else {
        fdt_ = make_device_tree();
        load();
    }
}

// nullptr: nothing is kept.
std::shared_ptr<kept::KeptCode> Machine::open_cache() const {
    if (!config_.cache || config_.cache->empty()) return nullptr;
    return std::make_shared<kept::KeptCode>(
        *config_.cache, config_.cache_limit, kept::identity(config_.backend),
        kept::GuestKind{.ram_base = virt::kRamBase, .xlen = isa_.xlen});
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
    }
    board.wall_clock_ns = [this] { return inputs_.wall_clock_ns(now()); };
    board.entropy = [this](std::span<std::byte> out) { return inputs_.entropy(now(), out); };
    board_ = std::make_unique<VirtBoard>(board, bus_, memory_, clock(), inputs_.console(), sinks);
}

std::vector<std::byte> Machine::make_device_tree() {
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
    info.rng_seed.resize(32);
    if (!inputs_.entropy(now(), info.rng_seed)) info.rng_seed.clear();
    return make_virt_fdt(info);
}

// Puts the pieces into RAM and the harts where the reset vector would leave them.
void Machine::load() {
    place(plan_,
          {virt::kRamBase, config_.ram_size, [this](u64 address, std::span<const std::byte> bytes) {
               memory_.expect_file(address, bytes.size());
               memory_.dma_write(address, bytes);
           }});
    const u64 fdt_at = fdt_address({virt::kRamBase, config_.ram_size}, plan_.used(),
                                   config_.dtb.empty() ? "device tree" : config_.dtb, fdt_.size());
    memory_.dma_write(fdt_at, fdt_);
    map_rom(make_reset_vector({.xlen = isa_.xlen,
                               .entry = plan_.entry,
                               .fdt_address = fdt_at,
                               .next_address = plan_.next_address}));
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
        add_htif({*bare->tohost, bare->fromhost});
    }
}

// Puts back what write_snapshot() wrote.
void Machine::load(const SnapshotFile& snapshot) {
    const SavedMachine& saved = snapshot.machine();
    const auto rom = std::as_bytes(std::span(saved.rom));
    map_rom({rom.begin(), rom.end()});
    const std::vector<std::byte> devices = snapshot.load([this](u32 page, PageView bytes) {
        memory_.dma_write(virt::kRamBase + (u64{page} << kPageBits), bytes);
    });
    if (saved.htif) add_htif(*saved.htif);
    try {
        load_state(devices);
    } catch (const StateError& error) {
        throw InputError(snapshot.name(), std::string("is damaged: ") + error.what());
    }
}

void Machine::map_rom(std::vector<std::byte> bytes) {
    parts_.rom.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    rom_.emplace(std::move(bytes));
    bus_.map("rom", kResetVectorAddress, kPageSize, *rom_);
}

void Machine::add_htif(const HtifPlace& place) {
    parts_.htif = place;
    htif_.emplace(memory_, inputs_.console(), place.tohost, place.fromhost);
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

}  // namespace kiln
