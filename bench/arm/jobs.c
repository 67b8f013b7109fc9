// The jobs: every kernel in a slot of 128 frames, those of DESIGN.md's table in one of 32 too, input off the word boundary, the
// general path, PWM, float32, the mixer (mix_jobs.c), resamplers, WAV files. See jobs.h.
#include "jobs.h"
#include "mix_jobs.h"

#include "tonearm/convert.h"

#include <string.h>

enum { SLOT = 128, SMALL_SLOT = 32, FRAMES_MAX = TA_GAIN_RAMP_FRAMES, FRAME_BYTES_MAX = 8 };

typedef struct {
    ta_sample_t sample;
    unsigned channels;
    ta_wire_t wire;
    uint32_t frames;
    uint32_t offset; // bytes from the word boundary
    bool general, is_float;
    uint32_t gain_q16, target_q16;
    bool mono, dither;
    ta_pwm_rounding_t rounding;
    void (*run)(void); // NULL: a conversion
} job_t;

char bench_name[64];
static job_t job;
static ta_kernel_t *kernel;
static ta_shape_t shape;
static uint32_t in_words[FRAMES_MAX * FRAME_BYTES_MAX / 4 + 1]; // one more, to start off the boundary
static uint32_t out_words[FRAMES_MAX * FRAME_BYTES_MAX / 4];
_Alignas(16) uint8_t bench_memory[BENCH_MEMORY_BYTES];

// ---- names ------------------------------------------------------------------------------------------------------------

static void say(const char *text)
{
    size_t length = strlen(bench_name);
    strncpy(bench_name + length, text, sizeof bench_name - 1 - length);
}

static const char *wire_name(ta_wire_t wire)
{
    static const char *const names[] = {"s16", "s24", "s32", "pwm"};
    return names[wire];
}

static void name_it(const char *prefix, const char *what, const char *suffix)
{
    bench_name[0] = '\0';
    say(prefix);
    say(what);
    say(suffix);
}

static void name_formats(void)
{
    say(".");
    say(ta_sample_name(job.sample));
    say(".");
    say(wire_name(job.wire));
}

// ---- the list ---------------------------------------------------------------------------------------------------------

static bool kernel_job(uint32_t index)
{
    if (index >= TA_SAMPLES * 2 * TA_WIRES) {
        return false;
    }
    job.sample = (ta_sample_t)(index / (2 * TA_WIRES));
    job.channels = index / TA_WIRES % 2 + 1;
    job.wire = (ta_wire_t)(index % TA_WIRES);
    name_it(ta_sample_name(job.sample), job.channels == 1 ? ".mono." : ".stereo.", wire_name(job.wire));
    return true;
}

// The four of DESIGN.md's table, in a small slot.
static bool small_job(uint32_t index)
{
    static const struct {
        ta_sample_t sample;
        unsigned channels;
    } four[] = {{TA_SAMPLE_S16, 2}, {TA_SAMPLE_U16, 2}, {TA_SAMPLE_U8, 1}, {TA_SAMPLE_S16, 1}};
    if (index >= sizeof four / sizeof four[0]) {
        return false;
    }
    job.sample = four[index].sample;
    job.channels = four[index].channels;
    job.frames = SMALL_SLOT;
    name_it(ta_sample_name(job.sample), job.channels == 1 ? ".mono." : ".stereo.", "s16@32");
    return true;
}

static bool odd_job(uint32_t index)
{
    if (index >= TA_SAMPLES) {
        return false;
    }
    job.sample = (ta_sample_t)index;
    job.offset = 1;
    name_it(ta_sample_name(job.sample), "+1.stereo.", "s16");
    return true;
}

static bool shape_job(uint32_t index)
{
    static const struct {
        const char *name;
        uint32_t gain_q16, target_q16;
        bool mono, dither;
    } shapes[] = {
        {"identity", 0x10000, 0x10000, false, false}, {"mono", 0x10000, 0x10000, true, false},
        {"quieter", 0x8000, 0x8000, false, false},    {"quieter+mono", 0x8000, 0x8000, true, false},
        {"louder", 0x18000, 0x18000, false, false},   {"quieter+dither", 0x8000, 0x8000, false, true},
        {"ramp", 0x10000, 0x8000, false, false},
    };
    static const struct {
        ta_sample_t sample;
        ta_wire_t wire;
    } pairs[] = {{TA_SAMPLE_S16, TA_WIRE_S16}, {TA_SAMPLE_S24, TA_WIRE_S16}, {TA_SAMPLE_S32, TA_WIRE_S24}};
    enum { SHAPES = sizeof shapes / sizeof shapes[0] };
    if (index >= SHAPES * sizeof pairs / sizeof pairs[0]) {
        return false;
    }
    const uint32_t which = index % SHAPES;
    job.general = true;
    job.sample = pairs[index / SHAPES].sample;
    job.wire = pairs[index / SHAPES].wire;
    job.gain_q16 = shapes[which].gain_q16;
    job.target_q16 = shapes[which].target_q16;
    job.mono = shapes[which].mono;
    job.dither = shapes[which].dither;
    job.frames = job.target_q16 != job.gain_q16 ? TA_GAIN_RAMP_FRAMES : SLOT;
    name_it("shape.", shapes[which].name, "");
    name_formats();
    return true;
}

