/// @file hardware/structs/pio.h  PIO registers at their bus addresses.
///
/// The layout is RP2350's, on both virtual chips. Everything up to the state machines lies at the same offset on RP2040.
///
/// The memory at each PIO's base shows the registers as they were when the last SDK function returned.
#ifndef CHIP_HARDWARE_STRUCTS_PIO_H
#define CHIP_HARDWARE_STRUCTS_PIO_H

#include "hardware/address_mapped.h"

#define PIO0_BASE 0x50200000u
#define PIO1_BASE 0x50300000u
#define PIO2_BASE 0x50400000u

#define PIO_CTRL_SM_ENABLE_LSB             0u
#define PIO_CTRL_SM_RESTART_LSB            4u
#define PIO_CTRL_CLKDIV_RESTART_LSB        8u
#define PIO_FSTAT_RXFULL_LSB               0u
#define PIO_FSTAT_RXEMPTY_LSB              8u
#define PIO_FSTAT_TXFULL_LSB               16u
#define PIO_FSTAT_TXEMPTY_LSB              24u
#define PIO_FDEBUG_RXSTALL_LSB             0u
#define PIO_FDEBUG_RXUNDER_LSB             8u
#define PIO_FDEBUG_TXOVER_LSB              16u
#define PIO_FDEBUG_TXSTALL_LSB             24u
#define PIO_FLEVEL_TX0_LSB                 0u
#define PIO_FLEVEL_RX0_LSB                 4u
#define PIO_SM0_CLKDIV_FRAC_LSB            8u
#define PIO_SM0_CLKDIV_INT_LSB             16u
#define PIO_SM0_EXECCTRL_STATUS_N_LSB      0u
#define PIO_SM0_EXECCTRL_STATUS_N_BITS     0x0000001fu
#define PIO_SM0_EXECCTRL_STATUS_SEL_LSB    5u ///< RP2350's place, on both virtual chips
#define PIO_SM0_EXECCTRL_STATUS_SEL_BITS   0x00000060u
#define PIO_SM0_EXECCTRL_WRAP_BOTTOM_LSB   7u
#define PIO_SM0_EXECCTRL_WRAP_BOTTOM_BITS  0x00000f80u
#define PIO_SM0_EXECCTRL_WRAP_TOP_LSB      12u
#define PIO_SM0_EXECCTRL_WRAP_TOP_BITS     0x0001f000u
#define PIO_SM0_EXECCTRL_OUT_STICKY_LSB    17u
#define PIO_SM0_EXECCTRL_INLINE_OUT_EN_LSB 18u
#define PIO_SM0_EXECCTRL_OUT_EN_SEL_LSB    19u
#define PIO_SM0_EXECCTRL_OUT_EN_SEL_BITS   0x00f80000u
#define PIO_SM0_EXECCTRL_JMP_PIN_LSB       24u
#define PIO_SM0_EXECCTRL_JMP_PIN_BITS      0x1f000000u
#define PIO_SM0_EXECCTRL_SIDE_PINDIR_LSB   29u
#define PIO_SM0_EXECCTRL_SIDE_EN_LSB       30u
#define PIO_SM0_EXECCTRL_EXEC_STALLED_LSB  31u
#define PIO_SM0_SHIFTCTRL_IN_COUNT_LSB     0u
#define PIO_SM0_SHIFTCTRL_IN_COUNT_BITS    0x0000001fu
#define PIO_SM0_SHIFTCTRL_FJOIN_RX_GET_LSB 14u
#define PIO_SM0_SHIFTCTRL_FJOIN_RX_PUT_LSB 15u
#define PIO_SM0_SHIFTCTRL_AUTOPUSH_LSB     16u
#define PIO_SM0_SHIFTCTRL_AUTOPULL_LSB     17u
#define PIO_SM0_SHIFTCTRL_IN_SHIFTDIR_LSB  18u
#define PIO_SM0_SHIFTCTRL_OUT_SHIFTDIR_LSB 19u
#define PIO_SM0_SHIFTCTRL_PUSH_THRESH_LSB  20u
#define PIO_SM0_SHIFTCTRL_PUSH_THRESH_BITS 0x01f00000u
#define PIO_SM0_SHIFTCTRL_PULL_THRESH_LSB  25u
#define PIO_SM0_SHIFTCTRL_PULL_THRESH_BITS 0x3e000000u
#define PIO_SM0_SHIFTCTRL_FJOIN_TX_LSB     30u
#define PIO_SM0_SHIFTCTRL_FJOIN_RX_LSB     31u
#define PIO_SM0_PINCTRL_OUT_BASE_LSB       0u
#define PIO_SM0_PINCTRL_OUT_BASE_BITS      0x0000001fu
#define PIO_SM0_PINCTRL_SET_BASE_LSB       5u
#define PIO_SM0_PINCTRL_SET_BASE_BITS      0x000003e0u
#define PIO_SM0_PINCTRL_SIDESET_BASE_LSB   10u
#define PIO_SM0_PINCTRL_SIDESET_BASE_BITS  0x00007c00u
#define PIO_SM0_PINCTRL_IN_BASE_LSB        15u
#define PIO_SM0_PINCTRL_IN_BASE_BITS       0x000f8000u
#define PIO_SM0_PINCTRL_OUT_COUNT_LSB      20u
#define PIO_SM0_PINCTRL_OUT_COUNT_BITS     0x03f00000u
#define PIO_SM0_PINCTRL_SET_COUNT_LSB      26u
#define PIO_SM0_PINCTRL_SET_COUNT_BITS     0x1c000000u
#define PIO_SM0_PINCTRL_SIDESET_COUNT_LSB  29u
#define PIO_SM0_PINCTRL_SIDESET_COUNT_BITS 0xe0000000u

