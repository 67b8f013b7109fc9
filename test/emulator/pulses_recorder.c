// Linked into a program for the virtual chip, records the pulses of one PWM slice. In: TONEARM_PULSES, the file to write, and
// TONEARM_PWM_PINS, "a,b", the pins of its channels; 255: none. Out: the file, three little-endian 32-bit words a period: its cycles, and
// for how many of them A and B were high. Without TONEARM_PULSES it does nothing.

#include "chip/chip.h"
#include "tonearm/rp2.h"

#include <stdio.h>
#include <stdlib.h>

static chip_pwm_t decoder;
static FILE *file;

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "pulses_recorder: %s\n", what);
    _Exit(2);
}

static void on_period(void *context, uint64_t cycle, uint32_t a_high, uint32_t b_high)
{
    (void)context;
    (void)cycle;
    const uint32_t words[3] = {decoder.period, a_high, b_high};
    if (fwrite(words, sizeof words, 1, file) != 1)
        die("cannot write");
}

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("TONEARM_PULSES"), *pins = getenv("TONEARM_PWM_PINS");
    if (!name)
        return;
    unsigned a, b;
    if (!pins || sscanf(pins, "%u,%u", &a, &b) != 2)
        die("TONEARM_PWM_PINS must be a,b");
    file = fopen(name, "wb");
    if (!file)
        die("cannot open TONEARM_PULSES");
    if (!chip_board() && !ta_chip_static_sram(8)) // powers the chip up, as TA_STATIC_SRAM does
        die("no chip");
    const chip_pwm_config_t config = {.a_pin = (uint8_t)a, .b_pin = (uint8_t)b};
    if (!chip_pwm_listen(&decoder, &config, on_period, NULL))
        die("the pins cannot be listened to");
}

__attribute__((destructor)) static void end(void)
{
    if (!file)
        return;
    if (fclose(file) != 0)
        die("cannot write");
    (void)fprintf(stderr, "violations %llu claims %s\n", (unsigned long long)chip_violations(NULL, 0),
                  chip_claims_none() ? "none" : "left");
}
