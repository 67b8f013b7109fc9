// What the virtual chip's cores tell each other: FIFOs, spin locks, critical sections, lockout. (The cores themselves:
// test_chip_core1.c.)

#include "chip/chip.h"
#include "hardware/dma.h"
#include "hardware/irq.h"
#include "hardware/sync.h"
#include "pico/critical_section.h"
#include "pico/multicore.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"
#include "test/support/core_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const boards[2] = {"pico", "pico2"};

static void spin(void)
{
    while (!core_stop)
        tight_loop_contents();
}

// ---- FIFOs ---------------------------------------------------------------------------------------------------------

static void echo(void)
{
    for (;;) {
        uint32_t word = multicore_fifo_pop_blocking();
        if (word == 0)
            break;
        multicore_fifo_push_blocking(~word);
    }
    core_note('e');
}

static void test_fifos(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        core_boot(boards[b], 8);
        multicore_launch_core1(echo);
        for (uint32_t n = 1; n <= 100; n++) {
            multicore_fifo_push_blocking(n * 0x01010101u);
            assert_int_equal(multicore_fifo_pop_blocking(), ~(n * 0x01010101u));
        }
        uint32_t sent = 0, got = 0;
        while (got < 100) { // as many as fit
            if (sent < 100 && multicore_fifo_wready())
                multicore_fifo_push_blocking(++sent);
            if (multicore_fifo_rvalid() && (sent == 100 || !multicore_fifo_wready()))
                assert_int_equal(multicore_fifo_pop_blocking(), ~++got);
        }
        multicore_fifo_push_blocking(0);
        core_after(1000);
        assert_int_equal(core_count('e', NULL), 1);
    }
}

static void idle(void)
{
    while (!core_stop)
        __wfe();
}

static void test_fifo_depth_flags_and_timeouts(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        core_boot(boards[b], 8);
        multicore_launch_core1(idle);
        unsigned depth = b ? 4 : 8;
        for (unsigned n = 0; n < depth; n++) {
            assert_true(multicore_fifo_wready());
            assert_int_equal(multicore_fifo_get_status(), SIO_FIFO_ST_RDY_BITS);
            multicore_fifo_push_blocking(n);
        }
        assert_false(multicore_fifo_wready());
        assert_int_equal(multicore_fifo_get_status(), 0);
        uint64_t before = time_us_64();
        assert_false(multicore_fifo_push_timeout_us(1, 50));
        assert_in_range(time_us_64() - before, 50, 52);
        before = time_us_64();
        uint32_t word = 77;
        assert_false(multicore_fifo_pop_timeout_us(50, &word));
        assert_in_range(time_us_64() - before, 50, 52);
        assert_int_equal(word, 77);
        multicore_reset_core1();
        assert_int_equal(multicore_fifo_get_status(), SIO_FIFO_ST_RDY_BITS);
    }
}

static bool steal_by_writing;

/// An interrupt that uses the FIFOs, too, behind the back of the program.
static void steal(void)
{
    dma_irqn_acknowledge_channel(0, 0);
    if (steal_by_writing && multicore_fifo_wready())
        multicore_fifo_push_blocking(99);
    if (!steal_by_writing && multicore_fifo_rvalid())
        assert_int_equal(multicore_fifo_pop_blocking(), 1);
}

static void push_one(void)
{
    multicore_fifo_push_blocking(1);
}

