/// @file hardware/sync/spin_lock.h  pico-sdk's spin locks. To be used by these functions only: what a lock's address holds
/// says nothing.
#ifndef CHIP_HARDWARE_SYNC_SPIN_LOCK_H
#define CHIP_HARDWARE_SYNC_SPIN_LOCK_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PICO_SPINLOCK_ID_IRQ              9
#define PICO_SPINLOCK_ID_TIMER            10
#define PICO_SPINLOCK_ID_HARDWARE_CLAIM   11
#define PICO_SPINLOCK_ID_RAND             12
#define PICO_SPINLOCK_ID_ATOMIC           13
#define PICO_SPINLOCK_ID_OS1              14
#define PICO_SPINLOCK_ID_OS2              15
#define PICO_SPINLOCK_ID_STRIPED_FIRST    16
#define PICO_SPINLOCK_ID_STRIPED_LAST     23
#define PICO_SPINLOCK_ID_CLAIM_FREE_FIRST 24
#define PICO_SPINLOCK_ID_CLAIM_FREE_LAST  31

typedef volatile uint32_t spin_lock_t;

spin_lock_t *spin_lock_instance(uint lock_num);
uint spin_lock_get_num(spin_lock_t *lock);
void spin_lock_unsafe_blocking(spin_lock_t *lock);
bool spin_try_lock_unsafe(spin_lock_t *lock);
void spin_unlock_unsafe(spin_lock_t *lock);
uint32_t spin_lock_blocking(spin_lock_t *lock);
bool is_spin_locked(spin_lock_t *lock);
void spin_unlock(spin_lock_t *lock, uint32_t saved_irq);
spin_lock_t *spin_lock_init(uint lock_num);
void spin_locks_reset(void);

#ifdef __cplusplus
}
#endif
#endif
