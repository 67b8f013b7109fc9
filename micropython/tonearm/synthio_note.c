// Note. In: a frequency, BlockInputs, waveforms, an envelope, a filter. Out: a note of the library's in the object, which the feed reads while it sounds. Invariant: the settings
// have one writer at a time: the script, or, while that is not in the middle of it (`editing`), the feed, which follows waveforms that have moved.

#include "effects.h"
#include "synthio.h"

#include "py/objarray.h"

#include <string.h>

static synthio_note_t *note_of(mp_obj_t object)
{
    return MP_OBJ_TO_PTR(object);
}

// ---- settings ------------------------------------------------------------------------------------------------------------------

void synthio_note_refresh(synthio_note_t *self)
{
    if (synthio_wave_moved(&self->wave) && ta_note_set_wave(&self->note, &self->wave.wave) != TA_OK)
        self->wave.array = NULL; // it was fit, and is no longer aligned: it cannot be
    if (synthio_wave_moved(&self->ring_wave) && ta_note_set_ring_wave(&self->note, &self->ring_wave.wave) != TA_OK)
        self->ring_wave.array = NULL;
}

static void begin_edit(synthio_note_t *self)
{
    port_enter();
    self->editing = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    synthio_note_refresh(self);
}

static void end_edit(synthio_note_t *self, ta_status_t status)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    self->editing = false;
    port_leave();
    errors_check(status);
}

static mp_obj_t get_frequency(mp_obj_t object)
{
    return mp_obj_new_float((mp_float_t)ta_note_setting(&note_of(object)->note)->frequency_hz);
}

static void set_frequency(mp_obj_t object, mp_obj_t value)
{
    mp_float_t hz = synthio_number(MP_QSTR_frequency, value, 0, TA_SYNTH_FREQUENCY_MAX_HZ);
    begin_edit(note_of(object));
    end_edit(note_of(object), ta_note_set_frequency(&note_of(object)->note, (ta_real_t)hz));
}

static mp_obj_t get_ring_frequency(mp_obj_t object)
{
    return mp_obj_new_float((mp_float_t)ta_note_setting(&note_of(object)->note)->ring_frequency_hz);
}

static void set_ring_frequency(mp_obj_t object, mp_obj_t value)
{
    mp_float_t hz = synthio_number(MP_QSTR_ring_frequency, value, 0, TA_SYNTH_FREQUENCY_MAX_HZ);
    begin_edit(note_of(object));
    end_edit(note_of(object), ta_note_set_ring_frequency(&note_of(object)->note, (ta_real_t)hz));
}

static mp_obj_t get_waveform(mp_obj_t object)
{
    return note_of(object)->wave.object;
}

// What was there before is no longer read once the setting is in force: the feed takes it where a tick begins.
static void set_waveform(mp_obj_t object, mp_obj_t value)
{
    synthio_note_t *self = note_of(object);
    synthio_wave_t wave;
    synthio_wave_from(MP_QSTR_waveform, value, &wave);
    begin_edit(self);
    ta_status_t status = ta_note_set_wave(&self->note, wave.wave.samples ? &wave.wave : NULL);
    if (status == TA_OK)
        self->wave = wave;
    end_edit(self, status);
}

static mp_obj_t get_ring_waveform(mp_obj_t object)
{
    return note_of(object)->ring_wave.object;
}

static void set_ring_waveform(mp_obj_t object, mp_obj_t value)
{
    synthio_note_t *self = note_of(object);
    synthio_wave_t wave;
    synthio_wave_from(MP_QSTR_ring_waveform, value, &wave);
    begin_edit(self);
    ta_status_t status = ta_note_set_ring_wave(&self->note, wave.wave.samples ? &wave.wave : NULL);
    if (status == TA_OK)
        self->ring_wave = wave;
    end_edit(self, status);
}

static mp_obj_t get_envelope(mp_obj_t object)
{
    return note_of(object)->envelope;
}

static void set_envelope(mp_obj_t object, mp_obj_t value)
{
    synthio_note_t *self = note_of(object);
    ta_envelope_t envelope;
    bool has = synthio_envelope_from(value, &envelope);
    begin_edit(self);
    ta_status_t status = ta_note_set_envelope(&self->note, has ? &envelope : NULL);
    if (status == TA_OK)
        self->envelope = value;
    end_edit(self, status);
}

static mp_obj_t get_filter(mp_obj_t object)
{
    return note_of(object)->filter;
}

static void set_filter(mp_obj_t object, mp_obj_t value)
{
    synthio_note_t *self = note_of(object);
    ta_biquad_t *filter = value == mp_const_none ? NULL : synthio_biquad(value);
    if (value != mp_const_none && !filter)
        errors_type(MP_QSTR_filter, "Biquad", value);
    begin_edit(self);
    ta_note_set_filter(&self->note, filter);
    self->filter = value;
    end_edit(self, TA_OK);
}

static const qstr_short_t tones[TA_TONES] = {MP_QSTR_wave, MP_QSTR_saw, MP_QSTR_square};

