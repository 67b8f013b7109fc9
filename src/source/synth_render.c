// The synthesizer's side of the feed. In: orders and settings of the task, each read whole. Out: ticks of sums, then of frames. Invariants: a voice's numbers belong to the settings
// that it has read; what cannot be read whole because the other core is writing it is read in the next tick; nothing here depends on how much is lent at a time.

#include "synth_private.h"

#include "guard_tick.h"
#include "real.h"
#include "shared_word.h"

#define ALMOST_ONE (REAL(32767) / REAL(32768))

// ---- envelopes -----------------------------------------------------------------------------------------------------------------

// Levels that 256 frames are worth: from 0 to `range` in so many seconds, but at least 1, so that it ends.
static int32_t levels(ta_real_t seconds, uint32_t rate_hz, int32_t range)
{
    ta_real_t frames = real_within(seconds * (ta_real_t)rate_hz, 0, REAL(1 << 30));
    uint32_t whole = (uint32_t)real_round(frames);
    if (whole == 0)
        return SYNTH_FULL;
    uint32_t step = (uint32_t)range * 256U / whole;
    return step < 1 ? 1 : step > SYNTH_FULL ? SYNTH_FULL : (int32_t)step;
}

void ta_envelope_steps(const ta_envelope_t *envelope, uint32_t rate_hz, ta_steps_t *steps)
{
    if (!envelope) {
        *steps = (ta_steps_t){SYNTH_FULL, SYNTH_FULL, SYNTH_FULL, SYNTH_FULL, SYNTH_FULL};
        return;
    }
    ta_real_t peak = real_within(envelope->attack_level, 0, 1), part = real_within(envelope->sustain_level, 0, 1);
    steps->peak = (int32_t)(REAL(SYNTH_FULL) * peak);
    steps->sustain = (int32_t)(REAL(SYNTH_FULL) * part * peak);
    steps->attack = levels(envelope->attack_s, rate_hz, steps->peak);
    steps->decay = levels(envelope->decay_s, rate_hz, steps->peak - steps->sustain);
    steps->release = levels(envelope->release_s, rate_hz, steps->sustain ? steps->sustain : steps->peak);
}

static void move_level(ta_voice_t *voice)
{
    const ta_steps_t *steps = &voice->steps;
    int32_t level = voice->level;
    switch (voice->state) {
    case TA_ENVELOPE_ATTACK:
        level += steps->attack;
        if (level >= steps->peak) {
            level = steps->peak;
            voice->state = TA_ENVELOPE_DECAY;
        }
        break;
    case TA_ENVELOPE_DECAY:
        level -= steps->decay;
        if (level <= steps->sustain) {
            level = steps->sustain;
            voice->state = TA_ENVELOPE_SUSTAIN;
        }
        break;
    case TA_ENVELOPE_RELEASE:
        level = level > steps->release ? level - steps->release : 0;
        break;
    default:
        break;
    }
    voice->level = level;
}

// A tick may be shorter where a MIDI event ends it.
static void count_frames(ta_voice_t *voice, uint32_t frames)
{
    if (voice->fade)
        return;
    voice->frames += frames;
    if (voice->frames >= TA_SYNTH_TICK_FRAMES) {
        voice->frames -= TA_SYNTH_TICK_FRAMES;
        move_level(voice);
    }
}

// ---- what the task has said ----------------------------------------------------------------------------------------------------

// One of two that the task writes in turn: false if it was being written, again and again.
static bool read_whole(const volatile uint32_t *version, const void *two, size_t bytes, void *to, uint32_t *seen)
{
    for (unsigned try = 0; try < SYNTH_TRIES; try++) {
        uint32_t before = TA_SHARED_GET(*version);
        memcpy(to, (const char *)two + (before & 1) * bytes, bytes);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (*version == before) {
            *seen = before;
            return true;
        }
    }
    return false;
}

