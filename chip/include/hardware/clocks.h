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

#define KHZ 1000
#define MHZ 1000000

#define CLOCKS_CLK_REF_CTRL_SRC_VALUE_XOSC_CLKSRC        0x2u
#define CLOCKS_CLK_SYS_CTRL_SRC_VALUE_CLK_REF            0x0u
#define CLOCKS_CLK_SYS_CTRL_SRC_VALUE_CLKSRC_CLK_SYS_AUX 0x1u
#define CLOCKS_CLK_SYS_CTRL_AUXSRC_VALUE_CLKSRC_PLL_SYS  0x0u
#define CLOCKS_CLK_SYS_CTRL_AUXSRC_VALUE_CLKSRC_PLL_USB  0x1u
#define CLOCKS_CLK_SYS_CTRL_AUXSRC_VALUE_XOSC_CLKSRC     0x3u
#define CLOCKS_CLK_PERI_CTRL_AUXSRC_VALUE_CLK_SYS        0x0u
#define CLOCKS_CLK_PERI_CTRL_AUXSRC_VALUE_CLKSRC_PLL_SYS 0x1u
#define CLOCKS_CLK_PERI_CTRL_AUXSRC_VALUE_CLKSRC_PLL_USB 0x2u

uint32_t clock_get_hz(clock_handle_t clock);
/// The frequency of the source is the caller's word, as on silicon. A fractional divider gives an even clock here, of the
/// frequency that the real one has on average.
bool clock_configure(clock_handle_t clock, uint32_t src, uint32_t auxsrc, uint32_t src_freq, uint32_t freq);
void clock_configure_undivided(clock_handle_t clock, uint32_t src, uint32_t auxsrc, uint32_t src_freq);
void clock_configure_int_divider(clock_handle_t clock, uint32_t src, uint32_t auxsrc, uint32_t src_freq,
                                 uint32_t int_divider);
void clock_stop(clock_handle_t clock);
void clock_set_reported_hz(clock_handle_t clock, uint hz);
bool check_sys_clock_hz(uint32_t freq_hz, uint *vco_freq_out, uint *post_div1_out, uint *post_div2_out);
bool check_sys_clock_khz(uint32_t freq_khz, uint *vco_freq_out, uint *post_div1_out, uint *post_div2_out);
/// While the PLL locks, clk_sys runs at 48 MHz: for chip_set_pll_lock_us, at once after chip_boot. clk_peri stays at 48 MHz.
void set_sys_clock_pll(uint32_t vco_freq, uint post_div1, uint post_div2);
void set_sys_clock_48mhz(void);
bool set_sys_clock_hz(uint32_t freq_hz, bool required);
bool set_sys_clock_khz(uint32_t freq_khz, bool required);

#ifdef __cplusplus
}
#endif
#endif
