// The transport and the queue, with expectations from virtio 1.2 (sections 2.1, 2.7, 3.1, 4.2).
#include <gtest/gtest.h>

#include "devices/virtio_mmio.h"
#include "devices/virtio_rng.h"
#include "unit/devices_virtio_fakes.h"

namespace kiln {
namespace {

using namespace test;

constexpr uint64_t kVersion1 = uint64_t{1} << 32;
constexpr uint64_t kFarOutside = 0x1'0000'0000'0000;
constexpr uint64_t kData = VirtioDriver::kData;

class VirtioTransport : public testing::Test {
  protected:
    bool irq() const { return sink[1]; }

    FakeMemory memory{0x10000};
    FakeSink sink;
    std::byte fill{0x5a};
    bool has_entropy = true;
    VirtioMmio device{std::make_unique<VirtioRng>([this](std::span<std::byte> bytes) {
                          std::fill(bytes.begin(), bytes.end(), fill);
                          return has_entropy;
                      }),
                      memory, IrqLine(sink, 1)};
    VirtioDriver driver{device, memory};
};

TEST_F(VirtioTransport, Identity) {
    EXPECT_EQ(driver.read(mmio::kMagic), 0x74726976u);
    EXPECT_EQ(driver.read(mmio::kVersion), 2u);
    EXPECT_EQ(driver.read(mmio::kDeviceId), 4u);
    EXPECT_EQ(driver.offered(), kVersion1);
    driver.write(mmio::kDeviceFeaturesSel, 2);
    EXPECT_EQ(driver.read(mmio::kDeviceFeatures), 0u);
    EXPECT_EQ(driver.read(mmio::kQueueNumMax), 256u);
    driver.write(mmio::kQueueSel, 1);
    EXPECT_EQ(driver.read(mmio::kQueueNumMax), 0u);
    EXPECT_EQ(driver.read(0xb0), 0xffff'ffffu);  // No shared memory: length -1.
    EXPECT_EQ(driver.read(0xb4), 0xffff'ffffu);
}

TEST_F(VirtioTransport, EmptySlot) {
    VirtioMmio empty(nullptr, memory, IrqLine(sink, 2));
    VirtioDriver probe(empty, memory);
    EXPECT_EQ(probe.read(mmio::kMagic), 0x74726976u);
    EXPECT_EQ(probe.read(mmio::kVersion), 2u);
    EXPECT_EQ(probe.read(mmio::kDeviceId), 0u);
    storm(empty, 0x1000, 20000, 5, [](auto&) {});
    EXPECT_FALSE(empty.busy());
}

TEST_F(VirtioTransport, FeatureNegotiation) {
    driver.write(mmio::kStatus, 3);
    driver.accept(0);  // A legacy driver.
    driver.write(mmio::kStatus, 11);
    EXPECT_EQ(driver.read(mmio::kStatus), 3u);
    driver.accept(kVersion1 | 1);  // Not offered.
    driver.write(mmio::kStatus, 11);
    EXPECT_EQ(driver.read(mmio::kStatus), 3u);
    driver.accept(kVersion1);
    driver.write(mmio::kStatus, 11);
    EXPECT_EQ(driver.read(mmio::kStatus), 11u);
    driver.write(mmio::kStatus, 0);
    EXPECT_EQ(driver.read(mmio::kStatus), 0u);
}

TEST_F(VirtioTransport, ServesOnlyAfterDriverOk) {
    driver.write(mmio::kStatus, 3);
    driver.accept(kVersion1);
    driver.write(mmio::kStatus, 11);
    driver.start_queue(8);
    driver.submit({{kData, 8, kWrite}});
    EXPECT_EQ(driver.used_index(), 0u);
    driver.write(mmio::kStatus, 15);
    driver.notify();
    EXPECT_EQ(driver.used_index(), 1u);
}

TEST_F(VirtioTransport, FillsBuffersAndInterrupts) {
    driver.start(kVersion1);
    memory.put<uint32_t>(kData + 8, 0x11223344);
    driver.submit({{kData, 3, kWrite}, {kData + 3, 5, kWrite}});
    EXPECT_EQ(memory.get<uint64_t>(kData), 0x5a5a'5a5a'5a5a'5a5au);
    EXPECT_EQ(memory.get<uint32_t>(kData + 8), 0x11223344u);
    EXPECT_EQ(driver.take_used(), (std::pair<uint32_t, uint32_t>{0, 8}));
    EXPECT_TRUE(irq());
    EXPECT_EQ(driver.read(mmio::kInterruptStatus), 1u);
    driver.write(mmio::kInterruptAck, 1);
    EXPECT_FALSE(irq());
    driver.submit({{kData, 4, kWrite}});
    EXPECT_EQ(driver.take_used(), (std::pair<uint32_t, uint32_t>{2, 4}));
    EXPECT_TRUE(irq());
}

TEST_F(VirtioTransport, RingWrapsAround) {
    driver.start(kVersion1, 4);
    for (unsigned i = 0; i < 100; ++i) {
        driver.submit({{kData, 4, kWrite}});
        EXPECT_EQ(driver.take_used(), (std::pair<uint32_t, uint32_t>{i % 4, 4}));
    }
    EXPECT_FALSE(driver.needs_reset());
}

TEST_F(VirtioTransport, DriverMaySuppressInterrupts) {
    driver.start(kVersion1);
    memory.put<uint16_t>(VirtioDriver::kAvail, 1);
    driver.submit({{kData, 4, kWrite}});
    EXPECT_EQ(driver.used_index(), 1u);
    EXPECT_FALSE(irq());
}

TEST_F(VirtioTransport, EntropyIsCappedAndMayFail) {
    driver.start(kVersion1);
    driver.submit({{kData, 0x6000, kWrite}});
    EXPECT_EQ(driver.take_used().second, 4096u);
    has_entropy = false;
    driver.submit({{kData, 16, kWrite}});
    EXPECT_EQ(driver.take_used().second, 0u);
    EXPECT_FALSE(driver.needs_reset());
}

TEST_F(VirtioTransport, HostEntropyIsNotConstant) {
    std::array<std::byte, 32> first{};
    std::array<std::byte, 32> second{};
    EXPECT_TRUE(host_entropy(first));
    EXPECT_TRUE(host_entropy(second));
    EXPECT_NE(first, second);
}

TEST_F(VirtioTransport, ResetStopsEverything) {
    driver.start(kVersion1);
    driver.submit({{kData, 4, kWrite}});
    driver.write(mmio::kStatus, 0);
    EXPECT_FALSE(irq());
    EXPECT_EQ(driver.read(mmio::kInterruptStatus), 0u);
    EXPECT_EQ(driver.read(mmio::kQueueReady), 0u);
    driver.start(kVersion1);
    driver.submit({{kData, 4, kWrite}});
    EXPECT_EQ(driver.used_index(), 1u);
}

TEST_F(VirtioTransport, LayoutIsFixedWhileReady) {
    driver.start(kVersion1);
    driver.write64(mmio::kDevice, kFarOutside);
    driver.submit({{kData, 4, kWrite}});
    EXPECT_FALSE(driver.needs_reset());
    EXPECT_EQ(driver.used_index(), 1u);
}

TEST_F(VirtioTransport, BadQueueSizes) {
    for (const uint32_t size : {0u, 3u, 7u, 255u, 512u, 0x8000'0000u, 0xffff'ffffu}) {
        driver.write(mmio::kStatus, 0);
        driver.write(mmio::kQueueNum, size);
        driver.write(mmio::kQueueReady, 1);
        EXPECT_TRUE(driver.needs_reset()) << size;
        EXPECT_EQ(driver.read(mmio::kQueueReady), 0u) << size;
    }
    for (const uint32_t size : {1u, 2u, 256u}) {
        driver.write(mmio::kStatus, 0);
        driver.write(mmio::kQueueNum, size);
        driver.write(mmio::kQueueReady, 1);
        EXPECT_FALSE(driver.needs_reset()) << size;
    }
}

// Each entry makes the queue of a started device malformed; the device must ask for a reset, tell
// the driver by an interrupt, move next to nothing, and work again after the reset.
struct Malformed {
    const char* name;
    void (*lie)(VirtioDriver&, FakeMemory&);
};
void PrintTo(const Malformed& malformed, std::ostream* out) { *out << malformed.name; }
const Malformed kMalformed[] = {
    {"BufferOutsideRam",
     [](auto& d, auto&) {
         d.publish(d.add({{kFarOutside, 16, kWrite}}));
     }},
    {"BufferAtTheEndOfRam",
     [](auto& d, auto&) {
         d.publish(d.add({{FakeMemory::kBase + 0xfff8, 16, kWrite}}));
     }},
    {"BufferWrapsAround",
     [](auto& d, auto&) {
         d.publish(d.add({{UINT64_MAX - 3, 16, kWrite}}));
     }},
    {"ReadableEntropyBuffer",
     [](auto& d, auto&) {
         d.publish(d.add({{kData, 16}}));
     }},
    {"ReadableAfterWritable",
     [](auto& d, auto&) {
         d.publish(d.add({{kData, 16, kWrite}, {kData, 16}}));
     }},
    {"EmptyChain",
     [](auto& d, auto&) {
         d.publish(d.add({{kData, 0, kWrite}}));
     }},
    {"Indirect",
     [](auto& d, auto&) {
         d.publish(d.add({{kData, 16, kIndirect}}));
     }},
    {"LoopOnItself",
     [](auto& d, auto&) {
         d.set_descriptor(0, {kData, 1, kWrite | kNext}, 0);
         d.publish(0);
     }},
    {"LoopOfTwo",
     [](auto& d, auto&) {
         d.set_descriptor(0, {kData, 1, kWrite | kNext}, 1);
         d.set_descriptor(1, {kData, 1, kWrite | kNext}, 0);
         d.publish(0);
     }},
    {"NextBeyondTheTable",
     [](auto& d, auto&) {
         d.set_descriptor(0, {kData, 1, kWrite | kNext}, 8);
         d.set_descriptor(8, {kData, 1, kWrite});
         d.publish(0);
     }},
    {"HeadBeyondTheTable",
     [](auto& d, auto&) {
         d.set_descriptor(8, {kData, 1, kWrite});
         d.publish(8);
     }},
    {"HeadFarBeyondTheTable", [](auto& d, auto&) { d.publish(0xffff); }},
    {"MoreThanTheRingHolds",
     [](auto& d, auto& m) {
         d.set_descriptor(0, {kData, 1, kWrite});
         m.template put<uint16_t>(VirtioDriver::kAvail + 2, 9);
     }},
    {"IndexGoesBack",
     [](auto& d, auto& m) {
         d.set_descriptor(0, {kData, 1, kWrite});
         m.template put<uint16_t>(VirtioDriver::kAvail + 2, 0xffff);
     }},
    {"ChainAbove4GiB",
     [](auto& d, auto&) {
         d.publish(d.add({{kData, 0xffff'ffff, kWrite}, {kData, 0xffff'ffff, kWrite}}));
     }},
    {"HugeBuffer",
     [](auto& d, auto&) {
         d.publish(d.add({{FakeMemory::kBase + 0xffff, 0xffff'ffff, kWrite}}));
     }},
};

class VirtioMalformed : public VirtioTransport, public testing::WithParamInterface<Malformed> {};

TEST_P(VirtioMalformed, NeedsReset) {
    driver.start(kVersion1);
    memory.moved = 0;
    GetParam().lie(driver, memory);
    driver.notify();
    EXPECT_TRUE(driver.needs_reset());
    EXPECT_TRUE(irq());
    EXPECT_EQ(driver.read(mmio::kInterruptStatus) & 2, 2u);
    EXPECT_LT(memory.moved, 500u);
    const uint16_t used = driver.used_index();
    driver.notify();  // Nothing is served until the reset.
    device.poll();
    EXPECT_EQ(driver.used_index(), used);

    driver.start(kVersion1);
    driver.submit({{kData, 4, kWrite}});
    EXPECT_EQ(driver.used_index(), 1u);
    EXPECT_FALSE(driver.needs_reset());
}

INSTANTIATE_TEST_SUITE_P(All, VirtioMalformed, testing::ValuesIn(kMalformed),
                         [](const auto& instance) { return std::string(instance.param.name); });

// Which of the three parts of the queue lies outside RAM.
class VirtioRingsOutside : public VirtioTransport, public testing::WithParamInterface<uint64_t> {};

TEST_P(VirtioRingsOutside, NeedsReset) {
    for (const uint64_t where :
         {kFarOutside, UINT64_MAX, UINT64_MAX - 7, uint64_t{0}, FakeMemory::kBase + 0x10000 - 1}) {
        driver.start(kVersion1);
        driver.publish(driver.add({{kData, 4, kWrite}}));
        driver.write(mmio::kQueueReady, 0);
        driver.write64(GetParam(), where);
        driver.write(mmio::kQueueReady, 1);
        driver.notify();
        EXPECT_TRUE(driver.needs_reset()) << std::hex << where;
    }
}

INSTANTIATE_TEST_SUITE_P(All, VirtioRingsOutside,
                         testing::Values(mmio::kDesc, mmio::kDriver, mmio::kDevice));

// The device writes into its own available ring, so that it always finds more to do.
TEST_F(VirtioTransport, RequestsThatPublishRequestsEnd) {
    driver.start(kVersion1);
    fill = std::byte{0};
    driver.set_descriptor(0, {VirtioDriver::kAvail + 3, 1, kWrite});
    for (unsigned i = 0; i < 8; ++i) driver.publish(0);
    driver.notify();
    EXPECT_LE(driver.used_index(), 8u);
    EXPECT_FALSE(device.busy());
}

TEST_F(VirtioTransport, AccessSizes) {
    for (const unsigned size : {1u, 2u, 8u}) {
        EXPECT_EQ(device.read(0, size), std::nullopt);
        EXPECT_FALSE(device.write(mmio::kStatus, size, 1));
    }
    EXPECT_EQ(device.read(0x100, 8), std::nullopt);
    for (const unsigned size : {1u, 2u, 4u}) {
        EXPECT_EQ(device.read(0x100, size), 0u);
        EXPECT_TRUE(device.write(0x100, size, 0));
        EXPECT_EQ(device.read(0x1000 - size, size), 0u);
    }
}

TEST_F(VirtioTransport, Storm) {
    for (uint32_t seed = 0; seed < 20; ++seed) {
        driver.start(kVersion1);
        storm(device, 0x1000, 1000, seed, [&](auto& random) {
            const uint64_t at = random() % 0x4000 & ~uint64_t{7};
            memory.put<uint64_t>(FakeMemory::kBase + at, random() >> random() % 64);
            if (random() % 64 == 0) driver.start(kVersion1);
            if (random() % 4 == 0) {
                memory.put<uint16_t>(VirtioDriver::kAvail + 2, static_cast<uint16_t>(random() % 9));
                driver.set_descriptor(
                    static_cast<unsigned>(random() % 8),
                    {FakeMemory::kBase + random() % 0x11000,
                     static_cast<uint32_t>(random() % 0x100), static_cast<uint16_t>(random() % 4)},
                    static_cast<uint16_t>(random() % 9));
                driver.notify();
            }
            device.poll();
        });
    }
}

}  // namespace
}  // namespace kiln
