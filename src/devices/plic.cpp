#include "devices/plic.h"

namespace kiln {

namespace {
constexpr uint32_t kPriorityMask = 7;  // Priorities are WARL: only these bits exist.
constexpr uint64_t kPendingBase = 0x1000;
constexpr uint64_t kEnableBase = 0x2000;
constexpr uint64_t kEnableStride = 0x80;
constexpr uint64_t kContextBase = 0x20'0000;
constexpr uint64_t kContextStride = 0x1000;
constexpr uint64_t kThreshold = 0;
constexpr uint64_t kClaim = 4;
}  // namespace

Plic::Plic(const std::vector<IrqLine>& contexts) : contexts_(contexts.size()) {
    for (size_t i = 0; i < contexts.size(); ++i) contexts_[i].output = contexts[i];
}

std::optional<uint64_t> Plic::read(uint64_t offset, unsigned size) noexcept {
    if (size != 4) return std::nullopt;
    return read_register(offset);
}

bool Plic::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
    if (size != 4) return false;
    write_register(offset, static_cast<uint32_t>(value));
    return true;
}

uint32_t Plic::read_register(uint64_t offset) noexcept {
    if (offset < kPendingBase) {
        const uint64_t source = offset / 4;
        return source < kSources ? priority_[source] : 0;
    }
    if (offset < kEnableBase) {
        const uint64_t word = (offset - kPendingBase) / 4;
        return word < kWords ? pending_.words[word] : 0;
    }
    if (offset < kContextBase) {
        const uint64_t context = (offset - kEnableBase) / kEnableStride;
        const uint64_t word = (offset - kEnableBase) % kEnableStride / 4;
        return context < contexts_.size() && word < kWords ? contexts_[context].enabled.words[word]
                                                           : 0;
    }
    const uint64_t index = (offset - kContextBase) / kContextStride;
    if (index >= contexts_.size()) return 0;
    switch ((offset - kContextBase) % kContextStride) {
        case kThreshold:
            return contexts_[index].threshold;
        case kClaim:
            return claim(contexts_[index]);
        default:
            return 0;
    }
}

void Plic::write_register(uint64_t offset, uint32_t value) noexcept {
    if (offset < kPendingBase) {
        const uint64_t source = offset / 4;
        if (source == 0 || source >= kSources) return;
        priority_[source] = static_cast<uint8_t>(value & kPriorityMask);
    } else if (offset < kEnableBase) {
        return;  // Pending bits are read-only.
    } else if (offset < kContextBase) {
        const uint64_t context = (offset - kEnableBase) / kEnableStride;
        const uint64_t word = (offset - kEnableBase) % kEnableStride / 4;
        if (context >= contexts_.size() || word >= kWords) return;
        contexts_[context].enabled.words[word] = word == 0 ? value & ~uint32_t{1} : value;
    } else {
        const uint64_t index = (offset - kContextBase) / kContextStride;
        if (index >= contexts_.size()) return;
        const uint64_t reg = (offset - kContextBase) % kContextStride;
        if (reg == kThreshold) contexts_[index].threshold = value & kPriorityMask;
        if (reg == kClaim) complete(contexts_[index], value);
    }
    update();
}

void Plic::set_irq(unsigned source, bool level) noexcept {
    if (source == 0 || source >= kSources || level_.test(source) == level) return;
    level_.set(source, level);
    if (!level) return;
    request(source);
    update();
}

void Plic::state(StateArchive& archive) {
    for (uint8_t& priority : priority_)
        archive.at_most(priority, static_cast<uint8_t>(kPriorityMask), "a priority of the PLIC");
    archive.values(level_.words, pending_.words, claimed_.words);
    for (Context& context : contexts_) {
        archive.value(context.enabled.words);
        archive.at_most(context.threshold, kPriorityMask, "a threshold of the PLIC");
        archive.value(context.level);
    }
}

// Lets a request pass the gateway unless one is being served already.
void Plic::request(unsigned source) noexcept {
    if (level_.test(source) && !claimed_.test(source)) pending_.set(source, true);
}

// The enabled pending source of the highest priority, of equal ones that with the lowest number;
// 0 when there is none. Priority 0 means "never interrupt".
unsigned Plic::best(const Context& context) const noexcept {
    unsigned found = 0;
    for (unsigned word = 0; word < kWords; ++word) {
        if ((pending_.words[word] & context.enabled.words[word]) == 0) continue;
        for (unsigned source = word * 32; source < word * 32 + 32; ++source) {
            if (pending_.test(source) && context.enabled.test(source) &&
                priority_[source] > priority_[found])
                found = source;
        }
    }
    return found;
}

// A claim is not subject to the threshold (PLIC specification, "Interrupt Claim Process").
uint32_t Plic::claim(Context& context) noexcept {
    const unsigned source = best(context);
    if (source != 0) {
        pending_.set(source, false);
        claimed_.set(source, true);
        update();
    }
    return source;
}

// A completion of a source that the context has not enabled is ignored (PLIC specification,
// "Interrupt Completion").
void Plic::complete(Context& context, uint32_t source) noexcept {
    if (source == 0 || source >= kSources || !context.enabled.test(source)) return;
    claimed_.set(source, false);
    request(source);
}

void Plic::update() noexcept {
    for (Context& context : contexts_) {
        const bool level = priority_[best(context)] > context.threshold;
        if (level != context.level) context.output.set(level);
        context.level = level;
    }
}

}  // namespace kiln