static void take_steps(const ta_synth_t *synth, ta_voice_t *voice)
{
    uint32_t which = synth->steps_version & 1;
    const ta_envelope_t *envelope = synth->has_envelope[which] ? &synth->envelopes[which] : NULL;
    if (voice->now.note && voice->setting.has_envelope)
        envelope = &voice->setting.envelope;
    ta_envelope_steps(envelope, synth->rate_hz, &voice->steps);
}

static int32_t hertz_q16(ta_real_t hz)
{
    return (int32_t)real_floor(real_within(hz, 0, TA_SYNTH_FREQUENCY_MAX_HZ) * REAL(65536) + REAL(0.5));
}

// The note's settings, if they are new. False: there are none yet.
static bool take_setting(const ta_synth_t *synth, ta_voice_t *voice)
{
    const ta_note_t *note = voice->now.note;
    if (!note || (!voice->unread && TA_SHARED_GET(note->version) == voice->note_seen))
        return true;
    ta_note_setting_t setting;
    if (!read_whole(&note->version, note->settings, sizeof setting, &setting, &voice->note_seen))
        return !voice->unread;
    if (setting.filter != voice->setting.filter)
        ta_biquad_clear(&voice->filter);
    voice->setting = setting;
    voice->frequency_q16 = hertz_q16(setting.frequency_hz);
    voice->ring_frequency_q16 = hertz_q16(setting.ring_frequency_hz);
    voice->unread = false;
    voice->stale = true;
    take_steps(synth, voice);
    return true;
}

// ---- pitch ---------------------------------------------------------------------------------------------------------------------

// How far `bend` octaves (Q15) move a frequency: by a table of semitones, straight between them.
static uint64_t bent(int32_t frequency_q16, int32_t bend)
{
    static const uint16_t table[13] = {0,     1948,  4013,  6200,  8517,  10972, 13573,
                                       16329, 19248, 22341, 25618, 29090, 32768};
    uint32_t octave_part = (uint32_t)(bend & 32767) * 24U;
    uint32_t semitone = octave_part >> 16, rest = octave_part & 0xFFFFU;
    uint32_t factor = ((table[semitone] * (65535U - rest) + table[semitone + 1] * rest) >> 16) + 32768U;
    return ((uint64_t)(uint32_t)frequency_q16 * factor) >> (15 - (bend >> 15)); // 0..27
}

// A step in samples of 16 fractional bits; false: above half the rate.
static bool set_step(ta_osc_t *osc, uint64_t step)
{
    if (step > osc->end / 2)
        return false;
    osc->step = (uint32_t)step;
    if (osc->step >= osc->span) // a short loop at a waveform's end, played that fast: whole turns make no difference
        osc->step %= osc->span;
    if (osc->phase >= osc->end) {
        uint32_t start = osc->end - osc->span;
        osc->phase = osc->phase % osc->end + start;
        if (osc->phase >= osc->end)
            osc->phase = start + (osc->phase - start) % osc->span;
    }
    return true;
}

static bool set_pitch(ta_osc_t *osc, const ta_wave_t *wave, uint64_t frequency_q16, uint32_t start, uint32_t end,
                      uint32_t rate_hz)
{
    osc->wave = wave->samples;
    osc->end = end << 16;
    osc->span = (end - start) << 16;
    return set_step(osc, (rate_hz / 2 + frequency_q16 * (end - start)) / rate_hz);
}

static bool set_tone(ta_osc_t *osc, uint64_t frequency_q16, uint32_t rate_hz)
{
    uint64_t step = (frequency_q16 << 16) / rate_hz; // of 2^32; the frequency is below 2^44
    osc->step = (uint32_t)step;
    return step <= 0x80000000U;
}

