// Expectations from the PC16550D data sheet.
#include <gtest/gtest.h>

#include "devices/uart16550.h"
#include "unit/devices_fakes.h"

namespace kiln {
namespace {

enum : uint64_t { kData, kIer, kIir, kLcr, kMcr, kLsr, kMsr, kScr, kFcr = kIir };

class Uart : public testing::Test {
  protected:
    void write(uint64_t reg, unsigned value) { EXPECT_TRUE(uart.write(reg, 1, value)); }
    unsigned read(uint64_t reg) { return static_cast<unsigned>(uart.read(reg, 1).value()); }
    bool irq() const { return sink[10]; }
    void set_divisor(unsigned divisor) {
        write(kLcr, 0x83);
        write(kData, divisor & 0xff);
        write(kIer, divisor >> 8);
        write(kLcr, 0x03);
    }

    test::FakeClock clock;
    test::FakeSink sink;
    test::FakeBackend backend;
    Uart16550 uart{backend, clock, IrqLine(sink, 10)};
};

TEST_F(Uart, ResetState) {
    EXPECT_EQ(read(kIer), 0x00u);
    EXPECT_EQ(read(kIir), 0x01u);
    EXPECT_EQ(read(kLcr), 0x00u);
    EXPECT_EQ(read(kMcr), 0x00u);
    EXPECT_EQ(read(kLsr), 0x60u);
    EXPECT_FALSE(irq());
}

TEST_F(Uart, RegistersKeepTheirBits) {
    write(kIer, 0xff);
    EXPECT_EQ(read(kIer), 0x0fu);
    write(kMcr, 0xff);
    EXPECT_EQ(read(kMcr), 0x1fu);
    write(kScr, 0xa5);
    EXPECT_EQ(read(kScr), 0xa5u);
    write(kLcr, 0x7f);
    EXPECT_EQ(read(kLcr), 0x7fu);
    write(kLsr, 0xff);
    EXPECT_EQ(read(kLsr), 0x60u);
}

TEST_F(Uart, DivisorLatch) {
    set_divisor(0x1234);
    EXPECT_EQ(read(kIer), 0u);
    write(kLcr, 0x80);
    EXPECT_EQ(read(kData), 0x34u);
    EXPECT_EQ(read(kIer), 0x12u);
    EXPECT_TRUE(backend.sent.empty());
}

TEST_F(Uart, Transmits) {
    for (const char c : std::string("hi\n")) write(kData, static_cast<unsigned char>(c));
    EXPECT_EQ(backend.sent, "hi\n");
    EXPECT_EQ(read(kLsr), 0x60u);
}

TEST_F(Uart, SlowBackendFillsTheFifo) {
    backend.room = 0;
    write(kFcr, 0x01);
    for (char c = 'a'; c < 'a' + 20; ++c) write(kData, static_cast<unsigned char>(c));
    EXPECT_EQ(read(kLsr), 0x00u);
    backend.room = 3;
    uart.poll();
    EXPECT_EQ(backend.sent, "abc");
    EXPECT_EQ(read(kLsr), 0x00u);
    backend.room = 100;
    uart.poll();
    EXPECT_EQ(backend.sent, "abcdefghijklmnop");  // 16 fit, the rest was lost.
    EXPECT_EQ(read(kLsr), 0x60u);
}

TEST_F(Uart, TransmitInterruptAsLinuxTestsIt) {
    // Enabling it with an empty transmitter raises it; reading IIR clears it; toggling the enable
    // raises it again (the kernel otherwise falls back to a polling timer).
    write(kIer, 0x02);
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kIir), 0x02u);
    EXPECT_EQ(read(kIir), 0x01u);
    EXPECT_FALSE(irq());
    write(kIer, 0x02);  // No edge.
    EXPECT_FALSE(irq());
    write(kIer, 0x00);
    write(kIer, 0x02);
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kIir), 0x02u);
    write(kData, 'x');  // Sent at once: empty again.
    EXPECT_EQ(read(kIir), 0x02u);
    EXPECT_FALSE(irq());
}

