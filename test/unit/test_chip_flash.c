// The virtual chip's flash: what erasing and programming leave, how long they take, who goes on meanwhile, and who is caught
// reading.

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/flash.h"
#include "hardware/irq.h"
#include "hardware/sync.h"
#include "pico/flash.h"
#include "pico/multicore.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"
#include "test/support/core_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const char *const boards[2] = {"pico", "pimoroni-pico-plus-2"};
static const volatile uint8_t *const flash = (const volatile uint8_t *)(uintptr_t)XIP_BASE;

static void expect(uint32_t offset, size_t bytes, uint8_t value)
{
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(flash[offset + i], value);
}

// ---- contents ------------------------------------------------------------------------------------------------------

static void test_contents(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        core_boot(boards[b], 8);
        const void *base;
        size_t bytes;
        chip_flash(&base, &bytes);
        assert_ptr_equal(base, (const void *)(uintptr_t)flash);
        assert_int_equal(bytes, b ? 16 << 20 : 2 << 20);
        assert_int_equal(PICO_FLASH_SIZE_BYTES, bytes);
        uint8_t page[FLASH_PAGE_SIZE];
        for (unsigned round = 0; round < 2; round++) { // the second round finds everything erased by chip_boot
            core_boot(boards[b], 8);
            expect(0, 3 * FLASH_SECTOR_SIZE, 0xff);
            expect((uint32_t)bytes - FLASH_SECTOR_SIZE, FLASH_SECTOR_SIZE, 0xff);
            memset(page, 0x5a, sizeof page);
            flash_range_program(FLASH_SECTOR_SIZE + FLASH_PAGE_SIZE, page, sizeof page);
            expect(FLASH_SECTOR_SIZE, FLASH_PAGE_SIZE, 0xff);
            expect(FLASH_SECTOR_SIZE + FLASH_PAGE_SIZE, FLASH_PAGE_SIZE, 0x5a);
            expect(FLASH_SECTOR_SIZE + 2 * FLASH_PAGE_SIZE, FLASH_PAGE_SIZE, 0xff);
            memset(page, 0xcc, sizeof page);
            flash_range_program(FLASH_SECTOR_SIZE + FLASH_PAGE_SIZE, page, sizeof page);
            expect(FLASH_SECTOR_SIZE + FLASH_PAGE_SIZE, FLASH_PAGE_SIZE, 0x5a & 0xcc); // bits only fall
            flash_range_erase((uint32_t)bytes - FLASH_SECTOR_SIZE, FLASH_SECTOR_SIZE);
            flash_range_erase(FLASH_SECTOR_SIZE, FLASH_SECTOR_SIZE);
            expect(0, 3 * FLASH_SECTOR_SIZE, 0xff);
            assert_true(chip_flash_load((uint32_t)bytes - 3, "abc", 3));
            assert_int_equal(flash[bytes - 1], 'c');
            assert_false(chip_flash_load((uint32_t)bytes - 2, "abc", 3));
            assert_false(chip_flash_load((uint32_t)bytes + 1, "abc", 0));
        }
        assert_int_equal(chip_violations(NULL, 0), 0);
    }
}

static void boot_and_erase(uint32_t offset, size_t count)
{
    core_boot("pico", 8);
    flash_range_erase(offset, count);
}

static void erase_half_a_sector(void)
{
    boot_and_erase(FLASH_SECTOR_SIZE / 2, FLASH_SECTOR_SIZE);
}

static void erase_too_little(void)
{
    boot_and_erase(0, 100);
}

static void erase_beyond(void)
{
    boot_and_erase((2 << 20) - FLASH_SECTOR_SIZE, 2 * FLASH_SECTOR_SIZE);
}

static void program_from_flash(void)
{
    core_boot("pico", 8);
    flash_range_program(0, (const uint8_t *)(uintptr_t)XIP_BASE + 4096, FLASH_PAGE_SIZE);
}

static void erase_again(void)
{
    flash_range_erase(0, FLASH_SECTOR_SIZE);
}

static void erase_from_both(void)
{
    core_boot("pico", 8);
    multicore_launch_core1(erase_again);
    flash_range_erase(0, FLASH_SECTOR_SIZE);
}

static void test_misuse_panics(void **state)
{
    (void)state;
    assert_true(rig_panics(erase_half_a_sector, "not whole units of 4096"));
    assert_true(rig_panics(erase_too_little, "not whole units of 4096"));
    assert_true(rig_panics(erase_beyond, "beyond the flash"));
    assert_true(rig_panics(program_from_flash, "lie in flash"));
    assert_true(rig_panics(erase_from_both, "written already"));
}

