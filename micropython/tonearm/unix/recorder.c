// Recording the pins. In: frames, or periods of a PWM carrier, as they are decoded from the pins of the virtual chip. Out: WAV files, 44
// bytes of header and every frame or period from the first to the last, the ramps of a PWM output included; the middle of a period is 0. Invariant: a file has one rate, so an output that changes its rate goes on in the next file,
// from the first frame at the new rate; frames of silence before anything was heard do not fix a rate. Each second of sound the header's
// sizes are put right, so that a run that is killed leaves a WAV file.

#include "recorder.h"

#include "../shared.h"

#include "chip/chip.h"
#include "src/pin/desktop/wavwriter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

struct recorder {
    union {
        chip_i2s_t i2s;
        chip_pwm_t pwm;
    };
    bool is_pwm, swapped, one_pin;
    unsigned bits;
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
    if (wavwriter_begin(&recorder->writer, recorder->file, recorder->bits, rate_hz))
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

static void write_frame(recorder_t *recorder, uint32_t rate_hz, int32_t left, int32_t right)
{
    if (recorder->trouble[0] || !recorder->file)
        return;
    if (rate_hz != recorder->writer.rate_hz && !recorder->sounding)
        recorder->writer.rate_hz = rate_hz;
    if (rate_hz != recorder->writer.rate_hz) {
        end_file(recorder);
        if (!begin_file(recorder, rate_hz))
            return;
    }
    recorder->sounding = recorder->sounding || (recorder->output && (left || right));
    wavwriter_t *writer = &recorder->writer;
    bool written = wavwriter_frame(writer, left, right);
    if (written &&
        writer->frames % writer->rate_hz == 0) // each second: a script that is killed leaves a file that can be heard
        written = wavwriter_sync(writer);
    if (!written)
        complain(recorder, writer->error);
}

static void on_frame(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    recorder_t *recorder = context;
    (void)cycle;
    write_frame(recorder, recorder->output ? recorder->output->rate_hz : recorder->writer.rate_hz, left, right);
}

static int32_t level_from_middle(uint32_t high, uint32_t period)
{
    int64_t level = ((int64_t)high - period / 2) * ((int64_t)1 << 32) / period;
    return level > INT32_MAX ? INT32_MAX : level < INT32_MIN ? INT32_MIN : (int32_t)level;
}

static void on_period(void *context, uint64_t cycle, uint32_t a_high, uint32_t b_high)
{
    recorder_t *recorder = context;
    (void)cycle;
    uint32_t period = recorder->pwm.period;
    int32_t left = level_from_middle(recorder->swapped ? b_high : a_high, period);
    int32_t right = recorder->one_pin ? left : level_from_middle(recorder->swapped ? a_high : b_high, period);
    write_frame(recorder, (chip_board()->system_hz + period / 2) / period, left, right);
}

static bool listen_to(recorder_t *recorder, const output_config_t *config)
{
    if (config->kind == OUTPUT_I2S) {
        const ta_i2s_config_t *i2s = &config->i2s;
        recorder->bits = i2s->bits == 16 ? 16 : 32;
        const chip_i2s_config_t decoder = {.data_pin = i2s->data_pin,
                                           .bclk_pin = i2s->bclk_pin,
                                           .ws_pin = i2s->ws_pin,
                                           .bits_per_channel = (uint8_t)recorder->bits,
                                           .left_justified = i2s->alignment == TA_I2S_LEFT_JUSTIFIED};
        return chip_i2s_listen(&recorder->i2s, &decoder, on_frame, recorder);
    }
    const ta_pwm_config_t *pwm = &config->pwm;
    recorder->bits = 32;
    recorder->is_pwm = true;
    recorder->one_pin = pwm->right_pin == TA_PWM_ONE_PIN;
    recorder->swapped = pwm->left_pin & 1;
    uint8_t other = recorder->one_pin ? CHIP_NO_PIN : pwm->right_pin;
    const chip_pwm_config_t decoder = {.a_pin = recorder->swapped ? other : pwm->left_pin,
                                       .b_pin = recorder->swapped ? pwm->left_pin : other};
    return chip_pwm_listen(&recorder->pwm, &decoder, on_period, recorder);
}

recorder_t *recorder_begin(const char *path, const output_config_t *config, char *error)
{
    recorder_t *recorder = calloc(1, sizeof *recorder);
    if (!recorder) {
        snprintf(error, TA_SENTENCE_MAX, "no memory to record with");
        return NULL;
    }
    snprintf(recorder->wanted, sizeof recorder->wanted, "%s", path);
    if (!listen_to(recorder, config)) {
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
    if (recorder->is_pwm) {
        chip_pwm_unlisten(&recorder->pwm);
    } else {
        chip_i2s_unlisten(&recorder->i2s);
    }
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
