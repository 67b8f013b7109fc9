// Every effect, from its table. In: constructors' arguments, values of properties. Out: nodes on the library's effects. Each number is checked in one place: here
// what is refused, in the library what is clamped.

#include "effects.h"

#include "py/objtuple.h"

#include <string.h>

enum { BUFFER_BYTES = 512, COMMON = 5, LET_GO_US = 500000, STEP_US = 50, CHAIN_KEPT = 2 };

static const effect_t *const effects[] = {
    &audiofilters_filter_effect,       &audiofilters_distortion_effect, &audiofilters_phaser_effect,
    &audiodelays_echo_effect,          &audiodelays_chorus_effect,      &audiodelays_flanger_effect,
    &audiodelays_multitapdelay_effect, &audiodelays_pitchshift_effect,  &audiodelays_granularpitchshift_effect,
    &audiofreeverb_freeverb_effect,
};

static const effect_t *effect_of(const node_t *node)
{
    return (const effect_t *)(const void *)((const char *)node->kind - offsetof(effect_t, kind));
}

static const effect_t *effect_of_type(const mp_obj_type_t *type)
{
    unsigned e = 0;
    while (effects[e]->type != type)
        e++;
    return effects[e];
}

// ---- the node ----------------------------------------------------------------------------------------------------------------

static ta_fx_t *fx_of(const node_t *node)
{
    return node_c(node);
}

ta_source_t *effect_source(node_t *node)
{
    return &fx_of(node)->source;
}

ta_status_t effect_play(node_t *node, unsigned input, ta_source_t *source)
{
    (void)input;
    return ta_fx_play(fx_of(node), source);
}

bool effect_holds(const node_t *node, unsigned input, const ta_source_t *source)
{
    (void)input;
    return ta_intake_holds(&fx_of(node)->intake, source);
}

bool effect_busy(const node_t *node, unsigned input)
{
    (void)input;
    return ta_intake_busy(&fx_of(node)->intake);
}

void effect_settle(node_t *node, unsigned input)
{
    (void)input;
    (void)ta_intake_take(&fx_of(node)->intake);
}

void effect_clear(node_t *node)
{
    ta_fx_clear(fx_of(node));
}

// ---- chains of filters ---------------------------------------------------------------------------------------------------------

// There are none where there is no synthio.
__attribute__((weak)) ta_biquad_t *synthio_biquad(mp_obj_t object)
{
    (void)object;
    return NULL;
}

static uint32_t filters_in(mp_obj_t value, qstr name, ta_biquad_t *filters[EFFECT_FILTERS_MAX])
{
    if (value == mp_const_none)
        return 0;
    if ((filters[0] = synthio_biquad(value)) != NULL)
        return 1;
    if (!mp_obj_is_type(value, &mp_type_tuple))
        errors_type(name, "Biquad or tuple", value);
    size_t count;
    mp_obj_t *items;
    mp_obj_tuple_get(value, &count, &items);
    for (size_t f = 0; f < count; f++) {
        ta_biquad_t *filter = synthio_biquad(items[f]);
        if (!filter)
            mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("object in %q must be of type %s, not %s"), name,
                              "Biquad", mp_obj_get_type_str(items[f]));
        if (f < EFFECT_FILTERS_MAX)
            filters[f] = filter;
    }
    if (count > EFFECT_FILTERS_MAX)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q length must be %d-%d"), name, 0, EFFECT_FILTERS_MAX);
    return (uint32_t)count;
}

// What the feed uses is kept until it has come to the new chain. Should it not have come to the one before yet, it is waited for.
static bool settle_chain(node_t *node, ta_chain_t *chain)
{
    for (uint32_t us = 0; !ta_chain_settled(chain); us += STEP_US) {
        if (!node_is_pulled(node)) {
            ta_chain_tick(chain, &fx_of(node)->clock);
        } else if (us < LET_GO_US) {
            port_wait_us(STEP_US);
        } else {
            return false;
        }
    }
    return true;
}

static void set_chain(node_t *node, ta_chain_t *chain, mp_obj_t kept[CHAIN_KEPT], qstr name, mp_obj_t value)
{
    ta_biquad_t *filters[EFFECT_FILTERS_MAX];
    uint32_t count = filters_in(value, name, filters);
    ta_status_t status = TA_E_BUSY;
    port_enter();
    if (settle_chain(node, chain)) {
        status = ta_chain_set(chain, filters, count);
        kept[1] = kept[0];
        kept[0] = value;
        if (!node_is_pulled(node))
            (void)settle_chain(node, chain);
    }
    port_leave();
    if (status != TA_OK)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the feed does not run: interrupts are disabled"));
}

// ---- fields --------------------------------------------------------------------------------------------------------------------

static void *place(const node_t *node, const effect_field_t *field)
{
    return (uint8_t *)node_c(node) + field->at;
}

static unsigned kept_by(const effect_field_t *field)
{
    return field->as == FIELD_PARAM ? 1 : field->as == FIELD_CHAIN ? CHAIN_KEPT : field->kept;
}

