// Module audiopwmio: PWMAudioOut. In: pins and knobs. Out: an output (output.c) on the port's PWM driver.

#include "shared.h"

void pwm_config_from(size_t n_pos, const mp_obj_t *pos, mp_map_t *keywords, bool for_use, output_config_t *config)
{
    enum { LEFT, RIGHT, QUIESCENT, BUFFER_MS, BITS, RATE, BITS_MIN = 8, BITS_MAX = 11 };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_left_channel, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_right_channel, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_quiescent_value,
         MP_ARG_INT | MP_ARG_KW_ONLY,
         {.u_int = 0x8000}}, // pins rest in the middle, whatever it says
        {MP_QSTR_buffer_ms, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(20)}},
        {MP_QSTR_bits, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_sample_rate, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(44100)}}, // a plan's
        {MP_QSTR_sample, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},            // likewise
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    arguments_parse(n_pos, pos, keywords, MP_ARRAY_SIZE(allowed) - (for_use ? PLAN_ARGUMENTS : 0), allowed, value);
    ta_pwm_config_t pwm = {.left_pin = config_pin(value[LEFT].u_obj, MP_QSTR_left_channel),
                           .right_pin = TA_PWM_ONE_PIN};
    if (value[RIGHT].u_obj != mp_const_none) {
        pwm.right_pin = config_pin(value[RIGHT].u_obj, MP_QSTR_right_channel);
        if (pwm.right_pin == pwm.left_pin)
            mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("GP%d in use"), pwm.right_pin);
    }
    pwm.buffer_us = config_buffer_us(value[BUFFER_MS].u_obj);
    if (value[BITS].u_obj != mp_const_none)
        pwm.bits = (uint8_t)errors_int(MP_QSTR_bits, value[BITS].u_obj, BITS_MIN, BITS_MAX);
    if (!for_use)
        pwm.rate_hz = config_rate_hz(value[RATE].u_obj);
    config->kind = OUTPUT_PWM;
    config->pwm = pwm;
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    output_obj_t *self = output_new(type);
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    pwm_config_from(n_args, args, &keywords, true, &self->config);
    config_check_pins(&self->config);
    output_open(self);
    return MP_OBJ_FROM_PTR(self);
}

MP_DEFINE_CONST_OBJ_TYPE(audiopwmio_pwmaudioout_type, MP_QSTR_PWMAudioOut, MP_TYPE_FLAG_NONE, make_new, make_new, attr,
                         output_attr, locals_dict, &output_members);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiopwmio)},
    {MP_ROM_QSTR(MP_QSTR_PWMAudioOut), MP_ROM_PTR(&audiopwmio_pwmaudioout_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiopwmio_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiopwmio, audiopwmio_module);
