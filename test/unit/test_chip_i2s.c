// The I2S decoder and the trace, on streams that a PIO program makes and on levels set by hand; and the self-healing ring of
// three channels, alone on the chip: with nobody feeding it, it must play silence for ever.

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/pio.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATA = 9, BCLK = 10, WS = 11, FRAMES = 200, FRAMES_MAX = 100000 };

// ---- what was heard ------------------------------------------------------------------------------------------------

typedef struct {
    int32_t left, right;
} frame_t;
static frame_t heard[FRAMES_MAX];
static unsigned heard_count;
static uint64_t heard_cycle;
static chip_i2s_t decoder;

static void on_frame(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    assert_ptr_equal(context, &decoder);
    assert_true(cycle > heard_cycle);
    heard_cycle = cycle;
    assert_true(heard_count < FRAMES_MAX);
    heard[heard_count++] = (frame_t){left, right};
}

static void listen(bool left_justified, uint8_t bits)
{
    chip_i2s_config_t config = {DATA, BCLK, WS, bits, left_justified};
    heard_count = 0;
    heard_cycle = 0;
    assert_true(chip_i2s_listen(&decoder, &config, on_frame, &decoder));
}

// ---- a serialiser: eight instructions, two a bit, and a first clock that announces frame 0 ---------------------------

static PIO pio;
static uint sm;
static uint offset;
static uint16_t words[8];
static struct pio_program serialiser = {.instructions = words, .length = 8, .origin = -1};

static void open_serialiser(bool left_justified, uint bits, uint32_t divisor)
{
    uint left = left_justified ? 2 : 0;
    uint right = 2 - left;
    uint left_last = left_justified ? left : right;
    uint right_last = left_justified ? right : left;
    const uint side[8] = {left, left | 1, left_last, left_last | 1, right, right | 1, right_last, right_last | 1};
    const uint code[8] = {pio_encode_out(pio_pins, 1),     pio_encode_jmp_x_dec(0),        pio_encode_out(pio_pins, 1),
                          pio_encode_set(pio_x, bits - 2), pio_encode_out(pio_pins, 1),    pio_encode_jmp_x_dec(4),
                          pio_encode_out(pio_pins, 1),     pio_encode_set(pio_x, bits - 2)};
    for (unsigned i = 0; i < 8; i++)
        words[i] = (uint16_t)(code[i] | pio_encode_sideset(2, side[i]));
    assert_true(pio_claim_free_sm_and_add_program_for_gpio_range(&serialiser, &pio, &sm, &offset, DATA, 3, true));
    pio_sm_config config = pio_get_default_sm_config();
    sm_config_set_wrap(&config, offset, offset + 7);
    sm_config_set_sideset(&config, 2, false, false);
    sm_config_set_out_pins(&config, DATA, 1);
    sm_config_set_sideset_pins(&config, BCLK);
    sm_config_set_out_shift(&config, false, true, 32);
    sm_config_set_fifo_join(&config, PIO_FIFO_JOIN_TX);
    sm_config_set_clkdiv_int_frac8(&config, divisor >> 8, (uint8_t)divisor);
    pio_sm_init(pio, sm, offset, &config);
    pio_sm_set_pins_with_mask(pio, sm, 1u << WS, 7u << DATA); // idle: word select high
    pio_sm_set_consecutive_pindirs(pio, sm, DATA, 3, true);
    for (uint pin = DATA; pin <= WS; pin++)
        pio_gpio_init(pio, pin);
    pio_sm_exec(pio, sm, pio_encode_jmp(offset + 7));
}

static void close_serialiser(void)
{
    pio_sm_set_enabled(pio, sm, false);
    for (uint pin = DATA; pin <= WS; pin++)
        gpio_deinit(pin);
    pio_remove_program_and_unclaim_sm(&serialiser, pio, sm, offset);
}

/// Play words from memory until the FIFO runs dry.
static void play(const uint32_t *data, uint32_t count)
{
    dma_channel_config config = dma_channel_get_default_config(0);
    channel_config_set_dreq(&config, pio_get_dreq(pio, sm, true));
    dma_channel_configure(0, &config, &pio->txf[sm], data, count, true);
    pio_sm_set_enabled(pio, sm, true);
    for (uint64_t frames = 0; frames == 0 || dma_channel_is_busy(0) || !pio_sm_is_tx_fifo_empty(pio, sm); frames++)
        chip_run_until(chip_cycles() + 5000);
    chip_run_until(chip_cycles() + 50000);
}

