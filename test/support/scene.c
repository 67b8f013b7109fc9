// The stage. In: a board and a configuration. Out: every frame that a DAC took from the pins, and a verdict on it.
// The verdict is a prediction of every frame from the definition of ramps and the output's own report of holes; nothing in it
// calls the library's ramps or ring.

#include "scene.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 128 * 1024, FALL = 64 };

static char verdict[400];

static const char *say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verdict, sizeof verdict, format, arguments);
    va_end(arguments);
    return verdict;
}

// ---- the numbered program ------------------------------------------------------------------------------------------------

static uint32_t mix(uint32_t n)
{
    n = (n ^ 0x5bd1e995U) * 0x9e3779b1U;
    n ^= n >> 15;
    n *= 0x85ebca6bU;
    return n ^ n >> 13;
}

heard_t scene_frame(uint32_t n, unsigned bits)
{
    uint32_t left = mix(2 * n), right = mix(2 * n + 1);
    uint32_t keep = bits == 16 ? 0xffff0000U : bits == 24 ? 0xffffff00U : 0xffffffffU;
    return (heard_t){(int32_t)(left & keep), (int32_t)(right & keep)};
}

static ta_pull_t numbered_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    numbered_t *program = (numbered_t *)source;
    uint64_t left = source->frames - source->position;
    if (program->starve_for && source->position >= program->starve_at) {
        program->starve_for--;
        return TA_PULL_WAIT;
    }
    bool wide = program->bits > 16;
    uint32_t most = wide ? 1024 : 2048;
    uint32_t frames = left < max_frames ? (uint32_t)left : max_frames;
    if (frames > most)
        frames = most;
    if (program->starve_for && source->position + frames > program->starve_at)
        frames = program->starve_at - (uint32_t)source->position;
    for (uint32_t f = 0; f < frames; f++) {
        heard_t frame = scene_frame(program->first + (uint32_t)source->position + f, program->bits);
        if (wide) {
            program->buffer[2 * f] = (uint32_t)frame.left;
            program->buffer[2 * f + 1] = (uint32_t)frame.right;
        } else {
            program->buffer[f] = (uint32_t)frame.left >> 16 | ((uint32_t)frame.right & 0xffff0000U);
        }
    }
    *block = (ta_block_t){program->buffer, frames, false};
    source->position += frames;
    return source->position == source->frames ? TA_PULL_END : TA_PULL_MORE;
}

static ta_status_t numbered_seek(ta_source_t *source, uint64_t frame)
{
    source->position = frame;
    return TA_OK;
}

void scene_numbered(numbered_t *program, uint32_t first, uint32_t frames, uint32_t rate_hz, unsigned bits)
{
    static const ta_source_ops_t ops = {.pull = numbered_pull, .seek = numbered_seek};
    const ta_format_t format = {bits > 16 ? TA_SAMPLE_S32 : TA_SAMPLE_S16, 2, rate_hz};
    memset(program, 0, sizeof *program);
    ta_source_init(&program->source, &ops, &format, frames);
    program->first = first;
    program->bits = bits ? bits : 16;
}

unsigned scene_thin(void)
{
    const char *says = getenv("TA_THIN");
    unsigned thin = says ? (unsigned)strtoul(says, NULL, 10) : 1;
    if (thin > 1)
        fprintf(stderr, "scene: of this enumeration every case in %u is run\n", thin);
    return thin ? thin : 1;
}

// ---- the stage -----------------------------------------------------------------------------------------------------------

static void hear(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    scene_t *scene = context;
    (void)cycle;
    if (scene->heard_count == scene->heard_room) {
        scene->heard_room = scene->heard_room ? 2 * scene->heard_room : 1 << 15;
        scene->heard = realloc(scene->heard, scene->heard_room * sizeof *scene->heard);
        if (!scene->heard)
            abort();
    }
    scene->heard[scene->heard_count++] = (heard_t){left, right};
}

ta_i2s_config_t scene_config(const chip_board_t *board)
{
    return (ta_i2s_config_t){
        .data_pin = board->data_pin, .bclk_pin = board->bclk_pin, .ws_pin = board->ws_pin, .hole_records = 512};
}

