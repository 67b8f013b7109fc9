// Sources that consume sources: a MIDI track's synthesizer, an echo behind it, and a mixer with a hi-hat beside it; and what all of that takes of the processor, told
// before it plays. Everything is claimed at the beginning; while it plays nothing is.
#include "tonearm/tonearm.h"

#include "hardware/clocks.h"
#include "pico/stdlib.h"

#include <stdio.h>

enum { RATE_HZ = 32000, TICKS = 32, BEAT = RATE_HZ / 8, MEMORY_BYTES = 40 * 1024 };

#define R(number) ((ta_real_t)(number)) // float on a chip, double on a desktop

TA_STATIC_SRAM(memory, MEMORY_BYTES);

// Eight notes in a second. Each: at once, pressed with velocity 100; four ticks later, released.
#define NOTE(key) 0, 0x90, (key), 100, 4, 0x80, (key), 0
static const uint8_t tune[] = {NOTE(57), NOTE(60), NOTE(64), NOTE(69), NOTE(67), NOTE(64), NOTE(60), NOTE(57)};

static ta_arena_t arena;
static ta_cost_graph_t graph;

// A block for what a source needs. The arena has room for all of it; if you change sizes, this says what is missing.
static void *take(const ta_need_t *need)
{
    void *block = NULL;
    ta_failure_t failure;
    char sentence[TA_SENTENCE_MAX];
    if (ta_mem_alloc(&arena.mem, need, &block, &failure) != TA_OK) {
        ta_failure_sentence(&failure, sentence, sizeof sentence);
        printf("music: %s\n", sentence);
    }
    return block;
}

static bool make_tune(ta_midi_t *midi)
{
    static const ta_envelope_t plucked = {R(0.005), R(0.1), R(0.1), 1, R(0.3)};
    const ta_midi_config_t config = {
        .synth = {.rate_hz = RATE_HZ, .channels = 1, .polyphony = 4, .envelope = &plucked}};
    ta_need_t need;
    ta_cost_t cost;
    if (ta_midi_open_track(midi, tune, sizeof tune, TICKS) != TA_OK || ta_midi_need(midi, &config, &need) != TA_OK ||
        ta_midi_init(midi, &config, take(&need)) != TA_OK || ta_synth_cost(&config.synth, NULL, &cost) != TA_OK)
        return false;
    ta_cost_add(&graph, &cost, 1);
    return true;
}

static bool make_echo(ta_echo_t *echo, ta_source_t *of)
{
    const ta_echo_config_t config = {.fx = {{TA_SAMPLE_S16, 1, RATE_HZ}, 0}, .max_delay_ms = 200};
    ta_need_t needs[TA_DELAY_NEEDS];
    ta_cost_t cost;
    if (ta_echo_need(&config, needs) != TA_OK ||
        ta_echo_init(echo, &config, (void *[]){take(&needs[0]), take(&needs[1])}) != TA_OK ||
        ta_fx_cost(TA_EFFECT_ECHO, 1, RATE_HZ, 0, false, &cost) != TA_OK)
        return false;
    ta_cost_add(&graph, &cost, 1);
    echo->freq_shift = false;
    ta_param_set(&echo->delay_ms, R(93.75));
    ta_param_set(&echo->decay, R(0.3));
    ta_param_set(&echo->mix, R(0.25));
    return ta_fx_play(&echo->fx, of) == TA_OK;
}

// Noise that dies away, once in a beat. Eight beats.
static bool make_hat(ta_raw_t *hat)
{
    static int16_t beat[BEAT];
    uint32_t chance = 1;
    for (int n = 0; n < BEAT / 4; n++) {
        chance = chance * 1664525U + 1013904223U;
        int32_t left = BEAT / 4 - n, loud = left * left / (BEAT / 4);
        beat[n] = (int16_t)((int16_t)(chance >> 16) * loud / (BEAT / 4) / 3);
    }
    return ta_raw_init(hat, &(ta_format_t){TA_SAMPLE_S16, 1, RATE_HZ}, beat, BEAT) == TA_OK &&
           ta_source_set_loop(&hat->source, 0, 0, 7) == TA_OK;
}

static bool make_mixer(ta_mixer_t *mixer, ta_source_t *music, ta_source_t *hat)
{
    const ta_mixer_config_t config = {.format = {TA_SAMPLE_S16, 2, RATE_HZ}, .voices = 2};
    const ta_mixer_use_t mono = {.sample = TA_SAMPLE_S16, .channels = 1};
    ta_need_t need;
    ta_cost_t cost;
    if (ta_mixer_need(&config, &need) != TA_OK || ta_mixer_init(mixer, &config, take(&need)) != TA_OK ||
        ta_mixer_cost(&config, &mono, &cost) != TA_OK)
        return false;
    ta_cost_add(&graph, &cost, 1);
    ta_param_set(ta_mixer_level(mixer, 0), R(0.8));
    ta_param_set(ta_mixer_level(mixer, 1), R(0.4));
    ta_param_set(ta_mixer_panning(mixer, 1), R(0.6));
    return ta_mixer_play(mixer, 0, music) == TA_OK && ta_mixer_play(mixer, 1, hat) == TA_OK;
}

static void say_cost(void)
{
    const ta_output_use_t use = {.format = {TA_SAMPLE_S16, 2, RATE_HZ}, .wire = TA_WIRE_S16, .slot_frames = 128};
    ta_cost_chip_t chip = ta_rp2_chip() == TA_CHIP_RP2040 ? TA_COST_RP2040 : TA_COST_RP2350;
    char sentence[TA_COST_SENTENCE_BYTES];
    ta_cost_t cost;
    if (ta_output_cost(&use, &cost) == TA_OK)
        ta_cost_add(&graph, &cost, 1);
    ta_cost_judge(&graph, chip, clock_get_hz(clk_sys), NULL, sentence, sizeof sentence);
    printf("music: %s\n", sentence);
}

int main(void)
{
    static ta_i2s_t dac;
    static ta_midi_t midi;
    static ta_echo_t echo;
    static ta_raw_t hat;
    static ta_mixer_t mixer;

    stdio_init_all();
    if (ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) != TA_OK)
        return 1;
    ta_memory_t everything = ta_memory_all(&arena.mem);
    const ta_i2s_config_t pins = {.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .rate_hz = RATE_HZ};
    if (ta_i2s_open(&dac, &pins, &everything) != TA_OK) {
        printf("music: %s\n", dac.error);
        return 1;
    }
    if (!make_tune(&midi) || !make_echo(&echo, &midi.source) || !make_hat(&hat) ||
        !make_mixer(&mixer, &echo.fx.source, &hat.source))
        return 1;
    say_cost();

    // The mixer and the echo go on without end, so the program says when it is over: the last echo has died away then.
    if (ta_output_play(&dac.output, &mixer.source) != TA_OK)
        return 1;
    sleep_ms(2200);
    ta_output_stats_t stats;
    ta_output_stats(&dac.output, &stats);
    printf("music: ok, %lu holes\n", (unsigned long)stats.ring.holes);
    ta_i2s_close(&dac);
    return 0;
}
