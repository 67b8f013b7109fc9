// libFuzzer on Filter, Distortion, Phaser and Freeverb: an input is a kind and a format, and then a script of calls in any order: parameters of any value, chains, stages and modes
// replaced, upstreams that end, fault, wait or give nothing, clearing, pulls of any size. What must hold: every pull gives frames, as many as it may, without an end.
#include "test/support/fx_rig.c" // not in the library

typedef struct {
    const uint8_t *at, *end;
} script_t;

static uint8_t byte(script_t *script)
{
    return script->at < script->end ? *script->at++ : 0;
}

static ta_real_t number(script_t *script)
{
    static const double ends[] = {0, 1, -1, 0.5, 1000, 1e30, -1e30, 24000};
    uint8_t kind = byte(script);
    float any;
    uint32_t bits = 0;
    if (kind & 0x80)
        return (ta_real_t)ends[kind & 7];
    for (int b = 0; b < 4; b++)
        bits = bits << 8 | byte(script);
    memcpy(&any, &bits, sizeof any);
    return (ta_real_t)any; // infinities and what is no number, too
}

// An upstream by the script's own bytes: a pull gives so many frames, and this result.
typedef struct {
    ta_source_t source;
    script_t answers;
    uint8_t frames[64 * 8];
} wayward_t;

static ta_pull_t wayward_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    wayward_t *from = (wayward_t *)source;
    uint8_t answer = byte(&from->answers);
    uint32_t frames = answer & 63U;
    block->data = from->frames + (answer & 1); // off any boundary, where a sample's bytes leave room
    block->frames = frames < max_frames ? frames : max_frames;
    if (ta_frame_bytes(&source->format) * block->frames + 1 > sizeof from->frames)
        block->data = from->frames;
    static const ta_pull_t results[] = {TA_PULL_MORE, TA_PULL_WAIT, TA_PULL_END, TA_PULL_FAULT};
    return from->answers.at == from->answers.end ? TA_PULL_END : results[answer >> 6];
}

static const ta_source_ops_t wayward_ops = {wayward_pull, NULL};
static wayward_t waywards[2];
static ta_raw_t raws[2];

static void play(fx_rig_t *rig, script_t *script)
{
    static const int16_t samples[600] = {32767, -32768, 5, 6, 7, 32767, 32767, 32767, 100};
    uint8_t kind = byte(script), which = kind & 1;
    ta_format_t format = {(ta_sample_t)(byte(script) % TA_SAMPLES), (uint8_t)(kind / 2 % 2 + 1), rig->fx->rate_hz};
    ta_source_t *old = which ? &waywards[1].source : &waywards[0].source, *source = NULL;
    if (ta_intake_holds(&rig->fx->intake, old) || ta_intake_holds(&rig->fx->intake, &raws[which].source))
        return; // borrowed
    if (kind & 4) {
        must(ta_raw_init(&raws[which], &format, samples, sizeof samples / ta_frame_bytes(&format)) == TA_OK, "raw");
        if (kind & 8)
            must(ta_source_set_loop(&raws[which].source, kind % 16, 0, TA_LOOP_FOREVER) == TA_OK, "loop");
        source = &raws[which].source;
    } else if (kind & 16) {
        ta_source_init(&waywards[which].source, &wayward_ops, &format, TA_FRAMES_UNKNOWN);
        memset(waywards[which].frames, kind, sizeof waywards[which].frames);
        waywards[which].answers = *script;
        source = &waywards[which].source;
    }
    must(ta_fx_play(rig->fx, source) == TA_OK, "play");
}

static void chain(fx_rig_t *rig, script_t *script)
{
    uint8_t bits = byte(script);
    ta_biquad_t *filters[FX_FILTERS_MAX];
    for (unsigned f = 0; f < FX_FILTERS_MAX; f++)
        filters[f] = &rig->biquad[(bits >> (2 * f)) % FX_FILTERS_MAX];
    uint32_t count = bits % (FX_FILTERS_MAX + 1);
    if (rig->kind == FX_FILTER)
        must(ta_chain_set(&rig->filter.chain, filters, count) == TA_OK, "chain");
    if (rig->kind == FX_FREEVERB)
        must(ta_chain_set(bits & 0x80 ? &rig->freeverb.pre : &rig->freeverb.post, filters, count) == TA_OK, "chain");
}

static void biquad(fx_rig_t *rig, script_t *script)
{
    uint8_t which = byte(script);
    ta_biquad_t *one = &rig->biquad[which % FX_FILTERS_MAX];
    ta_param_t *params[] = {&one->frequency, &one->q, &one->a};
    ta_param_set(params[which / FX_FILTERS_MAX % 3], number(script));
}

static void setting(fx_rig_t *rig, script_t *script)
{
    uint8_t value = byte(script);
    if (rig->kind == FX_DISTORTION) {
        rig->distortion.soft_clip = value & 0x80;
        must(ta_distortion_set_mode(&rig->distortion, (ta_distortion_mode_t)(value % TA_DISTORTIONS)) == TA_OK, "mode");
    }
    if (rig->kind == FX_PHASER)
        must(ta_phaser_set_stages(&rig->phaser, value + 1U) == (value < FX_STAGES_MAX ? TA_OK : TA_E_ARG), "stages");
}

static void parameter(fx_rig_t *rig, script_t *script)
{
    unsigned count = 0, which = byte(script);
    while (rig->param[count])
        count++;
    ta_param_set(rig->param[which % count], number(script));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ta_sample_t gives[] = {TA_SAMPLE_U8, TA_SAMPLE_S8, TA_SAMPLE_U16, TA_SAMPLE_S16};
    static const uint32_t rates[] = {1000, 8000, 44100};
    static uint8_t out[4096 * 4];
    script_t script = {data, data + size};
    fx_rig_t rig;
    uint8_t kind = byte(&script), more = byte(&script);
    fx_rig_make(&rig, (fx_kind_t)(kind % FX_KINDS), gives[kind / 4 % 4], kind / 16 % 2 + 1, rates[more % 3],
                more ? more * 3U : 4096);
    uint32_t frames_left = 20000;
    while (script.at < script.end && frames_left > 0) {
        uint8_t what = byte(&script);
        if (what < 0x60) {
            uint32_t frames = 1U + (uint32_t)byte(&script) * 2U;
            frames = frames < frames_left ? frames : frames_left;
            fx_rig_hear(&rig, out, frames, what + 1U);
            frames_left -= frames;
        } else {
            static void (*const calls[])(fx_rig_t *, script_t *) = {play, chain, biquad, setting, parameter, parameter};
            unsigned call = what % 7;
            if (call == 6)
                ta_fx_clear(rig.fx);
            else
                calls[call](&rig, &script);
        }
    }
    fx_rig_free(&rig);
    return 0;
}