bool scene_open(scene_t *scene, const char *board, const ta_i2s_config_t *config)
{
    heard_t *heard = scene->heard; // the recording's memory serves again
    size_t room = scene->heard_room;
    memset(scene, 0, sizeof *scene);
    scene->heard = heard;
    scene->heard_room = room;
    scene->board = chip_board_find(board);
    if (!scene->board || chip_boot(scene->board) != 0)
        return false;
    void *sram = chip_sram_take(ARENA_BYTES);
    if (!sram) { // the VM's heap takes all that firmware left: take from where it lies
        size_t bytes;
        chip_sram_free(&sram, &bytes);
        fprintf(stderr, "scene: %zu bytes of SRAM are free, %d are wanted\n", bytes, ARENA_BYTES);
        return false;
    }
    if (ta_arena_init(&scene->arena, sram, ARENA_BYTES, TA_CLASS_ALL) != TA_OK)
        return false;
    ta_mem_probe_init(&scene->probe, &scene->arena.mem, &scene->allocations, 0);
    scene->memory = ta_memory_all(&scene->probe.mem);
    ta_i2s_config_t c = config ? *config : scene_config(scene->board);
    const chip_i2s_config_t wires = {.data_pin = c.data_pin,
                                     .bclk_pin = c.bclk_pin,
                                     .ws_pin = c.ws_pin,
                                     .bits_per_channel = c.bits == 24 || c.bits == 32 ? 32 : 16,
                                     .left_justified = c.alignment == TA_I2S_LEFT_JUSTIFIED};
    if (!chip_i2s_listen(&scene->decoder, &wires, hear, scene))
        return false;
    c.bits = c.bits ? c.bits : 16;
    scene->config = c;
    if (ta_i2s_plan(&c, &scene->plan, NULL) ==
        TA_OK) // the arena hands out from its front, so the DMA block's place is known
        chip_dma_allow(sram, ARENA_BYTES, "arena");
    if (ta_i2s_open(&scene->i2s, &c, &scene->memory) != TA_OK) {
        fprintf(stderr, "scene: %s\n", scene->i2s.error);
        return false;
    }
    chip_dma_forbid(sram);
    chip_dma_allow((const void *)(uintptr_t)scene->i2s.output.ring.table, scene->plan.needs[0].bytes, "ring");
    return true;
}

void scene_run_us(scene_t *scene, uint64_t us)
{
    chip_run_until(chip_cycles() + us * (scene->board->system_hz / 1000000U));
}

bool scene_run(scene_t *scene, uint64_t most_ms)
{
    uint64_t end = chip_cycles() + most_ms * (scene->board->system_hz / 1000U);
    while (ta_output_busy(&scene->i2s.output)) {
        if (chip_cycles() >= end)
            return false;
        chip_wait_interrupt(end);
    }
    return true;
}

const char *scene_close(scene_t *scene)
{
    chip_violation_t violation;
    ta_i2s_close(&scene->i2s);
    if (chip_violations(&violation, 1))
        return say("DMA %s outside registered blocks, channel %u at 0x%08x, nearest \"%s\"",
                   violation.write ? "write" : "read", violation.channel, violation.address, violation.nearest);
    if (!chip_claims_none())
        return "claims are left";
    if (scene->arena.used != 0)
        return say("%zu bytes are left allocated", scene->arena.used);
    if (scene->decoder.malformed)
        return say("%llu malformed half frames at the pins", (unsigned long long)scene->decoder.malformed);
    return NULL;
}

void scene_free(scene_t *scene)
{
    free(scene->heard);
    scene->heard = NULL;
    scene->heard_room = 0;
    chip_shutdown();
}

// ---- verdicts ------------------------------------------------------------------------------------------------------------

static unsigned bits_of(const scene_t *scene)
{
    return scene->config.bits;
}

// Frame k of a line of 64 frames from zero to `value`, in the wire's resolution: floor of the exact quotient.
static int32_t on_line(int32_t value, int k, unsigned bits)
{
    int64_t unit = (int64_t)1 << (32 - (bits == 24 ? 32 : bits));
    int64_t v = (int64_t)value / unit * k;
    int64_t quotient = v >= 0 ? v / FALL : -((-v + FALL - 1) / FALL);
    int64_t result = quotient * unit;
    if (bits == 24)
        result = result >= 0 ? result / 256 * 256 : -((-result + 255) / 256 * 256);
    return (int32_t)result;
}

heard_t scene_ramp(heard_t to, int k, unsigned bits)
{
    return (heard_t){on_line(to.left, k, bits), on_line(to.right, k, bits)};
}

static bool same(heard_t a, int32_t left, int32_t right)
{
    return a.left == left && a.right == right;
}

typedef struct {
    const scene_t *scene;
    size_t at; ///< next frame to be predicted
    const char *wrong;
} reader_t;

static void expect(reader_t *r, int32_t left, int32_t right, const char *what, uint32_t number)
{
    if (r->wrong)
        return;
    if (r->at >= r->scene->heard_count) {
        r->wrong = say("the recording ends at frame %zu, where %s %u is due", r->at, what, number);
        return;
    }
    heard_t h = r->scene->heard[r->at];
    if (!same(h, left, right))
        r->wrong = say("output frame %zu is %08x %08x, not the %08x %08x of %s %u", r->at, (unsigned)h.left,
                       (unsigned)h.right, (unsigned)left, (unsigned)right, what, number);
    r->at++;
}

static void expect_silence_until(reader_t *r, size_t end)
{
    while (!r->wrong && r->at < end)
        expect(r, 0, 0, "silence", 0);
}

static void expect_fall(reader_t *r, heard_t from)
{
    for (int k = FALL - 1; k >= 0; k--)
        expect(r, on_line(from.left, k, bits_of(r->scene)), on_line(from.right, k, bits_of(r->scene)), "the fall, step",
               (uint32_t)k);
}

static void expect_rise(reader_t *r, heard_t to)
{
    for (int k = 0; k < FALL; k++)
        expect(r, on_line(to.left, k, bits_of(r->scene)), on_line(to.right, k, bits_of(r->scene)), "the rise, step",
               (uint32_t)k);
}