static uint32_t random_state = 1;

static uint32_t random_word(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state ^ random_state >> 15;
}

static void expect(const uint32_t *data, uint bits, unsigned from, unsigned frames)
{
    for (unsigned i = 0; i < frames; i++) {
        uint32_t left = bits == 16 ? data[i] & 0xffff0000u : data[2 * i];
        uint32_t right = bits == 16 ? data[i] << 16 : data[2 * i + 1];
        assert_int_equal((uint32_t)heard[from + i].left, left);
        assert_int_equal((uint32_t)heard[from + i].right, right);
    }
}

static void test_every_frame_from_first_to_last(void **state)
{
    (void)state;
    unsigned cases = 0;
    static const uint32_t divisors[3] = {256, 11338, 3000};
    for (int b = 0; b < 2; b++) {
        for (unsigned n = 0; n < 12; n++) {
            bool left_justified = n & 1;
            uint bits = n & 2 ? 32 : 16;
            rig_boot(b ? "pico2" : "pico", 8);
            listen(left_justified, (uint8_t)bits);
            uint32_t count = FRAMES * (bits / 16);
            uint32_t *data = rig_sram(4 * count, 4, "data");
            for (uint32_t i = 0; i < count; i++)
                data[i] = random_word();
            open_serialiser(left_justified, bits, divisors[n / 4]);
            play(data, count);
            assert_int_equal(heard_count, FRAMES);
            assert_int_equal(decoder.frames, FRAMES);
            assert_int_equal(decoder.malformed, 0);
            expect(data, bits, 0, FRAMES);
            // clocks: one that announces, then two halves a frame, two ticks a bit
            uint64_t span = (uint64_t)FRAMES * 2 * bits * 2 * divisors[n / 4] / 256;
            assert_in_range(decoder.last_cycle - decoder.first_cycle, span - 2, span + 2);
            cases++;
        }
    }
    assert_int_equal(cases, 24);
}

static void test_opened_again(void **state)
{
    (void)state;
    for (int lj = 0; lj < 2; lj++) {
        rig_boot("pico", 8);
        listen(lj, 16);
        uint32_t *data = rig_sram(4 * FRAMES, 4, "data");
        for (uint32_t i = 0; i < FRAMES; i++)
            data[i] = random_word();
        for (unsigned round = 0; round < 5; round++) {
            open_serialiser(lj, 16, 600);
            play(data, FRAMES);
            close_serialiser();
            assert_int_equal(heard_count, (round + 1) * FRAMES);
            expect(data, 16, round * FRAMES, FRAMES);
        }
        assert_int_equal(decoder.malformed, 0);
    }
}

// ---- by hand -------------------------------------------------------------------------------------------------------

static void clock_bit(bool ws, bool data)
{
    gpio_put(BCLK, false);
    gpio_put(WS, ws);
    gpio_put(DATA, data);
    gpio_put(BCLK, true);
}

static void by_hand(bool idle_ws)
{
    rig_boot("pico", 1);
    for (uint pin = DATA; pin <= WS; pin++) {
        gpio_init(pin);
        gpio_set_dir(pin, GPIO_OUT);
    }
    gpio_put(WS, idle_ws);
}

/// A Philips half of `bits` bits with this value, and word select leading by one.
static void half(bool right, uint32_t value, unsigned bits)
{
    for (unsigned i = bits; i-- > 0;)
        clock_bit(i == 0 ? !right : right, value >> i & 1);
}

static void test_malformed_halves_are_counted(void **state)
{
    (void)state;
    by_hand(true);
    listen(false, 16);
    clock_bit(false, true);
    half(false, 0x1234, 16);
    half(true, 0x5678, 16);
    assert_int_equal(heard_count, 1); // with the last bit, before any clock more
    assert_int_equal(heard[0].left, 0x12340000);
    assert_int_equal(heard[0].right, 0x56780000);
    half(false, 0x1111, 15); // a bit short: no frame comes of it
    half(true, 0x2222, 16);
    assert_int_equal(heard_count, 1);
    assert_int_equal(decoder.malformed, 1);
    half(false, 0x3333, 16);
    half(true, 0x4444, 17); // a bit long, which is seen when the next half begins
    assert_int_equal(decoder.malformed, 1);
    half(false, 0x5555, 16);
    half(true, 0x6666, 16);
    assert_int_equal(decoder.malformed, 2);
    assert_int_equal(heard_count, 3);
    assert_int_equal(heard[2].left, 0x55550000);
    assert_int_equal(heard[2].right, 0x66660000);
    half(false, 0x7777, 16);
    half(true, 0x0888, 12); // neither this left half nor the next makes a frame with the right one that follows
    half(false, 0x0999, 12);
    half(true, 0x1aaa, 16);
    assert_int_equal(heard_count, 3);
    assert_int_equal(decoder.malformed, 4);
}