// Objects that are kept for the fields before this one.
static unsigned kept_before(const effect_t *effect, unsigned number)
{
    unsigned kept = 0;
    for (unsigned f = 0; f < number; f++)
        kept += kept_by(&effect->field[f]);
    return kept;
}

// What a script's class says of itself is asked before the node is looked at; it may take the node away.
static mp_obj_t plain(const effect_field_t *field, mp_obj_t value)
{
    switch ((field_as_t)field->as) {
    case FIELD_PARAM:
        return param_plain((qstr)field->name, value);
    case FIELD_NUMBER:
        return plain_float((qstr)field->name, value);
    case FIELD_BOOL:
        return plain_bool(value);
    case FIELD_OWN: // looks itself
    case FIELD_CHAIN:
    case FIELD_SIZE:
    case FIELD_SHOWN:
        break;
    }
    return value;
}

static void set_field(node_t *node, const effect_field_t *field, mp_obj_t *kept, mp_obj_t value)
{
    mp_float_t number = 0;
    switch ((field_as_t)field->as) {
    case FIELD_PARAM:
        param_set(place(node, field), kept, field->name, value);
        break;
    case FIELD_NUMBER:
        if (!mp_obj_get_float_maybe(value, &number))
            errors_type(field->name, "float", value);
        ta_param_set(place(node, field), (ta_real_t)number);
        break;
    case FIELD_BOOL:
        *(volatile bool *)place(node, field) = mp_obj_is_true(value);
        break;
    case FIELD_CHAIN:
        set_chain(node, place(node, field), kept, field->name, value);
        break;
    case FIELD_OWN:
        field->set(node, kept, value);
        break;
    case FIELD_SIZE:
    case FIELD_SHOWN:
        break;
    }
}

static mp_obj_t get_field(node_t *node, const effect_field_t *field, mp_obj_t *kept)
{
    switch ((field_as_t)field->as) {
    case FIELD_PARAM:
        return param_get(place(node, field), *kept);
    case FIELD_NUMBER:
        return param_get(place(node, field), MP_OBJ_NULL);
    case FIELD_BOOL:
        return mp_obj_new_bool(*(const volatile bool *)place(node, field));
    case FIELD_CHAIN:
        return *kept == MP_OBJ_NULL ? mp_const_none : *kept;
    case FIELD_OWN:
    case FIELD_SHOWN:
        return field->get(node, kept);
    case FIELD_SIZE:
        break;
    }
    return MP_OBJ_NULL;
}

mp_obj_t effect_kept(node_t *node, qstr name)
{
    const effect_t *effect = effect_of(node);
    unsigned f = 0;
    while (effect->field[f].name != name)
        f++;
    return *node_own(node, kept_before(effect, f));
}

static uint32_t filters_of(node_t *node, const effect_t *effect)
{
    uint32_t filters = 0;
    for (unsigned f = 0; f < effect->fields; f++) {
        if (effect->field[f].as != FIELD_CHAIN)
            continue;
        mp_obj_t chain = *node_own(node, kept_before(effect, f));
        if (chain != MP_OBJ_NULL && chain != mp_const_none)
            filters += mp_obj_is_type(chain, &mp_type_tuple) ? (uint32_t)mp_obj_get_int(mp_obj_len(chain)) : 1;
    }
    return filters;
}

void effect_cost(node_t *node, ta_cost_t *cost)
{
    const effect_t *effect = effect_of(node);
    const ta_format_t *format = &fx_of(node)->source.format;
    bool extra = false;
    uint32_t amount = effect->amount ? effect->amount(node, &extra) : 0;
    amount += filters_of(node, effect);
    const ta_effect_t which = (ta_effect_t)effect->cost;
    const sample_t *sample = node_newest(node, 0);
    const ta_sample_t played = sample ? (ta_sample_t)sample->format : format->sample;
    ta_cost_t formats;
    if (ta_fx_cost(which, format->channels, format->rate_hz, amount, extra, cost) != TA_OK ||
        ta_fx_format_cost(which, format->sample, played, format->channels, format->rate_hz, &formats) != TA_OK)
        return;
    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++)
        cost->frame[chip] += formats.frame[chip]; // a few thousand each
}

static mp_obj_t get_playing(mp_obj_t self)
{
    const node_t *node = node_alive(self);
    port_moment();
    return mp_obj_new_bool(node_plays(node, 0));
}

void effect_attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {{MP_QSTR_playing, get_playing, NULL}};
    const effect_t *effect = effect_of(MP_OBJ_TO_PTR(self));
    for (unsigned f = 0; f < effect->fields; f++) {
        const effect_field_t *field = &effect->field[f];
        if (field->name != name || field->as == FIELD_SIZE)
            continue;
        mp_obj_t value = dest[0] != MP_OBJ_NULL && dest[1] != MP_OBJ_NULL ? plain(field, dest[1]) : MP_OBJ_NULL;
        node_t *node = node_alive(self);
        mp_obj_t *kept = node_own(node, kept_before(effect, f));
        if (dest[0] == MP_OBJ_NULL) {
            dest[0] = get_field(node, field, kept);
        } else if (value != MP_OBJ_NULL && field->as != FIELD_SHOWN) {
            set_field(node, field, kept, value);
            dest[0] = MP_OBJ_NULL;
        }
        return;
    }
    node_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

