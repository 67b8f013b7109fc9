// Synthesizer. In: keys, notes, blocks. Out: a node without inputs. Invariants: a note that may still be read by the feed is kept, whatever the script forgets; press, release and
// change allocate nothing; what scripts do in the middle of a press (an iterable of theirs) may be anything, deinit included.

#include "synthio.h"

#include "py/objlist.h"

enum {
    SLOTS = 2 * TONEARM_POLYPHONY +
            1, // notes: each voice may hold one and have been promised to another, and one is about to be pressed
    OWN_WAVEFORM = SLOTS,
    OWN_ENVELOPE,
    OWN_BLOCKS,
    OWN_OBJECTS,
    KEYS = 128
};

typedef struct {
    ta_source_t source; // what is pulled: `synth`, and in each tick what is this file's
    ta_synth_t synth;
    synthio_wave_t wave;
    uintptr_t node;    // its complement: the collector looks into this memory, too
    uint32_t changing; // calls that are in the middle of a change
} synth_state_t;

static synth_state_t *state_of(const node_t *node)
{
    return node_c(node);
}

static ta_synth_t *synth_of(const node_t *node)
{
    return &state_of(node)->synth;
}

static synthio_note_t *note_in(mp_obj_t object)
{
    return object == MP_OBJ_NULL ? NULL : synthio_native(object, &synthio_note_type);
}

// ---- the feed ----------------------------------------------------------------------------------------------------------------

static void refresh_waves(node_t *node, synth_state_t *state)
{
    synthio_sound_refresh(&state->synth, &state->wave);
    for (unsigned s = 0; s < SLOTS; s++) {
        synthio_note_t *note = note_in(*node_own(node, s));
        if (note && !note->editing)
            synthio_note_refresh(note);
    }
}

// The list is the script's: it may hold anything, and be in the middle of a change.
static void move_blocks(node_t *node, synth_state_t *state)
{
    const mp_obj_list_t *list = MP_OBJ_TO_PTR(*node_own(node, OWN_BLOCKS));
    for (size_t b = 0; b < list->len && b < list->alloc; b++) {
        mp_obj_t block = list->items[b];
        ta_control_t *control = block == MP_OBJ_NULL ? NULL : synthio_control(block);
        if (control)
            (void)ta_control_read(control, &state->synth.clock);
    }
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    synth_state_t *state = (synth_state_t *)source;
    node_t *node = (node_t *)~state->node;
    uint32_t tick = state->synth.clock.number;
    if (state->synth.lent == state->synth.made)
        refresh_waves(node, state);
    ta_pull_t result = ta_source_pull(&state->synth.source, max_frames, block);
    if (state->synth.clock.number != tick)
        move_blocks(node, state);
    return result;
}

static const ta_source_ops_t source_ops = {pull, NULL};

// ---- the node ------------------------------------------------------------------------------------------------------------------

static ta_source_t *source(node_t *node)
{
    return &state_of(node)->source;
}

// Notes that have ended may be collected.
static void tidy(node_t *node)
{
    for (unsigned s = 0; s < SLOTS; s++) {
        const synthio_note_t *note = note_in(*node_own(node, s));
        if (note && !ta_synth_holds(synth_of(node), &note->note))
            *node_own(node, s) = MP_OBJ_NULL;
    }
}

static bool moves(const ta_param_t *param)
{
    return param->control != NULL;
}

// Every voice sounds; of these so many have what the notes have that it holds.
static void cost(node_t *node, ta_cost_t *cost)
{
    ta_synth_use_t use = {.notes = 0};
    for (unsigned s = 0; s < SLOTS; s++) {
        const synthio_note_t *held = note_in(*node_own(node, s));
        if (!held)
            continue;
        const ta_note_t *note = &held->note;
        const ta_note_setting_t *setting = ta_note_setting(note);
        use.ringing += setting->ring_wave.samples != NULL;
        use.filtered += setting->filter != NULL;
        use.bandlimited += setting->tone != TA_TONE_WAVE;
        use.moving += moves(&note->amplitude) || moves(&note->panning) || moves(&note->bend);
    }
    synthio_sound_cost(synth_of(node), &use, cost);
}

static uint32_t shed(const node_t *node)
{
    return ta_synth_shed(synth_of(node));
}

