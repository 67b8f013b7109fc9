// Module synthio: its names, Envelope and EnvelopeState, waveforms, and what its parts share.

#include "synthio.h"

#include "py/objnamedtuple.h"

#include <string.h>

// ---- objects -------------------------------------------------------------------------------------------------------------------

void *synthio_native(mp_obj_t object, const mp_obj_type_t *type)
{
    mp_obj_t native = mp_obj_cast_to_native_base(object, MP_OBJ_FROM_PTR(type));
    // A script's class may not have called __init__ of this one yet.
    return native != MP_OBJ_NULL && mp_obj_is_type(native, type) ? MP_OBJ_TO_PTR(native) : NULL;
}

void synthio_enum_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind)
{
    (void)kind;
    const synthio_enum_t *self = MP_OBJ_TO_PTR(object);
    mp_printf(print, "synthio.%q.%q", (qstr)self->base.type->name, (qstr)self->name);
}

void synthio_print(const mp_print_t *print, mp_obj_t self, const property_t *table, size_t count)
{
    mp_printf(print, "%q(", (qstr)mp_obj_get_type(self)->name);
    for (size_t p = 0; p < count; p++) {
        mp_printf(print, p ? ", %q=" : "%q=", (qstr)table[p].name);
        mp_obj_print_helper(print, table[p].get(self), PRINT_REPR);
    }
    mp_print_str(print, ")");
}

static mp_float_t number_from(qstr name, mp_obj_t given)
{
    mp_float_t number;
    if (!mp_obj_get_float_maybe(given, &number))
        errors_type(name, "float", given);
    return number;
}

mp_float_t synthio_number(qstr name, mp_obj_t given, mp_int_t first, mp_int_t last)
{
    mp_float_t number = number_from(name, given);
    if (!(number >= (mp_float_t)first && number <= (mp_float_t)last)) // nor what is no number
        errors_range(name, first, last);
    return number;
}

// ---- waveforms -----------------------------------------------------------------------------------------------------------------

// What may grow: an array, or a script's class of it.
static const mp_obj_array_t *array_in(mp_obj_t object)
{
    return synthio_native(object, &mp_type_array);
}

void synthio_wave_from(qstr name, mp_obj_t given, synthio_wave_t *wave)
{
    mp_buffer_info_t info;
    *wave = (synthio_wave_t){.object = given};
    if (given == mp_const_none)
        return;
    mp_get_buffer_raise(given, &info, MP_BUFFER_READ);
    if (info.typecode != 'h')
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q must be array of type 'h'"), name);
    size_t length = info.len / sizeof(int16_t);
    if (length < TA_WAVE_LENGTH_MIN || length > TA_WAVE_LENGTH_MAX)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q length must be %d-%d"), name, TA_WAVE_LENGTH_MIN,
                          TA_WAVE_LENGTH_MAX);
    wave->array = array_in(given);
    wave->wave = (ta_wave_t){info.buf, (uint32_t)length};
}

// It keeps the length that it had: an array's memory never gets shorter.
bool synthio_wave_moved(synthio_wave_t *wave)
{
    if (!wave->array || wave->array->items == wave->wave.samples)
        return false;
    wave->wave.samples = wave->array->items;
    return true;
}

// ---- Envelope ------------------------------------------------------------------------------------------------------------------

enum { ENVELOPE_FIELDS = 5 };

static mp_obj_t not_negative(qstr name, mp_obj_t given)
{
    mp_float_t number = number_from(name, given);
    if (!(number >= 0))
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q must be >= %d"), name, 0);
    return mp_obj_new_float(number);
}

static mp_obj_t part(qstr name, mp_obj_t given)
{
    return mp_obj_new_float(synthio_number(name, given, 0, 1));
}

