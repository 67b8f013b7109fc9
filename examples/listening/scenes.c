// The ten scenes. Each makes its sources, and then says what happens and how long it is heard.
#include "scenes.h"

#include <math.h>
#include <string.h>

#define PI   ((ta_real_t)3.14159265358979323846)
#define R(x) ((ta_real_t)(x))

static const ta_format_t format = {TA_SAMPLE_S16, 1, RATE_HZ};
static const ta_fx_config_t frame = {{TA_SAMPLE_S16, 1, RATE_HZ}, 0};

// ---- waveforms and a synthesizer -------------------------------------------------------------------------------------------

enum { WAVE = 1024, NOISE = 16384 };

static int16_t sine[WAVE], saw[256], organ[WAVE], noise[NOISE];

static void make_waves(void)
{
    uint32_t chance = 1;
    for (int n = 0; n < WAVE; n++) {
        double turn = 2 * PI * n / WAVE;
        sine[n] = (int16_t)lrint(32767 * sin(turn));
        organ[n] =
            (int16_t)lrint(18000 * (sin(turn) + 0.4 * sin(2 * turn) + 0.25 * sin(3 * turn) + 0.12 * sin(5 * turn)));
    }
    for (int n = 0; n < 256; n++)
        saw[n] = (int16_t)(n * 257 - 32768);
    for (int n = 0; n < NOISE; n++) {
        chance = chance * 1664525U + 1013904223U;
        noise[n] = (int16_t)(chance >> 16);
    }
}

static ta_synth_t synth;

static void make_synth(const int16_t *wave, uint32_t length, const ta_envelope_t *envelope)
{
    make_waves();
    const ta_synth_config_t config = {.rate_hz = RATE_HZ,
                                      .channels = 1,
                                      .polyphony = 8,
                                      .interpolate = true,
                                      .wave = {wave, length},
                                      .envelope = envelope};
    ta_need_t need;
    must(ta_synth_need(&config, &need), "synthesizer");
    must(ta_synth_init(&synth, &config, take(&need)), "synthesizer");
}

static void press(ta_note_t *note, ta_real_t hz, ta_real_t amplitude)
{
    must(ta_note_init(note, hz), "note");
    ta_param_set(&note->amplitude, amplitude);
    must(ta_synth_press(&synth, note), "press");
}

// A plucked note: `seconds` long, of which it is held the first part.
static void pluck(ta_source_t *through, unsigned key, double held, double seconds)
{
    static ta_note_t notes[4];
    static unsigned next;
    ta_note_t *note = &notes[next++ % 4];
    press(note, ta_midi_to_hz((ta_real_t)key), R(0.8));
    hear(through, held);
    ta_synth_release(&synth, note);
    hear(through, seconds - held);
}

static const ta_envelope_t plucked = {R(0.005), R(0.15), R(0.12), R(1), R(0.3)};
static const ta_envelope_t soft = {R(0.05), R(0.1), R(0.3), R(1), R(0.8)};

// ---- scenes ----------------------------------------------------------------------------------------------------------------

// A saw that rises by five octaves: read from a waveform, then without aliases.
static void play_saw(void)
{
    ta_note_t note;
    make_synth(saw, 256, &soft);
    for (int way = 0; way < 2; way++) {
        press(&note, 150, R(0.6));
        must(ta_note_set_tone(&note, way ? TA_TONE_SAW : TA_TONE_WAVE), "tone");
        for (int step = 0; step < 250; step++) {
            ta_param_set(&note.bend, R(step / 50.0));
            hear(&synth.source, 0.01);
        }
        ta_synth_release(&synth, &note);
        hear(&synth.source, 0.5);
    }
}

// Four notes, and echoes of them that get duller.
static void play_echo(void)
{
    static ta_echo_t echo;
    static ta_biquad_t dull;
    ta_biquad_t *chain[] = {&dull};
    ta_need_t needs[TA_DELAY_NEEDS];
    const ta_echo_config_t config = {frame, 600, 1};
    make_synth(saw, 256, &plucked);
    must(ta_echo_need(&config, needs), "echo");
    must(ta_echo_init(&echo, &config, (void *[]){take(&needs[0]), take(&needs[1])}), "echo");
    must(ta_biquad_init(&dull, TA_BIQUAD_LOW_PASS, 3500), "biquad");
    must(ta_chain_set(&echo.chain, chain, 1), "chain");
    echo.freq_shift = false;
    ta_param_set(&echo.delay_ms, 450);
    ta_param_set(&echo.decay, R(0.6));
    ta_param_set(&echo.mix, R(0.5));
    must(ta_fx_play(&echo.fx, &synth.source), "play");
    static const unsigned keys[] = {72, 76, 79, 83};
    for (unsigned n = 0; n < 4; n++)
        pluck(&echo.fx.source, keys[n], 0.1, 0.225);
    hear(&echo.fx.source, 3.6);
}

