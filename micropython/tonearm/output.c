// What outputs do, whatever their pins carry: play, stop, pause, resume, and tell. In: samples. Out: commands to the library's output.
// Invariants: an output's memory is taken when it is made, and nothing is allocated after that but the numbers that properties
// return. A sample is kept for as long as the feed may touch it: by the output's object, and that by a root while it is heard. The
// library is called between port_enter and port_leave, where nothing raises.

#include "shared.h"

#include "py/gc.h"
#include "py/mphal.h"
#include "py/mpstate.h"

#include <stdio.h>
#include <string.h>

enum { SETTLE_US = 20000, LET_GO_US = 500000, STEP_US = 50, GAIN_MAX = 4, MOMENTS = 1000, STACK_WORDS = 64 };

MP_REGISTER_ROOT_POINTER(mp_obj_t tonearm_heard[8]); // OUTPUTS_MAX: those that are heard when a collection begins

static volatile bool pump_waits; // the VM's scheduler has been asked to read ahead

// Every open output. It is no root: an output that nobody needs is collected, and its finaliser takes it out of here.
static output_obj_t *open_outputs[OUTPUTS_MAX];

// ---- looking ---------------------------------------------------------------------------------------------------------------

static ta_output_t *out_of(const output_obj_t *self)
{
    return port_output(&self->state->port);
}

static bool voice_is_held(const output_obj_t *self, unsigned voice)
{
    const ta_source_t *source = self->state->source[voice];
    return source && ta_output_holds(out_of(self), source);
}

static bool holds_newest(const output_obj_t *self)
{
    const sample_t *sample = self->sample[self->voice] == MP_OBJ_NULL ? NULL : MP_OBJ_TO_PTR(self->sample[self->voice]);
    return sample && sample->ops && voice_is_held(self, self->voice);
}

// Frames pulled from what plays, or from what has played and is held no more.
static uint64_t pulled_by(const output_obj_t *self, unsigned voice)
{
    if (self->sample[voice] == MP_OBJ_NULL)
        return self->pulled;
    sample_t *sample = MP_OBJ_TO_PTR(self->sample[voice]);
    return sample->ops ? sample->ops->pulled(sample, &self->state->raw[voice]) : 0;
}

// Samples that are no longer held may be collected.
static void drop_samples(output_obj_t *self)
{
    for (unsigned v = 0; v < OUTPUT_VOICES; v++) {
        if (self->sample[v] != MP_OBJ_NULL && !voice_is_held(self, v)) {
            if (v == self->voice)
                self->pulled = pulled_by(self, v);
            self->sample[v] = MP_OBJ_NULL;
            self->state->source[v] = NULL;
        }
    }
}

bool output_has_pin(unsigned pin)
{
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        if (!open_outputs[o])
            continue;
        if (config_has_pin(&open_outputs[o]->config, pin))
            return true;
    }
    return false;
}

static __attribute__((noinline)) void choose_heard(void)
{
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        output_obj_t *self = open_outputs[o];
        if (self && port_is_here())
            drop_samples(self);
        bool kept = self && (!port_is_here() || ta_output_busy(out_of(self))); // elsewhere it could not be closed
        MP_STATE_VM(tonearm_heard)[o] = kept ? MP_OBJ_FROM_PTR(self) : MP_OBJ_NULL;
    }
}

// The collector looks for pointers on the stack, and would find those that choosing has left there.
static __attribute__((noinline)) void wipe_stack(void)
{
    uintptr_t left_over[STACK_WORDS];
    memset(left_over, 0, sizeof left_over);
    __asm__ volatile("" ::"r"(left_over) : "memory"); // it must be done, though nobody looks
}

void output_before_collection(void)
{
    choose_heard();
    node_before_collection();
    wipe_stack();
}

// ---- open and close --------------------------------------------------------------------------------------------------------

static output_obj_t **place_of(const output_obj_t *self)
{
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        if (open_outputs[o] == self)
            return &open_outputs[o];
    }
    return NULL;
}

