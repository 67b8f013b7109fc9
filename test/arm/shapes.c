// Calls that are too wide for the emulator's four words: the general path, twice.
#include "buffers.h"
#include "tonearm/convert.h"

// Two shapes in the same state: one for this processor's stages, one for the portable ones.
ta_shape_t shapes[2];

void portable_shape_run(ta_shape_t *shape, ta_sample_t sample, unsigned channels, const void *in, void *out,
                        size_t frames);

void shapes_init(ta_wire_t wire, uint32_t gain_q16, bool mono, bool dither);
void shapes_init(ta_wire_t wire, uint32_t gain_q16, bool mono, bool dither)
{
    ta_shape_init(&shapes[0], wire);
    shapes[0].gain_q16 = shapes[0].target_q16 = gain_q16;
    shapes[0].mono = mono;
    shapes[0].dither = dither;
    shapes[1] = shapes[0];
}

void shapes_pwm(uint32_t top, ta_pwm_rounding_t rounding);
void shapes_pwm(uint32_t top, ta_pwm_rounding_t rounding)
{
    ta_shape_set_pwm(&shapes[0], top, rounding);
    shapes[1] = shapes[0];
}

void shapes_target(uint32_t gain_q16);
void shapes_target(uint32_t gain_q16)
{
    ta_shape_set_gain(&shapes[0], gain_q16);
    shapes[1] = shapes[0];
}

void shapes_run(ta_sample_t sample, unsigned channels, size_t frames);
void shapes_run(ta_sample_t sample, unsigned channels, size_t frames)
{
    ta_shape_run(&shapes[0], sample, channels, kernels_in, kernels_out, frames);
    portable_shape_run(&shapes[1], sample, channels, kernels_in, kernels_portable_out, frames);
}

size_t shapes_bytes(void);
size_t shapes_bytes(void)
{
    return sizeof shapes[0];
}
