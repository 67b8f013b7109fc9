/// @file pico/types.h  pico-sdk's basic types, for the virtual chip.
#ifndef CHIP_PICO_TYPES_H
#define CHIP_PICO_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned int uint;

/// Microseconds since boot.
typedef uint64_t absolute_time_t;

typedef volatile uint32_t io_rw_32;
typedef const volatile uint32_t io_ro_32;
typedef volatile uint32_t io_wo_32;

static inline uint64_t to_us_since_boot(absolute_time_t t)
{
    return t;
}

static inline void update_us_since_boot(absolute_time_t *t, uint64_t us_since_boot)
{
    *t = us_since_boot;
}

static inline absolute_time_t from_us_since_boot(uint64_t us_since_boot)
{
    return us_since_boot;
}

#endif
