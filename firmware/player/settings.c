// The settings of an output. In: text. Out: fields of a configuration; those that I2S and PWM share are set in both.

#include "settings.h"
#include "console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOR_I2S = 1, FOR_PWM = 2, FOR_BOTH = 3 };

typedef struct {
    const char *name, *values;                               // values: for the sentence
    bool (*set)(either_config_t *config, const char *value); // false: not one of them
    uint8_t kinds;
} setting_t;

bool settings_number(const char *text, unsigned long most, unsigned long *value)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    *value = strtoul(text, &end, 10);
    return *end == 0 && *value <= most;
}

static bool choose(const char *value, const char *first, const char *second, bool *is_second)
{
    *is_second = strcmp(value, second) == 0;
    return *is_second || strcmp(value, first) == 0;
}

// ---- numbers and switches ------------------------------------------------------------------------------------------------

#define NUMBER(function, most, type, assignment)                                                                       \
    static bool function(either_config_t *c, const char *value)                                                        \
    {                                                                                                                  \
        unsigned long n;                                                                                               \
        bool good = settings_number(value, most, &n);                                                                  \
        if (good)                                                                                                      \
            assignment = (type)n;                                                                                      \
        return good;                                                                                                   \
    }
NUMBER(set_bits, 255, uint8_t, c->i2s.bits = c->pwm.bits)
NUMBER(set_data, 255, uint8_t, c->i2s.data_pin)
NUMBER(set_bclk, 255, uint8_t, c->i2s.bclk_pin)
NUMBER(set_ws, 255, uint8_t, c->i2s.ws_pin)
NUMBER(set_left, 254, uint8_t, c->pwm.left_pin)
NUMBER(set_ramp, UINT16_MAX, uint16_t, c->pwm.ramp_ms)
NUMBER(set_rate, UINT32_MAX, uint32_t, c->i2s.rate_hz = c->pwm.rate_hz)
NUMBER(set_buffer, UINT32_MAX, uint32_t, c->i2s.buffer_us = c->pwm.buffer_us)
NUMBER(set_slot, UINT16_MAX, uint16_t, c->i2s.slot_frames = c->pwm.slot_frames)
NUMBER(set_irq, 255, uint8_t, c->i2s.dma_irq = c->pwm.dma_irq)
NUMBER(set_on_ms, UINT16_MAX, uint16_t, c->i2s.amplifier.on_ms = c->pwm.amplifier.on_ms)
NUMBER(set_off_ms, UINT16_MAX, uint16_t, c->i2s.amplifier.off_ms = c->pwm.amplifier.off_ms)

#define SWITCH(function, off, on, assignment)                                                                          \
    static bool function(either_config_t *c, const char *value)                                                        \
    {                                                                                                                  \
        bool second;                                                                                                   \
        bool good = choose(value, off, on, &second);                                                                   \
        if (good)                                                                                                      \
            assignment = second;                                                                                       \
        return good;                                                                                                   \
    }
SWITCH(set_fixed, "no", "yes", c->i2s.fixed_rate = c->pwm.fixed_rate)
SWITCH(set_mono, "no", "yes", c->i2s.mono = c->pwm.mono)
SWITCH(set_dither, "no", "yes", c->i2s.dither)
SWITCH(set_level, "high", "low", c->i2s.amplifier.low_is_on = c->pwm.amplifier.low_is_on)

// ---- the others ----------------------------------------------------------------------------------------------------------

static bool set_align(either_config_t *c, const char *value)
{
    bool left;
    if (!choose(value, "philips", "left", &left))
        return false;
    c->i2s.alignment = left ? TA_I2S_LEFT_JUSTIFIED : TA_I2S_PHILIPS;
    return true;
}

static bool set_right(either_config_t *c, const char *value)
{
    unsigned long pin = TA_PWM_ONE_PIN;
    if (strcmp(value, "none") != 0 && !settings_number(value, 254, &pin))
        return false;
    c->pwm.right_pin = (uint8_t)pin;
    return true;
}

static bool set_rounding(either_config_t *c, const char *value)
{
    bool dithered, plain = strcmp(value, "plain") == 0;
    if (!choose(value, "shaped", "dithered", &dithered) && !plain)
        return false;
    c->pwm.rounding = plain ? TA_PWM_PLAIN : dithered ? TA_PWM_DITHERED : TA_PWM_SHAPED;
    return true;
}

