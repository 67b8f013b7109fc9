// The virtual chip's second core: whose turn it is in which cycle, interrupts of each core's own, and faults that stop one
// core alone. (FIFOs, locks and lockout: test_chip_multicore.c.)

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/irq.h"
#include "hardware/sync.h"
#include "pico/multicore.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"
#include "test/support/core_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const char *const boards[2] = {"pico", "pico2"};

// ---- launching -----------------------------------------------------------------------------------------------------

static void note_and_return(void)
{
    core_note('r');
}

static void spin(void)
{
    core_ready = true;
    while (!core_stop)
        tight_loop_contents();
    core_note('e');
}

static void test_launch_return_and_relaunch(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        core_boot(boards[b], 8);
        assert_int_equal(get_core_num(), 0);
        for (unsigned n = 1; n <= 3; n++) {
            multicore_launch_core1(note_and_return);
            uint64_t launched = chip_cycles();
            tight_loop_contents();
            assert_int_equal(core_entries, n);
            assert_int_equal(core_entry[n - 1].core, 1);
            assert_true(core_entry[n - 1].cycle == launched); // it begins in the cycle of the launch
            assert_int_equal(get_core_num(), 0);
            assert_true(chip_claims_none()); // it has returned
        }
        static uint32_t stack[64];
        multicore_launch_core1_with_stack(spin, stack, sizeof stack);
        core_after(100);
        assert_true(core_ready);
        chip_claims_t claims;
        chip_claims(&claims);
        assert_true(claims.core1);
        assert_false(chip_claims_none());
        core_stop = true;
        core_after(100);
        assert_int_equal(core_count('e', NULL), 1);
        assert_true(chip_claims_none());
    }
}

static void test_reset_in_the_middle(void **state)
{
    (void)state;
    core_boot("pico", 8);
    for (unsigned n = 0; n < 200; n++) {
        core_ready = false;
        multicore_launch_core1(spin);
        core_after(50 + n);
        assert_true(core_ready);
        multicore_reset_core1();
        chip_claims_t claims;
        chip_claims(&claims);
        assert_false(claims.core1);
        uint64_t hooks = chip_core_hooks(1);
        core_after(1000);
        assert_true(chip_core_hooks(1) == hooks); // it does nothing any more
    }
    multicore_launch_core1(spin);
    core_after(100);
    core_boot("pico2", 8); // powering up stops it too
    assert_int_equal(chip_core_hooks(1), 0);
    core_after(1000);
    assert_int_equal(chip_core_hooks(1), 0);
    assert_true(chip_claims_none());
}

static void launch_twice(void)
{
    core_boot("pico", 8);
    multicore_launch_core1(spin);
    multicore_launch_core1(spin);
}

static void launch_from_core1(void)
{
    multicore_launch_core1(spin);
}

static void launch_itself(void)
{
    core_boot("pico", 8);
    multicore_launch_core1(launch_from_core1);
    core_after(1000);
}

static void boot_from_core1(void)
{
    (void)chip_boot(chip_board_find("pico"));
}

static void boot_on_core1(void)
{
    core_boot("pico", 8);
    multicore_launch_core1(boot_from_core1);
    core_after(1000);
}

static void launch_on_an_odd_stack(void)
{
    static uint32_t stack[64];
    core_boot("pico", 8);
    multicore_launch_core1_with_stack(spin, stack, 63);
}

static void sleep_for_ever(void)
{
    core_boot("pico", 8);
    sleep_until(at_the_end_of_time);
}

static void test_misuse_panics(void **state)
{
    (void)state;
    assert_true(rig_panics(sleep_for_ever, "waits for what will never come"));
    assert_true(rig_panics(launch_twice, "core 1 runs"));
    assert_true(rig_panics(launch_itself, "core 1 cannot do this to itself"));
    assert_true(rig_panics(boot_on_core1, "only core 0's program"));
    assert_true(rig_panics(launch_on_an_odd_stack, "are no stack"));
}

// ---- turns ---------------------------------------------------------------------------------------------------------

enum { STEPS = 200 };
static uint32_t step_of[2][STEPS];

static void walk(unsigned core)
{
    for (unsigned n = 0; n < STEPS; n++) {
        busy_wait_at_least_cycles(step_of[core][n]); // with the hook's own cycles
        core_note('w');
    }
}

static void walk_core1(void)
{
    walk(1);
}

