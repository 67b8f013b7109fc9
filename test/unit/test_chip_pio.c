// The virtual chip's PIO: what each instruction does, and in which cycle. Ticks are counted from the first cycle after the
// one in which a state machine is enabled; hooks take no time here, so that cycle is known.

#include "chip/chip.h"
#include "hardware/dma.h"
#include "hardware/irq.h"
#include "hardware/pio.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint16_t word(uint instruction)
{
    return (uint16_t)instruction;
}

/// Enable pio0's state machine 0; returns the cycle of its first tick.
static uint64_t enable(void)
{
    pio_sm_set_enabled(pio0, 0, true);
    return chip_cycles() + 1;
}

/// A machine that is not running, to have instructions forced upon.
static void idle_machine(const char *board, const pio_sm_config *config)
{
    rig_boot(board, 0);
    const uint16_t nop = word(pio_encode_nop());
    rig_program(pio0, 0, &nop, 1, config);
}

static void force(uint instruction)
{
    pio_sm_exec(pio0, 0, instruction);
}

/// A register's value, by way of the receive FIFO. Clobbers the ISR.
static uint32_t look(enum pio_src_dest source)
{
    force(pio_encode_mov(pio_isr, source));
    force(pio_encode_push(false, false));
    return pio_sm_get(pio0, 0);
}

/// Put a value into X, Y, OSR or ISR, by way of the transmit FIFO.
static void load(enum pio_src_dest target, uint32_t value)
{
    pio_sm_put(pio0, 0, value);
    force(pio_encode_pull(false, true));
    if (target != pio_osr)
        force(pio_encode_mov(target, pio_osr));
}

static void test_encoders(void **state)
{
    (void)state;
    assert_int_equal(pio_encode_jmp(5), 0x0005);
    assert_int_equal(pio_encode_jmp_x_dec(31), 0x005f);
    assert_int_equal(pio_encode_jmp_not_osre(1), 0x00e1);
    assert_int_equal(pio_encode_wait_gpio(true, 9), 0x2089);
    assert_int_equal(pio_encode_wait_irq(false, true, 3), 0x2053);
    assert_int_equal(pio_encode_in(pio_x, 32), 0x4020);
    assert_int_equal(pio_encode_out(pio_pins, 1), 0x6001);
    assert_int_equal(pio_encode_out(pio_exec_out, 16), 0x60f0);
    assert_int_equal(pio_encode_push(true, true), 0x8060);
    assert_int_equal(pio_encode_pull(false, true), 0x80a0);
    assert_int_equal(pio_encode_mov_not(pio_x, pio_osr), 0xa02f);
    assert_int_equal(pio_encode_mov_reverse(pio_isr, pio_y), 0xa0d2);
    assert_int_equal(pio_encode_irq_wait(true, 2), 0xc032);
    assert_int_equal(pio_encode_set(pio_pindirs, 17), 0xe091);
    assert_int_equal(pio_encode_nop(), 0xa042);
    assert_int_equal(pio_encode_sideset(2, 3) | pio_encode_delay(5), 0x1d00);
    assert_int_equal(pio_encode_sideset_opt(1, 1), 0x1800);
}

static void test_divider_lands_on_whole_cycles(void **state)
{
    (void)state;
    static const uint32_t divisors[] = {256, 257, 384, 640, 300, 11338, 0x7fff, 65535 * 256 + 255, 0};
    const uint16_t toggle[2] = {word(pio_encode_set(pio_pins, 1)), word(pio_encode_set(pio_pins, 0))};
    for (size_t i = 0; i < COUNT(divisors); i++) {
        rig_boot("pico", 0);
        pio_sm_config config = rig_config();
        uint64_t div = divisors[i] ? divisors[i] : 65536 * 256;
        sm_config_set_clkdiv_int_frac8(&config, divisors[i] >> 8, (uint8_t)divisors[i]);
        rig_program(pio0, 0, toggle, 2, &config);
        rig_forget();
        uint64_t first = enable();
        chip_run_until(first + 500 * div / 256);
        assert_int_equal(rig_record.events, 501);
        for (unsigned n = 0; n < rig_record.events; n++) {
            assert_int_equal(rig_record.event[n].cycle, first + n * div / 256);
            assert_int_equal(rig_record.event[n].levels, n % 2 == 0);
        }
    }
}