static const node_kind_t kind = {.name = "Synthesizer", .source = source, .tidy = tidy, .cost = cost, .shed = shed};

// A place for a note that is about to be pressed: there is always one. Its own, if it has one.
static void keep(node_t *node, mp_obj_t note)
{
    int empty = -1;
    for (unsigned tries = 0; tries < 2 && empty < 0; tries++) {
        if (tries)
            tidy(node);
        for (int s = 0; s < SLOTS; s++) {
            if (*node_own(node, (unsigned)s) == note)
                return;
            if (*node_own(node, (unsigned)s) == MP_OBJ_NULL && empty < 0)
                empty = s;
        }
    }
    if (empty < 0)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the feed does not run: interrupts are disabled"));
    *node_own(node, (unsigned)empty) = note;
}

// ---- press and release -----------------------------------------------------------------------------------------------------------

static void press_one(node_t *node, mp_obj_t object)
{
    mp_int_t key;
    ta_status_t status;
    synthio_note_t *note = note_in(object);
    if (note) {
        port_enter();
        keep(node, object);
        status = ta_synth_press(synth_of(node), &note->note);
        port_leave();
    } else if (mp_obj_get_int_maybe(object, &key)) {
        if (key < 0 || key >= KEYS)
            errors_range(MP_QSTR_note, 0, KEYS - 1);
        port_enter();
        status = ta_synth_press_key(synth_of(node), 0, (unsigned)key, TA_SYNTH_VELOCITY_MAX);
        port_leave();
    } else {
        errors_type(MP_QSTR_note, "int or Note", object);
    }
    errors_check(status);
}

static void release_one(node_t *node, mp_obj_t object)
{
    mp_int_t key;
    const synthio_note_t *note = note_in(object);
    bool is_key = !note && mp_obj_get_int_maybe(object, &key);
    if (!note && !is_key)
        errors_type(MP_QSTR_note, "int or Note", object);
    if (is_key && (key < 0 || key >= KEYS))
        errors_range(MP_QSTR_note, 0, KEYS - 1);
    port_enter();
    if (note)
        ta_synth_release(synth_of(node), &note->note);
    else
        ta_synth_release_key(synth_of(node), 0, (unsigned)key);
    port_leave();
}

static void retrigger_one(node_t *node, mp_obj_t object)
{
    (void)node;
    synthio_lfo_t *lfo = synthio_native(object, &synthio_lfo_type);
    if (!lfo)
        errors_type(MP_QSTR_retrigger, "LFO", object);
    ta_lfo_retrigger(&lfo->lfo);
}

typedef void (*act_t)(node_t *node, mp_obj_t object);

// A key that a script's class makes of itself is asked for once, before anything of the node is looked at.
static mp_obj_t plain(mp_obj_t object)
{
    return note_in(object) || synthio_native(object, &synthio_lfo_type) ? object : plain_int_or(object);
}

// One, or all that an iterable gives.
static void each(node_t *node, mp_obj_t what, act_t act)
{
    mp_int_t key;
    what = plain(what);
    (void)node_alive(MP_OBJ_FROM_PTR(node));
    if (mp_obj_get_int_maybe(what, &key) || note_in(what) || synthio_native(what, &synthio_lfo_type)) {
        act(node, what);
        return;
    }
    mp_obj_iter_buf_t buffer;
    mp_obj_t iterable = mp_getiter(what, &buffer), item;
    while ((item = mp_iternext(iterable)) != MP_OBJ_STOP_ITERATION) {
        item = plain(item);
        (void)node_alive(MP_OBJ_FROM_PTR(node)); // the iterable may be a script of any kind
        act(node, item);
    }
    (void)node_alive(MP_OBJ_FROM_PTR(node));
}

static void begin_change(node_t *node)
{
    if (state_of(node)->changing++ == 0)
        ta_synth_begin_change(synth_of(node));
}

static void end_change(node_t *node)
{
    if (node->state && --state_of(node)->changing == 0)
        ta_synth_end_change(synth_of(node));
}

typedef struct {
    mp_obj_t what;
    act_t act;
} step_t;

// All of it sounds from the same tick on, and what was done before something raises, too.
static void change(node_t *node, const step_t *steps, unsigned count)
{
    nlr_buf_t nlr;
    begin_change(node);
    if (nlr_push(&nlr) == 0) {
        for (unsigned s = 0; s < count; s++)
            each(node, steps[s].what, steps[s].act);
        nlr_pop();
        end_change(node);
    } else {
        end_change(node);
        nlr_jump(nlr.ret_val);
    }
}

