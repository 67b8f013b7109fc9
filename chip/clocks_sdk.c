// pico-sdk's clock functions. In: frequencies. Out: a new clk_sys from this cycle on; whatever counts cycles follows, and the
// timer, which counts the crystal, does not.

#include "chip/model.h"
#include "hardware/clocks.h"

enum { USB_HZ = 48000000, RTC_HZ = 46875 };

void clocks_reset(void)
{
    for (unsigned clock = 0; clock < CLK_COUNT; clock++)
        chip.clock_hz[clock] = 0;
    chip.clock_hz[clk_ref] = XOSC_HZ;
    chip.clock_hz[clk_peri] = chip.clock_hz[clk_sys] = chip.pll_hz = clock_hz();
    chip.clock_hz[clk_usb] = chip.clock_hz[clk_adc] = USB_HZ;
    chip.clock_hz[clk_rtc] = chip.rp2350 ? 0 : RTC_HZ;
    chip.clock_hz[clk_hstx] = chip.rp2350 ? clock_hz() : 0;
}

void chip_set_pll_lock_us(uint32_t us)
{
    chip.pll_lock_us = us;
}

static void begin(const char *what, clock_handle_t clock)
{
    hook(what);
    if ((unsigned)clock >= CLK_COUNT)
        panic("%s: there is no clock %u", what, (unsigned)clock);
}

uint32_t clock_get_hz(clock_handle_t clock)
{
    begin("clock_get_hz", clock);
    return chip.clock_hz[clock];
}

/// What users of a changed clk_sys have already counted stays counted.
static void set(clock_handle_t clock, uint32_t hz)
{
    if (clock == clk_sys && hz == 0)
        panic("clk_sys must not stop");
    if (clock == clk_sys)
        clock_set_hz(hz);
    chip.clock_hz[clock] = hz;
}

/// RP2040's dividers have 8 bits behind the point, and nothing between 1 and 2; RP2350's have 16 (RP2040 datasheet 2.15.3,
/// RP2350 datasheet 8.1.3).
bool clock_configure(clock_handle_t clock, uint32_t src, uint32_t auxsrc, uint32_t src_freq, uint32_t freq)
{
    (void)src;
    (void)auxsrc;
    begin("clock_configure", clock);
    if (freq > src_freq || freq == 0)
        return false;
    unsigned point = chip.rp2350 ? 16 : 8;
    uint64_t divider = ((uint64_t)src_freq << point) / freq;
    if (divider >> 32)
        divider = (uint64_t)1 << 32; // a divider of 0 is the largest
    if (!chip.rp2350 && divider < 2u << point)
        divider = 1u << point;
    set(clock, (uint32_t)(((uint64_t)src_freq << point) / divider));
    return true;
}

void clock_configure_int_divider(clock_handle_t clock, uint32_t src, uint32_t auxsrc, uint32_t src_freq,
                                 uint32_t int_divider)
{
    (void)src;
    (void)auxsrc;
    begin("clock_configure_int_divider", clock);
    if (int_divider == 0)
        panic("clock_configure_int_divider: the divider is 0");
    set(clock, src_freq / int_divider);
}

void clock_configure_undivided(clock_handle_t clock, uint32_t src, uint32_t auxsrc, uint32_t src_freq)
{
    clock_configure_int_divider(clock, src, auxsrc, src_freq, 1);
}

void clock_stop(clock_handle_t clock)
{
    begin("clock_stop", clock);
    set(clock, 0);
}

/// What clock_get_hz will say; the clock itself stays as it is.
void clock_set_reported_hz(clock_handle_t clock, uint hz)
{
    begin("clock_set_reported_hz", clock);
    chip.clock_hz[clock] = hz;
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
    uint32_t hz = vco_freq / (post_div1 * post_div2);
    if (hz != chip.pll_hz && chip.pll_lock_us) {
        set(clk_sys, USB_HZ);
        cpu_idle_until_us(clock_us(chip.now) + chip.pll_lock_us);
    }
    chip.pll_hz = hz;
    set(clk_sys, hz);
    set(clk_peri, USB_HZ);
    windows_show();
}

void set_sys_clock_48mhz(void)
{
    hook("set_sys_clock_48mhz");
    set(clk_sys, USB_HZ);
    set(clk_peri, USB_HZ);
    chip.pll_hz = 0;
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