// A gap of `frames` frames: fall, silence, rise.
static void expect_gap(reader_t *r, heard_t before, size_t frames, heard_t after)
{
    size_t end = r->at + frames;
    if (frames < 2 * FALL) {
        r->wrong = say("a hole of %zu frames has no room for its ramps", frames);
        return;
    }
    expect_fall(r, before);
    expect_silence_until(r, end - FALL);
    expect_rise(r, after);
}

// Whether a rise to `first` begins at output frame `at`.
static bool rises_at(const reader_t *r, size_t at, heard_t first)
{
    unsigned bits = bits_of(r->scene);
    if (at + FALL >= r->scene->heard_count)
        return false;
    for (int k = 0; k < FALL; k++)
        if (!same(r->scene->heard[at + (size_t)k], on_line(first.left, k, bits), on_line(first.right, k, bits)))
            return false;
    return true;
}

// Where a stretch begins: a rise to its first frame, silence before it. A stall right behind the rise's publication leaves a false
// start, a rise that falls again at once; the stretch then has another one.
static void find_start(reader_t *r, heard_t first)
{
    unsigned bits = bits_of(r->scene);
    const heard_t top = {on_line(first.left, FALL - 1, bits), on_line(first.right, FALL - 1, bits)};
    for (int tries = 0; tries < 4; tries++) {
        size_t begin = r->at;
        while (begin < r->scene->heard_count && !rises_at(r, begin, first))
            begin++;
        expect_silence_until(r, begin);
        expect_rise(r, first);
        if (r->wrong || same(r->scene->heard[r->at], first.left, first.right))
            return;
        expect_fall(r, top);
    }
    r->wrong = say("no rise to the stretch's first frame is found from output frame %zu on", r->at);
}

static void expect_stretch(reader_t *r, const stretch_t *stretch, uint32_t *hole_index)
{
    unsigned bits = bits_of(r->scene);
    for (uint32_t n = stretch->first; n < stretch->first + stretch->frames && !r->wrong; n++) {
        ta_hole_t hole;
        if (ta_output_hole(&r->scene->i2s.output, *hole_index, &hole) && hole.at_frame == r->at &&
            n != stretch->first) {
            (*hole_index)++;
            expect_gap(r, scene_frame(n - 1, bits), (size_t)hole.frames, scene_frame(n, bits));
        }
        heard_t frame = scene_frame(n, bits);
        expect(r, frame.left, frame.right, "program frame", n);
    }
}

const char *scene_check(const scene_t *scene, const stretch_t *stretches, unsigned count)
{
    reader_t r = {.scene = scene};
    uint32_t hole_index = 0;
    for (unsigned s = 0; s < count && !r.wrong; s++) {
        find_start(&r, scene_frame(stretches[s].first, bits_of(scene)));
        expect_stretch(&r, &stretches[s], &hole_index);
        ta_hole_t hole; // one that a pause or stop has ended is followed by silence, not by a rise
        if (!r.wrong && ta_output_hole(&scene->i2s.output, hole_index, &hole) && hole.at_frame == r.at)
            hole_index++;
        expect_fall(&r, scene_frame(stretches[s].first + stretches[s].frames - 1, bits_of(scene)));
    }
    expect_silence_until(&r, scene->heard_count);
    ta_hole_t left;
    if (!r.wrong && ta_output_hole(&scene->i2s.output, hole_index, &left))
        r.wrong = say("a hole of %llu frames at %llu is reported that was not heard", (unsigned long long)left.frames,
                      (unsigned long long)left.at_frame);
    return r.wrong;
}

static bool step_too_large(heard_t a, heard_t b)
{
    int64_t limit = 1LL << 25; // full scale / 64
    int64_t left = (int64_t)a.left - b.left, right = (int64_t)a.right - b.right;
    return left > limit || left < -limit || right > limit || right < -limit;
}

const char *scene_check_order(const scene_t *scene, uint32_t first, uint32_t frames, uint32_t may_lose)
{
    unsigned bits = bits_of(scene);
    uint32_t next = first, end = first + frames, lost = 0, cuts = 0;
    bool in_program = false;
    for (size_t i = 0; i < scene->heard_count; i++) {
        heard_t h = scene->heard[i];
        uint32_t n = next;
        while (n < end && n < next + may_lose + 1 && !same(h, scene_frame(n, bits).left, scene_frame(n, bits).right))
            n++;
        if (n < end && n < next + may_lose + 1) {
            lost += n - next;
            next = n + 1;
            in_program = true;
            continue;
        }
        // A ramp or silence. Behind a publication that was cut in two the tail is missing: there, and only there, silence follows at once.
        bool cut = same(h, 0, 0);
        if (!in_program && i > 0 && step_too_large(scene->heard[i - 1], h) && (!cut || cuts++ > 0))
            return say("output frame %zu is neither program nor part of a ramp", i);
        in_program = false;
    }
    lost += end - next;
    return lost > may_lose ? say("%u program frames are missing", lost) : NULL;
}