/// The program has seen a word, or room, and an interrupt takes it: one of these cycles is the one between.
static void test_fifo_errors_are_flagged(void **state)
{
    (void)state;
    unsigned stolen[2] = {0, 0};
    for (uint32_t at = 0; at < 100; at++) {
        steal_by_writing = at % 2;
        core_boot(boards[at / 2 % 2], 8);
        uint32_t *words = rig_sram(2048, 4, "words");
        irq_set_exclusive_handler(DMA_IRQ_0, steal);
        irq_set_enabled(DMA_IRQ_0, true);
        dma_irqn_set_channel_enabled(0, 0, true);
        multicore_launch_core1(push_one);
        for (unsigned n = 1; steal_by_writing && n < (chip_board()->chip == TA_CHIP_RP2350 ? 4u : 8u); n++)
            multicore_fifo_push_blocking(n);
        core_after(1000);
        dma_channel_config config = dma_channel_get_default_config(0);
        channel_config_set_write_increment(&config, true);
        dma_channel_configure(0, &config, words + 256, words, 1 + at / 2, true);
        uint32_t got = 1;
        if (steal_by_writing)
            (void)multicore_fifo_push_timeout_us(7, 1);
        else if (!multicore_fifo_pop_timeout_us(1, &got))
            got = 2;
        uint32_t flag = steal_by_writing ? SIO_FIFO_ST_WOF_BITS : SIO_FIFO_ST_ROE_BITS;
        uint32_t errors = multicore_fifo_get_status() & (SIO_FIFO_ST_WOF_BITS | SIO_FIFO_ST_ROE_BITS);
        assert_true(errors == 0 || errors == flag);
        if (!steal_by_writing)
            assert_int_equal(errors != 0, got == 0);
        if (errors) {
            stolen[steal_by_writing]++;
            multicore_fifo_drain(); // the flag alone
            irq_set_exclusive_handler(SIO_FIFO_IRQ_NUM(0), multicore_fifo_clear_irq);
            irq_set_enabled(SIO_FIFO_IRQ_NUM(0), true); // it comes at once, and clears the flag
            irq_set_enabled(SIO_FIFO_IRQ_NUM(0), false);
            assert_int_equal(multicore_fifo_get_status() & flag, 0);
        }
    }
    assert_in_range(stolen[0], 2, 25);
    assert_in_range(stolen[1], 2, 25);
}

static void on_mailbox(void)
{
    core_note('i');
    while (multicore_fifo_rvalid())
        (void)multicore_fifo_pop_blocking();
    multicore_fifo_clear_irq();
}

static void push_three(void)
{
    for (uint32_t n = 0; n < 3; n++) {
        busy_wait_at_least_cycles(1000);
        multicore_fifo_push_blocking(n);
    }
}

static void test_fifo_interrupt(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        core_boot(boards[b], 8);
        assert_int_equal(SIO_FIFO_IRQ_NUM(0), b ? 25 : 15);
        assert_int_equal(SIO_FIFO_IRQ_NUM(1), b ? 25 : 16);
        irq_set_exclusive_handler(SIO_FIFO_IRQ_NUM(0), on_mailbox);
        irq_set_enabled(SIO_FIFO_IRQ_NUM(0), true);
        multicore_launch_core1(push_three);
        core_after(10000);
        assert_int_equal(core_count('i', NULL), 3);
        for (unsigned i = 0; i < core_entries; i++)
            assert_int_equal(core_entry[i].core, 0);
        irq_set_enabled(SIO_FIFO_IRQ_NUM(0), false);
    }
}

// ---- locks ---------------------------------------------------------------------------------------------------------

static spin_lock_t *lock;

static void on_user(void)
{
    core_note('u');
}

/// A user interrupt that is there already, on the calling core.
static uint user_interrupt(void)
{
    uint number = (uint)user_irq_claim_unused(true);
    if (!irq_has_handler(number))
        irq_set_exclusive_handler(number, on_user);
    irq_set_priority(number, 0);
    irq_set_enabled(number, true);
    return number;
}

static void test_locks_keep_interrupts_out(void **state)
{
    (void)state;
    core_boot("pico", 8);
    uint number = user_interrupt();
    lock = spin_lock_init(7);
    uint32_t saved = spin_lock_blocking(lock);
    irq_set_pending(number);
    core_after(100);
    assert_int_equal(core_entries, 0);
    spin_unlock(lock, saved);
    assert_int_equal(core_entries, 1);
    critical_section_t alone;
    critical_section_init_with_lock_num(&alone, 7);
    critical_section_enter_blocking(&alone);
    irq_set_pending(number);
    assert_int_equal(core_entries, 1);
    critical_section_exit(&alone);
    assert_int_equal(core_entries, 2);
}

