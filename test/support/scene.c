// The stage. In: a board and a configuration. Out: every frame that a DAC took from the pins, and a verdict on it.

#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 128 * 1024 };

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
    *block = (ta_block_t){program->buffer, frames, false, 0};
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
        return verdict_say("DMA %s outside registered blocks, channel %u at 0x%08x, nearest \"%s\"",
                           violation.write ? "write" : "read", violation.channel, violation.address, violation.nearest);
    if (!chip_claims_none())
        return "claims are left";
    if (scene->arena.used != 0)
        return verdict_say("%zu bytes are left allocated", scene->arena.used);
    if (scene->decoder.malformed)
        return verdict_say("%llu malformed half frames at the pins", (unsigned long long)scene->decoder.malformed);
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

static heard_t frame_of(const void *context, uint32_t number)
{
    const scene_t *scene = context;
    return scene_frame(number, scene->config.bits);
}

heard_t scene_ramp(heard_t to, int k, unsigned bits)
{
    return verdict_ramp(to, k, bits);
}

static verdict_t verdict_on(const scene_t *scene)
{
    return (verdict_t){.heard = scene->heard,
                       .count = scene->heard_count,
                       .output = &scene->i2s.output,
                       .bits = scene->config.bits,
                       .frame = frame_of,
                       .context = scene};
}

const char *scene_check(const scene_t *scene, const stretch_t *stretches, unsigned count)
{
    verdict_t of = verdict_on(scene);
    return verdict_check(&of, stretches, count);
}

const char *scene_check_order(const scene_t *scene, uint32_t first, uint32_t frames, uint32_t may_lose)
{
    verdict_t of = verdict_on(scene);
    return verdict_check_order(&of, first, frames, may_lose);
}
