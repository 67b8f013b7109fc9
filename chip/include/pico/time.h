/// @file pico/time.h  pico-sdk's time functions. Sleeping lets virtual time pass and interrupts come.
#ifndef CHIP_PICO_TIME_H
#define CHIP_PICO_TIME_H

#include "hardware/timer.h"
#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

#define at_the_end_of_time ((absolute_time_t)INT64_MAX)
#define nil_time           ((absolute_time_t)0)

static inline absolute_time_t get_absolute_time(void)
{
    return time_us_64();
}

static inline uint32_t us_to_ms(uint64_t us)
{
    return (uint32_t)(us / 1000u);
}

static inline uint32_t to_ms_since_boot(absolute_time_t t)
{
    return us_to_ms(t);
}

static inline absolute_time_t delayed_by_us(const absolute_time_t t, uint64_t us)
{
    uint64_t sum = t + us;
    return sum < t || sum > (uint64_t)INT64_MAX ? at_the_end_of_time : sum;
}

static inline absolute_time_t delayed_by_ms(const absolute_time_t t, uint32_t ms)
{
    return delayed_by_us(t, ms * 1000ull);
}

static inline absolute_time_t make_timeout_time_us(uint64_t us)
{
    return delayed_by_us(get_absolute_time(), us);
}

static inline absolute_time_t make_timeout_time_ms(uint32_t ms)
{
    return delayed_by_ms(get_absolute_time(), ms);
}

static inline int64_t absolute_time_diff_us(absolute_time_t from, absolute_time_t to)
{
    return (int64_t)(to - from);
}

static inline absolute_time_t absolute_time_min(absolute_time_t a, absolute_time_t b)
{
    return a < b ? a : b;
}

static inline bool is_at_the_end_of_time(absolute_time_t t)
{
    return t == at_the_end_of_time;
}

static inline bool is_nil_time(absolute_time_t t)
{
    return t == 0;
}

void sleep_until(absolute_time_t target);
void sleep_us(uint64_t us);
void sleep_ms(uint32_t ms);
bool best_effort_wfe_or_timeout(absolute_time_t timeout_timestamp);

#ifdef __cplusplus
}
#endif
#endif
