// Claims. In: claims and releases of channels, state machines, user interrupts, pacing timers and spin locks (programs:
// pio_sdk.c).
// Out: who has what, and refusals on demand, so that every path after a refused claim can be tested.

#include "chip/model.h"

#include <string.h>

bool claim_must_fail(void)
{
    return chip.fail_in && --chip.fail_in == 0;
}

void chip_fail_claim(unsigned nth)
{
    chip.fail_in = nth;
}

void chip_claims(chip_claims_t *claims)
{
    memset(claims, 0, sizeof *claims); // the bytes between members too: who compares may do so by memory
    claims->dma_channels = chip.dma_claimed;
    claims->state_machines = chip.sm_claimed;
    claims->user_irqs = chip.user_irqs_claimed[0];
    claims->user_irqs_core1 = chip.user_irqs_claimed[1];
    claims->irq_handlers = chip.vectors.shared_count;
    claims->dma_timers = chip.timers_claimed;
    claims->spin_locks = chip.spin_locks_claimed;
    claims->core1 = chip.core[1].on;
    for (unsigned i = 0; i < CHIP_PWM_SLICES_MAX; i++)
        claims->pwm_slices |= (uint32_t)chip.pwm.slice[i].enabled << i;
    for (unsigned i = 0; i < CHIP_PIOS_MAX; i++)
        claims->pio_instructions[i] = (uint8_t)__builtin_popcount(chip.program_used[i]);
    for (unsigned i = 0; i < IRQS_MAX; i++)
        claims->irq_handlers += chip.vectors.exclusive[i] != NULL;
    for (unsigned i = 0; i < CHIP_PINS_MAX; i++)
        if (chip.function[i] != GPIO_FUNC_NULL)
            claims->pins |= (uint64_t)1 << i;
}

bool chip_claims_none(void)
{
    chip_claims_t claims;
    chip_claims(&claims);
    uint32_t all = claims.dma_channels | claims.state_machines | claims.user_irqs | claims.user_irqs_core1;
    all |= claims.irq_handlers | claims.spin_locks | claims.dma_timers | claims.pwm_slices | chip.pwm.inte[0] |
           chip.pwm.inte[1];
    for (unsigned i = 0; i < CHIP_PIOS_MAX; i++)
        all |= claims.pio_instructions[i];
    for (unsigned i = 0; i < 4; i++)
        all |= chip.dma.inte[i];
    uint64_t enabled = chip.core[0].enabled | chip.core[1].enabled;
    return !all && !claims.pins && !claims.core1 && !chip.dma.busy && !enabled;
}

/// A free bit of `count`, from the lowest up; -1 when there is none or the claim is made to fail.
static int claim_free(uint32_t *taken, unsigned count, bool required, const char *what)
{
    uint32_t left = ~*taken & (count == 32 ? UINT32_MAX : (1u << count) - 1);
    if (claim_must_fail())
        left = 0;
    if (left) {
        *taken |= left & -left;
        return __builtin_ctz(left);
    }
    if (required)
        panic("no %s is free", what);
    return -1;
}

static void claim_one(uint32_t *taken, unsigned number, unsigned count, const char *what)
{
    if (number >= count || *taken >> number & 1 || claim_must_fail())
        panic("%s %u cannot be claimed", what, number);
    *taken |= 1u << number;
}

static void unclaim(uint32_t *taken, unsigned number, unsigned count, const char *what)
{
    if (number >= count || !(*taken >> number & 1))
        panic("%s %u is not claimed", what, number);
    *taken &= ~(1u << number);
}

// ---- DMA -----------------------------------------------------------------------------------------------------------

void dma_channel_claim(uint channel)
{
    hook("dma_channel_claim");
    claim_one(&chip.dma_claimed, channel, NUM_DMA_CHANNELS, "DMA channel");
}

void dma_claim_mask(uint32_t channel_mask)
{
    for (; channel_mask; channel_mask &= channel_mask - 1)
        dma_channel_claim((uint)__builtin_ctz(channel_mask));
}

void dma_channel_unclaim(uint channel)
{
    hook("dma_channel_unclaim");
    unclaim(&chip.dma_claimed, channel, NUM_DMA_CHANNELS, "DMA channel");
}

void dma_unclaim_mask(uint32_t channel_mask)
{
    for (; channel_mask; channel_mask &= channel_mask - 1)
        dma_channel_unclaim((uint)__builtin_ctz(channel_mask));
}

int dma_claim_unused_channel(bool required)
{
    hook("dma_claim_unused_channel");
    return claim_free(&chip.dma_claimed, NUM_DMA_CHANNELS, required, "DMA channel");
}

bool dma_channel_is_claimed(uint channel)
{
    hook("dma_channel_is_claimed");
    return chip.dma_claimed >> channel & 1;
}