static bool pwm_job(uint32_t index)
{
    static const struct {
        const char *name;
        ta_sample_t sample;
        ta_pwm_rounding_t rounding;
        uint32_t gain_q16;
        bool mono;
    } ways[] = {
        {"plain", TA_SAMPLE_S16, TA_PWM_PLAIN, 0x10000, false},
        {"shaped", TA_SAMPLE_S16, TA_PWM_SHAPED, 0x10000, false},
        {"shaped", TA_SAMPLE_S32, TA_PWM_SHAPED, 0x10000, false},
        {"shaped+quieter", TA_SAMPLE_S16, TA_PWM_SHAPED, 0x8000, false},
        {"shaped+mono", TA_SAMPLE_S16, TA_PWM_SHAPED, 0x10000, true},
        {"dithered", TA_SAMPLE_S16, TA_PWM_DITHERED, 0x10000, false},
    };
    if (index >= sizeof ways / sizeof ways[0]) {
        return false;
    }
    job.general = true;
    job.sample = ways[index].sample;
    job.wire = TA_WIRE_PWM;
    job.gain_q16 = job.target_q16 = ways[index].gain_q16;
    job.mono = ways[index].mono;
    job.rounding = ways[index].rounding;
    name_it("pwm.", ways[index].name, "");
    name_formats();
    return true;
}

static bool float_job(uint32_t index)
{
    job.is_float = true;
    name_it("float32", ".s32", "");
    return index == 0;
}

static bool mixer_job(uint32_t index)
{
    job.frames = mix_job(index, bench_name, in_words, sizeof in_words);
    job.run = mix_run;
    return job.frames != 0;
}

static bool resample_job(uint32_t index)
{
    job.frames = bench_resample_job(index);
    job.run = bench_resample_run;
    return job.frames != 0;
}

static bool wav_job(uint32_t index)
{
    job.frames = bench_wav_job(index);
    job.run = bench_wav_run;
    return job.frames != 0;
}

// Noise that visits every branch; as floats, of -1 to 1.
static void make_input(void)
{
    uint32_t noise = 1;
    for (size_t i = 0; i < sizeof in_words / sizeof in_words[0]; i++) {
        noise = noise * 1664525 + 1013904223;
        in_words[i] = job.is_float ? (noise & 0x807FFFFFU) | ((126 - (noise >> 24) % 16) << 23) : noise;
    }
}

uint32_t bench_job(uint32_t index)
{
    static bool (*const lists[])(uint32_t) = {kernel_job, small_job, odd_job,      shape_job, pwm_job,
                                              float_job,  mixer_job, resample_job, wav_job};
    static const uint32_t lengths[] = {
        TA_SAMPLES * 2 * TA_WIRES, 4, TA_SAMPLES, 21, 6, 1, MIX_JOBS, BENCH_RESAMPLE_JOBS, BENCH_WAV_JOBS};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        job = (job_t){.channels = 2, .frames = SLOT};
        if (index < lengths[i] && lists[i](index)) {
            kernel = ta_convert_kernel(job.sample, job.channels, job.wire);
            ta_shape_init(&shape, job.wire);
            ta_shape_set_pwm(&shape, 1023, job.rounding);
            shape.mono = job.mono;
            shape.dither = job.dither;
            make_input();
            return job.frames;
        }
        index -= lengths[i];
    }
    return 0;
}

// ---- running ----------------------------------------------------------------------------------------------------------

void bench_run(void)
{
    const uint8_t *in = (const uint8_t *)in_words + job.offset;
    if (job.run) {
        job.run();
    } else if (job.general) {
        shape.gain_q16 = shape.target_q16 = job.gain_q16;
        ta_shape_set_gain(&shape, job.target_q16);
        ta_shape_run(&shape, job.sample, job.channels, in, out_words, job.frames);
    } else if (job.is_float) {
        ta_convert_float_to_s32(in, (int32_t *)out_words, job.frames);
    } else {
        kernel(in, out_words, job.frames);
    }
}

static void nothing(const void *in, void *out, size_t frames)
{
    (void)in;
    (void)out;
    (void)frames;
}

void bench_nothing(void)
{
    job = (job_t){0};
    kernel = nothing;
}
