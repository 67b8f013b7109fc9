/// @file hardware/regs/dreq.h  Numbers of transfer requests. Those of PWM are those of the chip that is up.
#ifndef CHIP_HARDWARE_REGS_DREQ_H
#define CHIP_HARDWARE_REGS_DREQ_H

#include "pico.h"

#define DREQ_PIO0_TX0   0u
#define DREQ_PIO0_RX0   4u
#define DREQ_PIO1_TX0   8u
#define DREQ_PIO1_RX0   12u
#define DREQ_PIO2_TX0   16u ///< RP2350 only
#define DREQ_PIO2_RX0   20u ///< RP2350 only
#define DREQ_PWM_WRAP0  (chip_constant_is_rp2350() ? 32u : 24u)
#define DREQ_PWM_WRAP1  (DREQ_PWM_WRAP0 + 1u)
#define DREQ_PWM_WRAP2  (DREQ_PWM_WRAP0 + 2u)
#define DREQ_PWM_WRAP3  (DREQ_PWM_WRAP0 + 3u)
#define DREQ_PWM_WRAP4  (DREQ_PWM_WRAP0 + 4u)
#define DREQ_PWM_WRAP5  (DREQ_PWM_WRAP0 + 5u)
#define DREQ_PWM_WRAP6  (DREQ_PWM_WRAP0 + 6u)
#define DREQ_PWM_WRAP7  (DREQ_PWM_WRAP0 + 7u)
#define DREQ_PWM_WRAP8  (DREQ_PWM_WRAP0 + 8u) ///< RP2350 only, and so on up to 11
#define DREQ_PWM_WRAP9  (DREQ_PWM_WRAP0 + 9u)
#define DREQ_PWM_WRAP10 (DREQ_PWM_WRAP0 + 10u)
#define DREQ_PWM_WRAP11 (DREQ_PWM_WRAP0 + 11u)
#define DREQ_DMA_TIMER0 59u
#define DREQ_DMA_TIMER1 60u
#define DREQ_DMA_TIMER2 61u
#define DREQ_DMA_TIMER3 62u
#define DREQ_FORCE      63u

#endif
