// The loops of Freeverb's lines, this processor's variants and the portable ones, on the same frames: see lines.mjs.
#include "src/source/fx_lines.h"

#include <string.h>

enum { FRAMES_MAX = 9, GUARD = 2 };

typedef struct {
    int16_t line[FRAMES_MAX + 2 * GUARD];
    ta_freeverb_pair_t pair[FRAMES_MAX + 2 * GUARD];
} run_t;

static uint32_t state = 1;

// Of the whole range, and often at its ends.
static int32_t sample(void)
{
    state = state * 1664525 + 1013904223;
    uint32_t kind = state >> 28;
    return kind == 0 ? 32767 : kind == 1 ? -32768 : kind == 2 ? (int32_t)(state >> 24 & 3) - 2 : (int16_t)(state >> 12);
}

static void fill(run_t *run)
{
    for (uint32_t f = 0; f < FRAMES_MAX + 2 * GUARD; f++) {
        run->line[f] = (int16_t)sample();
        run->pair[f].in = sample();
        run->pair[f].sum = 7 * sample();
    }
}

/// Rounds of each length; 0, or 1 + the first round in which the two differ anywhere.
uint32_t lines_compare(uint32_t rounds);
uint32_t lines_compare(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        static run_t ours, portable;
        uint32_t frames = round % FRAMES_MAX + 1;
        ta_fx_comb_t comb = {sample(), sample() & 32767, (sample() & 32767) % 13108};
        fill(&ours);
        portable = ours;
        int16_t *at = ours.line + GUARD, *other = portable.line + GUARD;
        int32_t low = ta_fx_comb_span_m0plus(at, at + frames, ours.pair + GUARD, &comb);
        if (low != ta_fx_comb_span(other, other + frames, portable.pair + GUARD, &comb) ||
            memcmp(&ours, &portable, sizeof ours) != 0)
            return round + 1;
        ta_fx_allpass_span_m0plus(at, at + frames, ours.pair + GUARD);
        ta_fx_allpass_span(other, other + frames, portable.pair + GUARD);
        if (memcmp(&ours, &portable, sizeof ours) != 0)
            return round + 1;
    }
    return 0;
}
