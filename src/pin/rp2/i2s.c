// I2S: one state machine that serialises, between the three channels and the pins.
// In: frames by DMA. Out: bit clock, word select and data at three pins.
// Invariant: the clocks run from start to stop; a change of rate is a store to the divider.

#include "i2s_private.h"

#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/pio.h"
#include "hardware/pio_instructions.h"

#include <string.h>

static ta_i2s_t *i2s_of(const ta_rp2_t *rp2)
{
    return (ta_i2s_t *)(uintptr_t)rp2; // its first member
}

// ---- what the three channels and the ring ask ----------------------------------------------------------------------------

static void path(const ta_rp2_t *rp2, rp2_path_t *to)
{
    const ta_i2s_t *i2s = i2s_of(rp2);
    to->to = &((PIO)i2s->pio)->txf[i2s->sm];
    to->dreq = pio_get_dreq((PIO)i2s->pio, (uint)i2s->sm, true);
    // 16-bit frames go as two halves, left first: a narrow write reaches both halves of the FIFO word (RP2040 datasheet 2.1.4).
    to->size = i2s->bits == 16 ? DMA_SIZE_16 : DMA_SIZE_32;
}

static bool rate_ok(const ta_rp2_t *rp2, uint32_t rate_hz)
{
    return i2s_divider_q8(i2s_of(rp2)->bits, rate_hz) != 0;
}

static ta_status_t retune(ta_rp2_t *rp2, uint32_t rate_hz, bool silent)
{
    (void)silent; // it is all the same to a divider
    const ta_i2s_t *i2s = i2s_of(rp2);
    uint32_t divider = i2s_divider_q8(i2s->bits, rate_hz);
    if (divider == 0)
        return TA_E_RATE;
    uint32_t was = rp2_last_look(rp2);
    pio_sm_set_clkdiv_int_frac8((PIO)i2s->pio, (uint)i2s->sm, divider >> 8, (uint8_t)divider);
    rp2_go_on(rp2, rate_hz, was);
    return TA_OK;
}

// One slot lasts F frames of (frame cycles * divider / 256) / clk_sys seconds.
static void slot_time(const ta_rp2_t *rp2, uint32_t rate_hz, ta_ring_clock_t *clock)
{
    unsigned bits = i2s_of(rp2)->bits;
    clock->slot_num = (uint64_t)rp2->output.ring.config.slot_frames * i2s_frame_cycles(bits) *
                      i2s_divider_q8(bits, rate_hz) * 1000000U;
    clock->slot_den = (uint64_t)clock_get_hz(clk_sys) << 8;
}

// ---- claims --------------------------------------------------------------------------------------------------------------

static ta_status_t claim(ta_rp2_t *rp2, const void *config)
{
    ta_i2s_t *i2s = i2s_of(rp2);
    uint16_t words[I2S_PROGRAM_LENGTH];
    i2s_program(config, words);
    const pio_program_t program = {.instructions = words, .length = I2S_PROGRAM_LENGTH, .origin = -1};
    uint low = i2s->bclk_pin < i2s->ws_pin ? i2s->bclk_pin : i2s->ws_pin, high = low + 1;
    if (i2s->data_pin < low)
        low = i2s->data_pin;
    if (i2s->data_pin > high)
        high = i2s->data_pin;
    PIO pio;
    uint sm, offset;
    if (!pio_claim_free_sm_and_add_program_for_gpio_range(&program, &pio, &sm, &offset, low, high - low + 1, true)) {
        return rp2_fail(rp2, TA_E_BUSY, "no state machine with room for 8 instructions is free for these pins",
                        "close another PIO user, or choose pins that lie within 32 GPIOs");
    }
    i2s->pio = pio;
    i2s->sm = (int8_t)sm;
    i2s->program_offset = (int8_t)offset;
    return TA_OK;
}

static void unclaim(ta_rp2_t *rp2)
{
    ta_i2s_t *i2s = i2s_of(rp2);
    static const pio_program_t shape = {.length = I2S_PROGRAM_LENGTH, .origin = -1};
    pio_remove_program_and_unclaim_sm(&shape, (PIO)i2s->pio, (uint)i2s->sm, (uint)i2s->program_offset);
    i2s->pio = NULL;
    i2s->sm = i2s->program_offset = -1;
}

static ta_status_t claim_pins(ta_rp2_t *rp2, const void *config)
{
    (void)config;
    const ta_i2s_t *i2s = i2s_of(rp2);
    const uint pins[3] = {i2s->data_pin, i2s->bclk_pin, i2s->ws_pin};
    for (int p = 0; p < 3; p++) {
        ta_status_t status = rp2_pin_is_free(rp2, pins[p]);
        if (status != TA_OK)
            return status;
    }
    return TA_OK;
}

