// What the benches on Arm cores call: buffers, and the things that take more than four words to call.
#include "tonearm/convert.h"

enum { FRAMES_MAX = 512, FRAME_BYTES_MAX = 8 };

// One word more, to start off the boundary.
uint32_t bench_in[FRAMES_MAX * FRAME_BYTES_MAX / 4 + 1];
uint32_t bench_out[FRAMES_MAX * FRAME_BYTES_MAX / 4];

static ta_shape_t shape;

ta_kernel_t *bench_kernel(ta_sample_t sample, unsigned channels, ta_wire_t wire);
ta_kernel_t *bench_kernel(ta_sample_t sample, unsigned channels, ta_wire_t wire)
{
    return ta_convert_kernel(sample, channels, wire);
}

void bench_shape_init(ta_wire_t wire, uint32_t gain_q16, bool mono, bool dither);
void bench_shape_init(ta_wire_t wire, uint32_t gain_q16, bool mono, bool dither)
{
    ta_shape_init(&shape, wire);
    shape.gain_q16 = shape.target_q16 = gain_q16;
    shape.mono = mono;
    shape.dither = dither;
}

void bench_shape_target(uint32_t gain_q16);
void bench_shape_target(uint32_t gain_q16)
{
    ta_shape_set_gain(&shape, gain_q16);
}

void bench_shape_run(ta_sample_t sample, unsigned channels, size_t frames);
void bench_shape_run(ta_sample_t sample, unsigned channels, size_t frames)
{
    ta_shape_run(&shape, sample, channels, bench_in, bench_out, frames);
}

void bench_shape_pwm(uint32_t top, ta_pwm_rounding_t rounding);
void bench_shape_pwm(uint32_t top, ta_pwm_rounding_t rounding)
{
    ta_shape_set_pwm(&shape, top, rounding);
}
