// What an output is made of: its pins, and what the library says of it before anything is taken. In: arguments of I2SOut's and
// PWMAudioOut's kinds. Out: configurations, and plans of both kinds in one form.

#include "shared.h"

#include "py/gc.h"

enum { BUFFER_MIN_MS = 2, BUFFER_MAX_MS = 2000, PINS_MAX = 3 };

// ---- arguments ---------------------------------------------------------------------------------------------------------------

uint8_t config_pin(mp_obj_t object, qstr name)
{
    mp_int_t number = -1;
    unsigned gpio;
    if (port_pin(object, &gpio)) {
        number = (mp_int_t)gpio;
    } else if (!mp_obj_get_int_maybe(object, &number)) {
        errors_type(name, "Pin", object);
    }
    if (number < 0 || number >= port_pins())
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("Invalid %q pin"), name);
    return (uint8_t)number;
}

uint32_t config_buffer_us(mp_obj_t ms)
{
    return 1000 * (uint32_t)errors_int(MP_QSTR_buffer_ms, ms, BUFFER_MIN_MS, BUFFER_MAX_MS);
}

uint32_t config_rate_hz(mp_obj_t hz)
{
    return (uint32_t)errors_int(MP_QSTR_sample_rate, hz, TA_RATE_MIN_HZ, TA_RATE_MAX_HZ);
}

// ---- pins --------------------------------------------------------------------------------------------------------------------

static unsigned pins_of(const output_config_t *config, uint8_t pins[PINS_MAX])
{
    if (config->kind == OUTPUT_I2S) {
        pins[0] = config->i2s.bclk_pin;
        pins[1] = config->i2s.ws_pin;
        pins[2] = config->i2s.data_pin;
        return 3;
    }
    pins[0] = config->pwm.left_pin;
    pins[1] = config->pwm.right_pin;
    return config->pwm.right_pin == TA_PWM_ONE_PIN ? 1 : 2;
}

bool config_has_pin(const output_config_t *config, unsigned pin)
{
    uint8_t pins[PINS_MAX];
    unsigned count = pins_of(config, pins);
    for (unsigned p = 0; p < count; p++) {
        if (pins[p] == pin)
            return true;
    }
    return false;
}

static int pin_in_use(const output_config_t *config)
{
    uint8_t pins[PINS_MAX];
    unsigned count = pins_of(config, pins);
    for (unsigned p = 0; p < count; p++) {
        if (output_has_pin(pins[p]))
            return pins[p];
    }
    return -1;
}

void config_check_pins(const output_config_t *config)
{
    // A pin may be that of an output which the script has dropped. The collector looks for pointers on the stack, so it is asked from
    // here, where none of that output's can have been left over.
    if (pin_in_use(config) >= 0)
        gc_collect();
    if (pin_in_use(config) >= 0)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("GP%d in use"), pin_in_use(config));
}

// ---- plans -------------------------------------------------------------------------------------------------------------------

static ta_status_t plan_i2s(const output_config_t *config, output_plan_t *plan, char *error)
{
    ta_i2s_plan_t of;
    ta_status_t status = ta_i2s_plan(&config->i2s, &of, error);
    if (status != TA_OK)
        return status;
    *plan = (output_plan_t){.needs = {of.needs[0], of.needs[1]},
                            .rate = of.rate,
                            .latency_us = of.latency_us,
                            .stall_limit_us = of.stall_limit_us,
                            .buffer_frames = of.buffer_frames,
                            .interrupts_per_s_milli = of.interrupts_per_s_milli,
                            .dma_channels = of.dma_channels,
                            .state_machines = of.state_machines};
    return TA_OK;
}

static ta_status_t plan_pwm(const output_config_t *config, output_plan_t *plan, char *error)
{
    ta_pwm_plan_t of;
    ta_status_t status = ta_pwm_plan(&config->pwm, &of, error);
    if (status != TA_OK)
        return status;
    *plan = (output_plan_t){.needs = {of.needs[0], of.needs[1]},
                            .rate = of.rate,
                            .latency_us = of.latency_us,
                            .stall_limit_us = of.stall_limit_us,
                            .buffer_frames = of.buffer_frames,
                            .interrupts_per_s_milli = of.interrupts_per_s_milli,
                            .dma_channels = of.dma_channels,
                            .dma_timers = of.dma_timers,
                            .pwm_slices = of.pwm_slices,
                            .carrier_hz = of.carrier_hz,
                            .period = of.period};
    return TA_OK;
}

ta_status_t config_plan(const output_config_t *config, output_plan_t *plan, char *error)
{
    return config->kind == OUTPUT_I2S ? plan_i2s(config, plan, error) : plan_pwm(config, plan, error);
}

ta_status_t config_rate(const output_config_t *config, uint32_t rate_hz, ta_rate_t *rate)
{
    return config->kind == OUTPUT_I2S ? ta_i2s_rate(&config->i2s, rate_hz, rate)
                                      : ta_pwm_rate(&config->pwm, rate_hz, rate);
}

uint32_t config_get_rate(const output_config_t *config)
{
    return config->kind == OUTPUT_I2S ? config->i2s.rate_hz : config->pwm.rate_hz;
}

// Two interrupts a slot: its own, and the feed's.
void config_use(const output_config_t *config, const output_plan_t *plan, const ta_format_t *format, uint32_t gain_q16,
                ta_output_use_t *use)
{
    const unsigned bits = config->kind == OUTPUT_I2S ? config->i2s.bits : 0;
    const uint64_t frames_milli = 2000 * (uint64_t)format->rate_hz;
    *use = (ta_output_use_t){
        .format = *format,
        .wire = !bits        ? TA_WIRE_PWM
                : bits == 16 ? TA_WIRE_S16
                : bits == 24 ? TA_WIRE_S24
                             : TA_WIRE_S32,
        .slot_frames = (uint32_t)((frames_milli + plan->interrupts_per_s_milli / 2) / plan->interrupts_per_s_milli),
        .volume = gain_q16 != TA_GAIN_UNITY_Q16,
        .louder = gain_q16 > TA_GAIN_UNITY_Q16,
        .mono = !bits && config->pwm.right_pin == TA_PWM_ONE_PIN,
        .dither = !bits && config->pwm.rounding == TA_PWM_DITHERED};
}

void config_set_rate(output_config_t *config, uint32_t rate_hz)
{
    if (config->kind == OUTPUT_I2S) {
        config->i2s.rate_hz = rate_hz;
    } else {
        config->pwm.rate_hz = rate_hz;
    }
}
