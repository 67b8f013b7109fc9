// The smallest program that beeps without a DAC: a second of 441 Hz at GPIO 14, behind a low-pass filter of a resistor and a capacitor
// (1 kOhm to the amplifier's input, 10 nF from there to GND).
#include "tonearm/tonearm.h"

#include "pico/stdlib.h"

TA_STATIC_SRAM(memory, 12 * 1024);

int main(void)
{
    static int16_t wave[100];
    static ta_arena_t arena;
    static ta_pwm_t speaker;
    static ta_raw_t beep;
    for (int n = 0; n < 100; n++)
        wave[n] = n < 50 ? 6000 : -6000;

    if (ta_arena_init(&arena, memory, 12 * 1024, TA_CLASS_ALL) != TA_OK)
        return 1;
    ta_memory_t all = ta_memory_all(&arena.mem);
    if (ta_pwm_open(&speaker, &(ta_pwm_config_t){.left_pin = 14, .right_pin = TA_PWM_ONE_PIN}, &all) != TA_OK ||
        ta_raw_init(&beep, &(ta_format_t){TA_SAMPLE_S16, 1, 44100}, wave, 100) != TA_OK ||
        ta_source_set_loop(&beep.source, 0, 0, 440) != TA_OK || ta_output_play(&speaker.output, &beep.source) != TA_OK)
        return 1;
    while (ta_output_busy(&speaker.output))
        sleep_ms(10);
    ta_pwm_close(&speaker);
    return 0;
}
