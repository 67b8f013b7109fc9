// Plays the same sound by I2S and by PWM, begun at the same frame. Then now the one, now the other is paused, and has a source that is too
// slow; who has nothing to do with it does not notice. In: a DAC at TONEARM_DATA_PIN, _BCLK_PIN and _WS_PIN, filters at
// TONEARM_LEFT_PIN and _RIGHT_PIN (pins.h). Out: sound; on the UART what each of them takes and has played, every hole, and everything that
// is claimed. First both are fed by interrupts of one core, then I2S by the second core. A board does that for ever; the virtual chip does it once.
//
// Each output has a rate of its own, as its divider or timer gives it: the plans say which. They begin together, and drift apart by as much.

#include "claims.h"
#include "console.h"
#include "facts.h"
#include "siren.h"

#include "pico/stdlib.h"

#include <stdlib.h>

enum {
    RATE_HZ = 44100,
    SLOT = 128, // of both: what starts together has equal slots
    BUFFER_US = 10000,
    PART = 12, // slots between two of the things that are done
    FRAMES = 130 * SLOT,
    MEMORY_BYTES = 24 * 1024,
    BETWEEN_MS = 1000,
};

TA_STATIC_SRAM(memory, MEMORY_BYTES);

enum { I2S, PWM, OUTPUTS };

static claims_t at_start;
static ta_arena_t arena;
static either_config_t config[OUTPUTS];
static either_t output[OUTPUTS];
static siren_t siren[OUTPUTS];
static bool is_open[OUTPUTS];

static const char *open_one(int n, ta_feed_t feed)
{
    static char error[TA_SENTENCE_MAX];
    ta_memory_t everything = ta_memory_all(&arena.mem);
    either_defaults(&config[n], n == I2S ? EITHER_I2S : EITHER_PWM);
    config[n].i2s.rate_hz = config[n].pwm.rate_hz = RATE_HZ;
    config[n].i2s.slot_frames = config[n].pwm.slot_frames = SLOT;
    config[n].i2s.buffer_us = config[n].pwm.buffer_us = BUFFER_US;
    config[n].i2s.held = config[n].pwm.held = true;
    config[n].i2s.feed = config[n].pwm.feed = feed;
    config[n].i2s.dma_irq = config[n].pwm.dma_irq = feed == TA_FEED_CORE1; // a line is one core's
    if (facts_say_plan(&config[n], error) != TA_OK)
        return error;
    is_open[n] = either_open(&output[n], &config[n], &everything) == TA_OK;
    return is_open[n] ? NULL : either_error(&output[n]);
}

// ---- what is done while they play ----------------------------------------------------------------------------------------

static ta_status_t pause_i2s(void)
{
    return ta_output_pause(&output[I2S].output);
}

static ta_status_t resume_i2s(void)
{
    return ta_output_resume(&output[I2S].output);
}

static ta_status_t pause_pwm(void)
{
    return ta_output_pause(&output[PWM].output);
}

static ta_status_t resume_pwm(void)
{
    return ta_output_resume(&output[PWM].output);
}

static ta_status_t starve_i2s(void)
{
    siren_wait(&siren[I2S], true);
    return TA_OK;
}

static ta_status_t supply_i2s(void)
{
    siren_wait(&siren[I2S], false);
    return TA_OK;
}

static ta_status_t starve_pwm(void)
{
    siren_wait(&siren[PWM], true);
    return TA_OK;
}

static ta_status_t supply_pwm(void)
{
    siren_wait(&siren[PWM], false);
    return TA_OK;
}

// In the middle of a slot, so that it is the same slot every time.
static absolute_time_t in_slot(absolute_time_t start, uint32_t slot)
{
    return delayed_by_us(start, (uint64_t)(2 * slot + 1) * SLOT * 500000 / RATE_HZ);
}

static ta_status_t play_both(void)
{
    static ta_status_t (*const part[])(void) = {pause_i2s,  resume_i2s, pause_pwm,  resume_pwm,
                                                starve_i2s, supply_i2s, starve_pwm, supply_pwm};
    ta_status_t status = TA_OK;
    for (int n = 0; n < OUTPUTS && status == TA_OK; n++) {
        siren_init(&siren[n], RATE_HZ, FRAMES);
        status = ta_output_play(&output[n].output, &siren[n].source);
    }
    ta_rp2_t *const both[OUTPUTS] = {&output[I2S].rp2, &output[PWM].rp2};
    if (status == TA_OK)
        status = ta_rp2_start(both, OUTPUTS);
    absolute_time_t start = get_absolute_time();
    for (uint32_t n = 0; n < sizeof part / sizeof part[0] && status == TA_OK; n++) {
        sleep_until(in_slot(start, (n + 1) * PART));
        status = part[n]();
    }
    while (status == TA_OK && (ta_output_busy(&output[I2S].output) || ta_output_busy(&output[PWM].output)))
        sleep_ms(1);
    return status;
}

// ---- from the opening to the closing -------------------------------------------------------------------------------------

static void say_claims(void)
{
    claims_t claims;
    claims_since(&at_start, &claims);
    claims_say(&claims);
}

static void close_both(void)
{
    for (int n = OUTPUTS; n-- > 0;) {
        if (is_open[n])
            either_close(&output[n]);
        is_open[n] = false;
    }
    say_claims();
}

static const char *play_and_tell(ta_feed_t i2s_feed)
{
    const char *wrong = open_one(I2S, i2s_feed);
    if (!wrong)
        wrong = open_one(PWM, TA_FEED_INTERRUPT);
    if (wrong)
        return wrong;
    ta_status_t status = play_both();
    for (int n = 0; n < OUTPUTS; n++) {
        say("two-outputs: %s\n", n == I2S ? "I2S" : "PWM");
        facts_say_output(&output[n].output);
        facts_say_holding(&output[n], &config[n]);
    }
    say_claims();
    return status == TA_OK ? NULL : ta_status_name(status);
}

static const char *once(void)
{
    static const ta_feed_t feed[] = {TA_FEED_INTERRUPT, TA_FEED_CORE1};
    const char *wrong = NULL;
    for (int n = 0; n < 2 && !wrong; n++) {
        wrong = play_and_tell(feed[n]);
        close_both();
    }
    return wrong;
}

int main(void)
{
    stdio_init_all();
    claims_look(&at_start);
    const char *wrong = ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) == TA_OK ? NULL : "no memory";
    do {
        if (!wrong)
            wrong = once();
        say("two-outputs: %s\n", wrong ? wrong : "done");
        sleep_ms(BETWEEN_MS);
    } while (PICO_ON_DEVICE && !wrong);
    return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