static mp_obj_t envelope_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { ATTACK, DECAY, RELEASE, LEVEL, SUSTAIN };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_attack_time, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_decay_time, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_release_time, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_attack_level, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_sustain_level, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_obj = MP_OBJ_NULL}},
    };
    static const mp_float_t by_default[ENVELOPE_FIELDS] = {MICROPY_FLOAT_CONST(0.1), MICROPY_FLOAT_CONST(0.05),
                                                           MICROPY_FLOAT_CONST(0.2), 1, MICROPY_FLOAT_CONST(0.8)};
    mp_arg_val_t value[ENVELOPE_FIELDS];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    mp_obj_tuple_t *self = mp_obj_malloc_var(mp_obj_tuple_t, items, mp_obj_t, ENVELOPE_FIELDS, type);
    self->len = ENVELOPE_FIELDS;
    for (unsigned f = 0; f < ENVELOPE_FIELDS; f++)
        self->items[f] = mp_const_none;
    for (unsigned f = 0; f < ENVELOPE_FIELDS; f++) {
        mp_obj_t given = value[f].u_obj != MP_OBJ_NULL ? value[f].u_obj : mp_obj_new_float(by_default[f]);
        qstr name = (qstr)allowed[f].qst;
        self->items[f] = f < LEVEL ? not_negative(name, given) : part(name, given);
    }
    return MP_OBJ_FROM_PTR(self);
}

static void envelope_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind);
static void envelope_attr(mp_obj_t object, qstr name, mp_obj_t *dest);

// A named tuple of the VM's: that is what its length and its fields are for.
const mp_obj_namedtuple_type_t synthio_envelope_namedtuple = {
    .base = {.base = {.type = &mp_type_type},
             .flags = MP_TYPE_FLAG_EQ_CHECKS_OTHER_TYPE,
             .name = MP_QSTR_Envelope,
             .slot_index_make_new = 1,
             .slot_index_print = 2,
             .slot_index_unary_op = 3,
             .slot_index_binary_op = 4,
             .slot_index_attr = 5,
             .slot_index_subscr = 6,
             .slot_index_iter = 7,
             .slot_index_parent = 8},
    .slots = {envelope_make_new, envelope_print, mp_obj_tuple_unary_op, mp_obj_tuple_binary_op, envelope_attr,
              mp_obj_tuple_subscr, mp_obj_tuple_getiter, (void *)&mp_type_tuple},
    .n_fields = ENVELOPE_FIELDS,
    .fields = {MP_QSTR_attack_time, MP_QSTR_decay_time, MP_QSTR_release_time, MP_QSTR_attack_level,
               MP_QSTR_sustain_level},
};
#define ENVELOPE_TYPE ((const mp_obj_type_t *)(const void *)&synthio_envelope_namedtuple)

static void envelope_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind)
{
    (void)kind;
    mp_print_str(print, "Envelope");
    mp_obj_attrtuple_print_helper(print, synthio_envelope_namedtuple.fields, MP_OBJ_TO_PTR(object));
}

static void envelope_attr(mp_obj_t object, qstr name, mp_obj_t *dest)
{
    if (dest[0] != MP_OBJ_NULL)
        mp_raise_msg(&mp_type_AttributeError, MP_ERROR_TEXT("can't set attribute"));
    size_t field = mp_obj_namedtuple_find_field(&synthio_envelope_namedtuple, name);
    if (field < ENVELOPE_FIELDS)
        dest[0] = ((const mp_obj_tuple_t *)MP_OBJ_TO_PTR(object))->items[field];
}

bool synthio_envelope_from(mp_obj_t given, ta_envelope_t *envelope)
{
    if (given == mp_const_none)
        return false;
    if (!mp_obj_is_type(given, ENVELOPE_TYPE))
        errors_type(MP_QSTR_envelope, "Envelope", given);
    const mp_obj_tuple_t *self = MP_OBJ_TO_PTR(given);
    ta_real_t number[ENVELOPE_FIELDS];
    for (unsigned f = 0; f < ENVELOPE_FIELDS; f++)
        number[f] = (ta_real_t)mp_obj_get_float(self->items[f]);
    *envelope = (ta_envelope_t){number[0], number[1], number[2], number[3], number[4]};
    return true;
}

// ---- EnvelopeState -------------------------------------------------------------------------------------------------------------

// clang-format off
#define STATES(X) X(ATTACK) X(DECAY) X(SUSTAIN) X(RELEASE)
#define MEMBER(name) {{&synthio_envelopestate_type}, MP_QSTR_##name, TA_ENVELOPE_##name},
#define ENTRY(name) {MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&states[TA_ENVELOPE_##name - 1])},
// clang-format on

static const synthio_enum_t states[] = {STATES(MEMBER)};
static const mp_rom_map_elem_t state_table[] = {STATES(ENTRY)};
static MP_DEFINE_CONST_DICT(state_dict, state_table);

MP_DEFINE_CONST_OBJ_TYPE(synthio_envelopestate_type, MP_QSTR_EnvelopeState, MP_TYPE_FLAG_NONE, print,
                         synthio_enum_print, locals_dict, &state_dict);

