// The header of a WAV file: a walk over RIFF chunks that believes no size.
//
// In: a stream at the file's first byte. Out: ta_wav_info_t, and the stream at the first frame. Chunks may come in
// any order; where the stream can seek the walk goes on behind the frames for what is still missing (fmt, smpl). No
// chunk makes the walk longer than CHUNKS_MAX steps, and no sum of sizes can wrap.
#include "wav_header.h"

#include "stream_advance.h"

#include <string.h>

enum {
    RIFF_BYTES = 12,
    CHUNK_BYTES = 8,
    FMT_BYTES_MIN = 16,
    FMT_BYTES_MAX = 40,
    DS64_BYTES = 24,
    SMPL_BYTES = 36,
    SMPL_LOOP_BYTES = 24,
    SMPL_LOOPS_MAX = 64,
    CHUNKS_MAX = 4096,
    ID_BYTES = 4,
};

#define SIZE_OPEN_32 UINT32_MAX
#define SIZE_UNMEANT 0x7ffff000U // writers that cannot go back claim this or more, such as sox

typedef struct {
    char id[ID_BYTES + 1]; // printable
    uint64_t at;           // byte of the chunk's header
    uint64_t body;         // byte of its first content
    uint64_t size;         // as claimed
} chunk_t;

typedef struct {
    ta_wav_t *wav;
    ta_stream_t *stream;
    uint64_t start;    // byte of "RIFF"
    uint64_t riff_end; // what the RIFF header claims
    uint64_t ds64_data;
    uint64_t at; // byte up to which chunks were looked for
    chunk_t data;
    chunk_t cut; // chunk that claims to go on beyond the end of the file
    bool has_ds64, has_fmt, has_data, has_cut, has_smpl;
    uint64_t loops_at;                          // byte of the next of smpl's loops
    uint64_t loops_end;                         // and behind the last
    uint32_t loop_first, loop_last, loop_count; // of the forward loop before it, as in smpl
} walk_t;

static ta_status_t say(walk_t *walk, const char *pattern, const char *name, uint64_t first, uint64_t second,
                       uint64_t third)
{
    const uint64_t numbers[] = {first, second, third};
    return ta_wav_say(walk->wav, TA_E_FORMAT, pattern, name, numbers);
}

static ta_status_t io_failed(walk_t *walk)
{
    const uint64_t where = walk->stream->position;
    return ta_wav_say(walk->wav, TA_E_IO, "reading failed at byte #: check the disk or the connection, then try again",
                      "", &where);
}