// ---- times ---------------------------------------------------------------------------------------------------------

static uint64_t us_since(uint64_t cycle)
{
    return (chip_cycles_to_ns(chip_cycles()) - chip_cycles_to_ns(cycle)) / 1000;
}

static void test_times(void **state)
{
    (void)state;
    uint8_t pages[8 * FLASH_PAGE_SIZE] = {0};
    for (int b = 0; b < 2; b++) {
        for (int slow = 0; slow < 2; slow++) {
            core_boot(boards[b], 0);
            if (slow)
                chip_set_flash_times(&chip_flash_slowest);
            uint64_t start = chip_cycles();
            flash_range_erase(0, FLASH_SECTOR_SIZE);
            assert_in_range(us_since(start), slow ? 400000 : 45000, slow ? 400001 : 45001);
            start = chip_cycles();
            flash_range_program(0, pages, sizeof pages);
            assert_in_range(us_since(start), slow ? 24000 : 3200, slow ? 24008 : 3208);
            start = chip_cycles();
            flash_range_erase(FLASH_BLOCK_SIZE, FLASH_BLOCK_SIZE);
            assert_in_range(us_since(start), slow ? 2000000 : 150000, slow ? 2000001 : 150001);
        }
    }
}

/// Sectors and blocks: every offset and length up to three blocks, counted sector by sector.
static void test_blocks_where_they_fit(void **state)
{
    (void)state;
    core_boot("pico", 0);
    static const chip_flash_times_t times = {.sector_us = 3, .block_us = 1000, .page_us = 1};
    chip_set_flash_times(&times);
    const uint32_t per_block = FLASH_BLOCK_SIZE / FLASH_SECTOR_SIZE;
    for (uint32_t from = 0; from < per_block; from += 3) {
        for (uint32_t sectors = 0; sectors <= 3 * per_block; sectors += 5) {
            uint32_t blocks = 0;
            for (uint32_t block = 0; block < 4; block++) // those that lie wholly inside
                blocks += block * per_block >= from && (block + 1) * per_block <= from + sectors;
            uint64_t start = chip_cycles();
            flash_range_erase(from * FLASH_SECTOR_SIZE, (size_t)sectors * FLASH_SECTOR_SIZE);
            uint64_t us = 1000 * blocks + 3 * (sectors - per_block * blocks);
            assert_in_range(us_since(start), us, us + sectors);
        }
    }
}

/// The time is the part's, whatever clk_sys does in an interrupt.
static void change_the_clock(void)
{
    busy_wait_at_least_cycles(1000000);
    set_sys_clock_khz(48000, true);
    core_note('c');
}

static void test_time_is_the_crystals(void **state)
{
    (void)state;
    core_boot("pico", 8);
    multicore_launch_core1(change_the_clock);
    uint64_t before = time_us_64();
    flash_range_erase(0, FLASH_SECTOR_SIZE);
    assert_in_range(time_us_64() - before, 45000, 45002);
    assert_int_equal(core_count('c', NULL), 1);
}

// ---- who goes on ---------------------------------------------------------------------------------------------------

enum { TICK = 10000 };

static void on_tick(void)
{
    dma_irqn_acknowledge_channel(0, 0);
    core_note('t');
}

/// A DMA channel that completes every TICK cycles and starts anew, and its interrupt.
static void start_ticking(void)
{
    uint32_t *words = rig_sram(16, 4, "words");
    irq_set_exclusive_handler(DMA_IRQ_0, on_tick);
    irq_set_enabled(DMA_IRQ_0, true);
    dma_irqn_set_channel_enabled(0, 0, true);
    dma_timer_set_fraction(0, 1, TICK);
    for (uint i = 0; i < 2; i++) {
        dma_channel_config config = dma_channel_get_default_config(i);
        channel_config_set_dreq(&config, i ? DREQ_FORCE : dma_get_timer_dreq(0));
        channel_config_set_chain_to(&config, 1 - i);
        channel_config_set_read_increment(&config, false);
        dma_channel_configure(i, &config, &words[2], words, 1, false);
    }
    dma_channel_start(0);
}

static uint64_t transfers(void)
{
    uint64_t done;
    chip_work(&done, NULL);
    return done;
}

