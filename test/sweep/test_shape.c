// The general path against 64-bit and double arithmetic: identity, gain, its ramp, downmix, saturation, dither as
// numbers (mean, variance, bounds, spectrum), and that the division of a stream into calls changes nothing.
#include "test/support/convert_reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAIRS = TA_SAMPLES * 2 * TA_WIRES, FRAME_BYTES_MAX = 8 };

typedef struct {
    ta_sample_t sample;
    unsigned channels;
    ta_wire_t wire;
} pair_t;

static pair_t pair_at(unsigned index)
{
    return (pair_t){(ta_sample_t)(index / (2 * TA_WIRES)), index / TA_WIRES % 2 + 1, (ta_wire_t)(index % TA_WIRES)};
}

static unsigned source_bits(ta_sample_t sample)
{
    static const unsigned bits[TA_SAMPLES] = {16, 16, 16, 16, 24, 24, 32};
    return bits[sample];
}

static void fill(uint8_t *bytes, size_t count, uint64_t *seed)
{
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)reference_random(seed);
    }
}

// A shape that has been at this gain for long.
static ta_shape_t steady(ta_wire_t wire, uint32_t gain_q16)
{
    ta_shape_t shape;
    ta_shape_init(&shape, wire);
    shape.gain_q16 = gain_q16;
    shape.target_q16 = gain_q16;
    return shape;
}

// ---- unity -----------------------------------------------------------------------------------------------------------

static void test_unity_is_the_kernel(void **state)
{
    (void)state;
    enum { FRAMES = 1000 };
    uint64_t seed = reference_seed("unity", 0x5A1);
    static uint8_t in[FRAMES * FRAME_BYTES_MAX];
    static uint8_t want[FRAMES * FRAME_BYTES_MAX];
    static uint8_t got[FRAMES * FRAME_BYTES_MAX];
    size_t same = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        pair_t pair = pair_at(i);
        fill(in, sizeof in, &seed);
        ta_convert_kernel(pair.sample, pair.channels, pair.wire)(in, want, FRAMES);
        const size_t bytes = FRAMES * ta_wire_frame_bytes(pair.wire);
        // Fresh; and by the long way, at the end of a ramp back to unity.
        for (unsigned way = 0; way < 2; way++) {
            ta_shape_t shape;
            ta_shape_init(&shape, pair.wire);
            assert_true(ta_shape_is_identity(&shape, pair.sample));
            if (way == 1) {
                ta_shape_set_gain(&shape, 0x8000);
                ta_shape_run(&shape, pair.sample, pair.channels, in, got, 100);
                ta_shape_set_gain(&shape, TA_GAIN_UNITY_Q16);
                ta_shape_run(&shape, pair.sample, pair.channels, in, got, TA_GAIN_RAMP_FRAMES - 1);
                assert_false(ta_shape_is_identity(&shape, pair.sample));
                ta_shape_run(&shape, pair.sample, pair.channels, in, got, 1);
                assert_true(ta_shape_is_identity(&shape, pair.sample));
            }
            memset(got, 0x5A, sizeof got);
            ta_shape_run(&shape, pair.sample, pair.channels, in, got, FRAMES);
            assert_memory_equal(got, want, bytes);
            same++;
        }
    }
    assert_int_equal(same, 2 * PAIRS);
}

// The chunked path itself at unity: the second call sees only unity, but is in the loop because a ramp of height 0 runs.
static void test_long_way_at_unity_is_the_kernel(void **state)
{
    (void)state;
    enum { FRAMES = TA_GAIN_RAMP_FRAMES - 1 };
    uint64_t seed = reference_seed("long way", 0x5A2);
    uint8_t in[FRAMES * FRAME_BYTES_MAX];
    uint8_t want[FRAMES * FRAME_BYTES_MAX];
    uint8_t got[FRAMES * FRAME_BYTES_MAX];
    for (unsigned i = 0; i < PAIRS; i++) {
        pair_t pair = pair_at(i);
        fill(in, sizeof in, &seed);
        ta_convert_kernel(pair.sample, pair.channels, pair.wire)(in, want, FRAMES);
        ta_shape_t shape;
        ta_shape_init(&shape, pair.wire);
        ta_shape_set_gain(&shape, 0);
        ta_shape_set_gain(&shape, TA_GAIN_UNITY_Q16); // before any frame
        assert_false(ta_shape_is_identity(&shape, pair.sample));
        ta_shape_run(&shape, pair.sample, pair.channels, in, got, FRAMES);
        assert_false(ta_shape_is_identity(&shape, pair.sample));
        assert_memory_equal(got, want, FRAMES * ta_wire_frame_bytes(pair.wire));
    }
}