static void hold_the_lock(void)
{
    uint32_t saved = spin_lock_blocking(lock);
    core_note('(');
    core_ready = true;
    busy_wait_at_least_cycles(5000);
    core_note(')');
    spin_unlock(lock, saved);
}

static void test_spin_lock(void **state)
{
    (void)state;
    core_boot("pico", 8);
    int number = spin_lock_claim_unused(true);
    assert_int_equal(number, PICO_SPINLOCK_ID_CLAIM_FREE_FIRST);
    lock = spin_lock_init((uint)number);
    assert_int_equal(spin_lock_get_num(lock), number);
    assert_ptr_equal(spin_lock_instance((uint)number), lock);
    assert_false(is_spin_locked(lock));
    multicore_launch_core1(hold_the_lock);
    while (!core_ready)
        tight_loop_contents();
    assert_true(is_spin_locked(lock));
    assert_false(spin_try_lock_unsafe(lock));
    uint32_t saved = spin_lock_blocking(lock);
    core_note('[');
    assert_int_equal(core_entries, 3);
    assert_int_equal(core_entry[2].what, '[');
    assert_in_range(core_entry[2].cycle - core_entry[1].cycle, 1, 40);
    assert_in_range(core_entry[1].cycle - core_entry[0].cycle, 5000, 5040);
    spin_unlock(lock, saved);
    assert_true(spin_try_lock_unsafe(lock));
    spin_lock_unclaim((uint)number); // unlocks
    assert_false(is_spin_locked(lock));
}

static void test_lock_numbers(void **state)
{
    (void)state;
    core_boot("pico2", 8);
    for (int n = 24; n < 32; n++)
        assert_int_equal(spin_lock_claim_unused(false), n);
    assert_int_equal(spin_lock_claim_unused(false), -1);
    chip_claims_t claims;
    chip_claims(&claims);
    assert_true(claims.spin_locks == 0xff000000u);
    assert_false(chip_claims_none());
    spin_lock_unclaim(27);
    assert_false(spin_lock_is_claimed(27));
    spin_lock_claim(27);
    for (uint n = 24; n < 32; n++)
        spin_lock_unclaim(n);
    assert_true(chip_claims_none());
    for (uint n = 0; n < 20; n++)
        assert_int_equal(next_striped_spin_lock_num(), 16 + n % 8);
    chip_fail_claim(1);
    assert_int_equal(spin_lock_claim_unused(false), -1);
}

static critical_section_t section;
static volatile unsigned counter, inside;

/// Adds one in steps that would lose counts if both cores were in them.
static void add(unsigned times)
{
    for (unsigned n = 0; n < times; n++) {
        critical_section_enter_blocking(&section);
        inside = inside + 1;
        unsigned was = counter;
        busy_wait_at_least_cycles(n % 13);
        assert_int_equal(inside, 1);
        counter = was + 1;
        inside = inside - 1;
        critical_section_exit(&section);
        busy_wait_at_least_cycles(n % 7);
    }
}

static void add_core1(void)
{
    add(500);
    core_note('e');
}

static void test_critical_section(void **state)
{
    (void)state;
    core_boot("pico", 1);
    counter = inside = 0;
    critical_section_init(&section);
    assert_true(critical_section_is_initialized(&section));
    multicore_launch_core1(add_core1);
    add(500);
    while (!core_count('e', NULL))
        tight_loop_contents();
    assert_int_equal(counter, 1000);
    critical_section_deinit(&section);
    assert_false(critical_section_is_initialized(&section));
    assert_true(chip_claims_none());
}

static void lock_twice(void)
{
    core_boot("pico", 8);
    (void)spin_lock_blocking(spin_lock_instance(5));
    (void)spin_lock_blocking(spin_lock_instance(5));
}

static void lock_and_return(void)
{
    (void)spin_lock_blocking(spin_lock_instance(5));
}

