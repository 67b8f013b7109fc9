// Module audiobusio: I2SOut. In: pins and knobs. Out: an output (output.c) on the port's I2S driver.

#include "shared.h"

void i2s_config_from(size_t n_pos, const mp_obj_t *pos, mp_map_t *keywords, bool for_use, output_config_t *config)
{
    enum { BIT_CLOCK, WORD_SELECT, DATA, MAIN_CLOCK, LEFT_JUSTIFIED, EXTERNAL_CLOCK, BUFFER_MS, BITS, RATE };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_bit_clock, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_word_select, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_data, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_main_clock, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_left_justified, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},
        {MP_QSTR_external_clock, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},
        {MP_QSTR_buffer_ms, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(20)}},
        {MP_QSTR_bits, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(16)}},
        {MP_QSTR_sample_rate, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(44100)}}, // a plan's
        {MP_QSTR_sample, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},            // likewise
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    arguments_parse(n_pos, pos, keywords, MP_ARRAY_SIZE(allowed) - (for_use ? PLAN_ARGUMENTS : 0), allowed, value);
    if (value[MAIN_CLOCK].u_obj != mp_const_none)
        mp_raise_NotImplementedError(MP_ERROR_TEXT("main_clock"));
    if (value[EXTERNAL_CLOCK].u_bool)
        mp_raise_NotImplementedError(MP_ERROR_TEXT("external_clock"));
    ta_i2s_config_t i2s = {
        .bclk_pin = config_pin(value[BIT_CLOCK].u_obj, MP_QSTR_bit_clock),
        .ws_pin = config_pin(value[WORD_SELECT].u_obj, MP_QSTR_word_select),
        .data_pin = config_pin(value[DATA].u_obj, MP_QSTR_data),
        .alignment = value[LEFT_JUSTIFIED].u_bool ? TA_I2S_LEFT_JUSTIFIED : TA_I2S_PHILIPS,
        .buffer_us = config_buffer_us(value[BUFFER_MS].u_obj),
    };
    if (i2s.bclk_pin + 1 != i2s.ws_pin && i2s.ws_pin + 1 != i2s.bclk_pin)
        mp_raise_ValueError(MP_ERROR_TEXT("Bit clock and word select must be sequential GPIO pins"));
    if (i2s.data_pin == i2s.bclk_pin || i2s.data_pin == i2s.ws_pin)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("GP%d in use"), i2s.data_pin);
    mp_int_t bits = errors_int(MP_QSTR_bits, value[BITS].u_obj, 16, 32);
    if (bits != 16 && bits != 24 && bits != 32)
        mp_raise_ValueError(MP_ERROR_TEXT("bits must be 16, 24, or 32"));
    i2s.bits = (uint8_t)bits;
    if (!for_use)
        i2s.rate_hz = config_rate_hz(value[RATE].u_obj);
    config->kind = OUTPUT_I2S;
    config->i2s = i2s;
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    output_obj_t *self = output_new(type);
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    i2s_config_from(n_args, args, &keywords, true, &self->config);
    config_check_pins(&self->config);
    output_open(self);
    return MP_OBJ_FROM_PTR(self);
}

MP_DEFINE_CONST_OBJ_TYPE(audiobusio_i2sout_type, MP_QSTR_I2SOut, MP_TYPE_FLAG_NONE, make_new, make_new, attr,
                         output_attr, locals_dict, &output_members);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiobusio)},
    {MP_ROM_QSTR(MP_QSTR_I2SOut), MP_ROM_PTR(&audiobusio_i2sout_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiobusio_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiobusio, audiobusio_module);