// A burst of noise and a chord in a large room.
static void play_room(void)
{
    static ta_freeverb_t room;
    static const ta_envelope_t burst = {0, R(0.02), R(0.03), R(1), R(0.5)};
    const ta_wave_t hiss = {noise, NOISE};
    ta_note_t note, chord[3];
    ta_need_t needs[TA_FREEVERB_NEEDS];
    const ta_freeverb_config_t config = {frame, 0};
    make_synth(organ, WAVE, &burst);
    must(ta_freeverb_need(&config, needs), "freeverb");
    must(ta_freeverb_init(&room, &config, (void *[]){take(&needs[0]), take(&needs[1]), take(&needs[2])}), "freeverb");
    ta_param_set(&room.roomsize, R(0.8));
    ta_param_set(&room.damp, R(0.3));
    must(ta_fx_play(&room.fx, &synth.source), "play");
    press(&note, R(RATE_HZ / (double)NOISE), R(0.7));
    must(ta_note_set_wave(&note, &hiss), "wave");
    hear(&room.fx.source, 0.03);
    ta_synth_release(&synth, &note);
    hear(&room.fx.source, 2.2);
    for (unsigned n = 0; n < 3; n++)
        press(&chord[n], ta_midi_to_hz(R(64 + 4 * n)), R(0.4));
    hear(&room.fx.source, 0.2);
    ta_synth_release_all(&synth);
    hear(&room.fx.source, 2.8);
}

// Noise through a flanger, whose comb moves, and through a chorus, whose comb stands.
static void play_combs(void)
{
    static ta_flanger_t flanger;
    static ta_chorus_t chorus;
    ta_note_t note;
    ta_need_t needs[TA_DELAY_NEEDS];
    const ta_flanger_config_t moving = {frame, 4};
    const ta_chorus_config_t standing = {frame, 4};
    make_synth(noise, NOISE, &soft);
    must(ta_flanger_need(&moving, needs), "flanger");
    must(ta_flanger_init(&flanger, &moving, (void *[]){take(&needs[0]), take(&needs[1])}), "flanger");
    must(ta_chorus_need(&standing, needs), "chorus");
    must(ta_chorus_init(&chorus, &standing, (void *[]){take(&needs[0]), take(&needs[1])}), "chorus");
    ta_param_set(&flanger.min_delay_ms, R(0.2));
    ta_param_set(&flanger.rate, R(0.4));
    ta_param_set(&flanger.depth, R(0.5));
    ta_param_set(&flanger.feedback, R(0.6));
    ta_param_set(&flanger.mix, R(0.8));
    ta_param_set(&chorus.delay_ms, 1);
    ta_param_set(&chorus.voices, 2);
    ta_param_set(&chorus.mix, R(0.6));
    press(&note, R(RATE_HZ / (double)NOISE), R(0.35));
    must(ta_fx_play(&flanger.fx, &synth.source), "play");
    hear(&flanger.fx.source, 3.5);
    must(ta_fx_play(&flanger.fx, NULL), "play");
    must(ta_fx_play(&chorus.fx, &synth.source), "play");
    hear(&chorus.fx.source, 1.5);
}

// A chord of saws through a low pass that an LFO moves.
static void play_filter(void)
{
    static ta_filter_t filter;
    static ta_biquad_t low_pass;
    static ta_lfo_t lfo;
    ta_biquad_t *chain[] = {&low_pass};
    ta_note_t chord[3];
    ta_need_t needs[TA_FILTER_NEEDS];
    const ta_filter_config_t config = {frame, 1};
    make_synth(saw, 256, &soft);
    must(ta_filter_need(&config, needs), "filter");
    must(ta_filter_init(&filter, &config, (void *[]){take(&needs[0]), take(&needs[1])}), "filter");
    must(ta_biquad_init(&low_pass, TA_BIQUAD_LOW_PASS, 1000), "biquad");
    must(ta_lfo_init(&lfo, NULL), "LFO");
    ta_param_set(&lfo.rate, R(0.5));
    ta_param_set(&lfo.scale, 2700);
    ta_param_set(&lfo.offset, 3200);
    ta_param_follow(&low_pass.frequency, &lfo.control);
    ta_param_set(&low_pass.q, 5);
    must(ta_chain_set(&filter.chain, chain, 1), "chain");
    must(ta_fx_play(&filter.fx, &synth.source), "play");
    for (unsigned n = 0; n < 3; n++) {
        press(&chord[n], ta_midi_to_hz(R(45 + 7 * n)), R(0.14));
        must(ta_note_set_tone(&chord[n], TA_TONE_SAW), "tone");
    }
    hear(&filter.fx.source, 4.5);
    ta_synth_release_all(&synth);
    hear(&filter.fx.source, 0.5);
}

