// Biquads. In: parameters, samples. Out: samples. Invariants: coefficients are those of a stable filter whatever the parameters are; no sum overflows; what a state
// holds is within 16 bits.
//
// Sine and cosine come from one polynomial around pi/4, which is good to 2e-4 below pi/2. Above, where CircuitPython goes on with it and is wrong by up to 0.17, its mirror image is
// used: sin(pi - w) = sin w. At pi/2 both give 1 and 0, so nothing jumps.

#include "tonearm/biquad.h"

#include "biquad_m0plus.h"
#include "real.h"

#define PI REAL(3.141592653589793)

enum { UNIT = 1 << 15, ROUND = 1 << 14 };

typedef struct {
    ta_real_t b0, b1, b2, a0, a1, a2;
} design_t;

ta_status_t ta_biquad_init(ta_biquad_t *biquad, ta_biquad_mode_t mode, ta_real_t frequency_hz)
{
    *biquad = (ta_biquad_t){.mode = mode < TA_BIQUADS ? mode : TA_BIQUAD_LOW_PASS, .omega = -1};
    ta_param_set(&biquad->frequency, frequency_hz);
    ta_param_set(&biquad->q, REAL(0.7071067811865475));
    ta_param_set(&biquad->a, 1);
    return mode < TA_BIQUADS ? TA_OK : TA_E_ARG;
}

// ---- design ------------------------------------------------------------------------------------------------------------------

static void sine_cosine(ta_real_t omega, ta_real_t *sine, ta_real_t *cosine)
{
    bool above = omega > PI / 2;
    ta_real_t x = (above ? PI - omega : omega) * (4 / PI) - 1;
    ta_real_t x2 = x * x;
    ta_real_t even = REAL(0.70708592) - REAL(0.21798592) * x2 + REAL(0.0109) * x2 * x2;
    ta_real_t odd = REAL(-0.55535724) * x + REAL(0.05707685) * x2 * x - REAL(0.00171961) * x2 * x2 * x;
    *sine = even - odd;
    *cosine = above ? -(even + odd) : even + odd;
}

// By one step of Newton from a guess of the inverse root's exponent: the reference's very number.
static ta_real_t square_root(ta_real_t a)
{
    ta_single_t x = (ta_single_t)a, root;
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = 0x5f3759df - (bits >> 1);
    memcpy(&root, &bits, sizeof root);
    root = root * ((ta_single_t)1.5 - x * (ta_single_t)0.5 * root * root);
    return a * (ta_real_t)root;
}

static void design_shelf(design_t *d, ta_real_t a, ta_real_t cosine, ta_real_t alpha, int sign)
{
    ta_real_t c = sign < 0 ? -cosine : cosine; // a high shelf is a low shelf mirrored
    ta_real_t up = a + 1, down = a - 1, bend = 2 * square_root(a) * alpha;
    d->b0 = a * (up - down * c + bend);
    d->b1 = 2 * a * (down - up * c);
    d->b2 = a * (up - down * c - bend);
    d->a0 = up + down * c + bend;
    d->a1 = -2 * (down + up * c);
    d->a2 = up + down * c - bend;
    if (sign < 0) {
        d->b1 = -d->b1;
        d->a1 = -d->a1;
    }
}

static void design_peak(design_t *d, ta_real_t a, ta_real_t cosine, ta_real_t alpha)
{
    d->b0 = 1 + alpha * a;
    d->b1 = d->a1 = -2 * cosine;
    d->b2 = 1 - alpha * a;
    d->a0 = 1 + alpha / a;
    d->a2 = 1 - alpha / a;
}

static void design_pass(design_t *d, ta_biquad_mode_t mode, ta_real_t cosine, ta_real_t alpha)
{
    d->a0 = 1 + alpha;
    d->a1 = -2 * cosine;
    d->a2 = 1 - alpha;
    if (mode == TA_BIQUAD_LOW_PASS) {
        d->b1 = 1 - cosine;
        d->b0 = d->b2 = d->b1 * REAL(0.5);
    } else if (mode == TA_BIQUAD_HIGH_PASS) {
        d->b1 = -(1 + cosine);
        d->b0 = d->b2 = -d->b1 * REAL(0.5);
    } else if (mode == TA_BIQUAD_NOTCH) {
        d->b0 = d->b2 = 1;
        d->b1 = d->a1;
    } else {
        d->b0 = alpha;
        d->b1 = 0;
        d->b2 = -alpha;
    }
}

static int32_t fixed(ta_real_t coefficient, ta_real_t scale)
{
    // Shelves reach 2 A^2, which is 2^15 with the largest A: 2^30.
    return real_round(real_within(coefficient * scale * REAL(UNIT), REAL(-(1 << 30)), REAL(1 << 30)));
}

static int32_t limit(int32_t value, int32_t most)
{
    return value > most ? most : value < -most ? -most : value;
}

static bool narrow(int32_t coefficient)
{
    return coefficient < (64 << 15) && coefficient > -(64 << 15);
}

