/// @file pico/multicore.h  pico-sdk's functions for the second core. How the cores share virtual time: chip.h.
///
/// Core 1's program is host code on a stack of the host's; a stack that is handed in is checked and not used.
#ifndef CHIP_PICO_MULTICORE_H
#define CHIP_PICO_MULTICORE_H

#include "hardware/irq.h"
#include "hardware/sync.h"
#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIO_FIFO_ST_VLD_BITS 0x1u
#define SIO_FIFO_ST_RDY_BITS 0x2u
#define SIO_FIFO_ST_WOF_BITS 0x4u
#define SIO_FIFO_ST_ROE_BITS 0x8u

/// Core 1 must be as after reset: where silicon would wait for its boot ROM for ever, these panic.
void multicore_launch_core1(void (*entry)(void));
void multicore_launch_core1_with_stack(void (*entry)(void), uint32_t *stack_bottom, size_t stack_size_bytes);
/// At once, wherever core 1's program is: what it holds it keeps, and nothing of its stack is unwound.
void multicore_reset_core1(void);

/// The FIFO to the other core, and from it: 8 words each on RP2040, 4 on RP2350.
bool multicore_fifo_rvalid(void);
bool multicore_fifo_wready(void);
void multicore_fifo_push_blocking(uint32_t data);
void multicore_fifo_push_blocking_inline(uint32_t data);
bool multicore_fifo_push_timeout_us(uint32_t data, uint64_t timeout_us);
uint32_t multicore_fifo_pop_blocking(void);
uint32_t multicore_fifo_pop_blocking_inline(void);
bool multicore_fifo_pop_timeout_us(uint64_t timeout_us, uint32_t *out);
void multicore_fifo_drain(void);
void multicore_fifo_clear_irq(void);
uint32_t multicore_fifo_get_status(void);

void multicore_lockout_victim_init(void);
void multicore_lockout_victim_deinit(void);
bool multicore_lockout_victim_is_initialized(uint core_num);
void multicore_lockout_start_blocking(void);
bool multicore_lockout_start_timeout_us(uint64_t timeout_us);
void multicore_lockout_end_blocking(void);
bool multicore_lockout_end_timeout_us(uint64_t timeout_us);

#ifdef __cplusplus
}
#endif
#endif