static void test_divider_runs_while_disabled(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t toggle[2] = {word(pio_encode_set(pio_pins, 1)), word(pio_encode_set(pio_pins, 0))};
    pio_sm_config config = rig_config();
    sm_config_set_clkdiv_int_frac8(&config, 10, 0);
    rig_program(pio0, 0, toggle, 2, &config);
    rig_forget();
    uint64_t first = enable();
    chip_run_until(first + 34);
    assert_int_equal(rig_record.events, 4);
    pio_sm_set_enabled(pio0, 0, false);
    chip_run_until(first + 83);
    assert_int_equal(rig_record.events, 4);
    pio_sm_set_enabled(pio0, 0, true);
    chip_run_until(first + 105);
    assert_int_equal(rig_record.events, 6);
    assert_int_equal(rig_record.event[4].cycle, first + 90); // the pattern of before, not 10 cycles after enabling
    pio_sm_clkdiv_restart(pio0, 0);
    chip_run_until(first + 120);
    assert_int_equal(rig_record.event[6].cycle, first + 106);
    assert_int_equal(rig_record.event[7].cycle, first + 116);
    pio_sm_set_clkdiv_int_frac8(pio0, 0, 20, 0); // holds from the tick that was due anyway
    chip_run_until(first + 150);
    assert_int_equal(rig_record.events, 10);
    assert_int_equal(rig_record.event[8].cycle, first + 126);
    assert_int_equal(rig_record.event[9].cycle, first + 146);
}

static void test_delay_survives_a_pause(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t slow[2] = {word(pio_encode_set(pio_pins, 1) | pio_encode_delay(31)),
                              word(pio_encode_set(pio_pins, 0))};
    pio_sm_config config = rig_config();
    rig_program(pio0, 0, slow, 2, &config);
    rig_forget();
    uint64_t first = enable();
    chip_run_until(first + 10);
    pio_sm_set_enabled(pio0, 0, false);
    chip_run_until(first + 110);
    pio_sm_set_enabled(pio0, 0, true);
    chip_run_until(first + 140);
    assert_int_equal(rig_record.events, 3);
    assert_int_equal(rig_record.event[1].cycle, first + 132); // 32 ticks and 100 cycles of pause
}

static void test_side_set_and_delay(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[3] = {
        word(pio_encode_nop() | pio_encode_sideset(2, 1) | pio_encode_delay(2)),
        word(pio_encode_nop() | pio_encode_sideset(2, 2)),
        word(pio_encode_nop() | pio_encode_sideset(2, 3) | pio_encode_delay(7)),
    };
    pio_sm_config config = rig_config();
    sm_config_set_sideset(&config, 2, false, false);
    sm_config_set_sideset_pins(&config, 4);
    rig_program(pio0, 0, program, 3, &config);
    rig_forget();
    uint64_t first = enable();
    chip_run_until(first + 23);
    static const uint32_t at[6] = {0, 3, 4, 12, 15, 16};
    static const uint64_t levels[6] = {0x10, 0x20, 0x30, 0x10, 0x20, 0x30};
    assert_int_equal(rig_record.events, 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(rig_record.event[i].cycle, first + at[i]);
        assert_int_equal(rig_record.event[i].levels, levels[i]);
    }
}

static void test_side_set_optional_and_directions(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[4] = {
        word(pio_encode_set(pio_pins, 1) | pio_encode_sideset_opt(1, 1)),
        word(pio_encode_set(pio_pins, 2)), // no side-set here: the pin keeps its level
        word(pio_encode_set(pio_pins, 3) | pio_encode_sideset_opt(1, 0)),
        word(pio_encode_jmp(3)),
    };
    pio_sm_config config = rig_config();
    sm_config_set_sideset(&config, 2, true, false);
    sm_config_set_sideset_pins(&config, 6); // its enable bit must not reach pin 7
    rig_program(pio0, 0, program, 4, &config);
    rig_forget();
    chip_run_until(enable() + 10);
    assert_int_equal(rig_record.events, 3);
    assert_int_equal(rig_record.event[0].levels, 0x41);
    assert_int_equal(rig_record.event[1].levels, 0x42);
    assert_int_equal(rig_record.event[2].levels, 0x03);

    rig_boot("pico", 0);
    const uint16_t directions[3] = {
        word(pio_encode_set(pio_pins, 1) | pio_encode_sideset(1, 1)),
        word(pio_encode_nop() | pio_encode_sideset(1, 0)),
        word(pio_encode_nop() | pio_encode_sideset(1, 1)),
    };
    config = rig_config();
    sm_config_set_sideset(&config, 1, false, true);
    sm_config_set_sideset_pins(&config, 0);
    rig_program(pio0, 0, directions, 3, &config);
    rig_forget();
    uint64_t first = enable();
    chip_run_until(first + 2);
    assert_int_equal(rig_record.events, 3); // driven high, let go, driven again
    assert_int_equal(rig_record.event[1].cycle, first + 1);
    assert_int_equal(rig_record.event[1].levels, 0);
    assert_int_equal(rig_record.event[2].levels, 1);
}