static void test_interrupts_come_unless_masked(void **state)
{
    (void)state;
    core_boot("pico", 8);
    start_ticking();
    uint64_t before = transfers();
    flash_range_erase(0, FLASH_SECTOR_SIZE); // 45 ms are 562.5 ticks
    assert_in_range(core_entries, 562, 563);
    assert_in_range(transfers() - before, 2 * 562, 2 * 563);
    core_entries = 0;
    before = transfers();
    uint32_t was = save_and_disable_interrupts();
    flash_range_erase(0, FLASH_SECTOR_SIZE);
    assert_int_equal(core_entries, 0);
    assert_in_range(transfers() - before, 2 * 562, 2 * 563); // the DMA does not care
    restore_interrupts(was);
    assert_int_equal(core_entries, 1);
    assert_int_equal(chip_violations(NULL, 0), 0);
}

static unsigned calls;

static void erase(void *parameter)
{
    calls++;
    flash_range_erase(*(const uint32_t *)parameter, FLASH_SECTOR_SIZE);
}

static void test_safe_execute_on_one_core(void **state)
{
    (void)state;
    core_boot("pico", 8);
    start_ticking();
    calls = 0;
    uint32_t offset = 8192;
    assert_true(chip_flash_load(offset, "xyz", 3));
    assert_int_equal(flash_safe_execute(erase, &offset, 100), PICO_OK);
    assert_int_equal(calls, 1);
    assert_int_equal(flash[offset], 0xff);
    assert_int_equal(core_entries, 1); // those of 45 ms together, when they were let in again
}

static void work(void)
{
    assert_true(flash_safe_execute_core_init());
    core_ready = true;
    while (!core_stop) {
        busy_wait_at_least_cycles(992);
        core_note('w');
    }
    (void)flash_safe_execute_core_deinit();
    multicore_lockout_victim_deinit();
}

static void test_safe_execute_on_two_cores(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        core_boot(boards[b], 8);
        multicore_launch_core1(work);
        while (!core_ready)
            tight_loop_contents();
        calls = 0;
        uint32_t offset = 0;
        for (unsigned n = 0; n < 3; n++) {
            core_after(5000);
            unsigned before = core_entries;
            uint64_t start = chip_cycles();
            assert_int_equal(flash_safe_execute(erase, &offset, 100), PICO_OK);
            assert_true(us_since(start) >= 45000);
            // before and after the erasing it works: a little, for the handshakes take a little
            assert_in_range(core_entries - before, 0, 4);
            core_after(5000);
            assert_in_range(core_entries - before, 4, 10);
        }
        assert_int_equal(calls, 3);
        core_stop = true;
        core_after(5000);
        assert_int_equal(flash_safe_execute(erase, &offset, 100), PICO_OK); // it has returned
        assert_true(chip_claims_none());
    }
}

static void work_alone(void)
{
    while (!core_stop)
        tight_loop_contents();
}

static void test_safe_execute_is_refused(void **state)
{
    (void)state;
    core_boot("pico", 8);
    calls = 0;
    uint32_t offset = 0;
    multicore_launch_core1(work_alone);
    core_after(1000);
    assert_int_equal(flash_safe_execute(erase, &offset, 100), PICO_ERROR_NOT_PERMITTED);
    multicore_reset_core1();
    multicore_launch_core1(work);
    while (!core_ready)
        tight_loop_contents();
    chip_fault_t fault = {.kind = CHIP_FAULT_MASK, .at = chip_cycles(), .cycles = 125000 * 50, .core = 1};
    assert_true(chip_fault_add(&fault));
    uint64_t start = chip_cycles();
    assert_int_equal(flash_safe_execute(erase, &offset, 20), PICO_ERROR_TIMEOUT);
    assert_in_range(us_since(start), 19999, 20010); // a microsecond is lost where one had begun
    assert_int_equal(calls, 0);
}

// ---- who is caught -------------------------------------------------------------------------------------------------

static uint32_t *copy;

static void read_by_dma(uint32_t address)
{
    dma_channel_config config = dma_channel_get_default_config(5);
    dma_channel_configure(5, &config, copy, (const void *)(uintptr_t)address, 1, true);
    busy_wait_at_least_cycles(10);
}

static uint32_t address_to_read;

static void on_tick_read_by_dma(void)
{
    dma_irqn_acknowledge_channel(0, 0);
    if (core_entries == 0)
        read_by_dma(address_to_read);
    core_note('t');
}