static void test_identity_says_when(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (unsigned i = 0; i < TA_SAMPLES * TA_WIRES; i++) {
        ta_sample_t sample = (ta_sample_t)(i / TA_WIRES);
        ta_wire_t wire = (ta_wire_t)(i % TA_WIRES);
        ta_shape_t shape;
        ta_shape_init(&shape, wire);
        assert_true(ta_shape_is_identity(&shape, sample));
        shape.dither = true;
        assert_int_equal(ta_shape_is_identity(&shape, sample), source_bits(sample) <= reference_wire_bits(wire));
        shape.dither = false;
        shape.mono = true;
        assert_false(ta_shape_is_identity(&shape, sample));
        shape.mono = false;
        ta_shape_set_gain(&shape, TA_GAIN_UNITY_Q16 + 1);
        assert_false(ta_shape_is_identity(&shape, sample));
        cases++;
    }
    assert_int_equal(cases, 21);
}

// ---- gain ------------------------------------------------------------------------------------------------------------

static int64_t clipped(double value)
{
    return (int64_t)(value > 2147483647.0 ? 2147483647.0 : value < -2147483648.0 ? -2147483648.0 : value);
}

// Exact in double: 50 bits before the division by a power of two.
static int64_t gain_reference(int32_t sample, uint32_t gain_q16)
{
    return clipped(floor((double)((int64_t)sample * (int64_t)gain_q16) / 65536.0 + 0.5));
}

static size_t check_gain(const int32_t *samples, size_t frames, uint32_t gain_q16)
{
    enum { MOST = 128 };
    size_t checked = 0;
    assert_in_range(frames, 1, MOST);
    for (unsigned wire = 0; wire < TA_WIRES; wire++) {
        uint8_t out[MOST * FRAME_BYTES_MAX];
        ta_shape_t shape = steady((ta_wire_t)wire, gain_q16);
        ta_shape_run(&shape, TA_SAMPLE_S32, 2, samples, out, frames);
        for (size_t i = 0; i < 2 * frames; i++) {
            reference_sample_t exact = {gain_reference(samples[i], gain_q16), 32};
            int64_t want = reference_at_bits(exact, reference_wire_bits((ta_wire_t)wire));
            int64_t got = reference_on_wire((ta_wire_t)wire, out, i / 2, i % 2);
            if (got != want) {
                fail_msg("%d by gain 0x%X to wire %u: %lld instead of %lld", samples[i], gain_q16, wire, (long long)got,
                         (long long)want);
            }
            checked++;
        }
    }
    return checked;
}

static void test_gain_at_edges(void **state)
{
    (void)state;
    static const uint32_t gains[] = {0,       1,       2,       0x7FFF,  0x8000,  0x8001,  0xAAAA,  0xFFFF,
                                     0x10000, 0x10001, 0x17FFF, 0x18000, 0x1FFFF, 0x20000, 0x20001, 0x2AAAA,
                                     0x2FFFF, 0x30000, 0x30001, 0x3FFFE, 0x3FFFF, 0x40000};
    enum { EDGES = 128, GAINS = sizeof gains / sizeof gains[0] };
    int32_t samples[2 * EDGES];
    for (uint32_t i = 0; i < EDGES; i++) {
        uint32_t near = ((uint32_t)1 << (i / 4)) + i % 4 - 2;
        samples[2 * i] = (int32_t)near;
        samples[2 * i + 1] = (int32_t)(0 - near);
    }
    size_t checked = 0;
    for (size_t i = 0; i < GAINS; i++) {
        checked += check_gain(samples, EDGES, gains[i]);
    }
    print_message("gain: %zu edges checked\n", checked);
    assert_int_equal(checked, GAINS * EDGES * 2 * TA_WIRES);
}