static void set_key(const ta_synth_t *synth, ta_voice_t *voice)
{
    static const uint16_t top_octave[12] = {8372,  8870,  9397,  9956,  10548, 11175,
                                            11840, 12544, 13290, 14080, 14917, 15804}; // Hz, keys 120 to 131
    uint32_t key = voice->now.key & 127U;
    uint64_t base = (uint64_t)top_octave[key % 12] * synth->wave.length;
    voice->osc.wave = synth->wave.samples;
    voice->osc.end = voice->osc.span = synth->wave.length << 16;
    voice->sounds = set_step(&voice->osc, (synth->rate_hz / 2 + (base << (6 + key / 12))) / synth->rate_hz);
    voice->rings = false;
    voice->left = voice->right = 32768; // level * 32768 >> 15 is the level
}

// Read `count` parameters; true if one has changed.
static bool changed(const ta_param_t *params, unsigned count, const ta_clock_t *clock, ta_real_t *used)
{
    bool any = false;
    for (unsigned p = 0; p < count; p++) {
        ta_control_t *control = params[p].control;
        ta_real_t value = control ? ta_control_read(control, clock) : params[p].number;
        if (!real_same(value, used[p])) {
            used[p] = value;
            any = true;
        }
    }
    return any;
}

static int32_t q15(ta_real_t value, ta_real_t limit)
{
    return real_round(real_within(value, -limit, limit) * REAL(32768));
}

static void loop_points(const ta_real_t *used, uint32_t length, uint32_t *start, uint32_t *end)
{
    *start = (uint32_t)real_within(used[0], 0, (ta_real_t)(length - 1));
    *end = (uint32_t)real_within(used[1], (ta_real_t)(*start + 1), (ta_real_t)length);
}

_Static_assert(offsetof(ta_note_t, ring_loop_end) == 7 * sizeof(ta_param_t),
               "eight parameters in a row: `used` has them in this order");

static void set_loudness(ta_voice_t *voice)
{
    int32_t panning = q15(voice->used[0], ALMOST_ONE), amplitude = q15(voice->used[1], ALMOST_ONE);
    voice->left = ((panning < 0 ? 32767 + panning : 32768) * amplitude) >> 15;
    voice->right = ((panning >= 0 ? 32767 - panning : 32768) * amplitude) >> 15;
}

static void set_note(const ta_synth_t *synth, ta_voice_t *voice)
{
    const ta_note_t *note = voice->now.note;
    const ta_note_setting_t *setting = &voice->setting;
    const ta_clock_t *clock = &synth->clock;
    uint32_t start, end;
    if (changed(&note->panning, 2, clock, voice->used) || voice->stale)
        set_loudness(voice);
    if (changed(&note->bend, 3, clock, voice->used + 2) || voice->stale) {
        const ta_wave_t *wave = setting->wave.samples ? &setting->wave : &synth->wave;
        uint64_t frequency = bent(voice->frequency_q16, q15(voice->used[2], 12));
        loop_points(voice->used + 3, wave->length, &start, &end);
        voice->sounds = setting->tone == TA_TONE_WAVE
                            ? set_pitch(&voice->osc, wave, frequency, start, end, synth->rate_hz)
                            : set_tone(&voice->osc, frequency, synth->rate_hz);
    }
    bool ring = setting->ring_wave.samples && setting->ring_frequency_hz > 0;
    if (ring && (changed(&note->ring_bend, 3, clock, voice->used + 5) || voice->stale)) {
        loop_points(voice->used + 6, setting->ring_wave.length, &start, &end);
        voice->rings = set_pitch(&voice->ring, &setting->ring_wave,
                                 bent(voice->ring_frequency_q16, q15(voice->used[5], 12)), start, end, synth->rate_hz);
    }
    voice->rings = voice->rings && ring;
}

// ---- sound ---------------------------------------------------------------------------------------------------------------------

static int32_t loud(int32_t level, int32_t gain)
{
    return (level * gain) >> 15;
}

static int32_t by_velocity(const ta_synth_t *synth, const ta_voice_t *voice, int32_t level)
{
    if (!synth->velocity)
        return level;
    return (level * voice->now.velocity * voice->now.velocity) / (TA_SYNTH_VELOCITY_MAX * TA_SYNTH_VELOCITY_MAX);
}