TEST_F(Uart, TransmitInterruptWaitsForTheBackend) {
    write(kFcr, 0x01);
    write(kIer, 0x02);
    read(kIir);
    backend.room = 0;
    write(kData, 'x');
    EXPECT_FALSE(irq());
    backend.room = 1;
    uart.poll();
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kIir), 0xc2u);
}

TEST_F(Uart, ReceivesWithoutFifos) {
    write(kIer, 0x01);
    backend.type("ab");
    uart.poll();
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kIir), 0x04u);
    EXPECT_EQ(read(kLsr), 0x61u);
    EXPECT_EQ(read(kData), unsigned{'a'});
    EXPECT_FALSE(irq());
    EXPECT_EQ(read(kLsr), 0x60u);
    uart.poll();
    EXPECT_EQ(read(kData), unsigned{'b'});
    EXPECT_EQ(read(kData), 0u);
}

TEST_F(Uart, TakesNoMoreThanFits) {
    write(kFcr, 0x01);
    backend.type(std::string(40, 'z'));
    uart.poll();
    EXPECT_EQ(backend.typed.size(), 24u);
    uart.poll();
    EXPECT_EQ(backend.typed.size(), 24u);
    EXPECT_EQ(read(kLsr) & 0x02, 0u);
    for (unsigned i = 0; i < 16; ++i) EXPECT_EQ(read(kData), unsigned{'z'});
    EXPECT_EQ(read(kLsr), 0x60u);
}

class UartTrigger : public Uart,
                    public testing::WithParamInterface<std::pair<unsigned, unsigned>> {};

TEST_P(UartTrigger, LevelRaisesTheInterrupt) {
    const auto [bits, level] = GetParam();
    write(kFcr, 0x01 | bits << 6);
    write(kIer, 0x01);
    for (unsigned i = 1; i < level; ++i) {
        backend.type("x");
        uart.poll();
        EXPECT_FALSE(irq()) << i;
    }
    backend.type("x");
    uart.poll();
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kIir), 0xc4u);
    read(kData);
    EXPECT_FALSE(irq());
}

INSTANTIATE_TEST_SUITE_P(All, UartTrigger,
                         testing::Values(std::pair{0u, 1u}, std::pair{1u, 4u}, std::pair{2u, 8u},
                                         std::pair{3u, 14u}));

TEST_F(Uart, TimeoutAfterFourCharacterTimes) {
    set_divisor(2);  // 115200 baud
    write(kFcr, 0xc1);
    write(kIer, 0x01);
    clock.time = 1000;
    EXPECT_EQ(uart.next_deadline(), UINT64_MAX);
    backend.type("abc");
    uart.poll();
    EXPECT_FALSE(irq());
    // Four characters of 10 bits at 115200 baud last 347.2 us.
    const uint64_t due = uart.next_deadline();
    EXPECT_GE(due, 1000u + 3472);
    EXPECT_LE(due, 1000u + 3474);
    clock.time = due - 1;
    uart.poll();
    EXPECT_FALSE(irq());
    clock.time = due;
    uart.poll();
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kIir), 0xccu);
    EXPECT_EQ(uart.next_deadline(), UINT64_MAX);
    EXPECT_EQ(read(kData), unsigned{'a'});  // Reading clears it and starts it again.
    EXPECT_FALSE(irq());
    EXPECT_NE(uart.next_deadline(), UINT64_MAX);
    clock.time = uart.next_deadline();
    uart.poll();
    EXPECT_EQ(read(kIir), 0xccu);
    read(kData);
    read(kData);
    EXPECT_EQ(read(kIir), 0xc1u);
    EXPECT_EQ(uart.next_deadline(), UINT64_MAX);
}

TEST_F(Uart, FifoControl) {
    write(kFcr, 0x01);
    EXPECT_EQ(read(kIir), 0xc1u);
    backend.type("abc");
    uart.poll();
    write(kFcr, 0x03);  // Clears the receiver.
    EXPECT_EQ(read(kLsr), 0x60u);
    backend.type("abc");
    uart.poll();
    write(kFcr, 0xc0);  // Without bit 0: FIFOs off, emptied, trigger level untouched.
    EXPECT_EQ(read(kLsr), 0x60u);
    EXPECT_EQ(read(kIir), 0x01u);
}

