// The effect Distortion. In: frames. Out: these through a curve, and the input, in a proportion. Invariants: a curve's numbers are worked out once, when a parameter
// changes, and 64 frames fade from the old curve to the new one; samples go through it in integers: products become sums of logarithms (fx_exp.h).
//
// With x the sample, w = trunc(x pre) and v = |w| / 32768, a curve gives (reference, section 6.8)
//
//     CLIP       v^(1.0001 - drive)
//     WAVESHAPE  (1 + k) v / (1 + k v), k = 2 drive / (1.0001 - drive)
//     OVERDRIVE  (e^u - e^(-u z)) / (e^u + e^-u), u = 0.686306 w / 32768, z = 1 + e^(-0.75 sqrt|u|)
//     LOFI       w without its round(14 drive) low bits
//
// times post; its ends are cut at 32767 or, soft, bent by 1 - e^-v.

#include "tonearm/filters.h"

#include "fx_exp.h"
#include "fx_int.h"
#include "real.h"

#include <string.h>

enum { UNIT = 32768, COPY_BELOW = 328, ONE = TA_FX_EXP_ONE, PEAK = 32767 };

#define Q24(number)       ((int32_t)((number)*16777216.0 + 0.5))
#define LOG2_E            Q24(1.4426950408889634)
#define LOG2_E_75         Q24(0.75 * 1.4426950408889634)
#define LOG2_OVERDRIVE    (-Q24(0.5430763)) // of 0.686306
#define LOG2_OF_A_DB      REAL(0.16609640474436813 * 16777216.0)
#define DRIVE_NEVER_WHOLE REAL(1.0001)

static int64_t times_q24(int64_t a, int32_t b)
{
    return (a * b) >> 24;
}

// ---- the curve's numbers, once a change --------------------------------------------------------------------------------------

static void design(ta_distortion_curve_t *curve, ta_real_t drive, ta_real_t pre_db, ta_real_t post_db)
{
    int32_t exponent;
    uint32_t mantissa = fx_exp2(real_round(pre_db * LOG2_OF_A_DB), &exponent);
    curve->pre = (mantissa + 256) >> 9; // 2^16 at most, and |x| pre 2^31
    curve->pre_shift = (uint32_t)(15 - exponent);
    curve->post_log = real_round(post_db * LOG2_OF_A_DB);
    curve->post = fx_exp2(curve->post_log, &exponent) << 6;
    curve->post_shift = (uint32_t)(30 - exponent);
    curve->drive = (uint32_t)real_round((DRIVE_NEVER_WHOLE - drive) * REAL(ONE));
    curve->drive_log = 0;
    if (curve->mode == TA_DISTORTION_WAVESHAPE) {
        curve->drive = (uint32_t)(2 * drive / (DRIVE_NEVER_WHOLE - drive) * REAL(65536)); // at most 20000, about: 2^31
        curve->drive_log = fx_log2(curve->drive + 65536U) - 16 * ONE;
    }
    curve->mask = (1U << real_round(14 * drive)) - 1U;
}

static void tick(ta_fx_t *fx, uint32_t frames)
{
    (void)frames;
    ta_distortion_t *distortion = (ta_distortion_t *)fx;
    ta_distortion_curve_t *curve = &distortion->curve;
    ta_real_t drive = ta_param_within(&distortion->drive, &fx->clock, 0, 1);
    ta_real_t pre = ta_param_within(&distortion->pre_gain, &fx->clock, -60, 60);
    ta_real_t post = ta_param_within(&distortion->post_gain, &fx->clock, -80, 24);
    int32_t mix = ta_param_q15(&distortion->mix, &fx->clock, 0, 1);
    ta_fx_level_set(&distortion->wet, mix < COPY_BELOW ? 0 : mix);
    ta_distortion_mode_t mode = distortion->mode;
    bool soft = distortion->soft_clip;
    bool same = distortion->begun && mode == curve->mode && soft == curve->soft_clip &&
                real_same(drive, distortion->used_drive) && real_same(pre, distortion->used_pre) &&
                real_same(post, distortion->used_post);
    if (same || distortion->fade_left > 0) // a fade that is under way ends first
        return;
    distortion->before = *curve;
    curve->mode = mode;
    curve->soft_clip = soft;
    distortion->used_drive = drive;
    distortion->used_pre = pre;
    distortion->used_post = post;
    design(curve, drive, pre, post);
    distortion->fade_left = distortion->begun ? TA_FX_RAMP_FRAMES : 0;
    distortion->begun = true;
}

