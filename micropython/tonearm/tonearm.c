// Module tonearm: what CircuitPython's users never had. plan says what an output would take, memory what there is.

#include "shared.h"

void dict_put(mp_obj_t dict, qstr name, mp_obj_t value)
{
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(name), value);
}

void dict_put_uint(mp_obj_t dict, qstr name, uint64_t value)
{
    dict_put(dict, name, mp_obj_new_int_from_ull(value));
}

static mp_obj_t text(const char *string)
{
    return mp_obj_new_str_from_cstr(string);
}

void port_need(void)
{
    char error[TA_SENTENCE_MAX];
    if (!port_begin(error))
        errors_status(TA_E_STATE, error);
}

// ---- memory ------------------------------------------------------------------------------------------------------------------

static mp_obj_t describe(ta_mem_t *mem, ta_class_t cls)
{
    ta_mem_stats_t stats;
    ta_mem_stats(mem, cls, &stats);
    mp_obj_t dict = mp_obj_new_dict(5);
    dict_put(dict, MP_QSTR_resource, text(mem->name));
    dict_put_uint(dict, MP_QSTR_total, stats.total);
    dict_put_uint(dict, MP_QSTR_used, stats.used);
    dict_put_uint(dict, MP_QSTR_free, stats.free);
    dict_put_uint(dict, MP_QSTR_largest, stats.largest);
    return dict;
}

static mp_obj_t memory(void)
{
    port_need();
    ta_memory_t routes = memory_routes();
    mp_obj_t dict = mp_obj_new_dict(4);
    dict_put(dict, MP_QSTR_DMA, describe(routes.dma, TA_CLASS_DMA));
    dict_put(dict, MP_QSTR_FAST, describe(routes.fast, TA_CLASS_FAST));
    dict_put(dict, MP_QSTR_BULK, describe(routes.bulk, TA_CLASS_BULK));
    dict_put_uint(dict, MP_QSTR_kept_back, memory_kept_back());
    return dict;
}
static MP_DEFINE_CONST_FUN_OBJ_0(memory_obj, memory);

// ---- plan --------------------------------------------------------------------------------------------------------------------

static void put_rate(mp_obj_t dict, const ta_rate_t *rate)
{
    dict_put(dict, MP_QSTR_rate, mp_obj_new_float((mp_float_t)rate->reached_uhz / MICROPY_FLOAT_CONST(1000000.0)));
    dict_put(dict, MP_QSTR_error_ppm, mp_obj_new_float((mp_float_t)rate->error_ppb / MICROPY_FLOAT_CONST(1000.0)));
    dict_put(dict, MP_QSTR_fractional, mp_obj_new_bool(rate->fractional));
    dict_put_uint(dict, MP_QSTR_system_hz, rate->system_hz);
    dict_put_uint(dict, MP_QSTR_exact_system_hz, rate->exact_system_hz);
}

// Takes everything and gives it back: what fits depends on where free blocks lie, which only the heap knows.
static ta_status_t fits(const output_plan_t *plan, char *error)
{
    const ta_need_t object = {
        .object = "output", .bytes = sizeof(output_state_t), .align = _Alignof(output_state_t), .cls = TA_CLASS_FAST};
    ta_memory_t routes = memory_routes();
    ta_plan_t needs;
    ta_failure_t failure;
    ta_plan_init(&needs);
    ta_status_t status = ta_plan_add(&needs, &object, &routes);
    for (int n = 0; n < 2 && status == TA_OK; n++)
        status = ta_plan_add(&needs, &plan->needs[n], &routes);
    if (status == TA_OK)
        status = ta_plan_try(&needs, &failure);
    error[0] = '\0';
    if (status != TA_OK)
        ta_failure_sentence(&failure, error, TA_SENTENCE_MAX);
    return status;
}

