/// @file whole.h  Sources as a whole, each played by a script that is the same everywhere: whole.sh runs them on the desktop, on an emulated Cortex-M0+ and on a
/// Cortex-M33, and compares.
#ifndef TONEARM_TEST_ARM_WHOLE_H
#define TONEARM_TEST_ARM_WHOLE_H

#include <stdint.h>

/// The name of case `index`, NULL: there is none. Ctx: any. Cost: constant. Own: a constant. Fails: never.
const char *whole_name(uint32_t index);

/// Play case `index`. Returns a hash of all its bytes; whole_peak is the largest sample, of 16 bits, and whole_frames how many frames there were. 0: it could not be made.
uint32_t whole_run(uint32_t index);
extern uint32_t whole_peak, whole_frames;

#endif
