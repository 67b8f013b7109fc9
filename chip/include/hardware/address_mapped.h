/// @file hardware/address_mapped.h  pico-sdk's atomic register accesses.
#ifndef CHIP_HARDWARE_ADDRESS_MAPPED_H
#define CHIP_HARDWARE_ADDRESS_MAPPED_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

void hw_set_bits(io_rw_32 *addr, uint32_t mask);
void hw_clear_bits(io_rw_32 *addr, uint32_t mask);
void hw_xor_bits(io_rw_32 *addr, uint32_t mask);
void hw_write_masked(io_rw_32 *addr, uint32_t values, uint32_t write_mask);

#ifdef __cplusplus
}
#endif
#endif
