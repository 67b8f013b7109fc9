// What CircuitPython's desktop build gives for the probes of its audiofilters: hashes (FNV-1a, 32 bits) of whole streams where ours is equal, and the first
// samples where it is within a bit. Signals are those of the probes, made of integers. Not here, since ours differ on purpose: what overflows in 8 bits, unsigned 16 bits, and
// the phaser's knee, which is set to the reference's here.
#include "test/support/fx_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 8000, BUFFER_BYTES = 512, SOURCE = 1200 };
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int16_t wide[2 * SOURCE];
static uint8_t narrow[2 * SOURCE];
static uint8_t heard[8192];

// The probes' noise.
static const void *noise(ta_sample_t sample, size_t samples, uint32_t x)
{
    for (size_t s = 0; s < samples; s++) {
        x = (1103515245U * x + 12345U) & 0x7FFFFFFFU;
        wide[s] = (int16_t)((int)(x >> 15) - 32768);
        narrow[s] = (uint8_t)((x >> 23) - (sample == TA_SAMPLE_S8 ? 128 : 0));
    }
    return sample == TA_SAMPLE_S16 ? (const void *)wide : narrow;
}

static uint32_t hash(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0x811c9dc5U;
    for (size_t b = 0; b < count; b++)
        sum = (sum ^ bytes[b]) * 0x01000193U;
    return sum;
}

static void make(fx_rig_t *rig, fx_kind_t kind, ta_sample_t sample, unsigned channels)
{
    ta_format_t format = {sample, (uint8_t)channels, RATE};
    fx_rig_make(rig, kind, sample, channels, RATE, BUFFER_BYTES / ta_frame_bytes(&format));
}

static void second_order(ta_biquad_t *biquad, ta_biquad_mode_t mode, double frequency, double q)
{
    assert_int_equal(ta_biquad_init(biquad, mode, (ta_real_t)frequency), TA_OK);
    ta_param_set(&biquad->q, (ta_real_t)q);
}

// `frames` of it, from a source that is played once or for ever.
static uint32_t stream(fx_rig_t *rig, const void *data, uint32_t source_frames, bool loop, uint32_t frames)
{
    ta_raw_t raw;
    fx_rig_play(rig, &raw, rig->fx->source.format.sample, data, source_frames);
    if (loop)
        assert_int_equal(ta_source_set_loop(&raw.source, 0, 0, TA_LOOP_FOREVER), TA_OK);
    fx_rig_hear(rig, heard, frames, 100);
    uint32_t sum = hash(heard, (size_t)frames * ta_frame_bytes(&rig->fx->source.format));
    fx_rig_free(rig);
    return sum;
}

static void test_filter(void **state)
{
    (void)state;
    static const struct {
        ta_sample_t sample;
        unsigned channels;
        uint32_t frames, both, mixed; // both 0: wraps in 8 bits there (W41)
    } list[] = {
        {TA_SAMPLE_S16, 1, 2048, 0x2b421cf6, 0xb69c4ce6}, {TA_SAMPLE_S16, 2, 1024, 0xb5b20e9a, 0xb1a1596c},
        {TA_SAMPLE_S8, 1, 4096, 0, 0x8266d488},           {TA_SAMPLE_S8, 2, 2048, 0, 0x823f4e13},
        {TA_SAMPLE_U8, 1, 4096, 0, 0x89962c88},           {TA_SAMPLE_U8, 2, 2048, 0, 0xf4b0c213},
    };
    for (size_t l = 0; l < COUNT(list); l++) {
        fx_rig_t rig;
        const void *data = noise(list[l].sample, (size_t)SOURCE * list[l].channels, 11);
        if (list[l].both) {
            make(&rig, FX_FILTER, list[l].sample, list[l].channels);
            second_order(&rig.biquad[0], TA_BIQUAD_LOW_PASS, 400, 0.7071067811865475);
            second_order(&rig.biquad[1], TA_BIQUAD_HIGH_PASS, 300, 8);
            assert_int_equal(ta_chain_set(&rig.filter.chain, (ta_biquad_t *[]){&rig.biquad[0], &rig.biquad[1]}, 2),
                             TA_OK);
            assert_int_equal(stream(&rig, data, SOURCE, false, list[l].frames), list[l].both);
        }
        make(&rig, FX_FILTER, list[l].sample, list[l].channels);
        second_order(&rig.biquad[0], TA_BIQUAD_LOW_PASS, 1000, 0.7);
        assert_int_equal(ta_chain_set(&rig.filter.chain, (ta_biquad_t *[]){&rig.biquad[0]}, 1), TA_OK);
        ta_param_set(&rig.filter.mix, (ta_real_t)0.5);
        assert_int_equal(stream(&rig, data, SOURCE, true, list[l].frames * 3 / 2), list[l].mixed);
    }
}

