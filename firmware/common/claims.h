/// @file claims.h  What is claimed of the chip, as pico-sdk's own functions tell it.
#ifndef FIRMWARE_CLAIMS_H
#define FIRMWARE_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t dma_channels, dma_timers; ///< a bit each
    uint32_t state_machines;           ///< a bit each, 4 a PIO block
    uint32_t programs;                 ///< PIO blocks with instructions in use, a bit each
    uint32_t slices;                   ///< PWM slices that count, a bit each
    uint32_t user_irqs;                ///< of this core, a bit each
    uint32_t lines;                    ///< DMA interrupt lines with a handler, a bit each
    uint64_t pins;                     ///< GPIOs with a function
} claims_t;

/// Look at everything. Ctx: task. Cost: some hundred calls. Own: none. Fails: never.
void claims_look(claims_t *claims);

/// What is claimed now and was not in `before`. Ctx: task. Cost: as claims_look. Own: none. Fails: never.
void claims_since(const claims_t *before, claims_t *claims);

/// Say them in one line beginning "claims "; "claims  none". Ctx: task. Cost: as say. Own: none. Fails: never.
void claims_say(const claims_t *claims);

#endif
