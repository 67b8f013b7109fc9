// Module audiofilewriter: AudioFileWriter. In: a sample. Out: a WAV file in any binary stream that can seek. Invariants: a writer that is
// writing is held by a root, with its stream and its sample, and works in the VM's scheduler, as many frames as time has passed for. What a
// stream raises ends its own file and is told: at once to a script that asked, else it is printed.

#include "shared.h"

#include "py/mpstate.h"
#include "py/stream.h"

#include <string.h>

enum { HEADER_BYTES = 44, SIZES_AT = 4, DATA_SIZE_AT = 40, BUFFER_BYTES = 32768, BUFFER_MIN = 512, PUMP_US = 5000 };
#define DATA_BYTES_MAX (UINT32_MAX - HEADER_BYTES)

typedef struct writer {
    mp_obj_base_t base;
    struct writer *next; // of those that are writing
    mp_obj_t file;       // none once deinitialised
    uint8_t *buffer;
    mp_obj_t sample;
    raw_voice_t raw;
    ta_source_t *source;
    uint64_t frames;              // written to the buffer
    uint64_t began_us, looked_us; // the port's clock
    uint32_t buffer_bytes, filled;
    uint64_t data_bytes, start; // in the file; where its header lies
    bool writing, busy;         // busy: further up the stack
} writer_t;

MP_REGISTER_ROOT_POINTER(void *tonearm_writers);

// ---- the stream ----------------------------------------------------------------------------------------------------------------

static void write_all(writer_t *self, const void *data, size_t bytes)
{
    int error = 0;
    for (const uint8_t *from = data; bytes > 0 && !error;) {
        mp_uint_t done =
            mp_stream_rw(self->file, (void *)(uintptr_t)from, bytes, &error, MP_STREAM_RW_WRITE | MP_STREAM_RW_ONCE);
        if (!error && done == 0)
            error = MP_ENOSPC;
        if (!error && done > bytes)
            error = MP_EIO; // a stream of the script's own, that says more than it did
        from += error ? 0 : done;
        bytes -= error ? 0 : done;
    }
    if (error)
        mp_raise_OSError(error);
}

static uint64_t seek(writer_t *self, uint64_t offset, int whence)
{
    int error = 0;
    mp_off_t at = mp_stream_seek(self->file, (mp_off_t)offset, whence, &error);
    if (at == (mp_off_t)-1)
        mp_raise_OSError(error);
    return (uint64_t)at;
}

static void put(uint8_t *to, uint32_t value, unsigned bytes)
{
    for (unsigned b = 0; b < bytes; b++)
        to[b] = (uint8_t)(value >> (8 * b));
}

static void write_header(writer_t *self, const ta_format_t *format)
{
    uint32_t frame_bytes = ta_frame_bytes(format);
    uint8_t header[HEADER_BYTES] = "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0";
    put(header + 22, format->channels, 2);
    put(header + 24, format->rate_hz, 4);
    put(header + 28, format->rate_hz * frame_bytes, 4);
    put(header + 32, frame_bytes, 2);
    put(header + 34, 8 * ta_sample_bytes(format->sample), 2);
    memcpy(header + 36, "data", 4);
    put(header + SIZES_AT, HEADER_BYTES - 8, 4);
    write_all(self, header, sizeof header);
}

static void flush(writer_t *self)
{
    write_all(self, self->buffer, self->filled);
    self->filled = 0;
}

// The rest, and the sizes. The stream is left at the end of the file.
static void write_end(writer_t *self)
{
    uint8_t size[4];
    static const uint8_t pad = 0;
    flush(self);
    if (self->data_bytes & 1)
        write_all(self, &pad, 1);
    seek(self, self->start + SIZES_AT, MP_SEEK_SET);
    put(size, (uint32_t)(HEADER_BYTES - 8 + self->data_bytes + (self->data_bytes & 1)), 4);
    write_all(self, size, 4);
    seek(self, self->start + DATA_SIZE_AT, MP_SEEK_SET);
    put(size, (uint32_t)self->data_bytes, 4);
    write_all(self, size, 4);
    seek(self, 0, MP_SEEK_END);
}

// ---- frames --------------------------------------------------------------------------------------------------------------------

// WAV has unsigned bytes and signed words.
static void turn(ta_sample_t format, uint8_t *data, size_t bytes)
{
    size_t step = format == TA_SAMPLE_S8 ? 1 : format == TA_SAMPLE_U16 ? 2 : 0;
    for (size_t b = step ? step - 1 : bytes; b < bytes; b += step)
        data[b] ^= 0x80;
}

