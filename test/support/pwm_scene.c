// The stage with a PWM output. In: a board and a configuration. Out: every period at the pins; frames; a verdict on them.

#include "pwm_scene.h"

#include "hardware/clocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 128 * 1024, WRITE_CYCLES = 40 };

// ---- listening -----------------------------------------------------------------------------------------------------------

static void hear(void *context, uint64_t cycle, uint32_t a_high, uint32_t b_high)
{
    pwm_scene_t *scene = context;
    if (scene->pulses == scene->room) {
        scene->room = scene->room ? 2 * scene->room : 1 << 15;
        scene->pulse = realloc(scene->pulse, scene->room * sizeof *scene->pulse);
        if (!scene->pulse)
            abort();
    }
    bool swapped = scene->config.left_pin & 1;
    uint32_t left = swapped ? b_high : a_high, right = swapped ? a_high : b_high;
    if (scene->config.right_pin == TA_PWM_ONE_PIN)
        right = left;
    scene->pulse[scene->pulses++] =
        (pulse_t){cycle - scene->decoder.period, (uint16_t)scene->decoder.period, (uint16_t)left, (uint16_t)right};
}

// The timer of the scene that was opened last: when was it last set going?
static pwm_scene_t *watched;

static void note_pace(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    (void)number;
    (void)kind;
    if (strcmp(what, "dma_timer_set_fraction") == 0)
        watched->paced_cycle = cycle;
}

// ---- the stage -----------------------------------------------------------------------------------------------------------

ta_pwm_config_t pwm_scene_config(void)
{
    return (ta_pwm_config_t){
        .left_pin = 14, .right_pin = 15, .rounding = TA_PWM_PLAIN, .hole_records = 512, .ramp_ms = 2};
}

static void forget(pwm_scene_t *scene)
{
    pulse_t *pulse = scene->pulse; // the recording's memory serves again
    size_t room = scene->room;
    free(scene->heard);
    memset(scene, 0, sizeof *scene);
    scene->pulse = pulse;
    scene->room = room;
}

static bool listen_to_pins(pwm_scene_t *scene)
{
    const ta_pwm_config_t *c = &scene->config;
    const uint8_t other = c->right_pin == TA_PWM_ONE_PIN ? CHIP_NO_PIN : c->right_pin;
    bool swapped = c->left_pin & 1;
    const chip_pwm_config_t pins = {.a_pin = swapped ? other : c->left_pin, .b_pin = swapped ? c->left_pin : other};
    return chip_pwm_listen(&scene->decoder, &pins, hear, scene);
}

static bool make_memory(pwm_scene_t *scene, size_t bytes, void **sram)
{
    *sram = chip_sram_take(bytes);
    if (!*sram || ta_arena_init(&scene->arena, *sram, bytes, TA_CLASS_ALL) != TA_OK)
        return false;
    ta_mem_probe_init(&scene->probe, &scene->arena.mem, &scene->allocations, 0);
    scene->memory = ta_memory_all(&scene->probe.mem);
    chip_dma_allow(*sram, bytes, "arena");
    return true;
}

bool pwm_scene_open_beside(pwm_scene_t *scene, const ta_pwm_config_t *config, size_t bytes)
{
    void *sram;
    forget(scene);
    scene->board = chip_board();
    scene->config = config ? *config : pwm_scene_config();
    if (!make_memory(scene, bytes, &sram) || !listen_to_pins(scene)) {
        fprintf(stderr, "pwm_scene: no memory, or pins that cannot be listened to\n");
        return false;
    }
    if (ta_pwm_plan(&scene->config, &scene->plan, NULL) != TA_OK)
        memset(&scene->plan, 0, sizeof scene->plan);
    watched = scene;
    chip_on_hook(note_pace, NULL);
    ta_status_t status = ta_pwm_open(&scene->pwm, &scene->config, &scene->memory);
    chip_on_hook(NULL, NULL);
    if (status != TA_OK) {
        fprintf(stderr, "pwm_scene: %s\n", scene->pwm.error);
        return false;
    }
    scene->paced = scene->pwm.timing;
    scene->opened = scene->pulses;
    chip_dma_forbid(sram);
    chip_dma_allow((const void *)(uintptr_t)scene->pwm.output.ring.table, scene->plan.needs[0].bytes, "ring");
    return true;
}

bool pwm_scene_open(pwm_scene_t *scene, const char *board, const ta_pwm_config_t *config)
{
    return chip_boot(chip_board_find(board)) == 0 && pwm_scene_open_beside(scene, config, ARENA_BYTES);
}

void pwm_scene_run_us(pwm_scene_t *scene, uint64_t us)
{
    (void)scene;
    chip_run_until(chip_cycles() + us * (clock_get_hz(clk_sys) / 1000000U));
}

bool pwm_scene_run(pwm_scene_t *scene, uint64_t most_ms)
{
    uint64_t end = chip_cycles() + most_ms * (clock_get_hz(clk_sys) / 1000U);
    while (ta_output_busy(&scene->pwm.output)) {
        if (chip_cycles() >= end)
            return false;
        chip_wait_interrupt(end);
    }
    return true;
}

// Levels from pulse `from` on, `count` of them, move one way only, in steps of full scale / 64 at most.
static const char *check_ramp(const pwm_scene_t *scene, size_t from, size_t to, bool up)
{
    for (size_t i = from + 1; i < to; i++) {
        const pulse_t *p = &scene->pulse[i];
        int left = p->left - p[-1].left, right = p->right - p[-1].right, most = p->period / 64;
        if (!up) {
            left = -left;
            right = -right;
        }
        if (left < 0 || right < 0 || left > most || right > most)
            return verdict_say("in period %zu the ramp %s steps from %u, %u to %u, %u of %u", i, up ? "up" : "down",
                               p[-1].left, p[-1].right, p->left, p->right, p->period);
    }
    return NULL;
}

