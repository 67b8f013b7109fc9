// audiocore.WaveFile. In: a path or any binary stream. Out: frames in a queue, read ahead in the VM's own time, and pulled by the feed,
// which therefore never waits for a file and never enters the VM. Invariants: the reader (wav) is touched by the VM's thread alone; the
// queue (push) has one writer there and one reader, the feed. What reading raises is kept until it can be told: at once to a script that
// asked, else it is printed, and the program ends behind what was read.

#include "shared.h"

#include "py/builtin.h"
#include "py/gc.h"
#include "py/mperrno.h"
#include "py/stream.h"

#include <string.h>

enum {
    CUSHION_MS = 100,
    CUSHION_MS_MAX = 10000,
    READ_BYTES = 1024,     // at a time, unless the script gives a buffer
    PIECE_BYTES = 256,     // get_buffer's, likewise
    STRUCTURE_BYTES = 512, // max_buffer_length, whatever the buffer
    BUFFER_MIN = 8,
    BUFFER_MAX = 1024,
};

typedef struct {
    sample_t sample;
    mp_obj_t file;
    mp_obj_t raised; // by reading; MP_OBJ_NULL: nothing was
    void *queue, *reader;
    uint32_t queue_frames;
    uint32_t piece_bytes;
    bool owns_file;
    bool reading;  // the reader is in use, perhaps further up the stack: scripts keep their hands off
    bool complete; // all that there is has been queued
    bool whole;    // all that there is fits into the queue, which is then no queue
    bool loaded;   // and has been read
    bool fresh;    // the queue was begun at the program's beginning, and nobody but its filling has read on
    bool looped;   // as it was begun
    uint32_t whole_frames;
    ta_stream_t stream;
    ta_wav_t wav;
    ta_push_t push;
} wavefile_t;

// ---- the stream --------------------------------------------------------------------------------------------------------------

static ta_status_t keep(wavefile_t *self, mp_obj_t exception)
{
    self->raised = exception;
    return TA_E_IO;
}

static ta_status_t keep_errno(wavefile_t *self, int code)
{
    return keep(self, mp_obj_new_exception_arg1(&mp_type_OSError, MP_OBJ_NEW_SMALL_INT(code)));
}

static int32_t stream_read(ta_stream_t *stream, void *to, uint32_t bytes)
{
    wavefile_t *self = stream->context;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        int error = 0;
        mp_uint_t got = mp_stream_rw(self->file, to, bytes, &error, MP_STREAM_RW_READ | MP_STREAM_RW_ONCE);
        if (!error && got > bytes)
            error = MP_EIO; // a stream of the script's own, that says more than it did
        if (error)
            keep_errno(self, error);
        nlr_pop();
        return error ? TA_E_IO : (int32_t)got;
    }
    return keep(self, MP_OBJ_FROM_PTR(nlr.ret_val));
}

static bool seek(wavefile_t *self, uint64_t offset, int whence, uint64_t *position)
{
    volatile bool done = false;
    if (!mp_get_stream(self->file)->ioctl)
        return false;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        int error = 0;
        mp_off_t at = mp_stream_seek(self->file, (mp_off_t)offset, whence, &error);
        done = at != (mp_off_t)-1;
        if (done) {
            *position = (uint64_t)at;
        } else {
            keep_errno(self, error);
        }
        nlr_pop();
    } else {
        keep(self, MP_OBJ_FROM_PTR(nlr.ret_val));
    }
    return done;
}

static ta_status_t stream_seek(ta_stream_t *stream, uint64_t position)
{
    uint64_t there;
    return seek(stream->context, position, MP_SEEK_SET, &there) && there == position ? TA_OK : TA_E_IO;
}

// A stream that cannot seek is read once, from where it stands.
static void open_stream(wavefile_t *self)
{
    uint64_t start = 0, end = 0;
    self->stream = (ta_stream_t){.read = stream_read, .size = TA_STREAM_SIZE_UNKNOWN, .context = self};
    if (seek(self, 0, MP_SEEK_CUR, &start) && seek(self, 0, MP_SEEK_END, &end) &&
        seek(self, start, MP_SEEK_SET, &start)) {
        self->stream.seek = stream_seek;
        self->stream.size = end;
        self->stream.position = start;
    }
    if (self->raised != MP_OBJ_NULL && errors_is_end(self->raised))
        nlr_raise(self->raised);
    self->raised = MP_OBJ_NULL;
}

// What reading raised is told to whoever asked for it.
static void raise_kept(wavefile_t *self)
{
    mp_obj_t exception = self->raised;
    self->raised = MP_OBJ_NULL;
    if (exception != MP_OBJ_NULL)
        nlr_raise(exception);
}

