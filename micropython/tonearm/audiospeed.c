// Module audiospeed: SpeedChanger and Resampler. In: one sample, for good. Out: nodes that begin, end and loop as it does. A Resampler gives the rate of
// whatever plays it; an output plays it at its own.

#include "node.h"

#include "tonearm/resample.h"

#include <string.h>

enum { BLOCK_FRAMES = 128, OWN_UPSTREAM = 0, OWN_OBJECTS };

ta_resample_t node_quality(qstr argument, mp_obj_t given)
{
    if (!mp_obj_is_str(given))
        errors_type(argument, "str", given);
    const char *name = mp_obj_str_get_str(given);
    for (ta_resample_t quality = TA_RESAMPLE_LINEAR; quality <= TA_RESAMPLE_GOOD; quality++) {
        if (strcmp(name, ta_resample_name(quality)) == 0)
            return quality;
    }
    mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("Invalid %q"), argument);
}

// The sample that it is for, which must be one that can be played at all.
static sample_t *upstream_from(mp_obj_t object)
{
    sample_t *sample = sample_alive(object);
    if (sample->channels > 2)
        mp_raise_ValueError(MP_ERROR_TEXT("The sample's channel_count does not match"));
    if (sample->rate_hz < TA_RATE_MIN_HZ || sample->rate_hz > TA_RATE_MAX_HZ)
        errors_range(MP_QSTR_sample_rate, TA_RATE_MIN_HZ, TA_RATE_MAX_HZ);
    return sample;
}

static void show(node_t *node, ta_status_t status, sample_t *upstream)
{
    uint32_t bytes = BLOCK_FRAMES * (uint32_t)upstream->channels * (uint32_t)sizeof(int16_t);
    node_begin(node, status, bytes, bytes);
    *node_own(node, OWN_UPSTREAM) = MP_OBJ_FROM_PTR(upstream);
    node_play(node, 0, MP_OBJ_FROM_PTR(upstream), false);
}

static const mp_rom_map_elem_t members[] = {NODE_MEMBERS};
static MP_DEFINE_CONST_DICT(members_dict, members);

// ---- SpeedChanger ------------------------------------------------------------------------------------------------------------

static ta_speed_t *speed_of(const node_t *node)
{
    return node_c(node);
}

static ta_source_t *speed_source(node_t *node)
{
    return &speed_of(node)->source;
}

static ta_status_t speed_play(node_t *node, unsigned input, ta_source_t *source)
{
    (void)input;
    return ta_speed_play(speed_of(node), source);
}

static bool speed_holds(const node_t *node, unsigned input, const ta_source_t *source)
{
    (void)input;
    return ta_intake_holds(&speed_of(node)->intake, source);
}

static bool speed_busy(const node_t *node, unsigned input)
{
    (void)input;
    return ta_intake_busy(&speed_of(node)->intake);
}

// Going to the first frame takes what is offered, which is there already; what cannot be asked to go back is no worse for it.
static void speed_settle(node_t *node, unsigned input)
{
    (void)input;
    ta_source_t *source = &speed_of(node)->source;
    if (ta_source_seek(source, 0) != TA_OK)
        source->fault = TA_OK;
}

static mp_float_t speed_now(const node_t *node)
{
    return (mp_float_t)speed_of(node)->speed.number;
}

// Of a rate beyond all that there are, as many more frames are read as it is beyond.
static void resampler_cost(const ta_resampler_config_t *config, mp_float_t in_hz, ta_cost_t *cost)
{
    const mp_float_t low = TA_RATE_MIN_HZ, high = TA_RATE_MAX_HZ;
    const mp_float_t within = in_hz < low ? low : in_hz > high ? high : in_hz;
    (void)!ta_resampler_cost(config, (uint32_t)within, cost);
    for (unsigned chip = 0; in_hz > high && chip < TA_COST_CHIPS; chip++) {
        mp_float_t frame = (mp_float_t)cost->frame[chip] * (in_hz / high);
        cost->frame[chip] = frame < (mp_float_t)INT32_MAX ? (uint32_t)frame : INT32_MAX;
    }
}

