// As many outputs at once as a chip has channels for: every mixture of I2S and PWM, each at a rate of its own and judged frame by
// frame at its own pins, while one of them starves, one more is refused, and one is closed and opened anew.

#include "test/support/pwm_scene.h"

#include "hardware/dma.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 5, MEMORY_BYTES = 24 * 1024, MS = 40, LINES_MAX = 4 };

static const uint32_t rate_hz[MOST + 1] = {44100, 32000, 22050, 48000, 16000, 24000};

// One output, with its memory, its program, and what is heard of it. PWM is recorded by its own stage.
typedef struct {
    bool is_pwm;
    pwm_scene_t pwm;
    ta_i2s_t i2s;
    ta_arena_t arena;
    chip_i2s_t decoder;
    heard_t *heard;
    size_t count, room;
    numbered_t program;
    uint32_t first, frames;
} voice_t;
static voice_t voice[MOST + 1]; // and the one that is refused

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static ta_output_t *output_of(voice_t *v)
{
    return v->is_pwm ? &v->pwm.pwm.output : &v->i2s.output;
}

static void close_one(voice_t *v)
{
    if (v->is_pwm) {
        ta_pwm_close(&v->pwm.pwm);
        assert_int_equal(v->pwm.arena.used, 0);
    } else {
        ta_i2s_close(&v->i2s);
        assert_int_equal(v->arena.used, 0);
        assert_int_equal(v->decoder.malformed, 0);
    }
}

// ---- open ----------------------------------------------------------------------------------------------------------------

static void hear(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    voice_t *v = context;
    (void)cycle;
    if (v->count == v->room) {
        v->room = v->room ? 2 * v->room : 1 << 12;
        v->heard = realloc(v->heard, v->room * sizeof *v->heard);
        assert_non_null(v->heard);
    }
    v->heard[v->count++] = (heard_t){left, right};
}

// The first has the second core to itself where it is asked for, and so a line to itself.
static uint8_t line_of(unsigned n, bool core1)
{
    unsigned lines = NUM_DMA_IRQS;
    return (uint8_t)(!core1 ? n % lines : n == 0 ? 0 : 1 + n % (lines - 1));
}

static ta_i2s_config_t i2s_config(unsigned n, bool core1)
{
    return (ta_i2s_config_t){.data_pin = (uint8_t)(3 * n),
                             .bclk_pin = (uint8_t)(3 * n + 1),
                             .ws_pin = (uint8_t)(3 * n + 2),
                             .rate_hz = rate_hz[n],
                             .hole_records = 64,
                             .feed = core1 && n == 0 ? TA_FEED_CORE1 : TA_FEED_INTERRUPT,
                             .dma_irq = line_of(n, core1)};
}

static ta_pwm_config_t pwm_config_of(unsigned n, bool core1)
{
    ta_pwm_config_t c = pwm_scene_config();
    c.left_pin = (uint8_t)(18 + 2 * n);
    c.right_pin = (uint8_t)(19 + 2 * n);
    c.rate_hz = rate_hz[n];
    c.hole_records = 64;
    c.feed = core1 && n == 0 ? TA_FEED_CORE1 : TA_FEED_INTERRUPT;
    c.dma_irq = line_of(n, core1);
    return c;
}

static ta_memory_t memory_of(voice_t *v)
{
    static void *place[MOST + 1]; // of this board, kept when a voice is opened again
    unsigned n = (unsigned)(v - voice);
    if (v->arena.mem.name == NULL)
        place[n] = chip_sram_take(MEMORY_BYTES);
    assert_non_null(place[n]);
    chip_dma_allow(place[n], MEMORY_BYTES, "voice");
    ok(ta_arena_init(&v->arena, place[n], MEMORY_BYTES, TA_CLASS_ALL));
    return ta_memory_all(&v->arena.mem);
}

static void open_i2s(voice_t *v, unsigned n, bool core1)
{
    ta_i2s_config_t c = i2s_config(n, core1);
    ta_memory_t memory = memory_of(v);
    const chip_i2s_config_t wires = {c.data_pin, c.bclk_pin, c.ws_pin, 16, false};
    v->count = 0;
    assert_true(chip_i2s_listen(&v->decoder, &wires, hear, v));
    if (ta_i2s_open(&v->i2s, &c, &memory) != TA_OK)
        fail_msg("output %u: %s", n, v->i2s.error);
}

static void open_one(voice_t *v, bool is_pwm, bool core1)
{
    unsigned n = (unsigned)(v - voice);
    v->is_pwm = is_pwm;
    ta_pwm_config_t c = pwm_config_of(n, core1);
    if (is_pwm) {
        assert_true(pwm_scene_open_beside(&v->pwm, &c, MEMORY_BYTES));
    } else {
        open_i2s(v, n, core1);
    }
}

