// Effects for tests. See fx_rig.h.
#include "fx_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fx_rig: %s\n", what);
    abort();
}

// Exactly as large as asked, so that sanitizers and valgrind see what lies beyond.
static void take(fx_rig_t *rig, const ta_need_t *needs, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        rig->bytes[n] = needs[n].bytes;
        must(posix_memalign(&rig->storage[n], needs[n].align < sizeof(void *) ? sizeof(void *) : needs[n].align,
                            needs[n].bytes) == 0,
             "no memory");
        memset(rig->storage[n], 0x5A, needs[n].bytes);
    }
}

static void make_biquads(fx_rig_t *rig)
{
    must(ta_biquad_init(&rig->biquad[0], TA_BIQUAD_LOW_PASS, 2000) == TA_OK, "biquad");
    must(ta_biquad_init(&rig->biquad[1], TA_BIQUAD_HIGH_PASS, 100) == TA_OK, "biquad");
    must(ta_biquad_init(&rig->biquad[2], TA_BIQUAD_PEAKING_EQ, 1000) == TA_OK, "biquad");
    ta_param_set(&rig->biquad[2].a, 2);
}

static void make_filter(fx_rig_t *rig, const ta_fx_config_t *config)
{
    ta_filter_config_t filter = {*config, FX_FILTERS_MAX};
    ta_need_t needs[TA_FILTER_NEEDS];
    must(ta_filter_need(&filter, needs) == TA_OK, "filter: need");
    take(rig, needs, TA_FILTER_NEEDS);
    must(ta_filter_init(&rig->filter, &filter, rig->storage) == TA_OK, "filter: init");
    ta_biquad_t *chain[] = {&rig->biquad[0], &rig->biquad[1], &rig->biquad[2]};
    must(ta_chain_set(&rig->filter.chain, chain, 3) == TA_OK, "filter: chain");
    rig->fx = &rig->filter.fx;
    rig->param[0] = &rig->filter.mix;
}

static void make_distortion(fx_rig_t *rig, const ta_fx_config_t *config)
{
    ta_need_t need;
    must(ta_distortion_need(config, &need) == TA_OK, "distortion: need");
    take(rig, &need, 1);
    must(ta_distortion_init(&rig->distortion, config, rig->storage[0]) == TA_OK, "distortion: init");
    rig->fx = &rig->distortion.fx;
    rig->param[0] = &rig->distortion.drive;
    rig->param[1] = &rig->distortion.pre_gain;
    rig->param[2] = &rig->distortion.post_gain;
    rig->param[3] = &rig->distortion.mix;
}

static void make_phaser(fx_rig_t *rig, const ta_fx_config_t *config)
{
    ta_phaser_config_t phaser = {*config, FX_STAGES_MAX};
    ta_need_t needs[TA_PHASER_NEEDS];
    must(ta_phaser_need(&phaser, needs) == TA_OK, "phaser: need");
    take(rig, needs, TA_PHASER_NEEDS);
    must(ta_phaser_init(&rig->phaser, &phaser, rig->storage) == TA_OK, "phaser: init");
    rig->fx = &rig->phaser.fx;
    rig->param[0] = &rig->phaser.frequency;
    rig->param[1] = &rig->phaser.feedback;
    rig->param[2] = &rig->phaser.mix;
}

static void make_freeverb(fx_rig_t *rig, const ta_fx_config_t *config)
{
    ta_freeverb_config_t freeverb = {*config, FX_FILTERS_MAX};
    ta_need_t needs[TA_FREEVERB_NEEDS];
    must(ta_freeverb_need(&freeverb, needs) == TA_OK, "freeverb: need");
    take(rig, needs, TA_FREEVERB_NEEDS);
    must(ta_freeverb_init(&rig->freeverb, &freeverb, rig->storage) == TA_OK, "freeverb: init");
    ta_biquad_t *chain[] = {&rig->biquad[0], &rig->biquad[1]};
    must(ta_chain_set(&rig->freeverb.pre, chain, 1) == TA_OK, "freeverb: pre");
    must(ta_chain_set(&rig->freeverb.post, chain, 2) == TA_OK, "freeverb: post");
    rig->fx = &rig->freeverb.fx;
    rig->param[0] = &rig->freeverb.roomsize;
    rig->param[1] = &rig->freeverb.damp;
    rig->param[2] = &rig->freeverb.mix;
}

void fx_rig_make(fx_rig_t *rig, fx_kind_t kind, ta_sample_t sample, unsigned channels, uint32_t rate_hz,
                 uint32_t buffer_frames)
{
    static void (*const make[FX_KINDS])(fx_rig_t *, const ta_fx_config_t *) = {make_filter, make_distortion,
                                                                               make_phaser, make_freeverb};
    ta_fx_config_t config = {{sample, (uint8_t)channels, rate_hz}, buffer_frames};
    memset(rig, 0, sizeof *rig);
    make_biquads(rig);
    make[kind](rig, &config);
    rig->kind = kind;
    for (unsigned p = 0; rig->param[p]; p++)
        rig->mix = rig->param[p];
}

void fx_rig_free(fx_rig_t *rig)
{
    for (unsigned n = 0; n < 3; n++)
        free(rig->storage[n]);
    memset(rig, 0, sizeof *rig);
}

const char *fx_rig_name(fx_kind_t kind)
{
    static const char *const names[FX_KINDS] = {"filter", "distortion", "phaser", "freeverb"};
    return names[kind];
}

void fx_rig_hear(fx_rig_t *rig, void *to, uint32_t frames, uint32_t appetite)
{
    unsigned bytes = ta_frame_bytes(&rig->fx->source.format);
    uint8_t *at = to;
    while (frames > 0) {
        ta_block_t block;
        uint32_t want = frames < appetite ? frames : appetite;
        must(ta_source_pull(&rig->fx->source, want, &block) == TA_PULL_MORE && block.frames > 0 && block.frames <= want,
             "it does not go on");
        memcpy(at, block.data, (size_t)block.frames * bytes);
        at += (size_t)block.frames * bytes;
        frames -= block.frames;
    }
}

void fx_rig_play(fx_rig_t *rig, ta_raw_t *raw, ta_sample_t sample, const void *data, uint32_t frames)
{
    ta_format_t format = {sample, rig->fx->source.format.channels, rig->fx->rate_hz};
    must(ta_raw_init(raw, &format, data, frames) == TA_OK, "raw");
    must(ta_fx_play(rig->fx, &raw->source) == TA_OK, "play");
}

void fx_rig_noise(int16_t *to, size_t samples, uint32_t seed)
{
    for (size_t s = 0; s < samples; s++) {
        seed = seed * 1664525U + 1013904223U;
        to[s] = (int16_t)(seed >> 16);
    }
}