mp_obj_t plan_of(output_config_t *config, const sample_t *sample, bool taken, uint32_t gain_q16)
{
    output_plan_t plan;
    ta_cost_graph_t graph;
    char error[TA_SENTENCE_MAX];
    port_enter();
    ta_status_t status = graph_plan(config, sample, gain_q16, &plan, &graph, error);
    port_leave();
    if (status != TA_OK)
        errors_status(status, error);
    mp_obj_t dict = mp_obj_new_dict(24);
    graph_put_plan(dict, &graph, plan.rate.system_hz);
    dict_put_uint(dict, MP_QSTR_DMA, taken ? 0 : plan.needs[0].bytes);
    dict_put_uint(dict, MP_QSTR_FAST, taken ? 0 : plan.needs[1].bytes + sizeof(output_state_t));
    dict_put_uint(dict, MP_QSTR_buffer_frames, plan.buffer_frames);
    dict_put_uint(dict, MP_QSTR_latency_us, plan.latency_us);
    dict_put(dict, MP_QSTR_interrupts_per_s, mp_obj_new_float((mp_float_t)plan.interrupts_per_s_milli / 1000));
    dict_put_uint(dict, MP_QSTR_dma_channels, plan.dma_channels);
    dict_put_uint(dict, MP_QSTR_state_machines, plan.state_machines);
    dict_put_uint(dict, MP_QSTR_dma_timers, plan.dma_timers);
    dict_put_uint(dict, MP_QSTR_pwm_slices, plan.pwm_slices);
    dict_put_uint(dict, MP_QSTR_stall_limit_us, plan.stall_limit_us);
    if (plan.carrier_hz) {
        dict_put_uint(dict, MP_QSTR_carrier_hz, plan.carrier_hz);
        dict_put_uint(dict, MP_QSTR_period, plan.period);
    }
    put_rate(dict, &plan.rate);
    if (taken)
        return dict;
    port_enter();
    status = fits(&plan, error);
    port_leave();
    dict_put(dict, MP_QSTR_fits, mp_obj_new_bool(status == TA_OK));
    dict_put(dict, MP_QSTR_why, status == TA_OK ? mp_const_none : text(error));
    return dict;
}

static const sample_t *take_sample(mp_map_t *keywords)
{
    mp_map_elem_t *element = mp_map_lookup(keywords, MP_OBJ_NEW_QSTR(MP_QSTR_sample), MP_MAP_LOOKUP);
    if (!element || element->value == mp_const_none)
        return NULL;
    const sample_t *sample = sample_alive(element->value);
    output_check_sample(sample);
    return sample;
}

// tonearm.plan(TYPE, arguments of its constructor, sample_rate=44100, sample=None): what such an output would take.
static mp_obj_t plan(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    output_config_t config;
    port_need();
    if (args[0] == MP_OBJ_FROM_PTR(&audiobusio_i2sout_type)) {
        i2s_config_from(n_args - 1, args + 1, keywords, false, &config);
    } else if (args[0] == MP_OBJ_FROM_PTR(&audiopwmio_pwmaudioout_type)) {
        pwm_config_from(n_args - 1, args + 1, keywords, false, &config);
    } else {
        mp_raise_TypeError(MP_ERROR_TEXT("first the kind of output: audiobusio.I2SOut or audiopwmio.PWMAudioOut"));
    }
    return plan_of(&config, take_sample(keywords), false, TA_GAIN_UNITY_Q16); // now, as arguments may be scripts
}
static MP_DEFINE_CONST_FUN_OBJ_KW(plan_obj, 1, plan);

// ---- the module --------------------------------------------------------------------------------------------------------------

static const mp_rom_obj_tuple_t version = {
    {&mp_type_tuple},
    3,
    {MP_ROM_INT(TONEARM_VERSION_MAJOR), MP_ROM_INT(TONEARM_VERSION_MINOR), MP_ROM_INT(TONEARM_VERSION_PATCH)}};

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_tonearm)},
    {MP_ROM_QSTR(MP_QSTR_version), MP_ROM_PTR(&version)},
    {MP_ROM_QSTR(MP_QSTR_memory), MP_ROM_PTR(&memory_obj)},
    {MP_ROM_QSTR(MP_QSTR_plan), MP_ROM_PTR(&plan_obj)},
#ifdef PORT_TONEARM_GLOBALS
    PORT_TONEARM_GLOBALS,
#endif
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t tonearm_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_tonearm, tonearm_module);