// Poles lie within the unit circle where |a2| < 1 and |a1| < 1 + a2. Rounding can put them on it.
static void take(ta_biquad_design_t *biquad, const design_t *d)
{
    ta_real_t scale = 1 / d->a0;
    biquad->b0 = fixed(d->b0, scale);
    biquad->b1 = fixed(d->b1, scale);
    biquad->b2 = fixed(d->b2, scale);
    biquad->a2 = limit(fixed(d->a2, scale), UNIT - 1);
    biquad->a1 = limit(fixed(d->a1, scale), UNIT + biquad->a2 - 1);
    biquad->wide = !(narrow(biquad->b0) && narrow(biquad->b1) && narrow(biquad->b2));
}

// Is it by a number, which was set to another? Before the first design there is nothing to jump from.
static bool jumps(const ta_biquad_t *biquad, ta_real_t omega, ta_real_t q, ta_real_t a)
{
    return biquad->omega >= 0 && ((!biquad->frequency.control && !real_same(omega, biquad->omega)) ||
                                  (!biquad->q.control && !real_same(q, biquad->used_q)) ||
                                  (!biquad->a.control && !real_same(a, biquad->used_a)));
}

void ta_biquad_tick(ta_biquad_t *biquad, const ta_clock_t *clock)
{
    ta_real_t omega = real_within(ta_param_read(&biquad->frequency, clock) * clock->radians, 0, PI);
    ta_real_t q = real_within(ta_param_read(&biquad->q, clock), REAL(1) / 65536, 65536);
    ta_real_t a = real_within(ta_param_read(&biquad->a, clock), REAL(1) / 128, 128);
    if (real_same(omega, biquad->omega) && real_same(q, biquad->used_q) && real_same(a, biquad->used_a))
        return;
    if (jumps(biquad, omega, q, a)) {
        biquad->before = biquad->now;
        biquad->jump_clock = clock;
        biquad->jump_number = clock->number;
    }
    biquad->omega = omega;
    biquad->used_q = q;
    biquad->used_a = a;
    design_t d;
    ta_real_t sine, cosine;
    sine_cosine(omega, &sine, &cosine);
    ta_real_t alpha = (sine > 0 ? sine : 0) / (2 * q);
    if (biquad->mode == TA_BIQUAD_LOW_SHELF || biquad->mode == TA_BIQUAD_HIGH_SHELF) {
        design_shelf(&d, a, cosine, alpha, biquad->mode == TA_BIQUAD_LOW_SHELF ? 1 : -1);
    } else if (biquad->mode == TA_BIQUAD_PEAKING_EQ) {
        design_peak(&d, a, cosine, alpha);
    } else {
        design_pass(&d, biquad->mode, cosine, alpha);
    }
    take(&biquad->now, &d);
}

// ---- samples -----------------------------------------------------------------------------------------------------------------

#if TA_TUNED_M0PLUS
static void halve(int32_t coefficient, int32_t *halves)
{
    halves[0] = coefficient >> 8;
    halves[1] = coefficient & 255;
}

static void run_narrow(const ta_biquad_design_t *biquad, ta_biquad_state_t *state, int16_t *samples, uint32_t frames,
                       unsigned stride)
{
    ta_biquad_halves_t halves = {.half = ROUND, .stride_bytes = stride * 2U};
    halve(biquad->b0, halves.b0);
    halve(biquad->b1, halves.b1);
    halve(biquad->b2, halves.b2);
    halve(-biquad->a1, halves.a1);
    halve(-biquad->a2, halves.a2);
    ta_m0plus_biquad(&halves, state, samples, samples + (size_t)frames * stride);
}
#endif

// |coefficients| are at most 2^30 and samples 2^15: a sum of five products is below 2^48. Rounded half up, and what is negative then by one more than half: the
// reference's rule.
void ta_biquad_run_design(const ta_biquad_design_t *design, ta_biquad_state_t *state, int16_t *samples, uint32_t frames,
                          unsigned stride)
{
#if TA_TUNED_M0PLUS
    if (!design->wide && frames > 0) {
        run_narrow(design, state, samples, frames, stride);
        return;
    }
#endif
    int32_t b0 = design->b0, b1 = design->b1, b2 = design->b2, a1 = design->a1, a2 = design->a2;
    int32_t x1 = state->x1, x2 = state->x2, y1 = state->y1, y2 = state->y2;
    for (int16_t *end = samples + (size_t)frames * stride; samples != end; samples += stride) {
        int32_t x = *samples;
        int64_t sum = (int64_t)b0 * x + (int64_t)b1 * x1 + (int64_t)b2 * x2 - (int64_t)a1 * y1 - (int64_t)a2 * y2;
        sum += ROUND;
        sum += sum < 0 ? UNIT - 1 : 0;
        sum >>= 15;
        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : (int32_t)sum;
        *samples = (int16_t)y1;
    }
    *state = (ta_biquad_state_t){x1, x2, y1, y2};
}

void ta_biquad_run(const ta_biquad_t *biquad, ta_biquad_state_t *state, int16_t *samples, uint32_t frames,
                   unsigned stride)
{
    ta_biquad_run_design(&biquad->now, state, samples, frames, stride);
}
