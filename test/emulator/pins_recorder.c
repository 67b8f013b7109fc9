// Linked into a program for the virtual chip, records what a DAC would take from its pins. In: TONEARM_FRAMES, the file to write, and
// TONEARM_PINS, "data,bclk,lrclk,bits" with 16 or 32 bit clocks a channel and ",left" for left-justified. Out: the file, two
// little-endian 32-bit words a frame, left-justified, left first; figures on stderr. Without TONEARM_FRAMES it records nothing.
// TONEARM_FLASH, "offset,file": the file's bytes lie in flash, from that offset on.

#include "chip/chip.h"
#include "tonearm/i2s.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static chip_i2s_t decoder;
static FILE *file;

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "pins_recorder: %s\n", what);
    _Exit(2);
}

static void on_frame(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    (void)context;
    (void)cycle;
    const int32_t frame[2] = {left, right};
    if (fwrite(frame, sizeof frame, 1, file) != 1)
        die("cannot write");
}

static void load_flash(const char *what)
{
    static uint8_t bytes[1 << 20];
    char *name;
    unsigned long offset = strtoul(what, &name, 0);
    FILE *from = *name == ',' ? fopen(name + 1, "rb") : NULL;
    if (!from)
        die("TONEARM_FLASH must be offset,file");
    size_t got = fread(bytes, 1, sizeof bytes, from);
    if (got == 0 || got == sizeof bytes || fclose(from) != 0 || !chip_flash_load((uint32_t)offset, bytes, got))
        die("TONEARM_FLASH cannot be loaded");
}

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("TONEARM_FRAMES"), *pins = getenv("TONEARM_PINS"), *flash = getenv("TONEARM_FLASH");
    if ((name || flash) && !chip_board() && !ta_chip_static_sram(8)) // powers the chip up, as TA_STATIC_SRAM does
        die("no chip");
    if (flash)
        load_flash(flash);
    if (!name)
        return;
    unsigned data, bclk, ws, bits;
    char justified[8] = "";
    if (!pins || sscanf(pins, "%u,%u,%u,%u%7s", &data, &bclk, &ws, &bits, justified) < 4)
        die("TONEARM_PINS must be data,bclk,lrclk,bits");
    file = fopen(name, "wb");
    if (!file)
        die("cannot open TONEARM_FRAMES");
    const chip_i2s_config_t config = {.data_pin = (uint8_t)data,
                                      .bclk_pin = (uint8_t)bclk,
                                      .ws_pin = (uint8_t)ws,
                                      .bits_per_channel = (uint8_t)bits,
                                      .left_justified = strcmp(justified, ",left") == 0};
    if (!chip_i2s_listen(&decoder, &config, on_frame, NULL))
        die("the pins cannot be listened to");
}

__attribute__((destructor)) static void end(void)
{
    if (!file)
        return;
    if (fclose(file) != 0)
        die("cannot write");
    uint64_t span = decoder.last_cycle - decoder.first_cycle;
    (void)fprintf(stderr, "frames %llu malformed %llu cycles %llu violations %llu\n",
                  (unsigned long long)decoder.frames, (unsigned long long)decoder.malformed, (unsigned long long)span,
                  (unsigned long long)chip_violations(NULL, 0));
}
