// A player of MIDI files. In: events of all tracks, in the order of their times. Out: presses and releases on a synthesizer, and its frames. Invariants: `tick` never goes back; the
// frames until an event are those since the last tempo, exactly, and what is left of a frame is carried on; so a tick of the synthesizer ends where an event is.

#include "midi_private.h"

#include "shared_word.h"
#include "synth_private.h"

// ---- opening -------------------------------------------------------------------------------------------------------------------

ta_status_t ta_midi_open(ta_midi_t *midi, ta_stream_t *stream)
{
    *midi = (ta_midi_t){.stream = stream, .error_location = TA_MIDI_NO_ERROR};
    ta_status_t status = ta_midi_find_tracks(midi, NULL);
    if (status != TA_OK)
        midi->info.tracks = 0; // not open
    return status;
}

ta_status_t ta_midi_open_track(ta_midi_t *midi, const void *bytes, size_t size, uint32_t tempo)
{
    *midi = (ta_midi_t){.error_location = TA_MIDI_NO_ERROR, .bare = true};
    if (tempo == 0 || (!bytes && size > 0))
        return TA_E_ARG;
    ta_stream_from_memory(&midi->memory, bytes, size);
    midi->stream = &midi->memory;
    midi->tempo = midi->tempo_wanted = tempo;
    midi->tick_numerator = 1;
    midi->tick_denominator = tempo;
    midi->info.tracks = 1;
    return TA_OK;
}

typedef struct {
    size_t synth, bytes, align;
} layout_t;

static ta_status_t lay_out(const ta_midi_t *midi, const ta_midi_config_t *config, layout_t *layout)
{
    ta_need_t need = {0};
    if (midi->info.tracks == 0)
        return TA_E_STATE;
    ta_status_t status = ta_synth_need(&config->synth, &need);
    if (status != TA_OK)
        return status;
    size_t tracks = midi->info.tracks * sizeof(ta_midi_track_t);
    layout->align = need.align > _Alignof(ta_midi_track_t) ? need.align : _Alignof(ta_midi_track_t);
    layout->synth = (tracks + need.align - 1) / need.align * need.align;
    layout->bytes = layout->synth + need.bytes;
    return TA_OK;
}

ta_status_t ta_midi_need(const ta_midi_t *midi, const ta_midi_config_t *config, ta_need_t *need)
{
    layout_t layout = {0};
    ta_status_t status = lay_out(midi, config, &layout);
    if (status == TA_OK)
        *need = (ta_need_t){"MIDI player", layout.bytes, layout.align, TA_CLASS_FAST};
    return status;
}

// ---- time ----------------------------------------------------------------------------------------------------------------------

// ticks < 2^28 and a numerator < 2^24: a product < 2^52. The denominator is 1 and more where the numerator is 1, 10^6 and more where it is a tempo, and below 2^35.
static uint64_t frames_of(ta_midi_t *midi, uint64_t ticks, uint32_t a_second, uint64_t *rest)
{
    uint64_t parts = ticks * midi->tick_numerator;
    uint64_t part = parts % midi->tick_denominator * a_second + *rest;
    *rest = part % midi->tick_denominator;
    return parts / midi->tick_denominator * a_second + part / midi->tick_denominator;
}

static ta_midi_track_t *earliest(const ta_midi_t *midi)
{
    ta_midi_track_t *first = NULL;
    for (ta_midi_track_t *track = midi->tracks; track != midi->tracks + midi->info.tracks; track++) {
        if (!track->ended && (!first || track->tick < first->tick))
            first = track;
    }
    return first;
}

// ---- events --------------------------------------------------------------------------------------------------------------------

static void release_channel(ta_midi_t *midi, unsigned channel)
{
    ta_voice_info_t info;
    for (unsigned v = 0; v < midi->synth.polyphony; v++) {
        if (ta_synth_voice(&midi->synth, v, &info) && info.channel == channel)
            ta_synth_release_key(&midi->synth, channel, info.key);
    }
}

