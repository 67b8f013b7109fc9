// Plays a tone by I2S, left at 441 Hz and right an octave above, half a second of every second, and says on the UART what that takes
// and how it went. In: a DAC at TONEARM_DATA_PIN, TONEARM_BCLK_PIN and TONEARM_WS_PIN. Out: sound; lines of text at 115200 baud.
// On a board it goes on for ever; on the virtual chip it plays once.

#include "pins.h"

#include "tonearm/tonearm.h"

#include "hardware/clocks.h"
#include "pico/stdlib.h"

#include <stdio.h>
#include <stdlib.h>

enum { RATE_HZ = 44100, PERIOD = 100, LOUDNESS = 8000, TONE_FRAMES = RATE_HZ / 2, MEMORY_BYTES = 12 * 1024 };

TA_STATIC_SRAM(memory, MEMORY_BYTES);

static int16_t period[PERIOD][2];
static ta_arena_t arena;
static ta_i2s_t dac;
static ta_raw_t tone;

// Half a wave is a parabola: a sine to within 4 %, of integers alone. x in 0..PERIOD-1.
static int16_t wave(int x)
{
    int half = PERIOD / 2, up = x % half;
    int height = 4 * LOUDNESS * up * (half - up) / (half * half);
    return (int16_t)(x < half ? height : -height);
}

static const ta_i2s_config_t config = {.data_pin = TONEARM_DATA_PIN,
                                       .bclk_pin = TONEARM_BCLK_PIN,
                                       .ws_pin = TONEARM_WS_PIN,
                                       .bits = 16,
                                       .rate_hz = RATE_HZ};

// Millionths with three digits behind the point, for printf without floating point.
static void print_thousandths(const char *before, int64_t thousandths, const char *after)
{
    unsigned long size = (unsigned long)(thousandths < 0 ? -thousandths : thousandths);
    printf("%s%s%lu.%03lu%s", before, thousandths < 0 ? "-" : "", size / 1000, size % 1000, after);
}

static void print_plan(void)
{
    ta_i2s_plan_t whole;
    if (ta_i2s_plan(&config, &whole, NULL) != TA_OK)
        return; // it is open, so it can be planned
    const ta_i2s_plan_t *plan = &whole;
    const ta_rate_t *rate = &plan->rate;
    printf("tone: I2S Philips, %u bits; data GPIO %u, bclk %u, ws %u; clk_sys %lu Hz\n", config.bits, config.data_pin,
           config.bclk_pin, config.ws_pin, (unsigned long)rate->system_hz);
    printf("tone: DMA %lu bytes, FAST %lu bytes; %u DMA channels, %u state machine, %u instructions, %u pins\n",
           (unsigned long)plan->needs[0].bytes, (unsigned long)plan->needs[1].bytes, plan->dma_channels,
           plan->state_machines, plan->pio_instructions, plan->pins);
    print_thousandths("tone: rate ", (int64_t)(rate->reached_uhz / 1000), " Hz");
    print_thousandths(" (", rate->error_ppb, " ppm)");
    printf(", divider %lu + %lu/256", (unsigned long)(rate->divider_q8 >> 8), (unsigned long)(rate->divider_q8 & 255));
    print_thousandths("; latency ", (int64_t)plan->latency_us, " ms");
    print_thousandths(", interrupts ", plan->interrupts_per_s_milli, " a second\n");
}

static void print_report(void)
{
    ta_output_stats_t stats;
    ta_output_stats(&dac.output, &stats);
    printf("tone: played %lu frames, %lu holes (%lu frames), least headroom %lu frames, %lu faults\n",
           (unsigned long)stats.ring.program_frames, (unsigned long)stats.ring.holes,
           (unsigned long)stats.ring.hole_frames, (unsigned long)stats.headroom_min_frames,
           (unsigned long)stats.faults);
    ta_hole_t hole;
    for (uint32_t h = 0; ta_output_hole(&dac.output, h, &hole); h++) {
        printf("tone: hole of %lu frames before frame %lu: %s\n", (unsigned long)hole.frames,
               (unsigned long)hole.source_frame, ta_hole_cause_name(hole.cause));
    }
}

static ta_status_t play_once(void)
{
    ta_status_t status = ta_source_seek(&tone.source, 0);
    if (status == TA_OK)
        status = ta_source_set_loop(&tone.source, 0, 0, TONE_FRAMES / PERIOD - 1);
    if (status == TA_OK)
        status = ta_output_play(&dac.output, &tone.source);
    while (status == TA_OK && ta_output_busy(&dac.output))
        sleep_ms(10);
    return status;
}

static int open_all(void)
{
    const ta_format_t format = {TA_SAMPLE_S16, 2, RATE_HZ};
    for (int x = 0; x < PERIOD; x++) {
        period[x][0] = wave(x);
        period[x][1] = wave(2 * x % PERIOD);
    }
    ta_status_t status = ta_raw_init(&tone, &format, period, PERIOD);
    if (status == TA_OK)
        status = ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL);
    if (status != TA_OK) {
        printf("tone: cannot begin: %s\n", ta_status_name(status));
        return EXIT_FAILURE;
    }
    ta_memory_t everything = ta_memory_all(&arena.mem);
    if (ta_i2s_open(&dac, &config, &everything) != TA_OK) {
        printf("tone: %s\n", dac.error);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

int main(void)
{
    stdio_init_all();
    if (open_all() != EXIT_SUCCESS)
        return EXIT_FAILURE;
    print_plan();
    do {
        ta_status_t status = play_once();
        if (status != TA_OK) {
            printf("tone: cannot play: %s\n", ta_status_name(status));
            break;
        }
        print_report();
        sleep_ms(500);
    } while (PICO_ON_DEVICE);
    ta_i2s_close(&dac);
    return EXIT_SUCCESS;
}
