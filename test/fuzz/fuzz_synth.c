// Any sequence of calls of the synthesizer, with any numbers.
//
// In: bytes, one call after the other with its arguments. Out: nothing, or abort when it breaks its contract: frames beyond the compressor's limit, a block outside of its storage, a press that is lost, a note that
// is held when nothing sounds. Notes, waveforms and filters that may be let go are given back to malloc and made anew, so that a sanitizer sees what is still read.
#include "tonearm/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { NOTES = 4, LFOS = 3, FILTERS = 2, CALLS_MAX = 250 };

static void demand_at(bool holds, int line, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_synth.c:%d: %s does not hold\n", line, what);
        abort();
    }
}
#define demand(condition) demand_at((condition), __LINE__, #condition)

typedef struct {
    const uint8_t *at, *end;
    ta_synth_t synth;
    uint8_t *storage;
    size_t storage_bytes;
    ta_note_t *notes[NOTES];
    ta_lfo_t lfos[LFOS];
    ta_math_t math;
    ta_biquad_t filters[FILTERS];
    int16_t *waves[2];
    uint32_t lengths[2];
} world_t;

static uint8_t next(world_t *w)
{
    return w->at < w->end ? *w->at++ : 0;
}

// Small numbers, and whatever bits a number can have.
static ta_real_t number(world_t *w)
{
    uint8_t kind = next(w);
    ta_real_t value = 0;
    if (kind < 128)
        return (ta_real_t)((int)next(w) - 128) * (ta_real_t)(kind * kind) / 64;
    uint8_t bits[sizeof value];
    for (size_t b = 0; b < sizeof value; b++)
        bits[b] = next(w);
    memcpy(&value, bits, sizeof value);
    return value;
}

static ta_wave_t wave(world_t *w)
{
    uint8_t which = next(w) & 1;
    return (ta_wave_t){w->waves[which], w->lengths[which]};
}

static void set_param(world_t *w, ta_param_t *param)
{
    uint8_t which = next(w) % 8;
    if (which < LFOS)
        ta_param_follow(param, &w->lfos[which].control);
    else if (which == LFOS)
        ta_param_follow(param, &w->math.control);
    else
        ta_param_set(param, number(w));
}

static ta_param_t *any_param(world_t *w)
{
    uint8_t which = next(w);
    ta_note_t *note = w->notes[which % NOTES];
    ta_lfo_t *lfo = &w->lfos[which % LFOS];
    ta_biquad_t *filter = &w->filters[which % FILTERS];
    ta_param_t *const params[] = {&note->panning,
                                  &note->amplitude,
                                  &note->bend,
                                  &note->loop_start,
                                  &note->loop_end,
                                  &note->ring_bend,
                                  &note->ring_loop_start,
                                  &note->ring_loop_end,
                                  &lfo->rate,
                                  &lfo->scale,
                                  &lfo->offset,
                                  &lfo->phase_offset,
                                  &filter->frequency,
                                  &filter->q,
                                  &filter->a,
                                  &w->math.a,
                                  &w->math.b,
                                  &w->math.c};
    return params[next(w) % (sizeof params / sizeof params[0])];
}

static void pull(world_t *w)
{
    uint32_t most = 1U + next(w) * 3U;
    ta_block_t block;
    demand(ta_source_pull(&w->synth.source, most, &block) == TA_PULL_MORE);
    demand(block.frames > 0 && block.frames <= most);
    const uint8_t *data = block.data;
    size_t samples = (size_t)block.frames * w->synth.source.format.channels;
    demand(data >= w->storage && data + samples * 2 <= w->storage + w->storage_bytes);
    for (size_t s = 0; s < samples; s++)
        demand(abs(((const int16_t *)block.data)[s]) <= 32768 - 640);
}

static void press(world_t *w)
{
    ta_note_t *note = w->notes[next(w) % NOTES];
    ta_voice_info_t info;
    demand(ta_synth_press(&w->synth, note) == TA_OK);
    demand(ta_synth_note_info(&w->synth, note, &info) && info.note == note && info.state == TA_ENVELOPE_ATTACK);
    demand(ta_synth_holds(&w->synth, note));
}

static void press_key(world_t *w)
{
    unsigned key = next(w), velocity = next(w);
    ta_voice_info_t info;
    ta_status_t status = ta_synth_press_key(&w->synth, key & 3, key, velocity);
    demand((status == TA_OK) == (key < 128 && velocity >= 1 && velocity <= 127));
    demand(status != TA_OK || ta_synth_key_info(&w->synth, key & 3, key, &info));
}

static void set_note(world_t *w)
{
    ta_note_t *note = w->notes[next(w) % NOTES];
    const ta_wave_t some = wave(w);
    const ta_envelope_t envelope = {number(w), number(w), number(w), number(w), number(w)};
    switch (next(w) % 8) {
    case 0:
        (void)!ta_note_set_frequency(note, number(w));
        break;
    case 1:
        (void)!ta_note_set_ring_frequency(note, number(w));
        break;
    case 2:
        demand(ta_note_set_wave(note, next(w) & 1 ? &some : NULL) == TA_OK);
        break;
    case 3:
        demand(ta_note_set_ring_wave(note, next(w) & 1 ? &some : NULL) == TA_OK);
        break;
    case 4:
        (void)!ta_note_set_envelope(note, next(w) & 1 ? &envelope : NULL);
        break;
    case 5:
        ta_note_set_filter(note, next(w) & 1 ? &w->filters[next(w) % FILTERS] : NULL);
        break;
    case 6:
        (void)!ta_note_set_tone(note, (ta_tone_t)(next(w) % 4));
        break;
    default:
        (void)!ta_synth_set_envelope(&w->synth, next(w) & 1 ? &envelope : NULL);
        break;
    }
}

