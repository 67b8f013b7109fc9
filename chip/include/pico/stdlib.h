/// @file pico/stdlib.h  As pico-sdk's: the usual headers. Standard output is the host's.
#ifndef CHIP_PICO_STDLIB_H
#define CHIP_PICO_STDLIB_H

#include "hardware/gpio.h"
#include "pico.h"
#include "pico/time.h"

static inline bool stdio_init_all(void)
{
    return true;
}

#include "hardware/clocks.h"

#endif
