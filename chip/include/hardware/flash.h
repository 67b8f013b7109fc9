/// @file hardware/flash.h  pico-sdk's flash functions, over the board's flash at XIP_BASE.
///
/// They take the time that flash takes (chip_set_flash_times), and let interrupts in meanwhile unless the caller masks
/// them, as on silicon. Until they return, nothing may read flash, nor PSRAM: chip_violations counts who does.
#ifndef CHIP_HARDWARE_FLASH_H
#define CHIP_HARDWARE_FLASH_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FLASH_PAGE_SIZE            (1u << 8)
#define FLASH_SECTOR_SIZE          (1u << 12)
#define FLASH_BLOCK_SIZE           (1u << 16)
#define FLASH_UNIQUE_ID_SIZE_BYTES 8

#define XIP_BASE              0x10000000u
#define PICO_FLASH_SIZE_BYTES (chip_constant_flash_bytes())

/// Offsets count from XIP_BASE. What is not whole sectors, or pages, or lies beyond the flash, panics.
void flash_range_erase(uint32_t flash_offs, size_t count);
/// Bits only fall from 1 to 0: what was not erased before holds both. `data` must not lie in flash.
void flash_range_program(uint32_t flash_offs, const uint8_t *data, size_t count);
void flash_get_unique_id(uint8_t *id_out);
void flash_flush_cache(void);

#ifdef __cplusplus
}
#endif
#endif