TEST_F(Uart, LoopbackAsLinuxDetectsIt) {
    write(kMcr, 0x1a);                    // LOOP, OUT2, RTS
    EXPECT_EQ(read(kMsr) & 0xf0, 0x90u);  // DCD, CTS
    write(kMcr, 0x15);                    // LOOP, OUT1, DTR
    EXPECT_EQ(read(kMsr) & 0xf0, 0x60u);  // RI, DSR
    write(kData, 'q');
    EXPECT_TRUE(backend.sent.empty());
    EXPECT_EQ(read(kLsr), 0x61u);
    EXPECT_EQ(read(kData), unsigned{'q'});
    backend.type("far");
    uart.poll();
    EXPECT_EQ(read(kLsr), 0x60u);  // The line is cut.
    write(kMcr, 0);
    EXPECT_EQ(read(kMsr) & 0xf0, 0xb0u);
}

TEST_F(Uart, ModemDeltas) {
    read(kMsr);
    write(kIer, 0x08);
    EXPECT_FALSE(irq());
    write(kMcr, 0x10);  // CTS, DSR and DCD fall.
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kIir), 0x00u);
    EXPECT_EQ(read(kMsr), 0x0bu);
    EXPECT_FALSE(irq());
    write(kMcr, 0x14);
    EXPECT_EQ(read(kMsr), 0x40u);  // RI rises: no delta
    write(kMcr, 0x10);
    EXPECT_EQ(read(kMsr), 0x04u);  // and ends.
}

TEST_F(Uart, OverrunInLoopback) {
    write(kMcr, 0x10);
    write(kIer, 0x04);
    write(kData, 'a');
    EXPECT_FALSE(irq());
    write(kData, 'b');
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kIir), 0x06u);
    EXPECT_EQ(read(kLsr), 0x63u);
    EXPECT_FALSE(irq());
    EXPECT_EQ(read(kData), unsigned{'b'});
    write(kFcr, 0x01);
    for (unsigned i = 0; i < 17; ++i) write(kData, i);
    EXPECT_EQ(read(kLsr) & 0x02, 0x02u);
    for (unsigned i = 0; i < 16; ++i) EXPECT_EQ(read(kData), i);
}

TEST_F(Uart, BreakTravelsWithItsCharacter) {
    write(kFcr, 0x01);
    write(kIer, 0x04);
    backend.breaks = 1;
    backend.type("x");
    uart.poll();
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kLsr), 0xf1u);
    EXPECT_EQ(read(kLsr), 0x61u);
    EXPECT_EQ(read(kData), 0u);
    EXPECT_EQ(read(kData), unsigned{'x'});
}

TEST_F(Uart, InterruptPriorities) {
    write(kMcr, 0x10);
    write(kData, 'a');
    write(kData, 'b');
    write(kIer, 0x0f);
    EXPECT_EQ(read(kIir), 0x06u);
    read(kLsr);
    EXPECT_EQ(read(kIir), 0x04u);
    read(kData);
    EXPECT_EQ(read(kIir), 0x02u);
    EXPECT_EQ(read(kIir), 0x00u);
    read(kMsr);
    EXPECT_EQ(read(kIir), 0x01u);
}

TEST_F(Uart, EightRegistersOfAnyWidth) {
    for (const unsigned size : {1u, 2u, 4u, 8u}) {
        EXPECT_EQ(uart.read(8, size), std::nullopt);
        EXPECT_FALSE(uart.write(8, size, 0));
        EXPECT_EQ(uart.read(0xf8, size), std::nullopt);
    }
    EXPECT_TRUE(uart.write(0, 4, 0x11223344));
    EXPECT_EQ(backend.sent, "\x44");
    EXPECT_EQ(uart.read(4, 4), 0u);
}

TEST_F(Uart, Storm) {
    test::storm(uart, 0x100, 100000, 4, [&](auto& random) {
        clock.time += random() % 1000;
        backend.room = random() % 4;
        if (random() % 4 == 0) backend.type("input");
        if (random() % 16 == 0) backend.breaks = 1;
        if (random() % 2 == 0) uart.poll();
        backend.sent.clear();
        if (backend.typed.size() > 1000) backend.typed.clear();
    });
}

}  // namespace
}  // namespace kiln
