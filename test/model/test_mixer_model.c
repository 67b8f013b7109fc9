// The mixer against its definition in double precision: every format of a voice in every format of a mixer, over a table of levels and pannings; and random
// schedules of play, stop, end, loop, levels, limits, with sources that end, wait, fault and lend little.
//
// What may differ, in units of 16 bits: half a unit by rounding; for each voice 1/128 by cutting sums off, and, where its gain is no multiple of 1/32768 (on its
// way, panned, or an odd level), up to 3/32768 of its sample; for what falls 6 units. Then 8 bits are the upper ones.
#include "tonearm/mixer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#ifndef TEST_TURNS
#define TEST_TURNS 480 // schedules; fewer where a processor is emulated
#endif

enum { RATE = 44100, PROGRAM_BYTES = 4096, VOICES_MAX = 255, RAMP = 64, TICK = 128 };

static uint32_t seed = 1;

static uint32_t random_below(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return (uint32_t)(((uint64_t)seed * below) >> 32);
}

// ---- programs that voices play -----------------------------------------------------------------------------------------

typedef struct {
    ta_source_t source;
    const uint8_t *bytes;
    uint32_t piece;      // lends at most so many
    uint32_t wait_every; // waits once at each such frame; 0: never
    uint64_t fault_at;
    uint64_t waited; // the frame at which it has, and 1
} program_t;

static ta_pull_t program_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    program_t *program = (program_t *)source;
    uint64_t at = source->position;
    if (at == program->fault_at)
        return TA_PULL_FAULT;
    if (program->wait_every && at % program->wait_every == 0 && program->waited != at + 1) {
        program->waited = at + 1;
        return TA_PULL_WAIT;
    }
    uint64_t frames = max_frames < program->piece ? max_frames : program->piece;
    if (program->wait_every && frames > program->wait_every - at % program->wait_every)
        frames = program->wait_every - at % program->wait_every;
    if (program->fault_at > at && frames > program->fault_at - at)
        frames = program->fault_at - at;
    block->data = program->bytes + at * ta_frame_bytes(&source->format);
    block->frames = (uint32_t)frames;
    return TA_PULL_MORE;
}

static ta_status_t program_seek(ta_source_t *source, uint64_t frame)
{
    (void)source;
    (void)frame;
    return TA_OK;
}

static const ta_source_ops_t program_ops = {program_pull, program_seek};
static _Alignas(8) uint8_t bytes_of_programs[PROGRAM_BYTES + 8];

static void make_bytes(void)
{
    for (unsigned i = 0; i < sizeof bytes_of_programs; i++)
        bytes_of_programs[i] = (uint8_t)random_below(256);
}

static void make_program(program_t *program, ta_sample_t sample, unsigned channels, uint64_t frames, unsigned offset)
{
    memset(program, 0, sizeof *program);
    ta_source_init(&program->source, &program_ops, &(ta_format_t){sample, (uint8_t)channels, RATE}, frames);
    program->bytes = bytes_of_programs + offset;
    program->piece = UINT32_MAX;
    program->fault_at = UINT64_MAX;
}

// A sample on the scale of 16 bits, by its definition: 8 bits are its upper ones, wider ones are rounded half up.
static double sample_of(const program_t *program, uint64_t frame, unsigned channel)
{
    ta_sample_t sample = program->source.format.sample;
    unsigned width = ta_sample_bytes(sample), bits = sample == TA_SAMPLE_S24IN32 ? 24 : 8 * width;
    const uint8_t *at = program->bytes + ((size_t)frame * program->source.format.channels + channel) * width;
    int64_t value = 0;
    for (unsigned i = 0; i < width; i++)
        value |= (int64_t)at[i] << (8 * i);
    value &= ((int64_t)1 << bits) - 1;
    bool is_unsigned = sample == TA_SAMPLE_U8 || sample == TA_SAMPLE_U16;
    if (is_unsigned || value >> (bits - 1))
        value -= (int64_t)1 << (is_unsigned ? bits - 1 : bits);
    return fmin(floor(ldexp((double)value, 16 - (int)bits) + 0.5), 32767);
}

// ---- the model ---------------------------------------------------------------------------------------------------------