// A sweep to 5 kHz at 11,025 Hz, made 44,100 Hz by straight lines, and by the quality "good".
static void play_resampler(void)
{
    enum { FRAMES = 28000 };
    static int16_t sweep[FRAMES];
    static const ta_format_t slow = {TA_SAMPLE_S16, 1, 11025};
    double turn = 0;
    for (int f = 0; f < FRAMES; f++) {
        sweep[f] = (int16_t)lrint(20000 * sin(turn) * fmin(1, fmin(f, FRAMES - f) / 500.0));
        turn += 2 * PI * (100 + 4900.0 * f / FRAMES) / 11025;
    }
    for (ta_resample_t quality = TA_RESAMPLE_LINEAR; quality <= TA_RESAMPLE_GOOD; quality++) {
        ta_raw_t raw;
        static ta_resampler_t resampler;
        ta_need_t need;
        const ta_resampler_config_t config = {.quality = quality, .rate_hz = RATE_HZ, .channels = 1};
        must(ta_raw_init(&raw, &slow, sweep, FRAMES), "sweep");
        must(ta_resampler_need(&config, &need), "resampler");
        must(ta_resampler_init(&resampler, &config, take(&need)), "resampler");
        must(ta_resampler_play(&resampler, &raw.source), "play");
        hear(&resampler.source, 3);
    }
}

enum { TONES = 3, TONE_PERIOD = 441, STEPS = 12, STEP_FRAMES = 4850 };

// What a mixer must not do: three tones of which one at a time is switched off, from one frame to the next.
static void hear_switches(int16_t tones[TONES][TONE_PERIOD])
{
    static int16_t switched[STEPS * STEP_FRAMES];
    ta_raw_t raw;
    for (int f = 0; f < STEPS * STEP_FRAMES; f++) {
        switched[f] = 0;
        for (int v = 0; v < TONES; v++) {
            bool off = f / STEP_FRAMES % 2 == 0 && f / STEP_FRAMES / 2 % TONES == v;
            switched[f] = (int16_t)(switched[f] + (off ? 0 : tones[v][f % TONE_PERIOD]));
        }
    }
    must(ta_raw_init(&raw, &format, switched, STEPS * STEP_FRAMES), "switches");
    hear(&raw.source, 1.32);
}

// First clicks: a click is a line from bottom to top. Then the same by a mixer's levels, and three stops, all in the middle of a wave.
static void play_mixer(void)
{
    static int16_t tones[TONES][TONE_PERIOD];
    static ta_mixer_t mixer;
    ta_raw_t raw[TONES];
    ta_need_t need;
    const ta_mixer_config_t config = {.format = format, .voices = TONES};
    for (unsigned v = 0; v < TONES; v++)
        for (int f = 0; f < TONE_PERIOD; f++)
            tones[v][f] = (int16_t)lrint(9000 * sin(2 * PI * f * (2 + v) / TONE_PERIOD));
    hear_switches(tones);
    must(ta_mixer_need(&config, &need), "mixer");
    must(ta_mixer_init(&mixer, &config, take(&need)), "mixer");
    for (unsigned v = 0; v < TONES; v++) {
        must(ta_raw_init(&raw[v], &format, tones[v], TONE_PERIOD), "tone");
        must(ta_source_set_loop(&raw[v].source, 0, 0, TA_LOOP_FOREVER), "loop");
        must(ta_mixer_play(&mixer, v, &raw[v].source), "play");
    }
    for (unsigned step = 0; step < STEPS; step++) {
        ta_param_set(ta_mixer_level(&mixer, step / 2 % TONES), R(step % 2));
        hear(&mixer.source, STEP_FRAMES / (double)RATE_HZ);
    }
    for (unsigned v = 0; v < TONES; v++) {
        must(ta_mixer_stop(&mixer, v), "stop");
        hear(&mixer.source, 0.211);
    }
}

