// MidiTrack and from_file. In: a bare track, a path, or any binary stream. Out: a node without inputs, on the library's player. Invariant: what is played lies in memory of
// the VM's that nobody changes: bytes, or a copy; so the feed never waits for a file.

#include "synthio.h"

#include "tonearm/midi.h"

#include "py/builtin.h"
#include "py/mperrno.h"
#include "py/objstr.h"
#include "py/stream.h"

#include <string.h>

enum { OWN_WAVEFORM, OWN_BYTES, OWN_OBJECTS, READ_BYTES = 512, HEAD_BYTES = 14, ALL_CHANNELS = 0 };

typedef struct {
    ta_source_t source; // what is pulled: `midi`, and in each tick what is this file's
    ta_midi_t midi;
    ta_stream_t stream;
    synthio_wave_t wave;
    uint64_t given; // frames, whatever was begun anew
} midi_state_t;

// What is played, before there is a node.
typedef struct {
    mp_obj_t keeps; // the object, or the memory
    const uint8_t *data;
    size_t bytes;
    uint32_t tempo; // of a bare track; 0: it is a file
} program_t;

static midi_state_t *state_of(const node_t *node)
{
    return node_c(node);
}

// ---- the feed ----------------------------------------------------------------------------------------------------------------

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    midi_state_t *state = (midi_state_t *)source;
    if (state->midi.synth.lent == state->midi.synth.made)
        synthio_sound_refresh(&state->midi.synth, &state->wave);
    ta_pull_t result = ta_source_pull(&state->midi.source, max_frames, block);
    if (result == TA_PULL_FAULT) { // error_location says so; whoever plays it goes on
        block->frames = 0;
        return TA_PULL_END;
    }
    state->given += block->frames;
    return result == TA_PULL_END && block->frames ? TA_PULL_MORE : result; // the end is a block of its own
}

// At another tempo a track has another length, so it is found out anew each time.
static void forget_length(ta_source_t *source)
{
    source->frames = TA_FRAMES_UNKNOWN;
    if (source->loops_left)
        source->loop_end = TA_FRAMES_UNKNOWN;
}

static ta_status_t seek(ta_source_t *source, uint64_t frame)
{
    ta_midi_t *midi = &((midi_state_t *)source)->midi;
    if (midi->bare) {
        forget_length(source);
        forget_length(&midi->source);
    }
    ta_status_t status = ta_source_seek(&midi->source, frame);
    return status == TA_E_FORMAT ? TA_OK : status; // a bare track that is wrong at its very beginning ends there
}

static const ta_source_ops_t source_ops = {pull, seek};

// ---- the node ------------------------------------------------------------------------------------------------------------------

static ta_source_t *source(node_t *node)
{
    return &state_of(node)->source;
}

static void clear(node_t *node)
{
    (void)!ta_source_seek(&state_of(node)->source, 0);
}

static void set_loop(node_t *node, bool loop)
{
    ta_source_t *source = &state_of(node)->source;
    if (!loop)
        *(volatile uint32_t *)&source->loops_left = 0;
    else if (!source->loops_left)
        (void)!ta_source_set_loop(source, 0, 0, TA_LOOP_FOREVER); // it can seek
}

static uint64_t given(node_t *node)
{
    return state_of(node)->given;
}

static void cost(node_t *node, ta_cost_t *cost)
{
    synthio_sound_cost(&state_of(node)->midi.synth, NULL, cost);
}

static uint32_t shed(const node_t *node)
{
    return ta_synth_shed(&state_of(node)->midi.synth);
}

static const node_kind_t kind = {.name = "MidiTrack",
                                 .pieces = true,
                                 .source = source,
                                 .clear = clear,
                                 .loop = set_loop,
                                 .given = given,
                                 .cost = cost,
                                 .shed = shed};

// ---- properties ------------------------------------------------------------------------------------------------------------------

// Ticks of the track in a second. A file's changes with its tempo.
static mp_obj_t get_tempo(mp_obj_t self)
{
    const ta_midi_t *midi = &state_of(node_alive(self))->midi;
    port_enter();
    uint64_t numerator = midi->tick_numerator, denominator = midi->tick_denominator;
    port_leave();
    return mp_obj_new_int_from_ull(midi->bare ? midi->tempo_wanted : (denominator + numerator / 2) / numerator);
}

// As far as an int of a board's goes, wherever it runs.
static uint32_t tempo_from(mp_obj_t value)
{
    mp_int_t tempo;
    if (!mp_obj_get_int_maybe(value, &tempo))
        errors_type(MP_QSTR_tempo, "int", value);
    if (tempo < 1)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q must be >= %d"), MP_QSTR_tempo, 1);
    if (tempo > INT32_MAX)
        errors_range(MP_QSTR_tempo, 1, INT32_MAX);
    return (uint32_t)tempo;
}

static void set_tempo(mp_obj_t self, mp_obj_t value)
{
    value = plain_int(MP_QSTR_tempo, value);
    midi_state_t *state = state_of(node_alive(self));
    if (ta_midi_set_tempo(&state->midi, tempo_from(value)) != TA_OK)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("a file has tempos of its own"));
}

