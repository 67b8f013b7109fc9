// Module audiocore: RawSample, what all samples have in common, and the functions that look into samples. WaveFile: wavefile.c.
// In: buffers of the script's. Out: sources that the feed pulls. Invariants: nothing is copied but by the feed; an array that grows
// or shrinks while it is heard is heard as it is at each moment, since each pull asks the array where its items lie.

#include "effects.h"

#include "py/binary.h"
#include "py/objarray.h"

#include <string.h>

typedef struct {
    sample_t sample;
    mp_obj_t buffer;
    const mp_obj_t *array;
    const uint8_t *data;
    size_t bytes;
    bool second_half; // what get_buffer gives next, of two halves
} rawsample_t;

// ---- every sample ------------------------------------------------------------------------------------------------------------

sample_t *sample_from(mp_obj_t object)
{
    static const mp_obj_type_t *const types[] = {
        &audiocore_rawsample_type,       &audiocore_wavefile_type,      &audiomixer_mixer_type,
        &audiofilters_filter_type,       &audiofilters_distortion_type, &audiofilters_phaser_type,
        &audiodelays_echo_type,          &audiodelays_chorus_type,      &audiodelays_flanger_type,
        &audiodelays_multitapdelay_type, &audiodelays_pitchshift_type,  &audiodelays_granularpitchshift_type,
        &audiofreeverb_freeverb_type,    &audiospeed_speedchanger_type, &audiospeed_resampler_type,
        &synthio_synthesizer_type,       &synthio_miditrack_type,
    };
    for (size_t t = 0; t < MP_ARRAY_SIZE(types); t++) {
        mp_obj_t native = mp_obj_cast_to_native_base(object, MP_OBJ_FROM_PTR(types[t]));
        if (native == MP_OBJ_NULL)
            continue;
        if (!mp_obj_is_type(native, types[t])) // a script's class has not called __init__ of this one yet
            mp_raise_TypeError(MP_ERROR_TEXT("call super().__init__() first"));
        return MP_OBJ_TO_PTR(native);
    }
    mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("'%s' object does not support 'protocol_audiosample'"),
                      mp_obj_get_type_str(object));
}

sample_t *sample_alive(mp_obj_t object)
{
    sample_t *sample = sample_from(object);
    if (!sample->ops)
        errors_deinited();
    return sample;
}

ta_format_t sample_format(const sample_t *sample)
{
    return (ta_format_t){(ta_sample_t)sample->format, sample->channels, sample->rate_hz};
}

void sample_prepare(sample_t *sample, bool loop)
{
    if (sample->ops->prepare)
        sample->ops->prepare(sample, loop);
    if (!sample->ops)
        errors_deinited(); // by a script of its stream's
}

void sample_let_go(sample_t *sample)
{
    writer_let_go(sample);
    if (!output_let_go(sample) || !node_let_go(sample))
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the feed does not run: interrupts are disabled"));
}

void sample_deinit(sample_t *sample)
{
    if (!sample->ops)
        return;
    if (sample->ops->reading && sample->ops->reading(sample))
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the WaveFile is being read"));
    sample_let_go(sample);
    if (sample->ops)
        sample->ops->deinit(sample);
    sample->ops = NULL;
}

static mp_obj_t deinit(mp_obj_t self)
{
    sample_deinit(MP_OBJ_TO_PTR(self));
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(sample_deinit_obj, deinit);

static mp_obj_t enter(mp_obj_t self)
{
    return self;
}
MP_DEFINE_CONST_FUN_OBJ_1(sample_enter_obj, enter);

static mp_obj_t leave(size_t n_args, const mp_obj_t *args)
{
    (void)n_args;
    return deinit(args[0]);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(sample_exit_obj, 4, 4, leave);

static mp_obj_t get_rate(mp_obj_t self)
{
    return mp_obj_new_int_from_uint(sample_alive(self)->rate_hz);
}

static void set_rate(mp_obj_t self, mp_obj_t value)
{
    uint32_t rate_hz = (uint32_t)mp_obj_get_int_truncated(value); // may be a script's; play says when it cannot be
    sample_t *sample = sample_alive(self);
    if (sample->ops->is_node && rate_hz != sample->rate_hz)
        mp_raise_ValueError(MP_ERROR_TEXT("sample_rate cannot be changed: make a new object"));
    sample->rate_hz = rate_hz;
}

static mp_obj_t get_bits(mp_obj_t self)
{
    return MP_OBJ_NEW_SMALL_INT(sample_alive(self)->bits);
}

static mp_obj_t get_channels(mp_obj_t self)
{
    return MP_OBJ_NEW_SMALL_INT(sample_alive(self)->channels);
}

void sample_attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {
        {MP_QSTR_sample_rate, get_rate, set_rate},
        {MP_QSTR_bits_per_sample, get_bits, NULL},
        {MP_QSTR_channel_count, get_channels, NULL},
    };
    properties_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

// ---- RawSample: the feed -----------------------------------------------------------------------------------------------------

static ta_pull_t raw_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    raw_voice_t *raw = (raw_voice_t *)source;
    const uint8_t *data = raw->data;
    size_t bytes = raw->bytes;
    if (raw->array) {
        const mp_obj_array_t *array = (const mp_obj_array_t *)raw->array;
        data = array->items;
        bytes = array->len * ta_sample_bytes(source->format.sample);
    }
    unsigned frame_bytes = ta_frame_bytes(&source->format);
    uint64_t there = bytes / frame_bytes; // fewer than at first if the array has shrunk
    uint64_t left = there > source->position ? there - source->position : 0;
    block->data = data + (size_t)source->position * frame_bytes;
    block->frames = left < max_frames ? (uint32_t)left : max_frames;
    raw->pulled += block->frames;
    return block->frames ? TA_PULL_MORE : TA_PULL_END;
}

static ta_status_t raw_seek(ta_source_t *source, uint64_t frame)
{
    (void)source;
    (void)frame;
    return TA_OK; // the position, which the common part keeps, is all there is
}

// ---- RawSample: the script ---------------------------------------------------------------------------------------------------

ta_source_t *raw_voice_begin(raw_voice_t *raw, const ta_format_t *format, bool loop)
{
    static const ta_source_ops_t ops = {raw_pull, raw_seek};
    if (raw->array)
        raw->bytes = ((const mp_obj_array_t *)raw->array)->len * ta_sample_bytes(format->sample);
    uint64_t frames = raw->bytes / ta_frame_bytes(format);
    ta_source_init(&raw->source, &ops, format, frames);
    if (loop && frames > 0 && ta_source_set_loop(&raw->source, 0, 0, TA_LOOP_FOREVER) != TA_OK)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("Audio source error"));
    return &raw->source;
}