static bool set_feed(either_config_t *c, const char *value)
{
    bool core1, caller = strcmp(value, "caller") == 0;
    if (!choose(value, "interrupt", "core1", &core1) && !caller)
        return false;
    c->i2s.feed = c->pwm.feed = caller ? TA_FEED_CALLER : core1 ? TA_FEED_CORE1 : TA_FEED_INTERRUPT;
    return true;
}

static bool set_amplifier(either_config_t *c, const char *value)
{
    unsigned long pin;
    if (!settings_number(value, 255, &pin))
        return false;
    c->i2s.amplifier.wired = c->pwm.amplifier.wired = true;
    c->i2s.amplifier.pin = c->pwm.amplifier.pin = (uint8_t)pin;
    return true;
}

// ---- the table -----------------------------------------------------------------------------------------------------------

static const setting_t settings[] = {
    {"bits", "16, 24 or 32 for I2S; 0 (automatic) or 8 to 11 for PWM", set_bits, FOR_BOTH},
    {"data", "a GPIO", set_data, FOR_I2S},
    {"bclk", "a GPIO", set_bclk, FOR_I2S},
    {"ws", "a GPIO next to bclk", set_ws, FOR_I2S},
    {"align", "philips or left", set_align, FOR_I2S},
    {"dither", "yes or no", set_dither, FOR_I2S},
    {"left", "a GPIO", set_left, FOR_PWM},
    {"right", "a GPIO of the same slice, or none", set_right, FOR_PWM},
    {"rounding", "shaped, dithered or plain", set_rounding, FOR_PWM},
    {"ramp", "milliseconds from 0 V to the middle, 2 to 1000; 0: 50", set_ramp, FOR_PWM},
    {"rate", "Hz, 1000 to 384000; PWM from clk_sys / 65535", set_rate, FOR_BOTH},
    {"fixed", "yes or no: refuse other rates", set_fixed, FOR_BOTH},
    {"buffer", "microseconds, 1000 to 2000000; 0: 20000", set_buffer, FOR_BOTH},
    {"slot", "frames, a multiple of 16 from 64 to 4096; 0: chosen", set_slot, FOR_BOTH},
    {"irq", "a DMA interrupt line: 0 or 1, on RP2350 up to 3", set_irq, FOR_BOTH},
    {"feed", "interrupt, core1 or caller", set_feed, FOR_BOTH},
    {"mono", "yes or no: both channels play the mean", set_mono, FOR_BOTH},
    {"amp", "an amplifier's GPIO", set_amplifier, FOR_BOTH},
    {"amplevel", "high or low: what lets sound through", set_level, FOR_BOTH},
    {"ampon", "milliseconds from the amplifier's on to sound", set_on_ms, FOR_BOTH},
    {"ampoff", "milliseconds from its off to the last clock", set_off_ms, FOR_BOTH},
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

static const char *kinds_name(unsigned kinds)
{
    static const char *const name[] = {"", "i2s", "pwm", "both"};
    return name[kinds];
}

void settings_say(void)
{
    for (int n = 0; n < SETTINGS; n++) {
        say("%-5s %s=...%*s%s\n", kinds_name(settings[n].kinds), settings[n].name, (int)(9 - strlen(settings[n].name)),
            "", settings[n].values);
    }
}

const char *settings_set(either_config_t *config, char *text)
{
    static char complaint[TA_SENTENCE_MAX];
    const char *kind = kinds_name(config->kind == EITHER_I2S ? FOR_I2S : FOR_PWM);
    char *value = strchr(text, '=');
    if (!value) {
        (void)snprintf(complaint, sizeof complaint,
                       "open: %s is no setting: write name=value, as in bits=16; help open lists them", text);
        return complaint;
    }
    *value++ = 0;
    for (int n = 0; n < SETTINGS; n++) {
        if (strcmp(settings[n].name, text) != 0)
            continue;
        if (!(settings[n].kinds & (config->kind == EITHER_I2S ? FOR_I2S : FOR_PWM))) {
            (void)snprintf(complaint, sizeof complaint, "open: %s has no setting %s: help open lists them", kind, text);
            return complaint;
        }
        if (settings[n].set(config, value))
            return NULL;
        (void)snprintf(complaint, sizeof complaint, "open: %s=%s cannot be: give %s", text, value, settings[n].values);
        return complaint;
    }
    (void)snprintf(complaint, sizeof complaint, "open: there is no setting %s: help open lists them", text);
    return complaint;
}
