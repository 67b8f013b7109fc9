// midi_play RATE FILE... : plays each file to its end, and says what came of it.
//
// Out: a line for each, "frames scanned, frames played, microseconds, events, presses, keys sounding at the end, loudest sample, name"; exit code 1 if one cannot be played.
#include "tonearm/midi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int play(const char *name, uint32_t rate_hz)
{
    FILE *file = fopen(name, "rb");
    ta_stream_t stream;
    ta_midi_t midi;
    ta_need_t need;
    const ta_envelope_t envelope = ta_envelope_default();
    const ta_midi_config_t config = {.synth = {.rate_hz = rate_hz, .channels = 1, .envelope = &envelope}};
    if (!file) {
        return 1;
    }
    ta_stream_from_file(&stream, file);
    if (ta_midi_open(&midi, &stream) != TA_OK || ta_midi_need(&midi, &config, &need) != TA_OK) {
        fprintf(stderr, "%s: %s\n", name, midi.error);
        return 1;
    }
    void *storage = malloc(need.bytes);
    if (ta_midi_init(&midi, &config, storage) != TA_OK || ta_midi_scan(&midi) != TA_OK) {
        fprintf(stderr, "%s: %s\n", name, midi.error);
        return 1;
    }
    const uint64_t scanned = midi.source.frames;
    midi.source.frames = TA_FRAMES_UNKNOWN; // it has to find its end by itself, and what is there
    uint64_t frames = 0;
    int loudest = 0;
    ta_pull_t result = TA_PULL_MORE;
    for (uint32_t pull = 1; result == TA_PULL_MORE; pull = pull % 700 + 13) {
        ta_block_t block;
        result = ta_source_pull(&midi.source, pull, &block);
        const int16_t *samples = block.data;
        for (uint32_t f = 0; f < block.frames; f++) {
            loudest = abs(samples[f]) > loudest ? abs(samples[f]) : loudest;
        }
        frames += block.frames;
    }
    unsigned sounding = 0;
    ta_voice_info_t info;
    for (unsigned v = 0; v < midi.synth.polyphony; v++) {
        sounding += ta_synth_voice(&midi.synth, v, &info) && info.state != TA_ENVELOPE_RELEASE;
    }
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32 " %u %d %s\n", scanned, frames,
           midi.info.microseconds, midi.info.events, midi.synth.presses, sounding, loudest, name);
    free(storage);
    fclose(file);
    return result == TA_PULL_END ? 0 : 1;
}

int main(int count, char **words)
{
    for (int w = 2; w < count; w++) {
        if (play(words[w], (uint32_t)atoi(words[1])) != 0) {
            return 1;
        }
    }
    return 0;
}