// Nobody asked.
static void print_kept(wavefile_t *self)
{
    mp_obj_t exception = self->raised;
    self->raised = MP_OBJ_NULL;
    if (exception != MP_OBJ_NULL)
        errors_print("WaveFile: reading ahead failed", exception);
}

// ---- reading ahead -----------------------------------------------------------------------------------------------------------

static void end_queue(wavefile_t *self)
{
    self->complete = true;
    ta_push_end(&self->push);
}

static void fill(wavefile_t *self)
{
    if (self->reading || self->complete)
        return;
    self->reading = true;
    uint32_t space;
    while (!self->complete && (space = ta_push_space(&self->push)) > 0) {
        ta_block_t block;
        ta_pull_t pull = ta_source_pull(&self->wav.source, space, &block);
        if (pull != TA_PULL_FAULT && block.frames)
            (void)ta_push_write(&self->push, block.data, block.frames); // it fits
        if (pull == TA_PULL_END || pull == TA_PULL_FAULT)
            end_queue(self);
    }
    self->reading = false;
}

static void pump(sample_t *sample)
{
    wavefile_t *self = (wavefile_t *)sample;
    fill(self);
    print_kept(self);
}

static bool hungry(const sample_t *sample)
{
    const wavefile_t *self = (const wavefile_t *)sample;
    return !self->complete && !self->reading && ta_push_space(&self->push) >= self->queue_frames / 4;
}

static void refuse_while_reading(const wavefile_t *self)
{
    if (self->reading)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the WaveFile is being read"));
}

static bool reading(const sample_t *sample)
{
    return ((const wavefile_t *)sample)->reading;
}

static void to_start(wavefile_t *self)
{
    refuse_while_reading(self);
    if (self->wav.source.position == 0 && self->wav.source.fault == TA_OK)
        return;
    self->reading = true;
    ta_status_t status = ta_source_seek(&self->wav.source, 0);
    self->reading = false;
    raise_kept(self);
    if (status != TA_OK)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the stream cannot go back to its beginning"));
}

// A program that fits into its cushion is read once, and is from then on a sample in memory: it loops and begins anew without a file.
static void load(wavefile_t *self)
{
    unsigned frame_bytes = ta_frame_bytes(&self->wav.info.format);
    to_start(self);
    self->whole_frames = 0;
    self->reading = true;
    ta_pull_t pull = TA_PULL_MORE;
    while (pull == TA_PULL_MORE && self->whole_frames < self->queue_frames) {
        ta_block_t block;
        pull = ta_source_pull(&self->wav.source, self->queue_frames - self->whole_frames, &block);
        if (pull != TA_PULL_FAULT)
            memcpy((uint8_t *)self->queue + (size_t)self->whole_frames * frame_bytes, block.data,
                   (size_t)block.frames * frame_bytes);
        self->whole_frames += block.frames;
    }
    self->reading = false;
    raise_kept(self);
    self->loaded = true;
}

// Nothing of the queue has been pulled: it still begins with the first frame, and a stream that cannot go back need not.
static bool at_start(const wavefile_t *self, bool loop)
{
    return self->fresh && self->looped == loop && self->push.source.position == 0 && self->push.source.fault == TA_OK &&
           self->wav.source.fault == TA_OK;
}

static void prepare(sample_t *sample, bool loop)
{
    wavefile_t *self = (wavefile_t *)sample;
    ta_format_t format = sample_format(sample);
    refuse_while_reading(self);
    if (self->whole) {
        if (!self->loaded)
            load(self);
        return;
    }
    sample_let_go(sample);
    (void)sample_alive(MP_OBJ_FROM_PTR(sample)); // a stream that was written to may have run anything
    if (at_start(self, loop))
        return;
    self->fresh = false;
    to_start(self);
    if (ta_source_set_loop(&self->wav.source, 0, 0, loop ? TA_LOOP_FOREVER : 0) != TA_OK)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("a stream that cannot seek cannot be looped"));
    if (ta_push_init(&self->push, &format, self->queue_frames, self->queue) != TA_OK)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("Audio source error"));
    self->complete = false;
    fill(self);
    raise_kept(self);
    self->looped = loop;
    self->fresh = true;
}

static ta_source_t *begin(sample_t *sample, raw_voice_t *raw, bool loop)
{
    wavefile_t *self = (wavefile_t *)sample;
    if (!self->whole)
        return &self->push.source;
    ta_format_t format = sample_format(sample);
    *raw = (raw_voice_t){.data = self->queue, .bytes = (size_t)self->whole_frames * ta_frame_bytes(&format)};
    return raw_voice_begin(raw, &format, loop);
}