static void test_dma_reads_are_violations(void **state)
{
    (void)state;
    for (unsigned psram = 0; psram < 2; psram++) {
        core_boot("pimoroni-pico-plus-2", 8);
        void *base = NULL;
        size_t bytes;
        chip_psram(&base, &bytes);
        address_to_read = psram ? rig_address(base) + 4096 : XIP_BASE + 4096;
        if (psram)
            ((uint32_t *)base)[1024] = 0x04030201;
        else
            assert_true(chip_flash_load(4096, "\1\2\3\4", 4));
        chip_dma_allow((const void *)(uintptr_t)address_to_read, 4, "samples");
        copy = rig_sram(4, 4, "copy");
        start_ticking();
        irq_remove_handler(DMA_IRQ_0, on_tick);
        irq_set_exclusive_handler(DMA_IRQ_0, on_tick_read_by_dma);
        core_entries = 1;
        read_by_dma(address_to_read);
        assert_int_equal(*copy, 0x04030201);
        assert_int_equal(chip_violations(NULL, 0), 0);
        core_entries = 0;
        uint64_t start = chip_cycles();
        flash_range_erase(0, FLASH_SECTOR_SIZE);
        chip_violation_t found;
        assert_int_equal(chip_violations(&found, 1), 1);
        assert_int_equal(found.address, address_to_read);
        assert_int_equal(found.channel, 5);
        assert_false(found.write);
        assert_in_range(found.cycle - start, 1, 2 * TICK);
        assert_true(*copy == 0xdeadbeef);
        read_by_dma(address_to_read);
        assert_int_equal(*copy, 0x04030201); // readable again
        assert_int_equal(chip_violations(NULL, 0), 1);
    }
}

static volatile uint32_t seen;

static uint32_t load(uintptr_t address)
{
    return *(const volatile uint32_t *)address;
}

/// By a pointer, so that valgrind, which keeps registers exact between pieces of code only, can repeat the read after its
/// fault.
static uint32_t (*volatile const load_flash)(uintptr_t address) = load;

static void on_tick_read(void)
{
    dma_irqn_acknowledge_channel(0, 0);
    if (core_entries < 2)
        seen = load_flash(address_to_read);
    core_note('t');
}

static void read_on_core1(void)
{
    busy_wait_at_least_cycles(50000);
    seen = load_flash(address_to_read);
    core_note('r');
}

static void test_reads_by_programs_are_violations(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 4; n++) {
        unsigned core = n & 1;
        core_boot("pimoroni-pico-plus-2", 8);
        void *psram;
        size_t bytes;
        chip_psram(&psram, &bytes);
        address_to_read = n & 2 ? rig_address(psram) + 4096 : XIP_BASE + 4096;
        ((uint32_t *)psram)[1024] = 0x04030201;
        assert_true(chip_flash_load(4096, "\1\2\3\4", 4));
        assert_int_equal(*(const volatile uint32_t *)(uintptr_t)address_to_read, 0x04030201);
        if (core) {
            multicore_launch_core1(read_on_core1);
        } else {
            start_ticking();
            irq_remove_handler(DMA_IRQ_0, on_tick);
            irq_set_exclusive_handler(DMA_IRQ_0, on_tick_read);
        }
        uint64_t start = chip_cycles();
        flash_range_erase(0, FLASH_SECTOR_SIZE);
        chip_violation_t found;
        assert_int_equal(chip_violations(&found, 1), 1); // of several in one erasing, the first
        assert_int_equal(found.channel, CHIP_BY_CORE + core);
        assert_int_equal(found.address, address_to_read);
        assert_in_range(found.cycle - start, core ? 50000 : TICK - 100, core ? 50016 : TICK + 100);
        assert_int_equal(seen, 0x04030201);
        assert_int_equal(*(const volatile uint32_t *)(uintptr_t)address_to_read, 0x04030201);
        core_after(100);
        assert_int_equal(chip_violations(NULL, 0), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_misuse_panics),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_blocks_where_they_fit),
        cmocka_unit_test(test_time_is_the_crystals),
        cmocka_unit_test(test_interrupts_come_unless_masked),
        cmocka_unit_test(test_safe_execute_on_one_core),
        cmocka_unit_test(test_safe_execute_on_two_cores),
        cmocka_unit_test(test_safe_execute_is_refused),
        cmocka_unit_test(test_dma_reads_are_violations),
        cmocka_unit_test(test_reads_by_programs_are_violations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