static void test_filter_without_filters(void **state)
{
    (void)state;
    fx_rig_t rig;
    make(&rig, FX_FILTER, TA_SAMPLE_S16, 1);
    assert_int_equal(ta_chain_set(&rig.filter.chain, NULL, 0), TA_OK);
    assert_int_equal(stream(&rig, noise(TA_SAMPLE_S16, 300, 2), 300, false, 768), 0x0aa14069);
}

static void test_biquads(void **state)
{
    (void)state;
    static const struct {
        ta_biquad_mode_t mode;
        uint32_t at_50, at_1000;
    } list[] = {
        {TA_BIQUAD_LOW_PASS, 0x2b14cd91, 0x71957975},
        {TA_BIQUAD_HIGH_PASS, 0xcb9a000c, 0x629ca78e},
        {TA_BIQUAD_BAND_PASS, 0x11eb1541, 0x03b410f8},
        {TA_BIQUAD_NOTCH, 0x6ea37cd0, 0x4be31046},
    };
    static int16_t impulse[512] = {20000};
    for (size_t l = 0; l < COUNT(list); l++)
        for (int high = 0; high < 2; high++) {
            fx_rig_t rig;
            make(&rig, FX_FILTER, TA_SAMPLE_S16, 1);
            second_order(&rig.biquad[0], list[l].mode, high ? 1000 : 50, 0.7071067811865475);
            assert_int_equal(ta_chain_set(&rig.filter.chain, (ta_biquad_t *[]){&rig.biquad[0]}, 1), TA_OK);
            assert_int_equal(stream(&rig, impulse, 512, false, 512), high ? list[l].at_1000 : list[l].at_50);
        }
}

// Until its source begins again: there the reference's ticks go by the source, and ours do not.
static void test_w39_phaser_is_equal_but_for_its_knee(void **state)
{
    (void)state;
    for (unsigned channels = 1; channels <= 2; channels++) {
        fx_rig_t rig;
        ta_lfo_t lfo;
        make(&rig, FX_PHASER, TA_SAMPLE_S16, channels);
        rig.phaser.knee_gain = 2;
        assert_int_equal(ta_lfo_init(&lfo, NULL), TA_OK);
        ta_param_set(&lfo.rate, 2);
        ta_param_set(&lfo.scale, 600);
        ta_param_set(&lfo.offset, 1000);
        ta_param_follow(&rig.phaser.frequency, &lfo.control);
        ta_param_set(&rig.phaser.mix, (ta_real_t)0.5);
        const void *data = noise(TA_SAMPLE_S16, (size_t)SOURCE * channels, 11);
        assert_int_equal(stream(&rig, data, SOURCE, true, channels == 1 ? 1024 : 1152),
                         channels == 1 ? 0x07aeebd6 : 0x63dbfab3);
    }
}

