// MIDI files: chunks, and the events of a track. In: bytes of a stream, through a window for each track. Out: events. Invariants: no byte is taken from behind its track's end or
// the stream's; each event takes at least one byte, so reading ends; what fails says at which byte.

#include "midi_private.h"

#include "stream_advance.h"

#include <string.h>

enum { HEADER_BYTES = 14, CHUNK_BYTES = 8, DEFAULT_TEMPO_US = 500000, LENGTH_BYTES_MAX = 4 };

// ---- sentences -----------------------------------------------------------------------------------------------------------------

static size_t append(char *to, size_t length, const char *text)
{
    for (; *text && length + 1 < TA_MIDI_ERROR_BYTES; text++)
        to[length++] = *text;
    to[length] = '\0';
    return length;
}

ta_status_t ta_midi_fail(ta_midi_t *midi, ta_status_t status, uint64_t location, const char *what)
{
    char digits[21], *at = digits + sizeof digits - 1;
    uint64_t left = location;
    *at = '\0';
    do {
        *--at = (char)('0' + left % 10);
    } while (left /= 10);
    midi->error_location = (int64_t)location;
    size_t length = append(midi->error, 0, "MIDI file: ");
    length = append(midi->error, length, what);
    length = append(midi->error, length, " (byte ");
    length = append(midi->error, length, at);
    append(midi->error, length, ")");
    return status;
}

// ---- chunks --------------------------------------------------------------------------------------------------------------------

static uint32_t big_endian(const uint8_t *bytes, unsigned count)
{
    uint32_t value = 0;
    for (unsigned b = 0; b < count; b++)
        value = value << 8 | bytes[b];
    return value;
}

static ta_status_t read_at(ta_midi_t *midi, uint64_t at, uint8_t *to, uint32_t bytes, const char *what)
{
    uint32_t got = 0;
    bool ended = false;
    ta_status_t status = ta_stream_advance(midi->stream, at, &ended);
    if (status == TA_E_STATE) {
        return ta_midi_fail(midi, status, at,
                            "its tracks are read in turn, and this stream cannot go back: read it into memory first");
    }
    if (status == TA_OK && !ended)
        status = ta_stream_read(midi->stream, to, bytes, &got);
    if (status != TA_OK)
        return ta_midi_fail(midi, TA_E_IO, at + got, "reading failed");
    if (got == bytes)
        return TA_OK;
    uint64_t size = midi->stream->size; // known, or the stream was read to its end
    return ta_midi_fail(midi, TA_E_FORMAT,
                        !ended                           ? at + got
                        : size == TA_STREAM_SIZE_UNKNOWN ? midi->stream->position
                                                         : size,
                        what);
}

static ta_status_t set_division(ta_midi_t *midi, uint32_t division)
{
    unsigned frames = 256U - (division >> 8), parts = division & 255U;
    midi->info.division = (uint16_t)division;
    midi->tick_numerator = DEFAULT_TEMPO_US;
    midi->tick_denominator = (uint64_t)division * 1000000U;
    if (division == 0)
        return ta_midi_fail(midi, TA_E_FORMAT, 12, "its quarter has no ticks");
    if (division < 0x8000U)
        return TA_OK;
    if ((frames != 24 && frames != 25 && frames != 29 && frames != 30) || parts == 0)
        return ta_midi_fail(midi, TA_E_FORMAT, 12, "its SMPTE time is none of 24, 25, 29.97 and 30 frames");
    midi->tick_numerator = frames == 29 ? 1001 : 1; // 30 frames in 1.001 s
    midi->tick_denominator = (uint64_t)(frames == 29 ? 30000U : frames) * parts;
    return TA_OK;
}

