// An echo's inner loop on a Cortex-M0+, the assembly beside the portable one, for echo.mjs: it calls, this runs both and compares.
#include "src/source/fx_echo.h"

void portable_echo_samples(const int16_t *from, int16_t *to, const int16_t *in, int16_t *out, size_t samples,
                           const ta_echo_gains_t *gains);
uint32_t echo_equal(uint32_t rounds);

enum { LONGEST = 70, LINE = 200, GUARDED = LONGEST + 2 };

typedef struct {
    int16_t line[LINE], io[GUARDED];
} side_t;

static side_t sides[2];
static ta_echo_gains_t gains;
static uint32_t state = 1;

static uint32_t chance(uint32_t below)
{
    state = state * 1664525U + 1013904223U;
    return (state >> 8) % below;
}

// Any sample, the ends of the range, and those about the knee.
static int16_t sample(void)
{
    static const int16_t edges[] = {-32768, -32767, 32767, 28000, 28001, -28000, -28001, 0, 1, -1, 16384, -16384};
    return chance(3) ? (int16_t)chance(65536) : edges[chance(sizeof edges / sizeof edges[0])];
}

static int32_t level(void)
{
    static const int32_t edges[] = {0, 1, 32768, 32767, 16384, 22938};
    return chance(2) ? (int32_t)chance(32769) : edges[chance(6)];
}

static void make_gains(void)
{
    const ta_bend_t knee = ta_bend_knee(TA_FX_KNEE_2);
    gains = (ta_echo_gains_t){.again = level(), .fresh = 32768, .bend = knee};
    gains.blend = (ta_blend_t){chance(2) ? 32768 : level(), level(), knee};
    if (chance(8) == 0) // what the assembly is not for must go to the portable loop
        gains.fresh = level();
    if (chance(8) == 0)
        gains.blend.bend = (ta_bend_t){-128, 255, 0};
}

// 0: all equal. Else the round, from 1 on. A delay may be as short as a sample, where what is written is read at once.
uint32_t echo_equal(uint32_t rounds)
{
    for (uint32_t round = 1; round <= rounds; round++) {
        uint32_t samples = chance(LONGEST + 1), delay = chance(4) ? 1 + chance(8) : 1 + chance(LINE - LONGEST - 1);
        make_gains();
        for (uint32_t s = 0; s < LINE; s++)
            sides[0].line[s] = sides[1].line[s] = sample();
        for (uint32_t s = 0; s < GUARDED; s++)
            sides[0].io[s] = sides[1].io[s] = sample();
        int16_t *a = sides[0].line + delay, *b = sides[1].line + delay;
        ta_echo_samples(a - delay, a, sides[0].io + 1, sides[0].io + 1, samples, &gains);
        portable_echo_samples(b - delay, b, sides[1].io + 1, sides[1].io + 1, samples, &gains);
        const int16_t *left = (const int16_t *)&sides[0], *right = (const int16_t *)&sides[1];
        for (uint32_t s = 0; s < sizeof sides[0] / 2; s++)
            if (left[s] != right[s])
                return round;
    }
    return 0;
}