void raw_voice_loop(raw_voice_t *raw, bool loop)
{
    ta_source_t *source = &raw->source;
    if (!loop) {
        *(volatile uint32_t *)&source->loops_left = 0;
        return;
    }
    if (source->frames == 0)
        return;
    source->loop_end = source->frames; // the feed looks at it once it sees the next word
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *(volatile uint32_t *)&source->loops_left = TA_LOOP_FOREVER;
}

static void raw_set_loop(sample_t *sample, raw_voice_t *raw, bool loop)
{
    (void)sample;
    raw_voice_loop(raw, loop);
}

static ta_source_t *raw_begin(sample_t *sample, raw_voice_t *raw, bool loop)
{
    const rawsample_t *self = (const rawsample_t *)sample;
    ta_format_t format = sample_format(sample);
    *raw = (raw_voice_t){.array = self->array, .data = self->data, .bytes = self->bytes};
    return raw_voice_begin(raw, &format, loop);
}

static uint64_t raw_pulled(sample_t *sample, const raw_voice_t *raw)
{
    (void)sample;
    return raw->pulled;
}

static int raw_get_buffer(sample_t *sample, const void **data, size_t *bytes)
{
    rawsample_t *self = (rawsample_t *)sample;
    mp_buffer_info_t now;
    mp_get_buffer_raise(self->buffer, &now, MP_BUFFER_READ);
    *data = now.buf ? now.buf : ""; // of an empty array
    *bytes = now.len;
    if (!sample->single_buffer) {
        *bytes = now.len / 2;
        *data = (const uint8_t *)now.buf + (self->second_half ? *bytes : 0);
        self->second_half = !self->second_half;
    }
    return 0; // DONE
}

static void raw_reset_buffer(sample_t *sample)
{
    (void)sample;
}

static void raw_deinit(sample_t *sample)
{
    ((rawsample_t *)sample)->buffer = mp_const_none;
}

static int format_of(const mp_buffer_info_t *info)
{
    switch (info->typecode) {
    case 'h':
        return TA_SAMPLE_S16;
    case 'H':
        return TA_SAMPLE_U16;
    case 'b':
        return TA_SAMPLE_S8;
    case 'B':
    case BYTEARRAY_TYPECODE:
        return TA_SAMPLE_U8;
    default:
        mp_raise_ValueError(MP_ERROR_TEXT("buffer must be a bytearray or array of type 'h', 'H', 'b', or 'B'"));
    }
}

// What may grow or shrink: an array or a bytearray, or a script's class of either.
static const mp_obj_t *array_in(mp_obj_t buffer)
{
    static const mp_obj_type_t *const types[] = {&mp_type_bytearray, &mp_type_array};
    for (size_t t = 0; t < MP_ARRAY_SIZE(types); t++) {
        mp_obj_t native = mp_obj_cast_to_native_base(buffer, MP_OBJ_FROM_PTR(types[t]));
        if (native != MP_OBJ_NULL && mp_obj_is_type(native, types[t]))
            return MP_OBJ_TO_PTR(native);
    }
    return NULL;
}