/// Each core's steps end in cycles that are sums; of equal cycles core 0's comes first.
static void test_turns_are_in_order_of_time(void **state)
{
    (void)state;
    for (uint32_t hook_cycles = 1; hook_cycles <= 9; hook_cycles += 4) {
        for (unsigned kind = 0; kind < 4; kind++) {
            core_boot(boards[kind & 1], hook_cycles);
            uint32_t seed = kind * 7 + hook_cycles;
            for (unsigned i = 0; i < 2 * STEPS; i++) {
                seed = seed * 1664525u + 1013904223u;
                step_of[i / STEPS][i % STEPS] = kind == 0 ? 3 : kind == 1 ? 3 + i / STEPS * 8 : seed >> 28;
            }
            multicore_launch_core1(walk_core1);
            uint64_t start = chip_cycles();
            walk(0);
            core_after(20000);
            assert_int_equal(core_entries, 2 * STEPS);
            uint64_t at[2] = {start, start};
            unsigned n[2] = {0, 0};
            for (unsigned core = 0; core < 2; core++)
                at[core] += hook_cycles + step_of[core][0];
            for (unsigned i = 0; i < 2 * STEPS; i++) { // a merge
                unsigned core = n[0] == STEPS || (n[1] < STEPS && at[1] < at[0]) ? 1 : 0;
                assert_int_equal(core_entry[i].core, core);
                assert_true(core_entry[i].cycle == at[core]);
                if (++n[core] < STEPS)
                    at[core] += hook_cycles + step_of[core][n[core]];
            }
        }
    }
}

static volatile unsigned ball;

static void play_ball(unsigned core, unsigned rounds)
{
    for (unsigned n = 0; n < rounds; n++) {
        while (ball % 2 != core)
            tight_loop_contents();
        ball = ball + 1;
    }
}

static void play_core1(void)
{
    play_ball(1, 1000);
}

static void test_waiting_for_each_other_takes_time(void **state)
{
    (void)state;
    for (uint32_t hook_cycles = 0; hook_cycles < 2; hook_cycles++) { // even when hooks should take none
        core_boot("pico", hook_cycles);
        ball = 0;
        multicore_launch_core1(play_core1);
        uint64_t start = chip_cycles();
        play_ball(0, 1000);
        core_after(10);
        assert_int_equal(ball, 2000);
        assert_in_range(chip_cycles() - start, 1000, 4000);
    }
}

static void read_clock(void)
{
    while (!core_stop) {
        sleep_us(7);
        core_note('t');
    }
}

/// Both cores see one timer; a core that sleeps is waked by the crystal though the other one changes clk_sys.
static void test_sleep_across_a_change_of_clock(void **state)
{
    (void)state;
    core_boot("pico", 1);
    multicore_launch_core1(read_clock);
    static const uint32_t khz[] = {48000, 125000, 12000 * 6, 133000, 250000, 48000, 125000};
    uint64_t begin_us = time_us_64();
    for (unsigned i = 0; i < count_of(khz); i++) {
        sleep_us(1000);
        set_sys_clock_khz(khz[i], true);
    }
    core_stop = true;
    sleep_us(100);
    uint64_t us = time_us_64() - begin_us;
    assert_in_range(us, 7100, 7110);
    unsigned naps = core_count('t', NULL);
    assert_in_range(naps, 7000 / 8, 7001 / 7 + 1); // each at least 7 us, and hardly more
    for (unsigned i = 1; i < core_entries; i++) {
        uint64_t ns = chip_cycles_to_ns(core_entry[i].cycle) - chip_cycles_to_ns(core_entry[i - 1].cycle);
        assert_in_range(ns, 6000, 8000);
    }
}

// ---- interrupts ----------------------------------------------------------------------------------------------------

static uint32_t *words;

static void start_transfer(uint32_t count)
{
    dma_channel_config config = dma_channel_get_default_config(3);
    channel_config_set_read_increment(&config, false);
    dma_channel_configure(3, &config, words + 1, words, count, true);
}

static void on_dma(void)
{
    dma_irqn_acknowledge_channel(0, 3);
    core_note('d');
}

static void serve_dma(void)
{
    irq_set_exclusive_handler(DMA_IRQ_0, on_dma);
    irq_set_enabled(DMA_IRQ_0, true);
    core_ready = true;
    while (!core_stop)
        __wfi();
    irq_set_enabled(DMA_IRQ_0, false);
    irq_remove_handler(DMA_IRQ_0, on_dma);
}

