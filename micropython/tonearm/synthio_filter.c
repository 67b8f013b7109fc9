// Biquad and FilterMode. In: a mode and BlockInputs. Out: filters of the library, which notes and effects use.

#include "effects.h"
#include "synthio.h"

typedef struct {
    mp_obj_base_t base;
    ta_biquad_t biquad;
    bool has_a;
    mp_obj_t kept[3];
} biquad_t;

// ---- FilterMode ----------------------------------------------------------------------------------------------------------------

// clang-format off
#define MODES(X) X(LOW_PASS) X(HIGH_PASS) X(BAND_PASS) X(NOTCH) X(LOW_SHELF) X(HIGH_SHELF) X(PEAKING_EQ)
#define MEMBER(name) {{&synthio_filtermode_type}, MP_QSTR_##name, TA_BIQUAD_##name},
#define ENTRY(name) {MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&modes[TA_BIQUAD_##name])},
// clang-format on

static const synthio_enum_t modes[TA_BIQUADS] = {MODES(MEMBER)};
static const mp_rom_map_elem_t mode_table[] = {MODES(ENTRY)};
static MP_DEFINE_CONST_DICT(mode_dict, mode_table);

MP_DEFINE_CONST_OBJ_TYPE(synthio_filtermode_type, MP_QSTR_FilterMode, MP_TYPE_FLAG_NONE, print, synthio_enum_print,
                         locals_dict, &mode_dict);

// ---- Biquad --------------------------------------------------------------------------------------------------------------------

static mp_obj_t get_mode(mp_obj_t object)
{
    return MP_OBJ_FROM_PTR(&modes[((const biquad_t *)MP_OBJ_TO_PTR(object))->biquad.mode]);
}

static mp_obj_t get_frequency(mp_obj_t object)
{
    const biquad_t *self = MP_OBJ_TO_PTR(object);
    return param_get(&self->biquad.frequency, self->kept[0]);
}

static void set_frequency(mp_obj_t object, mp_obj_t value)
{
    biquad_t *self = MP_OBJ_TO_PTR(object);
    param_set(&self->biquad.frequency, &self->kept[0], MP_QSTR_frequency, value);
}

static mp_obj_t get_q(mp_obj_t object)
{
    const biquad_t *self = MP_OBJ_TO_PTR(object);
    return param_get(&self->biquad.q, self->kept[1]);
}

static void set_q(mp_obj_t object, mp_obj_t value)
{
    biquad_t *self = MP_OBJ_TO_PTR(object);
    param_set(&self->biquad.q, &self->kept[1], MP_QSTR_Q, value);
}

static mp_obj_t get_a(mp_obj_t object)
{
    const biquad_t *self = MP_OBJ_TO_PTR(object);
    return self->has_a ? param_get(&self->biquad.a, self->kept[2]) : mp_const_none;
}

// Without it shelves and peaks are flat.
static void set_a(mp_obj_t object, mp_obj_t value)
{
    biquad_t *self = MP_OBJ_TO_PTR(object);
    self->has_a = value != mp_const_none;
    param_set(&self->biquad.a, &self->kept[2], MP_QSTR_A, self->has_a ? value : MP_OBJ_NEW_SMALL_INT(1));
}

static const property_t properties[] = {
    {MP_QSTR_mode, get_mode, NULL},
    {MP_QSTR_frequency, get_frequency, set_frequency},
    {MP_QSTR_Q, get_q, set_q},
    {MP_QSTR_A, get_a, set_a},
};

static void attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    properties_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

static void print_biquad(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind)
{
    (void)kind;
    synthio_print(print, self, properties, MP_ARRAY_SIZE(properties));
}

static mp_obj_t biquad_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { MODE, FREQUENCY, Q, A };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_mode, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_frequency, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_Q, MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_A, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    if (!mp_obj_is_type(value[MODE].u_obj, &synthio_filtermode_type))
        errors_type(MP_QSTR_mode, "FilterMode", value[MODE].u_obj);
    const synthio_enum_t *mode = MP_OBJ_TO_PTR(value[MODE].u_obj);
    biquad_t *self = mp_obj_malloc(biquad_t, type);
    for (unsigned k = 0; k < MP_ARRAY_SIZE(self->kept); k++)
        self->kept[k] = MP_OBJ_NULL;
    errors_check(ta_biquad_init(&self->biquad, (ta_biquad_mode_t)mode->value, 0));
    set_frequency(MP_OBJ_FROM_PTR(self), value[FREQUENCY].u_obj);
    if (value[Q].u_obj != MP_OBJ_NULL)
        set_q(MP_OBJ_FROM_PTR(self), value[Q].u_obj);
    set_a(MP_OBJ_FROM_PTR(self), value[A].u_obj);
    return MP_OBJ_FROM_PTR(self);
}

MP_DEFINE_CONST_OBJ_TYPE(synthio_biquad_type, MP_QSTR_Biquad, MP_TYPE_FLAG_NONE, make_new, biquad_make_new, attr, attr,
                         print, print_biquad);

ta_biquad_t *synthio_biquad(mp_obj_t object)
{
    biquad_t *self = synthio_native(object, &synthio_biquad_type);
    return self ? &self->biquad : NULL;
}
