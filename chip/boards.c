// The boards: everything in which one virtual chip differs from another. In: a name. Out: a constant row.
//
// Flash and PSRAM are what the boards' makers fit. static_bytes is what a language VM's firmware occupies at the bottom
// of SRAM: on RP2040 MicroPython leaves about 230 KiB of 264 to its heap, CircuitPython less; on RP2350 drivers and USB
// take a little more. On RP2040 the VM's heap then takes all the rest, so nothing is left for a heap beside it. On RP2350
// 64 KiB are kept back from the VM (pico2), or its heap lies in PSRAM (pico-plus-2).

#include "chip/model.h"

#include <string.h>

enum { KIB = 1024, MIB = 1024 * 1024 };
enum { RP2040_SRAM = 264 * KIB, RP2350_SRAM = 520 * KIB, RP2040_STATIC = 36 * KIB, RP2350_STATIC = 44 * KIB };

static const chip_board_t boards[] = {
    {
        .name = "pico",
        .chip = TA_CHIP_RP2040,
        .system_hz = 125000000,
        .flash_bytes = 2 * MIB,
        .pins = 30,
        .static_bytes = RP2040_STATIC,
        .vm_heap_bytes = RP2040_SRAM - RP2040_STATIC,
        .data_pin = 9,
        .bclk_pin = 10,
        .ws_pin = 11,
    },
    {
        .name = "pico2",
        .chip = TA_CHIP_RP2350,
        .system_hz = 150000000,
        .flash_bytes = 4 * MIB,
        .pins = 30,
        .static_bytes = RP2350_STATIC,
        .vm_heap_bytes = RP2350_SRAM - RP2350_STATIC - 64 * KIB,
        .data_pin = 9,
        .bclk_pin = 10,
        .ws_pin = 11,
    },
    {
        .name = "waveshare-rp2040-pizero",
        .chip = TA_CHIP_RP2040,
        .system_hz = 125000000,
        .flash_bytes = 16 * MIB,
        .pins = 30,
        .static_bytes = RP2040_STATIC,
        .vm_heap_bytes = RP2040_SRAM - RP2040_STATIC,
        .data_pin = 21, // the forty-pin header's places for I2S, as on a Raspberry Pi: GPIO 18, 19, 21
        .bclk_pin = 18,
        .ws_pin = 19,
    },
    {
        .name = "pimoroni-pico-plus-2",
        .chip = TA_CHIP_RP2350,
        .system_hz = 150000000,
        .flash_bytes = 16 * MIB,
        .psram_bytes = 8 * MIB,
        .pins = 48, // RP2350B
        .static_bytes = RP2350_STATIC,
        .vm_heap_bytes = 8 * MIB,
        .vm_heap_in_psram = true,
        .data_pin = 9,
        .bclk_pin = 10,
        .ws_pin = 11,
    },
    {.name = NULL},
};

const chip_board_t *chip_boards(void)
{
    return boards;
}

const chip_board_t *chip_board_find(const char *name)
{
    for (const chip_board_t *board = boards; board->name; board++)
        if (name && strcmp(board->name, name) == 0)
            return board;
    return NULL;
}

// ---- constants that SDK headers ask for ----------------------------------------------------------------------------

uint chip_constant_dma_channels(void)
{
    return chip.rp2350 ? 16 : 12;
}

uint chip_constant_dma_irqs(void)
{
    return chip.rp2350 ? 4 : 2;
}

uint chip_constant_irqs(void)
{
    return chip.rp2350 ? 52 : 32;
}

uint chip_constant_pios(void)
{
    return chip.rp2350 ? 3 : 2;
}

uint chip_constant_pwm_slices(void)
{
    return chip.rp2350 ? 12 : 8;
}

uint chip_constant_pwm_irqs(void)
{
    return chip.rp2350 ? 2 : 1;
}

uint chip_constant_gpios(void)
{
    return chip.board ? chip.board->pins : 30;
}

uint chip_constant_system_hz(void)
{
    return chip.board ? chip.board->system_hz : 125000000;
}

uint chip_constant_flash_bytes(void)
{
    return chip.board ? chip.board->flash_bytes : 2 * MIB;
}

bool chip_constant_is_rp2350(void)
{
    return chip.rp2350;
}