static mp_obj_t get_error_location(mp_obj_t self)
{
    const midi_state_t *state = state_of(node_alive(self));
    port_moment();
    int64_t location = state->midi.error_location;
    return location == TA_MIDI_NO_ERROR ? mp_const_none : mp_obj_new_int_from_ll(location);
}

static void attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {
        {MP_QSTR_tempo, get_tempo, set_tempo},
        {MP_QSTR_error_location, get_error_location, NULL},
        {MP_QSTR_shed, node_get_shed, NULL},
    };
    node_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

// ---- making one ------------------------------------------------------------------------------------------------------------------

static ta_status_t open_midi(ta_midi_t *midi, ta_stream_t *stream, const program_t *program)
{
    if (program->tempo)
        return ta_midi_open_track(midi, program->data, program->bytes, program->tempo);
    ta_stream_from_memory(stream, program->data, program->bytes);
    return ta_midi_open(midi, stream);
}

// The sentence has the byte.
static void check_midi(const ta_midi_t *midi, ta_status_t status)
{
    if (status == TA_E_FORMAT && midi->error[0])
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%s"), midi->error);
    errors_check(status);
}

static mp_obj_t make(const mp_obj_type_t *type, const program_t *program, synthio_sound_t *sound,
                     const ta_midi_config_t *extras)
{
    ta_midi_t probe; // a file must be looked into before it is known what it takes
    ta_stream_t stream;
    ta_need_t need;
    ta_midi_config_t config = *extras;
    config.synth = sound->config;
    config.synth.velocity = extras->synth.velocity;
    check_midi(&probe, open_midi(&probe, &stream, program));
    errors_check(ta_midi_need(&probe, &config, &need));

    node_t *node = node_new(type, &kind, 0, OWN_OBJECTS);
    *node_own(node, OWN_WAVEFORM) = sound->wave.object;
    *node_own(node, OWN_BYTES) = program->keeps;
    node_take(node, sizeof(midi_state_t), &need, 1);
    midi_state_t *state = state_of(node);
    state->wave = sound->wave;
    state->wave.object = MP_OBJ_NULL; // the node keeps it
    ta_status_t status = open_midi(&state->midi, &state->stream, program);
    if (status == TA_OK)
        status = ta_midi_init(&state->midi, &config, node_block(node, 0));
    if (status == TA_OK && !program->tempo)
        status = ta_midi_scan(&state->midi);
    if (status == TA_OK)
        status = ta_synth_guard(&state->midi.synth, port_guard());
    check_midi(&state->midi, status);
    ta_source_init(&state->source, &source_ops, &state->midi.source.format, TA_FRAMES_UNKNOWN);
    uint32_t bytes = TA_SYNTH_TICK_FRAMES * (uint32_t)sizeof(int16_t);
    node_begin(node, status, bytes, bytes);
    return MP_OBJ_FROM_PTR(node);
}

// clang-format off
#define SOUND_ARGUMENTS                                                                                                \
        {MP_QSTR_sample_rate, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(11025)}},                          \
        {MP_QSTR_waveform, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},                                   \
        {MP_QSTR_envelope, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_NONE}},                                   \
        {MP_QSTR_interpolate, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},                                        \
        {MP_QSTR_velocity, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}},                                           \
        {MP_QSTR_tail, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = false}}
// clang-format on
enum { RATE, WAVEFORM, ENVELOPE, INTERPOLATE, VELOCITY, TAIL, SOUND_COUNT };

static mp_obj_t make_sounding(const mp_obj_type_t *type, const program_t *program, const mp_arg_val_t *value)
{
    synthio_sound_t sound;
    synthio_sound_from(value[RATE].u_obj, value[WAVEFORM].u_obj, value[ENVELOPE].u_obj, value[INTERPOLATE].u_bool,
                       &sound);
    ta_midi_config_t extras = {.channels = ALL_CHANNELS, .tail = value[TAIL].u_bool};
    extras.synth.velocity = value[VELOCITY].u_bool;
    return make(type, program, &sound, &extras);
}

// Bytes never change; anything else is copied.
static void copy_unless_bytes(program_t *program, mp_obj_t buffer)
{
    mp_buffer_info_t info;
    mp_get_buffer_raise(buffer, &info, MP_BUFFER_READ);
    program->keeps = buffer;
    program->data = info.buf ? info.buf : (const uint8_t *)"";
    program->bytes = info.len;
    if (mp_obj_is_type(buffer, &mp_type_bytes) || info.len == 0)
        return;
    uint8_t *copy = errors_alloc("MidiTrack", info.len, "give bytes, which are not copied");
    mp_get_buffer_raise(buffer, &info, MP_BUFFER_READ);
    memcpy(copy, info.buf, program->bytes);
    program->keeps = MP_OBJ_FROM_PTR(copy);
    program->data = copy;
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { BUFFER, TEMPO, SOUND };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_buffer, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_tempo, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        SOUND_ARGUMENTS,
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    program_t program;
    uint32_t tempo = tempo_from(value[TEMPO].u_obj);
    copy_unless_bytes(&program, value[BUFFER].u_obj);
    program.tempo = tempo;
    return make_sounding(type, &program, value + SOUND);
}