static void test_gain_at_random(void **state)
{
    (void)state;
    enum { GAINS = 10000, FRAMES = 50 };
    uint64_t seed = reference_seed("gain", 0x5A3);
    size_t checked = 0;
    for (size_t i = 0; i < GAINS; i++) {
        int32_t samples[2 * FRAMES];
        // Half of the samples small enough not to saturate at any gain.
        for (size_t k = 0; k < 2 * FRAMES; k++) {
            int32_t value = (int32_t)reference_random(&seed);
            samples[k] = k % 2 == 0 ? value : value / 4;
        }
        checked += check_gain(samples, FRAMES, reference_random(&seed) % (TA_GAIN_MAX_Q16 + 1));
    }
    print_message("gain: %zu random products checked\n", checked);
    assert_int_equal(checked, (size_t)GAINS * FRAMES * 2 * TA_WIRES);
    assert_true(checked / TA_WIRES >= 1000000);
}

static void test_gain_is_clipped(void **state)
{
    (void)state;
    ta_shape_t shape;
    ta_shape_init(&shape, TA_WIRE_S32);
    ta_shape_set_gain(&shape, UINT32_MAX);
    assert_int_equal(shape.target_q16, TA_GAIN_MAX_Q16);
    ta_shape_set_gain(&shape, TA_GAIN_MAX_Q16 + 1);
    assert_int_equal(shape.target_q16, TA_GAIN_MAX_Q16);
    ta_shape_set_gain(&shape, TA_GAIN_MAX_Q16 - 1);
    assert_int_equal(shape.target_q16, TA_GAIN_MAX_Q16 - 1);
}

// ---- the ramp --------------------------------------------------------------------------------------------------------

// Read the gain in use from the sound: 2^28 by gain/2^16 is gain * 2^12, below full scale at every gain.
static void gains_heard(ta_shape_t *shape, int32_t *gains, size_t frames)
{
    for (size_t i = 0; i < frames; i++) {
        const int32_t in[2] = {1 << 28, -(1 << 28)};
        int32_t out[2];
        ta_shape_run(shape, TA_SAMPLE_S32, 2, in, out, 1);
        assert_int_equal(out[0] % 4096, 0);
        assert_int_equal(out[1], -out[0]);
        gains[i] = out[0] / 4096;
    }
}

static void check_ramp(uint32_t from, uint32_t to)
{
    enum { AFTER = 40 };
    int32_t gains[TA_GAIN_RAMP_FRAMES + AFTER];
    ta_shape_t shape = steady(TA_WIRE_S32, from);
    ta_shape_set_gain(&shape, to);
    gains_heard(&shape, gains, TA_GAIN_RAMP_FRAMES + AFTER);
    const double height = (double)to - (double)from;
    int32_t before = (int32_t)from;
    for (size_t i = 0; i < TA_GAIN_RAMP_FRAMES; i++) {
        double straight = (double)from + height * (double)(i + 1) / TA_GAIN_RAMP_FRAMES;
        if (fabs((double)gains[i] - straight) >= 1.0) {
            fail_msg("ramp 0x%X to 0x%X: %d at frame %zu, not %f", from, to, gains[i], i, straight);
        }
        assert_true(to >= from ? gains[i] >= before : gains[i] <= before);
        assert_true(abs(gains[i] - before) <= (int)(fabs(height) / TA_GAIN_RAMP_FRAMES) + 1);
        before = gains[i];
    }
    for (size_t i = TA_GAIN_RAMP_FRAMES - 1; i < TA_GAIN_RAMP_FRAMES + AFTER; i++) {
        assert_int_equal(gains[i], to);
    }
}

static void test_ramp_is_straight_and_ends_on_time(void **state)
{
    (void)state;
    static const uint32_t levels[] = {0,      1,       2,       100,     255,     256,    257,     0x7FFF,  0x8000,
                                      0xFFFF, 0x10000, 0x10001, 0x100FF, 0x10100, 0x1234, 0x25A5A, 0x3FFFF, 0x40000};
    enum { LEVELS = sizeof levels / sizeof levels[0], RANDOM = 300 };
    size_t ramps = 0;
    for (size_t from = 0; from < LEVELS; from++) {
        for (size_t to = 0; to < LEVELS; to++) {
            check_ramp(levels[from], levels[to]);
            ramps++;
        }
    }
    uint64_t seed = reference_seed("ramp", 0x5A4);
    for (size_t i = 0; i < RANDOM; i++) {
        check_ramp(reference_random(&seed) % (TA_GAIN_MAX_Q16 + 1), reference_random(&seed) % (TA_GAIN_MAX_Q16 + 1));
        ramps++;
    }
    print_message("ramp: %zu ramps followed\n", ramps);
    assert_int_equal(ramps, LEVELS * LEVELS + RANDOM);
}

