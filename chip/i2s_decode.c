// The I2S decoder: frames as a DAC would take them. In: levels at rising bit clocks. Out: every frame from the first
// clock to the last, left-justified in 32 bits.
//
// Philips: word select changes one bit clock before the first bit of a half frame, and low is left. So a bit belongs to
// the side that word select named at the clock before it:
//
//     clock   0   1   2   3  ...  16  17  18 ...
//     ws      0   0   0   0  ...   1   1   1      clock 0 only announces frame 0: the transmitter idles high
//     data    -  L15 L14 L13 ...  L0  R15 R14
//
// Left-justified: word select changes with the first bit, and high is left. Clock 0 is the last of the side before.
//
// A half is complete with its last bit, so the last frame needs no clock after it. Halves of another length are malformed,
// except the first that is seen, which may have begun before. When word select has moved to and fro since the last
// clock, a new stream begins, as it does when an output is opened again.

#include "chip/model.h"

#include <string.h>

static void finish_half(chip_i2s_t *i2s, uint64_t cycle)
{
    uint32_t sample = i2s->shift << (32 - i2s->config.bits_per_channel);
    if (i2s->side == (i2s->config.left_justified ? 1 : 0)) {
        i2s->left = sample;
        i2s->have_left = true;
        return;
    }
    if (!i2s->have_left)
        return; // a right half whose left one was not seen
    i2s->have_left = false;
    i2s->frames++;
    if (i2s->frame)
        i2s->frame(i2s->context, cycle, (int32_t)i2s->left, (int32_t)sample);
}

static void begin_half(chip_i2s_t *i2s, int side)
{
    if (i2s->count != i2s->config.bits_per_channel) {
        if (!i2s->first)
            i2s->malformed++;
        i2s->have_left = false;
    }
    i2s->first = false;
    i2s->side = side;
    i2s->count = 0;
}

static void begin_stream(chip_i2s_t *i2s, int ws)
{
    if (!i2s->started)
        i2s->started = true;
    else if (!i2s->first && i2s->count != i2s->config.bits_per_channel)
        i2s->malformed++;
    i2s->have_left = false;
    i2s->count = 0;
    i2s->first = true;
    i2s->side = ws;
    i2s->announced = !i2s->config.left_justified; // the first bit of a Philips half comes with the next clock
}

static void rising(chip_i2s_t *i2s, uint64_t cycle, int ws, unsigned data)
{
    bool new_stream = !i2s->started || i2s->ws_moves > 1;
    if (!i2s->started)
        i2s->first_cycle = cycle;
    i2s->last_cycle = cycle;
    i2s->ws_moves = 0;
    if (new_stream) {
        begin_stream(i2s, ws);
        if (i2s->config.left_justified) {
            i2s->shift = data;
            i2s->count = 1;
        }
        i2s->ws = ws;
        return;
    }
    if (i2s->config.left_justified) {
        if (ws != i2s->ws)
            begin_half(i2s, ws);
    } else if (i2s->announced) {
        if (!i2s->first || i2s->count)
            begin_half(i2s, i2s->ws);
    }
    i2s->announced = !i2s->config.left_justified && ws != i2s->ws;
    i2s->ws = ws;
    i2s->shift = i2s->shift << 1 | data;
    if (++i2s->count == i2s->config.bits_per_channel)
        finish_half(i2s, cycle);
}

static void pins_changed(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    chip_i2s_t *i2s = context;
    const chip_i2s_config_t *config = &i2s->config;
    if (i2s->steady && !(changed & i2s->ws_mask)) { // by far the most bits: a clock rises inside a half
        i2s->last_cycle = cycle;
        i2s->shift = i2s->shift << 1 | (levels >> config->data_pin & 1);
        if (++i2s->count == config->bits_per_channel)
            finish_half(i2s, cycle);
        return;
    }
    if (changed & i2s->ws_mask) {
        i2s->ws_moves++;
        i2s->steady = false;
    }
    if (!(changed & levels & (uint64_t)1 << config->bclk_pin))
        return;
    rising(i2s, cycle, (levels & i2s->ws_mask) != 0, levels >> config->data_pin & 1);
    i2s->steady = !i2s->announced;
}

/// Bits inside a half, many at once: what pins_changed does with as many rises.
static bool bits_shifted(void *context, const serial_t *serial)
{
    chip_i2s_t *i2s = context;
    const chip_i2s_config_t *config = &i2s->config;
    bool mine = serial->data == (uint64_t)1 << config->data_pin && serial->rises == (uint64_t)1 << config->bclk_pin;
    if (!mine || !i2s->steady || i2s->count + serial->count >= config->bits_per_channel)
        return false;
    i2s->last_cycle = serial->last_cycle;
    i2s->shift = i2s->shift << serial->count | serial->bits;
    i2s->count += serial->count;
    return true;
}

bool chip_i2s_listen(chip_i2s_t *i2s, const chip_i2s_config_t *config, chip_i2s_frame_t *frame, void *context)
{
    memset(i2s, 0, sizeof *i2s);
    i2s->config = *config;
    i2s->frame = frame;
    i2s->context = context;
    i2s->ws_mask = (uint64_t)1 << config->ws_pin;
    return gpio_listen(i2s->ws_mask, (uint64_t)1 << config->bclk_pin, pins_changed, bits_shifted, i2s);
}

void chip_i2s_unlisten(chip_i2s_t *i2s)
{
    gpio_unlisten(pins_changed, i2s);
}