// Read up to `bytes` at byte `at`; fewer only where the stream ends.
static ta_status_t read_at(walk_t *walk, uint64_t at, void *to, uint32_t bytes, uint32_t *got)
{
    bool ended;
    *got = 0;
    ta_status_t status = ta_stream_advance(walk->stream, at, &ended);
    if (status == TA_OK && !ended) {
        status = ta_stream_read(walk->stream, to, bytes, got);
    }
    if (status != TA_OK) {
        return io_failed(walk);
    }
    return TA_OK;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t chunk_next(const chunk_t *chunk)
{
    return sum(sum(chunk->body, chunk->size), chunk->size & 1);
}

static void copy_id(char id[ID_BYTES + 1], const uint8_t *from, bool *printable)
{
    *printable = true;
    for (int i = 0; i < ID_BYTES; i++) {
        bool good = from[i] >= ' ' && from[i] <= '~';
        *printable = *printable && good;
        id[i] = '?';
        if (good) {
            id[i] = (char)from[i];
        }
    }
    id[ID_BYTES] = '\0';
}

static void chunk_parse(chunk_t *chunk, const uint8_t *header, uint64_t at, bool *printable)
{
    copy_id(chunk->id, header, printable);
    chunk->at = at;
    chunk->body = sum(at, CHUNK_BYTES);
    chunk->size = wav_u32(header + ID_BYTES);
}

static bool is(const chunk_t *chunk, const char *id)
{
    return memcmp(chunk->id, id, ID_BYTES) == 0;
}

// --- single chunks

static ta_status_t take_fmt(walk_t *walk, const chunk_t *chunk)
{
    uint8_t body[FMT_BYTES_MAX] = {0};
    if (chunk->size < FMT_BYTES_MIN) {
        return say(walk, "the fmt chunk at byte # has # bytes, fewer than #: the header is damaged; get the file again",
                   "", chunk->at, chunk->size, FMT_BYTES_MIN);
    }
    uint32_t want = chunk->size < FMT_BYTES_MAX ? (uint32_t)chunk->size : FMT_BYTES_MAX;
    uint32_t got;
    ta_status_t status = read_at(walk, chunk->body, body, want, &got);
    if (status != TA_OK) {
        return status;
    }
    if (got < want) {
        return say(walk, "the file ends at byte #, inside the fmt chunk of byte #: it is cut off; get it again", "",
                   walk->stream->position, chunk->at, 0);
    }
    walk->has_fmt = true;
    return ta_wav_fmt_read(walk->wav, body, chunk->size, chunk->body);
}

static ta_status_t take_ds64(walk_t *walk, const chunk_t *chunk)
{
    uint8_t body[DS64_BYTES];
    uint32_t got;
    ta_status_t status = read_at(walk, chunk->body, body, DS64_BYTES, &got);
    if (status == TA_OK && got == DS64_BYTES && chunk->size >= DS64_BYTES) {
        walk->has_ds64 = true;
        walk->ds64_data = wav_u64(body + 8);
        walk->riff_end = sum(walk->start + CHUNK_BYTES, wav_u64(body));
    }
    return status;
}

// The next forward loop; what is cut off or of another kind (ping-pong, backward) is passed over.
static ta_status_t next_loop(walk_t *walk)
{
    walk->has_smpl = false;
    while (walk->loops_at < walk->loops_end && !walk->has_smpl) {
        uint8_t body[SMPL_LOOP_BYTES];
        uint32_t got;
        ta_status_t status = read_at(walk, walk->loops_at, body, SMPL_LOOP_BYTES, &got);
        if (status != TA_OK || got < SMPL_LOOP_BYTES) {
            return status;
        }
        walk->loops_at += SMPL_LOOP_BYTES;
        walk->has_smpl = wav_u32(body + 4) == 0;
        walk->loop_first = wav_u32(body + 8);
        walk->loop_last = wav_u32(body + 12);
        walk->loop_count = wav_u32(body + 20);
    }
    return TA_OK;
}

static ta_status_t take_smpl(walk_t *walk, const chunk_t *chunk)
{
    uint8_t body[SMPL_BYTES];
    uint32_t got;
    ta_status_t status = read_at(walk, chunk->body, body, SMPL_BYTES, &got);
    if (status != TA_OK || got < SMPL_BYTES || chunk->size < SMPL_BYTES) {
        return status;
    }
    uint64_t claimed = wav_u32(body + 28), room = (chunk->size - SMPL_BYTES) / SMPL_LOOP_BYTES;
    uint64_t loops = claimed < room ? claimed : room;
    walk->loops_at = sum(chunk->body, SMPL_BYTES);
    walk->loops_end = walk->loops_at + SMPL_LOOP_BYTES * (loops < SMPL_LOOPS_MAX ? loops : SMPL_LOOPS_MAX);
    return next_loop(walk);
}

// What the RIFF header claims to follow byte `at`; 0 where it claims nothing, or more than anybody means.
static uint64_t claimed_behind(const walk_t *walk, uint64_t at)
{
    bool meant = walk->riff_end - walk->start - CHUNK_BYTES < SIZE_UNMEANT || walk->has_ds64;
    return meant && walk->riff_end > at ? walk->riff_end - at : 0;
}

// Could these bytes begin a chunk that, with others behind it, fills `room`?
static bool begins_chunk(const uint8_t header[CHUNK_BYTES], uint64_t room)
{
    bool printable;
    chunk_t chunk;
    chunk_parse(&chunk, header, 0, &printable);
    uint64_t next = chunk_next(&chunk);
    return printable && (next == room || sum(next, CHUNK_BYTES) <= room);
}

// A pipe shows one header, and what was read is kept: it may be sound.
static ta_status_t empty_pipe(walk_t *walk, uint64_t at, bool *empty)
{
    ta_wav_t *wav = walk->wav;
    uint64_t claimed = claimed_behind(walk, at);
    if (claimed < CHUNK_BYTES) {
        return TA_OK;
    }
    uint32_t got;
    ta_status_t status = read_at(walk, at, wav->ahead, CHUNK_BYTES, &got);
    wav->ahead_bytes = (uint8_t)got;
    *empty = status == TA_OK && got == CHUNK_BYTES && begins_chunk(wav->ahead, claimed);
    return status;
}

// A data length of 0 is either no audio, then whole chunks or nothing follow it up to the end that the RIFF header
// claims, or a length that its writer never came back to fill in. What follows decides.
static ta_status_t really_empty(walk_t *walk, uint64_t at, bool *empty)
{
    *empty = false;
    if (walk->stream->seek == NULL) {
        return empty_pipe(walk, at, empty);
    }
    bool sized = walk->stream->size != TA_STREAM_SIZE_UNKNOWN;
    if (sized ? walk->riff_end != walk->stream->size : claimed_behind(walk, at) == 0) {
        return TA_OK;
    }
    for (unsigned chunks = 0; chunks < CHUNKS_MAX && at < walk->riff_end; chunks++) {
        uint8_t header[CHUNK_BYTES];
        uint32_t got;
        ta_status_t status = read_at(walk, at, header, CHUNK_BYTES, &got);
        if (status != TA_OK) {
            return status;
        }
        if (got < CHUNK_BYTES || !begins_chunk(header, walk->riff_end - at)) {
            return TA_OK;
        }
        chunk_t chunk;
        bool printable;
        chunk_parse(&chunk, header, at, &printable);
        at = chunk_next(&chunk);
    }
    *empty = at == walk->riff_end;
    return TA_OK;
}

// Settle how far the frames go: chunk->size becomes the bytes that are there, or TA_STREAM_SIZE_UNKNOWN.
static ta_status_t take_data(walk_t *walk, chunk_t *chunk)
{
    ta_wav_info_t *info = &walk->wav->info;
    bool empty = false;
    if (walk->has_ds64 && chunk->size == SIZE_OPEN_32) {
        chunk->size = walk->ds64_data;
    } else if (chunk->size == SIZE_OPEN_32) {
        chunk->size = TA_STREAM_SIZE_UNKNOWN;
    }
    if (chunk->size == 0) {
        ta_status_t status = really_empty(walk, chunk->body, &empty);
        if (status != TA_OK) {
            return status;
        }
    }
    info->open_ended = (chunk->size == 0 && !empty) || chunk->size == TA_STREAM_SIZE_UNKNOWN;
    if (info->open_ended) {
        chunk->size = TA_STREAM_SIZE_UNKNOWN;
    }
    if (walk->stream->size != TA_STREAM_SIZE_UNKNOWN) {
        uint64_t there = walk->stream->size > chunk->body ? walk->stream->size - chunk->body : 0;
        info->truncated = !info->open_ended && chunk->size > there;
        chunk->size = chunk->size < there ? chunk->size : there;
    }
    info->data_offset = chunk->body;
    walk->data = *chunk;
    walk->has_data = true;
    if (!walk->has_fmt && walk->stream->seek == NULL) {
        return say(
            walk, "the data chunk at byte # comes before the fmt chunk, and a pipe cannot go back: play it from a file",
            "", chunk->at, 0, 0);
    }
    return TA_OK;
}

static ta_status_t take_chunk(walk_t *walk, chunk_t *chunk)
{
    if (is(chunk, "data")) {
        return walk->has_data ? TA_OK : take_data(walk, chunk);
    }
    if (is(chunk, "fmt ")) {
        return walk->has_fmt ? TA_OK : take_fmt(walk, chunk);
    }
    if (is(chunk, "ds64") && walk->wav->info.rf64) {
        return take_ds64(walk, chunk);
    }
    if (is(chunk, "smpl")) {
        return walk->has_smpl ? TA_OK : take_smpl(walk, chunk);
    }
    return TA_OK;
}

// --- the file

static ta_status_t take_riff(walk_t *walk)
{
    uint8_t header[RIFF_BYTES];
    uint32_t got;
    char id[ID_BYTES + 1];
    bool printable;
    ta_status_t status = read_at(walk, walk->start, header, RIFF_BYTES, &got);
    if (status != TA_OK) {
        return status;
    }
    if (got == 0) {
        return say(walk,
                   "not a WAV file: there is nothing at byte #, where \"RIFF\" belongs; give a file that is not empty",
                   "", walk->start, 0, 0);
    }
    if (got < RIFF_BYTES) {
        return say(walk, "not a WAV file: it ends at byte #, inside the RIFF header of # bytes; get the file again", "",
                   walk->stream->position, RIFF_BYTES, 0);
    }
    copy_id(id, header, &printable);
    if (memcmp(id, "RIFX", ID_BYTES) == 0) {
        return say(walk,
                   "\"RIFX\" at byte #: samples are big-endian; convert it with: sox in.wav -e signed -b 16 out.wav",
                   "", walk->start, 0, 0);
    }
    walk->wav->info.rf64 = memcmp(id, "RF64", ID_BYTES) == 0 || memcmp(id, "BW64", ID_BYTES) == 0;
    if (memcmp(id, "RIFF", ID_BYTES) != 0 && !walk->wav->info.rf64) {
        return say(walk,
                   "not a WAV file: \"@\" at byte # where \"RIFF\" belongs; convert it with: ffmpeg -i IN out.wav", id,
                   walk->start, 0, 0);
    }
    copy_id(id, header + 8, &printable);
    if (memcmp(id, "WAVE", ID_BYTES) != 0) {
        return say(walk,
                   "not a WAV file: \"@\" at byte # where \"WAVE\" belongs; convert it with: ffmpeg -i IN out.wav", id,
                   walk->start + 8, 0, 0);
    }
    walk->riff_end = walk->start + CHUNK_BYTES + wav_u32(header + ID_BYTES);
    walk->at = walk->start + RIFF_BYTES;
    return TA_OK;
}

// A pipe stops at its first frame; a file is searched until nothing more can matter.
static bool walked_enough(const walk_t *walk)
{
    if (!walk->has_data || !walk->has_fmt) {
        return false;
    }
    return walk->stream->seek == NULL || walk->has_smpl;
}

// What is searched for behind the frames of a stream of unknown size is not needed to play it, and a place that cannot
// be gone to is then likely to be beyond its end.
static bool may_give_up(const walk_t *walk)
{
    return walk->has_data && walk->has_fmt && walk->stream->size == TA_STREAM_SIZE_UNKNOWN;
}

static ta_status_t take_chunks(walk_t *walk)
{
    for (unsigned chunks = 0; chunks < CHUNKS_MAX; chunks++) {
        uint8_t header[CHUNK_BYTES];
        uint32_t got;
        bool printable;
        chunk_t chunk;
        ta_status_t status = read_at(walk, walk->at, header, CHUNK_BYTES, &got);
        if (status != TA_OK || got < CHUNK_BYTES) {
            return status;
        }
        chunk_parse(&chunk, header, walk->at, &printable);
        status = take_chunk(walk, &chunk);
        if (status != TA_OK || walked_enough(walk)) {
            return status;
        }
        uint64_t next = chunk_next(&chunk);
        if (next > walk->stream->size || next == UINT64_MAX) {
            walk->cut = chunk;
            walk->has_cut = true;
            return TA_OK;
        }
        walk->at = next;
    }
    if (walk->has_data && walk->has_fmt) {
        return TA_OK;
    }
    return say(walk, "# chunks up to byte # without fmt and data: the file is damaged; get it again", "", CHUNKS_MAX,
               walk->at, 0);
}

static ta_status_t judge(walk_t *walk)
{
    if (walk->has_data && walk->has_fmt) {
        return TA_OK;
    }
    const char *missing = walk->has_data ? "fmt" : "data";
    if (walk->has_cut && !is(&walk->cut, "data")) {
        const uint64_t numbers[] = {walk->cut.at, walk->cut.size};
        char text[sizeof "\"xxxx\""] = "\"xxxx\"";
        memcpy(text + 1, walk->cut.id, ID_BYTES);
        return ta_wav_say(walk->wav, TA_E_FORMAT,
                          "chunk @ at byte # claims # bytes, more than the file has, before fmt and data: cut off; get "
                          "the file again",
                          text, numbers);
    }
    return say(walk, "no @ chunk up to byte #: the file is cut off, or has no audio; get it again", missing, walk->at,
               0, 0);
}

static void settle_length(walk_t *walk)
{
    ta_wav_info_t *info = &walk->wav->info;
    uint32_t frame_bytes = walk->wav->file_frame_bytes;
    info->data_bytes = walk->data.size;
    info->frames = TA_FRAMES_UNKNOWN;
    if (info->data_bytes != TA_STREAM_SIZE_UNKNOWN) {
        info->frames = info->data_bytes / frame_bytes;
        info->data_bytes = info->frames * frame_bytes;
    }
}

// The first forward loop that lies inside the frames. A pipe has the first forward one only: what follows has gone by.
static ta_status_t settle_loop(walk_t *walk)
{
    ta_wav_info_t *info = &walk->wav->info;
    while (walk->has_smpl && !info->has_loop) {
        uint64_t loop_end = (uint64_t)walk->loop_last + 1; // smpl counts the last frame itself
        if (walk->loop_first < loop_end && loop_end <= info->frames) {
            info->has_loop = true;
            info->loop_start = walk->loop_first;
            info->loop_end = loop_end;
            info->loop_times =
                walk->loop_count == 0 ? TA_LOOP_FOREVER : walk->loop_count - 1; // smpl counts the first pass
        } else if (walk->stream->seek == NULL) {
            return TA_OK;
        } else {
            ta_status_t status = next_loop(walk);
            if (status != TA_OK) {
                return status;
            }
        }
    }
    return TA_OK;
}

static ta_status_t forgive(walk_t *walk, ta_status_t status)
{
    if (status == TA_E_IO && may_give_up(walk)) {
        walk->wav->error[0] = '\0';
        return TA_OK;
    }
    return status;
}

ta_status_t ta_wav_header_read(ta_wav_t *wav)
{
    walk_t walk = {.wav = wav, .stream = wav->stream, .start = wav->stream->position};
    ta_status_t status = take_riff(&walk);
    if (status == TA_OK) {
        status = forgive(&walk, take_chunks(&walk));
    }
    if (status == TA_OK) {
        status = judge(&walk);
    }
    if (status == TA_OK) {
        settle_length(&walk);
        status = forgive(&walk, settle_loop(&walk));
    }
    if (status != TA_OK) {
        return status;
    }
    if (ta_stream_seek(wav->stream, wav->info.data_offset + wav->ahead_bytes) != TA_OK) {
        return io_failed(&walk);
    }
    return TA_OK;
}
