/// @file hardware/sync.h  pico-sdk's barriers, waits and interrupt masking.
#ifndef CHIP_HARDWARE_SYNC_H
#define CHIP_HARDWARE_SYNC_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

void __nop(void);
void __sev(void);
/// Both waits may return early, as on silicon; here after an interrupt, or after a virtual second without one.
void __wfe(void);
void __wfi(void);
void __dmb(void);
void __dsb(void);
void __isb(void);
void __mem_fence_acquire(void);
void __mem_fence_release(void);

uint32_t save_and_disable_interrupts(void);
void restore_interrupts(uint32_t status);
void restore_interrupts_from_disabled(uint32_t status);
void disable_interrupts(void);
void enable_interrupts(void);

#ifdef __cplusplus
}
#endif
#endif