static void note_on(ta_midi_t *midi, const midi_event_t *event)
{
    ta_voice_info_t info;
    // Only a bare track has a velocity of 0 here: CircuitPython's press with it.
    bool off = event->velocity == 0 && ta_synth_key_info(&midi->synth, event->channel, event->key, &info) &&
               info.state != TA_ENVELOPE_RELEASE;
    unsigned velocity = event->velocity ? event->velocity : TA_SYNTH_VELOCITY_MAX;
    if (off) {
        ta_synth_release_key(&midi->synth, event->channel, event->key);
    } else {
        (void)!ta_synth_press_key(&midi->synth, event->channel, event->key, velocity); // all are in range
    }
}

static void act(ta_midi_t *midi, const midi_event_t *event)
{
    bool heard = !midi->scanning && (midi->channels >> event->channel & 1) != 0;
    if (event->kind == MIDI_TEMPO && !midi->bare && midi->info.division < 0x8000U) {
        midi->tick_numerator = event->microseconds;
    } else if (event->kind == MIDI_NOTE_ON && heard) {
        note_on(midi, event);
    } else if (event->kind == MIDI_NOTE_OFF && heard) {
        ta_synth_release_key(&midi->synth, event->channel, event->key);
    } else if (event->kind == MIDI_CHANNEL_OFF && heard) {
        release_channel(midi, event->channel);
    }
}

// All events that are due, but for more than `most`. Then there is a wait, or the end; or there are more.
static ta_status_t advance(ta_midi_t *midi, uint32_t most)
{
    while (midi->wait_frames == 0 && !midi->ended) {
        ta_midi_track_t *track = earliest(midi);
        midi_event_t event;
        if (!track) {
            midi->ended = true;
        } else if (track->tick > midi->tick) {
            uint64_t ticks = track->tick - midi->tick;
            midi->microseconds += frames_of(midi, ticks, 1000000, &midi->rest_us);
            midi->wait_frames = frames_of(midi, ticks, midi->source.format.rate_hz, &midi->rest);
            midi->tick = track->tick;
        } else if (most-- == 0) {
            break;
        } else {
            ta_status_t status = ta_midi_read_event(midi, track, &event);
            if (status != TA_OK)
                return status;
            act(midi, &event);
            midi->events++;
        }
    }
    return TA_OK;
}

static ta_status_t rewind_all(ta_midi_t *midi)
{
    midi->tick = midi->wait_frames = midi->rest = midi->rest_us = midi->events = midi->microseconds = 0;
    midi->ended = midi->tailing = false;
    midi->error_location = TA_MIDI_NO_ERROR;
    midi->error[0] = '\0';
    if (!midi->bare && midi->info.division < 0x8000U)
        midi->tick_numerator = 500000; // until the file says otherwise
    ta_synth_clear(&midi->synth);
    ta_status_t status = TA_OK;
    for (unsigned t = 0; t < midi->info.tracks && status == TA_OK; t++)
        status = ta_midi_rewind(midi, &midi->tracks[t]);
    return status;
}

// ---- the source ----------------------------------------------------------------------------------------------------------------

// The rest of a wait, at the new tempo.
static void take_tempo(ta_midi_t *midi)
{
    uint32_t wanted = TA_SHARED_GET(midi->tempo_wanted);
    if (!midi->bare || wanted == midi->tempo)
        return;
    uint64_t whole = midi->wait_frames / wanted, part = midi->wait_frames % wanted;
    midi->wait_frames = whole * midi->tempo + part * midi->tempo / wanted;
    midi->rest = midi->rest_us = 0;
    midi->tempo = wanted;
    midi->tick_denominator = wanted;
}

static bool silent(const ta_synth_t *synth)
{
    ta_voice_info_t info;
    for (unsigned v = 0; v < synth->polyphony; v++) {
        if (ta_synth_voice(synth, v, &info))
            return false;
    }
    return true;
}