static void test_new_target_during_a_ramp(void **state)
{
    (void)state;
    int32_t gains[TA_GAIN_RAMP_FRAMES];
    ta_shape_t shape;
    ta_shape_init(&shape, TA_WIRE_S32);
    ta_shape_set_gain(&shape, 0);
    gains_heard(&shape, gains, 100);
    const int32_t turned = gains[99];
    ta_shape_set_gain(&shape, TA_GAIN_MAX_Q16);
    gains_heard(&shape, gains, TA_GAIN_RAMP_FRAMES);
    assert_in_range(turned, 1, TA_GAIN_UNITY_Q16 - 1);
    assert_true(gains[0] > turned);
    assert_true(gains[0] - turned <= TA_GAIN_MAX_Q16 / TA_GAIN_RAMP_FRAMES + 1);
    assert_true(gains[TA_GAIN_RAMP_FRAMES - 2] < TA_GAIN_MAX_Q16);
    assert_int_equal(gains[TA_GAIN_RAMP_FRAMES - 1], TA_GAIN_MAX_Q16);
}

// A volume knob that is read once per slot asks for the same gain again and again; that must not delay its arrival.
static void test_asking_again_does_not_start_again(void **state)
{
    (void)state;
    int32_t gains[TA_GAIN_RAMP_FRAMES];
    ta_shape_t shape;
    ta_shape_init(&shape, TA_WIRE_S32);
    for (size_t i = 0; i < TA_GAIN_RAMP_FRAMES; i += 32) {
        ta_shape_set_gain(&shape, 0x4000);
        gains_heard(&shape, gains + i, 32);
    }
    assert_int_equal(gains[TA_GAIN_RAMP_FRAMES - 1], 0x4000);
}

// ---- downmix and saturation ------------------------------------------------------------------------------------------

static size_t check_downmix(ta_wire_t wire, const int32_t *samples, size_t frames)
{
    enum { MOST = 100 };
    uint8_t out[MOST * FRAME_BYTES_MAX];
    assert_in_range(frames, 1, MOST);
    ta_shape_t shape;
    ta_shape_init(&shape, wire);
    shape.mono = true;
    ta_shape_run(&shape, TA_SAMPLE_S32, 2, samples, out, frames);
    for (size_t i = 0; i < frames; i++) {
        double sum = (double)samples[2 * i] + (double)samples[2 * i + 1];
        reference_sample_t mixed = {(int64_t)floor(sum / 2.0 + 0.5), 32};
        int64_t want = reference_at_bits(mixed, reference_wire_bits(wire));
        assert_int_equal(reference_on_wire(wire, out, i, 0), want);
        assert_int_equal(reference_on_wire(wire, out, i, 1), want);
    }
    return frames;
}

static void test_downmix(void **state)
{
    (void)state;
    static const int32_t edges[] = {
        INT32_MIN, INT32_MIN + 1, -0x40000000, -65536,     -32768,        -3,       -2, -1, 0, 1, 2,
        3,         32767,         0x7FFF8000,  0x7FFF7FFF, INT32_MAX - 1, INT32_MAX};
    enum { EDGES = sizeof edges / sizeof edges[0], BLOCKS = 1000, FRAMES = 100 };
    uint64_t seed = reference_seed("downmix", 0x5A5);
    size_t checked = 0;
    for (unsigned wire = 0; wire < TA_WIRES; wire++) {
        for (size_t i = 0; i < EDGES * EDGES; i++) {
            const int32_t frame[2] = {edges[i / EDGES], edges[i % EDGES]};
            checked += check_downmix((ta_wire_t)wire, frame, 1);
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            int32_t samples[2 * FRAMES];
            for (size_t k = 0; k < 2 * FRAMES; k++) {
                samples[k] = (int32_t)reference_random(&seed);
            }
            checked += check_downmix((ta_wire_t)wire, samples, FRAMES);
        }
    }
    print_message("downmix: %zu frames checked\n", checked);
    assert_int_equal(checked, TA_WIRES * (EDGES * EDGES + BLOCKS * FRAMES));
}