// First samples, mode by mode, of drive 0.6, 3 dB before and -3 dB behind it; the last row is CLIP, drive 0.5, soft.
static const int16_t distorted[TA_DISTORTIONS + 1][64] = {
    {16562,  -14966, -16583, -23605, -16176, 19293,  22496,  -9084,  19954,  21862,  -22249, -25977, -17607,
     -25059, -14921, 26481,  10107,  -24225, 21593,  -21923, 21639,  -22519, 22862,  -18508, -26187, 21683,
     -19764, -17351, -19337, 24641,  -24609, 19967,  -23872, -10981, 24000,  22724,  -23623, 25248,  -15227,
     15848,  -13442, -25550, -25398, -25637, -11547, -4471,  23274,  -12667, -24590, -16965, -6480,  -16870,
     -22199, -23312, 5866,   19694,  -14947, 24691,  21958,  -22979, 22379,  -16733, -11593, -16979},
    {9967,   -7793,  -10149, -24285, -9424,  14498, 21385,  -2356,  15767,  19935,  -21023, -30809, -11780,
     -28272, -7793,  32259,  2899,   -25916, 19392, -20298, 19392,  -21566, 22291,  -13230, -31534, 19573,
     -15586, -11236, -14861, 26822,  -27003, 15767, -25010, -3624,  25191,  21929,  -24285, 28634,  -8155,
     8880,   -5980,  -29541, -29178, -29903, -4168, -543,   23379,  -5255,  -27003, -10692, -1087,  -10511,
     -20841, -23560, 724,    15404,  -7793,  27003, 20116,  -22835, 21204,  -10330, -4168,  -10692},
    {8141,   -7703,  -9941,  -22921, -9348,  11056, 14534,  -2217,  11780,  13860,  -20110, -27933, -11526,
     -25994, -7645,  18319,  2699,   -24229, 13570, -19448, 13620,  -20662, 14917,  -13022, -28375, 13667,
     -15259, -11118, -14480, 16689,  -25040, 11795, -23483, -3555,  16070,  14773,  -22960, 17253,  -8043,
     7420,   -5891,  -27033, -26711, -27217, -4031, -381,   15341,  -5078,  -25001, -10518, -958,   -10373,
     -20008, -22308, 734,    11495,  -7679,  16737, 13963,  -21615, 14411,  -10165, -4071,  -10539},
    {17437,  -15489, -17461, -23447, -16987, 20237,  22744,  -6917,  20818,  22306,  -22576, -24720, -18587,
     -24262, -15431, 24955,  8453,   -23809, 22113,  -22350, 22146,  -22759, 22984,  -19499, -24819, 22178,
     -20655, -18314, -20276, 24039,  -24021, 20829,  -23605, -9784,  23680,  22894,  -23458, 24359,  -15824,
     16594,  -13425, -24512, -24436, -24555, -10643, -1443,  23245,  -12310, -24011, -17892, -3408,  -17786,
     -22542, -23268, 2723,   20594,  -15465, 24066,  22374,  -23059, 22665,  -17631, -10713, -17908},
    {-20368, 15255,  -15004, -12084, 17435,  18168,  19588,  18579,  12672,  20624,  17538,  20127,  -12618,
     -9702,  -14682, -15857, 8372,   -3806,  -19804, -20448, -20461, -20025, 8654,   19563,  15739,  3229,
     11529,  -19460, -6723,  -11905, 18528,  20174,  15128,  16646,  -16109, 12148,  -16299, -14965, -17307,
     -20616, -19137, 12775,  20551,  -10891, -20273, -17425, -13838, -17459, -20576, 17967,  -20594, 14132,
     17763,  19300,  -7134,  17743,  20432,  -13755, -16183, 20324,  -19662, 16787,  -19959, -20200},
};

static void test_distortion_within_a_bit(void **state)
{
    (void)state;
    for (unsigned row = 0; row <= TA_DISTORTIONS; row++) {
        fx_rig_t rig;
        int16_t out[64];
        bool soft = row == TA_DISTORTIONS;
        make(&rig, FX_DISTORTION, TA_SAMPLE_S16, 1);
        assert_int_equal(ta_distortion_set_mode(&rig.distortion, soft ? TA_DISTORTION_CLIP : (ta_distortion_mode_t)row),
                         TA_OK);
        rig.distortion.soft_clip = soft;
        ta_param_set(&rig.distortion.drive, soft ? (ta_real_t)0.5 : (ta_real_t)0.6);
        ta_param_set(&rig.distortion.pre_gain, soft ? 0 : 3);
        ta_param_set(&rig.distortion.post_gain, soft ? 0 : -3);
        (void)stream(&rig, noise(TA_SAMPLE_S16, SOURCE, soft ? 2 : 11), soft ? 300 : SOURCE, false, 64);
        memcpy(out, heard, sizeof out);
        for (size_t s = 0; s < COUNT(out); s++)
            assert_in_range(out[s] - distorted[row][s] + 1, 0, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_filter_without_filters),
        cmocka_unit_test(test_biquads),
        cmocka_unit_test(test_w39_phaser_is_equal_but_for_its_knee),
        cmocka_unit_test(test_distortion_within_a_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
