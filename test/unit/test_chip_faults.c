// The virtual chip's fault script, its claims that fail on demand, its memory map and its boards: all that tests of other
// rooms lean on must itself be exact and the same on every run.

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/irq.h"
#include "hardware/pio.h"
#include "hardware/sync.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"
#include "tonearm/i2s.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD = 1000, STATIC_BYTES = 5000 };

TA_STATIC_SRAM(static_memory, STATIC_BYTES);

// ---- a source of interrupts: a DMA channel that completes every PERIOD cycles, and a user interrupt that it raises --

static uint user;
static uint64_t dma_at[64], user_at[64];
static unsigned dma_count, user_count;

static void on_user(void)
{
    if (user_count < 64)
        user_at[user_count++] = chip_cycles();
}

static void on_dma(void)
{
    dma_irqn_acknowledge_channel(0, 0);
    if (dma_count < 64)
        dma_at[dma_count++] = chip_cycles();
    irq_set_pending(user);
}

/// Cycle of the first tick.
static uint64_t start_ticking(void)
{
    dma_count = user_count = 0;
    uint32_t *memory = rig_sram(64, 16, "memory");
    user = (uint)user_irq_claim_unused(true);
    irq_set_exclusive_handler(user, on_user);
    irq_set_priority(user, PICO_LOWEST_IRQ_PRIORITY);
    irq_set_enabled(user, true);
    irq_set_exclusive_handler(DMA_IRQ_0, on_dma);
    irq_set_enabled(DMA_IRQ_0, true);
    dma_irqn_set_channel_enabled(0, 0, true);
    dma_timer_set_fraction(0, 1, PERIOD);
    uint64_t set = chip_cycles();
    for (uint i = 0; i < 2; i++) { // two channels that chain to each other for ever; the first one interrupts
        dma_channel_config config = dma_channel_get_default_config(i);
        channel_config_set_dreq(&config, i ? DREQ_FORCE : dma_get_timer_dreq(0));
        channel_config_set_chain_to(&config, 1 - i);
        channel_config_set_read_increment(&config, false);
        channel_config_set_irq_quiet(&config, i == 1);
        dma_channel_configure(i, &config, &memory[4], memory, 1, false);
    }
    dma_channel_start(0);
    return set + ((chip_cycles() - set) / PERIOD + 1) * PERIOD +
           2; // read at the timer's pulse, written two cycles later
}

static void check_ticks(const uint64_t *at, unsigned count, unsigned from, uint64_t first, uint64_t lag)
{
    for (unsigned i = from; i < count; i++)
        assert_true(at[i] == first + (uint64_t)i * PERIOD + lag);
}

static void test_no_fault(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    uint64_t first = start_ticking();
    chip_run_until(first + 20 * PERIOD - 1);
    assert_int_equal(dma_count, 20);
    assert_int_equal(user_count, 20);
    check_ticks(dma_at, 20, 0, first, 16);          // entry and acknowledgement
    check_ticks(user_at, 20, 0, first, 16 + 8 + 8); // being set pending, entry
    assert_int_equal(chip_interrupts(), 40);
}

static void test_freeze_at_a_hook(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    uint64_t first = start_ticking();
    chip_fault_t fault = {.kind = CHIP_FAULT_FREEZE, .at = chip_hooks() + 3, .cycles = 5 * PERIOD};
    assert_true(chip_fault_add(&fault));
    __dmb();
    __dmb();
    uint64_t before = chip_cycles();
    uint64_t transfers[2];
    chip_work(&transfers[0], NULL);
    __dmb(); // stands still for five periods; the DMA does not
    chip_work(&transfers[1], NULL);
    assert_in_range(chip_cycles() - before, 5 * PERIOD + 8, 5 * PERIOD + 80);
    assert_int_equal(transfers[1] - transfers[0], 10); // five ticks, two channels
    assert_int_equal(dma_count, 1);                    // their interrupts were one line
    before = chip_cycles();
    __dmb();
    assert_int_equal(chip_cycles() - before, 8); // once only
    chip_run_until(first + 20 * PERIOD - 1);
    assert_int_equal(dma_count, 20 - 4);
}