static ta_status_t try_to_open(output_obj_t *self, char *error)
{
    static const ta_need_t need = {
        .object = "output", .bytes = sizeof(output_state_t), .align = _Alignof(output_state_t), .cls = TA_CLASS_FAST};
    ta_memory_t memory = memory_routes();
    ta_failure_t failure;
    void *block;
    output_obj_t **place = place_of(NULL);
    if (!place) {
        snprintf(error, TA_SENTENCE_MAX, "%d outputs are open: deinit one", OUTPUTS_MAX);
        return TA_E_BUSY;
    }
    ta_status_t status = ta_mem_alloc(memory.fast, &need, &block, &failure);
    if (status != TA_OK) {
        ta_failure_sentence(&failure, error, TA_SENTENCE_MAX);
        return status;
    }
    output_state_t *state = block;
    memset(state, 0, sizeof *state);
    status = port_open(&state->port, &self->config, &memory, error);
    if (status != TA_OK) {
        ta_mem_free(memory.fast, state);
        return status;
    }
    self->resource = memory.fast;
    self->state = state;
    *place = self;
    return TA_OK;
}

output_obj_t *output_new(const mp_obj_type_t *type)
{
    output_obj_t *self = mp_obj_malloc_with_finaliser(output_obj_t, type);
    *self = (output_obj_t){.base = self->base};
    return self;
}

void output_open(output_obj_t *self)
{
    char error[TA_SENTENCE_MAX] = "";
    ta_status_t status = TA_E_STATE;
    if (port_begin(error)) {
        // What refuses may be held by outputs that the script has dropped. A first collection closes them, and what they had of the
        // VM's heap is free after the second, which that heap makes itself when it needs to.
        for (int tries = 0; tries < 2; tries++) {
            port_enter();
            status = try_to_open(self, error);
            port_leave();
            if (status != TA_E_BUSY && status != TA_E_NOMEM)
                break;
            gc_collect();
        }
    }
    if (status != TA_OK)
        errors_status(status, error);
}

void output_close(output_obj_t *self)
{
    port_enter();
    output_state_t *state = self->state;
    if (state) {
        port_close(&state->port);
        *place_of(self) = NULL;
        self->state = NULL;
        ta_mem_free(self->resource, state);
        for (unsigned v = 0; v < OUTPUT_VOICES; v++)
            self->sample[v] = MP_OBJ_NULL;
    }
    port_leave();
}

void output_close_all(void)
{
    writer_finish_all();
    pump_waits = false; // the scheduler forgets, too
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        if (open_outputs[o])
            output_close(open_outputs[o]);
        MP_STATE_VM(tonearm_heard)[o] = MP_OBJ_NULL;
    }
    node_close_all();
}

static output_obj_t *alive(mp_obj_t object)
{
    output_obj_t *self = MP_OBJ_TO_PTR(object);
    if (!self->state)
        errors_deinited();
    if (!port_is_here())
        port_need(); // says so
    return self;
}