// ---- a sample ----------------------------------------------------------------------------------------------------------------

// 2^x of full scale, its end cut or bent.
static int32_t ended(const ta_distortion_curve_t *curve, int32_t x)
{
    int32_t exponent;
    uint32_t value = fx_exp2(x, &exponent);
    if (!curve->soft_clip) {
        if (exponent >= 0)
            return PEAK;
        return exponent < -15 ? 0 : (int32_t)(((value >> 8) * PEAK) >> (16 - exponent));
    }
    if (exponent > 3)
        return PEAK - 1; // 1 - e^-16
    uint32_t v = exponent < -16 ? 0 : value >> (8 - exponent);
    uint32_t left = fx_exp2_whole(-times_q24((int64_t)v * 256, LOG2_E));
    return (int32_t)((((ONE - left) >> 8) * PEAK) >> 16);
}

// a b / 2^24 for a below 2^28 and b below 2^24 + 2^12, but for less than 3: a 64-bit product is dear on a Cortex-M0+.
static uint32_t product_q24(uint32_t a, uint32_t b)
{
    uint32_t high = a >> 12, low = a & 0xFFF;
    return ((high * (b >> 9)) >> 3) + ((high * (b & 0x1FF)) >> 12) + ((low * (b >> 9)) >> 15);
}

// log2 of a curve's result for w > 0, without post.
static int32_t clip(const ta_distortion_curve_t *curve, uint32_t w)
{
    int32_t log = fx_log2(w) - 15 * ONE;
    return log < 0 ? -(int32_t)product_q24((uint32_t)-log, curve->drive)
                   : (int32_t)product_q24((uint32_t)log, curve->drive);
}

static int32_t waveshape(const ta_distortion_curve_t *curve, uint32_t w)
{
    uint64_t below = ((uint64_t)UNIT << 16) + (uint64_t)w * curve->drive; // below 2^25 2^31
    unsigned shift = below >> 32 ? 32 - (unsigned)__builtin_clz((uint32_t)(below >> 32)) : 0;
    int32_t log_below = fx_log2((uint32_t)(below >> shift)) + ((int32_t)shift - 16) * ONE;
    return fx_log2(w) + curve->drive_log - log_below;
}

// Numerator and denominator times e^-|u|, so that nothing grows. 0: no result, all bits are lost.
static bool overdrive(uint32_t w, bool negative, int32_t *result)
{
    int32_t log_u = fx_log2(w) - 15 * ONE + LOG2_OVERDRIVE, exponent;
    uint32_t u = fx_exp2(log_u, &exponent);
    u = exponent < 4 ? u >> (4 - exponent) : u << (exponent - 4);              // 20 fractional bits: u is below 703
    uint32_t root = fx_exp2_whole(log_u / 2 - 5 * ONE);                        // 19 fractional bits
    int64_t bend = fx_exp2_whole(-(times_q24((int64_t)root << 5, LOG2_E_75))); // z - 1
    int64_t u_e = times_q24((int64_t)u << 4, LOG2_E);
    uint32_t twice = fx_exp2_whole(-2 * u_e);
    int64_t bent = (u_e * bend) >> 24;
    int64_t above = negative ? (int64_t)fx_exp2_whole(bent) - twice : (int64_t)ONE - fx_exp2_whole(-2 * u_e - bent);
    if (above <= 0)
        return false;
    *result = fx_log2((uint32_t)above) - fx_log2(ONE + twice);
    return true;
}