static void wait_for_the_dead(void)
{
    core_boot("pico", 8);
    multicore_launch_core1(lock_and_return);
    core_after(1000);
    (void)spin_lock_blocking(spin_lock_instance(5));
}

static void test_deadlocks_panic(void **state)
{
    (void)state;
    assert_true(rig_panics(lock_twice, "which it holds itself"));
    assert_true(rig_panics(wait_for_the_dead, "does not run"));
}

// ---- lockout -------------------------------------------------------------------------------------------------------

static void victim(void)
{
    multicore_lockout_victim_init();
    core_ready = true;
    while (!core_stop) {
        tight_loop_contents();
        core_note('v');
    }
    multicore_lockout_victim_deinit();
}

static void test_lockout(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        core_boot(boards[b], 8);
        assert_false(multicore_lockout_victim_is_initialized(1));
        multicore_launch_core1(victim);
        while (!core_ready)
            tight_loop_contents();
        assert_true(multicore_lockout_victim_is_initialized(1));
        for (unsigned n = 0; n < 5; n++) {
            multicore_lockout_start_blocking();
            unsigned before = core_entries;
            core_after(1000);
            assert_int_equal(core_entries, before); // it stands still
            multicore_lockout_end_blocking();
            core_after(100);
            assert_true(core_entries > before + 3);
        }
        core_stop = true;
        core_after(1000);
        assert_false(multicore_lockout_victim_is_initialized(1));
        assert_true(chip_claims_none());
    }
}

static void victim_with_an_interrupt(void)
{
    multicore_lockout_victim_init();
    irq_set_exclusive_handler(DMA_IRQ_0, on_user);
    irq_set_priority(DMA_IRQ_0, 0); // it would break into the lockout's handler
    irq_set_enabled(DMA_IRQ_0, true);
    core_ready = true;
    while (!core_stop)
        __wfe();
}

static void test_lockout_keeps_interrupts_out(void **state)
{
    (void)state;
    core_boot("pico", 8);
    multicore_lockout_victim_init(); // core 0 can be locked out, too
    multicore_launch_core1(victim_with_an_interrupt);
    while (!core_ready)
        tight_loop_contents();
    multicore_lockout_start_blocking();
    dma_hw->intf0 = 1;
    dma_hw->inte0 = 1;
    core_after(1000);
    assert_int_equal(core_entries, 0);
    dma_hw->inte0 = 0;
    multicore_lockout_end_blocking();
    core_after(100);
    assert_int_equal(core_entries, 1); // it has stayed pending
    assert_int_equal(core_entry[0].core, 1);
    assert_true(irq_is_enabled(SIO_FIFO_IRQ_NUM(0)));
    multicore_reset_core1();
    assert_false(multicore_lockout_victim_is_initialized(1));
    assert_true(multicore_lockout_victim_is_initialized(0));
    multicore_lockout_victim_deinit();
    assert_false(irq_is_enabled(SIO_FIFO_IRQ_NUM(0)));
}

static void test_lockout_of_who_does_not_listen(void **state)
{
    (void)state;
    core_boot("pico", 8);
    multicore_launch_core1(spin);
    core_after(100);
    uint64_t before = time_us_64();
    assert_false(multicore_lockout_start_timeout_us(200));
    assert_in_range(time_us_64() - before, 200, 205);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fifos),
        cmocka_unit_test(test_fifo_depth_flags_and_timeouts),
        cmocka_unit_test(test_fifo_errors_are_flagged),
        cmocka_unit_test(test_fifo_interrupt),
        cmocka_unit_test(test_locks_keep_interrupts_out),
        cmocka_unit_test(test_spin_lock),
        cmocka_unit_test(test_lock_numbers),
        cmocka_unit_test(test_critical_section),
        cmocka_unit_test(test_deadlocks_panic),
        cmocka_unit_test(test_lockout),
        cmocka_unit_test(test_lockout_keeps_interrupts_out),
        cmocka_unit_test(test_lockout_of_who_does_not_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