static bool is_middle(const pulse_t *p)
{
    return p->left == p->period / 2 && p->right == p->period / 2;
}

// Pulses from open on that are not the ramp at the end.
static size_t end_of_rest(const pwm_scene_t *scene)
{
    size_t end = scene->pulses;
    while (end > scene->opened && !is_middle(&scene->pulse[end - 1]))
        end--;
    return end;
}

static const char *check_ends(const pwm_scene_t *scene)
{
    size_t end = end_of_rest(scene);
    if (scene->pulses < 10 || scene->pulse[0].left || scene->pulse[0].right)
        return "the pins are not low to begin with";
    size_t up = scene->opened + 2; // the last step is latched when its period ends
    if (up >= end || !is_middle(&scene->pulse[up]))
        return "the pins are not in the middle once they are open";
    const pulse_t *last = &scene->pulse[scene->pulses - 1];
    if (last->left || last->right)
        return "the pins are not low in the end";
    if (chip_pins() >> scene->config.left_pin & 1)
        return "the pin is high in the end";
    const char *wrong = check_ramp(scene, 0, up, true);
    return wrong ? wrong : check_ramp(scene, end - 1, scene->pulses, false);
}

const char *pwm_scene_close(pwm_scene_t *scene)
{
    chip_violation_t violation;
    ta_pwm_close(&scene->pwm);
    if (chip_violations(&violation, 1))
        return verdict_say("DMA %s outside registered blocks, channel %u at 0x%08x, nearest \"%s\"",
                           violation.write ? "write" : "read", violation.channel, violation.address, violation.nearest);
    if (!chip_claims_none())
        return "claims are left";
    if (scene->arena.used != 0)
        return verdict_say("%zu bytes are left allocated", scene->arena.used);
    return check_ends(scene);
}

void pwm_scene_free(pwm_scene_t *scene)
{
    free(scene->pulse);
    free(scene->heard);
    memset(scene, 0, sizeof *scene);
    chip_shutdown();
}

// ---- frames --------------------------------------------------------------------------------------------------------------

static unsigned bits_of(const pwm_scene_t *scene)
{
    unsigned bits = 8;
    while (bits < 11 && scene->paced.period > 1U << bits)
        bits++;
    return bits;
}

static int32_t as_s32(const pwm_scene_t *scene, int32_t level)
{
    int32_t above = level - scene->paced.period / 2;
    return above * (1 << (32 - bits_of(scene)));
}

// Plain rounding, worked out from its definition: the nearest of as many levels as there are less six, from the middle.
static int32_t level_of(const pwm_scene_t *scene, int32_t s32)
{
    int64_t exact = (int64_t)(s32 >> 16) * (scene->paced.period - 6) + 0x8000;
    return scene->paced.period / 2 + (int32_t)(exact >> 16);
}

heard_t pwm_scene_frame(const pwm_scene_t *scene, uint32_t n)
{
    heard_t frame = scene_frame(n, 16);
    if (scene->config.right_pin == TA_PWM_ONE_PIN || scene->config.mono) {
        int32_t sum = (frame.left >> 16) + (frame.right >> 16) + 1; // halves round up
        frame.left = frame.right = (sum >> 1) * 65536;
    }
    return (heard_t){as_s32(scene, level_of(scene, frame.left)), as_s32(scene, level_of(scene, frame.right))};
}

const char *pwm_scene_read(pwm_scene_t *scene)
{
    const ta_pwm_timing_t *t = &scene->paced;
    size_t at = scene->opened, end = end_of_rest(scene);
    unsigned cycles = t->timer_y, periods = t->timer_x == 1 && cycles % t->period == 0 ? cycles / t->period : 0;
    scene->heard_count = 0;
    free(scene->heard);
    scene->heard = malloc((scene->pulses + 1) * sizeof *scene->heard);
    if (!scene->heard)
        abort();
    for (uint64_t n = 1;; n++) { // tick n writes frame n - 1
        uint64_t tick = scene->paced_cycle + (n * t->timer_y + t->timer_x - 1) / t->timer_x;
        while (at < end && scene->pulse[at].cycle < tick + WRITE_CYCLES)
            at++;
        if (at + periods >= end)
            return NULL;
        const pulse_t *p = &scene->pulse[at];
        for (unsigned k = 1; k < periods; k++)
            if (p[k].left != p->left || p[k].right != p->right)
                return verdict_say("frame %zu is %u, %u in one period and %u, %u in another", scene->heard_count,
                                   p->left, p->right, p[k].left, p[k].right);
        scene->heard[scene->heard_count++] = (heard_t){as_s32(scene, p->left), as_s32(scene, p->right)};
    }
}

static heard_t frame_of(const void *context, uint32_t number)
{
    return pwm_scene_frame(context, number);
}

static verdict_t verdict_on(const pwm_scene_t *scene)
{
    return (verdict_t){.heard = scene->heard,
                       .count = scene->heard_count,
                       .output = &scene->pwm.output,
                       .bits = bits_of(scene),
                       .frame = frame_of,
                       .context = scene};
}

const char *pwm_scene_check(pwm_scene_t *scene, const stretch_t *stretches, unsigned count)
{
    const char *wrong = pwm_scene_read(scene);
    verdict_t of = verdict_on(scene);
    return wrong ? wrong : verdict_check(&of, stretches, count);
}

const char *pwm_scene_check_order(pwm_scene_t *scene, uint32_t first, uint32_t frames, uint32_t may_lose)
{
    const char *wrong = pwm_scene_read(scene);
    verdict_t of = verdict_on(scene);
    return wrong ? wrong : verdict_check_order(&of, first, frames, may_lose);
}