static void release_pins(ta_rp2_t *rp2)
{
    const ta_i2s_t *i2s = i2s_of(rp2);
    gpio_deinit(i2s->ws_pin);
    gpio_deinit(i2s->bclk_pin);
    gpio_deinit(i2s->data_pin);
}

// ---- the state machine ---------------------------------------------------------------------------------------------------

static void set_up(ta_rp2_t *rp2, const void *config)
{
    const ta_i2s_t *i2s = i2s_of(rp2);
    PIO pio = i2s->pio;
    uint sm = (uint)i2s->sm, offset = (uint)i2s->program_offset;
    uint clocks = i2s->bclk_pin < i2s->ws_pin ? i2s->bclk_pin : i2s->ws_pin;
    uint32_t divider = i2s_divider_q8(i2s->bits, rp2->output.rate_hz);
    pio_sm_config c = pio_get_default_sm_config();
    sm_config_set_wrap(&c, offset, offset + I2S_PROGRAM_LENGTH - 1);
    sm_config_set_sideset(&c, 2, false, false);
    sm_config_set_sideset_pins(&c, clocks);
    sm_config_set_out_pins(&c, i2s->data_pin, 1);
    sm_config_set_out_shift(&c, false, true, i2s_slot_bits(i2s->bits));
    sm_config_set_fifo_join(&c, PIO_FIFO_JOIN_TX);
    sm_config_set_clkdiv_int_frac8(&c, divider >> 8, (uint8_t)divider);
    pio_sm_init(pio, sm, offset, &c);
    // Word select rests high, bit clock low, so that its first edge comes before the first bit clock.
    uint64_t clock_pins = (1ULL << i2s->bclk_pin) | (1ULL << i2s->ws_pin);
    pio_sm_set_pins_with_mask64(pio, sm, 1ULL << i2s->ws_pin, clock_pins | 1ULL << i2s->data_pin);
    pio_sm_set_consecutive_pindirs(pio, sm, clocks, 2, true);
    pio_sm_set_consecutive_pindirs(pio, sm, i2s->data_pin, 1, true);
    // Not before: levels from another state machine's past would be seen at the pins, and taken for a clock.
    pio_gpio_init(pio, i2s->data_pin);
    pio_gpio_init(pio, i2s->ws_pin);
    pio_gpio_init(pio, i2s->bclk_pin);
    pio_sm_exec(pio, sm,
                pio_encode_jmp(offset + I2S_PROGRAM_LENGTH - 1) | pio_encode_sideset(2, i2s_rest_side(config)));
}

static void settle(ta_rp2_t *rp2, bool up)
{
    (void)rp2; // word select and data rest where silence begins
    (void)up;
}

static void start(ta_rp2_t *rp2)
{
    const ta_i2s_t *i2s = i2s_of(rp2);
    pio_sm_set_enabled((PIO)i2s->pio, (uint)i2s->sm, true);
}

static bool emptied(const ta_rp2_t *rp2)
{
    const ta_i2s_t *i2s = i2s_of(rp2);
    return pio_sm_is_tx_fifo_empty((PIO)i2s->pio, (uint)i2s->sm);
}

static void stop(ta_rp2_t *rp2)
{
    const ta_i2s_t *i2s = i2s_of(rp2);
    pio_sm_set_enabled((PIO)i2s->pio, (uint)i2s->sm, false);
}

static const ta_rp2_port_t port = {
    .name = "i2s",
    .transfers_per_frame = 2,
    .path = path,
    .rate_ok = rate_ok,
    .retune = retune,
    .slot_time = slot_time,
    .claim = claim,
    .unclaim = unclaim,
    .claim_pins = claim_pins,
    .release_pins = release_pins,
    .set_up = set_up,
    .settle = settle,
    .start = start,
    .emptied = emptied,
    .stop = stop,
};

// ---- open and close ------------------------------------------------------------------------------------------------------

ta_status_t ta_i2s_open(ta_i2s_t *i2s, const ta_i2s_config_t *config, const ta_memory_t *memory)
{
    if (rp2_is_open(&i2s->rp2))
        return TA_E_STATE;
    memset(i2s, 0, sizeof *i2s);
    i2s->sm = i2s->program_offset = -1;
    i2s->rp2.port = &port;
    ta_i2s_plan_t plan;
    ta_status_t status = i2s_plan(config, &plan, i2s->error);
    if (status != TA_OK)
        return status;
    i2s->bits = (uint8_t)i2s_bits(config);
    i2s->data_pin = config->data_pin;
    i2s->bclk_pin = config->bclk_pin;
    i2s->ws_pin = config->ws_pin;
    rp2_settings_t settings;
    i2s_settings(config, &settings);
    return rp2_open(&i2s->rp2, config, &settings, &plan.ring, plan.needs, memory);
}

void ta_i2s_close(ta_i2s_t *i2s)
{
    rp2_close(&i2s->rp2);
}

void ta_i2s_service(ta_i2s_t *i2s)
{
    ta_rp2_service(&i2s->rp2);
}
