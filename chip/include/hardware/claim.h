/// @file hardware/claim.h  pico-sdk's lock for claims: held for a moment, interrupts of this core masked.
#ifndef CHIP_HARDWARE_CLAIM_H
#define CHIP_HARDWARE_CLAIM_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

uint32_t hw_claim_lock(void);
void hw_claim_unlock(uint32_t token);

#ifdef __cplusplus
}
#endif
#endif
