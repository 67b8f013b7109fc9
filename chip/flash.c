// Flash: erasing and programming in the time that the part takes, and nothing readable meanwhile. In: pico-sdk's calls. Out:
// bytes at XIP_BASE that have really changed, sector by sector and page by page, each when its time is over.
//
// The processor that calls waits, and takes interrupts unless it masks them; the other core goes on; DMA, PIO and PWM go
// on. XIP is off from the call to its return, for flash and for PSRAM, which share the interface: a DMA read gives
// 0xDEADBEEF and a violation; of a read by a program only the violation is left, since it is served by a fault of the page.
// Times: W25Q16JV datasheet, AC characteristics: sector 45 ms, 400 at most; block of 64 KiB 150 ms, 2000 at most; page
// 0.4 ms, 3 at most. The boot ROM erases a block at a time where it can (RP2040 datasheet 2.8.3.1.3).

#include "chip/model.h"

#include "hardware/flash.h"
#include "pico/flash.h"
#include "pico/multicore.h"

#include <string.h>

const chip_flash_times_t chip_flash_typical = {.sector_us = 45000, .block_us = 150000, .page_us = 400};
const chip_flash_times_t chip_flash_slowest = {.sector_us = 400000, .block_us = 2000000, .page_us = 3000};

void chip_set_flash_times(const chip_flash_times_t *times)
{
    chip.flash_times = *times;
}

bool chip_flash_load(uint32_t offset, const void *data, size_t bytes)
{
    if (offset > chip.board->flash_bytes || bytes > chip.board->flash_bytes - offset)
        return false;
    memcpy(memory_open_flash() + offset, data, bytes);
    memory_close_flash();
    return true;
}

static void begin(const char *what, uint32_t offset, size_t count, uint32_t unit)
{
    hook(what);
    if (offset % unit || count % unit)
        panic("%s: offset 0x%x and %zu bytes are not whole units of %u", what, (unsigned)offset, count, (unsigned)unit);
    if (offset > chip.board->flash_bytes || count > chip.board->flash_bytes - offset)
        panic("%s: %zu bytes at offset 0x%x lie beyond the flash of %u bytes", what, count, (unsigned)offset,
              (unsigned)chip.board->flash_bytes);
    if (chip.xip_off)
        panic("%s: flash is being written already", what);
    chip.xip_off = true;
    memory_hide_xip(true);
}

static void end(void)
{
    chip.xip_off = false;
    memory_hide_xip(false);
    hook_end();
}

static void work_for(uint32_t us)
{
    cpu_idle_until_us(clock_us(chip.now) + us);
}

void flash_range_erase(uint32_t flash_offs, size_t count)
{
    begin("flash_range_erase", flash_offs, count, FLASH_SECTOR_SIZE);
    for (size_t done = 0; done < count;) {
        bool block = (flash_offs + done) % FLASH_BLOCK_SIZE == 0 && count - done >= FLASH_BLOCK_SIZE;
        work_for(block ? chip.flash_times.block_us : chip.flash_times.sector_us);
        size_t bytes = block ? FLASH_BLOCK_SIZE : FLASH_SECTOR_SIZE;
        memset(memory_open_flash() + flash_offs + done, 0xff, bytes);
        memory_close_flash();
        done += bytes;
    }
    end();
}

void flash_range_program(uint32_t flash_offs, const uint8_t *data, size_t count)
{
    if ((uintptr_t)data - XIP_BASE < chip.board->flash_bytes)
        panic("flash_range_program: the data lie in flash, which cannot be read meanwhile");
    begin("flash_range_program", flash_offs, count, FLASH_PAGE_SIZE);
    for (size_t done = 0; done < count; done += FLASH_PAGE_SIZE) {
        work_for(chip.flash_times.page_us);
        uint8_t *page = memory_open_flash() + flash_offs + done;
        for (size_t i = 0; i < FLASH_PAGE_SIZE; i++)
            page[i] &= data[done + i];
        memory_close_flash();
    }
    end();
}

void flash_get_unique_id(uint8_t *id_out)
{
    hook("flash_get_unique_id");
    static const uint8_t id[FLASH_UNIQUE_ID_SIZE_BYTES] = {'V', 'I', 'R', 'T', 'U', 'A', 'L', 0};
    memcpy(id_out, id, sizeof id);
}

void flash_flush_cache(void)
{
    hook("flash_flush_cache");
}

// ---- flash_safe_execute --------------------------------------------------------------------------------------------

static uint32_t saved_masks[CHIP_CORES];

static bool init_deinit(bool init)
{
    if (init)
        multicore_lockout_victim_init();
    return init; // the SDK's own helper does not take it back
}

/// Does the other core have to be stopped?
static bool two_cores(void)
{
    return chip.core[1].on;
}

static int enter(uint32_t timeout_ms)
{
    if (two_cores() && !multicore_lockout_victim_is_initialized(1 - get_core_num()))
        return PICO_ERROR_NOT_PERMITTED;
    if (two_cores() && !multicore_lockout_start_timeout_us(timeout_ms * 1000ull))
        return PICO_ERROR_TIMEOUT;
    saved_masks[get_core_num()] = save_and_disable_interrupts();
    return PICO_OK;
}

static int leave(uint32_t timeout_ms)
{
    restore_interrupts_from_disabled(saved_masks[get_core_num()]);
    if (chip.lockout_held && !multicore_lockout_end_timeout_us(timeout_ms * 1000ull))
        return PICO_ERROR_TIMEOUT;
    return PICO_OK;
}

__weak flash_safety_helper_t *get_flash_safety_helper(void)
{
    static flash_safety_helper_t helper = {init_deinit, enter, leave};
    return &helper;
}

bool flash_safe_execute_core_init(void)
{
    flash_safety_helper_t *helper = get_flash_safety_helper();
    return helper && helper->core_init_deinit(true);
}

bool flash_safe_execute_core_deinit(void)
{
    flash_safety_helper_t *helper = get_flash_safety_helper();
    return helper && helper->core_init_deinit(false);
}

int flash_safe_execute(void (*func)(void *), void *param, uint32_t enter_exit_timeout_ms)
{
    flash_safety_helper_t *helper = get_flash_safety_helper();
    if (!helper)
        return PICO_ERROR_NOT_PERMITTED;
    int result = helper->enter_safe_zone_timeout_ms(enter_exit_timeout_ms);
    if (result != PICO_OK)
        return result;
    func(param);
    return helper->exit_safe_zone_timeout_ms(enter_exit_timeout_ms);
}
