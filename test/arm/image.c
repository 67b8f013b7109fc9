// What the tests on the emulated Cortex-M0+ need beside the library: buffers, and calls of more than four words.
#include "tonearm/convert.h"

enum { ROOM_BYTES = 64 * 1024 };

_Alignas(8) uint8_t kernels_in[ROOM_BYTES];
_Alignas(8) uint8_t kernels_out[ROOM_BYTES + 64];
_Alignas(8) uint8_t kernels_portable_out[ROOM_BYTES + 64];
