/// @file hardware/structs/pwm.h  PWM registers at their bus address.
///
/// The layout is RP2350's, on both virtual chips. The first eight slices lie at the same offsets on RP2040; its
/// registers from EN on lie 0x50 lower on silicon.
///
/// The memory at PWM_BASE shows the registers as they were when the last SDK function returned.
#ifndef CHIP_HARDWARE_STRUCTS_PWM_H
#define CHIP_HARDWARE_STRUCTS_PWM_H

#include "hardware/address_mapped.h"

#define PWM_BASE_RP2040 0x40050000u
#define PWM_BASE_RP2350 0x400a8000u
#define PWM_BASE        (chip_constant_is_rp2350() ? PWM_BASE_RP2350 : PWM_BASE_RP2040)

#define PWM_CH0_CSR_PH_ADV_BITS     0x00000080u
#define PWM_CH0_CSR_PH_RET_BITS     0x00000040u
#define PWM_CH0_CSR_DIVMODE_BITS    0x00000030u
#define PWM_CH0_CSR_DIVMODE_LSB     4u
#define PWM_CH0_CSR_B_INV_BITS      0x00000008u
#define PWM_CH0_CSR_B_INV_LSB       3u
#define PWM_CH0_CSR_A_INV_BITS      0x00000004u
#define PWM_CH0_CSR_A_INV_LSB       2u
#define PWM_CH0_CSR_PH_CORRECT_BITS 0x00000002u
#define PWM_CH0_CSR_PH_CORRECT_LSB  1u
#define PWM_CH0_CSR_EN_BITS         0x00000001u
#define PWM_CH0_CSR_EN_LSB          0u
#define PWM_CH0_DIV_INT_LSB         4u
#define PWM_CH0_DIV_FRAC_LSB        0u
#define PWM_CH0_DIV_BITS            0x00000fffu
#define PWM_CH0_DIV_RESET           0x00000010u
#define PWM_CH0_CTR_RESET           0x00000000u
#define PWM_CH0_CC_RESET            0x00000000u
#define PWM_CH0_CC_A_LSB            0u
#define PWM_CH0_CC_A_BITS           0x0000ffffu
#define PWM_CH0_CC_B_LSB            16u
#define PWM_CH0_CC_B_BITS           0xffff0000u
#define PWM_CH0_TOP_RESET           0x0000ffffu

typedef struct {
    io_rw_32 csr, div, ctr, cc, top;
} pwm_slice_hw_t;

typedef struct {
    io_rw_32 inte, intf;
    io_ro_32 ints;
} pwm_irq_ctrl_hw_t;

typedef struct {
    pwm_slice_hw_t slice[12];
    io_rw_32 en, intr;
    union {
        struct {
            io_rw_32 inte, intf;
            io_ro_32 ints;
            io_rw_32 inte1, intf1; ///< RP2350 only
            io_ro_32 ints1;        ///< RP2350 only
        };
        pwm_irq_ctrl_hw_t irq_ctrl[2];
    };
} pwm_hw_t;

#define pwm_hw ((pwm_hw_t *)(uintptr_t)PWM_BASE)

_Static_assert(sizeof(pwm_slice_hw_t) == 0x14, "a slice has five registers");
_Static_assert(offsetof(pwm_hw_t, en) == 0x0f0, "EN");
_Static_assert(offsetof(pwm_hw_t, inte) == 0x0f8, "IRQ0_INTE");
_Static_assert(offsetof(pwm_hw_t, inte1) == 0x104, "IRQ1_INTE");
_Static_assert(sizeof(pwm_hw_t) == 0x110, "the register block");

#endif