/// A line that only core 1 has enabled goes there, in its cycle, whatever core 0 does.
static void test_a_core_of_ones_own(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        core_boot(boards[how & 1], 8);
        words = rig_sram(8, 4, "words");
        dma_irqn_set_channel_enabled(0, 3, true);
        multicore_launch_core1(serve_dma);
        while (!core_ready)
            tight_loop_contents();
        core_after(100);
        assert_false(irq_is_enabled(DMA_IRQ_0)); // here
        uint32_t was = save_and_disable_interrupts();
        start_transfer(1000);
        uint64_t start = chip_cycles();
        if (how == 0)
            chip_run_until(start + 3000);
        else if (how == 1)
            busy_wait_at_least_cycles(3000);
        else
            while (chip_cycles() < start + 3000)
                tight_loop_contents();
        restore_interrupts(was);
        uint64_t cycle = 0;
        assert_int_equal(core_count('d', &cycle), 1);
        assert_int_equal(core_entry[0].core, 1);
        assert_true(cycle == start + 1002 + 8 + 8); // the last write, entry, acknowledgement
        assert_int_equal(chip_interrupts(), 1);
        core_stop = true;
        start_transfer(1);
        core_after(100);
        assert_int_equal(core_entries, 2);
        dma_irqn_set_channel_enabled(0, 3, false);
        assert_true(chip_claims_none());
    }
}

static uint user[2];

static void on_user(void)
{
    core_note('u');
}

static void raise_own(void)
{
    user[1] = (uint)user_irq_claim_unused(true);
    user_irq_claim(user[1] + 2);
    assert_true(user_irq_is_claimed(user[1] + 2));
    user_irq_unclaim(user[1] + 2);
    irq_set_enabled(user[1], true);
    irq_set_priority(user[1], 0x40);
    core_ready = true;
    irq_set_pending(user[1]);
    uint32_t was = save_and_disable_interrupts();
    irq_set_pending(user[1]);
    core_note('m');
    restore_interrupts(was);
    core_note('x');
    user_irq_unclaim(user[1]);
    irq_set_enabled(user[1], false);
}

static void test_controllers_are_apart(void **state)
{
    (void)state;
    core_boot("pico", 8);
    user[0] = (uint)user_irq_claim_unused(true);
    user_irq_claim(user[0] + 2);
    irq_set_exclusive_handler(user[0], on_user); // the vector table is one
    irq_set_enabled(user[0], true);
    irq_set_priority(user[0], 0xc0);
    multicore_launch_core1(raise_own);
    core_after(2000);
    assert_int_equal(user[1], user[0]); // claimed for each core apart
    assert_int_equal(core_entries, 4);
    const char order[5] = "umux";
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(core_entry[i].what, order[i]);
        assert_int_equal(core_entry[i].core, 1);
    }
    assert_int_equal(irq_get_priority(user[0]), 0xc0);
    irq_set_pending(user[0]);
    assert_int_equal(core_entry[4].core, 0);
    assert_int_equal(core_entry[4].what, 'u');
    assert_int_equal(chip_interrupts(), 3);
    chip_claims_t claims;
    chip_claims(&claims);
    assert_int_equal(claims.user_irqs, 1 | 4);
    assert_int_equal(claims.user_irqs_core1, 0);
}

static void sleep_on(void)
{
    while (!core_stop)
        __wfe();
}

/// A core that is busy takes its interrupt when its hook is over, though the other core looks around, or waits, meanwhile.
static void test_a_hook_is_not_cut_short(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        core_boot("pico", 1000);
        words = rig_sram(8, 4, "words");
        dma_irqn_set_channel_enabled(0, 3, true);
        irq_set_exclusive_handler(DMA_IRQ_0, on_dma);
        irq_set_enabled(DMA_IRQ_0, true);
        multicore_launch_core1(n ? sleep_on : spin);
        core_after(10000);
        start_transfer(300);
        uint64_t start = chip_cycles();
        tight_loop_contents();
        assert_int_equal(core_entries, 1);
        assert_true(core_entry[0].cycle == start + 3000); // the hook, the entry, the acknowledgement
    }
}

static void both_serve(void)
{
    irq_set_enabled(DMA_IRQ_0, true);
    core_ready = true;
    while (!core_stop)
        __wfe();
}

static unsigned served[2];

static void on_shared_line(void)
{
    served[get_core_num()]++;
    dma_irqn_acknowledge_channel(0, 3);
}

