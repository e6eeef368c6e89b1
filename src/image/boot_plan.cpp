#include "image/boot_plan.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>
#include <unistd.h>

#include "image/file.h"
#include "support/error.h"

namespace kiln {
namespace {

// Where distributions put OpenSBI's generic platform: as its own package, and beside QEMU.
constexpr std::array kFirmware64 = {
    "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin",
    "/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin",
};
constexpr std::array kFirmware32 = {
    "/usr/lib/riscv32-linux-gnu/opensbi/generic/fw_dynamic.bin",
    "/usr/share/qemu/opensbi-riscv32-generic-fw_dynamic.bin",
};

// A packed kernel has no structure that is known here and would be run as if it were code.
struct PackedKernel {
    std::string_view magic;
    const char* format;
};
constexpr PackedKernel kPackedKernels[] = {
    {"\x1f\x8b", "gzip"},
    {"\x28\xb5\x2f\xfd", "zstd"},
    {std::string_view("\xfd"
                      "7zXZ\0",
                      6),
     "xz"},
    {std::string_view("MZ\0\0zimg", 8), "EFI zboot"},
};

void refuse_packed(const Image& kernel) {
    if (kernel.kind != Image::Kind::flat) return;
    const std::string_view text(reinterpret_cast<const char*>(kernel.file.data()),
                                kernel.file.size());
    for (const PackedKernel& packed : kPackedKernels) {
        if (!text.starts_with(packed.magic)) continue;
        throw InputError(kernel.name,
                         fmt::format("is compressed ({}); unpack it first", packed.format));
    }
}

void refuse_overlap(const Image& low, const Image& high) {
    for (const Segment& a : low.segments) {
        for (const Segment& b : high.segments) {
            if (a.address >= b.end() || b.address >= a.end()) continue;
            throw InputError(high.name,
                             fmt::format("{:#x}-{:#x} overlaps {} ({:#x}-{:#x})", b.address,
                                         b.end() - 1, low.name, a.address, a.end() - 1));
        }
    }
}

Image load_inside(const std::string& name, uint64_t flat_address, const RamRange& ram,
                  unsigned xlen) {
    Image image = load_image(name, {flat_address, xlen});
    require_inside(image, ram.base, ram.size);
    return image;
}

Image load_kernel(const std::string& name, const BootPlan& plan, const RamRange& ram,
                  unsigned xlen) {
    Image kernel = load_image(name, {ram.base, xlen});
    refuse_packed(kernel);
    if (kernel.kind != Image::Kind::elf && plan.firmware) {
        move_image(kernel, kernel_address(ram, plan.firmware->end(), kernel, xlen));
    }
    require_inside(kernel, ram.base, ram.size);
    if (plan.firmware) refuse_overlap(*plan.firmware, kernel);
    return kernel;
}

Blob load_initrd(const std::string& name, const Image& kernel, const RamRange& ram) {
    Blob initrd{name, 0, read_file(name)};
    initrd.address = initrd_address(ram, kernel.begin(), kernel.end(), name, initrd.bytes.size());
    return initrd;
}

}  // namespace

const Image* BootPlan::bare() const {
    if (image) return &*image;
    return kernel && !firmware ? &*kernel : nullptr;
}

std::vector<UsedRange> BootPlan::used() const {
    std::vector<UsedRange> ranges;
    for (const std::optional<Image>* part : {&image, &firmware, &kernel}) {
        if (!*part) continue;
        for (const Segment& segment : (*part)->segments) {
            ranges.push_back({segment.address, segment.end()});
        }
    }
    if (initrd) ranges.push_back({initrd->address, initrd->address + initrd->bytes.size()});
    return ranges;
}

BootPlan plan_boot(const BootFiles& files, const RamRange& ram, unsigned xlen) {
    BootPlan plan;
    plan.entry = ram.base;
    if (!files.image.empty()) {
        plan.image = load_inside(files.image, files.flat_address, ram, xlen);
        plan.entry = plan.image->entry;
    }
    if (!files.firmware.empty()) {
        plan.firmware = load_inside(files.firmware, ram.base, ram, xlen);
        plan.entry = plan.firmware->entry;
    }
    if (!files.kernel.empty()) {
        plan.kernel = load_kernel(files.kernel, plan, ram, xlen);
        (plan.firmware ? plan.next_address : plan.entry) = plan.kernel->entry;
        if (!files.initrd.empty()) plan.initrd = load_initrd(files.initrd, *plan.kernel, ram);
    }
    return plan;
}

void place(const BootPlan& plan, const RamView& ram) {
    for (const std::optional<Image>* part : {&plan.image, &plan.firmware, &plan.kernel}) {
        if (*part) place(**part, ram);
    }
    if (plan.initrd) ram.write(plan.initrd->address, plan.initrd->bytes);
}

std::string find_default_firmware(unsigned xlen) {
    const std::span<const char* const> names = xlen == 64 ? kFirmware64 : kFirmware32;
    const auto readable = [](const char* name) { return ::access(name, R_OK) == 0; };
    const auto found = std::ranges::find_if(names, readable);
    if (found != names.end()) return *found;
    throw InputError("--bios default", fmt::format("no OpenSBI for rv{} is installed; searched {}",
                                                   xlen, fmt::join(names, ", ")));
}

}  // namespace kiln
