// What is claimed of the chip. In: pico-sdk's own records. Out: bits, and a line that lists them.

#include "claims.h"
#include "console.h"

#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/pio.h"
#include "hardware/pwm.h"

#include <string.h>

enum { ROOM = 32 }; // instructions of a PIO block: a program of so many fits only where there is none

void claims_look(claims_t *c)
{
    static const uint16_t zeros[ROOM];
    const pio_program_t program = {.instructions = zeros, .length = ROOM, .origin = -1};
    memset(c, 0, sizeof *c);
    for (uint n = 0; n < NUM_DMA_CHANNELS; n++)
        c->dma_channels |= (uint32_t)dma_channel_is_claimed(n) << n;
    for (uint n = 0; n < NUM_DMA_TIMERS; n++)
        c->dma_timers |= (uint32_t)dma_timer_is_claimed(n) << n;
    for (uint n = 0; n < NUM_PIOS * NUM_PIO_STATE_MACHINES; n++)
        c->state_machines |=
            (uint32_t)pio_sm_is_claimed(PIO_INSTANCE(n / NUM_PIO_STATE_MACHINES), n % NUM_PIO_STATE_MACHINES) << n;
    for (uint n = 0; n < NUM_PIOS; n++)
        c->programs |= (uint32_t)!pio_can_add_program(PIO_INSTANCE(n), &program) << n;
    for (uint n = 0; n < NUM_PWM_SLICES; n++) // which the SDK has no claims for
        c->slices |= (pwm_hw->slice[n].csr & PWM_CH0_CSR_EN_BITS) << n;
    for (uint n = 0; n < NUM_USER_IRQS; n++)
        c->user_irqs |= (uint32_t)user_irq_is_claimed(FIRST_USER_IRQ + n) << n;
    for (uint n = 0; n < NUM_DMA_IRQS; n++)
        c->lines |= (uint32_t)irq_has_handler((uint)dma_get_irq_num(n)) << n;
    for (uint n = 0; n < NUM_BANK0_GPIOS; n++)
        c->pins |= (uint64_t)(gpio_get_function(n) != GPIO_FUNC_NULL) << n;
}

void claims_since(const claims_t *before, claims_t *c)
{
    claims_look(c);
    c->dma_channels &= ~before->dma_channels;
    c->dma_timers &= ~before->dma_timers;
    c->state_machines &= ~before->state_machines;
    c->programs &= ~before->programs;
    c->slices &= ~before->slices;
    c->user_irqs &= ~before->user_irqs;
    c->lines &= ~before->lines;
    c->pins &= ~before->pins;
}

static bool said;

static void say_bits(const char *name, uint64_t bits)
{
    if (!bits)
        return;
    say("%s%s", said ? "; " : "", name);
    said = true;
    for (unsigned n = 0; n < 64; n++) {
        if (bits >> n & 1)
            say(" %u", n);
    }
}

void claims_say(const claims_t *c)
{
    say("claims    ");
    said = false;
    say_bits("DMA channels", c->dma_channels);
    say_bits("DMA timers", c->dma_timers);
    for (unsigned n = 0; n < NUM_PIOS; n++) {
        static const char *const name[] = {"PIO0 machines", "PIO1 machines", "PIO2 machines"};
        say_bits(name[n], c->state_machines >> (n * NUM_PIO_STATE_MACHINES) & 0xf);
    }
    say_bits("programs in PIO", c->programs);
    say_bits("PWM slices", c->slices);
    say_bits("software interrupts", (uint64_t)c->user_irqs << FIRST_USER_IRQ);
    say_bits("DMA interrupt lines", c->lines);
    say_bits("GPIO", c->pins);
    say(said ? "\n" : "none\n");
}