static uint64_t pulled(sample_t *sample, const raw_voice_t *raw)
{
    const wavefile_t *self = (const wavefile_t *)sample;
    return self->whole ? raw->pulled : self->push.source.position;
}

// What has been read ahead is heard in any case: with `loop` off, that may be the beginning once more.
static void set_loop(sample_t *sample, raw_voice_t *raw, bool loop)
{
    wavefile_t *self = (wavefile_t *)sample;
    if (self->whole) {
        raw_voice_loop(raw, loop);
    } else if (ta_source_set_loop(&self->wav.source, 0, 0, loop ? TA_LOOP_FOREVER : 0) != TA_OK) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("a stream that cannot seek cannot be looped"));
    } else if (loop != self->looped) {
        self->fresh = false; // what was read ahead was for the other
    }
}

// ---- looking into it ---------------------------------------------------------------------------------------------------------

static void refuse_while_played(const wavefile_t *self)
{
    refuse_while_reading(self);
    if (output_holds(&self->push.source) || writer_holds(&self->push.source) ||
        (node_holds(&self->sample) && !self->whole))
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the WaveFile is being played"));
}

static int get_buffer(sample_t *sample, const void **data, size_t *bytes)
{
    wavefile_t *self = (wavefile_t *)sample;
    refuse_while_played(self);
    unsigned frame_bytes = ta_frame_bytes(&self->wav.info.format);
    uint32_t frames = self->piece_bytes / frame_bytes;
    ta_block_t block;
    self->fresh = false;
    self->reading = true;
    ta_pull_t pull = ta_source_pull(&self->wav.source, frames ? frames : 1, &block);
    self->reading = false;
    raise_kept(self);
    if (pull == TA_PULL_FAULT)
        return 2; // ERROR
    *data = block.data;
    *bytes = block.frames * frame_bytes;
    return pull == TA_PULL_END ? 0 : 1;
}

static void reset_buffer(sample_t *sample)
{
    wavefile_t *self = (wavefile_t *)sample;
    refuse_while_played(self);
    self->fresh = false;
    self->wav.source.loops_left = 0;
    to_start(self);
}

static void deinit(sample_t *sample)
{
    wavefile_t *self = (wavefile_t *)sample;
    mp_obj_t file = self->file;
    self->file = mp_const_none;
    self->queue = self->reader = NULL;
    sample->ops = NULL;
    if (self->owns_file)
        mp_stream_close(file);
}

// ---- making it ---------------------------------------------------------------------------------------------------------------

static RAISES refuse_header(wavefile_t *self)
{
    raise_kept(self);
    const char *why = self->wav.error;
    if (strstr(why, "fmt chunk at byte") == why + 4 || strstr(why, "extensible fmt chunk"))
        mp_raise_ValueError(MP_ERROR_TEXT("Invalid format chunk size"));
    static const char *const shape[] = {"not a WAV file", "\"RIFX\"", "no ",
                                        "the file ends",  "chunk ",   "the data chunk"};
    for (size_t s = 0; s < MP_ARRAY_SIZE(shape); s++) {
        if (strncmp(why, shape[s], strlen(shape[s])) == 0)
            mp_raise_ValueError(MP_ERROR_TEXT("Invalid file"));
    }
    mp_raise_ValueError(MP_ERROR_TEXT("Format not supported"));
}

static void *allocate(const char *object, size_t bytes)
{
    return errors_alloc(object, bytes, "let go of objects, or choose a smaller cushion_ms");
}

// As much at a time as the script's buffer holds, but not there: a bytearray that is extended moves, and what it was is another's.
static void take_reader(wavefile_t *self, size_t bytes)
{
    uint32_t frames = (uint32_t)(bytes / self->wav.file_frame_bytes);
    frames = frames ? frames : 1;
    self->reader = allocate("WaveFile reader", (size_t)frames * self->wav.file_frame_bytes);
    if (ta_wav_init(&self->wav, frames, self->reader) != TA_OK)
        mp_raise_ValueError(MP_ERROR_TEXT("Format not supported"));
}