// Frames that fit into the buffer, out of those that are wanted. False when there are no more.
static bool pull(writer_t *self, uint64_t wanted)
{
    const ta_format_t *format = &self->source->format;
    unsigned frame_bytes = ta_frame_bytes(format);
    uint64_t left = (DATA_BYTES_MAX - self->data_bytes) / frame_bytes; // that a WAV file can hold
    uint64_t room = (self->buffer_bytes - self->filled) / frame_bytes;
    wanted = wanted < left ? wanted : left;
    wanted = wanted < room ? wanted : room;
    if (wanted == 0)
        return left > 0;
    ta_block_t block;
    ta_pull_t result = ta_source_pull(self->source, (uint32_t)wanted, &block);
    if (result == TA_PULL_FAULT)
        return false;
    uint32_t bytes = block.frames * frame_bytes;
    memcpy(self->buffer + self->filled, block.data, bytes);
    turn(format->sample, self->buffer + self->filled, bytes);
    self->filled += bytes;
    self->frames += block.frames;
    self->data_bytes += bytes;
    return result != TA_PULL_END;
}

// As many frames as time has passed for. False when there are no more.
static bool work(writer_t *self)
{
    self->looked_us = port_now_us();
    uint64_t us = self->looked_us - self->began_us;
    uint64_t due = us / 1000000 * self->source->format.rate_hz + us % 1000000 * self->source->format.rate_hz / 1000000;
    while (self->frames < due) {
        uint64_t before = self->frames;
        sample_t *sample = MP_OBJ_TO_PTR(self->sample);
        if (sample->ops->pump)
            sample->ops->pump(sample);
        if (!pull(self, due - before))
            return false;
        if (self->filled > self->buffer_bytes / 2)
            flush(self);
        if (self->frames == before)
            break;
    }
    return true;
}

// ---- life ------------------------------------------------------------------------------------------------------------------------

static writer_t *first(void)
{
    return MP_STATE_VM(tonearm_writers);
}

static void forget(writer_t *self)
{
    void **link = &MP_STATE_VM(tonearm_writers);
    while (*link && *link != self)
        link = (void **)&((writer_t *)*link)->next;
    if (*link)
        *link = self->next;
    self->next = NULL;
    self->writing = false;
    self->sample = mp_const_none;
    self->source = NULL;
}

// Call a function of this writer; what it raises is returned.
static mp_obj_t guarded(writer_t *self, bool (*function)(writer_t *self), bool *goes_on)
{
    nlr_buf_t nlr;
    self->busy = true;
    if (nlr_push(&nlr) == 0) {
        *goes_on = function(self);
        nlr_pop();
        self->busy = false;
        return MP_OBJ_NULL;
    }
    self->busy = false;
    *goes_on = false;
    return MP_OBJ_FROM_PTR(nlr.ret_val);
}

static bool write_end_of(writer_t *self)
{
    write_end(self);
    return false;
}

// Out: what the stream raised, or MP_OBJ_NULL.
static mp_obj_t finish(writer_t *self)
{
    bool goes_on;
    if (!self->writing)
        return MP_OBJ_NULL;
    mp_obj_t raised = guarded(self, write_end_of, &goes_on);
    forget(self);
    return raised;
}

static void pump_one(writer_t *self)
{
    bool goes_on;
    if (self->busy || !self->writing) // stopped by a script of the one before it
        return;
    mp_obj_t raised = guarded(self, work, &goes_on);
    if (!goes_on && raised == MP_OBJ_NULL)
        raised = finish(self);
    if (raised != MP_OBJ_NULL) {
        forget(self);
        errors_print("AudioFileWriter: writing failed", raised);
    }
}

bool writer_is_writing(void)
{
    return first() != NULL;
}

bool writer_is_hungry(void)
{
    for (const writer_t *self = first(); self; self = self->next) {
        if (!self->busy && port_now_us() - self->looked_us >= PUMP_US)
            return true;
    }
    return false;
}

void writer_pump(void)
{
    writer_t *next;
    for (writer_t *self = first(); self; self = next) {
        next = self->next;
        pump_one(self);
    }
}

bool writer_holds(const ta_source_t *source)
{
    const writer_t *self = first();
    while (self && self->source != source)
        self = self->next;
    return self != NULL;
}

static writer_t *writer_of(const sample_t *sample)
{
    writer_t *self = first();
    while (self && self->sample != MP_OBJ_FROM_PTR(sample))
        self = self->next;
    return self;
}

bool writer_plays(const sample_t *sample)
{
    return writer_of(sample) != NULL;
}

static RAISES refuse_while_busy(void)
{
    mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the AudioFileWriter is writing"));
}

void writer_let_go(const sample_t *sample)
{
    writer_t *self;
    while ((self = writer_of(sample)) != NULL) { // anew each time: writing runs scripts
        if (self->busy)
            refuse_while_busy();
        mp_obj_t raised = finish(self);
        if (raised != MP_OBJ_NULL)
            errors_print("AudioFileWriter: writing failed", raised);
    }
}

void writer_finish_all(void)
{
    while (first()) {
        mp_obj_t raised = finish(first());
        if (raised != MP_OBJ_NULL)
            errors_print("AudioFileWriter: writing failed", raised);
    }
}

// ---- the script ------------------------------------------------------------------------------------------------------------------

