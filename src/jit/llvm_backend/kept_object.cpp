#include "jit/llvm_backend/kept_object.h"

#include "support/state_archive.h"

namespace kiln::llvm_backend {
namespace {

constexpr size_t kEdgeBytes = sizeof(i64) + sizeof(ir::RegionIndex) + 2;

void visit(StateArchive& archive, std::vector<EdgePlan>& edges, size_t blocks) {
    auto count = static_cast<u32>(edges.size());
    archive.value(count);
    archive.check(!archive.loading() || count <= archive.left() / kEdgeBytes,
                  "the number of edges");
    edges.resize(count);
    for (EdgePlan& edge : edges) {
        archive.values(edge.offset, edge.keyed, edge.inner, edge.predicted);
        archive.check(edge.inner == ir::kOutside || edge.inner < blocks, "an edge");
    }
}

}  // namespace

std::vector<std::byte> save(const KeptObject& kept) {
    std::vector<EdgePlan> edges = kept.edges;
    std::vector<std::byte> bytes;
    StateArchive archive(bytes);
    visit(archive, edges, ir::kOutside);
    bytes.insert(bytes.end(), kept.object.begin(), kept.object.end());
    return bytes;
}

KeptObject load_object(std::span<const std::byte> bytes, size_t blocks) {
    KeptObject kept;
    StateArchive archive(bytes);
    visit(archive, kept.edges, blocks);
    const auto object = bytes.last(archive.left());
    kept.object.assign(object.begin(), object.end());
    return kept;
}

}  // namespace kiln::llvm_backend
