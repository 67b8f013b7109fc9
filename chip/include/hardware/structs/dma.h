/// @file hardware/structs/dma.h  DMA registers at their bus address.
///
/// The layout is RP2350's, on both virtual chips. Channels and the first two interrupt lines lie at the same offsets on
/// RP2040; its registers from TIMER0 on lie 0x20 lower on silicon.
///
/// The memory at DMA_BASE shows the registers as they were when the last SDK function returned.
#ifndef CHIP_HARDWARE_STRUCTS_DMA_H
#define CHIP_HARDWARE_STRUCTS_DMA_H

#include "hardware/address_mapped.h"

#define DMA_BASE 0x50000000u

typedef struct {
    io_rw_32 read_addr, write_addr, transfer_count, ctrl_trig;
    io_rw_32 al1_ctrl, al1_read_addr, al1_write_addr, al1_transfer_count_trig;
    io_rw_32 al2_ctrl, al2_transfer_count, al2_read_addr, al2_write_addr_trig;
    io_rw_32 al3_ctrl, al3_write_addr, al3_transfer_count, al3_read_addr_trig;
} dma_channel_hw_t;

typedef struct {
    io_rw_32 intr, inte, intf, ints;
} dma_irq_ctrl_hw_t;

typedef struct {
    dma_channel_hw_t ch[16];
    union {
        struct {
            io_rw_32 intr, inte0, intf0, ints0;
            uint32_t pad0;
            io_rw_32 inte1, intf1, ints1;
            uint32_t pad1;
            io_rw_32 inte2, intf2, ints2;
            uint32_t pad2;
            io_rw_32 inte3, intf3, ints3;
        };
        dma_irq_ctrl_hw_t irq_ctrl[4];
    };
    io_rw_32 timer[4];
    io_wo_32 multi_channel_trigger;
    io_rw_32 sniff_ctrl, sniff_data;
    uint32_t pad3;
    io_ro_32 fifo_levels;
    io_wo_32 abort;
    io_ro_32 n_channels;
} dma_hw_t;

#define dma_hw ((dma_hw_t *)(uintptr_t)DMA_BASE)

_Static_assert(sizeof(dma_channel_hw_t) == 0x40, "a channel has sixteen registers");
_Static_assert(offsetof(dma_channel_hw_t, ctrl_trig) == 0x0c, "CTRL_TRIG");
_Static_assert(offsetof(dma_channel_hw_t, al1_transfer_count_trig) == 0x1c, "AL1_TRANS_COUNT_TRIG");
_Static_assert(offsetof(dma_channel_hw_t, al2_write_addr_trig) == 0x2c, "AL2_WRITE_ADDR_TRIG");
_Static_assert(offsetof(dma_channel_hw_t, al3_read_addr_trig) == 0x3c, "AL3_READ_ADDR_TRIG");
_Static_assert(offsetof(dma_hw_t, intr) == 0x400, "INTR");
_Static_assert(offsetof(dma_hw_t, ints1) == 0x41c, "INTS1");
_Static_assert(offsetof(dma_hw_t, timer) == 0x440, "TIMER0");
_Static_assert(offsetof(dma_hw_t, multi_channel_trigger) == 0x450, "MULTI_CHAN_TRIGGER");
_Static_assert(offsetof(dma_hw_t, abort) == 0x464, "CHAN_ABORT");

#endif
