/// @file pico.h  As pico-sdk's: types, errors, platform.
#ifndef CHIP_PICO_H
#define CHIP_PICO_H

#include "pico/error.h"
#include "pico/platform.h"
#include "pico/types.h"

#endif
