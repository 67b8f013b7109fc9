// Module audiobusio: I2SOut. In: pins and knobs. Out: an output (output.c) on the port's I2S driver.

#include "shared.h"

#include "py/gc.h"

enum { BUFFER_MIN_MS = 2, BUFFER_MAX_MS = 2000 };

// A GPIO's number, from an int or a pin object of the port.
static uint8_t pin_from(mp_obj_t object, qstr name)
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

void i2s_config_from(size_t n_pos, const mp_obj_t *pos, mp_map_t *keywords, bool for_use, ta_i2s_config_t *config)
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
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    arguments_parse(n_pos, pos, keywords, MP_ARRAY_SIZE(allowed) - for_use, allowed, value);
    if (value[MAIN_CLOCK].u_obj != mp_const_none)
        mp_raise_NotImplementedError(MP_ERROR_TEXT("main_clock"));
    if (value[EXTERNAL_CLOCK].u_bool)
        mp_raise_NotImplementedError(MP_ERROR_TEXT("external_clock"));
    *config = (ta_i2s_config_t){
        .bclk_pin = pin_from(value[BIT_CLOCK].u_obj, MP_QSTR_bit_clock),
        .ws_pin = pin_from(value[WORD_SELECT].u_obj, MP_QSTR_word_select),
        .data_pin = pin_from(value[DATA].u_obj, MP_QSTR_data),
        .alignment = value[LEFT_JUSTIFIED].u_bool ? TA_I2S_LEFT_JUSTIFIED : TA_I2S_PHILIPS,
    };
    if (config->bclk_pin + 1 != config->ws_pin && config->ws_pin + 1 != config->bclk_pin)
        mp_raise_ValueError(MP_ERROR_TEXT("Bit clock and word select must be sequential GPIO pins"));
    if (config->data_pin == config->bclk_pin || config->data_pin == config->ws_pin)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("GP%d in use"), config->data_pin);
    config->buffer_us =
        1000 * (uint32_t)errors_int(MP_QSTR_buffer_ms, value[BUFFER_MS].u_obj, BUFFER_MIN_MS, BUFFER_MAX_MS);
    mp_int_t bits = errors_int(MP_QSTR_bits, value[BITS].u_obj, 16, 32);
    if (bits != 16 && bits != 24 && bits != 32)
        mp_raise_ValueError(MP_ERROR_TEXT("bits must be 16, 24, or 32"));
    config->bits = (uint8_t)bits;
    if (!for_use)
        config->rate_hz = (uint32_t)errors_int(MP_QSTR_sample_rate, value[RATE].u_obj, TA_RATE_MIN_HZ, TA_RATE_MAX_HZ);
}

static int pin_in_use(const ta_i2s_config_t *config)
{
    const uint8_t pins[3] = {config->bclk_pin, config->ws_pin, config->data_pin};
    for (int p = 0; p < 3; p++) {
        if (output_has_pin(pins[p]))
            return pins[p];
    }
    return -1;
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    mp_map_t keywords;
    output_obj_t *self = mp_obj_malloc_with_finaliser(output_obj_t, type);
    *self = (output_obj_t){.base = self->base};
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    i2s_config_from(n_args, args, &keywords, true, &self->config);
    // A pin may be that of an output which the script has dropped. The collector looks for pointers on the stack, so it is asked from
    // here, where none of that output's can have been left over.
    if (pin_in_use(&self->config) >= 0)
        gc_collect();
    if (pin_in_use(&self->config) >= 0)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("GP%d in use"), pin_in_use(&self->config));
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