static void test_freeze_at_a_time(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    uint64_t at = chip_cycles() + 100;
    chip_fault_t fault = {.kind = CHIP_FAULT_FREEZE_TIME, .at = at, .cycles = 777};
    assert_true(chip_fault_add(&fault));
    while (chip_cycles() < at)
        __dmb();
    uint64_t before = chip_cycles();
    __dmb();
    assert_int_equal(chip_cycles() - before, 8 + 777);
    __dmb();
    assert_int_equal(chip_cycles() - before, 8 + 777 + 8); // once only
}

static void test_mask(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    uint64_t first = start_ticking();
    chip_fault_t fault = {.kind = CHIP_FAULT_MASK, .at = first + 2 * PERIOD - 100, .cycles = 3 * PERIOD};
    assert_true(chip_fault_add(&fault));
    chip_run_until(first + 10 * PERIOD - 1);
    assert_int_equal(dma_count, 10 - 2);
    check_ticks(dma_at, 2, 0, first, 16);
    assert_true(dma_at[2] == first + 5 * PERIOD - 100 + 16); // when the mask is lifted, to the cycle
    for (unsigned i = 3; i < dma_count; i++)
        assert_true(dma_at[i] == first + (uint64_t)(i + 2) * PERIOD + 16);
}

static void test_stall_of_the_feed(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    uint64_t first = start_ticking();
    chip_fault_t fault = {.kind = CHIP_FAULT_STALL_FEED, .at = first - 10, .cycles = 4 * PERIOD};
    assert_true(chip_fault_add(&fault));
    chip_run_until(first + 10 * PERIOD - 1);
    assert_int_equal(dma_count, 10); // others come as ever
    check_ticks(dma_at, 10, 0, first, 16);
    assert_int_equal(user_count, 10 - 3);
    assert_true(user_at[0] == first - 10 + 4 * PERIOD + 8);
}

static void test_delayed_delivery(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    uint64_t first = start_ticking();
    chip_fault_t dma = {.kind = CHIP_FAULT_DELAY_IRQ, .at = 3, .cycles = 250}; // deliveries go dma, user, dma, user
    chip_fault_t feed = {.kind = CHIP_FAULT_DELAY_IRQ, .at = 6, .cycles = 100};
    assert_true(chip_fault_add(&dma) && chip_fault_add(&feed));
    chip_run_until(first + 10 * PERIOD - 1);
    assert_int_equal(dma_count, 10);
    assert_true(dma_at[0] == first + 16);
    assert_true(dma_at[1] == first + PERIOD + 250 + 16);
    check_ticks(dma_at, 10, 2, first, 16);
    assert_true(user_at[1] == first + PERIOD + 250 + 32);
    assert_true(user_at[2] == first + 2 * PERIOD + 24 + 100 + 8);
    check_ticks(user_at, 10, 3, first, 32);
}

static void test_script_is_bounded(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    chip_fault_t fault = {.kind = CHIP_FAULT_MASK, .at = UINT64_MAX - 1, .cycles = 1};
    for (int i = 0; i < CHIP_FAULTS_MAX; i++)
        assert_true(chip_fault_add(&fault));
    assert_false(chip_fault_add(&fault));
    rig_boot("pico", 8);
    assert_true(chip_fault_add(&fault)); // cleared by powering up
}

// ---- the same twice ------------------------------------------------------------------------------------------------

static uint64_t fingerprint;

static void mix(uint64_t value)
{
    fingerprint = (fingerprint ^ value) * 0x100000001b3ull;
}

static void on_hook(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    mix(number);
    mix(cycle);
    mix((uint64_t)kind + strlen(what));
}

static void on_pins(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    (void)context;
    mix(cycle);
    mix(levels ^ changed << 1);
}