static void open_file(wavefile_t *self, mp_obj_t file)
{
    self->owns_file = mp_obj_is_str(file);
    if (self->owns_file)
        file = mp_call_function_2(MP_OBJ_FROM_PTR(&mp_builtin_open_obj), file, MP_OBJ_NEW_QSTR(MP_QSTR_rb));
    const mp_obj_type_t *type = mp_obj_get_type(file);
    const mp_stream_p_t *stream = MP_OBJ_TYPE_GET_SLOT_OR_NULL(type, protocol);
    if (!stream || !stream->read || stream->is_text)
        mp_raise_TypeError(MP_ERROR_TEXT("file must be a file opened in byte mode"));
    self->file = file;
    open_stream(self);
}

static void show_format(sample_t *sample, const ta_wav_info_t *info)
{
    sample->rate_hz = info->format.rate_hz;
    sample->channels = info->format.channels;
    sample->format = (uint8_t)info->format.sample;
    sample->bits = (uint8_t)(info->format.sample == TA_SAMPLE_S24 ? 24 : 8 * ta_sample_bytes(info->format.sample));
    sample->is_signed = info->format.sample != TA_SAMPLE_U8;
    sample->single_buffer = false;
    sample->max_buffer_length = STRUCTURE_BYTES;
}

// One that fits into its cushion is read once.
static void cost(const sample_t *sample, ta_cost_t *cost)
{
    const wavefile_t *self = (const wavefile_t *)sample;
    *cost = (ta_cost_t){.name = NULL};
    if (!self->whole)
        (void)!ta_wav_cost(&self->wav.info, cost);
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    enum { FILE_OBJECT, BUFFER, CUSHION };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_file, MP_ARG_OBJ | MP_ARG_REQUIRED, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_buffer, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_cushion_ms, MP_ARG_OBJ | MP_ARG_KW_ONLY, {.u_rom_obj = MP_ROM_INT(CUSHION_MS)}},
    };
    static const sample_ops_t ops = {.prepare = prepare,
                                     .begin = begin,
                                     .pulled = pulled,
                                     .set_loop = set_loop,
                                     .pump = pump,
                                     .hungry = hungry,
                                     .reading = reading,
                                     .get_buffer = get_buffer,
                                     .reset_buffer = reset_buffer,
                                     .deinit = deinit,
                                     .cost = cost};
    mp_arg_val_t value[MP_ARRAY_SIZE(allowed)];
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    arguments_parse(n_args, args, &keywords, MP_ARRAY_SIZE(allowed), allowed, value);
    uint32_t cushion_ms = (uint32_t)errors_int(MP_QSTR_cushion_ms, value[CUSHION].u_obj, 1, CUSHION_MS_MAX);
    mp_buffer_info_t given;
    bool have_buffer = value[BUFFER].u_obj != mp_const_none;
    if (have_buffer) {
        mp_get_buffer_raise(value[BUFFER].u_obj, &given, MP_BUFFER_WRITE);
        if (given.len < BUFFER_MIN || given.len > BUFFER_MAX) {
            mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q length must be %d-%d"), MP_QSTR_buffer, BUFFER_MIN,
                              BUFFER_MAX);
        }
    }

    wavefile_t *self = mp_obj_malloc(wavefile_t, type);
    memset((char *)self + sizeof self->sample.base, 0, sizeof *self - sizeof self->sample.base);
    self->raised = MP_OBJ_NULL;
    self->piece_bytes = have_buffer ? (uint32_t)given.len / 2 : PIECE_BYTES;
    open_file(self, value[FILE_OBJECT].u_obj);
    if (ta_wav_open(&self->wav, &self->stream) != TA_OK)
        refuse_header(self);
    show_format(&self->sample, &self->wav.info);
    take_reader(self, have_buffer ? given.len : READ_BYTES);
    uint64_t frames = ((uint64_t)self->sample.rate_hz * cushion_ms + 999) / 1000;
    self->whole = self->wav.info.frames <= frames;
    if (self->whole)
        frames = self->wav.info.frames ? self->wav.info.frames : 1;
    self->queue_frames = (uint32_t)frames;
    self->queue = allocate("WaveFile cushion", (size_t)frames * ta_frame_bytes(&self->wav.info.format));
    self->complete = true;
    self->sample.ops = &ops;
    return MP_OBJ_FROM_PTR(self);
}

static const mp_rom_map_elem_t table[] = {
    {MP_ROM_QSTR(MP_QSTR_deinit), MP_ROM_PTR(&sample_deinit_obj)},
    {MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&sample_enter_obj)},
    {MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&sample_exit_obj)},
};
static MP_DEFINE_CONST_DICT(dict, table);

MP_DEFINE_CONST_OBJ_TYPE(audiocore_wavefile_type, MP_QSTR_WaveFile, MP_TYPE_FLAG_NONE, make_new, make_new, attr,
                         sample_attr, locals_dict, &dict);