ta_status_t ta_midi_find_tracks(ta_midi_t *midi, ta_midi_track_t *tracks)
{
    uint8_t header[HEADER_BYTES];
    ta_status_t status = read_at(midi, 0, header, sizeof header, "it ends within its header");
    if (status != TA_OK)
        return status;
    uint32_t length = big_endian(header + 4, 4), type = big_endian(header + 8, 2), wanted = big_endian(header + 10, 2);
    if (memcmp(header, "MThd", 4) != 0 || length < 6)
        return ta_midi_fail(midi, TA_E_FORMAT, 0, "it does not begin as one");
    if (type > 1)
        return ta_midi_fail(midi, TA_E_FORMAT, 8, "only types 0 and 1 can be played");
    if (wanted == 0 || wanted > TA_MIDI_TRACKS_MAX)
        return ta_midi_fail(midi, TA_E_FORMAT, 10, "it has no tracks, or more than 256");
    midi->info.type = (uint8_t)type;
    midi->info.tracks = (uint16_t)wanted;
    status = set_division(midi, big_endian(header + 12, 2));
    uint64_t at = CHUNK_BYTES + (uint64_t)length;
    for (uint32_t found = 0; status == TA_OK && found < wanted;) {
        uint8_t chunk[CHUNK_BYTES], last;
        status = read_at(midi, at, chunk, sizeof chunk, "it ends before its last track");
        if (status != TA_OK)
            return status;
        uint64_t start = at + CHUNK_BYTES;
        at = start + big_endian(chunk + 4, 4);
        if (at > start) // a track that is cut is found out here, not in the middle of the music
            status = read_at(midi, at - 1, &last, 1, "it ends within a track");
        if (memcmp(chunk, "MTrk", 4) != 0)
            continue;
        if (tracks)
            tracks[found] = (ta_midi_track_t){.start = start, .end = at};
        found++;
    }
    return status;
}

// ---- events --------------------------------------------------------------------------------------------------------------------

static ta_status_t next_byte(ta_midi_t *midi, ta_midi_track_t *track, uint8_t *byte)
{
    if (track->at >= track->end)
        return ta_midi_fail(midi, TA_E_FORMAT, track->at, "a track ends within an event");
    if (track->at < track->window_at || track->at - track->window_at >= track->window_bytes) {
        uint64_t left = track->end - track->at;
        uint32_t bytes = left < MIDI_WINDOW_BYTES ? (uint32_t)left : MIDI_WINDOW_BYTES;
        track->window_bytes = 0;
        ta_status_t status = read_at(midi, track->at, track->window, bytes, "it ends within a track");
        if (status != TA_OK)
            return status;
        track->window_at = track->at;
        track->window_bytes = (uint8_t)bytes;
    }
    *byte = track->window[track->at - track->window_at];
    track->at++;
    return TA_OK;
}

static ta_status_t next_length(ta_midi_t *midi, ta_midi_track_t *track, uint32_t *length)
{
    uint8_t byte = 0x80;
    *length = 0;
    for (unsigned bytes = 0; byte & 0x80U; bytes++) {
        if (bytes == LENGTH_BYTES_MAX)
            return ta_midi_fail(midi, TA_E_FORMAT, track->at - 1, "a time or a length has more than four bytes");
        ta_status_t status = next_byte(midi, track, &byte);
        if (status != TA_OK)
            return status;
        *length = *length << 7 | (byte & 127U);
    }
    return TA_OK;
}

static ta_status_t next_data(ta_midi_t *midi, ta_midi_track_t *track, uint8_t *byte)
{
    ta_status_t status = next_byte(midi, track, byte);
    if (status == TA_OK && *byte > 127)
        return ta_midi_fail(midi, TA_E_FORMAT, track->at - 1, "a status where an event's data should be");
    return status;
}

static ta_status_t skip(ta_midi_t *midi, ta_midi_track_t *track, uint32_t bytes)
{
    if (bytes > track->end - track->at)
        return ta_midi_fail(midi, TA_E_FORMAT, track->at, "an event is longer than the rest of its track");
    track->at += bytes;
    return TA_OK;
}

