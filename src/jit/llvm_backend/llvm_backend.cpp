#include "jit/llvm_backend/llvm_backend.h"

#include <algorithm>
#include <chrono>
#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>
#include <map>
#include <mutex>
#include <set>

#include "jit/kept/code_store.h"
#include "jit/kept/region_key.h"
#include "jit/llvm_backend/kept_object.h"
#include "jit/llvm_backend/linker.h"
#include "jit/llvm_backend/lowering.h"
#include "jit/llvm_backend/pipeline.h"
#include "support/log.h"
#include "support/state_archive.h"

namespace kiln {
namespace llvm_backend {
namespace {

llvm::orc::JITTargetMachineBuilder this_host() {
    static const bool ready = [] {
        llvm::InitializeNativeTarget();
        llvm::InitializeNativeTargetAsmPrinter();
        llvm::InitializeNativeTargetAsmParser();
        return true;
    }();
    static_cast<void>(ready);
    auto target = llvm::cantFail(llvm::orc::JITTargetMachineBuilder::detectHost());
    // Slow calls keep sixteen vector registers of 128 bits.
    for (const char* feature : {"-avx512f", "-evex512"}) target.getFeatures().AddFeature(feature);
    target.setRelocationModel(llvm::Reloc::PIC_);
    target.setCodeModel(llvm::CodeModel::Small);
    target.setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
    return target;
}

std::vector<std::byte> bytes_of(const llvm::MemoryBuffer& object) {
    const auto* const first = reinterpret_cast<const std::byte*>(object.getBufferStart());
    return {first, first + object.getBufferSize()};
}

Linker::Object to_buffer(std::span<const std::byte> bytes) {
    return llvm::MemoryBuffer::getMemBufferCopy(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// LLVM would end the program where it cannot compile something.
void note_error(const llvm::DiagnosticInfo* info, void* failed) {
    if (info->getSeverity() == llvm::DS_Error) *static_cast<bool*>(failed) = true;
}

using Clock = std::chrono::steady_clock;

// A region's code, as its parts know it.
struct Compiled {
    native::Region region;
    CodeArena::Piece data;
    std::unique_ptr<LinkedCode> code;
    std::optional<native::FaultSites> faults;
    std::vector<native::Region::InnerEdge> inner;
};

class LlvmBackend final : public RegionBackend {
  public:
    explicit LlvmBackend(const RegionBackendSetup& setup)
        : layout_(setup.layout),
          store_(setup.store),
          arena_(setup.bytes, setup.table),
          target_(this_host()),
          machine_(llvm::cantFail(target_.createTargetMachine())),
          linker_(arena_, target_),
          unlinked_(
              setup.table[native::table_index(native::Symbol::kExit, native::Form::kFunction)]) {
        const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
        host_ = {.clmul = features.lookup("pclmul"), .fma = features.lookup("fma")};
    }
    ~LlvmBackend() override {
        while (!regions_.empty()) release(regions_.begin()->second->region);
    }

    std::string_view name() const override { return "llvm"; }

    native::Region* load(const ir::Region& region, const RegionSite& site) override {
        const auto start = Clock::now();
        const std::optional<kept::Key> key = key_of(region, site);
        const std::optional<KeptObject> kept = key ? find(*key, region) : std::nullopt;
        if (!kept) return nullptr;
        native::Region* made = put_in_place(to_buffer(kept->object), region, kept->edges);
        return made == nullptr ? nullptr : finish(*made, site, start, true);
    }

    native::Region* compile(const ir::Region& region, const RegionSite& site) override {
        const auto start = Clock::now();
        llvm::LLVMContext context;
        bool failed = false;
        context.setDiagnosticHandlerCallBack(note_error, &failed);
        llvm::Module module("region", context);
        module.setDataLayout(machine_->createDataLayout());
        module.setTargetTriple(target_.getTargetTriple().str());
        std::vector<EdgePlan> edges;
        try {
            edges = Lowering(module, region, site, layout_, host_).run();
        } catch (const Unsupported&) {
            return nullptr;
        }
        optimize(module, *machine_, site.level);
        Linker::Object object = make_object(module);
        if (failed) return nullptr;
        if (const std::optional<kept::Key> key = key_of(region, site))
            store_->put(*key, save({edges, bytes_of(*object)}));
        native::Region* made = put_in_place(std::move(object), region, edges);
        return made == nullptr ? nullptr : finish(*made, site, start, false);
    }

    void release(native::Region& region) noexcept override {
        const std::scoped_lock lock(mutex_);
        const auto found = regions_.find(&region);
        linker_.remove(*found->second->code);
        arena_.give_back(found->second->data);
        regions_.erase(found);
    }

  private:
    std::optional<kept::Key> key_of(const ir::Region& region, const RegionSite& site) const;
    std::optional<KeptObject> find(const kept::Key& key, const ir::Region& region) const;
    Linker::Object make_object(llvm::Module& module);
    native::Region* put_in_place(Linker::Object object, const ir::Region& region,
                                 const std::vector<EdgePlan>& edges);
    static native::Region* finish(native::Region& region, const RegionSite& site,
                                  Clock::time_point start, bool kept);
    Compiled* link(Linker::Object object, const ir::Region& region,
                   const std::vector<EdgePlan>& edges);
    Symbols symbols(const ir::Region& region, u64 data) const;
    void fill_in(Compiled& compiled, const ir::Region& region, const std::vector<EdgePlan>& edges);

    const native::Layout layout_;
    const std::shared_ptr<kept::CodeStore> store_;
    CodeArena arena_;
    llvm::orc::JITTargetMachineBuilder target_;
    std::unique_ptr<llvm::TargetMachine> machine_;
    Linker linker_;
    const u64 unlinked_;
    Lowering::Host host_;
    // Guards the arena, the linker, and what follows.
    std::mutex mutex_;
    std::map<const native::Region*, std::unique_ptr<Compiled>> regions_;
};

std::vector<std::string> names(const ir::Region& region, const std::vector<EdgePlan>& edges) {
    std::vector<std::string> list;
    for (size_t i = 0; i < region.entries.size(); ++i) {
        list.push_back(kEntryName + std::to_string(i));
        list.push_back(kLeaveName + std::to_string(i));
    }
    for (size_t i = 0; i < edges.size(); ++i)
        if (edges[i].predicted) list.push_back(kUnlinkedName + std::to_string(i));
    return list;
}

Symbols LlvmBackend::symbols(const ir::Region& region, u64 data) const {
    std::map<std::string, u64> list = {{kTableName, arena_.table()}, {kDataName, data}};
    for (const ir::RegionBlock& block : region.blocks)
        for (const Helper* helper : block.block.helpers)
            list[std::string(kHelperName) + helper->name] = reinterpret_cast<u64>(helper->function);
    return {list.begin(), list.end()};
}

// What the object depends on is all in the region, the site, and the store's identity. Nothing
// where nothing is kept.
std::optional<kept::Key> LlvmBackend::key_of(const ir::Region& region,
                                             const RegionSite& site) const {
    if (store_ == nullptr) return {};
    kept::KeyHasher hasher = store_->hasher();
    kept::add(hasher, region);
    kept::add(hasher, site);
    return hasher.key();
}

// What was made before.
std::optional<KeptObject> LlvmBackend::find(const kept::Key& key, const ir::Region& region) const {
    const auto bytes = store_->find(key);
    if (!bytes) return {};
    try {
        return load_object(*bytes, region.blocks.size());
    } catch (const StateError& error) {
        log_line(LogItem::cache, "{}.code is not used: {}", key.text(), error.what());
        return {};
    }
}

Linker::Object LlvmBackend::make_object(llvm::Module& module) {
    return llvm::cantFail(llvm::orc::SimpleCompiler(*machine_)(module));
}

// What takes long is done: the guest may have to wait for the rest.
native::Region* LlvmBackend::put_in_place(Linker::Object object, const ir::Region& region,
                                          const std::vector<EdgePlan>& edges) {
    const std::scoped_lock lock(mutex_);
    Compiled* compiled = link(std::move(object), region, edges);
    return compiled == nullptr ? nullptr : &compiled->region;
}

native::Region* LlvmBackend::finish(native::Region& region, const RegionSite& site,
                                    Clock::time_point start, bool kept) {
    const std::chrono::duration<double> taken = Clock::now() - start;
    region.level = site.level;
    region.compile_seconds = taken.count();
    region.kept = kept;
    return &region;
}

Compiled* LlvmBackend::link(Linker::Object object, const ir::Region& region,
                            const std::vector<EdgePlan>& edges) {
    const u64 size =
        region.entries.size() * sizeof(native::Block) + edges.size() * sizeof(native::Edge);
    const auto data = arena_.take(size, false);
    if (!data) return nullptr;
    auto compiled = std::make_unique<Compiled>();
    compiled->data = *data;
    compiled->code =
        linker_.link(std::move(object), symbols(region, data->run), names(region, edges));
    if (compiled->code == nullptr) {
        arena_.give_back(*data);
        return nullptr;
    }
    compiled->faults.emplace(std::move(compiled->code->fault_sites));
    fill_in(*compiled, region, edges);
    const native::Region* key = &compiled->region;
    return (regions_[key] = std::move(compiled)).get();
}

// What the engine knows of the code.
void LlvmBackend::fill_in(Compiled& compiled, const ir::Region& region,
                          const std::vector<EdgePlan>& edges) {
    auto* blocks = reinterpret_cast<native::Block*>(compiled.data.run);
    auto* first_edge = reinterpret_cast<native::Edge*>(blocks + region.entries.size());
    const std::vector<u64>& addresses = compiled.code->addresses;
    const auto code = std::ranges::find_if(compiled.code->pieces,
                                           [](const CodeArena::Piece& p) { return p.is_code; });
    native::Region& made = compiled.region;
    made = {};
    made.code = reinterpret_cast<const void*>(code->run);
    made.code_bytes = static_cast<u32>(code->size);
    for (const ir::RegionBlock& block : region.blocks) made.instructions += block.block.count;
    for (size_t i = 0; i < region.entries.size(); ++i) {
        auto* block = new (blocks + i) native::Block{};
        block->entry = addresses[2 * i];
        block->leave = addresses[2 * i + 1];
        block->code = reinterpret_cast<const void*>(block->entry);
        block->code_bytes = i == 0 ? made.code_bytes : 0;
        block->count = region.blocks[region.entries[i]].block.count;
    }
    made.entries = {blocks, region.entries.size()};
    size_t predicted = 2 * region.entries.size();
    for (size_t i = 0; i < edges.size(); ++i) {
        auto* edge = new (first_edge + i) native::Edge{};
        edge->unlinked = edges[i].predicted ? addresses[predicted++] : unlinked_;
        edge->target = edge->unlinked;
        edge->key = kNoKey;
        edge->keyed = edges[i].keyed;
        edge->from = blocks;
        edge->offset = static_cast<u16>(static_cast<u64>(edges[i].offset) & ~kPageMask);
        if (edges[i].inner != ir::kOutside) compiled.inner.push_back({edge, edges[i].inner});
    }
    blocks[0].edges = {first_edge, edges.size()};
    made.inner = compiled.inner;
}

}  // namespace
}  // namespace llvm_backend

std::unique_ptr<RegionBackend> make_llvm_backend(const RegionBackendSetup& setup) {
    return std::make_unique<llvm_backend::LlvmBackend>(setup);
}

}  // namespace kiln