static uint64_t run_everything(const char *board, uint64_t freeze_hook)
{
    rig_boot(board, 8);
    fingerprint = 0xcbf29ce484222325ull;
    chip_on_hook(on_hook, NULL);
    chip_fault_t fault = {.kind = CHIP_FAULT_FREEZE, .at = freeze_hook, .cycles = 3333};
    assert_true(chip_fault_add(&fault));
    assert_true(chip_pins_listen(UINT64_MAX, on_pins, NULL));
    const uint16_t program[2] = {(uint16_t)pio_encode_out(pio_pins, 5),
                                 (uint16_t)(pio_encode_nop() | pio_encode_delay(3))};
    pio_sm_config config = rig_config();
    sm_config_set_clkdiv_int_frac8(&config, 3, 77);
    sm_config_set_out_shift(&config, true, true, 32);
    rig_program(pio0, 0, program, 2, &config);
    rig_program(pio1, 2, program, 2, &config);
    start_ticking();
    uint32_t *data = rig_sram(400, 4, "data");
    for (uint32_t i = 0; i < 100; i++)
        data[i] = i * 2654435761u;
    dma_channel_config feed = dma_channel_get_default_config(5);
    channel_config_set_dreq(&feed, pio_get_dreq(pio0, 0, true));
    dma_channel_configure(5, &feed, &pio0->txf[0], data, 100, true);
    pio_sm_set_enabled(pio0, 0, true);
    pio_sm_set_enabled(pio1, 2, true);
    for (uint32_t i = 0; i < 200; i++) {
        pio_sm_put(pio1, 2, i * 40503u);
        busy_wait_at_least_cycles(i * 7 % 50);
    }
    return fingerprint;
}

static void test_runs_are_the_same(void **state)
{
    (void)state;
    unsigned different = 0;
    for (uint64_t hook = 1; hook <= 40; hook++) {
        uint64_t first = run_everything(hook & 1 ? "pico" : "pico2", 10 * hook);
        assert_true(run_everything(hook & 1 ? "pico" : "pico2", 10 * hook) == first);
        different += run_everything(hook & 1 ? "pico" : "pico2", 10 * hook + 1) != first;
    }
    assert_int_equal(different, 40); // a freeze one hook later is another run
}

// ---- claims --------------------------------------------------------------------------------------------------------

static void test_claims_fail_on_demand(void **state)
{
    (void)state;
    const uint16_t nop = (uint16_t)pio_encode_nop();
    struct pio_program program = {.instructions = &nop, .length = 1, .origin = -1};
    unsigned refused = 0;
    for (unsigned nth = 1; nth <= 6; nth++) {
        rig_boot("pico", 8);
        assert_true(chip_claims_none());
        chip_fail_claim(nth);
        PIO pio;
        uint sm;
        uint offset;
        int channel[2];
        bool have_sm = pio_claim_free_sm_and_add_program_for_gpio_range(&program, &pio, &sm, &offset, 0, 1, true);
        channel[0] = dma_claim_unused_channel(false);
        channel[1] = dma_claim_unused_channel(false);
        int irq = user_irq_claim_unused(false);
        assert_int_equal(have_sm, nth > 2); // a state machine and a program: two claims
        assert_int_equal(channel[0] < 0, nth == 3);
        assert_int_equal(channel[1] < 0, nth == 4);
        assert_int_equal(irq < 0, nth == 5);
        refused += (unsigned)!have_sm + (channel[0] < 0) + (channel[1] < 0) + (irq < 0);
        assert_false(chip_claims_none());
        if (have_sm)
            pio_remove_program_and_unclaim_sm(&program, pio, sm, offset);
        for (int i = 0; i < 2; i++)
            if (channel[i] >= 0)
                dma_channel_unclaim((uint)channel[i]);
        if (irq >= 0)
            user_irq_unclaim((uint)irq);
        assert_true(chip_claims_none());
    }
    assert_int_equal(refused, 5);
}

static void test_claims_see_everything(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    gpio_init(7);
    assert_false(chip_claims_none());
    gpio_deinit(7);
    assert_true(chip_claims_none());
    irq_set_exclusive_handler(DMA_IRQ_1, on_dma);
    assert_false(chip_claims_none());
    irq_remove_handler(DMA_IRQ_1, on_dma);
    assert_true(chip_claims_none());
    irq_set_enabled(DMA_IRQ_1, true);
    assert_false(chip_claims_none());
    irq_set_enabled(DMA_IRQ_1, false);
    dma_irqn_set_channel_enabled(1, 4, true);
    assert_false(chip_claims_none());
    dma_irqn_set_channel_enabled(1, 4, false);
    uint32_t *memory = rig_sram(400, 4, "memory");
    dma_channel_config config = dma_channel_get_default_config(0);
    channel_config_set_dreq(&config, pio_get_dreq(pio0, 0, false)); // asks never
    dma_channel_configure(0, &config, memory, memory, 4, true);
    assert_false(chip_claims_none());
    dma_channel_cleanup(0);
    assert_true(chip_claims_none());
}