static void test_side_set_wins_and_happens_while_stalled(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[2] = {
        word(pio_encode_set(pio_pins, 0) | pio_encode_sideset(1, 1)), // SET says 0, side-set 1, on the same pin
        word(pio_encode_pull(false, true) | pio_encode_sideset(1, 0)),
    };
    pio_sm_config config = rig_config();
    sm_config_set_sideset(&config, 1, false, false);
    sm_config_set_sideset_pins(&config, 2);
    rig_program(pio0, 0, program, 2, &config);
    rig_forget();
    uint64_t first = enable();
    chip_run_until(first + 50);
    assert_int_equal(rig_record.events, 2);
    assert_int_equal(rig_record.event[0].levels, 4);
    assert_int_equal(rig_record.event[1].cycle, first + 1); // the PULL stalls, its side-set does not
    assert_int_equal(rig_record.event[1].levels, 0);
    assert_int_equal(pio0->fdebug >> PIO_FDEBUG_TXSTALL_LSB & 1, 1);
    pio_sm_put(pio0, 0, 0); // in cycle first + 50: the PULL succeeds in the next, the SET follows
    chip_run_until(first + 60);
    assert_int_equal(rig_record.event[2].cycle, first + 52);
}

static void test_jumps(void **state)
{
    (void)state;
    pio_sm_config config = rig_config();
    sm_config_set_out_shift(&config, false, false, 8);
    sm_config_set_jmp_pin(&config, 3);
    idle_machine("pico", &config);
    static const struct {
        uint32_t x, y;
        uint condition;
        bool taken;
    } cases[] = {
        {0, 0, 0, true},  {0, 9, 1, true},  {1, 9, 1, false}, {0, 9, 2, false}, {5, 9, 2, true}, {9, 0, 3, true},
        {9, 1, 3, false}, {9, 0, 4, false}, {9, 7, 4, true},  {4, 4, 5, false}, {4, 5, 5, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        load(pio_x, cases[i].x);
        load(pio_y, cases[i].y);
        force(pio_encode_jmp(0));
        force(pio_encode_jmp(17) | cases[i].condition << 5);
        assert_int_equal(pio_sm_get_pc(pio0, 0), cases[i].taken ? 17 : 0);
        assert_int_equal(look(pio_x), cases[i].condition == 2 ? cases[i].x - 1 : cases[i].x); // wraps below 0
        assert_int_equal(look(pio_y), cases[i].condition == 4 ? cases[i].y - 1 : cases[i].y);
    }
    load(pio_osr, 0);
    for (unsigned bits = 0; bits <= 10; bits++) { // !OSRE compares with the threshold, 8
        force(pio_encode_jmp(0));
        force(pio_encode_jmp_not_osre(9));
        assert_int_equal(pio_sm_get_pc(pio0, 0), bits < 8 ? 9 : 0);
        force(pio_encode_out(pio_null, 1));
    }
    for (unsigned level = 0; level < 2; level++) {
        force(pio_encode_set(pio_pins, level << 3));
        chip_run_until(chip_cycles() + 5);
        force(pio_encode_jmp(0));
        force(pio_encode_jmp_pin(11));
        assert_int_equal(pio_sm_get_pc(pio0, 0), level ? 11 : 0);
    }
}

static void test_shifts(void **state)
{
    (void)state;
    const uint32_t pattern = 0x9abcdef1;
    unsigned real = 0;
    for (int right = 0; right < 2; right++) {
        pio_sm_config config = rig_config();
        sm_config_set_out_shift(&config, right, false, 32);
        sm_config_set_in_shift(&config, right, false, 32);
        idle_machine("pico2", &config);
        for (uint bits = 1; bits <= 32; bits++) {
            uint64_t wide = pattern;
            uint32_t mask = (uint32_t)(((uint64_t)1 << bits) - 1);
            load(pio_osr, pattern);
            force(pio_encode_out(pio_x, bits));
            assert_int_equal(look(pio_x), right ? pattern & mask : (uint32_t)(wide >> (32 - bits)));
            assert_int_equal(look(pio_osr), right ? (uint32_t)(wide >> bits) : (uint32_t)(wide << bits));
            load(pio_x, pattern);
            load(pio_isr, 0x76543210);
            force(pio_encode_in(pio_x, bits));
            force(pio_encode_push(false, false));
            uint64_t shifted =
                right ? 0x76543210ull >> bits | (wide & mask) << (32 - bits) : 0x76543210ull << bits | (wide & mask);
            assert_int_equal(pio_sm_get(pio0, 0), (uint32_t)shifted);
            real++;
        }
    }
    assert_int_equal(real, 64);
}

static void test_moves_and_sets(void **state)
{
    (void)state;
    pio_sm_config config = rig_config();
    sm_config_set_mov_status(&config, STATUS_TX_LESSTHAN, 2);
    idle_machine("pico", &config);
    load(pio_x, 0x80000003);
    force(pio_encode_mov_not(pio_y, pio_x));
    assert_int_equal(look(pio_y), 0x7ffffffc);
    force(pio_encode_mov_reverse(pio_y, pio_x));
    assert_int_equal(look(pio_y), 0xc0000001);
    force(pio_encode_mov(pio_y, pio_null));
    assert_int_equal(look(pio_y), 0);
    force(pio_encode_set(pio_x, 31));
    force(pio_encode_set(pio_y, 17));
    assert_int_equal(look(pio_x), 31);
    assert_int_equal(look(pio_y), 17);
    force(pio_encode_mov(pio_pc, pio_y));
    assert_int_equal(pio_sm_get_pc(pio0, 0), 17);
    force(pio_encode_mov(pio_pins, pio_y));
    assert_int_equal(chip_pins(), 17);
    chip_run_until(chip_cycles() + 5);
    assert_int_equal(look(pio_pins), 17);
    assert_int_equal(look(pio_status), UINT32_MAX);
    pio_sm_put(pio0, 0, 1);
    pio_sm_put(pio0, 0, 1);
    assert_int_equal(look(pio_status), 0);
    force(pio_encode_set(pio_pindirs, 0));
    assert_int_equal(chip_pins(), 0);
    force(pio_encode_set(pio_pindirs, 31));
    assert_int_equal(chip_pins(), 17);
}

static void test_push_and_pull(void **state)
{
    (void)state;
    pio_sm_config config = rig_config();
    sm_config_set_in_shift(&config, true, false, 16);
    sm_config_set_out_shift(&config, true, false, 16);
    idle_machine("pico", &config);
    load(pio_x, 77);
    force(pio_encode_pull(false, false)); // empty and not blocking: X
    assert_int_equal(look(pio_osr), 77);
    force(pio_encode_mov(pio_isr, pio_x)); // count 0
    force(pio_encode_push(true, false));   // not full: nothing happens
    assert_true(pio_sm_is_rx_fifo_empty(pio0, 0));
    force(pio_encode_in(pio_x, 16));
    force(pio_encode_push(true, false));
    assert_int_equal(pio_sm_get_rx_fifo_level(pio0, 0), 1);
    for (int i = 0; i < 4; i++)
        force(pio_encode_push(false, false));
    assert_true(pio_sm_is_rx_fifo_full(pio0, 0));
    assert_int_equal(pio0->fdebug >> PIO_FDEBUG_RXSTALL_LSB & 1, 1); // the fourth of them had no room
    force(pio_encode_push(false, true));
    assert_true(pio_sm_is_exec_stalled(pio0, 0));
    (void)pio_sm_get(pio0, 0);
    chip_run_until(chip_cycles() + 1);
    assert_false(pio_sm_is_exec_stalled(pio0, 0));
    assert_true(pio_sm_is_rx_fifo_full(pio0, 0));
    pio_sm_put(pio0, 0, 5);
    force(pio_encode_pull(true, true)); // the OSR is not empty: nothing happens
    assert_int_equal(pio_sm_get_tx_fifo_level(pio0, 0), 1);
    force(pio_encode_out(pio_null, 16));
    force(pio_encode_pull(true, true));
    assert_int_equal(pio_sm_get_tx_fifo_level(pio0, 0), 0);
}

static void test_autopull_cycle_by_cycle(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program = word(pio_encode_out(pio_pins, 8));
    pio_sm_config config = rig_config();
    sm_config_set_out_shift(&config, true, true, 32);
    rig_program(pio0, 0, &program, 1, &config);
    pio_sm_put(pio0, 0, 0x04030201);
    pio_sm_put(pio0, 0, 0x08070605);
    rig_forget();
    uint64_t first = enable();
    chip_run_until(first + 20);
    // tick 0 refills the empty OSR and stalls; bytes follow without a gap, the second refill hiding in the fourth OUT
    assert_int_equal(rig_record.events, 8);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(rig_record.event[i].cycle, first + 1 + i);
        assert_int_equal(rig_record.event[i].levels, i + 1);
    }
    assert_int_equal(pio0->fdebug >> PIO_FDEBUG_TXSTALL_LSB & 1, 1);
    pio_sm_put(pio0, 0, 0x0c0b0a09); // in cycle first + 20: refilled in 21, out in 22
    chip_run_until(first + 30);
    assert_int_equal(rig_record.events, 12);
    assert_int_equal(rig_record.event[8].cycle, first + 22);
    assert_int_equal(rig_record.event[8].levels, 9);
}