// ---- making one ----------------------------------------------------------------------------------------------------------------

static void check_signed16(const ta_format_t *format)
{
    if (format->sample == TA_SAMPLE_U8 || format->sample == TA_SAMPLE_S8)
        mp_raise_ValueError(MP_ERROR_TEXT("bits_per_sample must be 16"));
    if (format->sample != TA_SAMPLE_S16)
        mp_raise_ValueError(MP_ERROR_TEXT("samples_signed must be true"));
}

mp_obj_t effect_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { BUFFER, RATE, BITS, SIGNED, CHANNELS };
    static const mp_arg_t common[COMMON] = {
        {MP_QSTR_buffer_size, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(BUFFER_BYTES)}},
        {MP_QSTR_sample_rate, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(8000)}},
        {MP_QSTR_bits_per_sample, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(16)}},
        {MP_QSTR_samples_signed, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = true}},
        {MP_QSTR_channel_count, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(1)}},
    };
    const effect_t *effect = effect_of_type(type);
    mp_arg_t allowed[COMMON + EFFECT_FIELDS_MAX];
    mp_arg_val_t value[COMMON + EFFECT_FIELDS_MAX];
    mp_map_t keywords;
    unsigned count = COMMON;
    memcpy(allowed, common, sizeof common);
    for (unsigned f = 0; f < effect->fields; f++) {
        if (effect->field[f].as != FIELD_SHOWN)
            allowed[count++] = (mp_arg_t){effect->field[f].name, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_obj = MP_OBJ_NULL}};
    }
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, count, allowed, value);

    effect_config_t config = {.words = {0}};
    config.fx.format = node_format(value[BITS].u_obj, value[SIGNED].u_bool, value[CHANNELS].u_obj, value[RATE].u_obj);
    if (effect->signed16)
        check_signed16(&config.fx.format);
    unsigned frame_bytes = ta_frame_bytes(&config.fx.format);
    uint32_t bytes = (uint32_t)errors_int(MP_QSTR_buffer_size, value[BUFFER].u_obj, (mp_int_t)frame_bytes,
                                          (mp_int_t)(frame_bytes * TA_FX_BUFFER_FRAMES_MAX));
    config.fx.buffer_frames = bytes / frame_bytes;
    for (unsigned f = 0; f < effect->fields; f++) {
        const effect_field_t *field = &effect->field[f];
        if (field->as != FIELD_SIZE)
            continue;
        mp_obj_t given = value[COMMON + f].u_obj;
        mp_int_t size =
            given == MP_OBJ_NULL ? field->by_default : errors_int(field->name, given, field->first, field->last);
        *(uint32_t *)(void *)((uint8_t *)&config + field->at) = (uint32_t)size;
    }

    node_t *node = node_new(type, &effect->kind, 1, kept_before(effect, effect->fields));
    ta_need_t needs[NODE_BLOCKS_MAX];
    ta_status_t status = effect->need(&config, needs);
    if (status == TA_OK) {
        void *blocks[NODE_BLOCKS_MAX];
        node_take(node, effect->bytes, needs, effect->needs);
        for (unsigned b = 0; b < effect->needs; b++)
            blocks[b] = node_block(node, b);
        status = effect->init(node_c(node), &config, blocks);
    }
    for (unsigned f = 0; status == TA_OK && f < effect->fields; f++) {
        const effect_field_t *field = &effect->field[f];
        if (field->as != FIELD_SHOWN && value[COMMON + f].u_obj != MP_OBJ_NULL)
            set_field(node, field, node_own(node, kept_before(effect, f)), value[COMMON + f].u_obj);
    }
    node_begin(node, status, bytes, config.fx.buffer_frames * frame_bytes);
    return MP_OBJ_FROM_PTR(node);
}

// ---- methods -------------------------------------------------------------------------------------------------------------------

static mp_obj_t do_play(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    enum { SAMPLE, LOOP };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_sample, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_loop, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    arguments_parse(n_args - 1, args + 1, keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    node_t *node = node_alive(args[0]);
    node_play(node, 0, value[SAMPLE].u_obj, value[LOOP].u_bool);
    return args[0];
}
static MP_DEFINE_CONST_FUN_OBJ_KW(play_obj, 1, do_play);

static mp_obj_t do_stop(mp_obj_t self)
{
    node_stop(node_alive(self), 0);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(stop_obj, do_stop);

static const mp_rom_map_elem_t members[] = {
    NODE_MEMBERS,
    {MP_ROM_QSTR(MP_QSTR_play), MP_ROM_PTR(&play_obj)},
    {MP_ROM_QSTR(MP_QSTR_stop), MP_ROM_PTR(&stop_obj)},
};
MP_DEFINE_CONST_DICT(effect_members, members);