static mp_obj_t deinit(mp_obj_t self_in)
{
    output_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if (!self->state)
        return mp_const_none; // at once: a collection of another thread's must not wait for one that is inside
    if (!port_is_here())
        port_need(); // says so: its interrupts are the other core's
    output_close(self);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(deinit_obj, deinit);

static mp_obj_t enter(mp_obj_t self)
{
    return self;
}
static MP_DEFINE_CONST_FUN_OBJ_1(enter_obj, enter);

static mp_obj_t leave(size_t n_args, const mp_obj_t *args)
{
    (void)n_args;
    return deinit(args[0]);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(exit_obj, 4, 4, leave);

// ---- commands ----------------------------------------------------------------------------------------------------------------

// The feed carries commands out at once, unless the script has masked its interrupt. Inside.
static void settle(const output_obj_t *self)
{
    for (uint32_t us = 0; ta_output_has_commands(out_of(self)) && us < SETTLE_US; us += STEP_US)
        port_wait_us(STEP_US);
}

static void check(ta_status_t status, const output_obj_t *self)
{
    const char *trouble = port_trouble(&self->state->port);
    if (trouble)
        errors_status(TA_E_IO, trouble);
    if (status == TA_E_BUSY)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the feed does not run: interrupts are disabled"));
    if (status != TA_OK)
        errors_status(status, ta_status_name(status));
}

static void command(output_obj_t *self, ta_status_t (*post)(ta_output_t *output))
{
    port_enter();
    settle(self);
    ta_status_t status = post(out_of(self));
    settle(self);
    port_leave();
    check(status, self);
}

static bool is_playing(const output_obj_t *self)
{
    return !self->stopped && ta_output_busy(out_of(self)) && !port_trouble(&self->state->port);
}

static bool is_paused(const output_obj_t *self)
{
    return is_playing(self) && out_of(self)->state == TA_OUTPUT_PAUSED;
}

// A voice that the feed has let go of, after waiting for it if need be.
static int take_voice(output_obj_t *self)
{
    int voice = -1;
    port_enter();
    settle(self);
    for (uint32_t us = 0; us < LET_GO_US; us += STEP_US) {
        for (unsigned v = 0; v < OUTPUT_VOICES && voice < 0; v++)
            voice = voice_is_held(self, v) ? -1 : (int)v;
        if (voice >= 0)
            break;
        port_wait_us(STEP_US);
    }
    drop_samples(self);
    port_leave();
    return voice;
}

void output_check_sample(const sample_t *sample)
{
    if (sample->channels > 2)
        mp_raise_ValueError(MP_ERROR_TEXT("Too many channels in sample."));
    if (sample->rate_hz < TA_RATE_MIN_HZ || sample->rate_hz > TA_RATE_MAX_HZ)
        errors_range(MP_QSTR_sample_rate, TA_RATE_MIN_HZ, TA_RATE_MAX_HZ);
}

static mp_obj_t do_play(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    enum { SAMPLE, LOOP };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_sample, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_loop, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    arguments_parse(n_args - 1, args + 1, keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    output_obj_t *self = alive(args[0]);
    sample_t *sample = sample_alive(value[SAMPLE].u_obj);
    output_check_sample(sample);
    sample_prepare(sample, value[LOOP].u_bool);
    alive(args[0]); // a script of the sample's may have closed it
    int voice = take_voice(self);
    if (voice < 0)
        check(TA_E_BUSY, self);
    ta_source_t *source = sample->ops->begin(sample, &self->state->raw[voice], value[LOOP].u_bool);
    port_enter();
    settle(self);
    ta_status_t status = ta_output_play(out_of(self), source);
    if (status == TA_OK) {
        self->sample[voice] = MP_OBJ_FROM_PTR(sample);
        self->state->source[voice] = source;
        self->voice = (uint8_t)voice;
        self->stopped = false;
    }
    settle(self);
    port_leave();
    check(status, self);
    output_tick();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(play_obj, 1, do_play);

static mp_obj_t do_stop(mp_obj_t self_in)
{
    output_obj_t *self = alive(self_in);
    self->stopped = true;
    command(self, ta_output_stop);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(stop_obj, do_stop);

static mp_obj_t do_pause(mp_obj_t self_in)
{
    output_obj_t *self = alive(self_in);
    if (!is_playing(self))
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("Not playing"));
    command(self, ta_output_pause);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(pause_obj, do_pause);

static mp_obj_t do_resume(mp_obj_t self_in)
{
    command(alive(self_in), ta_output_resume);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(resume_obj, do_resume);

void output_clock_changed(void)
{
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        if (!open_outputs[o])
            continue;
        settle(open_outputs[o]);
        if (ta_output_clock_changed(out_of(open_outputs[o])) == TA_OK) // room has just been made
            settle(open_outputs[o]);
    }
}

// ---- samples that are heard --------------------------------------------------------------------------------------------------

bool output_holds(const ta_source_t *source)
{
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        if (open_outputs[o] && ta_output_holds(out_of(open_outputs[o]), source))
            return true;
    }
    return false;
}

static bool holds_sample(const output_obj_t *self, const sample_t *sample)
{
    for (unsigned v = 0; v < OUTPUT_VOICES; v++) {
        if (self->sample[v] == MP_OBJ_FROM_PTR(sample) && voice_is_held(self, v))
            return true;
    }
    return false;
}

bool output_plays(const sample_t *sample)
{
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        if (open_outputs[o] && holds_sample(open_outputs[o], sample))
            return true;
    }
    return false;
}

bool output_pulls(const sample_t *sample)
{
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        const output_obj_t *self = open_outputs[o];
        if (!self || !holds_sample(self, sample) || port_trouble(&self->state->port))
            continue;
        if (out_of(self)->state != TA_OUTPUT_PAUSED || ta_output_has_commands(out_of(self)))
            return true;
    }
    return false;
}

static bool let_go(output_obj_t *self, const sample_t *sample)
{
    drop_samples(self); // one that is no longer held leaves its position behind
    if (!holds_sample(self, sample))
        return true;
    if (self->sample[self->voice] == MP_OBJ_FROM_PTR(sample))
        self->stopped = true;
    settle(self);
    if (self->stopped && ta_output_stop(out_of(self)) != TA_OK)
        return false;
    for (uint32_t us = 0; holds_sample(self, sample); us += STEP_US) {
        if (us >= LET_GO_US)
            return false;
        port_wait_us(STEP_US);
    }
    drop_samples(self);
    return true;
}

bool output_let_go(const sample_t *sample)
{
    bool all = true;
    for (unsigned o = 0; o < OUTPUTS_MAX && !port_is_here(); o++) {
        if (open_outputs[o] && holds_sample(open_outputs[o], sample))
            port_need(); // says so
    }
    port_enter();
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        if (open_outputs[o] && !let_go(open_outputs[o], sample))
            all = false;
    }
    port_leave();
    return all;
}

// ---- reading ahead -----------------------------------------------------------------------------------------------------------

static mp_obj_t pump(mp_obj_t unused)
{
    (void)unused;
    pump_waits = false;
    writer_pump();
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        for (unsigned v = 0; v < OUTPUT_VOICES; v++) {
            output_obj_t *self = open_outputs[o]; // anew each time: reading runs scripts
            if (!self || self->sample[v] == MP_OBJ_NULL)
                continue;
            sample_t *sample = MP_OBJ_TO_PTR(self->sample[v]);
            if (sample->ops && sample->ops->pump)
                sample->ops->pump(sample);
        }
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(pump_obj, pump);

static bool is_hungry(const output_obj_t *self)
{
    for (unsigned v = 0; v < OUTPUT_VOICES; v++) {
        if (self->sample[v] == MP_OBJ_NULL)
            continue;
        const sample_t *sample = MP_OBJ_TO_PTR(self->sample[v]);
        if (sample->ops && sample->ops->hungry && sample->ops->hungry(sample))
            return true;
    }
    return false;
}

bool output_reads_ahead(void)
{
    for (unsigned o = 0; o < OUTPUTS_MAX; o++) {
        for (unsigned v = 0; open_outputs[o] && v < OUTPUT_VOICES; v++) {
            if (open_outputs[o]->sample[v] != MP_OBJ_NULL)
                return true;
        }
    }
    return writer_is_writing();
}

void output_tick(void)
{
    bool wanted = writer_is_hungry();
    for (unsigned o = 0; o < OUTPUTS_MAX && !wanted; o++)
        wanted = open_outputs[o] && is_hungry(open_outputs[o]);
    if (wanted && !pump_waits)
        pump_waits = mp_sched_schedule(MP_OBJ_FROM_PTR(&pump_obj), mp_const_none);
}

// ---- properties --------------------------------------------------------------------------------------------------------------

// Somebody asks how far things are.
static output_obj_t *asked(mp_obj_t self)
{
    output_obj_t *output = alive(self);
    port_moment();
    return output;
}

static mp_obj_t get_playing(mp_obj_t self)
{
    return mp_obj_new_bool(is_playing(asked(self)));
}

static mp_obj_t get_paused(mp_obj_t self)
{
    return mp_obj_new_bool(is_paused(asked(self)));
}

static mp_obj_t get_headroom(mp_obj_t self)
{
    return MP_OBJ_NEW_SMALL_INT(ta_headroom(out_of(asked(self))) / 1000);
}

static void stats_of(const output_obj_t *self, ta_output_stats_t *stats)
{
    port_enter();
    ta_output_stats(out_of(self), stats);
    port_leave();
}

static mp_obj_t get_holes(mp_obj_t self)
{
    ta_output_stats_t stats;
    stats_of(asked(self), &stats);
    return mp_obj_new_int_from_uint(stats.ring.holes);
}

// What is known of the program at one moment, in frames.
typedef struct {
    uint64_t pulled;  // from the sample
    uint64_t waiting; // of those, not yet heard when the feed last looked
    uint64_t silent;  // silence and ramp before the first of them
    uint64_t passed;  // since then
} progress_t;

static uint64_t unpublished(const ta_output_t *out)
{
    return out->run.frames;
}

// A feed in between would mix two moments. Inside.
static void look(const output_obj_t *self, progress_t *progress)
{
    const ta_output_t *out = out_of(self);
    ta_output_stats_t stats;
    for (int tries = 0; tries < MOMENTS; tries++) {
        ta_output_stats(out, &stats);
        progress->pulled = pulled_by(self, self->voice);
        progress->waiting = out->program_frame - stats.position_frame;
        uint64_t until_silence = stats.headroom_frames + unpublished(out);
        progress->silent = until_silence > progress->waiting ? until_silence - progress->waiting : 0;
        if (*(volatile const uint32_t *)&out->count.feeds == stats.feeds)
            break;
    }
    uint32_t since_us = (uint32_t)out->ring.hw->now_us(out->ring.hw_context) - stats.at_us;
    bool moves = stats.state == TA_OUTPUT_PLAYING || stats.state == TA_OUTPUT_DRAINING;
    progress->passed = moves ? (uint64_t)since_us * stats.rate_hz / 1000000U : 0;
}

// Frames of what play was last called with that have been heard.
static uint64_t position(const output_obj_t *self)
{
    progress_t now;
    port_enter();
    look(self, &now);
    port_leave();
    if (now.pulled < now.waiting)
        return 0; // what waits is another sample's
    uint64_t heard = now.passed > now.silent ? now.passed - now.silent : 0;
    return now.pulled - (heard < now.waiting ? now.waiting - heard : 0);
}

static mp_obj_t get_position(mp_obj_t self)
{
    return mp_obj_new_int_from_ull(position(asked(self)));
}

static bool reached_rate(const output_obj_t *self, uint32_t rate_hz, ta_rate_t *rate)
{
    port_enter();
    ta_status_t status = config_rate(&self->config, rate_hz, rate);
    port_leave();
    return status == TA_OK;
}

static mp_obj_t get_rate(mp_obj_t self)
{
    ta_rate_t rate;
    ta_output_stats_t stats;
    const output_obj_t *output = asked(self);
    stats_of(output, &stats);
    uint32_t rate_hz = stats.rate_hz ? stats.rate_hz : out_of(output)->rate_hz;
    if (!port_has_pins() || !reached_rate(output, rate_hz, &rate))
        return mp_obj_new_float((mp_float_t)rate_hz);
    return mp_obj_new_float((mp_float_t)rate.reached_uhz / MICROPY_FLOAT_CONST(1000000.0));
}

static mp_obj_t get_volume(mp_obj_t self)
{
    return mp_obj_new_float((mp_float_t)out_of(alive(self))->shape.target_q16 / TA_GAIN_UNITY_Q16);
}

static void set_volume(mp_obj_t self_in, mp_obj_t value)
{
    mp_float_t volume = mp_obj_get_float(value); // may be a script's
    output_obj_t *self = alive(self_in);
    if (!(volume >= 0 && volume <= GAIN_MAX))
        errors_range(MP_QSTR_volume, 0, GAIN_MAX);
    port_enter();
    settle(self);
    ta_status_t status =
        ta_output_set_volume(out_of(self), (uint32_t)(volume * TA_GAIN_UNITY_Q16 + MICROPY_FLOAT_CONST(0.5)));
    settle(self);
    port_leave();
    check(status, self);
}

// ---- what an output tells of itself --------------------------------------------------------------------------------------------

static mp_obj_t hole_list(const output_obj_t *self)
{
    mp_obj_t list = mp_obj_new_list(0, NULL);
    ta_hole_t hole;
    for (uint32_t h = 0;; h++) {
        port_enter();
        bool there = ta_output_hole(out_of(self), h, &hole);
        port_leave();
        if (!there)
            return list;
        mp_obj_t parts[4] = {mp_obj_new_int_from_ull(hole.at_frame), mp_obj_new_int_from_ull(hole.frames),
                             mp_obj_new_str_from_cstr(ta_hole_cause_name(hole.cause)), mp_obj_new_bool(hole.exact)};
        mp_obj_list_append(list, mp_obj_new_tuple(4, parts));
    }
}

static uint32_t gain_of(const output_obj_t *self)
{
    return out_of(self)->shape.target_q16;
}

static void put_graph(mp_obj_t dict, const output_obj_t *self)
{
    const sample_t *sample = holds_newest(self) ? MP_OBJ_TO_PTR(self->sample[self->voice]) : NULL;
    output_plan_t plan = {.rate = {0}};
    ta_cost_graph_t graph;
    char error[TA_SENTENCE_MAX];
    output_config_t config = self->config;
    port_enter();
    bool known = sample && graph_plan(&config, sample, gain_of(self), &plan, &graph, error) == TA_OK;
    port_leave();
    graph_put_report(dict, known ? &graph : NULL, plan.rate.system_hz);
}

static mp_obj_t do_report(mp_obj_t self_in)
{
    const output_obj_t *self = asked(self_in);
    ta_output_stats_t stats;
    stats_of(self, &stats);
    const ta_ring_config_t *ring = &out_of(self)->ring.config;
    bool never_late = stats.headroom_min_frames == UINT64_MAX;
    mp_obj_t dict = mp_obj_new_dict(20);
    dict_put(dict, MP_QSTR_state, mp_obj_new_str_from_cstr(ta_output_state_name(stats.state)));
    dict_put_uint(dict, MP_QSTR_position, position(self));
    dict_put(dict, MP_QSTR_rate, get_rate(self_in));
    dict_put_uint(dict, MP_QSTR_program_frames, stats.ring.program_frames);
    dict_put_uint(dict, MP_QSTR_output_frames, stats.output_frames);
    dict_put_uint(dict, MP_QSTR_buffer_frames, (uint64_t)(ring->slots - 1) * ring->slot_frames);
    dict_put_uint(dict, MP_QSTR_headroom_frames, stats.headroom_frames);
    dict_put(dict, MP_QSTR_headroom_min_frames,
             never_late ? mp_const_none : mp_obj_new_int_from_ull(stats.headroom_min_frames));
    dict_put_uint(dict, MP_QSTR_hole_frames, stats.ring.hole_frames);
    dict_put(dict, MP_QSTR_holes, hole_list(self));
    dict_put_uint(dict, MP_QSTR_feeds, stats.feeds);
    dict_put_uint(dict, MP_QSTR_faults, stats.faults);
    dict_put_uint(dict, MP_QSTR_load, stats.load_permille);
    dict_put_uint(dict, MP_QSTR_paced, stats.paced);
    put_graph(dict, self);
    return dict;
}
static MP_DEFINE_CONST_FUN_OBJ_1(report_obj, do_report);

static mp_obj_t do_plan(mp_obj_t self_in, mp_obj_t sample_in)
{
    const output_obj_t *self = alive(self_in);
    const sample_t *sample = sample_alive(sample_in);
    output_check_sample(sample);
    output_config_t config = self->config;
    return plan_of(&config, sample, true, gain_of(self));
}
static MP_DEFINE_CONST_FUN_OBJ_2(plan_obj, do_plan);

// ---- await out.drained() -------------------------------------------------------------------------------------------------------

enum { DRAINED_POLL_MS = 5 };

typedef struct {
    mp_obj_base_t base;
    output_obj_t *output;
} drained_t;

// Each step sleeps in asyncio's own way, until nothing is heard any more.
static mp_obj_t drained_next(mp_obj_t self_in)
{
    const drained_t *self = MP_OBJ_TO_PTR(self_in);
    if (!self->output->state || !is_playing(self->output))
        return MP_OBJ_STOP_ITERATION;
    mp_obj_t asyncio = mp_import_name(MP_QSTR_asyncio, mp_const_none, MP_OBJ_NEW_SMALL_INT(0));
    (void)mp_call_function_0(mp_load_attr(asyncio, MP_QSTR_current_task)); // raises where none runs; a nap would crash
    mp_obj_t nap = mp_call_function_1(mp_load_attr(asyncio, MP_QSTR_sleep_ms), MP_OBJ_NEW_SMALL_INT(DRAINED_POLL_MS));
    return mp_iternext(nap);
}

// asyncio runs it as a task of its own, too: then it must look like a coroutine.
static mp_obj_t drained_send(mp_obj_t self_in, mp_obj_t value)
{
    (void)value;
    mp_obj_t step = drained_next(self_in);
    if (step == MP_OBJ_STOP_ITERATION)
        mp_raise_StopIteration(mp_const_none);
    return step;
}
static MP_DEFINE_CONST_FUN_OBJ_2(drained_send_obj, drained_send);

static mp_obj_t drained_throw(mp_obj_t self_in, mp_obj_t exception)
{
    (void)self_in;
    nlr_raise(mp_make_raise_obj(exception));
}
static MP_DEFINE_CONST_FUN_OBJ_2(drained_throw_obj, drained_throw);

static const mp_rom_map_elem_t drained_table[] = {
    {MP_ROM_QSTR(MP_QSTR_send), MP_ROM_PTR(&drained_send_obj)},
    {MP_ROM_QSTR(MP_QSTR_throw), MP_ROM_PTR(&drained_throw_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&mp_identity_obj)},
};
static MP_DEFINE_CONST_DICT(drained_dict, drained_table);

static MP_DEFINE_CONST_OBJ_TYPE(drained_type, MP_QSTR_drained, MP_TYPE_FLAG_ITER_IS_ITERNEXT, iter, drained_next,
                                locals_dict, &drained_dict);

static mp_obj_t do_drained(mp_obj_t self_in)
{
    drained_t *drained = mp_obj_malloc(drained_t, &drained_type);
    drained->output = alive(self_in);
    return MP_OBJ_FROM_PTR(drained);
}
static MP_DEFINE_CONST_FUN_OBJ_1(drained_obj, do_drained);

// ---- members -----------------------------------------------------------------------------------------------------------------

static const mp_rom_map_elem_t members[] = {
    {MP_ROM_QSTR(MP_QSTR_deinit), MP_ROM_PTR(&deinit_obj)},   {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&deinit_obj)},
    {MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&enter_obj)}, {MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&exit_obj)},
    {MP_ROM_QSTR(MP_QSTR_play), MP_ROM_PTR(&play_obj)},       {MP_ROM_QSTR(MP_QSTR_stop), MP_ROM_PTR(&stop_obj)},
    {MP_ROM_QSTR(MP_QSTR_pause), MP_ROM_PTR(&pause_obj)},     {MP_ROM_QSTR(MP_QSTR_resume), MP_ROM_PTR(&resume_obj)},
    {MP_ROM_QSTR(MP_QSTR_report), MP_ROM_PTR(&report_obj)},   {MP_ROM_QSTR(MP_QSTR_plan), MP_ROM_PTR(&plan_obj)},
    {MP_ROM_QSTR(MP_QSTR_drained), MP_ROM_PTR(&drained_obj)},
};
MP_DEFINE_CONST_DICT(output_members, members);

void output_attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {
        {MP_QSTR_playing, get_playing, NULL},     {MP_QSTR_paused, get_paused, NULL},
        {MP_QSTR_headroom, get_headroom, NULL},   {MP_QSTR_holes, get_holes, NULL},
        {MP_QSTR_position, get_position, NULL},   {MP_QSTR_rate, get_rate, NULL},
        {MP_QSTR_volume, get_volume, set_volume},
    };
    properties_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}