// Names, texts, key signatures: skipped. A tempo of 0 would stop time: skipped, too.
static ta_status_t meta_event(ta_midi_t *midi, ta_midi_track_t *track, midi_event_t *event)
{
    uint8_t type = 0, bytes[3] = {0};
    uint32_t length = 0;
    ta_status_t status = next_byte(midi, track, &type);
    if (status == TA_OK)
        status = next_length(midi, track, &length);
    if (status == TA_OK && type == 0x2F) {
        event->kind = MIDI_END;
        track->ended = true;
    }
    for (unsigned b = 0; status == TA_OK && type == 0x51 && length >= 3 && b < 3; b++)
        status = next_byte(midi, track, &bytes[b]);
    if (type == 0x51 && length >= 3) {
        event->microseconds = big_endian(bytes, 3);
        event->kind = event->microseconds ? MIDI_TEMPO : MIDI_OTHER;
        length -= 3;
    }
    return status == TA_OK ? skip(midi, track, length) : status;
}

static ta_status_t channel_event(ta_midi_t *midi, ta_midi_track_t *track, midi_event_t *event)
{
    enum { ALL_SOUND_OFF = 120, ALL_NOTES_OFF = 123 }; // 124 to 127 are modes, which begin by it
    uint8_t first = 0, second = 0, kind = track->status >> 4;
    ta_status_t status = next_data(midi, track, &first);
    if (status == TA_OK && kind != 0xC && kind != 0xD)
        status = next_data(midi, track, &second);
    event->channel = midi->bare ? MIDI_BARE_CHANNEL : track->status & 15U;
    event->key = first;
    event->velocity = second;
    if (kind == 8) {
        event->kind = MIDI_NOTE_OFF;
    } else if (kind == 9) {
        event->kind = second || midi->bare ? MIDI_NOTE_ON : MIDI_NOTE_OFF;
    } else if (kind == 0xB && (first == ALL_SOUND_OFF || first >= ALL_NOTES_OFF)) {
        event->kind = MIDI_CHANNEL_OFF;
    }
    return status;
}

// A status runs on over meta events, too: the format forbids to rely on that, and files do.
static ta_status_t body(ta_midi_t *midi, ta_midi_track_t *track, midi_event_t *event)
{
    uint8_t status_byte = 0;
    uint32_t length = 0;
    ta_status_t status = next_byte(midi, track, &status_byte);
    if (status != TA_OK)
        return status;
    if (status_byte == 0xFF)
        return meta_event(midi, track, event);
    if (status_byte == 0xF0 || status_byte == 0xF7) {
        status = next_length(midi, track, &length);
        return status == TA_OK ? skip(midi, track, length) : status;
    }
    if (status_byte > 0xF0)
        return ta_midi_fail(midi, TA_E_FORMAT, track->at - 1, "a status that files do not have");
    if (status_byte & 0x80U) {
        track->status = status_byte;
    } else {
        track->at--; // it was data
    }
    if (track->status == 0)
        return ta_midi_fail(midi, TA_E_FORMAT, track->at, "data without a status before it");
    return channel_event(midi, track, event);
}

static ta_status_t next_time(ta_midi_t *midi, ta_midi_track_t *track)
{
    uint32_t ticks = 0;
    if (track->ended || track->at >= track->end) {
        track->ended = true;
        return TA_OK;
    }
    ta_status_t status = next_length(midi, track, &ticks);
    track->tick += ticks;
    return status;
}

ta_status_t ta_midi_rewind(ta_midi_t *midi, ta_midi_track_t *track)
{
    track->at = track->start;
    track->tick = 0;
    track->status = 0;
    track->ended = false;
    return next_time(midi, track);
}

ta_status_t ta_midi_read_event(ta_midi_t *midi, ta_midi_track_t *track, midi_event_t *event)
{
    *event = (midi_event_t){.kind = MIDI_OTHER};
    ta_status_t status = body(midi, track, event);
    return status == TA_OK ? next_time(midi, track) : status;
}
