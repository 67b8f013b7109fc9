// Module audiofreeverb: Freeverb, a table (effects.h).

#include "effects.h"

#include "tonearm/reverb.h"

#define PARAM(member)                                                                                                  \
    {                                                                                                                  \
        .name = MP_QSTR_##member, .as = FIELD_PARAM, .at = offsetof(ta_freeverb_t, member)                             \
    }

static ta_status_t need(effect_config_t *config, ta_need_t needs[])
{
    ta_freeverb_config_t *freeverb = (ta_freeverb_config_t *)(void *)config;
    freeverb->filters_max = EFFECT_FILTERS_MAX;
    return ta_freeverb_need(freeverb, needs);
}

static ta_status_t init(void *structure, const effect_config_t *config, void *const blocks[])
{
    return ta_freeverb_init(structure, (const ta_freeverb_config_t *)(const void *)config, blocks);
}

static const effect_field_t fields[] = {
    PARAM(roomsize),
    PARAM(damp),
    {.name = MP_QSTR_pre_filter, .as = FIELD_CHAIN, .at = offsetof(ta_freeverb_t, pre)},
    {.name = MP_QSTR_post_filter, .as = FIELD_CHAIN, .at = offsetof(ta_freeverb_t, post)},
    PARAM(mix),
};
const effect_t audiofreeverb_freeverb_effect = {.type = &audiofreeverb_freeverb_type,
                                                .kind = EFFECT_KIND("Freeverb"),
                                                .field = fields,
                                                .fields = MP_ARRAY_SIZE(fields),
                                                .needs = TA_FREEVERB_NEEDS,
                                                .bytes = sizeof(ta_freeverb_t),
                                                .signed16 = true,
                                                .need = need,
                                                .init = init,
                                                .cost = TA_EFFECT_FREEVERB};
EFFECT_TYPE(audiofreeverb_freeverb_type, MP_QSTR_Freeverb);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiofreeverb)},
    {MP_ROM_QSTR(MP_QSTR_Freeverb), MP_ROM_PTR(&audiofreeverb_freeverb_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiofreeverb_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiofreeverb, audiofreeverb_module);
