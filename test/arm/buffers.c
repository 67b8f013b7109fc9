// What the tests on the emulated Cortex-M0+ convert from and into.
#include "buffers.h"

_Alignas(8) uint8_t kernels_in[ROOM_BYTES];
_Alignas(8) uint8_t kernels_out[ROOM_BYTES + 64];
_Alignas(8) uint8_t kernels_portable_out[ROOM_BYTES + 64];
