// Module audiomixer: Mixer and its voices. In: samples of any format. Out: a node whose inputs are the voices. Invariants: a voice is an object of its own
// that knows its mixer; what it plays, and what its level and panning follow, is kept by the mixer.

#include "node.h"

#include "tonearm/mixer.h"

#include "py/objtuple.h"

enum { BUFFER_BYTES = 1024, BUFFER_MIN = 8, BUFFER_MAX = 65536, VOICES = 2 };
enum { OWN_VOICES, OWN_LEVEL, OWN_PANNING, OWN_BY_VOICE = 2 }; // objects that a mixer keeps

typedef struct {
    mp_obj_base_t base;
    mp_obj_t mixer; // none: it was made by a script, and belongs to nobody
    uint8_t number;
} voice_t;

extern const mp_obj_type_t audiomixer_mixervoice_type;

// ---- the node ----------------------------------------------------------------------------------------------------------------

static ta_mixer_t *mixer_of(const node_t *node)
{
    return node_c(node);
}

static ta_source_t *source(node_t *node)
{
    return &mixer_of(node)->source;
}

static ta_status_t play(node_t *node, unsigned input, ta_source_t *source)
{
    return source ? ta_mixer_play(mixer_of(node), input, source) : ta_mixer_stop(mixer_of(node), input);
}

static bool holds(const node_t *node, unsigned input, const ta_source_t *source)
{
    (void)input; // each voice plays sources of its own
    return ta_mixer_holds(mixer_of(node), source);
}

static bool busy(const node_t *node, unsigned input)
{
    return ta_mixer_playing(mixer_of(node), input);
}

static void settle(node_t *node, unsigned input)
{
    ta_mixer_settle(mixer_of(node), input);
}

static void clear(node_t *node)
{
    ta_mixer_clear(mixer_of(node));
}

static bool moves(const ta_param_t *param)
{
    return param->control != NULL;
}

// The voices that play another rate, and the highest of these.
static void find_resampled(node_t *node, ta_mixer_use_t *use)
{
    for (unsigned v = 0; v < node->inputs; v++) {
        const sample_t *sample = node_newest(node, v);
        const uint32_t rate_hz = sample ? graph_given_hz(sample) : node->sample.rate_hz;
        if (rate_hz == node->sample.rate_hz)
            continue;
        use->resampled++;
        use->rate_hz = rate_hz > use->rate_hz ? rate_hz : use->rate_hz;
    }
}

// Every voice sounds. What is connected is of several formats: as if all were of the dearest.
static void cost(node_t *node, ta_cost_t *cost)
{
    ta_mixer_t *mixer = mixer_of(node);
    const ta_mixer_config_t config = {.format = mixer->source.format,
                                      .voices = mixer->voices,
                                      .resample = mixer->resample,
                                      .resample_max_hz = mixer->resample_max_hz};
    ta_mixer_use_t use = {.sounding = 0};
    for (unsigned v = 0; v < node->inputs; v++)
        use.moving = use.moving || moves(ta_mixer_level(mixer, v)) || moves(ta_mixer_panning(mixer, v));
    find_resampled(node, &use);
    bool any = false;
    *cost = (ta_cost_t){.name = NULL};
    for (unsigned v = 0; v < node->inputs; v++) {
        const sample_t *sample = node_newest(node, v);
        ta_cost_t with;
        if (!sample)
            continue;
        any = true;
        use.sample = (ta_sample_t)sample->format;
        use.channels = sample->channels;
        if (ta_mixer_cost(&config, &use, &with) == TA_OK && with.frame[0] > cost->frame[0])
            *cost = with;
    }
    if (!any)
        (void)!ta_mixer_cost(&config, &use, cost);
}

static uint32_t shed(const node_t *node)
{
    return ta_mixer_shed(mixer_of(node));
}

#define KIND(any)                                                                                                      \
    {                                                                                                                  \
        .name = "Mixer", .any_rate = (any), .restarts = true, .source = source, .play = play, .holds = holds,          \
        .busy = busy, .settle = settle, .clear = clear, .cost = cost, .shed = shed                                     \
    }

static const node_kind_t kind_of_one_rate = KIND(false), kind_of_any_rate = KIND(true);

// ---- MixerVoice --------------------------------------------------------------------------------------------------------------

static node_t *mixer_of_voice(const voice_t *voice)
{
    if (voice->mixer == mp_const_none)
        errors_deinited();
    return node_alive(voice->mixer);
}

static mp_obj_t voice_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, 0, NULL, NULL);
    voice_t *voice = mp_obj_malloc(voice_t, type);
    voice->mixer = mp_const_none;
    voice->number = 0;
    return MP_OBJ_FROM_PTR(voice);
}

