// pico-sdk's clock functions. In: frequencies. Out: a new clk_sys from this cycle on; whatever counts cycles follows, and the
// timer, which counts the crystal, does not.

#include "chip/model.h"
#include "hardware/clocks.h"

uint32_t clock_get_hz(clock_handle_t clock)
{
    hook("clock_get_hz");
    if (clock == clk_sys || clock == clk_peri)
        return clock_hz();
    return clock == clk_usb || clock == clk_adc ? 48000000 : XOSC_HZ;
}

/// What the PLL makes of a 12 MHz crystal: VCO 750-1600 MHz in steps of 12, then two dividers of 1-7.
bool check_sys_clock_hz(uint32_t freq_hz, uint *vco_freq_out, uint *post_div1_out, uint *post_div2_out)
{
    for (uint feedback = 320; feedback >= 16; feedback--) {
        uint64_t vco = (uint64_t)feedback * XOSC_HZ;
        if (vco < 750000000 || vco > 1600000000)
            continue;
        for (uint first = 7; first >= 1; first--) {
            for (uint second = first; second >= 1; second--) {
                if (vco % (first * second) || vco / (first * second) != freq_hz)
                    continue;
                *vco_freq_out = (uint)vco;
                *post_div1_out = first;
                *post_div2_out = second;
                return true;
            }
        }
    }
    return false;
}

bool check_sys_clock_khz(uint32_t freq_khz, uint *vco_freq_out, uint *post_div1_out, uint *post_div2_out)
{
    return check_sys_clock_hz(freq_khz * 1000, vco_freq_out, post_div1_out, post_div2_out);
}

void set_sys_clock_pll(uint32_t vco_freq, uint post_div1, uint post_div2)
{
    hook("set_sys_clock_pll");
    clock_set_hz(vco_freq / (post_div1 * post_div2));
}

void set_sys_clock_48mhz(void)
{
    hook("set_sys_clock_48mhz");
    clock_set_hz(48000000);
}

bool set_sys_clock_hz(uint32_t freq_hz, bool required)
{
    uint vco, first, second;
    if (check_sys_clock_hz(freq_hz, &vco, &first, &second)) {
        set_sys_clock_pll(vco, first, second);
        return true;
    }
    if (required)
        panic("a system clock of %u Hz cannot be reached exactly", (unsigned)freq_hz);
    return false;
}

bool set_sys_clock_khz(uint32_t freq_khz, bool required)
{
    return set_sys_clock_hz(freq_khz * 1000, required);
}
