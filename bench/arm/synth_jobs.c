// What is measured of the synthesizer: ticks of 256 frames through its source, everything included, a frame and a note; a biquad, a sample.
#include "jobs.h"

#include "tonearm/synth.h"

#include <string.h>

enum { RATE = 44100, FRAMES = TA_SYNTH_TICK_FRAMES, NOTES_MAX = 24, STORAGE_WORDS = 4096 };

typedef enum { PLAIN, KEYS, RING, FILTERED, INTERPOLATED, SAW, MOVING, ALL } kind_t;

static const struct {
    const char *name;
    kind_t kind;
    uint8_t channels, notes;
} jobs[] = {
    {"synth.mono.1", PLAIN, 1, 1},           {"synth.mono.8", PLAIN, 1, 8},
    {"synth.mono.24", PLAIN, 1, 24},         {"synth.stereo.1", PLAIN, 2, 1},
    {"synth.stereo.8", PLAIN, 2, 8},         {"synth.stereo.24", PLAIN, 2, 24},
    {"synth.keys.mono.8", KEYS, 1, 8},       {"synth.ring.mono.8", RING, 1, 8},
    {"synth.filter.mono.8", FILTERED, 1, 8}, {"synth.interpolated.mono.8", INTERPOLATED, 1, 8},
    {"synth.saw.mono.8", SAW, 1, 8},         {"synth.lfos.stereo.8", MOVING, 2, 8},
    {"synth.all.stereo.8", ALL, 2, 8},
};

char bench_name[64];
static ta_synth_t synth;
static uint32_t storage[STORAGE_WORDS];
static ta_note_t notes[NOTES_MAX];
static ta_biquad_t filter;
static ta_lfo_t lfos[3];
static int16_t wave_samples[256];
static bool on;

static void use(ta_status_t status)
{
    if (status != TA_OK)
        __builtin_trap();
}

static void move_note(ta_note_t *note)
{
    static const ta_real_t scales[3] = {(ta_real_t)0.5, 1, (ta_real_t)0.08};
    for (unsigned l = 0; l < 3; l++) {
        use(ta_lfo_init(&lfos[l], NULL));
        ta_param_set(&lfos[l].rate, (ta_real_t)(3 + l));
        ta_param_set(&lfos[l].scale, scales[l]);
    }
    ta_param_set(&lfos[0].offset, (ta_real_t)0.5);
    ta_param_follow(&note->amplitude, &lfos[0].control);
    ta_param_follow(&note->panning, &lfos[1].control);
    ta_param_follow(&note->bend, &lfos[2].control);
}

static void set_note(ta_note_t *note, kind_t kind, const ta_wave_t *wave)
{
    if (kind == RING || kind == ALL) {
        use(ta_note_set_ring_frequency(note, 650));
        use(ta_note_set_ring_wave(note, wave));
    }
    if (kind == FILTERED || kind == ALL)
        ta_note_set_filter(note, &filter);
    if (kind == SAW)
        use(ta_note_set_tone(note, TA_TONE_SAW));
    if (kind == MOVING || kind == ALL)
        move_note(note);
}

uint32_t bench_job(uint32_t index)
{
    if (index >= sizeof jobs / sizeof jobs[0])
        return 0;
    const kind_t kind = jobs[index].kind;
    strcpy(bench_name, jobs[index].name);
    for (int s = 0; s < 256; s++)
        wave_samples[s] = (int16_t)(s * 257 - 32768);
    const ta_wave_t wave = {wave_samples, 256};
    const ta_synth_config_t config = {.rate_hz = RATE,
                                      .channels = jobs[index].channels,
                                      .polyphony = NOTES_MAX,
                                      .wave = wave,
                                      .interpolate = kind == INTERPOLATED || kind == ALL};
    ta_need_t need = {0};
    use(ta_synth_need(&config, &need));
    use(need.bytes <= sizeof storage ? TA_OK : TA_E_NOMEM);
    use(ta_synth_init(&synth, &config, storage));
    use(ta_biquad_init(&filter, TA_BIQUAD_LOW_PASS, 1200));
    for (unsigned n = 0; n < jobs[index].notes; n++) {
        if (kind == KEYS) {
            use(ta_synth_press_key(&synth, 0, 48 + 3 * n, 100));
            continue;
        }
        use(ta_note_init(&notes[n], (ta_real_t)(110 + 60 * n)));
        set_note(&notes[n], kind, &wave);
        use(ta_synth_press(&synth, &notes[n]));
    }
    on = true;
    return FRAMES * jobs[index].notes;
}

void bench_run(void)
{
    ta_block_t block;
    if (on && ta_source_pull(&synth.source, FRAMES, &block) != TA_PULL_MORE)
        __builtin_trap();
}

void bench_nothing(void)
{
    on = false;
}