// A straight line; all but a short tick's is over TA_SYNTH_FADE_FRAMES, without a division for each sample. `fade` is below fade_over then: the product fits.
static void fade_out(ta_voice_t *voice, int16_t *samples, uint32_t frames)
{
    const int32_t part = 65536 / voice->fade_over;
    for (int16_t *end = samples + frames; samples != end; samples++) {
        int32_t left = (int32_t)--voice->fade;
        if (voice->fade_over == TA_SYNTH_FADE_FRAMES) {
            *samples = (int16_t)(*samples * left / TA_SYNTH_FADE_FRAMES);
        } else {
            *samples = (int16_t)(*samples * (left * part) / 65536);
        }
    }
}

static void sound(const ta_synth_t *synth, ta_voice_t *voice, uint32_t frames)
{
    int32_t level = by_velocity(synth, voice, voice->level);
    int32_t left = loud(level, voice->left), right = loud(level, voice->right);
    bool stereo = synth->source.format.channels == 2;
    ta_biquad_t *filter = voice->setting.filter;
    ta_tone_t tone = voice->setting.tone;
    if (!filter && !voice->rings && !synth->interpolate && tone == TA_TONE_WAVE && !voice->fade) {
        if (stereo) {
            BEST_OF(osc_add_stereo)(&voice->osc, synth->bus, frames, left, right);
        } else {
            BEST_OF(osc_add_mono)(&voice->osc, synth->bus, frames, left);
        }
        return;
    }
    int16_t *samples = synth->scratch;
    if (voice->fade && voice->fade < frames)
        frames = voice->fade;
    if (tone == TA_TONE_WAVE) {
        ta_osc_read(&voice->osc, samples, frames, synth->interpolate);
    } else {
        ta_osc_tone(&voice->osc, tone, samples, frames);
    }
    if (voice->rings)
        ta_osc_ring(&voice->ring, samples, frames, synth->interpolate);
    if (filter) {
        ta_biquad_tick(filter, &synth->clock);
        ta_biquad_run(filter, &voice->filter, samples, frames, 1);
    }
    if (voice->fade)
        fade_out(voice, samples, frames);
    if (stereo) {
        BEST_OF(samples_add_stereo)(samples, synth->bus, frames, left, right);
    } else {
        BEST_OF(samples_add_mono)(samples, synth->bus, frames, left);
    }
}

// ---- orders --------------------------------------------------------------------------------------------------------------------

// What sounds has to go for another note: its next frames fade out. Its numbers are the last tick's, unless they hold no more. At most 128 voices fade under as many: sums of twice the size are
// what the gain beyond the knee is for.
static void fade_under(ta_synth_t *synth, ta_voice_t *voice, uint32_t frames)
{
    const ta_note_t *note = voice->now.note;
    if (!voice->heard || !voice->sounds || (note && TA_SHARED_GET(note->version) != voice->note_seen))
        return;
    voice->fade = frames < TA_SYNTH_FADE_FRAMES ? frames : TA_SYNTH_FADE_FRAMES;
    voice->fade_over = (uint8_t)voice->fade;
    sound(synth, voice, frames);
    voice->fade = 0;
}

static void begin(const ta_synth_t *synth, ta_voice_t *voice)
{
    voice->level = 0;
    voice->frames = 0;
    voice->heard = false;
    voice->unread = voice->stale = true;
    voice->osc.phase = voice->ring.phase = 0;
    ta_biquad_clear(&voice->filter);
    memset(&voice->setting, 0, sizeof voice->setting);
    (void)take_setting(synth, voice);
    take_steps(synth, voice);
    voice->state = TA_ENVELOPE_ATTACK;
    move_level(voice);
}

// Another core may give another order at any moment, and its task then asks what is held. So `held` says what is about to be touched before it is, and it is only if the
// order is the newest even then.
static bool claim(ta_voice_t *voice, ta_note_t *note)
{
    TA_SHARED_SET(voice->held, note);
    TA_SHARED_CROSS();
    return TA_SHARED_GET(voice->version) == voice->seen;
}

