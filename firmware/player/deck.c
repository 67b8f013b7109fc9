// The output, two readers of WAV files, and the memory of them all.
// In: a configuration, tracks. Out: sound. Invariants: memory is taken by deck_open and given back by deck_close, all or nothing; a
// reader is opened anew only when the output holds it no more.

#include "deck.h"
#include "claims.h"
#include "console.h"
#include "facts.h"

#include "pico/stdlib.h"

#include <stdio.h>
#include <string.h>

enum {
    MEMORY_BYTES = 96 * 1024,
    READERS = 2,           // one plays, the other takes over
    READER_BYTES = 2048,   // 256 frames of 8 bytes: fewer of larger ones
    PATIENCE_US = 1000000, // for a reader to become free: a buffer of two seconds is faded out within two slots
};

TA_STATIC_SRAM(memory, MEMORY_BYTES);

typedef struct {
    ta_stream_t stream;
    ta_wav_t wav;
    bool used; // wav is a source that the output may hold
} reader_t;

static ta_arena_t arena;
static claims_t at_start;
static either_t dac;
static bool open;
static either_config_t config;
static ta_plan_t plan; // the readers' buffers
static reader_t reader[READERS];
static uint32_t loop_times, gain_q16 = TA_GAIN_UNITY_Q16;
static char sentence[TA_SENTENCE_MAX];

static const char *closed(void)
{
    return "no output is open: type open";
}

static const char *status_sentence(const char *what, ta_status_t status)
{
    if (status == TA_OK)
        return NULL;
    snprintf(sentence, sizeof sentence, "%s: %s", what,
             status == TA_E_BUSY ? "commands that were given before are not carried out yet: try again"
                                 : ta_status_name(status));
    return sentence;
}

bool deck_begin(void)
{
    claims_look(&at_start);
    either_defaults(&config, EITHER_I2S);
    return ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) == TA_OK;
}

// ---- open and close ------------------------------------------------------------------------------------------------------

static const char *take_buffers(const ta_memory_t *from)
{
    static const ta_need_t need = {.object = "wav reader", .bytes = READER_BYTES, .align = 8, .cls = TA_CLASS_FAST};
    ta_failure_t failure;
    ta_plan_init(&plan);
    for (int n = 0; n < READERS; n++) {
        if (ta_plan_add(&plan, &need, from) != TA_OK)
            return "the plan refuses a reader: report this";
    }
    if (ta_plan_take(&plan, &failure) == TA_OK)
        return NULL;
    ta_failure_sentence(&failure, sentence, sizeof sentence);
    return sentence;
}

const char *deck_open(const either_config_t *wanted)
{
    if (open)
        return "an output is open: type close first";
    ta_memory_t everything = ta_memory_all(&arena.mem);
    const char *wrong = take_buffers(&everything);
    if (wrong)
        return wrong;
    if (either_open(&dac, wanted, &everything) != TA_OK) {
        ta_plan_release(&plan);
        return either_error(&dac);
    }
    config = *wanted;
    open = true;
    return status_sentence("volume", ta_output_set_volume(&dac.output, gain_q16));
}

const char *deck_close(void)
{
    if (!open)
        return closed();
    either_close(&dac);
    open = false;
    for (int n = 0; n < READERS; n++)
        reader[n].used = false;
    ta_plan_release(&plan);
    return NULL;
}

// ---- playing -------------------------------------------------------------------------------------------------------------

static int free_reader(void)
{
    for (int n = 0; n < READERS; n++) {
        if (!reader[n].used || !ta_output_holds(&dac.output, &reader[n].wav.source))
            return n;
    }
    return -1;
}

static int wait_for_reader(void)
{
    uint64_t until = time_us_64() + PATIENCE_US;
    int n = free_reader();
    while (n < 0 && time_us_64() < until) {
        console_rest();
        n = free_reader();
    }
    return n;
}

static const char *open_track(reader_t *r, void *buffer, const track_t *track)
{
    r->used = false;
    ta_stream_from_memory(&r->stream, track->bytes, track->size);
    if (ta_wav_open(&r->wav, &r->stream) != TA_OK) {
        snprintf(sentence, sizeof sentence, "%s: %s", track->name, r->wav.error);
        return sentence;
    }
    ta_need_t need;
    uint32_t frames = TA_WAV_BUFFER_FRAMES;
    ta_status_t status = ta_wav_need(&r->wav, frames, &need);
    while (status == TA_OK && need.bytes > READER_BYTES && frames > 1) {
        frames /= 2;
        status = ta_wav_need(&r->wav, frames, &need);
    }
    if (status == TA_OK && need.bytes > READER_BYTES) {
        snprintf(sentence, sizeof sentence,
                 "%s: a frame of %u channels is larger than the reader's buffer: use fewer channels", track->name,
                 r->wav.info.channels);
        return sentence;
    }
    if (status == TA_OK)
        status = ta_wav_init(&r->wav, frames, buffer);
    if (status == TA_OK && loop_times)
        status = ta_source_set_loop(&r->wav.source, 0, 0, loop_times);
    return status_sentence(track->name, status);
}

static const char *refuse(const track_t *track, const ta_wav_t *wav, ta_status_t status)
{
    if (status == TA_E_RATE) {
        snprintf(sentence, sizeof sentence,
                 "%s has %lu Hz, which this output does not give: convert the file, or open another output",
                 track->name, (unsigned long)wav->info.format.rate_hz);
        return sentence;
    }
    return status_sentence(track->name, status);
}

const char *deck_play(const track_t *track, bool behind)
{
    if (!open)
        return closed();
    int n = wait_for_reader();
    if (n < 0)
        return "both readers are in use: wait for a track to end, or type stop";
    reader_t *r = &reader[n];
    const char *wrong = open_track(r, plan.item[n].block, track);
    if (wrong)
        return wrong;
    r->used = true;
    ta_status_t status =
        behind ? ta_output_queue(&dac.output, &r->wav.source) : ta_output_play(&dac.output, &r->wav.source);
    if (status != TA_OK)
        r->used = false;
    return refuse(track, &r->wav, status);
}

const char *deck_stop(void)
{
    return open ? status_sentence("stop", ta_output_stop(&dac.output)) : closed();
}

const char *deck_pause(void)
{
    if (!open)
        return closed();
    ta_status_t status = ta_output_pause(&dac.output);
    return status == TA_E_STATE ? "nothing plays that could be paused: type play" : status_sentence("pause", status);
}

const char *deck_resume(void)
{
    return open ? status_sentence("resume", ta_output_resume(&dac.output)) : closed();
}

const char *deck_volume(uint32_t gain)
{
    ta_status_t status = open ? ta_output_set_volume(&dac.output, gain) : TA_OK;
    if (status == TA_OK)
        gain_q16 = gain;
    return status_sentence("volume", status);
}

void deck_loop(uint32_t times)
{
    loop_times = times;
}

bool deck_busy(void)
{
    return open && ta_output_busy(&dac.output);
}

void deck_idle(void)
{
    if (open && either_feed(&config) == TA_FEED_CALLER)
        ta_rp2_service(&dac.rp2);
}

// ---- words ---------------------------------------------------------------------------------------------------------------

const char *deck_say_plan(void)
{
    return facts_say_plan(&config, sentence) == TA_OK ? NULL : sentence;
}

const char *deck_say_report(void)
{
    claims_t claims;
    if (open) {
        facts_say_output(&dac.output);
        facts_say_holding(&dac, &config);
    } else {
        say("state     closed\n");
    }
    claims_since(&at_start, &claims);
    claims_say(&claims);
    facts_say_arena(&arena);
    return NULL;
}
