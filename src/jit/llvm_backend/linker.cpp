#include "jit/llvm_backend/linker.h"

#include <cstring>
#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>

#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

using llvm::Error;
using llvm::Expected;
using llvm::jitlink::JITLinkDylib;
using llvm::jitlink::JITLinkMemoryManager;
using llvm::jitlink::LinkGraph;

namespace {

Error no_room() {
    return llvm::make_error<llvm::StringError>("no room", llvm::inconvertibleErrorCode());
}

bool executes(llvm::orc::MemProt rights) {
    return (static_cast<unsigned>(rights) & static_cast<unsigned>(llvm::orc::MemProt::Exec)) != 0;
}

}  // namespace

// The arena as JITLink wants it: code is linked in memory of its own, and then copied to where it
// is written. What an object has taken is given back as a whole, by Linker::remove.
class Linker::Memory final : public JITLinkMemoryManager {
  public:
    explicit Memory(Linker& linker) : linker_(linker) {}

    void allocate(const JITLinkDylib*, LinkGraph& graph, OnAllocatedFunction done) override {
        llvm::jitlink::BasicLayout layout(graph);
        auto taken = std::make_unique<Taken>();
        for (auto& [group, segment] : layout.segments()) {
            const bool is_code = executes(group.getMemProt());
            const u64 size = segment.ContentSize + segment.ZeroFillSize;
            const auto piece = linker_.take(size, is_code);
            if (!piece || segment.Alignment.value() > FreeRanges::kUnit) return done(no_room());
            taken->parts.push_back({*piece, std::vector<char>(size)});
            segment.Addr = llvm::orc::ExecutorAddr(piece->run);
            segment.WorkingMem = taken->parts.back().content.data();
        }
        if (Error error = layout.apply()) return done(std::move(error));
        done(std::move(taken));
    }
    void deallocate(std::vector<FinalizedAlloc> pieces, OnDeallocatedFunction done) override {
        for (FinalizedAlloc& piece : pieces) piece.release();
        done(Error::success());
    }

  private:
    struct Taken final : InFlightAlloc {
        struct Part {
            CodeArena::Piece piece;
            std::vector<char> content;
        };
        std::vector<Part> parts;

        void abandon(OnAbandonedFunction done) override { done(Error::success()); }
        void finalize(OnFinalizedFunction done) override {
            for (const Part& part : parts)
                std::memcpy(part.piece.write, part.content.data(), part.content.size());
            done(FinalizedAlloc(llvm::orc::ExecutorAddr(parts.empty() ? 0 : parts[0].piece.run)));
        }
    };

    Linker& linker_;
};

// What an object says of where its code may fault. It takes no memory of the arena.
class Linker::FaultSection final : public llvm::orc::ObjectLinkingLayer::Plugin {
  public:
    explicit FaultSection(Linker& linker) : linker_(linker) {}

    void modifyPassConfig(llvm::orc::MaterializationResponsibility&, LinkGraph&,
                          llvm::jitlink::PassConfiguration& passes) override {
        passes.PrePrunePasses.emplace_back(keep);
        passes.PostFixupPasses.emplace_back([this](LinkGraph& graph) { return read(graph); });
    }
    Error notifyFailed(llvm::orc::MaterializationResponsibility&) override {
        return Error::success();
    }
    Error notifyRemovingResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey) override {
        return Error::success();
    }
    void notifyTransferringResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey,
                                     llvm::orc::ResourceKey) override {}

  private:
    // Nothing refers to the section.
    static Error keep(LinkGraph& graph) {
        if (llvm::jitlink::Section* section = graph.findSectionByName(kFaultSection))
            for (llvm::jitlink::Block* block : section->blocks())
                graph.addAnonymousSymbol(*block, 0, block->getSize(), false, /*IsLive=*/true);
        return Error::success();
    }
    Error read(LinkGraph& graph) {
        if (llvm::jitlink::Section* section = graph.findSectionByName(kFaultSection))
            for (const llvm::jitlink::Block* block : section->blocks()) add(block->getContent());
        return Error::success();
    }
    void add(llvm::ArrayRef<char> content) {
        std::vector<native::FaultSite>& sites = linker_.under_way_->fault_sites;
        const size_t known = sites.size();
        sites.resize(known + content.size() / sizeof(native::FaultSite));
        std::memcpy(&sites[known], content.data(),
                    (sites.size() - known) * sizeof(native::FaultSite));
    }

    Linker& linker_;
};

Linker::Linker(CodeArena& arena, const llvm::orc::JITTargetMachineBuilder& target) : arena_(arena) {
    llvm::orc::LLJITBuilder builder;
    builder.setJITTargetMachineBuilder(target);
    builder.setObjectLinkingLayerCreator(
        [this](llvm::orc::ExecutionSession& session, const llvm::Triple&) {
            auto layer = std::make_unique<llvm::orc::ObjectLinkingLayer>(
                session, std::make_unique<Memory>(*this));
            layer->addPlugin(std::make_shared<FaultSection>(*this));
            return layer;
        });
    builder.setLinkProcessSymbolsByDefault(false);
    builder.setPlatformSetUp(llvm::orc::setUpInactivePlatform);
    jit_ = llvm::cantFail(builder.create());
    // What goes wrong is said by what asked for it.
    jit_->getExecutionSession().setErrorReporter(
        [](Error error) { consumeError(std::move(error)); });
}

Linker::~Linker() = default;

std::optional<CodeArena::Piece> Linker::take(u64 size, bool is_code) {
    const auto piece = arena_.take(size, is_code);
    if (piece) under_way_->pieces.push_back(*piece);
    return piece;
}

void Linker::define(llvm::orc::JITDylib& library, const Symbols& symbols) {
    llvm::orc::SymbolMap map;
    for (const auto& [name, address] : symbols)
        map[jit_->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr(address),
                                            llvm::JITSymbolFlags::Exported};
    llvm::cantFail(library.define(llvm::orc::absoluteSymbols(std::move(map))));
}

std::unique_ptr<LinkedCode> Linker::link(Object object, const Symbols& symbols,
                                         const std::vector<std::string>& wanted) {
    auto code = std::make_unique<LinkedCode>();
    under_way_ = code.get();
    llvm::orc::ExecutionSession& session = jit_->getExecutionSession();
    llvm::orc::JITDylib& library = session.createBareJITDylib(std::to_string(count_++));
    code->library = &library;
    define(library, symbols);
    llvm::cantFail(jit_->addObjectFile(library, std::move(object)));
    for (const std::string& name : wanted) {
        auto address = jit_->lookup(library, name);
        if (!address) {
            consumeError(address.takeError());
            remove(*code);
            return nullptr;
        }
        code->addresses.push_back(address->getValue());
    }
    return code;
}

void Linker::remove(LinkedCode& code) {
    llvm::cantFail(jit_->getExecutionSession().removeJITDylib(*code.library));
    for (const CodeArena::Piece& piece : code.pieces) arena_.give_back(piece);
}

}  // namespace kiln::llvm_backend