static void test_autopull_beside_other_work(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[2] = {word(pio_encode_out(pio_pins, 32)), word(pio_encode_nop() | pio_encode_delay(9))};
    pio_sm_config config = rig_config();
    sm_config_set_out_shift(&config, true, true, 32);
    rig_program(pio0, 0, program, 2, &config);
    pio_sm_exec(pio0, 0, pio_encode_jmp(1));
    pio_sm_put(pio0, 0, 1);
    rig_forget();
    uint64_t first = enable(); // the NOP's tick refills, so the OUT at tick 10 does not stall
    chip_run_until(first + 14);
    assert_int_equal(rig_record.events, 1);
    assert_int_equal(rig_record.event[0].cycle, first + 10);
    assert_int_equal(pio_sm_get_tx_fifo_level(pio0, 0), 0);
    pio_sm_put(pio0, 0, 2); // in the middle of the delay: taken in the next cycle, and the OUT at tick 21 has it
    assert_int_equal(pio_sm_get_tx_fifo_level(pio0, 0), 1);
    chip_run_until(first + 15);
    assert_int_equal(pio_sm_get_tx_fifo_level(pio0, 0), 0);
    chip_run_until(first + 25);
    assert_int_equal(rig_record.events, 2);
    assert_int_equal(rig_record.event[1].cycle, first + 21);
    assert_int_equal(pio0->fdebug >> PIO_FDEBUG_TXSTALL_LSB & 1, 0);
}