// Each kind of claim: claim the second of its kind, give it back, and is it claimed? Numbered as pico-sdk does.
typedef struct {
    const char *what;
    uint second, beyond;
    void (*claim)(uint number);
    void (*unclaim)(uint number);
    bool (*claimed)(uint number);
} claims_of_t;

static void claim_sm(uint sm)
{
    pio_sm_claim(pio0, sm);
}

static void unclaim_sm(uint sm)
{
    pio_sm_unclaim(pio0, sm);
}

static bool claimed_sm(uint sm)
{
    return pio_sm_is_claimed(pio0, sm);
}

static const claims_of_t kinds_of_claims[] = {
    {"DMA channel 1", 1, 12, dma_channel_claim, dma_channel_unclaim, dma_channel_is_claimed},
    {"DMA timer 1", 1, 4, dma_timer_claim, dma_timer_unclaim, dma_timer_is_claimed},
    {"state machine 1", 1, 8, claim_sm, unclaim_sm, claimed_sm},
    {"spin lock 1", 1, 32, spin_lock_claim, spin_lock_unclaim, spin_lock_is_claimed},
    {"user interrupt 1", 27, 32, user_irq_claim, user_irq_unclaim, user_irq_is_claimed},
};
static const claims_of_t *kind_of_claim;

static void unclaim_what_is_free(void)
{
    rig_boot("pico", 8);
    kind_of_claim->unclaim(kind_of_claim->second);
}

static void unclaim_twice(void)
{
    rig_boot("pico", 8);
    kind_of_claim->claim(kind_of_claim->second);
    kind_of_claim->unclaim(kind_of_claim->second);
    kind_of_claim->unclaim(kind_of_claim->second);
}

static void claim_twice(void)
{
    rig_boot("pico", 8);
    kind_of_claim->claim(kind_of_claim->second);
    kind_of_claim->claim(kind_of_claim->second);
}

static void claim_beyond(void)
{
    rig_boot("pico", 8);
    kind_of_claim->claim(kind_of_claim->beyond);
}

static void unclaim_beyond(void)
{
    rig_boot("pico", 8);
    kind_of_claim->unclaim(kind_of_claim->beyond);
}

static void test_claims_of_others_panic(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds_of_claims / sizeof *kinds_of_claims; i++) {
        char free_one[40], taken[40];
        kind_of_claim = &kinds_of_claims[i];
        snprintf(free_one, sizeof free_one, "%s is not claimed", kind_of_claim->what);
        snprintf(taken, sizeof taken, "%s cannot be claimed", kind_of_claim->what);
        assert_true(rig_panics(unclaim_what_is_free, free_one));
        assert_true(rig_panics(unclaim_twice, free_one));
        assert_true(rig_panics(claim_twice, taken));
        assert_true(rig_panics(claim_beyond, "cannot be claimed"));
        assert_true(rig_panics(unclaim_beyond, "is not claimed"));
        rig_boot("pico", 8);
        kind_of_claim->claim(kind_of_claim->second);
        assert_true(kind_of_claim->claimed(kind_of_claim->second));
        kind_of_claim->unclaim(kind_of_claim->second);
        assert_false(kind_of_claim->claimed(kind_of_claim->second));
        assert_true(chip_claims_none());
    }
}

// ---- memory and boards ---------------------------------------------------------------------------------------------

