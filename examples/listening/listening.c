// Ten short sounds, one for each thing that docs/listening.md is about: what a synthesizer, effects, a mixer, a resampler and a MIDI file sound like. For the desktop: no
// output plays here, each sound is pulled from its source and written. In: a folder. Out: ten WAV files in it, and a line with length, peak and loudness of each.
#include "scenes.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS_MAX = 7, MEMORY_BYTES = 1 << 20 };

static int16_t recording[SECONDS_MAX * RATE_HZ];
static uint32_t recorded;
static const char *scene_name;
static _Alignas(64) uint8_t memory[MEMORY_BYTES];
static ta_arena_t arena;

void must(ta_status_t status, const char *what)
{
    if (status != TA_OK) {
        fprintf(stderr, "listening: %s: %s: %s\n", scene_name, what, ta_status_name(status));
        exit(1);
    }
}

void *take(const ta_need_t *need)
{
    void *block;
    ta_failure_t failure;
    if (ta_mem_alloc(&arena.mem, need, &block, &failure) != TA_OK) {
        char sentence[TA_SENTENCE_MAX];
        ta_failure_sentence(&failure, sentence, sizeof sentence);
        fprintf(stderr, "listening: %s: %s\n", scene_name, sentence);
        exit(1);
    }
    return block;
}

void hear(ta_source_t *source, double seconds)
{
    uint32_t end = recorded + (uint32_t)(seconds * RATE_HZ + 0.5);
    while (recorded < end) {
        ta_block_t block;
        uint32_t want = end - recorded < 128 ? end - recorded : 128;
        ta_pull_t result = ta_source_pull(source, want, &block);
        if (result == TA_PULL_FAULT)
            must(source->fault, "a source faulted");
        if (recorded + block.frames > SECONDS_MAX * RATE_HZ)
            must(TA_E_ARG, "the sound is too long");
        if (block.frames > 0)
            memcpy(recording + recorded, block.data, block.frames * sizeof *recording);
        recorded += block.frames;
        if (result == TA_PULL_END)
            end = recorded;
    }
}

// ---- a file ----------------------------------------------------------------------------------------------------------------

static void put(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned b = 0; b < bytes; b++)
        at[b] = (uint8_t)(value >> (8 * b));
}

static bool write_wav(const char *path)
{
    uint8_t header[44] = "RIFF....WAVEfmt ....................data";
    put(header + 4, 36 + 2 * recorded, 4);
    put(header + 16, 16, 4);
    put(header + 20, 1, 2); // PCM
    put(header + 22, 1, 2); // channel
    put(header + 24, RATE_HZ, 4);
    put(header + 28, 2 * RATE_HZ, 4);
    put(header + 32, 2, 2);
    put(header + 34, 16, 2);
    put(header + 40, 2 * recorded, 4);
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool written = fwrite(header, 1, sizeof header, file) == sizeof header;
    for (uint32_t f = 0; f < recorded && written; f++) {
        uint8_t sample[2];
        put(sample, (uint16_t)recording[f], 2);
        written = fwrite(sample, 1, 2, file) == 2;
    }
    return fclose(file) == 0 && written;
}

static void tell(unsigned number, const scene_t *scene)
{
    double squares = 0;
    int peak = 0;
    for (uint32_t f = 0; f < recorded; f++) {
        squares += (double)recording[f] * recording[f];
        peak = abs(recording[f]) > peak ? abs(recording[f]) : peak;
    }
    printf("| %u | %s | %.2f | %.1f | %.1f |\n", number, scene->title, recorded / (double)RATE_HZ,
           20 * log10(peak / 32768.0), 10 * log10(squares / recorded) - 20 * log10(32768.0));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: listening FOLDER\n");
        return 2;
    }
    for (unsigned s = 0; s < scene_count; s++) {
        char path[1024];
        scene_name = scenes[s].name;
        recorded = 0;
        must(ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL), "memory");
        scenes[s].play();
        int length = snprintf(path, sizeof path, "%s/%02u-%s.wav", argv[1], s + 1, scenes[s].name);
        if (length < 0 || (size_t)length >= sizeof path || !write_wav(path)) {
            fprintf(stderr, "listening: %s: cannot write: %s\n", path, strerror(errno));
            return 1;
        }
        tell(s + 1, &scenes[s]);
    }
    return 0;
}