static mp_obj_t do_press(mp_obj_t self, mp_obj_t notes)
{
    change(node_alive(self), &(step_t){notes, press_one}, 1);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(press_obj, do_press);

static mp_obj_t do_release(mp_obj_t self, mp_obj_t notes)
{
    change(node_alive(self), &(step_t){notes, release_one}, 1);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(release_obj, do_release);

static mp_obj_t do_change(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    enum { RELEASE, PRESS, RETRIGGER };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_release, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(&mp_const_empty_tuple_obj)}},
        {MP_QSTR_press, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(&mp_const_empty_tuple_obj)}},
        {MP_QSTR_retrigger, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(&mp_const_empty_tuple_obj)}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    node_t *node = node_alive(args[0]);
    arguments_parse(n_args - 1, args + 1, keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    const step_t steps[] = {
        {value[RELEASE].u_obj, release_one}, {value[PRESS].u_obj, press_one}, {value[RETRIGGER].u_obj, retrigger_one}};
    change(node, steps, MP_ARRAY_SIZE(steps));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(change_obj, 1, do_change);

static mp_obj_t release_all(mp_obj_t self)
{
    const node_t *node = node_alive(self);
    port_enter();
    ta_synth_release_all(synth_of(node));
    port_leave();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(release_all_obj, release_all);

static void release_everything(node_t *node, mp_obj_t object)
{
    (void)object;
    ta_synth_release_all(synth_of(node));
}

static mp_obj_t release_all_then_press(mp_obj_t self, mp_obj_t notes)
{
    const step_t steps[] = {{MP_OBJ_NEW_SMALL_INT(0), release_everything}, {notes, press_one}};
    change(node_alive(self), steps, MP_ARRAY_SIZE(steps));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(release_all_then_press_obj, release_all_then_press);

// ---- what sounds -----------------------------------------------------------------------------------------------------------------

static mp_obj_t note_info(mp_obj_t self, mp_obj_t object)
{
    mp_int_t key = 0;
    ta_voice_info_t info;
    object = plain(object);
    const node_t *node = node_alive(self);
    const synthio_note_t *note = note_in(object);
    if (!note && !mp_obj_get_int_maybe(object, &key))
        errors_type(MP_QSTR_note, "int or Note", object);
    if (key < 0 || key >= KEYS)
        errors_range(MP_QSTR_note, 0, KEYS - 1);
    port_moment();
    port_enter();
    if (note)
        (void)ta_synth_note_info(synth_of(node), &note->note, &info);
    else
        (void)ta_synth_key_info(synth_of(node), 0, (unsigned)key, &info);
    port_leave();
    mp_obj_t pair[2] = {synthio_envelope_state(info.state), mp_obj_new_float((mp_float_t)info.level / 32767)};
    return mp_obj_new_tuple(2, pair);
}
static MP_DEFINE_CONST_FUN_OBJ_2(note_info_obj, note_info);

// As it was pressed: an object of a script's class, too.
static mp_obj_t object_of(node_t *node, const ta_note_t *note)
{
    for (unsigned s = 0; s < SLOTS; s++) {
        const synthio_note_t *kept = note_in(*node_own(node, s));
        if (kept && &kept->note == note)
            return *node_own(node, s);
    }
    return MP_OBJ_NULL;
}

static mp_obj_t get_pressed(mp_obj_t self)
{
    mp_obj_t pressed[TONEARM_POLYPHONY];
    size_t count = 0;
    node_t *node = node_alive(self);
    port_moment();
    port_enter();
    for (unsigned v = 0; v < TONEARM_POLYPHONY; v++) {
        ta_voice_info_t info;
        if (!ta_synth_voice(synth_of(node), v, &info) || info.state == TA_ENVELOPE_RELEASE)
            continue;
        mp_obj_t object = info.note ? object_of(node, info.note) : MP_OBJ_NEW_SMALL_INT(info.key);
        if (object != MP_OBJ_NULL)
            pressed[count++] = object;
    }
    port_leave();
    return mp_obj_new_tuple(count, pressed);
}

// ---- properties ------------------------------------------------------------------------------------------------------------------

static mp_obj_t get_envelope(mp_obj_t self)
{
    return *node_own(node_alive(self), OWN_ENVELOPE);
}

static void set_envelope(mp_obj_t self, mp_obj_t value)
{
    ta_envelope_t envelope;
    node_t *node = node_alive(self);
    bool has = synthio_envelope_from(value, &envelope);
    port_enter();
    ta_status_t status = ta_synth_set_envelope(synth_of(node), has ? &envelope : NULL);
    if (status == TA_OK)
        *node_own(node, OWN_ENVELOPE) = value;
    port_leave();
    errors_check(status);
}

static mp_obj_t get_blocks(mp_obj_t self)
{
    return *node_own(node_alive(self), OWN_BLOCKS);
}

static void attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {
        {MP_QSTR_envelope, get_envelope, set_envelope},
        {MP_QSTR_pressed, get_pressed, NULL},
        {MP_QSTR_blocks, get_blocks, NULL},
        {MP_QSTR_shed, node_get_shed, NULL},
    };
    node_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

// ---- making one ------------------------------------------------------------------------------------------------------------------

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { RATE, CHANNELS, WAVEFORM, ENVELOPE, INTERPOLATE };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_sample_rate, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(11025)}},
        {MP_QSTR_channel_count, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(1)}},
        {MP_QSTR_waveform, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_envelope, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_interpolate, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    synthio_sound_t sound;
    synthio_sound_from(value[RATE].u_obj, value[WAVEFORM].u_obj, value[ENVELOPE].u_obj, value[INTERPOLATE].u_bool,
                       &sound);
    sound.config.channels = (uint8_t)errors_int(MP_QSTR_channel_count, value[CHANNELS].u_obj, 1, 2);

    node_t *node = node_new(type, &kind, 0, OWN_OBJECTS);
    ta_need_t need;
    ta_status_t status = ta_synth_need(&sound.config, &need);
    if (status == TA_OK) {
        *node_own(node, OWN_WAVEFORM) = sound.wave.object;
        *node_own(node, OWN_ENVELOPE) = value[ENVELOPE].u_obj;
        *node_own(node, OWN_BLOCKS) = mp_obj_new_list(0, NULL);
        node_take(node, sizeof(synth_state_t), &need, 1);
        synth_state_t *state = state_of(node);
        state->wave = sound.wave;
        state->wave.object = MP_OBJ_NULL; // the node keeps it
        state->node = ~(uintptr_t)node;
        status = ta_synth_init(&state->synth, &sound.config, node_block(node, 0));
        if (status == TA_OK)
            status = ta_synth_guard(&state->synth, port_guard());
        ta_source_init(&state->source, &source_ops, &state->synth.source.format, TA_FRAMES_UNKNOWN);
    }
    uint32_t bytes = TA_SYNTH_TICK_FRAMES * sound.config.channels * (uint32_t)sizeof(int16_t);
    node_begin(node, status, bytes, bytes);
    return MP_OBJ_FROM_PTR(node);
}