static void speed_cost(node_t *node, ta_cost_t *cost)
{
    const ta_speed_t *speed = speed_of(node);
    const ta_resampler_config_t config = {.quality = speed->engine.filter ? TA_RESAMPLE_GOOD : TA_RESAMPLE_LINEAR,
                                          .rate_hz = speed->source.format.rate_hz,
                                          .channels = speed->source.format.channels,
                                          .inner = true};
    resampler_cost(&config, speed_now(node) * (mp_float_t)config.rate_hz, cost);
}

static const node_kind_t speed_kind = {.name = "SpeedChanger",
                                       .inputs = 1,
                                       .any_rate = true,
                                       .restarts = true,
                                       .follows = true,
                                       .speed = speed_now,
                                       .source = speed_source,
                                       .play = speed_play,
                                       .holds = speed_holds,
                                       .busy = speed_busy,
                                       .settle = speed_settle,
                                       .cost = speed_cost};

static void set_speed(node_t *node, mp_obj_t value)
{
    mp_float_t times;
    if (!mp_obj_get_float_maybe(value, &times))
        errors_type(MP_QSTR_rate, "float", value);
    if (times <= (mp_float_t)TA_SPEED_MAX)
        node_check_speed(node, times);
    if (ta_speed_set(speed_of(node), (ta_real_t)times) != TA_OK)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q must be 0.001-1000"), MP_QSTR_rate);
}

static mp_obj_t speed_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { SOURCE, SPEED, QUALITY };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_source, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_rate, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_quality, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_QSTR(MP_QSTR_linear)}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    sample_t *upstream = upstream_from(value[SOURCE].u_obj);
    ta_speed_config_t config = {.quality = node_quality(MP_QSTR_quality, value[QUALITY].u_obj),
                                .rate_hz = upstream->rate_hz,
                                .channels = upstream->channels};
    node_t *node = node_new(type, &speed_kind, 1, OWN_OBJECTS);
    ta_need_t need;
    ta_status_t status = ta_speed_need(&config, &need);
    if (status == TA_OK) {
        node_take(node, sizeof(ta_speed_t), &need, 1);
        status = ta_speed_init(speed_of(node), &config, node_block(node, 0));
    }
    if (status == TA_OK && value[SPEED].u_obj != mp_const_none)
        set_speed(node, value[SPEED].u_obj);
    show(node, status, upstream);
    return MP_OBJ_FROM_PTR(node);
}

static mp_obj_t speed_get_rate(mp_obj_t self)
{
    return param_get(&speed_of(node_alive(self))->speed, MP_OBJ_NULL);
}

static void speed_set_rate(mp_obj_t self, mp_obj_t value)
{
    value = plain_float(MP_QSTR_rate, value);
    set_speed(node_alive(self), value);
}

static void speed_attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {{MP_QSTR_rate, speed_get_rate, speed_set_rate}};
    node_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

MP_DEFINE_CONST_OBJ_TYPE(audiospeed_speedchanger_type, MP_QSTR_SpeedChanger, MP_TYPE_FLAG_NONE, make_new,
                         speed_make_new, attr, speed_attr, locals_dict, &members_dict);

// ---- Resampler ---------------------------------------------------------------------------------------------------------------

typedef struct {
    ta_resampler_t resampler; // first: what it gives
    ta_resampler_config_t config;
    size_t bytes; // of its storage
} rate_t;

static rate_t *rate_of(const node_t *node)
{
    return node_c(node);
}

static ta_source_t *rate_source(node_t *node)
{
    return &rate_of(node)->resampler.source;
}

static ta_status_t rate_play(node_t *node, unsigned input, ta_source_t *source)
{
    (void)input;
    return ta_resampler_play(&rate_of(node)->resampler, source);
}

