// The virtual chip's interrupts, time and hooks: who is called, in which order, and in which cycle.

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/irq.h"
#include "hardware/sync.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const char *const boards[2] = {"pico", "pico2"};

// ---- a log of what handlers did ------------------------------------------------------------------------------------

static char call_log[64];
static unsigned calls;
static uint user[4];

static void note(char what)
{
    if (calls < sizeof call_log - 1)
        call_log[calls++] = what;
}

static void boot(const char *board, uint32_t hook_cycles)
{
    rig_boot(board, hook_cycles);
    memset(call_log, 0, sizeof call_log);
    calls = 0;
    for (unsigned i = 0; i < 4; i++)
        user[i] = (uint)user_irq_claim_unused(true);
}

static void handler_a(void)
{
    note('a');
}

static void handler_b(void)
{
    note('b');
}

static void handler_c(void)
{
    note('c');
}

/// Raises user[1] and user[2] while it runs: one of them is of a higher priority.
static void handler_nesting(void)
{
    note('(');
    assert_int_equal(__get_current_exception(), 16 + user[0]);
    irq_set_pending(user[1]);
    irq_set_pending(user[2]);
    tight_loop_contents();
    note(')');
}

static void install(uint irq, irq_handler_t handler, uint8_t priority)
{
    irq_set_exclusive_handler(irq, handler);
    irq_set_priority(irq, priority);
    irq_set_enabled(irq, true);
}

static void test_user_interrupts(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        boot(boards[b], 8);
        assert_int_equal(user[0], b ? 46 : 26);
        assert_int_equal(FIRST_USER_IRQ + NUM_USER_IRQS, b ? 52 : 32);
        install(user[0], handler_a, PICO_DEFAULT_IRQ_PRIORITY);
        irq_set_pending(user[0]);
        assert_string_equal(call_log, "a");
        assert_int_equal(chip_interrupts(), 1);
        irq_set_enabled(user[0], false);
        irq_set_pending(user[0]);
        assert_string_equal(call_log, "a");
        irq_set_enabled(user[0], true); // clears what was pending
        assert_string_equal(call_log, "a");
        irq_set_enabled(user[0], false);
        irq_set_pending(user[0]);
        irq_clear(user[0]);
        for (uint i = 0; i < 2; i++)
            assert_true(user_irq_claim_unused(false) >= 0);
        assert_int_equal(user_irq_claim_unused(false), -1);
        user_irq_unclaim(user[2]);
        assert_int_equal(user_irq_claim_unused(false), (int)user[2]);
    }
}

static void test_nesting_by_priority(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        boot(boards[b], 8);
        install(user[0], handler_nesting, 0x80);
        install(user[1], handler_b, 0x80);
        install(user[2], handler_c, 0x40);
        irq_set_pending(user[0]);
        assert_string_equal(call_log, "(c)b"); // c breaks in, b of the same priority waits
    }
}

static void test_priority_bits(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        boot(boards[b], 8);
        install(user[0], handler_nesting, 0xb0);
        install(user[1], handler_b, 0xa0); // higher by a bit that RP2040 does not have
        install(user[2], handler_c, 0xff);
        assert_int_equal(irq_get_priority(user[2]), b ? 0xf0 : 0xc0);
        irq_set_pending(user[0]);
        assert_string_equal(call_log, b ? "(b)c" : "()bc");
    }
}

static void test_equal_priorities_go_by_number(void **state)
{
    (void)state;
    boot("pico", 8);
    install(user[0], handler_a, 0x80);
    install(user[1], handler_b, 0x80);
    install(user[2], handler_c, 0xc0);
    uint32_t was = save_and_disable_interrupts();
    irq_set_pending(user[2]);
    irq_set_pending(user[1]);
    irq_set_pending(user[0]);
    assert_string_equal(call_log, "");
    restore_interrupts(was);
    assert_string_equal(call_log, "abc");
}

static void test_masking_nests(void **state)
{
    (void)state;
    boot("pico", 8);
    install(user[0], handler_a, 0x80);
    uint32_t outer = save_and_disable_interrupts();
    uint32_t inner = save_and_disable_interrupts();
    irq_set_pending(user[0]);
    restore_interrupts(inner);
    assert_string_equal(call_log, "");
    restore_interrupts_from_disabled(outer);
    assert_string_equal(call_log, "a");
}