// A voice is to sound another note: what sounds goes, and fades under the first frames of the new one.
static bool change_note(ta_synth_t *synth, ta_voice_t *voice, const ta_order_t *order, uint32_t frames)
{
    if (voice->state != TA_ENVELOPE_NONE)
        fade_under(synth, voice, frames);
    voice->state = TA_ENVELOPE_NONE;
    if (!claim(voice, order->note))
        return false;
    voice->now = *order;
    begin(synth, voice);
    return true;
}

// Returns false if there is a newer one by now.
static bool take_newest(ta_synth_t *synth, ta_voice_t *voice, uint32_t frames)
{
    ta_order_t order;
    if (!read_whole(&voice->version, voice->orders, sizeof order, &order, &voice->seen))
        return false;
    bool pressed = order.id != voice->now.id;
    if (pressed && (order.fresh != voice->now.fresh || voice->state == TA_ENVELOPE_NONE)) {
        if (!change_note(synth, voice, &order, frames))
            return false;
    } else if (pressed) {
        voice->state = TA_ENVELOPE_ATTACK;
    }
    voice->now = order;
    if (!order.gate && voice->state != TA_ENVELOPE_NONE)
        voice->state = TA_ENVELOPE_RELEASE;
    TA_SHARED_SET(voice->taken, order.id);
    return true;
}

static void take_order(ta_synth_t *synth, ta_voice_t *voice, uint32_t frames)
{
    if (TA_SHARED_GET(voice->version) == voice->seen ||
        voice->fade) // what is said while it fades holds when it has ended
        return;
    for (unsigned try = 0; try < SYNTH_TRIES; try++) {
        if (take_newest(synth, voice, frames))
            return;
    }
    if (voice->state == TA_ENVELOPE_NONE) // orders come faster than they can be taken: the one that stands next time
        TA_SHARED_SET(voice->held, NULL);
}

static void take_orders(ta_synth_t *synth, uint32_t frames)
{
    bool anew = false;
    if (synth->rate_hz != synth->source.format.rate_hz ||
        TA_SHARED_GET(synth->envelope_version) != synth->steps_version) {
        anew = true;
        synth->rate_hz = synth->source.format.rate_hz;
        synth->steps_version = TA_SHARED_GET(synth->envelope_version);
    }
    bool changing = TA_SHARED_GET(synth->changing);
    for (ta_voice_t *voice = synth->voices; voice != synth->voices + synth->polyphony; voice++) {
        if (!changing)
            take_order(synth, voice, frames);
        if (anew && voice->state != TA_ENVELOPE_NONE) {
            take_steps(synth, voice);
            voice->stale = true;
        }
    }
}

// ---- a voice in a tick ---------------------------------------------------------------------------------------------------------

static void end_voice(ta_voice_t *voice)
{
    voice->state = TA_ENVELOPE_NONE;
    voice->fade = 0;
    TA_SHARED_SET(voice->held, NULL);
    TA_SHARED_SET(voice->ended, voice->now.id);
}

static void render_voice(ta_synth_t *synth, ta_voice_t *voice, uint32_t frames)
{
    if (voice->level == 0) {
        end_voice(voice);
        return;
    }
    if (!take_setting(synth, voice))
        return;
    if (voice->now.note) {
        set_note(synth, voice);
    } else if (voice->stale) {
        set_key(synth, voice);
    }
    voice->stale = false;
    const bool fading = voice->fade != 0;
    if (voice->sounds)
        sound(synth, voice, frames);
    voice->heard = true;
    if (fading && (voice->fade == 0 || !voice->sounds))
        end_voice(voice);
}

// ---- voices for which there is no time -----------------------------------------------------------------------------------------

static bool counts(const ta_voice_t *voice)
{
    return voice->state != TA_ENVELOPE_NONE && !voice->fade;
}