static ta_pull_t make(ta_midi_t *midi)
{
    take_tempo(midi);
    ta_status_t status = advance(midi, TA_MIDI_PULL_EVENTS);
    if (status != TA_OK) {
        midi->source.fault = status;
        return TA_PULL_FAULT;
    }
    if (midi->wait_frames == 0 && !midi->ended)
        return TA_PULL_WAIT;
    if (midi->ended && midi->tail && !midi->tailing)
        ta_synth_release_all(&midi->synth);
    midi->tailing = midi->ended && midi->tail;
    if (midi->ended && (!midi->tail || silent(&midi->synth)))
        return TA_PULL_END;
    uint32_t frames = TA_SYNTH_TICK_FRAMES;
    if (!midi->ended) {
        frames = midi->wait_frames < frames ? (uint32_t)midi->wait_frames : frames;
        midi->wait_frames -= frames;
    }
    ta_synth_render(&midi->synth, frames);
    return TA_PULL_MORE;
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_midi_t *midi = (ta_midi_t *)source;
    if (midi->synth.lent == midi->synth.made) {
        ta_pull_t result = make(midi);
        if (result != TA_PULL_MORE)
            return result;
    }
    ta_synth_lend(&midi->synth, max_frames, block);
    return TA_PULL_MORE;
}

static ta_status_t seek(ta_source_t *source, uint64_t frame)
{
    ta_midi_t *midi = (ta_midi_t *)source;
    ta_status_t status = rewind_all(midi);
    for (uint64_t left = frame; status == TA_OK && left > 0;) {
        status = advance(midi, UINT32_MAX);
        if (status != TA_OK || midi->ended)
            break;
        uint64_t frames = left < midi->wait_frames ? left : midi->wait_frames;
        midi->wait_frames -= frames;
        left -= frames;
    }
    return status;
}

static const ta_source_ops_t ops = {pull, seek};

ta_status_t ta_midi_init(ta_midi_t *midi, const ta_midi_config_t *config, void *storage)
{
    layout_t layout = {0};
    ta_status_t status = lay_out(midi, config, &layout);
    if (status != TA_OK)
        return status;
    if (!storage || ((uintptr_t)storage & (layout.align - 1)) != 0)
        return TA_E_ARG;
    status = ta_synth_init(&midi->synth, &config->synth, (char *)storage + layout.synth);
    if (status != TA_OK)
        return status;
    midi->tracks = storage;
    midi->channels = config->channels ? config->channels : 0xFFFF;
    midi->tail = config->tail;
    if (midi->bare) {
        midi->tracks[0] = (ta_midi_track_t){.end = midi->memory.size};
    } else {
        status = ta_midi_find_tracks(midi, midi->tracks);
    }
    if (status != TA_OK)
        return status;
    ta_source_init(&midi->source, &ops, &midi->synth.source.format, TA_FRAMES_UNKNOWN);
    status = rewind_all(midi);
    midi->source.fault = status;
    return midi->bare ? TA_OK : status; // a bare track says where it is wrong when it plays
}

ta_status_t ta_midi_scan(ta_midi_t *midi)
{
    uint64_t frames = 0;
    if (!midi->tracks)
        return TA_E_STATE;
    midi->scanning = true;
    ta_status_t status = rewind_all(midi);
    while (status == TA_OK && !midi->ended) {
        status = advance(midi, UINT32_MAX);
        frames += midi->wait_frames;
        midi->wait_frames = 0;
    }
    midi->scanning = false;
    midi->info.events = midi->events;
    midi->info.microseconds = midi->microseconds;
    if (status != TA_OK)
        return status;
    midi->source.frames = midi->tail ? TA_FRAMES_UNKNOWN : frames;
    midi->source.position = 0;
    midi->source.fault = TA_OK;
    return rewind_all(midi);
}

ta_status_t ta_midi_set_tempo(ta_midi_t *midi, uint32_t tempo)
{
    if (tempo == 0)
        return TA_E_ARG;
    if (!midi->bare)
        return TA_E_STATE;
    TA_SHARED_SET(midi->tempo_wanted, tempo);
    return TA_OK;
}