typedef struct {
    program_t *program; // NULL: none
    uint64_t position;
    bool loops;
    uint64_t waited;
    double level, panning;        // as set
    double at[2], to[2], from[2]; // gains
    unsigned ramp;                // frames left
    bool sounded;                 // until the end of the last tick
    double last[2];               // what it counted there
    // To be taken up:
    bool offer, wish, loop;
    program_t *offered;
} voice_t;

typedef struct {
    unsigned channels, voices, limit;
    voice_t voice[VOICES_MAX];
    double fall[2];
    unsigned fall_left;
    unsigned shed, faults;
    double sum[TICK][2], bound[TICK];
} model_t;

static double within(double value, double low, double high)
{
    return value > low ? fmin(value, high) : low;
}

static void gains_of(const voice_t *voice, unsigned channels, double gains[2])
{
    double level = within(voice->level, 0, 1), panning = within(voice->panning, -32767.0 / 32768, 32767.0 / 32768);
    double away = fabs(panning) * 32768 / 32767;
    gains[0] = channels == 2 && panning > 0 ? level * (1 - away) : level;
    gains[1] = channels == 2 && panning < 0 ? level * (1 - away) : level;
}

static void model_fall(model_t *model, voice_t *voice)
{
    if (!voice->sounded)
        return;
    for (unsigned c = 0; c < 2; c++)
        model->fall[c] = model->fall[c] * model->fall_left / RAMP + voice->last[c];
    model->fall_left = RAMP;
    voice->sounded = false;
}

// What is left of a gain that is no whole number of 1/32768.
static double inexact(const voice_t *voice, unsigned channels)
{
    bool odd = fabs(voice->level * 32768 - rint(voice->level * 32768)) > 1e-9;
    return voice->ramp || odd || (channels == 2 && voice->panning != 0) ? 3.0 / 32768 : 0;
}

static void model_frame(model_t *model, voice_t *voice, unsigned f, bool is_last)
{
    const program_t *program = voice->program;
    if (voice->ramp) {
        voice->ramp--;
        for (unsigned c = 0; c < 2; c++)
            voice->at[c] = voice->to[c] + (voice->from[c] - voice->to[c]) * voice->ramp / RAMP;
    }
    double left = sample_of(program, voice->position, 0);
    double right = sample_of(program, voice->position, program->source.format.channels - 1U);
    double in[2] = {model->channels == 1 ? (left + right) / 2 : left, right};
    for (unsigned c = 0; c < model->channels; c++) {
        double counts = in[c] * voice->at[c];
        model->sum[f][c] += counts;
        if (is_last)
            voice->last[c] = counts;
    }
    model->bound[f] += 1.0 / 128 + inexact(voice, model->channels) * fmax(fabs(left), fabs(right)) +
                       (voice->ramp == 0 && inexact(voice, model->channels) == 0 ? 0 : 0.001);
    voice->position++;
}

// False: no frame now.
static bool model_has_frame(model_t *model, voice_t *voice)
{
    program_t *program = voice->program;
    if (voice->position == program->source.frames && voice->loops)
        voice->position = 0;
    if (voice->position == program->source.frames) {
        voice->program = NULL;
        return false;
    }
    if (voice->position == program->fault_at) {
        model->faults++;
        voice->program = NULL;
        return false;
    }
    if (program->wait_every && voice->position % program->wait_every == 0 && voice->waited != voice->position + 1) {
        voice->waited = voice->position + 1;
        return false;
    }
    return true;
}

static void model_play(model_t *model, voice_t *voice, unsigned frames)
{
    double gains[2];
    gains_of(voice, model->channels, gains);
    if (gains[0] != voice->to[0] || gains[1] != voice->to[1]) {
        memcpy(voice->from, voice->at, sizeof gains);
        memcpy(voice->to, gains, sizeof gains);
        voice->ramp = RAMP;
    }
    unsigned f = 0;
    for (; f < frames && model_has_frame(model, voice); f++)
        model_frame(model, voice, f, f == frames - 1);
    voice->sounded = f == frames;
    for (; f < frames && voice->ramp; f++) { // gains move on in silence
        voice->ramp--;
        for (unsigned c = 0; c < 2; c++)
            voice->at[c] = voice->to[c] + (voice->from[c] - voice->to[c]) * voice->ramp / RAMP;
    }
    if (!voice->program)
        return;
    if (voice->position == voice->program->source.frames && !voice->loops) {
        voice->program = NULL; // ended with the tick
        voice->sounded = false;
    }
}

