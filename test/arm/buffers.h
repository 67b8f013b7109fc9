/// @file buffers.h  What the tests on the emulated Cortex-M0+ convert from and into.
#ifndef TEST_ARM_BUFFERS_H
#define TEST_ARM_BUFFERS_H

#include <stdint.h>

enum { ROOM_BYTES = 64 * 1024 };

extern uint8_t kernels_in[ROOM_BYTES];
extern uint8_t kernels_out[ROOM_BYTES + 64];
extern uint8_t kernels_portable_out[ROOM_BYTES + 64];

#endif
