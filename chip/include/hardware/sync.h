/// @file hardware/sync.h  pico-sdk's barriers, waits, interrupt masking and spin locks.
#ifndef CHIP_HARDWARE_SYNC_H
#define CHIP_HARDWARE_SYNC_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

void __nop(void);
/// Wakes both cores out of __wfe, as on silicon.
void __sev(void);
/// Both waits may return early, as on silicon; here after an interrupt, or after a virtual second without one.
void __wfe(void);
void __wfi(void);
void __dmb(void);
void __dsb(void);
void __isb(void);
void __mem_fence_acquire(void);
void __mem_fence_release(void);

/// Of the calling core.
uint32_t save_and_disable_interrupts(void);
void restore_interrupts(uint32_t status);
void restore_interrupts_from_disabled(uint32_t status);
void disable_interrupts(void);
void enable_interrupts(void);

#include "hardware/sync/spin_lock.h"

uint next_striped_spin_lock_num(void);
void spin_lock_claim(uint lock_num);
void spin_lock_claim_mask(uint32_t lock_num_mask);
void spin_lock_unclaim(uint lock_num);
int spin_lock_claim_unused(bool required);
bool spin_lock_is_claimed(uint lock_num);

#ifdef __cplusplus
}
#endif
#endif