void dma_timer_claim(uint timer)
{
    hook("dma_timer_claim");
    claim_one(&chip.timers_claimed, timer, NUM_DMA_TIMERS, "DMA timer");
}

void dma_timer_unclaim(uint timer)
{
    hook("dma_timer_unclaim");
    unclaim(&chip.timers_claimed, timer, NUM_DMA_TIMERS, "DMA timer");
}

int dma_claim_unused_timer(bool required)
{
    hook("dma_claim_unused_timer");
    return claim_free(&chip.timers_claimed, NUM_DMA_TIMERS, required, "DMA timer");
}

bool dma_timer_is_claimed(uint timer)
{
    hook("dma_timer_is_claimed");
    return chip.timers_claimed >> timer & 1;
}

// ---- state machines ------------------------------------------------------------------------------------------------

void pio_sm_claim(PIO pio, uint sm)
{
    hook("pio_sm_claim");
    claim_one(&chip.sm_claimed, PIO_NUM(pio) * 4 + sm, NUM_PIOS * 4, "state machine");
}

void pio_claim_sm_mask(PIO pio, uint sm_mask)
{
    for (; sm_mask; sm_mask &= sm_mask - 1)
        pio_sm_claim(pio, (uint)__builtin_ctz(sm_mask));
}

void pio_sm_unclaim(PIO pio, uint sm)
{
    hook("pio_sm_unclaim");
    unclaim(&chip.sm_claimed, PIO_NUM(pio) * 4 + sm, NUM_PIOS * 4, "state machine");
}

int pio_claim_unused_sm(PIO pio, bool required)
{
    hook("pio_claim_unused_sm");
    uint32_t taken = chip.sm_claimed >> (PIO_NUM(pio) * 4) & 15;
    int sm = claim_free(&taken, 4, required, "state machine");
    if (sm >= 0)
        chip.sm_claimed |= 1u << (PIO_NUM(pio) * 4 + (unsigned)sm);
    return sm;
}

bool pio_sm_is_claimed(PIO pio, uint sm)
{
    hook("pio_sm_is_claimed");
    return chip.sm_claimed >> (PIO_NUM(pio) * 4 + sm) & 1;
}

// ---- spin locks ----------------------------------------------------------------------------------------------------

void spin_lock_claim(uint lock_num)
{
    hook("spin_lock_claim");
    claim_one(&chip.spin_locks_claimed, lock_num, SPIN_LOCKS, "spin lock");
}

void spin_lock_claim_mask(uint32_t lock_num_mask)
{
    for (; lock_num_mask; lock_num_mask &= lock_num_mask - 1)
        spin_lock_claim((uint)__builtin_ctz(lock_num_mask));
}

/// It is unlocked, too.
void spin_lock_unclaim(uint lock_num)
{
    hook("spin_lock_unclaim");
    unclaim(&chip.spin_locks_claimed, lock_num, SPIN_LOCKS, "spin lock");
    chip.spin_owner[lock_num] = 0;
}

int spin_lock_claim_unused(bool required)
{
    hook("spin_lock_claim_unused");
    uint32_t taken = chip.spin_locks_claimed >> PICO_SPINLOCK_ID_CLAIM_FREE_FIRST;
    uint count = PICO_SPINLOCK_ID_CLAIM_FREE_LAST - PICO_SPINLOCK_ID_CLAIM_FREE_FIRST + 1;
    int lock = claim_free(&taken, count, required, "spin lock");
    chip.spin_locks_claimed |= taken << PICO_SPINLOCK_ID_CLAIM_FREE_FIRST;
    return lock < 0 ? -1 : lock + PICO_SPINLOCK_ID_CLAIM_FREE_FIRST;
}

bool spin_lock_is_claimed(uint lock_num)
{
    hook("spin_lock_is_claimed");
    return chip.spin_locks_claimed >> lock_num & 1;
}

// ---- user interrupts, for each core apart -----------------------------------------------------------------------------------------------

void user_irq_claim(uint irq_num)
{
    hook("user_irq_claim");
    claim_one(&chip.user_irqs_claimed[chip.at], irq_num - FIRST_USER_IRQ, NUM_USER_IRQS, "user interrupt");
}

void user_irq_unclaim(uint irq_num)
{
    hook("user_irq_unclaim");
    unclaim(&chip.user_irqs_claimed[chip.at], irq_num - FIRST_USER_IRQ, NUM_USER_IRQS, "user interrupt");
}

int user_irq_claim_unused(bool required)
{
    hook("user_irq_claim_unused");
    int user = claim_free(&chip.user_irqs_claimed[chip.at], NUM_USER_IRQS, required, "user interrupt");
    return user < 0 ? -1 : user + (int)FIRST_USER_IRQ;
}

bool user_irq_is_claimed(uint irq_num)
{
    hook("user_irq_is_claimed");
    return chip.user_irqs_claimed[chip.at] >> (irq_num - FIRST_USER_IRQ) & 1;
}
