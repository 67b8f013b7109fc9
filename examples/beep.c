// The smallest program that beeps: a second of 441 Hz by I2S, data at GPIO 9, bit clock at 10, word select at 11.
#include "tonearm/tonearm.h"

#include "pico/stdlib.h"

TA_STATIC_SRAM(memory, 12 * 1024);

int main(void)
{
    static int16_t wave[100];
    static ta_arena_t arena;
    static ta_i2s_t dac;
    static ta_raw_t beep;
    for (int n = 0; n < 100; n++)
        wave[n] = n < 50 ? 6000 : -6000;

    if (ta_arena_init(&arena, memory, 12 * 1024, TA_CLASS_ALL) != TA_OK)
        return 1;
    ta_memory_t all = ta_memory_all(&arena.mem);
    if (ta_i2s_open(&dac, &(ta_i2s_config_t){.data_pin = 9, .bclk_pin = 10, .ws_pin = 11}, &all) != TA_OK ||
        ta_raw_init(&beep, &(ta_format_t){TA_SAMPLE_S16, 1, 44100}, wave, 100) != TA_OK ||
        ta_source_set_loop(&beep.source, 0, 0, 440) != TA_OK || ta_output_play(&dac.output, &beep.source) != TA_OK)
        return 1;
    while (ta_output_busy(&dac.output))
        sleep_ms(10);
    ta_i2s_close(&dac);
    return 0;
}