// ---- a MIDI file, made here --------------------------------------------------------------------------------------------------

typedef struct {
    uint8_t bytes[4096];
    size_t size;
} file_t;

static void add(file_t *file, const void *bytes, size_t size)
{
    memcpy(file->bytes + file->size, bytes, size);
    file->size += size;
}

// After `wait` ticks, below 128: a key of channel 0 is pressed, or by a velocity of 0 let go.
static void key(file_t *file, unsigned wait, unsigned number, unsigned velocity)
{
    const uint8_t event[] = {(uint8_t)wait, 0x90, (uint8_t)number, (uint8_t)velocity};
    add(file, event, sizeof event);
}

// Four bars of eight quavers: a bass, and a chord up and down above it.
static void make_song(file_t *file)
{
    enum { BEFORE_TRACK = 22 };
    static const uint8_t head[BEFORE_TRACK] = {'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, 0, 0, 1, 0, 64, 'M', 'T', 'r', 'k'};
    static const uint8_t tempo[] = {0, 255, 0x51, 3, 0x06, 0x1A, 0x80}; // 400 ms a quarter, which has 64 ticks
    static const uint8_t end[] = {0, 255, 0x2F, 0};
    static const uint8_t bass[4] = {45, 41, 48, 43}, third[4] = {3, 4, 4, 4}, up[8] = {0, 1, 2, 3, 2, 1, 2, 3};
    file->size = 0;
    add(file, head, sizeof head);
    add(file, tempo, sizeof tempo);
    for (unsigned bar = 0; bar < 4; bar++) {
        const uint8_t chord[4] = {0, third[bar], 7, 12};
        for (unsigned step = 0; step < 8; step++) {
            unsigned high = 24U + bass[bar] + chord[up[step]];
            if (step % 4 == 0)
                key(file, 0, bass[bar], 110);
            key(file, 0, high, 64 + 6 * step);
            key(file, 32, high, 0);
            if (step % 4 == 3)
                key(file, 0, bass[bar], 0);
        }
    }
    add(file, end, sizeof end);
    file->bytes[BEFORE_TRACK - 2] = (uint8_t)((file->size - BEFORE_TRACK) >> 8);
    file->bytes[BEFORE_TRACK - 1] = (uint8_t)(file->size - BEFORE_TRACK);
}

static void play_song(void)
{
    static const ta_envelope_t envelope = {R(0.01), R(0.2), R(0.25), R(1), R(0.4)};
    static file_t file;
    static ta_midi_t midi;
    ta_stream_t stream;
    ta_need_t need;
    make_waves();
    make_song(&file);
    const ta_midi_config_t config = {.synth = {.rate_hz = RATE_HZ,
                                               .channels = 1,
                                               .polyphony = 8,
                                               .interpolate = true,
                                               .velocity = true,
                                               .wave = {organ, WAVE},
                                               .envelope = &envelope},
                                     .tail = true};
    ta_stream_from_memory(&stream, file.bytes, file.size);
    must(ta_midi_open(&midi, &stream), "MIDI file");
    must(ta_midi_need(&midi, &config, &need), "MIDI file");
    must(ta_midi_init(&midi, &config, take(&need)), "MIDI file");
    hear(&midi.source, 7);
}

// ---- drums and pitches -------------------------------------------------------------------------------------------------------

typedef struct {
    ta_note_t kick, snare, hat;
    ta_lfo_t fall;
} kit_t;

// A drum for `seconds`: released at once, so that its envelope falls.
static void hit(ta_source_t *through, ta_note_t *drum, double seconds)
{
    must(ta_synth_press(&synth, drum), "press");
    hear(through, 0.012);
    ta_synth_release(&synth, drum);
    hear(through, seconds - 0.012);
}

static void make_kit(kit_t *kit)
{
    static const int16_t down[2] = {32767, 0};
    static const ta_envelope_t thump = {0, 0, R(0.25), R(1), R(1)}, crack = {0, 0, R(0.14), R(0.6), R(1)},
                               tick = {0, 0, R(0.04), R(0.4), R(1)};
    const ta_wave_t hiss = {noise, NOISE}, falling = {down, 2};
    make_synth(sine, WAVE, NULL);
    must(ta_note_init(&kit->kick, 55), "kick");
    must(ta_note_set_envelope(&kit->kick, &thump), "kick");
    must(ta_lfo_init(&kit->fall, &falling), "LFO");
    ta_param_set(&kit->fall.rate, 6);
    ta_param_set(&kit->fall.scale, 2);
    kit->fall.once = true;
    ta_param_follow(&kit->kick.bend, &kit->fall.control);
    must(ta_note_init(&kit->snare, R(RATE_HZ / (double)NOISE)), "snare");
    must(ta_note_set_wave(&kit->snare, &hiss), "snare");
    must(ta_note_set_envelope(&kit->snare, &crack), "snare");
    must(ta_note_init(&kit->hat, R(RATE_HZ / (double)NOISE)), "hat");
    must(ta_note_set_wave(&kit->hat, &hiss), "hat");
    must(ta_note_set_envelope(&kit->hat, &tick), "hat");
}

// Two bars as they are, and the same two overdriven.
static void play_drums(void)
{
    static ta_distortion_t distortion;
    static kit_t kit;
    ta_need_t need;
    make_kit(&kit);
    must(ta_distortion_need(&frame, &need), "distortion");
    must(ta_distortion_init(&distortion, &frame, take(&need)), "distortion");
    must(ta_distortion_set_mode(&distortion, TA_DISTORTION_OVERDRIVE), "distortion");
    ta_param_set(&distortion.pre_gain, 24);
    ta_param_set(&distortion.post_gain, -6);
    ta_param_set(&distortion.mix, 0);
    distortion.soft_clip = true;
    must(ta_fx_play(&distortion.fx, &synth.source), "play");
    for (unsigned step = 0; step < 32; step++) {
        ta_note_t *drum = step % 4 == 0 ? &kit.kick : step % 8 == 6 ? &kit.snare : &kit.hat;
        ta_param_set(&distortion.mix, step < 16 ? 0 : 1);
        if (drum == &kit.kick)
            ta_lfo_retrigger(&kit.fall);
        hit(&distortion.fx.source, drum, 0.15);
    }
}

// Five notes as they are, a fifth higher, and an octave lower; and once more by grains, a fifth higher.
static void play_pitch(void)
{
    static ta_pitch_t pitch;
    static ta_granular_t grains;
    static const unsigned keys[5] = {69, 72, 74, 76, 69};
    static const int semitones[3] = {0, 7, -12};
    ta_need_t needs[TA_DELAY_NEEDS];
    const ta_pitch_config_t windows = {frame, 1600, 400};
    const ta_granular_config_t pieces = {frame, 2048, 4};
    make_synth(organ, WAVE, &plucked);
    must(ta_pitch_need(&windows, needs), "pitch");
    must(ta_pitch_init(&pitch, &windows, (void *[]){take(&needs[0]), take(&needs[1])}), "pitch");
    must(ta_granular_need(&pieces, needs), "grains");
    must(ta_granular_init(&grains, &pieces, (void *[]){take(&needs[0]), take(&needs[1])}), "grains");
    must(ta_fx_play(&pitch.fx, &synth.source), "play");
    for (unsigned way = 0; way < 4; way++) {
        bool granular = way == 3;
        if (granular) {
            must(ta_fx_play(&pitch.fx, NULL), "play");
            must(ta_fx_play(&grains.fx, &synth.source), "play");
        }
        ta_param_set(granular ? &grains.semitones : &pitch.semitones, R(granular ? 7 : semitones[way]));
        for (unsigned n = 0; n < 5; n++)
            pluck(granular ? &grains.fx.source : &pitch.fx.source, keys[n], 0.15, 0.29);
    }
}

const scene_t scenes[] = {
    {"saw", "a saw read from a waveform, and without aliases", play_saw},
    {"echo", "an echo that gets duller", play_echo},
    {"room", "a burst and a chord in a room", play_room},
    {"combs", "noise through a flanger and a chorus", play_combs},
    {"filter", "a low pass that an LFO moves", play_filter},
    {"resampler", "a sweep resampled, linear and good", play_resampler},
    {"mixer", "tones switched, and by a mixer", play_mixer},
    {"song", "a MIDI file", play_song},
    {"drums", "drums, and the same overdriven", play_drums},
    {"pitch", "a tune, a fifth up, an octave down, and by grains", play_pitch},
};
const unsigned scene_count = sizeof scenes / sizeof scenes[0];