static bool rate_holds(const node_t *node, unsigned input, const ta_source_t *source)
{
    (void)input;
    return ta_intake_holds(&rate_of(node)->resampler.intake, source);
}

static bool rate_busy(const node_t *node, unsigned input)
{
    (void)input;
    return ta_intake_busy(&rate_of(node)->resampler.intake);
}

static void rate_settle(node_t *node, unsigned input)
{
    (void)input;
    (void)ta_resampler_take(&rate_of(node)->resampler);
}

// Nobody plays it, and it plays nothing that is still wanted: it is set up anew.
static ta_status_t rate_target(node_t *node, uint32_t rate_hz)
{
    rate_t *rate = rate_of(node);
    ta_resampler_config_t config = rate->config;
    config.rate_hz = rate_hz;
    ta_need_t need;
    ta_status_t status = ta_resampler_need(&config, &need);
    if (status != TA_OK || need.bytes > rate->bytes)
        return status != TA_OK ? status : TA_E_RATE;
    status = ta_resampler_init(&rate->resampler, &config, node_block(node, 0));
    if (status == TA_OK)
        rate->config = config;
    return status;
}

static void rate_cost(node_t *node, ta_cost_t *cost)
{
    resampler_cost(&rate_of(node)->config, (mp_float_t)node->sample.rate_hz, cost);
}

static const node_kind_t rate_kind = {.name = "Resampler",
                                      .inputs = 1,
                                      .any_rate = true,
                                      .restarts = true,
                                      .follows = true,
                                      .source = rate_source,
                                      .play = rate_play,
                                      .holds = rate_holds,
                                      .busy = rate_busy,
                                      .settle = rate_settle,
                                      .target = rate_target,
                                      .cost = rate_cost};

static mp_obj_t rate_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { SOURCE, QUALITY };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_source, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_quality, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_QSTR(MP_QSTR_linear)}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    sample_t *upstream = upstream_from(value[SOURCE].u_obj);
    ta_resampler_config_t config = {.quality = node_quality(MP_QSTR_quality, value[QUALITY].u_obj),
                                    .rate_hz =
                                        upstream->rate_hz / 2 < TA_RATE_MIN_HZ ? TA_RATE_MIN_HZ : upstream->rate_hz / 2,
                                    .max_rate_hz = upstream->rate_hz,
                                    .channels = upstream->channels};
    node_t *node = node_new(type, &rate_kind, 1, OWN_OBJECTS);
    ta_need_t need;
    ta_status_t status = ta_resampler_need(&config, &need); // for half the rate: what goes further down must be linear
    if (status == TA_OK) {
        node_take(node, sizeof(rate_t), &need, 1);
        rate_of(node)->config = config;
        rate_of(node)->bytes = need.bytes;
        status = rate_target(node, upstream->rate_hz);
    }
    show(node, status, upstream);
    return MP_OBJ_FROM_PTR(node);
}

static mp_obj_t rate_get_rate(mp_obj_t self)
{
    const node_t *node = node_alive(self);
    return mp_obj_new_float((mp_float_t)node->sample.rate_hz / (mp_float_t)rate_of(node)->config.rate_hz);
}

static void rate_attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {{MP_QSTR_rate, rate_get_rate, NULL}};
    node_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

MP_DEFINE_CONST_OBJ_TYPE(audiospeed_resampler_type, MP_QSTR_Resampler, MP_TYPE_FLAG_NONE, make_new, rate_make_new, attr,
                         rate_attr, locals_dict, &members_dict);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiospeed)},
    {MP_ROM_QSTR(MP_QSTR_SpeedChanger), MP_ROM_PTR(&audiospeed_speedchanger_type)},
    {MP_ROM_QSTR(MP_QSTR_Resampler), MP_ROM_PTR(&audiospeed_resampler_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiospeed_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiospeed, audiospeed_module);