/// A line that both cores have enabled interrupts both, as on silicon.
static void test_both_cores_on_one_line(void **state)
{
    (void)state;
    core_boot("pico2", 8);
    words = rig_sram(8, 4, "words");
    served[0] = served[1] = 0;
    dma_irqn_set_channel_enabled(0, 3, true);
    irq_set_exclusive_handler(DMA_IRQ_0, on_shared_line);
    irq_set_enabled(DMA_IRQ_0, true);
    multicore_launch_core1(both_serve);
    core_after(1000);
    for (unsigned n = 1; n <= 10; n++) {
        start_transfer(10);
        core_after(1000);
        assert_int_equal(served[0], n);
        assert_int_equal(served[1], n);
    }
}

static void wait_for_events(void)
{
    while (!core_stop) {
        __wfe();
        core_note('v');
    }
}

static void send_an_event(void)
{
    busy_wait_at_least_cycles(3000);
    core_note('s');
    __sev();
}

static void test_events_wake_the_other_core(void **state)
{
    (void)state;
    core_boot("pico", 8);
    multicore_launch_core1(wait_for_events);
    core_after(1000);
    assert_int_equal(core_entries, 0); // nothing has waked it
    for (unsigned n = 1; n <= 5; n++) {
        __sev();
        uint64_t sent = chip_cycles();
        core_after(500);
        assert_int_equal(core_entries, n);
        assert_true(core_entry[n - 1].cycle == sent); // in the very cycle
    }
    core_stop = true;
    __sev();
    core_after(100);
    core_entries = 0;
    __wfe(); // its own event
    multicore_launch_core1(send_an_event);
    uint64_t start = chip_cycles();
    __wfe();
    assert_true(core_entry[0].cycle == start + 8 + 3000);
    assert_true(chip_cycles() == start + 8 + 3000 + 8);
}

static void test_waits_with_a_time_limit(void **state)
{
    (void)state;
    core_boot("pico", 8);
    absolute_time_t limit = make_timeout_time_us(100);
    assert_true(best_effort_wfe_or_timeout(limit));
    assert_in_range(time_us_64() - to_us_since_boot(limit), 0, 1);
    multicore_launch_core1(send_an_event);
    limit = make_timeout_time_us(100);
    assert_false(best_effort_wfe_or_timeout(limit)); // 3000 cycles are 24 us
    assert_in_range(to_us_since_boot(limit) - time_us_64(), 75, 77);
    assert_true(best_effort_wfe_or_timeout(limit)); // the event is used up
}

// ---- faults --------------------------------------------------------------------------------------------------------

/// Interrupt times of a line that both cores serve: `late` for one core, punctual for the other.
static void test_faults_hit_one_core(void **state)
{
    (void)state;
    for (uint8_t core = 0; core < 2; core++) {
        for (chip_fault_kind_t kind = CHIP_FAULT_FREEZE; kind <= CHIP_FAULT_FREEZE_TIME; kind++) {
            if (kind == CHIP_FAULT_STALL_FEED)
                continue; // below
            core_boot("pico", 8);
            words = rig_sram(8, 4, "words");
            dma_irqn_set_channel_enabled(0, 3, true);
            irq_set_exclusive_handler(DMA_IRQ_0, on_dma);
            irq_set_enabled(DMA_IRQ_0, true);
            multicore_launch_core1(both_serve);
            core_after(1000);
            start_transfer(1000);
            uint64_t start = chip_cycles();
            chip_fault_t fault = {.kind = kind, .cycles = 50000, .core = core};
            fault.at = kind == CHIP_FAULT_FREEZE ? chip_core_hooks(core) + 2 // in the handler, at its acknowledgement
                       : kind == CHIP_FAULT_DELAY_IRQ ? 1
                                                      : start + 900;
            assert_true(chip_fault_add(&fault));
            core_after(100000);
            assert_int_equal(core_entries, 2);
            for (unsigned i = 0; i < 2; i++) {
                uint64_t late = core_entry[i].cycle - (start + 1002 + 16);
                if (core_entry[i].core == core)
                    assert_in_range(late, 48000, 50100);
                else
                    assert_true(late == 0);
            }
        }
    }
}

static void raise_often(void)
{
    irq_set_enabled(user[0], true);
    for (unsigned n = 0; n < 10; n++) {
        irq_set_pending(user[0]);
        busy_wait_at_least_cycles(1000);
    }
}

