// Module audiofilters: Filter, Distortion, Phaser, each a table (effects.h), and DistortionMode.

#include "effects.h"

#include "tonearm/filters.h"

#define PARAM(member, of)                                                                                              \
    {                                                                                                                  \
        .name = MP_QSTR_##member, .as = FIELD_PARAM, .at = offsetof(of, member)                                        \
    }

// ---- Filter ------------------------------------------------------------------------------------------------------------------

static ta_status_t filter_need(effect_config_t *config, ta_need_t needs[])
{
    ta_filter_config_t *filter = (ta_filter_config_t *)(void *)config;
    filter->filters_max = EFFECT_FILTERS_MAX;
    return ta_filter_need(filter, needs);
}

static ta_status_t filter_init(void *structure, const effect_config_t *config, void *const blocks[])
{
    return ta_filter_init(structure, (const ta_filter_config_t *)(const void *)config, blocks);
}

static const effect_field_t filter_fields[] = {
    {.name = MP_QSTR_filter, .as = FIELD_CHAIN, .at = offsetof(ta_filter_t, chain)},
    PARAM(mix, ta_filter_t),
};
const effect_t audiofilters_filter_effect = {.type = &audiofilters_filter_type,
                                             .kind = EFFECT_KIND("Filter"),
                                             .field = filter_fields,
                                             .fields = MP_ARRAY_SIZE(filter_fields),
                                             .needs = TA_FILTER_NEEDS,
                                             .bytes = sizeof(ta_filter_t),
                                             .need = filter_need,
                                             .init = filter_init,
                                             .cost = TA_EFFECT_FILTER};
EFFECT_TYPE(audiofilters_filter_type, MP_QSTR_Filter);

// ---- Distortion --------------------------------------------------------------------------------------------------------------

typedef struct {
    mp_obj_base_t base;
    qstr_short_t name;
    uint8_t mode;
} distortion_mode_t;

static void print_mode(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind)
{
    (void)kind;
    const distortion_mode_t *mode = MP_OBJ_TO_PTR(self);
    mp_printf(print, "audiofilters.DistortionMode.%q", (qstr)mode->name);
}

extern const mp_obj_type_t audiofilters_distortionmode_type;
static const distortion_mode_t modes[TA_DISTORTIONS] = {
    {{&audiofilters_distortionmode_type}, MP_QSTR_CLIP, TA_DISTORTION_CLIP},
    {{&audiofilters_distortionmode_type}, MP_QSTR_LOFI, TA_DISTORTION_LOFI},
    {{&audiofilters_distortionmode_type}, MP_QSTR_OVERDRIVE, TA_DISTORTION_OVERDRIVE},
    {{&audiofilters_distortionmode_type}, MP_QSTR_WAVESHAPE, TA_DISTORTION_WAVESHAPE},
};
static const mp_rom_map_elem_t mode_table[] = {
    {MP_ROM_QSTR(MP_QSTR_CLIP), MP_ROM_PTR(&modes[TA_DISTORTION_CLIP])},
    {MP_ROM_QSTR(MP_QSTR_LOFI), MP_ROM_PTR(&modes[TA_DISTORTION_LOFI])},
    {MP_ROM_QSTR(MP_QSTR_OVERDRIVE), MP_ROM_PTR(&modes[TA_DISTORTION_OVERDRIVE])},
    {MP_ROM_QSTR(MP_QSTR_WAVESHAPE), MP_ROM_PTR(&modes[TA_DISTORTION_WAVESHAPE])},
};
static MP_DEFINE_CONST_DICT(mode_dict, mode_table);
MP_DEFINE_CONST_OBJ_TYPE(audiofilters_distortionmode_type, MP_QSTR_DistortionMode, MP_TYPE_FLAG_NONE, print, print_mode,
                         locals_dict, &mode_dict);

static void set_mode(node_t *node, mp_obj_t *kept, mp_obj_t value)
{
    (void)kept;
    if (!mp_obj_is_type(value, &audiofilters_distortionmode_type))
        errors_type(MP_QSTR_mode, "DistortionMode", value);
    const distortion_mode_t *mode = MP_OBJ_TO_PTR(value);
    errors_check(ta_distortion_set_mode(node_c(node), (ta_distortion_mode_t)mode->mode));
}

static mp_obj_t get_mode(node_t *node, mp_obj_t *kept)
{
    (void)kept;
    return MP_OBJ_FROM_PTR(&modes[((const ta_distortion_t *)node_c(node))->mode]);
}

static ta_status_t distortion_need(effect_config_t *config, ta_need_t needs[])
{
    return ta_distortion_need(&config->fx, needs);
}

static ta_status_t distortion_init(void *structure, const effect_config_t *config, void *const blocks[])
{
    return ta_distortion_init(structure, &config->fx, blocks[0]);
}

static uint32_t distortion_amount(node_t *node, bool *extra)
{
    const ta_distortion_t *distortion = node_c(node);
    *extra = distortion->soft_clip;
    return distortion->mode;
}