static void test_boards(void **state)
{
    (void)state;
    unsigned count = 0;
    for (const chip_board_t *board = chip_boards(); board->name; board++) {
        assert_ptr_equal(chip_board_find(board->name), board);
        assert_int_equal(chip_boot(board), 0);
        assert_ptr_equal(chip_board(), board);
        bool rp2350 = board->chip == TA_CHIP_RP2350;
        uint32_t sram = rp2350 ? 520 * 1024 : 264 * 1024;
        void *base;
        size_t bytes;
        chip_sram_free(&base, &bytes);
        assert_int_equal(rig_address(base) + bytes, 0x20000000 + sram);
        assert_true(rig_address(base) >= 0x20000000 + board->static_bytes);
        if (!board->vm_heap_in_psram)
            assert_true(board->static_bytes + board->vm_heap_bytes <= sram);
        if (!rp2350) // the language VM takes all that firmware leaves
            assert_int_equal(board->static_bytes + board->vm_heap_bytes, sram);
        chip_psram(&base, &bytes);
        assert_int_equal(bytes, board->psram_bytes);
        if (bytes) {
            assert_int_equal(rig_address(base), 0x11000000);
            memset(base, 0x55, bytes);
        }
        assert_int_equal(clock_get_hz(clk_sys), board->system_hz);
        assert_int_equal(NUM_BANK0_GPIOS, board->pins);
        assert_null(chip_sram_take(sram));
        count++;
    }
    assert_int_equal(count, 4);
    assert_null(chip_board_find("no such board"));
    assert_null(chip_board_find(NULL));
    chip_shutdown();
    assert_null(chip_board());
    chip_shutdown();
}

static void test_static_memory_outlives_a_boot(void **state)
{
    (void)state;
    assert_non_null(static_memory);
    assert_int_equal(rig_address(static_memory) % 64, 0);
    static const char *const names[3] = {"pico", "pico2", "pimoroni-pico-plus-2"};
    for (int i = 0; i < 3; i++) {
        rig_boot(names[i], 0);
        memset(static_memory, i + 1, STATIC_BYTES);
        uint8_t *taken = rig_sram(64, 4, "taken");
        assert_true(taken >= static_memory + STATIC_BYTES);
        dma_channel_config config = dma_channel_get_default_config(0);
        channel_config_set_write_increment(&config, true);
        dma_channel_configure(0, &config, taken, static_memory, 16, true); // registered, though nobody said so
        chip_run_until(chip_cycles() + 100);
        assert_int_equal(taken[63], i + 1);
        assert_int_equal(chip_violations(NULL, 0), 0);
        chip_shutdown();
        assert_int_equal(static_memory[0], i + 1); // even without power
    }
}

static void test_registers_can_be_stored_to(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    uint32_t *memory = rig_sram(64, 4, "memory");
    memory[0] = 42;
    dma_channel_config config = dma_channel_get_default_config(1);
    dma_channel_hw_t *hw = &dma_hw->ch[1];
    hw->read_addr = rig_address(memory);
    hw->write_addr = rig_address(&memory[1]);
    hw->transfer_count = 1;
    hw->ctrl_trig = channel_config_get_ctrl_value(&config);
    chip_run_until(chip_cycles() + 10);
    assert_int_equal(memory[1], 42);
    assert_int_equal(dma_hw->intr, 2);
    dma_hw->intr = 2; // a store that changes no bit of the word has its meaning too
    __dmb();
    assert_int_equal(dma_hw->intr, 0);
    pio0->irq_force = 5;
    assert_true(pio_interrupt_get(pio0, 2));
    pio0->irq = 1;
    __dmb();
    assert_int_equal(pio0->irq, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_fault),
        cmocka_unit_test(test_freeze_at_a_hook),
        cmocka_unit_test(test_freeze_at_a_time),
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_stall_of_the_feed),
        cmocka_unit_test(test_delayed_delivery),
        cmocka_unit_test(test_script_is_bounded),
        cmocka_unit_test(test_runs_are_the_same),
        cmocka_unit_test(test_claims_fail_on_demand),
        cmocka_unit_test(test_claims_see_everything),
        cmocka_unit_test(test_claims_of_others_panic),
        cmocka_unit_test(test_boards),
        cmocka_unit_test(test_static_memory_outlives_a_boot),
        cmocka_unit_test(test_registers_can_be_stored_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