static writer_t *alive(mp_obj_t object)
{
    writer_t *self = MP_OBJ_TO_PTR(object);
    if (self->file == mp_const_none)
        errors_deinited();
    return self;
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { FILE_OBJECT, BUFFER };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_file, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_buffer_size, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(BUFFER_BYTES)}},
    };
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    if (mp_get_stream_raise(value[FILE_OBJECT].u_obj, MP_STREAM_OP_WRITE | MP_STREAM_OP_IOCTL)->is_text)
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("file must be a file opened in byte mode"));
    mp_int_t bytes;
    if (!mp_obj_get_int_maybe(value[BUFFER].u_obj, &bytes))
        errors_type(MP_QSTR_buffer_size, "int", value[BUFFER].u_obj);
    if (bytes < BUFFER_MIN)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q must be >= %d"), MP_QSTR_buffer_size, BUFFER_MIN);
    writer_t *self = mp_obj_malloc(writer_t, type);
    memset((char *)self + sizeof self->base, 0, sizeof *self - sizeof self->base);
    self->sample = mp_const_none;
    self->file = mp_const_none;
    self->buffer = errors_alloc("AudioFileWriter buffer", (size_t)bytes, "choose a smaller buffer_size");
    self->buffer_bytes = (uint32_t)bytes;
    self->file = value[FILE_OBJECT].u_obj;
    return MP_OBJ_FROM_PTR(self);
}

// Reading ahead and the header run scripts: meanwhile the writer is busy, and from the moment it has its source on, the sample is its own.
static bool start(writer_t *self)
{
    sample_t *sample = MP_OBJ_TO_PTR(self->sample);
    sample_prepare(sample, false);
    self->source = sample->ops->begin(sample, &self->raw, false);
    self->writing = true;
    self->next = first();
    MP_STATE_VM(tonearm_writers) = self;
    self->start = seek(self, 0, MP_SEEK_CUR);
    write_header(self, &self->source->format);
    self->began_us = self->looked_us = port_now_us();
    return true;
}

static mp_obj_t play(mp_obj_t self_in, mp_obj_t sample_in)
{
    bool goes_on;
    writer_t *self = alive(self_in);
    if (self->writing || self->busy)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("Already in progress"));
    sample_t *sample = sample_alive(sample_in);
    if (sample->channels > 2)
        mp_raise_ValueError(MP_ERROR_TEXT("Only 8/16-bit mono/stereo is supported"));
    port_need();
    self->frames = self->data_bytes = self->filled = 0;
    self->sample = MP_OBJ_FROM_PTR(sample);
    mp_obj_t raised = guarded(self, start, &goes_on);
    if (raised != MP_OBJ_NULL) {
        forget(self);
        nlr_raise(raised);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(play_obj, play);

static mp_obj_t stop(mp_obj_t self_in)
{
    writer_t *self = alive(self_in);
    if (self->busy)
        refuse_while_busy();
    mp_obj_t raised = finish(self);
    if (raised != MP_OBJ_NULL)
        nlr_raise(raised);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(stop_obj, stop);

static mp_obj_t deinit(mp_obj_t self_in)
{
    writer_t *self = MP_OBJ_TO_PTR(self_in);
    if (self->file == mp_const_none)
        return mp_const_none;
    stop(self_in);
    self->file = mp_const_none;
    self->buffer = NULL;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(deinit_obj, deinit);

static mp_obj_t leave(size_t n_args, const mp_obj_t *args)
{
    (void)n_args;
    return deinit(args[0]);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(exit_obj, 4, 4, leave);

static mp_obj_t get_playing(mp_obj_t self)
{
    (void)alive(self);
    port_moment();
    return mp_obj_new_bool(alive(self)->writing);
}

static void attr(mp_obj_t self, qstr name, mp_obj_t *dest)
{
    static const property_t properties[] = {{MP_QSTR_playing, get_playing, NULL}};
    properties_attr(properties, MP_ARRAY_SIZE(properties), self, name, dest);
}

static const mp_rom_map_elem_t members[] = {
    {MP_ROM_QSTR(MP_QSTR_deinit), MP_ROM_PTR(&deinit_obj)},
    {MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&sample_enter_obj)},
    {MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&exit_obj)},
    {MP_ROM_QSTR(MP_QSTR_play), MP_ROM_PTR(&play_obj)},
    {MP_ROM_QSTR(MP_QSTR_stop), MP_ROM_PTR(&stop_obj)},
};
static MP_DEFINE_CONST_DICT(members_dict, members);

MP_DEFINE_CONST_OBJ_TYPE(audiofilewriter_type, MP_QSTR_AudioFileWriter, MP_TYPE_FLAG_NONE, make_new, make_new, attr,
                         attr, locals_dict, &members_dict);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_audiofilewriter)},
    {MP_ROM_QSTR(MP_QSTR_AudioFileWriter), MP_ROM_PTR(&audiofilewriter_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t audiofilewriter_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_audiofilewriter, audiofilewriter_module);