static void test_downmix_of_mono_is_the_kernel(void **state)
{
    (void)state;
    enum { FRAMES = 200 };
    uint64_t seed = reference_seed("downmix of mono", 0x5A6);
    uint8_t in[FRAMES * 4];
    uint8_t want[FRAMES * FRAME_BYTES_MAX];
    uint8_t got[FRAMES * FRAME_BYTES_MAX];
    for (unsigned i = 0; i < TA_SAMPLES * TA_WIRES; i++) {
        ta_sample_t sample = (ta_sample_t)(i / TA_WIRES);
        ta_wire_t wire = (ta_wire_t)(i % TA_WIRES);
        fill(in, sizeof in, &seed);
        ta_convert_kernel(sample, 1, wire)(in, want, FRAMES);
        ta_shape_t shape;
        ta_shape_init(&shape, wire);
        shape.mono = true;
        ta_shape_run(&shape, sample, 1, in, got, FRAMES);
        assert_memory_equal(got, want, FRAMES * ta_wire_frame_bytes(wire));
    }
}

static void test_saturation_of_every_16_bit_sample(void **state)
{
    (void)state;
    size_t clips = 0;
    for (uint32_t gain = 2; gain <= 4; gain++) {
        for (int32_t value = -32768; value <= 32767; value++) {
            const int16_t in[2] = {(int16_t)value, (int16_t)(-1 - value)};
            int16_t out[2];
            ta_shape_t shape = steady(TA_WIRE_S16, gain * TA_GAIN_UNITY_Q16);
            ta_shape_run(&shape, TA_SAMPLE_S16, 2, in, out, 1);
            for (unsigned channel = 0; channel < 2; channel++) {
                int32_t loud = in[channel] * (int32_t)gain;
                int32_t want = loud > 32767 ? 32767 : loud < -32768 ? -32768 : loud;
                assert_int_equal(out[channel], want);
                clips += want != loud;
            }
        }
    }
    print_message("saturation: %zu of 393216 samples clipped\n", clips);
    assert_in_range(clips, 2 * (32768 + 43690 + 49152) - 20, 2 * (32768 + 43690 + 49152) + 20);
}

// ---- dither ----------------------------------------------------------------------------------------------------------

enum { DITHER_FRAMES = 1 << 18, BLOCK = 32 };

typedef struct {
    double mean[2], variance[2], together; // together: correlation of the channels
    double least, most;
} errors_t;

// Errors in LSB of the wire for a constant input, given in LSB too. Narrowed from s32.
static void dither_errors(ta_wire_t wire, double level, double *errors)
{
    enum { CHUNK = 1024 };
    static int32_t in[2 * CHUNK];
    static uint8_t out[CHUNK * FRAME_BYTES_MAX];
    const double lsb = wire == TA_WIRE_S16 ? 65536.0 : 256.0;
    for (size_t i = 0; i < 2 * CHUNK; i++) {
        in[i] = (int32_t)lrint(level * lsb);
    }
    ta_shape_t shape;
    ta_shape_init(&shape, wire);
    shape.dither = true;
    for (size_t done = 0; done < DITHER_FRAMES; done += CHUNK) {
        ta_shape_run(&shape, TA_SAMPLE_S32, 2, in, out, CHUNK);
        for (size_t i = 0; i < 2 * CHUNK; i++) {
            double exact = (double)in[i] / lsb;
            errors[2 * done + i] = (double)reference_on_wire(wire, out, i / 2, i % 2) - exact;
        }
    }
}

static errors_t measure(const double *errors)
{
    errors_t found = {.least = errors[0], .most = errors[0]};
    for (size_t i = 0; i < 2 * (size_t)DITHER_FRAMES; i++) {
        found.mean[i % 2] += errors[i] / DITHER_FRAMES;
        found.least = fmin(found.least, errors[i]);
        found.most = fmax(found.most, errors[i]);
    }
    for (size_t i = 0; i < DITHER_FRAMES; i++) {
        double left = errors[2 * i] - found.mean[0];
        double right = errors[2 * i + 1] - found.mean[1];
        found.variance[0] += left * left / DITHER_FRAMES;
        found.variance[1] += right * right / DITHER_FRAMES;
        found.together += left * right / DITHER_FRAMES;
    }
    found.together /= sqrt(found.variance[0] * found.variance[1]);
    return found;
}

