// The serialiser: eight PIO instructions, two a bit, assembled for one pin order and one alignment.
// In: words from the FIFO by autopull, most significant bit first, left before right. Out: data on the OUT pin, bit clock and word
// select on the two side-set pins; data and word select change on the falling bit clock and stand on the rising one.
//
//        left: n-1 bits          its last bit     right: n-1 bits         its last bit
//     0: out pins,1   WS=L   2: out pins,1 WS=l   4: out pins,1  WS=R  6: out pins,1 WS=r     bit clock low
//     1: jmp x--,0    WS=L   3: set x,n-2  WS=l   5: jmp x--,4   WS=R  7: set x,n-2  WS=r     bit clock high
//
// Philips: word select is low for left and leads by one bit, so l = R and r = L. Left-justified: high for left, l = L, r = R.

#include "i2s_private.h"

#include "hardware/pio_instructions.h"

typedef struct {
    unsigned bclk, ws; // side-set bits
    bool left, left_last, right, right_last;
} levels_t;

static levels_t levels_of(const ta_i2s_config_t *config)
{
    bool philips = config->alignment == TA_I2S_PHILIPS;
    bool bclk_first = config->bclk_pin < config->ws_pin;
    levels_t v = {.bclk = bclk_first ? 1 : 2, .ws = bclk_first ? 2 : 1, .left = !philips, .right = philips};
    v.left_last = philips ? v.right : v.left;
    v.right_last = philips ? v.left : v.right;
    return v;
}

static uint16_t at(unsigned instruction, const levels_t *v, bool word_select, bool clock)
{
    unsigned side = (word_select ? v->ws : 0) | (clock ? v->bclk : 0);
    return (uint16_t)(instruction | pio_encode_sideset(2, side));
}

void i2s_program(const ta_i2s_config_t *config, uint16_t program[I2S_PROGRAM_LENGTH])
{
    levels_t v = levels_of(config);
    unsigned again = i2s_slot_bits(i2s_bits(config)) - 2;
    program[0] = at(pio_encode_out(pio_pins, 1), &v, v.left, false);
    program[1] = at(pio_encode_jmp_x_dec(0), &v, v.left, true);
    program[2] = at(pio_encode_out(pio_pins, 1), &v, v.left_last, false);
    program[3] = at(pio_encode_set(pio_x, again), &v, v.left_last, true);
    program[4] = at(pio_encode_out(pio_pins, 1), &v, v.right, false);
    program[5] = at(pio_encode_jmp_x_dec(4), &v, v.right, true);
    program[6] = at(pio_encode_out(pio_pins, 1), &v, v.right_last, false);
    program[7] = at(pio_encode_set(pio_x, again), &v, v.right_last, true);
}

unsigned i2s_rest_side(const ta_i2s_config_t *config)
{
    levels_t v = levels_of(config);
    return v.right_last ? v.ws : 0;
}