static void test_joined_in_the_middle(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (unsigned skipped = 1; skipped < 64; skipped++) {
        by_hand(true);
        clock_bit(false, true);
        bool listening = false;
        unsigned bit = 0;
        for (unsigned frame = 0; frame < 6; frame++) {
            for (unsigned i = 0; i < 32; i++, bit++) {
                if (bit == skipped) {
                    listen(false, 16);
                    listening = true;
                }
                bool right = i >= 16;
                unsigned at = 15 - i % 16;
                clock_bit(at == 0 ? !right : right, (right ? 0x8001 + frame : 0x4002 + frame) >> at & 1);
            }
        }
        assert_true(listening);
        unsigned first = (skipped + 32) / 32; // the one whose announcement is still seen
        assert_int_equal(heard_count, 6 - first);
        for (unsigned i = 0; i < heard_count; i++) {
            assert_int_equal((uint32_t)heard[i].left >> 16, 0x4002 + first + i);
            assert_int_equal((uint32_t)heard[i].right >> 16, 0x8001 + first + i);
        }
        assert_int_equal(decoder.malformed, 0);
        cases++;
    }
    assert_int_equal(cases, 63);
}

// ---- the trace -----------------------------------------------------------------------------------------------------

static void test_trace_reads_back(void **state)
{
    (void)state;
    rig_boot("pico2", 8);
    chip_run_until(12345);
    FILE *file = tmpfile();
    assert_non_null(file);
    uint32_t *data = rig_sram(40, 4, "data");
    for (uint32_t i = 0; i < 10; i++)
        data[i] = random_word();
    chip_vcd_t vcd;
    assert_true(chip_vcd_start(&vcd, file, DATA, BCLK, WS));
    rig_forget();
    open_serialiser(false, 16, 700);
    play(data, 10);
    chip_vcd_end(&vcd);
    uint64_t end = chip_cycles();
    assert_false(vcd.failed);
    rewind(file);
    char line[128];
    bool header[5] = {false, false, false, false, false};
    static const char *const wanted[5] = {"$timescale 1 ns $end\n", "$var wire 1 ! bclk $end\n",
                                          "$var wire 1 \" lrclk $end\n", "$var wire 1 # data $end\n",
                                          "$enddefinitions $end\n"};
    uint64_t now = 0;
    uint64_t levels = 0;
    unsigned event = 0;
    uint64_t shown = 0;
    bool body = false;
    while (fgets(line, sizeof line, file)) {
        for (int i = 0; i < 5; i++)
            header[i] |= strcmp(line, wanted[i]) == 0;
        if (line[0] == '#') {
            // all changes of the time before have been read: they are the next record's
            if (body && event < rig_record.events && levels != shown) {
                assert_true(now == chip_cycles_to_ns(rig_record.event[event].cycle));
                assert_true(levels == rig_record.event[event].levels);
                event++;
                shown = levels;
            }
            now = strtoull(line + 1, NULL, 10);
            body = true;
        } else if (line[0] == '0' || line[0] == '1') {
            unsigned pin = line[1] == '!' ? BCLK : line[1] == '"' ? WS : DATA;
            levels = (levels & ~((uint64_t)1 << pin)) | (uint64_t)(line[0] - '0') << pin;
        }
    }
    for (int i = 0; i < 5; i++)
        assert_true(header[i]);
    assert_int_equal(event, rig_record.events);
    assert_true(event > 600);
    assert_true(now == chip_cycles_to_ns(end));
    fclose(file);
}

// ---- the ring ------------------------------------------------------------------------------------------------------

enum { ENTRIES = 8, ENTRY_BITS = 5, SLOT = 64 };
static uint32_t *table, *slots, *silence, *silence_word;