// One more is refused with a sentence, and nothing is held that was not held before.
static void expect_refusal(voice_t *v, bool is_pwm, const char *word)
{
    chip_claims_t before, after;
    ta_memory_t memory = memory_of(v);
    ta_i2s_config_t i2s = {.data_pin = 26, .bclk_pin = 27, .ws_pin = 28};
    ta_pwm_config_t pwm = {.left_pin = 16, .right_pin = 17};
    chip_claims(&before);
    const char *error = is_pwm ? v->pwm.pwm.error : v->i2s.error;
    assert_int_equal(is_pwm ? ta_pwm_open(&v->pwm.pwm, &pwm, &memory) : ta_i2s_open(&v->i2s, &i2s, &memory), TA_E_BUSY);
    chip_claims(&after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(v->arena.used, 0);
    if (!strstr(error, word) || strncmp(error, is_pwm ? "pwm: " : "i2s: ", 5) != 0 || !strstr(error, ": close "))
        fail_msg("\"%s\" does not say \"%s\", and what to close", error, word);
}

// ---- play and judge ------------------------------------------------------------------------------------------------------

static void play(voice_t *v, bool starve, unsigned ms)
{
    unsigned n = (unsigned)(v - voice);
    v->first = 10000 * n + 1;
    v->frames = rate_hz[n] / 1000 * ms + n;
    scene_numbered(&v->program, v->first, v->frames, rate_hz[n], 16);
    if (starve) {
        v->program.starve_at = v->frames / 2;
        v->program.starve_for = 40;
    }
    ok(ta_output_play(output_of(v), &v->program.source));
}

static bool any_busy(unsigned count)
{
    bool busy = false;
    for (unsigned n = 0; n < count; n++)
        busy = busy || ta_output_busy(output_of(&voice[n]));
    return busy;
}

static void run_ms(unsigned ms)
{
    chip_run_until(chip_cycles() + (uint64_t)ms * (chip_board()->system_hz / 1000));
}

static void run_until_idle(unsigned count)
{
    for (unsigned ms = 0; any_busy(count); ms++) {
        assert_true(ms < 20 * MS);
        run_ms(1);
    }
}

static heard_t frame_of(const void *context, uint32_t number)
{
    (void)context;
    return scene_frame(number, 16);
}

static void judge(voice_t *v, bool starved)
{
    ta_output_stats_t stats;
    ta_output_stats(output_of(v), &stats);
    assert_int_equal(stats.ring.holes > 0, starved);
    close_one(v);
    const stretch_t all = {v->first, v->frames};
    const verdict_t of = {v->heard, v->count, &v->i2s.output, 16, frame_of, NULL};
    const char *wrong = v->is_pwm ? pwm_scene_check(&v->pwm, &all, 1) : verdict_check(&of, &all, 1);
    if (wrong)
        fail_msg("output %u, %s at %u Hz: %s", (unsigned)(v - voice), v->is_pwm ? "PWM" : "I2S",
                 (unsigned)rate_hz[v - voice], wrong);
}

// While the others play, this one is closed, and there is room again for one of the other kind.
static void change_kind(voice_t *v, bool core1)
{
    for (unsigned ms = 0; ta_output_busy(output_of(v)); ms++) {
        assert_true(ms < MS);
        run_ms(1);
    }
    judge(v, false);
    open_one(v, !v->is_pwm, core1);
    play(v, false, MS / 4);
}

static unsigned one_that_may_change(unsigned pwm, unsigned count, unsigned starving)
{
    unsigned n = 0;
    while (n == starving || (!(pwm >> n & 1) && (unsigned)__builtin_popcount(pwm) == NUM_DMA_TIMERS))
        n++;
    assert_true(n < count);
    return n;
}

// Bit n of `pwm`: output n is PWM.
static void play_a_mixture(const char *board, unsigned count, unsigned pwm, bool core1)
{
    assert_int_equal(chip_boot(chip_board_find(board)), 0);
    for (unsigned n = 0; n <= MOST; n++)
        memset(&voice[n].arena, 0, sizeof voice[n].arena);
    for (unsigned n = 0; n < count; n++)
        open_one(&voice[n], pwm >> n & 1, core1);
    unsigned starving = pwm % count, changes = one_that_may_change(pwm, count, starving);
    for (unsigned n = 0; n < count; n++)
        play(&voice[n], n == starving, n == changes ? MS / 4 : MS);
    const char *few = "fewer than three DMA channels are free";
    expect_refusal(&voice[MOST], false, few);
    expect_refusal(&voice[MOST], true,
                   (unsigned)__builtin_popcount(pwm) == NUM_DMA_TIMERS ? "no DMA timer is free" : few);
    change_kind(&voice[changes], core1);
    assert_true(any_busy(count));
    run_until_idle(count);
    for (unsigned n = 0; n < count; n++)
        judge(&voice[n], n == starving);
    assert_true(chip_claims_none());
    assert_int_equal(chip_violations(NULL, 0), 0);
}

static void play_every_mixture(const char *board, unsigned count)
{
    unsigned mixtures = 0, thin = scene_thin();
    for (unsigned pwm = 0; pwm < 1U << count; pwm += thin) {
        if ((unsigned)__builtin_popcount(pwm) > NUM_DMA_TIMERS)
            continue;
        play_a_mixture(board, count, pwm, __builtin_parity(pwm));
        mixtures++;
    }
    printf("%s: %u mixtures of %u outputs\n", board, mixtures, count);
    assert_true(mixtures >= (1U << count) / thin - 1);
}

static void test_four_outputs_fill_an_rp2040(void **state)
{
    (void)state;
    play_every_mixture("pico", 4); // of 12 channels
}

static void test_five_outputs_fill_an_rp2350(void **state)
{
    (void)state;
    play_every_mixture("pico2", 5); // of 16 channels, which leaves one
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_four_outputs_fill_an_rp2040),
        cmocka_unit_test(test_five_outputs_fill_an_rp2350),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
