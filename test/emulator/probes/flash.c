// Erases and programs the last two sectors of flash, and says how long each step took; then leaves interrupts on while it erases, with
// a timer's handler in flash: what must not be done, for the harness must see it.

#include "hardware/flash.h"
#include "hardware/sync.h"
#include "pico/stdlib.h"

#include <stdio.h>
#include <string.h>

enum { PLACE = PICO_FLASH_SIZE_BYTES - 2 * FLASH_SECTOR_SIZE };

static volatile uint32_t ticks;

static bool on_tick(repeating_timer_t *timer)
{
    (void)timer;
    ticks = ticks + 1;
    return true;
}

static const uint8_t *in_flash(uint32_t offset)
{
    return (const uint8_t *)(XIP_BASE + offset);
}

static unsigned long erase(uint32_t offset, uint32_t bytes)
{
    uint32_t was = save_and_disable_interrupts();
    uint64_t began = time_us_64();
    flash_range_erase(offset, bytes);
    uint64_t took = time_us_64() - began;
    restore_interrupts(was);
    return (unsigned long)took;
}

static unsigned long program(uint32_t offset, const uint8_t *data, uint32_t bytes)
{
    uint32_t was = save_and_disable_interrupts();
    uint64_t began = time_us_64();
    flash_range_program(offset, data, bytes);
    uint64_t took = time_us_64() - began;
    restore_interrupts(was);
    return (unsigned long)took;
}

int main(void)
{
    static uint8_t page[2 * FLASH_PAGE_SIZE];
    static repeating_timer_t timer;
    stdio_init_all();
    printf("erase of %u bytes: %lu us\n", 2 * FLASH_SECTOR_SIZE, erase(PLACE, 2 * FLASH_SECTOR_SIZE));
    for (unsigned n = 0; n < sizeof page; n++)
        page[n] = (uint8_t)(n * 7 + n / 256);
    printf("program of %u bytes: %lu us\n", (unsigned)sizeof page, program(PLACE, page, sizeof page));
    printf("read back: %s\n", memcmp(in_flash(PLACE), page, sizeof page) == 0 ? "the same" : "different");
    page[0] = 0xf0; // bits can only be cleared: 0x00 stays
    (void)program(PLACE, page, FLASH_PAGE_SIZE);
    printf("programmed over: %02x, and behind it %02x\n", in_flash(PLACE)[0], in_flash(PLACE + sizeof page)[0]);
    printf("erase of 65536 bytes: %lu us\n", erase(PICO_FLASH_SIZE_BYTES - 2 * FLASH_BLOCK_SIZE, FLASH_BLOCK_SIZE));

    add_repeating_timer_ms(-10, on_tick, NULL, &timer);
    while (ticks < 2)
        tight_loop_contents();
    printf("now wrongly\n");
    flash_range_erase(PLACE, FLASH_SECTOR_SIZE);
    printf("done, %s\n", ticks > 5 ? "with ticks" : "without ticks");
    return 0;
}