static void test_fifo_depths(void **state)
{
    (void)state;
    static const struct {
        enum pio_fifo_join join;
        uint tx, rx;
    } cases[3] = {{PIO_FIFO_JOIN_NONE, 4, 4}, {PIO_FIFO_JOIN_TX, 8, 0}, {PIO_FIFO_JOIN_RX, 0, 8}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        pio_sm_config config = rig_config();
        sm_config_set_fifo_join(&config, cases[i].join);
        idle_machine("pico", &config);
        for (uint32_t n = 0; n < 10; n++) {
            assert_int_equal(pio_sm_get_tx_fifo_level(pio0, 0), n < cases[i].tx ? n : cases[i].tx);
            assert_int_equal(pio_sm_is_tx_fifo_full(pio0, 0), n >= cases[i].tx);
            pio_sm_put(pio0, 0, n);
        }
        assert_int_equal(pio0->fdebug >> PIO_FDEBUG_TXOVER_LSB & 1, 1);
        for (uint n = 0; n < 10; n++) {
            assert_int_equal(pio_sm_get_rx_fifo_level(pio0, 0), n < cases[i].rx ? n : cases[i].rx);
            force(pio_encode_push(false, false));
        }
        assert_int_equal(pio0->flevel & 0xff, cases[i].tx | cases[i].rx << 4);
        pio_sm_clear_fifos(pio0, 0);
        assert_int_equal(pio0->fstat & 0x01000100u, 0x01000100u);
    }
}

static void test_drain(void **state)
{
    (void)state;
    for (int autopull = 0; autopull < 2; autopull++) {
        pio_sm_config config = rig_config();
        sm_config_set_out_shift(&config, false, autopull, 32);
        sm_config_set_fifo_join(&config, PIO_FIFO_JOIN_TX);
        idle_machine("pico", &config);
        chip_set_hook_cycles(1);
        for (uint32_t i = 0; i < 8; i++)
            pio_sm_put(pio0, 0, i);
        pio_sm_drain_tx_fifo(pio0, 0);
        assert_true(pio_sm_is_tx_fifo_empty(pio0, 0));
    }
}