static mp_obj_t get_tone(mp_obj_t object)
{
    return MP_OBJ_NEW_QSTR(tones[ta_note_setting(&note_of(object)->note)->tone]);
}

static void set_tone(mp_obj_t object, mp_obj_t value)
{
    if (!mp_obj_is_str(value))
        errors_type(MP_QSTR_tone, "str", value);
    unsigned tone = 0;
    while (tone < TA_TONES && strcmp(mp_obj_str_get_str(value), qstr_str(tones[tone])) != 0)
        tone++;
    if (tone == TA_TONES)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("Invalid %q"), MP_QSTR_tone);
    begin_edit(note_of(object));
    end_edit(note_of(object), ta_note_set_tone(&note_of(object)->note, (ta_tone_t)tone));
}

// ---- BlockInputs ---------------------------------------------------------------------------------------------------------------

#define INPUT(name, field, number)                                                                                     \
    static mp_obj_t get_##name(mp_obj_t object)                                                                        \
    {                                                                                                                  \
        return param_get(&note_of(object)->note.field, note_of(object)->kept[number]);                                 \
    }                                                                                                                  \
    static void set_##name(mp_obj_t object, mp_obj_t value)                                                            \
    {                                                                                                                  \
        param_set(&note_of(object)->note.field, &note_of(object)->kept[number], MP_QSTR_##name, value);                \
    }
INPUT(panning, panning, 0)
INPUT(amplitude, amplitude, 1)
INPUT(bend, bend, 2)
INPUT(waveform_loop_start, loop_start, 3)
INPUT(waveform_loop_end, loop_end, 4)
INPUT(ring_bend, ring_bend, 5)
INPUT(ring_waveform_loop_start, ring_loop_start, 6)
INPUT(ring_waveform_loop_end, ring_loop_end, 7)

// ---- the object ----------------------------------------------------------------------------------------------------------------

static const property_t properties[] = {
    {MP_QSTR_frequency, get_frequency, set_frequency},
    {MP_QSTR_panning, get_panning, set_panning},
    {MP_QSTR_amplitude, get_amplitude, set_amplitude},
    {MP_QSTR_bend, get_bend, set_bend},
    {MP_QSTR_waveform, get_waveform, set_waveform},
    {MP_QSTR_waveform_loop_start, get_waveform_loop_start, set_waveform_loop_start},
    {MP_QSTR_waveform_loop_end, get_waveform_loop_end, set_waveform_loop_end},
    {MP_QSTR_envelope, get_envelope, set_envelope},
    {MP_QSTR_filter, get_filter, set_filter},
    {MP_QSTR_ring_frequency, get_ring_frequency, set_ring_frequency},
    {MP_QSTR_ring_bend, get_ring_bend, set_ring_bend},
    {MP_QSTR_ring_waveform, get_ring_waveform, set_ring_waveform},
    {MP_QSTR_ring_waveform_loop_start, get_ring_waveform_loop_start, set_ring_waveform_loop_start},
    {MP_QSTR_ring_waveform_loop_end, get_ring_waveform_loop_end, set_ring_waveform_loop_end},
    {MP_QSTR_tone, get_tone, set_tone},
};

static void attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    properties_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

// CircuitPython does not know tones: one that is as always is not shown.
static void print_note(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind)
{
    (void)kind;
    bool plain = ta_note_setting(&note_of(self)->note)->tone == TA_TONE_WAVE;
    synthio_print(print, self, properties, MP_ARRAY_SIZE(properties) - (plain ? 1 : 0));
}

static mp_obj_t note_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_frequency, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_panning, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_amplitude, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(1)}},
        {MP_QSTR_bend, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_waveform, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_waveform_loop_start, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_waveform_loop_end, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(16384)}},
        {MP_QSTR_envelope, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_filter, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_ring_frequency, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_ring_bend, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_ring_waveform, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_ring_waveform_loop_start, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_ring_waveform_loop_end, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(16384)}},
        {MP_QSTR_tone, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_QSTR(MP_QSTR_wave)}},
    };
    _Static_assert(MP_ARRAY_SIZE(allowed) == MP_ARRAY_SIZE(properties), "each argument is the property of its place");
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    synthio_note_t *self = mp_obj_malloc(synthio_note_t, type);
    memset((char *)self + sizeof self->base, 0, sizeof *self - sizeof self->base);
    for (unsigned k = 0; k < MP_ARRAY_SIZE(self->kept); k++)
        self->kept[k] = MP_OBJ_NULL;
    self->wave.object = self->ring_wave.object = self->envelope = self->filter = mp_const_none;
    errors_check(ta_note_init(&self->note, 0));
    for (unsigned p = 0; p < MP_ARRAY_SIZE(properties); p++)
        properties[p].set(MP_OBJ_FROM_PTR(self), value[p].u_obj);
    return MP_OBJ_FROM_PTR(self);
}

MP_DEFINE_CONST_OBJ_TYPE(synthio_note_type, MP_QSTR_Note, MP_TYPE_FLAG_NONE, make_new, note_make_new, attr, attr, print,
                         print_note);