static void test_shared_handlers(void **state)
{
    (void)state;
    boot("pico", 8);
    irq_add_shared_handler(user[0], handler_b, 0x80);
    irq_add_shared_handler(user[0], handler_a, 0xff);
    irq_add_shared_handler(user[0], handler_c, 0x10);
    irq_set_enabled(user[0], true);
    irq_set_pending(user[0]);
    assert_string_equal(call_log, "abc");
    irq_remove_handler(user[0], handler_b);
    irq_set_pending(user[0]);
    assert_string_equal(call_log, "abcac");
    chip_claims_t claims;
    chip_claims(&claims);
    assert_int_equal(claims.irq_handlers, 2);
    irq_remove_handler(user[0], handler_a);
    irq_remove_handler(user[0], handler_c);
    assert_false(irq_has_handler(user[0]));
}

// ---- level interrupts of the DMA -----------------------------------------------------------------------------------

static unsigned dma_calls;
static bool acknowledge;
static uint64_t dma_cycle;

static void on_dma(void)
{
    dma_calls++;
    dma_cycle = chip_cycles();
    if (acknowledge || dma_calls >= 5)
        dma_irqn_acknowledge_channel(0, 3);
}

static void transfer(uint32_t words)
{
    static uint32_t *memory;
    memory = rig_sram(4 * words, 4, "memory");
    dma_channel_config config = dma_channel_get_default_config(3);
    channel_config_set_write_increment(&config, true);
    dma_channel_configure(3, &config, memory, memory, words, true);
}

static void test_line_stays_until_acknowledged(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        for (int ack = 0; ack < 2; ack++) {
            boot(boards[b], 8);
            dma_calls = 0;
            acknowledge = ack;
            dma_irqn_set_channel_enabled(0, 3, true);
            install(DMA_IRQ_0, on_dma, 0x80);
            transfer(100);
            chip_run_until(chip_cycles() + 1000);
            assert_int_equal(dma_calls, ack ? 1 : 5); // called again and again while the line is high
            assert_int_equal(chip_interrupts(), dma_calls);
        }
    }
}

static void test_delivery_to_the_cycle(void **state)
{
    (void)state;
    boot("pico", 8);
    dma_calls = 0;
    acknowledge = true;
    dma_irqn_set_channel_enabled(0, 3, true);
    install(DMA_IRQ_0, on_dma, 0x80);
    transfer(100);
    uint64_t start = chip_cycles();
    assert_true(chip_wait_interrupt(start + 1000));
    // the last word is read in 100 and written in 102; entering the handler takes a hook
    assert_int_equal(dma_cycle, start + 102 + 8);
    assert_int_equal(dma_calls, 1);
    assert_false(chip_wait_interrupt(start + 2000));
    assert_int_equal(chip_cycles(), start + 2000);
}

static void test_waits(void **state)
{
    (void)state;
    boot("pico", 8);
    dma_calls = 0;
    acknowledge = true;
    dma_irqn_set_channel_enabled(0, 3, true);
    install(DMA_IRQ_0, on_dma, 0x80);
    transfer(1000);
    uint64_t start = chip_cycles();
    __wfi();
    assert_in_range(chip_cycles() - start, 1000, 1100);
    assert_int_equal(dma_calls, 1);
    __wfe(); // the interrupt has set the event: no wait
    assert_in_range(chip_cycles() - start, 1000, 1120);
    transfer(1000);
    start = chip_cycles();
    __wfe();
    assert_in_range(chip_cycles() - start, 1000, 1100);
    assert_int_equal(dma_calls, 2);
    __wfe();
    __sev();
    start = chip_cycles();
    __wfe();
    assert_int_equal(chip_cycles() - start, 8);
    // with interrupts masked, WFI wakes all the same, and the handler comes when they are let in
    transfer(1000);
    uint32_t was = save_and_disable_interrupts();
    start = chip_cycles();
    __wfi();
    assert_in_range(chip_cycles() - start, 900, 1100);
    assert_int_equal(dma_calls, 2);
    restore_interrupts(was);
    assert_int_equal(dma_calls, 3);
    start = chip_cycles();
    __wfi(); // nothing ever comes: it returns after a virtual second
    assert_in_range(chip_cycles() - start, 125000000, 125000100);
}