// Power of the left channel's error in each of the bins of a 32-point transform, as a part of the mean over all bins.
static void check_flat(const double *errors, double mean)
{
    double power[BLOCK / 2 + 1] = {0};
    for (size_t start = 0; start < DITHER_FRAMES; start += BLOCK) {
        for (size_t bin = 1; bin < BLOCK / 2; bin++) {
            double real = 0;
            double imaginary = 0;
            for (size_t i = 0; i < BLOCK; i++) {
                double angle = 2 * 3.14159265358979323846 * (double)(bin * i % BLOCK) / BLOCK;
                real += (errors[2 * (start + i)] - mean) * cos(angle);
                imaginary += (errors[2 * (start + i)] - mean) * sin(angle);
            }
            power[bin] += (real * real + imaginary * imaginary) / ((double)BLOCK * (DITHER_FRAMES / BLOCK));
        }
    }
    // Each is the mean of 8192 exponentially distributed powers of expectation 1/4: standard deviation 1.1 %.
    for (size_t bin = 1; bin < BLOCK / 2; bin++) {
        if (fabs(power[bin] / 0.25 - 1.0) > 0.06) {
            fail_msg("bin %zu has %f of the power of white noise", bin, power[bin] / 0.25);
        }
    }
}

// Theory: non-subtractive triangular dither of 2 LSB width makes the error's mean 0 and its variance 1/6 + 1/12 = 1/4
// LSB^2, whatever the signal; no error passes 1.5 LSB. Since sample and dither come in steps of 2^-16 LSB (2^-8 for 24
// bits) and halves round up, the mean is half a step high: 0.002 at 24 bits. Over 2^18 frames the mean's standard
// deviation is 0.001, and the variance's below 0.001.
static void check_dither(ta_wire_t wire, double level, double *errors)
{
    dither_errors(wire, level, errors);
    errors_t found = measure(errors);
    print_message("dither, %2u bits, level %7.4f: mean %+.4f %+.4f, variance %.4f %.4f, error %+.3f..%+.3f, left with "
                  "right %+.4f\n",
                  reference_wire_bits(wire), level, found.mean[0], found.mean[1], found.variance[0], found.variance[1],
                  found.least, found.most, found.together);
    for (unsigned channel = 0; channel < 2; channel++) {
        assert_true(fabs(found.mean[channel]) < 0.005);
        assert_true(fabs(found.variance[channel] - 0.25) < 0.005);
    }
    assert_true(found.least > -1.5 && found.most <= 1.5);
    assert_true(fabs(found.together) < 0.01);
    check_flat(errors, found.mean[0]);
}

static void test_dither_is_triangular_and_white(void **state)
{
    (void)state;
    static const double levels[] = {0.0, 0.25, 0.5, -0.3125, 1000.75, -20000.125};
    double *errors = malloc(2 * (size_t)DITHER_FRAMES * sizeof *errors);
    assert_non_null(errors);
    unsigned cases = 0;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        check_dither(TA_WIRE_S16, levels[i], errors);
        check_dither(TA_WIRE_S24, levels[i], errors);
        cases += 2;
    }
    assert_int_equal(cases, 12);
    // At 0 the triangle's area beyond half an LSB is 1/8 on each side: 0 three times in four, -1 and 1 once in eight.
    dither_errors(TA_WIRE_S16, 0.0, errors);
    size_t at[3] = {0};
    for (size_t i = 0; i < 2 * (size_t)DITHER_FRAMES; i++) {
        assert_in_range((int)errors[i] + 1, 0, 2);
        at[(int)errors[i] + 1]++;
    }
    free(errors);
    const double all = 2.0 * DITHER_FRAMES;
    assert_true(fabs((double)at[0] / all - 0.125) < 0.003);
    assert_true(fabs((double)at[1] / all - 0.75) < 0.003);
    assert_true(fabs((double)at[2] / all - 0.125) < 0.003);
}

// Does dither change anything? In both runs the shape is otherwise the same.
static bool dither_acts(pair_t pair, const uint8_t *in, size_t frames, uint32_t gain_q16, bool mono)
{
    uint8_t out[2][1024 * FRAME_BYTES_MAX];
    assert_in_range(frames, 1, 1024);
    for (unsigned i = 0; i < 2; i++) {
        ta_shape_t shape = steady(pair.wire, gain_q16);
        shape.mono = mono;
        shape.dither = i == 1;
        ta_shape_run(&shape, pair.sample, pair.channels, in, out[i], frames);
    }
    return memcmp(out[0], out[1], frames * ta_wire_frame_bytes(pair.wire)) != 0;
}

