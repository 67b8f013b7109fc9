// A WAV file that lies in flash: examples/jingle.wav, made while building, embedded by `tonearm_embed` (CMake) or the Makefile. It is
// read through the same stream functions as a file on a card would be, a buffer at a time.
#include "tonearm/tonearm.h"

#include "pico/stdlib.h"

#include <stdio.h>

enum { MEMORY_BYTES = 16 * 1024 };

TA_STATIC_SRAM(memory, MEMORY_BYTES);

extern const uint8_t jingle[], jingle_end[]; // the file's first byte, and the byte after its last

static ta_arena_t arena;
static ta_stream_t stream;
static ta_wav_t wav;
static ta_plan_t plan;
static ta_i2s_t dac;

static const char *open_wav(const ta_memory_t *memory_for)
{
    ta_need_t need;
    ta_failure_t failure;
    static char sentence[TA_SENTENCE_MAX];
    ta_stream_from_memory(&stream, jingle, (size_t)(jingle_end - jingle));
    if (ta_wav_open(&wav, &stream) != TA_OK)
        return wav.error; // what is wrong with the file, and at which byte
    ta_plan_init(&plan);
    if (ta_wav_need(&wav, 0, &need) != TA_OK || ta_plan_add(&plan, &need, memory_for) != TA_OK)
        return "the reader's need is refused";
    if (ta_plan_take(&plan, &failure) != TA_OK) {
        ta_failure_sentence(&failure, sentence, sizeof sentence);
        return sentence;
    }
    return ta_wav_init(&wav, 0, plan.item[0].block) == TA_OK ? NULL : "the reader refuses its buffer";
}

int main(void)
{
    stdio_init_all();
    if (ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) != TA_OK)
        return 1;
    ta_memory_t everything = ta_memory_all(&arena.mem);
    const char *wrong = open_wav(&everything);
    if (wrong) {
        printf("jingle: %s\n", wrong);
        return 1;
    }
    const ta_i2s_config_t pins = {.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .rate_hz = wav.info.format.rate_hz};
    if (ta_i2s_open(&dac, &pins, &everything) != TA_OK) {
        printf("jingle: %s\n", dac.error);
        return 1;
    }
    ta_status_t status = ta_output_play(&dac.output, &wav.source);
    while (status == TA_OK && ta_output_busy(&dac.output))
        sleep_ms(10);
    ta_output_stats_t stats;
    ta_output_stats(&dac.output, &stats);
    printf("jingle: %s, %lu of %lu frames, %lu holes\n", ta_status_name(status),
           (unsigned long)stats.ring.program_frames, (unsigned long)wav.info.frames, (unsigned long)stats.ring.holes);
    ta_i2s_close(&dac);
    ta_plan_release(&plan);
    return status == TA_OK ? 0 : 1;
}
