// LFO and Math: what parameters can follow. In: numbers, other blocks, waveforms. Out: controls of the library, which the feed moves. Invariants: a block keeps what it
// follows; a row of blocks, however long, takes a bounded piece of the feed's stack.

#include "synthio.h"

#include "py/objarray.h"

enum { TICK_FRAMES = 256, TICK_HZ = 48000 };

// ---- the feed ----------------------------------------------------------------------------------------------------------------

static volatile unsigned depth; // blocks that are being worked out, each for the one before

// Beyond the limit a block stands still: it is worked out again when it is read from nearer by.
static ta_real_t guarded(ta_control_t *control, const ta_clock_t *clock,
                         ta_real_t (*step)(ta_control_t *control, const ta_clock_t *clock))
{
    if (depth >= SYNTHIO_DEPTH_MAX)
        return control->value;
    depth++;
    ta_real_t value = step(control, clock);
    depth--;
    return value;
}

static synthio_lfo_t *lfo_of(ta_control_t *control)
{
    return (synthio_lfo_t *)(void *)((char *)control - offsetof(synthio_lfo_t, lfo.control));
}

static ta_real_t lfo_step(ta_control_t *control, const ta_clock_t *clock)
{
    synthio_lfo_t *self = lfo_of(control);
    if (synthio_wave_moved(&self->wave))
        self->lfo.wave = self->wave.wave;
    return guarded(control, clock, self->step);
}

// ---- LFO ---------------------------------------------------------------------------------------------------------------------

#define LFO_INPUT(name, number)                                                                                        \
    static mp_obj_t lfo_get_##name(mp_obj_t object)                                                                    \
    {                                                                                                                  \
        const synthio_lfo_t *self = MP_OBJ_TO_PTR(object);                                                             \
        return param_get(&self->lfo.name, self->kept[number]);                                                         \
    }                                                                                                                  \
    static void lfo_set_##name(mp_obj_t object, mp_obj_t value)                                                        \
    {                                                                                                                  \
        synthio_lfo_t *self = MP_OBJ_TO_PTR(object);                                                                   \
        param_set(&self->lfo.name, &self->kept[number], MP_QSTR_##name, value);                                        \
    }
LFO_INPUT(rate, 0)
LFO_INPUT(scale, 1)
LFO_INPUT(offset, 2)
LFO_INPUT(phase_offset, 3)

static mp_obj_t lfo_get_waveform(mp_obj_t object)
{
    return ((const synthio_lfo_t *)MP_OBJ_TO_PTR(object))->wave.object;
}

static mp_obj_t lfo_get_once(mp_obj_t object)
{
    return mp_obj_new_bool(((const synthio_lfo_t *)MP_OBJ_TO_PTR(object))->lfo.once);
}

static void lfo_set_once(mp_obj_t object, mp_obj_t value)
{
    ((synthio_lfo_t *)MP_OBJ_TO_PTR(object))->lfo.once = mp_obj_is_true(value);
}

static mp_obj_t lfo_get_interpolate(mp_obj_t object)
{
    return mp_obj_new_bool(((const synthio_lfo_t *)MP_OBJ_TO_PTR(object))->lfo.interpolate);
}

static void lfo_set_interpolate(mp_obj_t object, mp_obj_t value)
{
    ((synthio_lfo_t *)MP_OBJ_TO_PTR(object))->lfo.interpolate = mp_obj_is_true(value);
}

static mp_obj_t lfo_get_phase(mp_obj_t object)
{
    port_moment();
    return mp_obj_new_float((mp_float_t)ta_lfo_phase(&((const synthio_lfo_t *)MP_OBJ_TO_PTR(object))->lfo));
}

static mp_obj_t lfo_get_value(mp_obj_t object)
{
    port_moment();
    return mp_obj_new_float((mp_float_t)((const synthio_lfo_t *)MP_OBJ_TO_PTR(object))->lfo.control.value);
}

static const property_t lfo_properties[] = {
    {MP_QSTR_waveform, lfo_get_waveform, NULL},
    {MP_QSTR_rate, lfo_get_rate, lfo_set_rate},
    {MP_QSTR_scale, lfo_get_scale, lfo_set_scale},
    {MP_QSTR_offset, lfo_get_offset, lfo_set_offset},
    {MP_QSTR_phase_offset, lfo_get_phase_offset, lfo_set_phase_offset},
    {MP_QSTR_once, lfo_get_once, lfo_set_once},
    {MP_QSTR_interpolate, lfo_get_interpolate, lfo_set_interpolate},
    {MP_QSTR_phase, lfo_get_phase, NULL},
    {MP_QSTR_value, lfo_get_value, NULL},
};

static void lfo_attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    properties_attr(lfo_properties, MP_ARRAY_SIZE(lfo_properties), self, name, dest);
}

static void lfo_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind)
{
    (void)kind;
    synthio_print(print, self, lfo_properties, MP_ARRAY_SIZE(lfo_properties) - 2); // phase and value are no arguments
}