static const mp_rom_map_elem_t table[] = {
    NODE_MEMBERS,
    {MP_ROM_QSTR(MP_QSTR_press), MP_ROM_PTR(&press_obj)},
    {MP_ROM_QSTR(MP_QSTR_release), MP_ROM_PTR(&release_obj)},
    {MP_ROM_QSTR(MP_QSTR_change), MP_ROM_PTR(&change_obj)},
    {MP_ROM_QSTR(MP_QSTR_release_then_press), MP_ROM_PTR(&change_obj)},
    {MP_ROM_QSTR(MP_QSTR_release_all), MP_ROM_PTR(&release_all_obj)},
    {MP_ROM_QSTR(MP_QSTR_release_all_then_press), MP_ROM_PTR(&release_all_then_press_obj)},
    {MP_ROM_QSTR(MP_QSTR_note_info), MP_ROM_PTR(&note_info_obj)},
    {MP_ROM_QSTR(MP_QSTR_max_polyphony), MP_ROM_INT(TONEARM_POLYPHONY)},
};
static MP_DEFINE_CONST_DICT(dict, table);

MP_DEFINE_CONST_OBJ_TYPE(synthio_synthesizer_type, MP_QSTR_Synthesizer, MP_TYPE_FLAG_NONE, make_new, make_new, attr,
                         attr, locals_dict, &dict);
