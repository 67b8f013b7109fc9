/// @file hardware/regs/dreq.h  Numbers of transfer requests that both chips share.
#ifndef CHIP_HARDWARE_REGS_DREQ_H
#define CHIP_HARDWARE_REGS_DREQ_H

#define DREQ_PIO0_TX0   0u
#define DREQ_PIO0_RX0   4u
#define DREQ_PIO1_TX0   8u
#define DREQ_PIO1_RX0   12u
#define DREQ_PIO2_TX0   16u ///< RP2350 only
#define DREQ_PIO2_RX0   20u ///< RP2350 only
#define DREQ_DMA_TIMER0 59u
#define DREQ_DMA_TIMER1 60u
#define DREQ_DMA_TIMER2 61u
#define DREQ_DMA_TIMER3 62u
#define DREQ_FORCE      63u

#endif
