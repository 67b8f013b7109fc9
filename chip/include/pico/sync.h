/// @file pico/sync.h  pico-sdk's means of synchronising, as far as they are here: critical sections.
#ifndef CHIP_PICO_SYNC_H
#define CHIP_PICO_SYNC_H

#include "pico/critical_section.h"

#endif