static void test_sleep_lets_interrupts_in(void **state)
{
    (void)state;
    boot("pico", 8);
    dma_calls = 0;
    acknowledge = true;
    dma_irqn_set_channel_enabled(0, 3, true);
    install(DMA_IRQ_0, on_dma, 0x80);
    transfer(1000);
    uint64_t before = time_us_64();
    sleep_us(100);
    assert_int_equal(dma_calls, 1);
    assert_in_range(time_us_64() - before, 100, 101);
    assert_true(dma_cycle < chip_cycles() - 10000);
    before = time_us_64();
    busy_wait_us(7);
    assert_in_range(time_us_64() - before, 7, 8);
    absolute_time_t target = make_timeout_time_ms(3);
    sleep_until(target);
    assert_true(time_reached(target));
    assert_in_range(absolute_time_diff_us(target, get_absolute_time()), 0, 1);
}

// ---- time and clocks -----------------------------------------------------------------------------------------------

static void test_timer_follows_the_crystal(void **state)
{
    (void)state;
    boot("pico", 0);
    assert_int_equal(clock_get_hz(clk_sys), 125000000);
    chip_run_until(125000000);
    assert_int_equal(time_us_64(), 1000000);
    assert_int_equal(timer_hw->timerawl, 1000000);
    assert_true(set_sys_clock_khz(48000, true));
    assert_int_equal(clock_get_hz(clk_sys), 48000000);
    assert_int_equal(time_us_64(), 1000000);
    chip_run_until(125000000 + 48);
    assert_int_equal(time_us_64(), 1000001);
    assert_false(set_sys_clock_khz(100001, false));
    assert_true(set_sys_clock_hz(133000000, false));
    chip_run_until(125000000 + 48 + 133000000);
    assert_int_equal(time_us_64(), 2000001);
    assert_true(chip_cycles_to_ns(125000000) == 1000000000);
    assert_true(chip_cycles_to_ns(125000024) == 1000000500); // in the span of 48 MHz
    assert_true(chip_cycles_to_ns(1) == 8);
    boot("pico2", 0);
    assert_int_equal(clock_get_hz(clk_sys), 150000000);
    assert_true(chip_cycles_to_ns(1) == 6); // 6.67 ns, rounded down
    assert_true(chip_cycles_to_ns(150000000ull * 1000000) == 1000000000000000ull);
    // a microsecond is exact to the cycle: 150 cycles, whatever the remainder before
    chip_run_until(149);
    assert_int_equal(time_us_64(), 0);
    chip_run_until(150);
    assert_int_equal(time_us_64(), 1);
    assert_int_equal(timer_hw->timerawl, 1);
    assert_int_equal(timer_hw->timerawh, 0);
}

static unsigned kinds[4];
static uint64_t last_number;
static char last_what[64];

static void on_hook(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    assert_true(number == last_number + 1);
    assert_true(cycle == chip_cycles());
    last_number = number;
    kinds[kind]++;
    strncpy(last_what, what, sizeof last_what - 1);
}

static void test_hooks_are_numbered(void **state)
{
    (void)state;
    boot("pico", 8);
    install(user[0], handler_a, 0x80);
    memset(kinds, 0, sizeof kinds);
    last_number = chip_hooks();
    uint64_t cycle = chip_cycles();
    chip_on_hook(on_hook, NULL);
    __dmb();
    assert_string_equal(last_what, "__dmb");
    irq_set_pending(user[0]);
    assert_string_equal(last_what, "isr user");
    uint32_t was = save_and_disable_interrupts();
    (void)time_us_64();
    restore_interrupts(was);
    assert_int_equal(kinds[CHIP_HOOK_SDK], 3);
    assert_int_equal(kinds[CHIP_HOOK_ISR_ENTRY], 1);
    assert_int_equal(kinds[CHIP_HOOK_MASKED], 2);
    assert_int_equal(chip_cycles() - cycle, 6 * 8);
    chip_on_hook(NULL, NULL);
    __dmb();
    assert_int_equal(kinds[CHIP_HOOK_SDK], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user_interrupts),
        cmocka_unit_test(test_nesting_by_priority),
        cmocka_unit_test(test_priority_bits),
        cmocka_unit_test(test_equal_priorities_go_by_number),
        cmocka_unit_test(test_masking_nests),
        cmocka_unit_test(test_shared_handlers),
        cmocka_unit_test(test_line_stays_until_acknowledged),
        cmocka_unit_test(test_delivery_to_the_cycle),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_sleep_lets_interrupts_in),
        cmocka_unit_test(test_timer_follows_the_crystal),
        cmocka_unit_test(test_hooks_are_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
