/// @file hardware/irq.h  pico-sdk's interrupt functions.
#ifndef CHIP_HARDWARE_IRQ_H
#define CHIP_HARDWARE_IRQ_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PICO_DEFAULT_IRQ_PRIORITY                      0x80
#define PICO_LOWEST_IRQ_PRIORITY                       0xff
#define PICO_HIGHEST_IRQ_PRIORITY                      0x00
#define PICO_SHARED_IRQ_HANDLER_DEFAULT_ORDER_PRIORITY 0x80
#define PICO_SHARED_IRQ_HANDLER_HIGHEST_ORDER_PRIORITY 0xff
#define PICO_SHARED_IRQ_HANDLER_LOWEST_ORDER_PRIORITY  0x00
#define PICO_MAX_SHARED_IRQ_HANDLERS                   4

/// Each core has its own enables, priorities and pending bits: these functions act on the calling core's. The handlers
/// are the same on both cores. User interrupts are claimed for each core apart.

/// Interrupt numbers of the chip that is up.
#define DMA_IRQ_0  (chip_constant_is_rp2350() ? 10u : 11u)
#define DMA_IRQ_1  (DMA_IRQ_0 + 1u)
#define DMA_IRQ_2  (DMA_IRQ_0 + 2u) ///< RP2350 only
#define DMA_IRQ_3  (DMA_IRQ_0 + 3u) ///< RP2350 only
#define PIO0_IRQ_0 (chip_constant_is_rp2350() ? 15u : 7u)
#define PIO0_IRQ_1 (PIO0_IRQ_0 + 1u)
#define PIO1_IRQ_0 (PIO0_IRQ_0 + 2u)
#define PIO1_IRQ_1 (PIO0_IRQ_0 + 3u)
#define PIO2_IRQ_0 (PIO0_IRQ_0 + 4u) ///< RP2350 only
#define PIO2_IRQ_1 (PIO0_IRQ_0 + 5u) ///< RP2350 only

#define PWM_IRQ_WRAP_0 (chip_constant_is_rp2350() ? 8u : 4u)
#define PWM_IRQ_WRAP_1 (PWM_IRQ_WRAP_0 + 1u) ///< RP2350 only
#define PWM_IRQ_WRAP   PWM_IRQ_WRAP_0

#define SIO_IRQ_PROC0          15u ///< RP2040 only
#define SIO_IRQ_PROC1          16u ///< RP2040 only
#define SIO_IRQ_FIFO           25u ///< RP2350 only: each core's own line, under the same number
#define SIO_FIFO_IRQ_NUM(core) (chip_constant_is_rp2350() ? SIO_IRQ_FIFO : SIO_IRQ_PROC0 + (core))

typedef void (*irq_handler_t)(void);

void irq_set_priority(uint num, uint8_t hardware_priority);
uint irq_get_priority(uint num);
void irq_set_enabled(uint num, bool enabled);
bool irq_is_enabled(uint num);
void irq_set_mask_enabled(uint32_t mask, bool enabled);
void irq_set_mask_n_enabled(uint n, uint32_t mask, bool enabled);
void irq_set_exclusive_handler(uint num, irq_handler_t handler);
irq_handler_t irq_get_exclusive_handler(uint num);
void irq_add_shared_handler(uint num, irq_handler_t handler, uint8_t order_priority);
void irq_remove_handler(uint num, irq_handler_t handler);
bool irq_has_handler(uint num);
bool irq_has_shared_handler(uint num);
void irq_clear(uint int_num);
void irq_set_pending(uint num);
void user_irq_claim(uint irq_num);
void user_irq_unclaim(uint irq_num);
int user_irq_claim_unused(bool required);
bool user_irq_is_claimed(uint irq_num);

#ifdef __cplusplus
}
#endif
#endif