// How loud it is, or will be.
static int32_t loudness(const ta_synth_t *synth, const ta_voice_t *voice)
{
    int32_t level = voice->state == TA_ENVELOPE_ATTACK ? voice->steps.peak : voice->level;
    level = by_velocity(synth, voice, level);
    int32_t left = voice->left, right = voice->right;
    if (!voice->heard) { // they have not been worked out
        left = right =
            voice->now.note ? ta_param_q15(&voice->now.note->amplitude, &synth->clock, -1, ALMOST_ONE) : 32768;
    }
    left = loud(level, left);
    right = loud(level, right);
    left = left < 0 ? -left : left;
    right = right < 0 ? -right : right;
    return left > right ? left : right;
}

static ta_voice_t *quietest(const ta_synth_t *synth)
{
    ta_voice_t *found = synth->voices; // one that counts is found, as there is one
    int32_t lowest = INT32_MAX;
    for (ta_voice_t *voice = synth->voices; voice != synth->voices + synth->polyphony; voice++) {
        if (!counts(voice))
            continue;
        int32_t here = loudness(synth, voice);
        if (here < lowest || (here == lowest && (int32_t)(voice->now.id - found->now.id) < 0)) {
            found = voice;
            lowest = here;
        }
    }
    return found;
}

static uint32_t count_voices(const ta_synth_t *synth)
{
    uint32_t count = 0;
    for (const ta_voice_t *voice = synth->voices; voice != synth->voices + synth->polyphony; voice++)
        count += counts(voice) ? 1U : 0U;
    return count;
}

// Not in line: what is seldom done must not take the registers of what is.
static __attribute__((noinline)) void make_room(ta_synth_t *synth)
{
    for (uint32_t count = count_voices(synth); count > synth->guard.most; count--) {
        ta_voice_t *voice = quietest(synth);
        if (voice->heard) {
            voice->fade = voice->fade_over = TA_SYNTH_FADE_FRAMES;
        } else {
            end_voice(voice);
        }
        TA_SHARED_SET(synth->shed, synth->shed + 1U);
    }
}

static __attribute__((noinline)) void judge(ta_synth_t *synth, uint32_t frames)
{
    guard_judge(&synth->guard, frames, synth->source.format.rate_hz, count_voices(synth));
}

void ta_synth_render(ta_synth_t *synth, uint32_t frames)
{
    uint32_t sums = frames * synth->source.format.channels;
    guard_begin(&synth->guard);
    ta_clock_tick(&synth->clock, frames, synth->source.format.rate_hz);
    BEST_OF(bus_clear)(synth->bus, sums + (sums & 1));
    take_orders(synth, frames); // what has to go is in the bus then
    if (guard_limits(&synth->guard))
        make_room(synth);
    ta_voice_t *end = synth->voices + synth->polyphony;
    for (ta_voice_t *voice = synth->voices; voice != end; voice++) {
        if (voice->state != TA_ENVELOPE_NONE)
            render_voice(synth, voice, frames);
    }
    BEST_OF(bus_finish)(synth->bus, sums + (sums & 1), synth->gain);
    for (ta_voice_t *voice = synth->voices; voice != end; voice++) {
        if (voice->state != TA_ENVELOPE_NONE)
            count_frames(voice, frames);
    }
    for (unsigned c = 0; c < synth->control_places; c++) {
        ta_control_t *control = TA_SHARED_GET(synth->controls[c]);
        if (control)
            (void)ta_control_read(control, &synth->clock);
    }
    synth->made = frames;
    synth->lent = 0;
    if (synth->guard.now)
        judge(synth, frames);
}

void ta_synth_lend(ta_synth_t *synth, uint32_t max_frames, ta_block_t *block)
{
    uint32_t left = synth->made - synth->lent;
    block->frames = left < max_frames ? left : max_frames;
    block->data = (const int16_t *)synth->bus + (size_t)synth->lent * synth->source.format.channels;
    synth->lent += block->frames;
}