static int32_t lofi(const ta_distortion_curve_t *curve, uint32_t w, bool negative)
{
    w = (negative ? w + curve->mask : w) & ~curve->mask; // to minus infinity, as bits of a negative number are dropped
    if (curve->soft_clip)
        return w ? ended(curve, fx_log2(w) - 15 * ONE + curve->post_log) : 0;
    uint64_t result = ((uint64_t)w * curve->post) >> curve->post_shift;
    return result > PEAK ? PEAK : (int32_t)result;
}

FX_LOOP static int32_t shape(const ta_distortion_curve_t *curve, int32_t x)
{
    bool negative = x < 0;
    uint32_t w = ((uint32_t)(negative ? -x : x) * curve->pre) >> curve->pre_shift;
    int32_t log = 0, result = 0;
    if (w == 0)
        return 0;
    if (curve->mode == TA_DISTORTION_LOFI) {
        result = lofi(curve, w, negative);
    } else if (curve->mode == TA_DISTORTION_CLIP) {
        result = ended(curve, clip(curve, w) + curve->post_log);
    } else if (curve->mode == TA_DISTORTION_WAVESHAPE) {
        result = ended(curve, waveshape(curve, w) + curve->post_log);
    } else if (overdrive(w, negative, &log)) {
        result = ended(curve, log + curve->post_log);
    }
    return negative ? -result : result;
}

// Between two curves.
static int32_t faded(const ta_distortion_t *distortion, int32_t x)
{
    int32_t left = (int32_t)distortion->fade_left - 1;
    int32_t sum = shape(&distortion->before, x) * left + shape(&distortion->curve, x) * (TA_FX_RAMP_FRAMES - left);
    return ta_fx_sat0(sum, 6);
}

// Below 2^30, and to zero.
static inline int16_t mixed(int32_t x, int32_t y, int32_t wet)
{
    return (int16_t)fx_q15_down(x * (UNIT - wet) + y * wet);
}

FX_LOOP static void run_still(const ta_distortion_curve_t *curve, const int16_t *in, int16_t *out, const int16_t *end,
                              int32_t wet)
{
    if (wet == UNIT) {
        for (; out != end; out++)
            *out = (int16_t)shape(curve, *in++);
    } else {
        for (; out != end; out++, in++)
            *out = mixed(*in, shape(curve, *in), wet);
    }
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_distortion_t *distortion = (ta_distortion_t *)fx;
    unsigned channels = fx->source.format.channels;
    if (ta_fx_level_still(&distortion->wet) && distortion->wet.now_q23 == 0) {
        distortion->fade_left = 0;
        memmove(out, in, (size_t)frames * channels * sizeof *out);
        return;
    }
    const int16_t *end = out + (size_t)frames * channels;
    while (out != end && (distortion->fade_left > 0 || !ta_fx_level_still(&distortion->wet))) {
        int32_t wet = ta_fx_level_next(&distortion->wet);
        bool fades = distortion->fade_left > 0;
        for (unsigned c = 0; c < channels; c++, in++)
            *out++ = mixed(*in, fades ? faded(distortion, *in) : shape(&distortion->curve, *in), wet);
        distortion->fade_left -= fades;
    }
    run_still(&distortion->curve, in, out, end, distortion->wet.target_q15);
}

static void clear(ta_fx_t *fx)
{
    ta_distortion_t *distortion = (ta_distortion_t *)fx;
    distortion->begun = false;
    distortion->fade_left = 0;
    ta_fx_level_forget(&distortion->wet);
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear};

ta_status_t ta_distortion_need(const ta_fx_config_t *config, ta_need_t *need)
{
    return ta_fx_need(config, need);
}

ta_status_t ta_distortion_init(ta_distortion_t *distortion, const ta_fx_config_t *config, void *storage)
{
    memset(distortion, 0, sizeof *distortion);
    ta_param_set(&distortion->mix, 1);
    return ta_fx_init(&distortion->fx, &ops, config, storage);
}

ta_status_t ta_distortion_set_mode(ta_distortion_t *distortion, ta_distortion_mode_t mode)
{
    if ((unsigned)mode >= TA_DISTORTIONS)
        return TA_E_ARG;
    distortion->mode = mode;
    return TA_OK;
}