typedef struct {
    io_rw_32 clkdiv, execctrl, shiftctrl;
    io_ro_32 addr;
    io_rw_32 instr, pinctrl;
} pio_sm_hw_t;

typedef struct {
    io_rw_32 inte, intf;
    io_ro_32 ints;
} pio_irq_ctrl_hw_t;

typedef struct {
    io_rw_32 ctrl;
    io_ro_32 fstat;
    io_rw_32 fdebug;
    io_ro_32 flevel;
    io_wo_32 txf[4];
    io_ro_32 rxf[4];
    io_rw_32 irq;
    io_wo_32 irq_force;
    io_rw_32 input_sync_bypass;
    io_ro_32 dbg_padout, dbg_padoe, dbg_cfginfo;
    io_wo_32 instr_mem[32];
    pio_sm_hw_t sm[4];
    io_rw_32 rxf_putget[4][4];
    io_rw_32 gpiobase;
    io_ro_32 intr;
    union {
        struct {
            io_rw_32 inte0, intf0;
            io_ro_32 ints0;
            io_rw_32 inte1, intf1;
            io_ro_32 ints1;
        };
        pio_irq_ctrl_hw_t irq_ctrl[2];
    };
} pio_hw_t;

#define pio0_hw ((pio_hw_t *)(uintptr_t)PIO0_BASE)
#define pio1_hw ((pio_hw_t *)(uintptr_t)PIO1_BASE)
#define pio2_hw ((pio_hw_t *)(uintptr_t)PIO2_BASE) ///< RP2350 only

_Static_assert(offsetof(pio_hw_t, fstat) == 0x004, "FSTAT");
_Static_assert(offsetof(pio_hw_t, txf) == 0x010, "TXF0");
_Static_assert(offsetof(pio_hw_t, rxf) == 0x020, "RXF0");
_Static_assert(offsetof(pio_hw_t, irq) == 0x030, "IRQ");
_Static_assert(offsetof(pio_hw_t, instr_mem) == 0x048, "INSTR_MEM0");
_Static_assert(offsetof(pio_hw_t, sm) == 0x0c8, "SM0_CLKDIV");
_Static_assert(offsetof(pio_hw_t, gpiobase) == 0x168, "GPIOBASE");
_Static_assert(sizeof(pio_hw_t) == 0x188, "the register block");

#endif
