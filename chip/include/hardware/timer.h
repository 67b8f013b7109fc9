/// @file hardware/timer.h  pico-sdk's timer functions: microseconds of the crystal, whatever clk_sys does.
#ifndef CHIP_HARDWARE_TIMER_H
#define CHIP_HARDWARE_TIMER_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The first timer's registers, as far as they are read here.
typedef struct {
    io_wo_32 timehw, timelw;
    io_ro_32 timehr, timelr;
    io_rw_32 alarm[4];
    io_rw_32 armed;
    io_ro_32 timerawh, timerawl;
} timer_hw_t;

#define TIMER_BASE_RP2040             0x40054000u
#define TIMER0_BASE_RP2350            0x400b0000u
#define TIMER_BASE                    (chip_constant_is_rp2350() ? TIMER0_BASE_RP2350 : TIMER_BASE_RP2040)
#define TIMER0_BASE                   TIMER_BASE
#define timer_hw                      (chip_timer_hw())
#define timer0_hw                     timer_hw
#define PICO_DEFAULT_TIMER_INSTANCE() timer_hw

/// The timer registers as they are at this call.
timer_hw_t *chip_timer_hw(void);
uint64_t time_us_64(void);
uint32_t time_us_32(void);
void busy_wait_us_32(uint32_t delay_us);
void busy_wait_us(uint64_t delay_us);
void busy_wait_ms(uint32_t delay_ms);
void busy_wait_until(absolute_time_t t);
bool time_reached(absolute_time_t t);

#ifdef __cplusplus
}
#endif
#endif