static const effect_field_t distortion_fields[] = {
    PARAM(drive, ta_distortion_t),
    PARAM(pre_gain, ta_distortion_t),
    PARAM(post_gain, ta_distortion_t),
    {.name = MP_QSTR_mode, .as = FIELD_OWN, .get = get_mode, .set = set_mode},
    {.name = MP_QSTR_soft_clip, .as = FIELD_BOOL, .at = offsetof(ta_distortion_t, soft_clip)},
    PARAM(mix, ta_distortion_t),
};
const effect_t audiofilters_distortion_effect = {.type = &audiofilters_distortion_type,
                                                 .kind = EFFECT_KIND("Distortion"),
                                                 .field = distortion_fields,
                                                 .fields = MP_ARRAY_SIZE(distortion_fields),
                                                 .needs = 1,
                                                 .bytes = sizeof(ta_distortion_t),
                                                 .need = distortion_need,
                                                 .init = distortion_init,
                                                 .cost = TA_EFFECT_DISTORTION,
                                                 .amount = distortion_amount};
EFFECT_TYPE(audiofilters_distortion_type, MP_QSTR_Distortion);

// ---- Phaser ------------------------------------------------------------------------------------------------------------------

// The constructor knows None for the usual feedback.
static void set_feedback(node_t *node, mp_obj_t *kept, mp_obj_t value)
{
    if (value == mp_const_none && !node->sample.ops)
        return;
    value = param_plain(MP_QSTR_feedback, value);
    if (!node->state)
        errors_deinited(); // by a number of the script's
    ta_phaser_t *phaser = node_c(node);
    param_set(&phaser->feedback, kept, MP_QSTR_feedback, value);
}

static mp_obj_t get_feedback(node_t *node, mp_obj_t *kept)
{
    return param_get(&((const ta_phaser_t *)node_c(node))->feedback, *kept);
}

static void set_stages(node_t *node, mp_obj_t *kept, mp_obj_t value)
{
    (void)kept;
    uint32_t stages = (uint32_t)errors_int(MP_QSTR_stages, value, 0, TA_PHASER_STAGES_MAX);
    if (!node->state)
        errors_deinited(); // by a number of the script's
    errors_check(ta_phaser_set_stages(node_c(node), stages));
}

static mp_obj_t get_stages(node_t *node, mp_obj_t *kept)
{
    (void)kept;
    return MP_OBJ_NEW_SMALL_INT(((const ta_phaser_t *)node_c(node))->stages_wanted);
}

static ta_status_t phaser_need(effect_config_t *config, ta_need_t needs[])
{
    ta_phaser_config_t *phaser = (ta_phaser_config_t *)(void *)config;
    phaser->stages_max = TA_PHASER_STAGES_MAX;
    return ta_phaser_need(phaser, needs);
}

static ta_status_t phaser_init(void *structure, const effect_config_t *config, void *const blocks[])
{
    return ta_phaser_init(structure, (const ta_phaser_config_t *)(const void *)config, blocks);
}

static uint32_t phaser_amount(node_t *node, bool *extra)
{
    (void)extra;
    return ((const ta_phaser_t *)node_c(node))->stages_wanted;
}

static const effect_field_t phaser_fields[] = {
    PARAM(frequency, ta_phaser_t),
    {.name = MP_QSTR_feedback, .as = FIELD_OWN, .kept = 1, .get = get_feedback, .set = set_feedback},
    PARAM(mix, ta_phaser_t),
    {.name = MP_QSTR_stages, .as = FIELD_OWN, .get = get_stages, .set = set_stages},
};
const effect_t audiofilters_phaser_effect = {.type = &audiofilters_phaser_type,
                                             .kind = EFFECT_KIND("Phaser"),
                                             .field = phaser_fields,
                                             .fields = MP_ARRAY_SIZE(phaser_fields),
                                             .needs = TA_PHASER_NEEDS,
                                             .bytes = sizeof(ta_phaser_t),
                                             .need = phaser_need,
                                             .init = phaser_init,
                                             .cost = TA_EFFECT_PHASER,
                                             .amount = phaser_amount};
EFFECT_TYPE(audiofilters_phaser_type, MP_QSTR_Phaser);

// ---- the module --------------------------------------------------------------------------------------------------------------

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiofilters)},
    {MP_ROM_QSTR(MP_QSTR_Filter), MP_ROM_PTR(&audiofilters_filter_type)},
    {MP_ROM_QSTR(MP_QSTR_Distortion), MP_ROM_PTR(&audiofilters_distortion_type)},
    {MP_ROM_QSTR(MP_QSTR_DistortionMode), MP_ROM_PTR(&audiofilters_distortionmode_type)},
    {MP_ROM_QSTR(MP_QSTR_Phaser), MP_ROM_PTR(&audiofilters_phaser_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiofilters_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiofilters, audiofilters_module);