static void test_dither_acts_only_when_something_is_dropped(void **state)
{
    (void)state;
    enum { FRAMES = 1000 };
    static const struct {
        uint32_t gain_q16;
        bool mono;
    } shapes[] = {{0x10000, false}, {0x20000, false}, {0x40000, false}, {0, false},
                  {0x8000, false},  {0x18000, false}, {0x10000, true}};
    uint64_t seed = reference_seed("dither or not", 0x5A7);
    uint8_t in[FRAMES * FRAME_BYTES_MAX];
    unsigned acted = 0;
    unsigned cases = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        pair_t pair = pair_at(i);
        fill(in, sizeof in, &seed);
        for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
            bool below = source_bits(pair.sample) > reference_wire_bits(pair.wire) ||
                         shapes[k].gain_q16 % TA_GAIN_UNITY_Q16 != 0 || (shapes[k].mono && pair.channels == 2);
            bool want = below && shapes[k].gain_q16 != 0 && pair.wire != TA_WIRE_S32;
            assert_int_equal(dither_acts(pair, in, FRAMES, shapes[k].gain_q16, shapes[k].mono), want);
            acted += want;
            cases++;
        }
    }
    print_message("dither acted in %u of %u cases\n", acted, cases);
    assert_int_equal(cases, PAIRS * 7);
    // 16 bits: 3 wide formats x 2 x 3 whole gains, 14 x 2 fractions, 7 + 3 downmixes; 24 bits: 6, 28 and 7 + 1.
    assert_int_equal(acted, 18 + 28 + 10 + 6 + 28 + 8);
}

static void test_dither_keeps_a_downmix_equal_on_both_sides(void **state)
{
    (void)state;
    enum { FRAMES = 500 };
    uint64_t seed = reference_seed("dithered downmix", 0x5A8);
    uint8_t in[FRAMES * FRAME_BYTES_MAX];
    uint8_t out[FRAMES * FRAME_BYTES_MAX];
    for (unsigned i = 0; i < PAIRS; i++) {
        pair_t pair = pair_at(i);
        fill(in, sizeof in, &seed);
        ta_shape_t shape;
        ta_shape_init(&shape, pair.wire);
        shape.mono = true;
        shape.dither = true;
        ta_shape_run(&shape, pair.sample, pair.channels, in, out, FRAMES);
        for (size_t frame = 0; frame < FRAMES; frame++) {
            assert_int_equal(reference_on_wire(pair.wire, out, frame, 0), reference_on_wire(pair.wire, out, frame, 1));
        }
    }
}

// At the ends of the range dither must clip, not wrap.
static void test_dither_saturates(void **state)
{
    (void)state;
    enum { FRAMES = 5000 };
    for (unsigned wire = TA_WIRE_S16; wire <= TA_WIRE_S24; wire++) {
        static int32_t in[2 * FRAMES];
        static uint8_t out[FRAMES * FRAME_BYTES_MAX];
        const int64_t top = wire == TA_WIRE_S16 ? 32767 : 8388607;
        for (size_t i = 0; i < FRAMES; i++) {
            in[2 * i] = INT32_MAX;
            in[2 * i + 1] = INT32_MIN;
        }
        ta_shape_t shape;
        ta_shape_init(&shape, (ta_wire_t)wire);
        shape.dither = true;
        ta_shape_run(&shape, TA_SAMPLE_S32, 2, in, out, FRAMES);
        size_t moved = 0;
        for (size_t i = 0; i < FRAMES; i++) {
            int64_t left = reference_on_wire((ta_wire_t)wire, out, i, 0);
            int64_t right = reference_on_wire((ta_wire_t)wire, out, i, 1);
            assert_true(left >= top - 1 && left <= top);
            assert_true(right >= -top - 1 && right <= -top);
            moved += right != -top - 1;
        }
        assert_in_range(moved, FRAMES / 10, FRAMES / 6); // an eighth of the time
    }
}

// ---- division into calls ---------------------------------------------------------------------------------------------

enum { STREAM_FRAMES = 3000 };

