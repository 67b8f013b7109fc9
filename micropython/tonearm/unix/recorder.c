// Recording the pins. In: frames as they are decoded from the pins of the virtual chip. Out: WAV files, 44 bytes of header and every
// frame from the first clock to the last. Invariant: a file has one rate, so an output that changes its rate goes on in the next file,
// from the first frame at the new rate; frames of silence before anything was heard do not fix a rate.

#include "recorder.h"

#include "chip/chip.h"
#include "src/pin/desktop/wavwriter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

struct recorder {
    chip_i2s_t decoder;
    const ta_output_t *output;
    wavwriter_t writer;
    FILE *file;
    bool sounding; // something else than silence was written to this file
    char path[PATH_BYTES], wanted[PATH_BYTES];
    char trouble[TA_SENTENCE_MAX];
};

static unsigned files; // so far, of this process

static void complain(recorder_t *recorder, int error)
{
    snprintf(recorder->trouble, sizeof recorder->trouble, "cannot write %.200s: %s", recorder->path, strerror(error));
}

// "out.wav", "out-2.wav", "out-3.wav", ...
static void name_file(recorder_t *recorder)
{
    const char *slash = strrchr(recorder->wanted, '/');
    const char *dot = strrchr(slash ? slash : recorder->wanted, '.');
    int stem = dot ? (int)(dot - recorder->wanted) : (int)strlen(recorder->wanted);
    if (++files == 1) {
        snprintf(recorder->path, sizeof recorder->path, "%s", recorder->wanted);
    } else {
        snprintf(recorder->path, sizeof recorder->path, "%.*s-%u%.100s", stem, recorder->wanted, files, dot ? dot : "");
    }
}

static bool begin_file(recorder_t *recorder, uint32_t rate_hz)
{
    name_file(recorder);
    errno = 0;
    recorder->sounding = false;
    recorder->file = fopen(recorder->path, "wb");
    if (!recorder->file) {
        complain(recorder, errno);
        return false;
    }
    unsigned bits = recorder->decoder.config.bits_per_channel == 16 ? 16 : 32;
    if (wavwriter_begin(&recorder->writer, recorder->file, bits, rate_hz))
        return true;
    complain(recorder, recorder->writer.error);
    return false;
}

static void end_file(recorder_t *recorder)
{
    if (!recorder->file)
        return;
    if (!wavwriter_finish(&recorder->writer))
        complain(recorder, recorder->writer.error);
    if (fclose(recorder->file) != 0 && !recorder->trouble[0])
        complain(recorder, errno);
    recorder->file = NULL;
}

static void on_frame(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    recorder_t *recorder = context;
    (void)cycle;
    if (recorder->trouble[0] || !recorder->file)
        return;
    uint32_t rate_hz = recorder->output ? recorder->output->rate_hz : recorder->writer.rate_hz;
    if (rate_hz != recorder->writer.rate_hz && !recorder->sounding)
        recorder->writer.rate_hz = rate_hz;
    if (rate_hz != recorder->writer.rate_hz) {
        end_file(recorder);
        if (!begin_file(recorder, rate_hz))
            return;
    }
    recorder->sounding = recorder->sounding || left || right;
    if (!wavwriter_frame(&recorder->writer, left, right))
        complain(recorder, recorder->writer.error);
}

recorder_t *recorder_begin(const char *path, const ta_i2s_config_t *config, char *error)
{
    recorder_t *recorder = calloc(1, sizeof *recorder);
    if (!recorder) {
        snprintf(error, TA_SENTENCE_MAX, "no memory to record with");
        return NULL;
    }
    snprintf(recorder->wanted, sizeof recorder->wanted, "%s", path);
    chip_i2s_config_t decoder = {.data_pin = config->data_pin,
                                 .bclk_pin = config->bclk_pin,
                                 .ws_pin = config->ws_pin,
                                 .bits_per_channel = config->bits == 16 ? 16 : 32,
                                 .left_justified = config->alignment == TA_I2S_LEFT_JUSTIFIED};
    if (!chip_i2s_listen(&recorder->decoder, &decoder, on_frame, recorder)) {
        snprintf(error, TA_SENTENCE_MAX, "the pins cannot be listened to");
        free(recorder);
        return NULL;
    }
    if (!begin_file(recorder, 44100)) {
        snprintf(error, TA_SENTENCE_MAX, "%s", recorder->trouble);
        recorder_end(recorder, true);
        return NULL;
    }
    return recorder;
}

void recorder_of(recorder_t *recorder, const ta_output_t *output)
{
    if (recorder)
        recorder->output = output;
}

void recorder_end(recorder_t *recorder, bool unheard)
{
    if (!recorder)
        return;
    chip_i2s_unlisten(&recorder->decoder);
    end_file(recorder);
    if (unheard && recorder->path[0]) {
        (void)unlink(recorder->path);
        files--;
    } else if (recorder->trouble[0]) {
        fprintf(stderr, "tonearm: %s\n", recorder->trouble);
    }
    free(recorder);
}

const char *recorder_trouble(const recorder_t *recorder)
{
    return recorder && recorder->trouble[0] ? recorder->trouble : NULL;
}