static const mp_rom_map_elem_t table[] = {NODE_MEMBERS};
static MP_DEFINE_CONST_DICT(dict, table);

MP_DEFINE_CONST_OBJ_TYPE(synthio_miditrack_type, MP_QSTR_MidiTrack, MP_TYPE_FLAG_NONE, make_new, make_new, attr, attr,
                         locals_dict, &dict);

// ---- from_file -------------------------------------------------------------------------------------------------------------------

static bool seek_in(mp_obj_t file, mp_off_t offset, int whence, mp_off_t *at)
{
    int error = 0;
    *at = mp_stream_seek(file, offset, whence, &error);
    return *at != (mp_off_t)-1;
}

// Bytes from here to the end, if the stream can say: one of a script's own may raise that it cannot.
static bool size_of(mp_obj_t file, size_t *bytes)
{
    volatile bool known = false;
    if (!mp_get_stream(file)->ioctl)
        return false;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        mp_off_t here, end, back;
        if (seek_in(file, 0, MP_SEEK_CUR, &here) && seek_in(file, 0, MP_SEEK_END, &end) &&
            seek_in(file, here, MP_SEEK_SET, &back)) {
            *bytes = end > here ? (size_t)(end - here) : 0;
            known = back == here;
        }
        nlr_pop();
    } else if (errors_is_end(MP_OBJ_FROM_PTR(nlr.ret_val))) {
        nlr_jump(nlr.ret_val);
    }
    return known;
}

static size_t read_some(mp_obj_t file, void *to, size_t bytes)
{
    int error = 0;
    mp_uint_t got = mp_stream_rw(file, to, bytes, &error, MP_STREAM_RW_READ | MP_STREAM_RW_ONCE);
    if (error || got > bytes) // or a stream of the script's own, that says more than it did
        mp_raise_OSError(error ? error : MP_EIO);
    return got;
}

// The first bytes. False: they are not those of a MIDI file, and the rest need not be read to say so.
static bool read_head(mp_obj_t file, uint8_t head[HEAD_BYTES], size_t *bytes)
{
    size_t got;
    *bytes = 0;
    while (*bytes < HEAD_BYTES && (got = read_some(file, head + *bytes, HEAD_BYTES - *bytes)) > 0)
        *bytes += got;
    return *bytes < HEAD_BYTES || memcmp(head, "MThd", 4) == 0;
}

// A file is read whole: in the feed there is nobody to read it.
static void read_whole(program_t *program, mp_obj_t file)
{
    uint8_t head[HEAD_BYTES];
    size_t room = READ_BYTES, got;
    bool known = size_of(file, &room);
    if (!read_head(file, head, &program->bytes) || room < program->bytes)
        room = program->bytes;
    uint8_t *data = errors_alloc("MIDI file", room ? room : 1, "free memory before, or choose a shorter file");
    memcpy(data, head, program->bytes);
    while ((got = room > program->bytes ? read_some(file, data + program->bytes, room - program->bytes) : 0) > 0) {
        program->bytes += got;
        if (known || program->bytes < room)
            continue;
        uint8_t *more = errors_alloc("MIDI file", 2 * room, "free memory before, or choose a shorter file");
        memcpy(more, data, program->bytes);
        m_del(uint8_t, data, room);
        data = more;
        room *= 2;
    }
    program->keeps = MP_OBJ_FROM_PTR(data);
    program->data = data;
}

static void check_stream(mp_obj_t file)
{
    const mp_stream_p_t *stream = MP_OBJ_TYPE_GET_SLOT_OR_NULL(mp_obj_get_type(file), protocol);
    if (!stream || !stream->read || stream->is_text)
        mp_raise_TypeError(MP_ERROR_TEXT("file must be a file opened in byte mode"));
}

static void read_path(program_t *program, mp_obj_t path)
{
    nlr_buf_t nlr;
    mp_obj_t file = mp_call_function_2(MP_OBJ_FROM_PTR(&mp_builtin_open_obj), path, MP_OBJ_NEW_QSTR(MP_QSTR_rb));
    if (nlr_push(&nlr) == 0) {
        read_whole(program, file);
        nlr_pop();
        mp_stream_close(file);
    } else {
        mp_stream_close(file);
        nlr_jump(nlr.ret_val);
    }
}

static mp_obj_t from_file(size_t n_args, const mp_obj_t *args, mp_map_t *keywords)
{
    enum { FILE_OBJECT, SOUND };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_file, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        SOUND_ARGUMENTS,
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    program_t program = {.tempo = 0};
    arguments_parse(n_args, args, keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    if (mp_obj_is_str(value[FILE_OBJECT].u_obj)) {
        read_path(&program, value[FILE_OBJECT].u_obj);
    } else {
        check_stream(value[FILE_OBJECT].u_obj);
        read_whole(&program, value[FILE_OBJECT].u_obj);
    }
    return make_sounding(&synthio_miditrack_type, &program, value + SOUND);
}
MP_DEFINE_CONST_FUN_OBJ_KW(synthio_from_file_obj, 0, from_file);
