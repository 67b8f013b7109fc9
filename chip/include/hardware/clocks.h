/// @file hardware/clocks.h  pico-sdk's clock functions, as far as clk_sys goes.
#ifndef CHIP_HARDWARE_CLOCKS_H
#define CHIP_HARDWARE_CLOCKS_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Names of clocks. On silicon the numbers differ from chip to chip; the names do not.
typedef enum clock_num {
    clk_gpout0,
    clk_gpout1,
    clk_gpout2,
    clk_gpout3,
    clk_ref,
    clk_sys,
    clk_peri,
    clk_hstx,
    clk_usb,
    clk_adc,
    clk_rtc,
    CLK_COUNT
} clock_num_t;
typedef clock_num_t clock_handle_t;

uint32_t clock_get_hz(clock_handle_t clock);
bool check_sys_clock_hz(uint32_t freq_hz, uint *vco_freq_out, uint *post_div1_out, uint *post_div2_out);
bool check_sys_clock_khz(uint32_t freq_khz, uint *vco_freq_out, uint *post_div1_out, uint *post_div2_out);
void set_sys_clock_pll(uint32_t vco_freq, uint post_div1, uint post_div2);
void set_sys_clock_48mhz(void);
bool set_sys_clock_hz(uint32_t freq_hz, bool required);
bool set_sys_clock_khz(uint32_t freq_khz, bool required);

#ifdef __cplusplus
}
#endif
#endif