static mp_obj_t raw_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { BUFFER, CHANNELS, RATE, SINGLE };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_buffer, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_channel_count, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(1)}},
        {MP_QSTR_sample_rate, MP_ARG_INT | MP_ARG_KW_ONLY, {.u_int = 8000}},
        {MP_QSTR_single_buffer, MP_ARG_BOOL | MP_ARG_KW_ONLY, {.u_bool = true}},
    };
    static const sample_ops_t ops = {.begin = raw_begin,
                                     .pulled = raw_pulled,
                                     .set_loop = raw_set_loop,
                                     .get_buffer = raw_get_buffer,
                                     .reset_buffer = raw_reset_buffer,
                                     .deinit = raw_deinit};
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    mp_buffer_info_t info;
    mp_get_buffer_raise(value[BUFFER].u_obj, &info, MP_BUFFER_READ);
    ta_sample_t format = (ta_sample_t)format_of(&info);
    unsigned sample_bytes = ta_sample_bytes(format);
    unsigned channels = (unsigned)errors_int(MP_QSTR_channel_count, value[CHANNELS].u_obj, 1, 255);
    if (!value[SINGLE].u_bool && info.len % (2 * channels * sample_bytes) != 0)
        mp_raise_ValueError(MP_ERROR_TEXT("Length of buffer must be an even multiple of channel_count * type_size"));

    rawsample_t *self = mp_obj_malloc(rawsample_t, type);
    self->sample.ops = &ops;
    self->sample.rate_hz = (uint32_t)value[RATE].u_int;
    self->sample.max_buffer_length = (uint32_t)info.len;
    self->sample.bits = (uint8_t)(8 * sample_bytes);
    self->sample.channels = (uint8_t)channels;
    self->sample.format = (uint8_t)format;
    self->sample.is_signed = format == TA_SAMPLE_S8 || format == TA_SAMPLE_S16;
    self->sample.single_buffer = value[SINGLE].u_bool;
    self->buffer = value[BUFFER].u_obj;
    self->array = array_in(self->buffer);
    self->data = info.buf;
    self->bytes = info.len;
    self->second_half = false;
    return MP_OBJ_FROM_PTR(self);
}

static const mp_rom_map_elem_t rawsample_table[] = {
    {MP_ROM_QSTR(MP_QSTR_deinit), MP_ROM_PTR(&sample_deinit_obj)},
    {MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&sample_enter_obj)},
    {MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&sample_exit_obj)},
};
static MP_DEFINE_CONST_DICT(rawsample_dict, rawsample_table);

MP_DEFINE_CONST_OBJ_TYPE(audiocore_rawsample_type, MP_QSTR_RawSample, MP_TYPE_FLAG_NONE, make_new, raw_make_new, attr,
                         sample_attr, locals_dict, &rawsample_dict);

// ---- looking into samples ----------------------------------------------------------------------------------------------------

static char typecode_of(const sample_t *sample)
{
    static const char codes[TA_SAMPLES] = {'B', 'b', 'H', 'h', 'B', 'i', 'i'}; // packed 24 bits: bytes
    return codes[sample->format];
}

static mp_obj_t get_buffer(mp_obj_t object)
{
    sample_t *sample = sample_from(object);
    const void *data = NULL;
    size_t bytes = 0;
    int result = sample->ops ? sample->ops->get_buffer(sample, &data, &bytes) : 2; // ERROR
    mp_obj_t pair[2] = {MP_OBJ_NEW_SMALL_INT(result), mp_const_none};
    if (data) {
        char code = typecode_of(sample);
        void *copy = m_malloc(bytes ? bytes : 1);
        memcpy(copy, data, bytes);
        size_t item = mp_binary_get_size('@', code, NULL);
        pair[1] = mp_obj_new_memoryview((byte)code, bytes / item, copy);
    }
    return mp_obj_new_tuple(2, pair);
}
static MP_DEFINE_CONST_FUN_OBJ_1(get_buffer_obj, get_buffer);

static mp_obj_t get_structure(mp_obj_t object)
{
    const sample_t *sample = sample_alive(object);
    mp_obj_t parts[4] = {MP_OBJ_NEW_SMALL_INT(sample->single_buffer), MP_OBJ_NEW_SMALL_INT(sample->is_signed),
                         mp_obj_new_int_from_uint(sample->max_buffer_length), MP_OBJ_NEW_SMALL_INT(1)};
    return mp_obj_new_tuple(4, parts);
}
static MP_DEFINE_CONST_FUN_OBJ_1(get_structure_obj, get_structure);

static mp_obj_t reset_buffer(mp_obj_t object)
{
    sample_t *sample = sample_from(object);
    if (sample->ops)
        sample->ops->reset_buffer(sample);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(reset_buffer_obj, reset_buffer);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiocore)},
    {MP_ROM_QSTR(MP_QSTR_RawSample), MP_ROM_PTR(&audiocore_rawsample_type)},
    {MP_ROM_QSTR(MP_QSTR_WaveFile), MP_ROM_PTR(&audiocore_wavefile_type)},
    {MP_ROM_QSTR(MP_QSTR_get_buffer), MP_ROM_PTR(&get_buffer_obj)},
    {MP_ROM_QSTR(MP_QSTR_get_structure), MP_ROM_PTR(&get_structure_obj)},
    {MP_ROM_QSTR(MP_QSTR_reset_buffer), MP_ROM_PTR(&reset_buffer_obj)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiocore_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiocore, audiocore_module);
