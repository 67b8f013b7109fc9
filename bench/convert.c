// Instructions per frame of every conversion: 42 kernels, input off the word boundary, the general path, float32.
//
// In: nothing; run it under callgrind (bench/convert.sh does). Out: one dump of counters per conversion, which bears
// its name; and on stdout, names and frames, so that whoever reads the dumps knows how many there must be. Each is run once before it is counted, so that neither the dynamic linker's first call nor a cold branch
// belongs to the figure. What remains of the loop around it is some ten instructions in BENCH_FRAMES frames, a slot.
#include "tonearm/convert.h"

#include <stdio.h>
#include <string.h>
#include <valgrind/callgrind.h>

enum { BENCH_FRAMES = 256, FRAME_BYTES_MAX = 8 };

// One more word in front, to start off the boundary.
static uint32_t in_words[1 + BENCH_FRAMES * FRAME_BYTES_MAX / 4];
static uint32_t out_words[BENCH_FRAMES * FRAME_BYTES_MAX / 4];

typedef struct {
    ta_sample_t sample;
    unsigned channels;
    ta_wire_t wire;
    size_t offset; // bytes from the word boundary
    size_t frames; // 0: BENCH_FRAMES
    bool general;  // through ta_shape_run
    bool is_float;
    ta_shape_t shape;
    uint32_t target_q16; // asked for anew in each run, when not the gain in use
} job_t;

static size_t frames_of(const job_t *job)
{
    return job->frames != 0 ? job->frames : BENCH_FRAMES;
}

static void run(const job_t *job)
{
    const size_t frames = frames_of(job);
    const uint8_t *in = (const uint8_t *)in_words + job->offset;
    if (job->is_float) {
        ta_convert_float_to_s32(in, (int32_t *)out_words, frames);
    } else if (job->general) {
        ta_shape_t shape = job->shape;
        ta_shape_set_gain(&shape, job->target_q16);
        ta_shape_run(&shape, job->sample, job->channels, in, out_words, frames);
    } else {
        ta_convert_kernel(job->sample, job->channels, job->wire)(in, out_words, frames);
    }
}

static void count(const char *name, const job_t *job)
{
    run(job);
    CALLGRIND_ZERO_STATS;
    run(job);
    CALLGRIND_DUMP_STATS_AT(name);
    printf("%s %zu\n", name, frames_of(job));
}

static const char *wire_name(ta_wire_t wire)
{
    return wire == TA_WIRE_S16 ? "s16" : wire == TA_WIRE_S24 ? "s24" : "s32";
}

static void count_kernel(job_t job)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s%s.%s.%s", ta_sample_name(job.sample), job.offset == 0 ? "" : "+1",
                   job.channels == 1 ? "mono" : "stereo", wire_name(job.wire));
    count(name, &job);
}

static void count_shape(const char *what, ta_sample_t sample, ta_wire_t wire, ta_shape_t shape, uint32_t target_q16)
{
    char name[64];
    job_t job = {.sample = sample, .channels = 2, .wire = wire, .general = true, .shape = shape};
    job.shape.wire = wire;
    job.target_q16 = target_q16;
    job.frames = target_q16 != shape.target_q16 ? TA_GAIN_RAMP_FRAMES : 0;
    (void)snprintf(name, sizeof name, "shape.%s.%s.%s", what, ta_sample_name(sample), wire_name(wire));
    count(name, &job);
}

// Every step of the general path alone, and all at once.
static void count_shapes(ta_sample_t sample, ta_wire_t wire)
{
    ta_shape_t unity;
    ta_shape_init(&unity, wire);
    ta_shape_t shape = unity;
    count_shape("identity", sample, wire, shape, TA_GAIN_UNITY_Q16);
    shape.mono = true;
    count_shape("mono", sample, wire, shape, TA_GAIN_UNITY_Q16);
    shape = unity;
    shape.gain_q16 = shape.target_q16 = 0x8000;
    count_shape("quieter", sample, wire, shape, 0x8000);
    shape.dither = true;
    count_shape("quieter+dither", sample, wire, shape, 0x8000);
    shape.mono = true;
    count_shape("quieter+dither+mono", sample, wire, shape, 0x8000);
    shape = unity;
    shape.gain_q16 = shape.target_q16 = 0x18000;
    count_shape("louder", sample, wire, shape, 0x18000);
    count_shape("ramp", sample, wire, unity, 0x8000);
}

int main(void)
{
    // Not silence: a noise that visits every branch.
    uint32_t noise = 1;
    for (size_t i = 0; i < sizeof in_words / sizeof in_words[0]; i++) {
        noise = noise * 1664525 + 1013904223;
        in_words[i] = noise;
    }
    for (unsigned sample = 0; sample < TA_SAMPLES; sample++) {
        for (unsigned channels = 1; channels <= 2; channels++) {
            for (unsigned wire = 0; wire < TA_WIRES; wire++) {
                count_kernel((job_t){.sample = (ta_sample_t)sample, .channels = channels, .wire = (ta_wire_t)wire});
            }
        }
    }
    for (unsigned sample = 0; sample < TA_SAMPLES; sample++) {
        count_kernel((job_t){.sample = (ta_sample_t)sample, .channels = 2, .wire = TA_WIRE_S16, .offset = 1});
    }
    count_shapes(TA_SAMPLE_S16, TA_WIRE_S16);
    count_shapes(TA_SAMPLE_S24, TA_WIRE_S16);
    count_shapes(TA_SAMPLE_S32, TA_WIRE_S24);
    job_t floats = {.is_float = true};
    for (size_t i = 0; i < BENCH_FRAMES; i++) {
        in_words[i] = (in_words[i] & 0x807FFFFFU) | ((126 - (in_words[i] >> 24) % 16) << 23); // -1..1
    }
    count("float32.s32", &floats);
    return 0;
}