static mp_obj_t lfo_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { WAVEFORM, RATE, SCALE, OFFSET, PHASE, ONCE, INTERPOLATE };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_waveform, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_rate, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(1)}},
        {MP_QSTR_scale, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(1)}},
        {MP_QSTR_offset, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_phase_offset, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_once, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},
        {MP_QSTR_interpolate, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = true}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    synthio_wave_t wave;
    synthio_wave_from(MP_QSTR_waveform, value[WAVEFORM].u_obj, &wave);
    synthio_lfo_t *self = mp_obj_malloc(synthio_lfo_t, type);
    self->wave = wave;
    errors_check(ta_lfo_init(&self->lfo, wave.wave.samples ? &wave.wave : NULL));
    self->step = self->lfo.control.step;
    self->lfo.control.step = lfo_step;
    self->lfo.once = value[ONCE].u_bool;
    self->lfo.interpolate = value[INTERPOLATE].u_bool;
    param_set(&self->lfo.rate, &self->kept[0], MP_QSTR_rate, value[RATE].u_obj);
    param_set(&self->lfo.scale, &self->kept[1], MP_QSTR_scale, value[SCALE].u_obj);
    param_set(&self->lfo.offset, &self->kept[2], MP_QSTR_offset, value[OFFSET].u_obj);
    param_set(&self->lfo.phase_offset, &self->kept[3], MP_QSTR_phase_offset, value[PHASE].u_obj);
    ta_lfo_settle(&self->lfo);
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t retrigger(mp_obj_t object)
{
    ta_lfo_retrigger(&((synthio_lfo_t *)MP_OBJ_TO_PTR(object))->lfo);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(retrigger_obj, retrigger);

static const mp_rom_map_elem_t lfo_table[] = {{MP_ROM_QSTR(MP_QSTR_retrigger), MP_ROM_PTR(&retrigger_obj)}};
static MP_DEFINE_CONST_DICT(lfo_dict, lfo_table);

MP_DEFINE_CONST_OBJ_TYPE(synthio_lfo_type, MP_QSTR_LFO, MP_TYPE_FLAG_NONE, make_new, lfo_make_new, attr, lfo_attr,
                         print, lfo_print, locals_dict, &lfo_dict);

// ---- MathOperation -------------------------------------------------------------------------------------------------------------

// clang-format off
#define OPERATIONS(X) X(SUM) X(ADD_SUB) X(PRODUCT) X(MUL_DIV) X(SCALE_OFFSET) X(OFFSET_SCALE) X(LERP) X(CONSTRAINED_LERP) X(DIV_ADD) X(ADD_DIV) \
    X(MID) X(MAX) X(MIN) X(ABS)
#define MEMBER(name) {{&synthio_mathoperation_type}, MP_QSTR_##name, TA_MATH_##name},
#define ENTRY(name) {MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&operations[TA_MATH_##name])},
// clang-format on

static const synthio_enum_t operations[TA_MATHS] = {OPERATIONS(MEMBER)};
static const mp_rom_map_elem_t operation_table[] = {OPERATIONS(ENTRY)};
static MP_DEFINE_CONST_DICT(operation_dict, operation_table);

static mp_obj_t math_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args);

// MathOperation.SUM(a, b, c) is a Math of that operation.
static mp_obj_t operation_call(mp_obj_t self, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { ARGUMENTS_MAX = 4 };
    mp_arg_check_num(n_args, n_kw, 0, ARGUMENTS_MAX - 1, true);
    mp_obj_t all[1 + ARGUMENTS_MAX * 3] = {self};
    if (n_kw > ARGUMENTS_MAX)
        mp_raise_TypeError(MP_ERROR_TEXT("extra keyword arguments given"));
    for (size_t a = 0; a < n_args + 2 * n_kw; a++)
        all[1 + a] = args[a];
    return math_make_new(&synthio_math_type, n_args + 1, n_kw, all);
}

MP_DEFINE_CONST_OBJ_TYPE(synthio_mathoperation_type, MP_QSTR_MathOperation, MP_TYPE_FLAG_NONE, print,
                         synthio_enum_print, call, operation_call, locals_dict, &operation_dict);

// ---- Math ----------------------------------------------------------------------------------------------------------------------

typedef struct {
    mp_obj_base_t base;
    ta_math_t math;
    ta_real_t (*step)(ta_control_t *control, const ta_clock_t *clock); // the library's
    mp_obj_t kept[3];
} synthio_math_t;

static ta_real_t math_step(ta_control_t *control, const ta_clock_t *clock)
{
    const synthio_math_t *self =
        (const synthio_math_t *)(const void *)((const char *)control - offsetof(synthio_math_t, math.control));
    return guarded(control, clock, self->step);
}