static void test_autopush_to_dma(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[2] = {word(pio_encode_in(pio_x, 8)), word(pio_encode_jmp_x_dec(0))};
    pio_sm_config config = rig_config();
    sm_config_set_in_shift(&config, true, true, 32);
    rig_program(pio0, 0, program, 2, &config);
    uint32_t *memory = rig_sram(64, 4, "memory");
    enable();
    chip_run_until(chip_cycles() + 200);
    assert_int_equal(pio_sm_get_rx_fifo_level(pio0, 0), 4);
    assert_int_equal(pio0->fdebug >> PIO_FDEBUG_RXSTALL_LSB & 1, 1);
    dma_channel_config data = dma_channel_get_default_config(0);
    channel_config_set_dreq(&data, pio_get_dreq(pio0, 0, false));
    channel_config_set_read_increment(&data, false);
    channel_config_set_write_increment(&data, true);
    dma_channel_configure(0, &data, memory, (const volatile void *)&pio0->rxf[0], 8, true);
    chip_run_until(chip_cycles() + 200);
    const uint8_t *bytes = (const uint8_t *)memory;
    for (unsigned i = 0; i < 32; i++)
        assert_int_equal(bytes[i], (uint8_t)-i); // X counts down from 0
    assert_int_equal(chip_violations(NULL, 0), 0);
}

static void test_flags(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[3] = {
        word(pio_encode_irq_wait(true, 1)), // relative to state machine 0: flag 1
        word(pio_encode_set(pio_pins, 1)),
        word(pio_encode_wait_irq(true, false, 6)),
    };
    pio_sm_config config = rig_config();
    rig_program(pio0, 0, program, 3, &config);
    rig_forget();
    uint64_t first = enable();
    chip_run_until(first + 20);
    assert_int_equal(rig_record.events, 0);
    assert_true(pio_interrupt_get(pio0, 1));
    pio_interrupt_clear(pio0, 1);
    chip_run_until(first + 40);
    assert_int_equal(rig_record.events, 1);
    assert_int_equal(rig_record.event[0].cycle, first + 22);
    assert_int_equal(pio_sm_get_pc(pio0, 0), 2);
    pio0->irq_force = 1u << 6;
    chip_run_until(first + 42);
    assert_false(pio_interrupt_get(pio0, 6)); // WAIT 1 IRQ takes the flag
    assert_true(pio_interrupt_get(pio0, 1));  // and around it went
}

static unsigned pio_interrupts;

static void on_pio_interrupt(void)
{
    pio_interrupts++;
    pio_interrupt_clear(pio0, 0);
}

static void test_flag_interrupts_the_processor(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        rig_boot(b ? "pico2" : "pico", 1);
        const uint16_t program[2] = {word(pio_encode_irq_set(false, 0) | pio_encode_delay(31)),
                                     word(pio_encode_nop() | pio_encode_delay(31))};
        pio_sm_config config = rig_config();
        rig_program(pio0, 0, program, 2, &config);
        pio_interrupts = 0;
        uint irq = (uint)pio_get_irq_num(pio0, 0);
        irq_set_exclusive_handler(irq, on_pio_interrupt);
        pio_set_irq0_source_enabled(pio0, pis_interrupt0, true);
        irq_set_enabled(irq, true);
        uint64_t first = enable();
        chip_run_until(first + 64 * 10 - 1);
        assert_int_equal(pio_interrupts, 10);
    }
}

static void test_inputs_are_synchronised(void **state)
{
    (void)state;
    for (int bypass = 0; bypass < 2; bypass++) {
        rig_boot("pico", 0);
        // machine 0 raises pin 0 at tick 20; machine 1 waits for it and raises pin 1
        const uint16_t raise[2] = {word(pio_encode_nop() | pio_encode_delay(19)), word(pio_encode_set(pio_pins, 1))};
        const uint16_t follow[3] = {word(pio_encode_wait_gpio(true, 0)), word(pio_encode_set(pio_pins, 1)),
                                    word(pio_encode_jmp(2))};
        pio_sm_config config = rig_config();
        struct pio_program program = {.instructions = follow, .length = 3, .origin = 8};
        rig_program(pio0, 0, raise, 2, &config);
        assert_int_equal(pio_add_program(pio0, &program), 8);
        sm_config_set_set_pins(&config, 1, 1);
        sm_config_set_wrap(&config, 8, 10);
        pio_sm_init(pio0, 1, 8, &config);
        pio0->input_sync_bypass = bypass ? 1 : 0;
        rig_forget();
        pio_enable_sm_mask_in_sync(pio0, 3);
        uint64_t first = chip_cycles() + 1;
        chip_run_until(first + 40);
        assert_int_equal(rig_record.events, 2);
        assert_int_equal(rig_record.event[0].cycle, first + 20);
        // seen three cycles later (one with the bypass), and the next instruction acts in the cycle after that
        assert_int_equal(rig_record.event[1].cycle, first + 20 + (bypass ? 1 : 3) + 1);
    }
}