static void model_take(model_t *model, voice_t *voice)
{
    if (voice->offer) {
        model_fall(model, voice);
        voice->program = voice->offered;
        voice->position = voice->waited = 0;
        voice->loops = false;
        gains_of(voice, model->channels, voice->to);
        memcpy(voice->at, voice->to, sizeof voice->at);
        voice->ramp = 0;
        voice->offer = false;
    }
    if (voice->wish && voice->program)
        voice->loops = voice->loop;
    voice->wish = false;
}

static void model_tick(model_t *model, unsigned frames)
{
    unsigned sounding = 0;
    for (unsigned f = 0; f < frames; f++) {
        model->sum[f][0] = model->sum[f][1] = 0;
        model->bound[f] = 0.5;
    }
    for (unsigned v = 0; v < model->voices; v++) {
        voice_t *voice = &model->voice[v];
        model_take(model, voice);
        if (!voice->program)
            continue;
        if (model->limit && sounding == model->limit) {
            voice->program = NULL;
            model_fall(model, voice);
            model->shed++;
            continue;
        }
        sounding++;
        model_play(model, voice, frames);
    }
    for (unsigned f = 0; f < frames && model->fall_left; f++) {
        model->fall_left--;
        for (unsigned c = 0; c < model->channels; c++)
            model->sum[f][c] += model->fall[c] * model->fall_left / RAMP;
        model->bound[f] += 6;
    }
}

// ---- both side by side -------------------------------------------------------------------------------------------------

typedef struct {
    ta_mixer_t mixer;
    model_t model;
    void *storage;
    ta_format_t format;
    uint32_t buffer_frames;
    uint64_t samples; // compared
} pair_t;

static void open_pair(pair_t *pair, ta_sample_t sample, unsigned channels, uint32_t voices, uint32_t buffer_frames)
{
    memset(pair, 0, sizeof *pair);
    pair->format = (ta_format_t){sample, (uint8_t)channels, RATE};
    pair->buffer_frames = buffer_frames;
    ta_mixer_config_t config = {pair->format, voices, 0, buffer_frames, NULL, 0};
    ta_need_t need;
    assert_int_equal(ta_mixer_need(&config, &need), TA_OK);
    pair->storage = malloc(need.bytes);
    assert_non_null(pair->storage);
    assert_int_equal(ta_mixer_init(&pair->mixer, &config, pair->storage), TA_OK);
    pair->model.channels = channels;
    pair->model.voices = voices;
    for (unsigned v = 0; v < voices; v++)
        pair->model.voice[v].level = 1;
}

static int got_sample(const pair_t *pair, const uint8_t *at)
{
    ta_sample_t sample = pair->format.sample;
    if (sample == TA_SAMPLE_U8)
        return at[0] - 128;
    if (sample == TA_SAMPLE_S8)
        return (int8_t)at[0];
    int word = at[0] | at[1] << 8;
    return sample == TA_SAMPLE_U16 ? word - 32768 : (int16_t)word;
}

static double upper(const pair_t *pair, double sum)
{
    double sample = within(floor(sum + 0.5), -32768, 32767);
    return ta_sample_bytes(pair->format.sample) == 1 ? floor(sample / 256) : sample;
}

static void compare(pair_t *pair, const uint8_t *block, unsigned frames)
{
    unsigned width = ta_sample_bytes(pair->format.sample);
    for (unsigned s = 0; s < frames * pair->model.channels; s++) {
        unsigned f = s / pair->model.channels;
        double sum = pair->model.sum[f][s % pair->model.channels], bound = pair->model.bound[f] - 0.5;
        int got = got_sample(pair, block + (size_t)s * width);
        double low = upper(pair, sum - bound), high = upper(pair, sum + bound);
        if (got < low || got > high)
            fail_msg("sample %llu: %d, must be %.0f to %.0f", (unsigned long long)pair->samples, got, low, high);
        pair->samples++;
    }
}