static mp_obj_t voice_play(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    enum { SAMPLE, LOOP };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_sample, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_loop, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    const voice_t *voice = MP_OBJ_TO_PTR(args[0]);
    arguments_parse(n_args - 1, args + 1, keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    node_t *node = mixer_of_voice(voice);
    node_play(node, voice->number, value[SAMPLE].u_obj, value[LOOP].u_bool);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(voice_play_obj, 1, voice_play);

static mp_obj_t voice_stop(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {{MP_QSTR_voice, MP_ARG_INT, {.u_int = 0}}}; // taken and not used
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    const voice_t *voice = MP_OBJ_TO_PTR(args[0]);
    arguments_parse(n_args - 1, args + 1, keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    node_t *node = mixer_of_voice(voice);
    node_stop(node, voice->number);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(voice_stop_obj, 1, voice_stop);

static mp_obj_t voice_end(mp_obj_t self)
{
    const voice_t *voice = MP_OBJ_TO_PTR(self);
    node_set_loop(mixer_of_voice(voice), voice->number, false);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(voice_end_obj, voice_end);

static mp_obj_t voice_get_playing(mp_obj_t self)
{
    const voice_t *voice = MP_OBJ_TO_PTR(self);
    const node_t *node = mixer_of_voice(voice);
    port_moment();
    return mp_obj_new_bool(node_plays(node, voice->number));
}

static mp_obj_t voice_get_loop(mp_obj_t self)
{
    const voice_t *voice = MP_OBJ_TO_PTR(self);
    return mp_obj_new_bool(node_loops(mixer_of_voice(voice), voice->number));
}

static void voice_set_loop(mp_obj_t self, mp_obj_t value)
{
    const voice_t *voice = MP_OBJ_TO_PTR(self);
    bool loop = mp_obj_is_true(value);
    node_set_loop(mixer_of_voice(voice), voice->number, loop);
}

static mp_obj_t *kept(node_t *node, const voice_t *voice, unsigned which)
{
    return node_own(node, OWN_BY_VOICE * voice->number + which);
}

static mp_obj_t voice_get_level(mp_obj_t self)
{
    const voice_t *voice = MP_OBJ_TO_PTR(self);
    node_t *node = mixer_of_voice(voice);
    return param_get(ta_mixer_level(mixer_of(node), voice->number), *kept(node, voice, OWN_LEVEL));
}

static void voice_set_level(mp_obj_t self, mp_obj_t value)
{
    const voice_t *voice = MP_OBJ_TO_PTR(self);
    value = param_plain(MP_QSTR_level, value);
    node_t *node = mixer_of_voice(voice);
    param_set(ta_mixer_level(mixer_of(node), voice->number), kept(node, voice, OWN_LEVEL), MP_QSTR_level, value);
}

static mp_obj_t voice_get_panning(mp_obj_t self)
{
    const voice_t *voice = MP_OBJ_TO_PTR(self);
    node_t *node = mixer_of_voice(voice);
    return param_get(ta_mixer_panning(mixer_of(node), voice->number), *kept(node, voice, OWN_PANNING));
}

static void voice_set_panning(mp_obj_t self, mp_obj_t value)
{
    const voice_t *voice = MP_OBJ_TO_PTR(self);
    value = param_plain(MP_QSTR_panning, value);
    node_t *node = mixer_of_voice(voice);
    param_set(ta_mixer_panning(mixer_of(node), voice->number), kept(node, voice, OWN_PANNING), MP_QSTR_panning, value);
}

static void voice_attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {
        {MP_QSTR_playing, voice_get_playing, NULL},
        {MP_QSTR_loop, voice_get_loop, voice_set_loop},
        {MP_QSTR_level, voice_get_level, voice_set_level},
        {MP_QSTR_panning, voice_get_panning, voice_set_panning},
    };
    properties_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

static const mp_rom_map_elem_t voice_table[] = {
    {MP_ROM_QSTR(MP_QSTR_play), MP_ROM_PTR(&voice_play_obj)},
    {MP_ROM_QSTR(MP_QSTR_stop), MP_ROM_PTR(&voice_stop_obj)},
    {MP_ROM_QSTR(MP_QSTR_end), MP_ROM_PTR(&voice_end_obj)},
};
static MP_DEFINE_CONST_DICT(voice_dict, voice_table);

MP_DEFINE_CONST_OBJ_TYPE(audiomixer_mixervoice_type, MP_QSTR_MixerVoice, MP_TYPE_FLAG_NONE, make_new, voice_make_new,
                         attr, voice_attr, locals_dict, &voice_dict);

// ---- Mixer -------------------------------------------------------------------------------------------------------------------

static void make_voices(node_t *node)
{
    mp_obj_tuple_t *voices = MP_OBJ_TO_PTR(mp_obj_new_tuple(node->inputs, NULL));
    *node_own(node, OWN_VOICES) = MP_OBJ_FROM_PTR(voices);
    for (unsigned v = 0; v < node->inputs; v++) {
        voice_t *voice = mp_obj_malloc(voice_t, &audiomixer_mixervoice_type);
        voice->mixer = MP_OBJ_FROM_PTR(node);
        voice->number = (uint8_t)v;
        voices->items[v] = MP_OBJ_FROM_PTR(voice);
    }
}

// A line's window is as wide for any rate; filters' are for the default's highest one.
static void set_resampling(ta_mixer_config_t *config, mp_obj_t given)
{
    if (given == mp_const_none)
        return;
    bool is_good = node_quality(MP_QSTR_resample, given) == TA_RESAMPLE_GOOD;
    config->resample = is_good ? &ta_mixer_resample_good : &ta_mixer_resample_linear;
    config->resample_max_hz = is_good ? TA_RESAMPLE_MAX_RATE_HZ : TA_RATE_MAX_HZ;
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { VOICE_COUNT, BUFFER, CHANNELS, BITS, SIGNED, RATE, RESAMPLE };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_voice_count, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(VOICES)}},
        {MP_QSTR_buffer_size, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(BUFFER_BYTES)}},
        {MP_QSTR_channel_count, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(2)}},
        {MP_QSTR_bits_per_sample, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(16)}},
        {MP_QSTR_samples_signed, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = true}},
        {MP_QSTR_sample_rate, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(8000)}},
        {MP_QSTR_resample, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_QSTR(MP_QSTR_linear)}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    unsigned voices = (unsigned)errors_int(MP_QSTR_voice_count, value[VOICE_COUNT].u_obj, 1, TA_MIXER_VOICES_MAX);
    uint32_t bytes = (uint32_t)errors_int(MP_QSTR_buffer_size, value[BUFFER].u_obj, BUFFER_MIN, BUFFER_MAX);
    ta_mixer_config_t config = {.voices = voices};
    config.format = node_format(value[BITS].u_obj, value[SIGNED].u_bool, value[CHANNELS].u_obj, value[RATE].u_obj);
    uint32_t block_bytes = bytes / 2 & ~3U; // half of it, in whole words
    config.buffer_frames = block_bytes / ta_frame_bytes(&config.format);
    set_resampling(&config, value[RESAMPLE].u_obj);
    const node_kind_t *kind = config.resample ? &kind_of_any_rate : &kind_of_one_rate;

    node_t *node = node_new(type, kind, voices, OWN_LEVEL + OWN_BY_VOICE * voices);
    ta_need_t need;
    ta_status_t status = ta_mixer_need(&config, &need);
    if (status == TA_OK) {
        make_voices(node);
        node_take(node, sizeof(ta_mixer_t), &need, 1);
        status = ta_mixer_init(mixer_of(node), &config, node_block(node, 0));
        if (status == TA_OK)
            status = ta_mixer_guard(mixer_of(node), port_guard());
    }
    node_begin(node, status, bytes, block_bytes);
    return MP_OBJ_FROM_PTR(node);
}