static void start_ring(void)
{
    table = rig_sram(ENTRIES * 4, ENTRIES * 4, "table");
    slots = rig_sram(4u * SLOT * 4, 4, "slots");
    silence = rig_sram(SLOT * 4, 4, "silence");
    silence_word = rig_sram(4, 4, "silence word");
    *silence_word = rig_address(silence);
    for (unsigned i = 0; i < ENTRIES; i++)
        table[i] = *silence_word;
    enum { D, C, S };
    dma_channel_config data = dma_channel_get_default_config(D);
    channel_config_set_dreq(&data, pio_get_dreq(pio, sm, true));
    channel_config_set_chain_to(&data, C);
    channel_config_set_irq_quiet(&data, true);
    channel_config_set_high_priority(&data, true);
    dma_channel_configure(D, &data, &pio->txf[sm], silence, SLOT, false);
    dma_channel_config next = dma_channel_get_default_config(C);
    channel_config_set_ring(&next, false, ENTRY_BITS);
    channel_config_set_chain_to(&next, S);
    channel_config_set_high_priority(&next, true);
    dma_channel_configure(C, &next, &dma_hw->ch[D].al3_read_addr_trig, table, 1, false);
    dma_channel_config wipe = dma_channel_get_default_config(S);
    channel_config_set_read_increment(&wipe, false);
    channel_config_set_write_increment(&wipe, true);
    channel_config_set_ring(&wipe, true, ENTRY_BITS);
    channel_config_set_irq_quiet(&wipe, true);
    channel_config_set_high_priority(&wipe, true);
    dma_channel_configure(S, &wipe, table, silence_word, 1, false);
    dma_channel_start(C);
    pio_sm_set_enabled(pio, sm, true);
}

static void test_ring_heals_itself(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        rig_boot(b ? "pico2" : "pico", 8);
        listen(false, 16);
        uint32_t divisor = (uint32_t)((uint64_t)clock_get_hz(clk_sys) * 256 / (44100 * 64));
        open_serialiser(false, 16, divisor);
        start_ring();
        uint64_t slot = (uint64_t)SLOT * 64 * divisor / 256;
        chip_run_until(chip_cycles() + 3 * slot);
        for (uint32_t k = 0; k < 4; k++) { // four slots are put into the table, well ahead, and the feed dies
            uint32_t *at = slots + SLOT * k;
            for (uint32_t i = 0; i < SLOT; i++)
                at[i] = (k + 1) << 16 | (i + 1);
            uint32_t index = (dma_hw->ch[1].read_addr >> 2) & (ENTRIES - 1);
            table[(index + 1 + k) & (ENTRIES - 1)] = rig_address(at);
        }
        chip_run_until(chip_cycles() + 1000 * slot);
        unsigned loud = 0;
        unsigned first = 0;
        for (unsigned i = 0; i < heard_count; i++) {
            if (!heard[i].left && !heard[i].right)
                continue;
            if (!loud)
                first = i;
            assert_int_equal(i, first + loud); // in one piece
            assert_int_equal((uint32_t)heard[i].left >> 16, loud / SLOT + 1);
            assert_int_equal((uint32_t)heard[i].right >> 16, loud % SLOT + 1);
            loud++;
        }
        assert_int_equal(loud, 4 * SLOT);
        assert_int_equal(first % SLOT, 0);
        assert_true(heard_count > 1000 * SLOT);
        assert_int_equal(decoder.malformed, 0);
        assert_int_equal(chip_violations(NULL, 0), 0);
        for (unsigned i = 0; i < ENTRIES; i++)
            assert_int_equal(table[i], *silence_word);
        // the stop mark: the data channel idles and says so; a trigger of the next channel goes on from there
        assert_int_equal(dma_hw->intr & 1, 0);
        uint32_t index = (dma_hw->ch[1].read_addr >> 2) & (ENTRIES - 1);
        table[(index + 2) & (ENTRIES - 1)] = 0;
        chip_run_until(chip_cycles() + 6 * slot);
        assert_false(dma_channel_is_busy(0));
        assert_int_equal(dma_hw->intr & 1, 1);
        assert_int_equal((dma_hw->ch[1].read_addr >> 2) & (ENTRIES - 1), (index + 3) & (ENTRIES - 1));
        assert_int_equal(pio->fdebug >> (PIO_FDEBUG_TXSTALL_LSB + sm) & 1, 1);
        unsigned count = heard_count;
        dma_channel_start(1);
        chip_run_until(chip_cycles() + 6 * slot);
        assert_in_range(heard_count - count, 5 * SLOT, 6 * SLOT + 8);
        assert_int_equal(decoder.malformed, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_from_first_to_last),
        cmocka_unit_test(test_opened_again),
        cmocka_unit_test(test_malformed_halves_are_counted),
        cmocka_unit_test(test_joined_in_the_middle),
        cmocka_unit_test(test_trace_reads_back),
        cmocka_unit_test(test_ring_heals_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