static void test_forced_and_executed(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[2] = {word(pio_encode_out(pio_exec_out, 16)), word(pio_encode_set(pio_pins, 0))};
    pio_sm_config config = rig_config();
    sm_config_set_out_shift(&config, true, true, 32);
    rig_program(pio0, 0, program, 2, &config);
    pio_sm_put(pio0, 0,
               (uint32_t)word(pio_encode_set(pio_pins, 5) | pio_encode_delay(3)) | (uint32_t)word(pio_encode_jmp(0))
                                                                                       << 16);
    rig_forget();
    uint64_t first = enable();
    chip_run_until(first + 30);
    // refill 0, OUT EXEC 1, SET PINS 5 in 2 with its delay, SET PINS 0 in 6
    assert_int_equal(rig_record.events, 2);
    assert_int_equal(rig_record.event[0].cycle, first + 2);
    assert_int_equal(rig_record.event[0].levels, 5);
    assert_int_equal(rig_record.event[1].cycle, first + 6);
    // a forced PULL on an empty FIFO waits, whether the machine is enabled or not, and then ends by itself
    pio_sm_set_enabled(pio0, 0, false);
    pio_sm_clear_fifos(pio0, 0);
    pio_sm_restart(pio0, 0);
    pio_sm_exec(pio0, 0, pio_encode_pull(false, true));
    assert_true(pio_sm_is_exec_stalled(pio0, 0));
    assert_int_equal(pio0->sm[0].execctrl >> 31, 1);
    chip_run_until(chip_cycles() + 10);
    assert_true(pio_sm_is_exec_stalled(pio0, 0));
    pio_sm_put(pio0, 0, 9);
    chip_run_until(chip_cycles() + 1);
    assert_false(pio_sm_is_exec_stalled(pio0, 0));
    assert_int_equal(look(pio_osr), 9);
}

// "Delay cycles on the initial OUT are ignored, but the executee may insert delay cycles as normal" (RP2040 datasheet 3.4.5.2; of
// MOV EXEC likewise, 3.4.8.2).
static void test_delay_of_what_executes_is_ignored(void **state)
{
    (void)state;
    for (unsigned mov = 0; mov < 2; mov++) {
        rig_boot("pico", 0);
        uint exec = mov ? pio_encode_mov(pio_exec_mov, pio_osr) : pio_encode_out(pio_exec_out, 16);
        const uint16_t program[2] = {word(exec | pio_encode_delay(7)), word(pio_encode_set(pio_pins, 0))};
        pio_sm_config config = rig_config();
        sm_config_set_out_shift(&config, true, !mov, 32);
        rig_program(pio0, 0, program, 2, &config);
        uint32_t set = word(pio_encode_set(pio_pins, 5) | pio_encode_delay(3));
        load(pio_osr, set | set << 16);
        rig_forget();
        uint64_t first = enable();
        chip_run_until(first + 6);
        assert_int_equal(rig_record.events, 2);
        assert_int_equal(rig_record.event[0].cycle, first + 1);
        assert_int_equal(rig_record.event[1].cycle, first + 5);
    }
}

static void test_higher_machine_wins_a_pin(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[2] = {word(pio_encode_set(pio_pins, 1)), word(pio_encode_set(pio_pins, 2))};
    pio_sm_config config = rig_config();
    rig_program(pio0, 0, program, 2, &config);
    sm_config_set_wrap(&config, 0, 1);
    pio_sm_init(pio0, 3, 1, &config);
    pio_enable_sm_mask_in_sync(pio0, 9);
    for (uint64_t i = 0; i < 20; i++) {
        chip_run_until(chip_cycles() + 1);
        assert_int_equal(chip_pins(), i % 2 ? 1 : 2); // machine 3 runs one instruction ahead
    }
}