#define MATH_INPUT(name, number)                                                                                       \
    static mp_obj_t math_get_##name(mp_obj_t object)                                                                   \
    {                                                                                                                  \
        const synthio_math_t *self = MP_OBJ_TO_PTR(object);                                                            \
        return param_get(&self->math.name, self->kept[number]);                                                        \
    }                                                                                                                  \
    static void math_set_##name(mp_obj_t object, mp_obj_t value)                                                       \
    {                                                                                                                  \
        synthio_math_t *self = MP_OBJ_TO_PTR(object);                                                                  \
        param_set(&self->math.name, &self->kept[number], MP_QSTR_##name, value);                                       \
    }
MATH_INPUT(a, 0)
MATH_INPUT(b, 1)
MATH_INPUT(c, 2)

static ta_math_operation_t operation_from(mp_obj_t given)
{
    if (!mp_obj_is_type(given, &synthio_mathoperation_type))
        errors_type(MP_QSTR_operation, "MathOperation", given);
    return (ta_math_operation_t)((const synthio_enum_t *)MP_OBJ_TO_PTR(given))->value;
}

static mp_obj_t math_get_operation(mp_obj_t object)
{
    return MP_OBJ_FROM_PTR(&operations[((const synthio_math_t *)MP_OBJ_TO_PTR(object))->math.operation]);
}

static void math_set_operation(mp_obj_t object, mp_obj_t value)
{
    ((synthio_math_t *)MP_OBJ_TO_PTR(object))->math.operation = operation_from(value);
}

static mp_obj_t math_get_value(mp_obj_t object)
{
    port_moment();
    return mp_obj_new_float((mp_float_t)((const synthio_math_t *)MP_OBJ_TO_PTR(object))->math.control.value);
}

static const property_t math_properties[] = {
    {MP_QSTR_operation, math_get_operation, math_set_operation},
    {MP_QSTR_a, math_get_a, math_set_a},
    {MP_QSTR_b, math_get_b, math_set_b},
    {MP_QSTR_c, math_get_c, math_set_c},
    {MP_QSTR_value, math_get_value, NULL},
};

static void math_attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    properties_attr(math_properties, MP_ARRAY_SIZE(math_properties), self, name, dest);
}

static void math_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind)
{
    (void)kind;
    synthio_print(print, self, math_properties, MP_ARRAY_SIZE(math_properties) - 1); // value is no argument
}

static mp_obj_t math_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { OPERATION, A, B, C };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_operation, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_a, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_b, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_c, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(1)}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    ta_math_operation_t operation = operation_from(value[OPERATION].u_obj);
    synthio_math_t *self = mp_obj_malloc(synthio_math_t, type);
    ta_math_init(&self->math, operation, 0);
    self->step = self->math.control.step;
    self->math.control.step = math_step;
    math_set_a(MP_OBJ_FROM_PTR(self), value[A].u_obj);
    math_set_b(MP_OBJ_FROM_PTR(self), value[B].u_obj);
    math_set_c(MP_OBJ_FROM_PTR(self), value[C].u_obj);
    return MP_OBJ_FROM_PTR(self);
}

MP_DEFINE_CONST_OBJ_TYPE(synthio_math_type, MP_QSTR_Math, MP_TYPE_FLAG_NONE, make_new, math_make_new, attr, math_attr,
                         print, math_print);

// ---- both ----------------------------------------------------------------------------------------------------------------------

ta_control_t *synthio_control(mp_obj_t object)
{
    synthio_lfo_t *lfo = synthio_native(object, &synthio_lfo_type);
    if (lfo)
        return &lfo->lfo.control;
    synthio_math_t *math = synthio_native(object, &synthio_math_type);
    return math ? &math->math.control : NULL;
}

// One tick of a clock of its own, and what the blocks are then. A block that something moves which is heard is only looked at.
static mp_obj_t lfo_tick(size_t n_args, const mp_obj_t *args)
{
    static ta_clock_t clock;
    mp_obj_tuple_t *values = MP_OBJ_TO_PTR(mp_obj_new_tuple(n_args, NULL));
    for (size_t a = 0; a < n_args; a++) { // all, before the first is moved
        mp_float_t number;
        values->items[a] = mp_const_none;
        if (!synthio_control(args[a]) && args[a] != mp_const_none && !mp_obj_get_float_maybe(args[a], &number))
            errors_type(MP_QSTR_arg, "BlockInput", args[a]);
    }
    port_enter();
    ta_clock_tick(&clock, TICK_FRAMES, TICK_HZ);
    port_leave();
    for (size_t a = 0; a < n_args; a++) {
        ta_control_t *control = synthio_control(args[a]);
        mp_float_t number = 0;
        port_enter();
        if (control)
            number = (mp_float_t)ta_control_read(control, &clock);
        port_leave();
        if (!control)
            (void)mp_obj_get_float_maybe(args[a], &number);
        values->items[a] = mp_obj_new_float(number);
    }
    return MP_OBJ_FROM_PTR(values);
}
MP_DEFINE_CONST_FUN_OBJ_VAR(synthio_lfo_tick_obj, 0, lfo_tick);