// Changes of gain happen at given frames; between them, pieces are of random length, or as long as can be.
static void run_stream(ta_shape_t shape, pair_t pair, const uint8_t *in, uint8_t *out, uint64_t *pieces)
{
    static const struct {
        size_t frame;
        uint32_t gain_q16;
    } changes[] = {{0, 0x10000}, {500, 0x4000}, {600, 0x28000}, {1500, 0}, {2200, 0x10000}, {STREAM_FRAMES, 0}};
    const size_t in_bytes = (size_t)ta_sample_bytes(pair.sample) * pair.channels;
    const size_t out_bytes = ta_wire_frame_bytes(pair.wire);
    size_t at = 0;
    for (size_t i = 0; at < STREAM_FRAMES; i++) {
        ta_shape_set_gain(&shape, changes[i].gain_q16);
        while (at < changes[i + 1].frame) {
            size_t left = changes[i + 1].frame - at;
            size_t piece = pieces == NULL ? left : reference_random(pieces) % 100;
            piece = piece < left ? piece : left;
            ta_shape_run(&shape, pair.sample, pair.channels, in + at * in_bytes, out + at * out_bytes, piece);
            at += piece;
        }
    }
}

static void test_division_into_calls_changes_nothing(void **state)
{
    (void)state;
    enum { ROUNDS = 5 };
    static uint8_t in[STREAM_FRAMES * FRAME_BYTES_MAX];
    static uint8_t whole[STREAM_FRAMES * FRAME_BYTES_MAX];
    static uint8_t pieces[STREAM_FRAMES * FRAME_BYTES_MAX];
    uint64_t seed = reference_seed("division", 0x5A9);
    size_t streams = 0;
    for (unsigned i = 0; i < PAIRS * 4; i++) {
        pair_t pair = pair_at(i / 4);
        ta_shape_t shape;
        ta_shape_init(&shape, pair.wire);
        shape.mono = i % 2 == 1;
        shape.dither = i / 2 % 2 == 1;
        fill(in, sizeof in, &seed);
        run_stream(shape, pair, in, whole, NULL);
        for (unsigned round = 0; round < ROUNDS; round++) {
            memset(pieces, 0x5A, sizeof pieces);
            run_stream(shape, pair, in, pieces, &seed);
            assert_memory_equal(pieces, whole, STREAM_FRAMES * ta_wire_frame_bytes(pair.wire));
            streams++;
        }
    }
    print_message("division: %zu streams compared\n", streams);
    assert_int_equal(streams, PAIRS * 4 * ROUNDS);
}

static void test_no_frames_change_nothing(void **state)
{
    (void)state;
    ta_shape_t shape;
    ta_shape_init(&shape, TA_WIRE_S16);
    shape.dither = true;
    ta_shape_set_gain(&shape, 0x1234);
    const ta_shape_t before = shape;
    uint8_t in = 0;
    uint8_t out[4] = {1, 2, 3, 4};
    ta_shape_run(&shape, TA_SAMPLE_U8, 1, &in, out, 0);
    assert_int_equal(shape.ramp_frames, before.ramp_frames);
    assert_int_equal(shape.random, before.random);
    assert_int_equal(shape.gain_q16, before.gain_q16);
    assert_int_equal(out[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unity_is_the_kernel),
        cmocka_unit_test(test_long_way_at_unity_is_the_kernel),
        cmocka_unit_test(test_identity_says_when),
        cmocka_unit_test(test_gain_at_edges),
        cmocka_unit_test(test_gain_at_random),
        cmocka_unit_test(test_gain_is_clipped),
        cmocka_unit_test(test_ramp_is_straight_and_ends_on_time),
        cmocka_unit_test(test_new_target_during_a_ramp),
        cmocka_unit_test(test_asking_again_does_not_start_again),
        cmocka_unit_test(test_downmix),
        cmocka_unit_test(test_downmix_of_mono_is_the_kernel),
        cmocka_unit_test(test_saturation_of_every_16_bit_sample),
        cmocka_unit_test(test_dither_is_triangular_and_white),
        cmocka_unit_test(test_dither_acts_only_when_something_is_dropped),
        cmocka_unit_test(test_dither_keeps_a_downmix_equal_on_both_sides),
        cmocka_unit_test(test_dither_saturates),
        cmocka_unit_test(test_division_into_calls_changes_nothing),
        cmocka_unit_test(test_no_frames_change_nothing),
    };
    return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