static void test_functions_and_banks(void **state)
{
    (void)state;
    rig_boot("pimoroni-pico-plus-2", 0);
    const uint16_t program = word(pio_encode_out(pio_pins, 8));
    struct pio_program one = {.instructions = &program, .length = 1, .origin = -1};
    PIO pio;
    uint sm;
    uint offset;
    assert_true(pio_claim_free_sm_and_add_program_for_gpio_range(&one, &pio, &sm, &offset, 38, 8, true));
    assert_ptr_equal(pio, pio2);
    assert_int_equal(offset, 31);
    assert_int_equal(pio_get_gpio_base(pio), 16);
    pio_sm_config config = pio_get_default_sm_config();
    sm_config_set_out_pins(&config, 38, 8);
    sm_config_set_wrap(&config, offset, offset);
    assert_int_equal(pio_sm_init(pio, sm, offset, &config), PICO_OK);
    assert_int_equal(pio_sm_set_consecutive_pindirs(pio, sm, 38, 8, true), PICO_OK);
    pio_sm_put(pio, sm, 0xa5);
    pio_sm_exec(pio, sm, pio_encode_pull(false, true));
    pio_sm_exec(pio, sm, program);
    assert_int_equal(chip_pins(), 0); // not the PIO's pins yet
    for (uint pin = 38; pin < 46; pin++)
        pio_gpio_init(pio, pin);
    assert_true(chip_pins() == (uint64_t)0xa5 << 38);
    gpio_set_function(38, GPIO_FUNC_SIO);
    assert_true(chip_pins() == (uint64_t)0xa4 << 38);
    gpio_set_dir(38, GPIO_OUT);
    gpio_put(38, true);
    gpio_deinit(40);
    gpio_pull_up(39);
    assert_true(chip_pins() == (uint64_t)0xa1 << 38);
    sm_config_set_out_pins(&config, 3, 8);
    assert_int_equal(pio_sm_init(pio, sm, offset, &config), PICO_ERROR_BAD_ALIGNMENT);
}

static void test_programs_are_placed(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    uint16_t words[20] = {0};
    struct pio_program program = {.instructions = words, .length = 20, .origin = -1};
    for (unsigned i = 0; i < 2; i++) {
        PIO pio;
        uint sm;
        uint offset;
        assert_true(pio_claim_free_sm_and_add_program(&program, &pio, &sm, &offset));
        assert_ptr_equal(pio, i ? pio0 : pio1); // from the last PIO down, from the top of its memory down
        assert_int_equal(offset, 12);
        assert_int_equal(sm, 0);
    }
    PIO none;
    uint sm;
    uint offset;
    assert_false(pio_claim_free_sm_and_add_program(&program, &none, &sm, &offset));
    assert_null(none);
    assert_false(pio_can_add_program(pio0, &program));
    program.length = 12;
    assert_true(pio_can_add_program(pio0, &program));
    program.pio_version = 1;
    assert_false(pio_can_add_program(pio0, &program));
    chip_claims_t claims;
    chip_claims(&claims);
    assert_int_equal(claims.pio_instructions[0], 20);
    assert_int_equal(claims.state_machines, 0x11);
    program.length = 20;
    pio_remove_program_and_unclaim_sm(&program, pio0, 0, 12);
    pio_remove_program_and_unclaim_sm(&program, pio1, 0, 12);
    assert_true(chip_claims_none());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoders),
        cmocka_unit_test(test_divider_lands_on_whole_cycles),
        cmocka_unit_test(test_divider_runs_while_disabled),
        cmocka_unit_test(test_delay_survives_a_pause),
        cmocka_unit_test(test_side_set_and_delay),
        cmocka_unit_test(test_side_set_optional_and_directions),
        cmocka_unit_test(test_side_set_wins_and_happens_while_stalled),
        cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_shifts),
        cmocka_unit_test(test_moves_and_sets),
        cmocka_unit_test(test_push_and_pull),
        cmocka_unit_test(test_autopull_cycle_by_cycle),
        cmocka_unit_test(test_autopull_beside_other_work),
        cmocka_unit_test(test_fifo_depths),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_autopush_to_dma),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_flag_interrupts_the_processor),
        cmocka_unit_test(test_inputs_are_synchronised),
        cmocka_unit_test(test_forced_and_executed),
        cmocka_unit_test(test_delay_of_what_executes_is_ignored),
        cmocka_unit_test(test_higher_machine_wins_a_pin),
        cmocka_unit_test(test_functions_and_banks),
        cmocka_unit_test(test_programs_are_placed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