static void play_block(pair_t *pair)
{
    static uint8_t block[4096 * 4];
    unsigned frame_bytes = ta_frame_bytes(&pair->format);
    for (uint32_t got = 0; got < pair->buffer_frames;) {
        ta_block_t lent;
        assert_int_equal(ta_source_pull(&pair->mixer.source, 1 + random_below(pair->buffer_frames), &lent),
                         TA_PULL_MORE);
        assert_true(lent.frames > 0 && got + lent.frames <= pair->buffer_frames);
        memcpy(block + (size_t)got * frame_bytes, lent.data, (size_t)lent.frames * frame_bytes);
        got += lent.frames;
    }
    uint32_t frames = (pair->buffer_frames - 1) % TICK + 1; // the first tick is the short one
    for (uint32_t at = 0; at < pair->buffer_frames; frames = TICK) {
        model_tick(&pair->model, frames);
        compare(pair, block + (size_t)at * frame_bytes, frames);
        at += frames;
    }
}

static void set_level(pair_t *pair, unsigned v, double level, double panning)
{
    ta_param_set(ta_mixer_level(&pair->mixer, v), (ta_real_t)level);
    ta_param_set(ta_mixer_panning(&pair->mixer, v), (ta_real_t)panning);
    pair->model.voice[v].level = level;
    pair->model.voice[v].panning = panning;
}

static void play(pair_t *pair, unsigned v, program_t *program)
{
    assert_int_equal(ta_mixer_play(&pair->mixer, v, &program->source), TA_OK);
    pair->model.voice[v].offer = true;
    pair->model.voice[v].offered = program;
    pair->model.voice[v].wish = false;
}

// ---- every format, a table of levels and pannings ----------------------------------------------------------------------

static void test_every_format_level_and_panning(void **state)
{
    (void)state;
    static const double levels[] = {0, 1, 0.5, 0.25, 1 / 32768.0, 32767 / 32768.0, 0.3, 2, -1};
    static const double pannings[] = {0, 1, -1, 0.5, -0.5, 0.3, -1e-5, 5, -5};
    enum { LEVELS = sizeof levels / sizeof levels[0], PANNINGS = sizeof pannings / sizeof pannings[0] };
    static pair_t pair;
    program_t program;
    unsigned long long samples = 0;
    make_bytes();
    for (unsigned way = 0; way < TA_SAMPLES * 2 * 4 * 2; way++) {
        unsigned in = way % TA_SAMPLES, in_channels = way / TA_SAMPLES % 2 + 1;
        unsigned out = way / TA_SAMPLES / 2 % 4, out_channels = way / TA_SAMPLES / 8 + 1;
        for (unsigned row = 0; row < LEVELS * PANNINGS; row++) {
            open_pair(&pair, (ta_sample_t)out, out_channels, 1, 97);
            make_program(&program, (ta_sample_t)in, in_channels, 90 + row % 9, way % 4);
            set_level(&pair, 0, levels[row % LEVELS], pannings[row / LEVELS]);
            play(&pair, 0, &program);
            play_block(&pair);
            play_block(&pair);
            samples += pair.samples;
            free(pair.storage);
        }
    }
    assert_int_equal(samples, 7ULL * 2 * 4 * (1 + 2) * LEVELS * PANNINGS * 2 * 97);
}

// ---- schedules ---------------------------------------------------------------------------------------------------------

typedef struct {
    pair_t pair;
    program_t programs[VOICES_MAX][3];
    unsigned plays, stops, ends, levels;
} walk_t;

static program_t *free_program(walk_t *walk, unsigned v)
{
    for (unsigned p = 0; p < 3; p++)
        if (!ta_mixer_holds(&walk->pair.mixer, &walk->programs[v][p].source))
            return &walk->programs[v][p];
    fail_msg("a voice holds three sources");
    return NULL;
}

static void walk_play(walk_t *walk, unsigned v)
{
    program_t *program = free_program(walk, v);
    ta_sample_t sample = random_below(3) ? TA_SAMPLE_S16 : (ta_sample_t)random_below(TA_SAMPLES);
    make_program(program, sample, 1 + random_below(2), 1 + random_below(random_below(3) ? 500 : 5), random_below(5));
    if (random_below(3) == 0)
        program->piece = 1 + random_below(40);
    if (random_below(4) == 0)
        program->wait_every = 1 + random_below(200);
    if (random_below(6) == 0)
        program->fault_at = random_below(300);
    play(&walk->pair, v, program);
    walk->plays++;
}