// A note that is not held may be freed.
static void renew(world_t *w)
{
    unsigned which = next(w) % NOTES;
    if (ta_synth_holds(&w->synth, w->notes[which]))
        return;
    free(w->notes[which]);
    w->notes[which] = malloc(sizeof(ta_note_t));
    demand(w->notes[which] != NULL);
    (void)!ta_note_init(w->notes[which], number(w));
}

// A clock that jumps, runs back and stands still, and a load that says anything.
static uint32_t time_now;
static ta_load_t load;

static uint32_t now(void)
{
    time_now = time_now * 1664525 + 1013904223; // of every length in turn
    return time_now >> (time_now & 31);
}

static void guard(world_t *w, uint8_t way)
{
    static const uint32_t rates[] = {1000000, 1, 125000000, 0, UINT32_MAX, 1000};
    const ta_guard_config_t config = {way & 1 ? now : NULL, rates[way / 2 % 6], way % 7 * 200U,
                                      way & 0x40 ? &load : NULL};
    bool bad = (way & 1) && (config.hz == 0 || config.share > 1000);
    load.permille = next(w) * 16U;
    load.spans++;
    if (way & 0x20) // only the load has changed
        return;
    demand(ta_synth_guard(&w->synth, &config) == (bad ? TA_E_ARG : TA_OK));
    demand((w->synth.guard.now != NULL) == ((way & 1) && !bad));
}

static void call(world_t *w)
{
    switch (next(w) % 14) {
    case 0:
    case 1:
        pull(w);
        break;
    case 2:
        press(w);
        break;
    case 3:
        ta_synth_release(&w->synth, w->notes[next(w) % NOTES]);
        break;
    case 4:
        press_key(w);
        break;
    case 5:
        ta_synth_release_key(&w->synth, next(w) % 20, next(w));
        break;
    case 6:
        set_note(w);
        break;
    case 7:
        set_param(w, any_param(w));
        break;
    case 8:
        renew(w);
        break;
    case 9:
        next(w) & 1 ? ta_synth_begin_change(&w->synth) : ta_synth_end_change(&w->synth);
        break;
    case 10:
        (void)!ta_synth_add_control(&w->synth, &w->lfos[next(w) % LFOS].control);
        ta_synth_remove_control(&w->synth, &w->lfos[next(w) % LFOS].control);
        break;
    case 11:
        (void)!ta_synth_set_rate(&w->synth, 900U + next(w) * 1600U);
        break;
    case 12:
        ta_lfo_retrigger(&w->lfos[next(w) % LFOS]);
        w->lfos[next(w) % LFOS].once = next(w) & 1;
        break;
    default: {
        uint8_t way = next(w);
        if (way & 0x80)
            guard(w, way);
        else
            way & 1 ? ta_synth_release_all(&w->synth) : ta_synth_clear(&w->synth);
        break;
    }
    }
}

static void make(world_t *w)
{
    for (int k = 0; k < 2; k++) {
        w->lengths[k] = 2U + next(w) % 200;
        w->waves[k] = malloc(w->lengths[k] * sizeof(int16_t)); // exactly
        demand(w->waves[k] != NULL);
        for (uint32_t s = 0; s < w->lengths[k]; s++)
            w->waves[k][s] = (int16_t)(s * 12345U + next(w) * 257U);
    }
    uint8_t options = next(w);
    ta_synth_config_t config = {.rate_hz = 8000,
                                .channels = (uint8_t)(1 + (options & 1)),
                                .polyphony = (uint8_t)(1 + (options >> 1 & 3)),
                                .controls = 1,
                                .interpolate = options & 8,
                                .velocity = options & 16};
    if (options & 32)
        config.wave = wave(w);
    ta_need_t need = {0};
    demand(ta_synth_need(&config, &need) == TA_OK);
    w->storage_bytes = need.bytes;
    w->storage = malloc(need.bytes);
    demand(w->storage != NULL && ta_synth_init(&w->synth, &config, w->storage) == TA_OK);
    for (int n = 0; n < NOTES; n++) {
        w->notes[n] = malloc(sizeof(ta_note_t));
        demand(w->notes[n] != NULL && ta_note_init(w->notes[n], (ta_real_t)(100 * n + 50)) == TA_OK);
    }
    for (int l = 0; l < LFOS; l++) {
        const ta_wave_t some = wave(w);
        demand(ta_lfo_init(&w->lfos[l], &some) == TA_OK);
    }
    for (int f = 0; f < FILTERS; f++)
        demand(ta_biquad_init(&w->filters[f], (ta_biquad_mode_t)(next(w) % TA_BIQUADS), 500) == TA_OK);
    ta_math_init(&w->math, (ta_math_operation_t)(next(w) % TA_MATHS), 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    world_t world = {.at = bytes, .end = bytes + size};
    time_now = (uint32_t)size;
    load = (ta_load_t){.paces = false};
    make(&world);
    for (unsigned calls = 0; calls < CALLS_MAX && world.at < world.end; calls++)
        call(&world);
    ta_synth_end_change(&world.synth);
    ta_synth_clear(&world.synth);
    for (int n = 0; n < NOTES; n++) {
        demand(!ta_synth_holds(&world.synth, world.notes[n]));
        free(world.notes[n]);
    }
    pull(&world);
    free(world.storage);
    free(world.waves[0]);
    free(world.waves[1]);
    return 0;
}