static void test_a_stalled_feed_on_core1(void **state)
{
    (void)state;
    core_boot("pico", 8);
    user[0] = (uint)user_irq_claim_unused(true);
    irq_set_exclusive_handler(user[0], on_user);
    irq_set_enabled(user[0], true);
    chip_fault_t fault = {.kind = CHIP_FAULT_STALL_FEED, .at = chip_cycles() + 2500, .cycles = 4000, .core = 1};
    assert_true(chip_fault_add(&fault));
    multicore_launch_core1(raise_often);
    unsigned here = 0;
    for (unsigned n = 0; n < 10; n++) {
        irq_set_pending(user[0]);
        core_after(1000);
    }
    uint64_t last = 0, gap = 0;
    for (unsigned i = 0; i < core_entries; i++) {
        here += core_entry[i].core == 0;
        if (core_entry[i].core == 1 && last && core_entry[i].cycle - last > gap)
            gap = core_entry[i].cycle - last;
        if (core_entry[i].core == 1)
            last = core_entry[i].cycle;
    }
    assert_int_equal(here, 10);
    assert_in_range(core_entries, 10 + 6, 10 + 8);
    assert_in_range(gap, 3900, 5100);
    fault.core = 2;
    assert_false(chip_fault_add(&fault));
}

static uint64_t numbers[2];

static void on_hook(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    (void)cycle;
    (void)kind;
    (void)what;
    uint core = get_core_num();
    assert_true(number == numbers[core] + 1);
    numbers[core] = number;
}

static uint64_t one_run(uint32_t hook_cycles)
{
    core_boot("pico2", hook_cycles);
    words = rig_sram(8, 4, "words");
    numbers[0] = chip_core_hooks(0);
    numbers[1] = 0;
    chip_on_hook(on_hook, NULL);
    dma_irqn_set_channel_enabled(0, 3, true);
    multicore_launch_core1(serve_dma);
    for (unsigned n = 0; n < 50; n++) {
        start_transfer(100 + n);
        core_after(n * 13 % 170);
        __sev();
        multicore_fifo_push_timeout_us(n, 1);
    }
    core_stop = true;
    start_transfer(1);
    core_after(1000);
    chip_on_hook(NULL, NULL);
    assert_true(numbers[0] == chip_core_hooks(0) && numbers[1] == chip_core_hooks(1) && numbers[1] > 50);
    uint64_t sum = 14695981039346656037u;
    for (unsigned i = 0; i < core_entries; i++)
        sum = (sum ^ core_entry[i].cycle ^ (uint64_t)core_entry[i].core << 60 ^ (uint64_t)core_entry[i].what << 40) *
              1099511628211u;
    return sum ^ chip_cycles();
}

static void test_twice_the_same(void **state)
{
    (void)state;
    for (uint32_t hook_cycles = 0; hook_cycles < 12; hook_cycles += 3)
        assert_true(one_run(hook_cycles) == one_run(hook_cycles));
}

// ---- what a test runner does ---------------------------------------------------------------------------------------

static jmp_buf back;

static void jump_out(void)
{
    volatile char frame[3000];
    memset((void *)(uintptr_t)frame, get_core_num() ? 1 : 2, sizeof frame);
    if (frame[2999] == 1)
        longjmp(back, 1);
}

static void test_a_jump_out_of_core1(void **state)
{
    (void)state;
    for (volatile unsigned n = 0; n < 20; n++) {
        core_boot("pico", 8);
        if (setjmp(back) == 0) {
            multicore_launch_core1(jump_out);
            core_after(1000);
            fail();
        }
        assert_int_equal(get_core_num(), 1); // so it seems, until the chip is powered up again
        core_boot("pico", 8);
        assert_int_equal(get_core_num(), 0);
        multicore_launch_core1(note_and_return);
        core_after(100);
        assert_int_equal(core_entries, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_launch_return_and_relaunch),
        cmocka_unit_test(test_reset_in_the_middle),
        cmocka_unit_test(test_misuse_panics),
        cmocka_unit_test(test_turns_are_in_order_of_time),
        cmocka_unit_test(test_waiting_for_each_other_takes_time),
        cmocka_unit_test(test_sleep_across_a_change_of_clock),
        cmocka_unit_test(test_a_core_of_ones_own),
        cmocka_unit_test(test_controllers_are_apart),
        cmocka_unit_test(test_a_hook_is_not_cut_short),
        cmocka_unit_test(test_both_cores_on_one_line),
        cmocka_unit_test(test_events_wake_the_other_core),
        cmocka_unit_test(test_waits_with_a_time_limit),
        cmocka_unit_test(test_faults_hit_one_core),
        cmocka_unit_test(test_a_stalled_feed_on_core1),
        cmocka_unit_test(test_twice_the_same),
        cmocka_unit_test(test_a_jump_out_of_core1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