static void walk_loop(walk_t *walk, unsigned v, bool on)
{
    voice_t *voice = &walk->pair.model.voice[v];
    bool plays = voice->offer ? voice->offered != NULL : voice->program != NULL;
    assert_int_equal(ta_mixer_playing(&walk->pair.mixer, v), plays);
    if (on)
        assert_int_equal(ta_mixer_loop(&walk->pair.mixer, v, true), plays ? TA_OK : TA_E_STATE);
    else
        assert_int_equal(ta_mixer_end(&walk->pair.mixer, v), TA_OK);
    voice->wish = plays;
    voice->loop = on;
    walk->ends++;
}

static void walk_step(walk_t *walk)
{
    static const double rounds[] = {0, 1, 0.5, 0.25, 0.125, 0.75};
    unsigned v = random_below(walk->pair.model.voices);
    switch (random_below(8)) {
    case 0:
    case 1:
    case 2:
        walk_play(walk, v);
        break;
    case 3:
        assert_int_equal(ta_mixer_stop(&walk->pair.mixer, v), TA_OK);
        walk->pair.model.voice[v].offer = true;
        walk->pair.model.voice[v].offered = NULL;
        walk->stops++;
        break;
    case 4:
    case 5:
        walk_loop(walk, v, random_below(3) != 0);
        break;
    case 6:
        set_level(&walk->pair, v, random_below(2) ? rounds[random_below(6)] : random_below(1000) / 999.0,
                  random_below(2) ? 0 : random_below(2001) / 1000.0 - 1);
        walk->levels++;
        break;
    default:
        if (random_below(4) == 0) {
            walk->pair.model.limit = random_below(walk->pair.model.voices + 1);
            ta_mixer_limit(&walk->pair.mixer, walk->pair.model.limit);
        }
    }
}

static void check_voices(walk_t *walk)
{
    const model_t *model = &walk->pair.model;
    for (unsigned v = 0; v < model->voices; v++)
        assert_int_equal(ta_mixer_playing(&walk->pair.mixer, v), model->voice[v].program != NULL);
    assert_int_equal(ta_mixer_shed(&walk->pair.mixer), model->shed);
    assert_int_equal(ta_mixer_faults(&walk->pair.mixer), model->faults);
}

static void test_schedules(void **state)
{
    (void)state;
    static walk_t walk;
    static const unsigned voices[] = {1, 2, 3, 8, 16, 255};
    static const uint32_t frames[] = {1, 2, 17, 64, 65, 100, 127, 128, 129, 200, 256, 300, 512};
    unsigned long plays = 0, stops = 0, ends = 0, levels = 0, sheds = 0, faults = 0;
    unsigned long long samples = 0;
    for (unsigned turn = 0; turn < TEST_TURNS; turn++) {
        seed = 1 + turn;
        make_bytes();
        memset(&walk, 0, sizeof walk);
        unsigned count = voices[turn % 6 == 5 && turn % 60 != 5 ? 0 : turn % 6];
        open_pair(&walk.pair, (ta_sample_t)(turn / 6 % 4), 1 + turn / 24 % 2, count, frames[turn % 13]);
        for (unsigned block = 0; block < 40; block++) {
            for (unsigned steps = random_below(4) * (1 + count / 8); steps > 0; steps--)
                walk_step(&walk);
            play_block(&walk.pair);
            check_voices(&walk);
        }
        plays += walk.plays;
        stops += walk.stops;
        ends += walk.ends;
        levels += walk.levels;
        sheds += walk.pair.model.shed;
        faults += walk.pair.model.faults;
        samples += walk.pair.samples;
        free(walk.pair.storage);
    }
    print_message(
        "schedules: %llu samples, %lu plays, %lu stops, %lu loops and ends, %lu levels, %lu shed, %lu faults\n",
        samples, plays, stops, ends, levels, sheds, faults);
    assert_true(samples > TEST_TURNS * 5000ULL && plays > TEST_TURNS * 30UL && stops > TEST_TURNS * 10UL);
    assert_true(ends > TEST_TURNS * 20UL && levels > TEST_TURNS * 10UL && sheds > TEST_TURNS && faults > TEST_TURNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_level_and_panning),
        cmocka_unit_test(test_schedules),
    };
    return cmocka_run_group_tests_name("mixer model", tests, NULL, NULL);
}