static unsigned voice_number(const node_t *node, mp_int_t number)
{
    if (number < 0 || number >= node->inputs)
        mp_raise_ValueError(MP_ERROR_TEXT("Invalid voice"));
    return (unsigned)number;
}

static mp_obj_t do_play(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    enum { SAMPLE, VOICE, LOOP };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_sample, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_voice, MP_ARG_INT | MP_ARG_KW_ONLY, {.u_int = 0}},
        {MP_QSTR_loop, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    arguments_parse(n_args - 1, args + 1, keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    node_t *node = node_alive(args[0]);
    node_play(node, voice_number(node, value[VOICE].u_int), value[SAMPLE].u_obj, value[LOOP].u_bool);
    return args[0];
}
static MP_DEFINE_CONST_FUN_OBJ_KW(play_obj, 1, do_play);

static mp_obj_t do_stop_voice(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {{MP_QSTR_voice, MP_ARG_INT, {.u_int = 0}}};
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    arguments_parse(n_args - 1, args + 1, keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    node_t *node = node_alive(args[0]);
    node_stop(node, voice_number(node, value[0].u_int));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(stop_voice_obj, 1, do_stop_voice);

static mp_obj_t get_playing(mp_obj_t self)
{
    const node_t *node = node_alive(self);
    port_moment();
    for (unsigned v = 0; v < node->inputs; v++) {
        if (node_plays(node, v))
            return mp_const_true;
    }
    return mp_const_false;
}

static mp_obj_t get_voice(mp_obj_t self)
{
    return *node_own(node_alive(self), OWN_VOICES);
}

static void attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {
        {MP_QSTR_playing, get_playing, NULL},
        {MP_QSTR_voice, get_voice, NULL},
        {MP_QSTR_shed, node_get_shed, NULL},
    };
    node_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

static const mp_rom_map_elem_t table[] = {
    NODE_MEMBERS,
    {MP_ROM_QSTR(MP_QSTR_play), MP_ROM_PTR(&play_obj)},
    {MP_ROM_QSTR(MP_QSTR_stop_voice), MP_ROM_PTR(&stop_voice_obj)},
};
static MP_DEFINE_CONST_DICT(dict, table);

MP_DEFINE_CONST_OBJ_TYPE(audiomixer_mixer_type, MP_QSTR_Mixer, MP_TYPE_FLAG_NONE, make_new, make_new, attr, attr,
                         locals_dict, &dict);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiomixer)},
    {MP_ROM_QSTR(MP_QSTR_Mixer), MP_ROM_PTR(&audiomixer_mixer_type)},
    {MP_ROM_QSTR(MP_QSTR_MixerVoice), MP_ROM_PTR(&audiomixer_mixervoice_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiomixer_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiomixer, audiomixer_module);
