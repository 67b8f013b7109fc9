// Module audiodelays: Echo, Chorus, Flanger, MultiTapDelay, PitchShift, GranularPitchShift, each a table (effects.h).

#include "effects.h"

#include "tonearm/delays.h"

#include "py/objtuple.h"

enum { TAPS = 32 }; // of a MultiTapDelay, at most

#define PARAM(member, of)                                                                                              \
    {                                                                                                                  \
        .name = MP_QSTR_##member, .as = FIELD_PARAM, .at = offsetof(of, member)                                        \
    }
#define MAX_DELAY_MS(of, most, usual)                                                                                  \
    {                                                                                                                  \
        .name = MP_QSTR_max_delay_ms, .as = FIELD_SIZE, .at = offsetof(of, max_delay_ms), .first = 1, .last = (most),  \
        .by_default = (usual)                                                                                          \
    }
// What the tables call, on the library's own types.
#define GLUE(name)                                                                                                     \
    _Static_assert(sizeof(ta_##name##_config_t) <= sizeof(effect_config_t), "a configuration is too long");            \
    static ta_status_t name##_need(effect_config_t *config, ta_need_t needs[])                                         \
    {                                                                                                                  \
        return ta_##name##_need((const ta_##name##_config_t *)(const void *)config, needs);                            \
    }                                                                                                                  \
    static ta_status_t name##_init(void *structure, const effect_config_t *config, void *const blocks[])               \
    {                                                                                                                  \
        return ta_##name##_init(structure, (const ta_##name##_config_t *)(const void *)config, blocks);                \
    }
#define EFFECT(python, title, library, costs)                                                                          \
    const effect_t python##_effect = {.type = &python##_type,                                                          \
                                      .kind = EFFECT_KIND(title),                                                      \
                                      .field = library##_fields,                                                       \
                                      .fields = MP_ARRAY_SIZE(library##_fields),                                       \
                                      .needs = TA_DELAY_NEEDS,                                                         \
                                      .bytes = sizeof(ta_##library##_t),                                               \
                                      .need = library##_need,                                                          \
                                      .init = library##_init,                                                          \
                                      .cost = TA_EFFECT_##costs,                                                       \
                                      .amount = library##_amount}

// ---- Echo --------------------------------------------------------------------------------------------------------------------

static ta_status_t echo_need(effect_config_t *config, ta_need_t needs[])
{
    ta_echo_config_t *echo = (ta_echo_config_t *)(void *)config;
    echo->filters_max = EFFECT_FILTERS_MAX;
    return ta_echo_need(echo, needs);
}

static ta_status_t echo_init(void *structure, const effect_config_t *config, void *const blocks[])
{
    return ta_echo_init(structure, (const ta_echo_config_t *)(const void *)config, blocks);
}

static uint32_t echo_amount(node_t *node, bool *extra)
{
    const ta_echo_t *echo = node_c(node);
    *extra = echo->freq_shift;
    return 0;
}

static const effect_field_t echo_fields[] = {
    MAX_DELAY_MS(ta_echo_config_t, TA_DELAY_MS_MAX, 500),
    PARAM(delay_ms, ta_echo_t),
    PARAM(decay, ta_echo_t),
    {.name = MP_QSTR_filter, .as = FIELD_CHAIN, .at = offsetof(ta_echo_t, chain)},
    PARAM(mix, ta_echo_t),
    {.name = MP_QSTR_freq_shift, .as = FIELD_BOOL, .at = offsetof(ta_echo_t, freq_shift)},
};
EFFECT(audiodelays_echo, "Echo", echo, ECHO);
EFFECT_TYPE(audiodelays_echo_type, MP_QSTR_Echo);

// ---- Chorus, Flanger ---------------------------------------------------------------------------------------------------------

GLUE(chorus)
static uint32_t chorus_amount(node_t *node, bool *extra)
{
    (void)extra;
    const ta_chorus_t *chorus = node_c(node);
    ta_real_t voices =
        chorus->voices.control ? TA_CHORUS_VOICES_MAX : chorus->voices.number; // a control may go anywhere
    return voices >= TA_CHORUS_VOICES_MAX ? TA_CHORUS_VOICES_MAX : voices >= 1 ? (uint32_t)voices : 1;
}

static const effect_field_t chorus_fields[] = {
    MAX_DELAY_MS(ta_chorus_config_t, TA_DELAY_MS_MAX, 50),
    PARAM(delay_ms, ta_chorus_t),
    PARAM(voices, ta_chorus_t),
    PARAM(mix, ta_chorus_t),
};
EFFECT(audiodelays_chorus, "Chorus", chorus, CHORUS);
EFFECT_TYPE(audiodelays_chorus_type, MP_QSTR_Chorus);

static mp_obj_t get_lfo_value(node_t *node, mp_obj_t *kept)
{
    (void)kept;
    return mp_obj_new_float((mp_float_t)ta_flanger_lfo(node_c(node)) / 65535);
}

GLUE(flanger)
#define flanger_amount NULL
static const effect_field_t flanger_fields[] = {
    MAX_DELAY_MS(ta_flanger_config_t, TA_FLANGER_MS_MAX, 10),
    PARAM(min_delay_ms, ta_flanger_t),
    PARAM(rate, ta_flanger_t),
    PARAM(depth, ta_flanger_t),
    PARAM(feedback, ta_flanger_t),
    PARAM(mix, ta_flanger_t),
    {.name = MP_QSTR_invert, .as = FIELD_BOOL, .at = offsetof(ta_flanger_t, invert)},
    {.name = MP_QSTR_lfo_value, .as = FIELD_SHOWN, .get = get_lfo_value},
};
EFFECT(audiodelays_flanger, "Flanger", flanger, FLANGER);
EFFECT_TYPE(audiodelays_flanger_type, MP_QSTR_Flanger);

// ---- MultiTapDelay -----------------------------------------------------------------------------------------------------------

static mp_float_t part(qstr name, mp_obj_t given)
{
    mp_float_t number;
    if (!mp_obj_get_float_maybe(given, &number))
        errors_type(name, "float", given);
    if (!(number >= 0 && number <= 1))
        errors_range(name, 0, 1);
    return number;
}

static mp_obj_t tap_from(mp_obj_t item, ta_tap_t *tap)
{
    mp_obj_t pair[2] = {item, MP_OBJ_NEW_SMALL_INT(1)};
    if (mp_obj_is_type(item, &mp_type_tuple) || mp_obj_is_type(item, &mp_type_list)) {
        size_t count;
        mp_obj_t *items;
        mp_obj_get_array(item, &count, &items);
        if (count != 2)
            mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q length must be %d"), MP_QSTR_items, 2);
        pair[0] = items[0];
        pair[1] = items[1];
    }
    tap->position = (ta_real_t)part(MP_QSTR_position, pair[0]);
    tap->level = (ta_real_t)part(MP_QSTR_level, pair[1]);
    pair[0] = mp_obj_new_float((mp_float_t)tap->position);
    pair[1] = mp_obj_new_float((mp_float_t)tap->level);
    return mp_obj_new_tuple(2, pair);
}

static void set_taps(node_t *node, mp_obj_t *kept, mp_obj_t value)
{
    ta_tap_t taps[TAPS];
    mp_obj_t shown[TAPS];
    uint32_t count = 0;
    if (value != mp_const_none) {
        mp_obj_iter_buf_t buffer;
        mp_obj_t item;
        if (!mp_obj_is_type(value, &mp_type_tuple) && !mp_obj_is_type(value, &mp_type_list) &&
            !MP_OBJ_TYPE_HAS_SLOT(mp_obj_get_type(value), iter))
            errors_type(MP_QSTR_taps, "iterable", value);
        mp_obj_t items = mp_getiter(value, &buffer);
        while ((item = mp_iternext(items)) != MP_OBJ_STOP_ITERATION) {
            if (count == TAPS)
                mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q length must be %d-%d"), MP_QSTR_items, 1,
                                  TAPS);
            shown[count] = tap_from(item, &taps[count]);
            count++;
        }
        if (count == 0)
            mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q length must be >= %d"), MP_QSTR_items, 1);
    }
    mp_obj_t now = count ? mp_obj_new_tuple(count, shown) : mp_const_none;
    if (!node->state)
        errors_deinited(); // by an iterator of the script's
    port_enter();
    ta_status_t status = ta_multitap_set_taps(node_c(node), taps, count);
    port_leave();
    errors_check(status);
    *kept = now;
}

static mp_obj_t get_taps(node_t *node, mp_obj_t *kept)
{
    (void)node;
    return *kept == MP_OBJ_NULL ? mp_const_none : *kept;
}

static ta_status_t multitap_need(effect_config_t *config, ta_need_t needs[])
{
    ta_multitap_config_t *multitap = (ta_multitap_config_t *)(void *)config;
    multitap->taps_max = TAPS;
    return ta_multitap_need(multitap, needs);
}

static ta_status_t multitap_init(void *structure, const effect_config_t *config, void *const blocks[])
{
    return ta_multitap_init(structure, (const ta_multitap_config_t *)(const void *)config, blocks);
}

static uint32_t multitap_amount(node_t *node, bool *extra)
{
    (void)extra;
    mp_obj_t taps = effect_kept(node, MP_QSTR_taps);
    return taps == MP_OBJ_NULL || taps == mp_const_none ? 1 : (uint32_t)mp_obj_get_int(mp_obj_len(taps));
}

static const effect_field_t multitap_fields[] = {
    MAX_DELAY_MS(ta_multitap_config_t, TA_DELAY_MS_MAX, 500),
    {.name = MP_QSTR_delay_ms, .as = FIELD_NUMBER, .at = offsetof(ta_multitap_t, delay_ms)},
    PARAM(decay, ta_multitap_t),
    PARAM(mix, ta_multitap_t),
    {.name = MP_QSTR_taps, .as = FIELD_OWN, .kept = 1, .get = get_taps, .set = set_taps},
};
EFFECT(audiodelays_multitapdelay, "MultiTapDelay", multitap, MULTITAP);
EFFECT_TYPE(audiodelays_multitapdelay_type, MP_QSTR_MultiTapDelay);

// ---- PitchShift, GranularPitchShift ------------------------------------------------------------------------------------------

// A window is given in bytes of 16-bit samples of all channels.
static ta_status_t pitch_need(effect_config_t *config, ta_need_t needs[])
{
    ta_pitch_config_t *pitch = (ta_pitch_config_t *)(void *)config;
    uint32_t frame_bytes = 2U * pitch->fx.format.channels;
    pitch->window_frames = (pitch->window_frames + frame_bytes - 1) / frame_bytes;
    pitch->overlap_frames = (pitch->overlap_frames + frame_bytes - 1) / frame_bytes;
    if (pitch->overlap_frames == 0)
        pitch->overlap_frames = 1;
    return ta_pitch_need(pitch, needs);
}

static ta_status_t pitch_init(void *structure, const effect_config_t *config, void *const blocks[])
{
    return ta_pitch_init(structure, (const ta_pitch_config_t *)(const void *)config, blocks);
}

static uint32_t pitch_amount(node_t *node, bool *extra)
{
    const ta_pitch_t *pitch = node_c(node);
    *extra = pitch->semitones.control || pitch->semitones.number != 0;
    return 0;
}

static const effect_field_t pitch_fields[] = {
    PARAM(semitones, ta_pitch_t),
    PARAM(mix, ta_pitch_t),
    {.name = MP_QSTR_window,
     .as = FIELD_SIZE,
     .at = offsetof(ta_pitch_config_t, window_frames),
     .first = 2,
     .last = 32767,
     .by_default = 1024},
    {.name = MP_QSTR_overlap,
     .as = FIELD_SIZE,
     .at = offsetof(ta_pitch_config_t, overlap_frames),
     .first = 0,
     .last = 32767,
     .by_default = 128},
};
EFFECT(audiodelays_pitchshift, "PitchShift", pitch, PITCH);
EFFECT_TYPE(audiodelays_pitchshift_type, MP_QSTR_PitchShift);

GLUE(granular)
static uint32_t granular_amount(node_t *node, bool *extra)
{
    (void)extra;
    return ((const ta_granular_t *)node_c(node))->density;
}

static const effect_field_t granular_fields[] = {
    PARAM(semitones, ta_granular_t),
    PARAM(mix, ta_granular_t),
    {.name = MP_QSTR_grain_size,
     .as = FIELD_SIZE,
     .at = offsetof(ta_granular_config_t, grain_frames),
     .first = 2,
     .last = TA_GRAIN_MAX,
     .by_default = TA_GRAIN},
    {.name = MP_QSTR_density,
     .as = FIELD_SIZE,
     .at = offsetof(ta_granular_config_t, density),
     .first = 1,
     .last = TA_GRAIN_DENSITY_MAX,
     .by_default = 2},
    {.name = MP_QSTR_spread, .as = FIELD_NUMBER, .at = offsetof(ta_granular_t, spread)},
};
EFFECT(audiodelays_granularpitchshift, "GranularPitchShift", granular, GRANULAR);
EFFECT_TYPE(audiodelays_granularpitchshift_type, MP_QSTR_GranularPitchShift);

// ---- the module --------------------------------------------------------------------------------------------------------------

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiodelays)},
    {MP_ROM_QSTR(MP_QSTR_Echo), MP_ROM_PTR(&audiodelays_echo_type)},
    {MP_ROM_QSTR(MP_QSTR_Chorus), MP_ROM_PTR(&audiodelays_chorus_type)},
    {MP_ROM_QSTR(MP_QSTR_Flanger), MP_ROM_PTR(&audiodelays_flanger_type)},
    {MP_ROM_QSTR(MP_QSTR_MultiTapDelay), MP_ROM_PTR(&audiodelays_multitapdelay_type)},
    {MP_ROM_QSTR(MP_QSTR_PitchShift), MP_ROM_PTR(&audiodelays_pitchshift_type)},
    {MP_ROM_QSTR(MP_QSTR_GranularPitchShift), MP_ROM_PTR(&audiodelays_granularpitchshift_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiodelays_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiodelays, audiodelays_module);
