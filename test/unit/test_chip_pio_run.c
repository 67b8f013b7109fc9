// The virtual chip's PIO while it runs: registers that a program sees without a call, and the path that takes many bits in
// one go against single ticks.

#include "chip/chip.h"
#include "hardware/pio.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static uint16_t word(uint instruction)
{
    return (uint16_t)instruction;
}

static void enable(void)
{
    pio_sm_set_enabled(pio0, 0, true);
}

/// What a program sees at a PIO's address without any call is what the functions say.
static void test_registers_are_shown(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        rig_boot(b ? "pico2" : "pico", 3);
        const uint16_t program[4] = {word(pio_encode_out(pio_pins, 7)), word(pio_encode_in(pio_x, 5)),
                                     word(pio_encode_irq_set(false, 2) | pio_encode_delay(1)),
                                     word(pio_encode_irq_clear(false, 2))};
        pio_sm_config config = rig_config();
        sm_config_set_out_shift(&config, true, true, 25);
        sm_config_set_in_shift(&config, true, true, 25);
        rig_program(pio1, 2, program, 4, &config);
        pio_set_irqn_source_enabled(pio1, 1, pis_interrupt2, true);
        pio_sm_set_enabled(pio1, 2, true);
        unsigned flags = 0;
        for (uint32_t turn = 0; turn < 500; turn++) {
            if (turn % 11 == 0)
                pio_sm_put(pio1, 2, turn);
            if (turn % 13 == 0)
                (void)pio_sm_get(pio1, 2);
            (void)pio_sm_get_pc(pio1, 2); // time passes
            uint32_t fstat = pio1->fstat;
            uint32_t flevel = pio1->flevel;
            uint32_t pc = pio1->sm[2].addr;
            uint32_t irq = pio1->irq;
            uint32_t out = pio1->dbg_padout;
            chip_set_hook_cycles(0); // look at the same cycle through functions
            assert_int_equal(pio_sm_get_pc(pio1, 2), pc);
            assert_int_equal(pio_sm_get_tx_fifo_level(pio1, 2), flevel >> 16 & 15);
            assert_int_equal(pio_sm_get_rx_fifo_level(pio1, 2), flevel >> 20 & 15);
            assert_int_equal(pio_sm_is_tx_fifo_full(pio1, 2), fstat >> (PIO_FSTAT_TXFULL_LSB + 2) & 1);
            assert_int_equal(pio_sm_is_tx_fifo_empty(pio1, 2), fstat >> (PIO_FSTAT_TXEMPTY_LSB + 2) & 1);
            assert_int_equal(pio_sm_is_rx_fifo_full(pio1, 2), fstat >> (PIO_FSTAT_RXFULL_LSB + 2) & 1);
            assert_int_equal(pio_sm_is_rx_fifo_empty(pio1, 2), fstat >> (PIO_FSTAT_RXEMPTY_LSB + 2) & 1);
            assert_int_equal(pio1->intr >> 2 & 1, pio_sm_get_rx_fifo_level(pio1, 2) > 0);
            assert_int_equal(pio1->intr >> 6 & 1, pio_sm_get_tx_fifo_level(pio1, 2) < 4);
            assert_int_equal(pio1->intr >> 4 & 3, 3); // the other machines' FIFOs have room
            assert_int_equal(pio_interrupt_get(pio1, 2), irq >> 2 & 1);
            assert_int_equal(pio1->intr >> 10 & 1, irq >> 2 & 1);
            assert_int_equal(pio1->ints1, irq << 8);
            assert_true(chip_pins() == (out & 0xff));
            flags += irq >> 2 & 1;
            chip_set_hook_cycles(3);
        }
        assert_in_range(flags, 20, 480);
    }
}

// ---- many bits in one go are the same as one by one ----------------------------------------------------------------

enum { SERIAL_WORDS = 40 };
static uint32_t random_state;

static uint32_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/// A serialiser at a random divider, fed and interrupted at random; `singly` makes every tick go the plain way.
static void serialise(uint32_t seed, bool singly)
{
    random_state = seed;
    rig_boot("pico", 0);
    uint16_t program[4] = {
        word(pio_encode_out(pio_pins, 1) | pio_encode_sideset(2, 0)),
        word(pio_encode_jmp_x_dec(0) | pio_encode_sideset(2, 1)),
        word(pio_encode_out(pio_pins, 1) | pio_encode_sideset(2, 2)),
        word(pio_encode_set(pio_x, random_word() % 32) | pio_encode_sideset(2, 3)),
    };
    pio_sm_config config = rig_config();
    sm_config_set_out_pins(&config, 0, 1);
    sm_config_set_sideset(&config, 2, false, false);
    sm_config_set_sideset_pins(&config, 1);
    sm_config_set_out_shift(&config, random_word() & 1, true, 1 + random_word() % 32);
    uint32_t div = 256 + random_word() % 2000;
    sm_config_set_clkdiv_int_frac8(&config, div >> 8, (uint8_t)div);
    rig_program(pio0, 0, program, 4, &config);
    if (singly) { // a program that looks at pins, anywhere, does that
        const uint16_t in = word(pio_encode_in(pio_pins, 1));
        struct pio_program other = {.instructions = &in, .length = 1, .origin = 31};
        assert_int_equal(pio_add_program(pio0, &other), 31);
    }
    rig_forget();
    enable();
    for (unsigned i = 0; i < SERIAL_WORDS; i++) {
        pio_sm_put(pio0, 0, random_word());
        chip_run_until(chip_cycles() + random_word() % 300);
    }
}

static void test_loops_in_one_go(void **state)
{
    (void)state;
    static rig_record_t first;
    uint64_t events = 0;
    for (uint32_t seed = 1; seed <= 300; seed++) {
        uint64_t instructions[2];
        serialise(seed * 2654435761u, true);
        chip_work(NULL, &instructions[0]);
        first = rig_record;
        serialise(seed * 2654435761u, false);
        chip_work(NULL, &instructions[1]);
        assert_int_equal(first.lost, 0);
        assert_int_equal(first.events, rig_record.events);
        assert_memory_equal(first.event, rig_record.event, first.events * sizeof first.event[0]);
        assert_int_equal(instructions[0], instructions[1]);
        events += first.events;
    }
    print_message("300 seeds, %u pin changes compared\n", (unsigned)events);
    assert_true(events > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers_are_shown),
        cmocka_unit_test(test_loops_in_one_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
