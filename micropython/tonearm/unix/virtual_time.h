// The chip's time in place of the machine's.
#ifndef TONEARM_MICROPYTHON_UNIX_VIRTUAL_TIME_H
#define TONEARM_MICROPYTHON_UNIX_VIRTUAL_TIME_H

#include <stdbool.h>
#include <stdint.h>

// From now on the clocks and sleeps of this process are the chip's, without a jump.
void virtual_time_begin(void);
bool virtual_time_is_on(void);
// Let time go by for the chip alone.
void virtual_time_pass(uint64_t us);
// The same for somebody who asks what the time is, or how far things are; reading ahead is asked for where it is wanted.
void virtual_time_moment(uint64_t us);
// The chip's time, and the machine's. No moment passes.
uint64_t virtual_time_now_us(void);
uint64_t machine_now_us(void);
// Of its processor, what the calling thread has had.
uint64_t machine_thread_ns(void);
// Sleep on the machine's clock, whichever holds.
void machine_sleep_us(uint64_t us);

#endif