mp_obj_t synthio_envelope_state(ta_envelope_state_t state)
{
    return state == TA_ENVELOPE_NONE ? mp_const_none : MP_OBJ_FROM_PTR(&states[state - 1]);
}

// ---- what sounds ---------------------------------------------------------------------------------------------------------------

void synthio_sound_from(mp_obj_t rate, mp_obj_t waveform, mp_obj_t envelope, bool interpolate, synthio_sound_t *sound)
{
    *sound = (synthio_sound_t){.config = {.channels = 1, .polyphony = TONEARM_POLYPHONY}};
    sound->config.rate_hz = config_rate_hz(rate);
    sound->config.interpolate = interpolate;
    synthio_wave_from(MP_QSTR_waveform, waveform, &sound->wave);
    sound->config.wave = sound->wave.wave;
    if (synthio_envelope_from(envelope, &sound->envelope))
        sound->config.envelope = &sound->envelope;
}

void synthio_sound_cost(const ta_synth_t *synth, const ta_synth_use_t *use, ta_cost_t *cost)
{
    const ta_synth_config_t config = {.rate_hz = synth->source.format.rate_hz,
                                      .channels = synth->source.format.channels,
                                      .polyphony = synth->polyphony,
                                      .interpolate = synth->interpolate};
    (void)!ta_synth_cost(&config, use, cost);
}

void synthio_sound_refresh(ta_synth_t *synth, synthio_wave_t *wave)
{
    if (!synthio_wave_moved(wave))
        return;
    synth->wave = wave->wave;
    synth->steps_version =
        synth->envelope_version - 1U; // as if the envelope were new: each voice begins with what it reads anew
}

// ---- functions -----------------------------------------------------------------------------------------------------------------

static mp_obj_t midi_to_hz(mp_obj_t note)
{
    return mp_obj_new_float((mp_float_t)ta_midi_to_hz((ta_real_t)synthio_number(MP_QSTR_note, note, 0, 127)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(midi_to_hz_obj, midi_to_hz);

static mp_obj_t voct_to_hz(mp_obj_t octaves)
{
    return mp_obj_new_float((mp_float_t)ta_voct_to_hz((ta_real_t)synthio_number(MP_QSTR_ctrl, octaves, -11, 11)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(voct_to_hz_obj, voct_to_hz);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_synthio)},
    {MP_ROM_QSTR(MP_QSTR_Biquad), MP_ROM_PTR(&synthio_biquad_type)},
    {MP_ROM_QSTR(MP_QSTR_Envelope), MP_ROM_PTR(&synthio_envelope_namedtuple)},
    {MP_ROM_QSTR(MP_QSTR_EnvelopeState), MP_ROM_PTR(&synthio_envelopestate_type)},
    {MP_ROM_QSTR(MP_QSTR_FilterMode), MP_ROM_PTR(&synthio_filtermode_type)},
    {MP_ROM_QSTR(MP_QSTR_LFO), MP_ROM_PTR(&synthio_lfo_type)},
    {MP_ROM_QSTR(MP_QSTR_Math), MP_ROM_PTR(&synthio_math_type)},
    {MP_ROM_QSTR(MP_QSTR_MathOperation), MP_ROM_PTR(&synthio_mathoperation_type)},
    {MP_ROM_QSTR(MP_QSTR_MidiTrack), MP_ROM_PTR(&synthio_miditrack_type)},
    {MP_ROM_QSTR(MP_QSTR_Note), MP_ROM_PTR(&synthio_note_type)},
    {MP_ROM_QSTR(MP_QSTR_Synthesizer), MP_ROM_PTR(&synthio_synthesizer_type)},
    {MP_ROM_QSTR(MP_QSTR_from_file), MP_ROM_PTR(&synthio_from_file_obj)},
    {MP_ROM_QSTR(MP_QSTR_lfo_tick), MP_ROM_PTR(&synthio_lfo_tick_obj)},
    {MP_ROM_QSTR(MP_QSTR_midi_to_hz), MP_ROM_PTR(&midi_to_hz_obj)},
    {MP_ROM_QSTR(MP_QSTR_voct_to_hz), MP_ROM_PTR(&voct_to_hz_obj)},
    {MP_ROM_QSTR(MP_QSTR_waveform_max_length), MP_ROM_INT(TA_WAVE_LENGTH_MAX)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t synthio_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_synthio, synthio_module);
