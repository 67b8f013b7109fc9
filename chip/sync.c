// Waits, events, barriers, spin locks and critical sections. In: calls of either core. Out: time that passes until an
// interrupt, an event, or the other core's unlocking.
//
// Spin locks are RP2040's in SIO; pico-sdk's for RP2350 are bytes in memory, and take the same calls. A core that waits for a
// lock of its own would wait for ever: it panics.

#include "chip/model.h"

#include "hardware/claim.h"
#include "pico/critical_section.h"

void __wfi(void)
{
    hook("__wfi");
    cpu_idle(chip.now + clock_hz(), WAIT_WFI, 0);
    windows_show();
}

void __wfe(void)
{
    hook("__wfe");
    cpu_idle(chip.now + clock_hz(), WAIT_EVENT, 0);
    cpu_now()->event = false;
    windows_show();
}

void __sev(void)
{
    hook("__sev");
    for (unsigned core = 0; core < CHIP_CORES; core++)
        chip.core[core].event = true;
}

void __nop(void)
{
    hook("__nop");
}

void __dmb(void)
{
    hook("__dmb");
}

void __dsb(void)
{
    hook("__dsb");
}

void __isb(void)
{
    hook("__isb");
}

void __mem_fence_acquire(void)
{
    hook("__mem_fence_acquire");
}

void __mem_fence_release(void)
{
    hook("__mem_fence_release");
}

// ---- spin locks ----------------------------------------------------------------------------------------------------

static uint number_of(spin_lock_t *lock, const char *what)
{
    if (lock < chip.spin_lock || lock >= chip.spin_lock + SPIN_LOCKS)
        panic("%s: %p is no spin lock", what, (void *)(uintptr_t)lock);
    return (uint)(lock - chip.spin_lock);
}

spin_lock_t *spin_lock_instance(uint lock_num)
{
    if (lock_num >= SPIN_LOCKS)
        panic("spin_lock_instance: there is no spin lock %u", lock_num);
    return &chip.spin_lock[lock_num];
}

uint spin_lock_get_num(spin_lock_t *lock)
{
    return number_of(lock, "spin_lock_get_num");
}

spin_lock_t *spin_lock_init(uint lock_num)
{
    spin_lock_t *lock = spin_lock_instance(lock_num);
    spin_unlock_unsafe(lock);
    return lock;
}

void spin_locks_reset(void)
{
    hook("spin_locks_reset");
    for (uint number = 0; number < SPIN_LOCKS; number++)
        chip.spin_owner[number] = 0;
}

uint next_striped_spin_lock_num(void)
{
    uint count = PICO_SPINLOCK_ID_STRIPED_LAST - PICO_SPINLOCK_ID_STRIPED_FIRST + 1;
    uint number = PICO_SPINLOCK_ID_STRIPED_FIRST + chip.next_striped;
    chip.next_striped = (uint8_t)((chip.next_striped + 1u) % count);
    return number;
}

static bool take(uint number)
{
    if (chip.spin_owner[number])
        return false;
    chip.spin_owner[number] = (uint8_t)(chip.at + 1);
    return true;
}

bool spin_try_lock_unsafe(spin_lock_t *lock)
{
    hook("spin_try_lock_unsafe");
    return take(number_of(lock, "spin_try_lock_unsafe"));
}

void spin_lock_unsafe_blocking(spin_lock_t *lock)
{
    uint number = number_of(lock, "spin_lock_unsafe_blocking");
    hook("spin_lock_unsafe_blocking");
    while (!take(number)) {
        if (chip.spin_owner[number] == chip.at + 1)
            panic("core %u waits for spin lock %u, which it holds itself", chip.at, number);
        if (!chip.core[1 - chip.at].on)
            panic("core %u waits for spin lock %u, and the other core, which holds it, does not run", chip.at, number);
        tight_loop_contents();
    }
}

void spin_unlock_unsafe(spin_lock_t *lock)
{
    uint number = number_of(lock, "spin_unlock_unsafe");
    hook("spin_unlock_unsafe");
    chip.spin_owner[number] = 0;
}

uint32_t spin_lock_blocking(spin_lock_t *lock)
{
    uint32_t saved = save_and_disable_interrupts();
    spin_lock_unsafe_blocking(lock);
    return saved;
}

void spin_unlock(spin_lock_t *lock, uint32_t saved_irq)
{
    spin_unlock_unsafe(lock);
    restore_interrupts_from_disabled(saved_irq);
}

bool is_spin_locked(spin_lock_t *lock)
{
    hook("is_spin_locked");
    return chip.spin_owner[number_of(lock, "is_spin_locked")] != 0;
}

// ---- critical sections ---------------------------------------------------------------------------------------------

void critical_section_init_with_lock_num(critical_section_t *crit_sec, uint lock_num)
{
    crit_sec->spin_lock = spin_lock_instance(lock_num);
    __mem_fence_release();
}

void critical_section_init(critical_section_t *crit_sec)
{
    critical_section_init_with_lock_num(crit_sec, (uint)spin_lock_claim_unused(true));
}

void critical_section_enter_blocking(critical_section_t *crit_sec)
{
    crit_sec->save = spin_lock_blocking(crit_sec->spin_lock);
}

uint32_t hw_claim_lock(void)
{
    return spin_lock_blocking(spin_lock_instance(PICO_SPINLOCK_ID_HARDWARE_CLAIM));
}

void hw_claim_unlock(uint32_t token)
{
    spin_unlock(spin_lock_instance(PICO_SPINLOCK_ID_HARDWARE_CLAIM), token);
}

void critical_section_exit(critical_section_t *crit_sec)
{
    spin_unlock(crit_sec->spin_lock, crit_sec->save);
}

void critical_section_deinit(critical_section_t *crit_sec)
{
    spin_lock_unclaim(spin_lock_get_num(crit_sec->spin_lock));
    crit_sec->spin_lock = NULL;
}

bool critical_section_is_initialized(critical_section_t *crit_sec)
{
    return crit_sec->spin_lock != NULL;
}
