// The synthesizer's side of the task: notes, presses, what sounds. In: the caller's notes and keys. Out: an order for each voice, which the feed takes in its next tick.
//
// Each voice has one order in force and one idle; the task writes the idle one and then the version, which is one word, so the newest order counts and none can be too many, whether the feed comes often or
// never. The feed answers with the numbers of the presses that it has taken and ended. Presses have numbers of their own, so that one that comes just as the feed
// ends a voice is a new one, and not lost.

#include "synth_private.h"

#include "guard_tick.h"

#include "real.h"
#include "shared_word.h"

static const int16_t square[2] = {-32768, 32767};
static const ta_wave_t square_wave = {square, 2};

// ---- checks --------------------------------------------------------------------------------------------------------------------

static bool wave_fits(const ta_wave_t *wave)
{
    return wave->samples && ((uintptr_t)wave->samples & 1) == 0 && wave->length >= TA_WAVE_LENGTH_MIN &&
           wave->length <= TA_WAVE_LENGTH_MAX;
}

static bool within(ta_real_t x, ta_real_t low, ta_real_t high)
{
    return x >= low && x <= high; // not so for what is no number
}

static bool envelope_fits(const ta_envelope_t *e)
{
    return e->attack_s >= 0 && e->decay_s >= 0 && e->release_s >= 0 && within(e->attack_level, 0, 1) &&
           within(e->sustain_level, 0, 1);
}

ta_envelope_t ta_envelope_default(void)
{
    return (ta_envelope_t){REAL(0.1), REAL(0.05), REAL(0.2), 1, REAL(0.8)};
}

// ---- notes ---------------------------------------------------------------------------------------------------------------------

const ta_note_setting_t *ta_note_setting(const ta_note_t *note)
{
    return &note->settings[note->version & 1];
}

// The idle setting, as the one in force.
static ta_note_setting_t *idle(ta_note_t *note)
{
    ta_note_setting_t *setting = &note->settings[(note->version + 1) & 1];
    *setting = *ta_note_setting(note);
    return setting;
}

// What is written next, into the one that was in force, must not be seen before the version is.
static void publish(ta_note_t *note)
{
    TA_SHARED_SET(note->version, note->version + 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

ta_status_t ta_note_init(ta_note_t *note, ta_real_t frequency_hz)
{
    *note = (ta_note_t){.version = 0};
    ta_param_set(&note->amplitude, 1);
    ta_param_set(&note->loop_end, TA_WAVE_LENGTH_MAX);
    ta_param_set(&note->ring_loop_end, TA_WAVE_LENGTH_MAX);
    return ta_note_set_frequency(note, frequency_hz);
}

ta_status_t ta_note_set_frequency(ta_note_t *note, ta_real_t hz)
{
    if (!within(hz, 0, TA_SYNTH_FREQUENCY_MAX_HZ))
        return TA_E_ARG;
    idle(note)->frequency_hz = hz;
    publish(note);
    return TA_OK;
}

ta_status_t ta_note_set_ring_frequency(ta_note_t *note, ta_real_t hz)
{
    if (!within(hz, 0, TA_SYNTH_FREQUENCY_MAX_HZ))
        return TA_E_ARG;
    idle(note)->ring_frequency_hz = hz;
    publish(note);
    return TA_OK;
}

ta_status_t ta_note_set_wave(ta_note_t *note, const ta_wave_t *wave)
{
    if (wave && !wave_fits(wave))
        return TA_E_ARG;
    idle(note)->wave = wave ? *wave : (ta_wave_t){NULL, 0};
    publish(note);
    return TA_OK;
}

ta_status_t ta_note_set_ring_wave(ta_note_t *note, const ta_wave_t *wave)
{
    if (wave && !wave_fits(wave))
        return TA_E_ARG;
    idle(note)->ring_wave = wave ? *wave : (ta_wave_t){NULL, 0};
    publish(note);
    return TA_OK;
}

ta_status_t ta_note_set_envelope(ta_note_t *note, const ta_envelope_t *envelope)
{
    if (envelope && !envelope_fits(envelope))
        return TA_E_ARG;
    ta_note_setting_t *setting = idle(note);
    setting->has_envelope = envelope != NULL;
    if (envelope)
        setting->envelope = *envelope;
    publish(note);
    return TA_OK;
}

ta_status_t ta_note_set_tone(ta_note_t *note, ta_tone_t tone)
{
    if (tone >= TA_TONES)
        return TA_E_ARG;
    idle(note)->tone = tone;
    publish(note);
    return TA_OK;
}

void ta_note_set_filter(ta_note_t *note, ta_biquad_t *filter)
{
    idle(note)->filter = filter;
    publish(note);
}

// ---- memory --------------------------------------------------------------------------------------------------------------------

typedef struct {
    size_t bus, scratch, controls, bytes;
    unsigned polyphony;
} layout_t;

static ta_status_t lay_out(const ta_synth_config_t *config, layout_t *layout)
{
    ta_format_t format = {TA_SAMPLE_S16, config->channels, config->rate_hz};
    if (!ta_format_valid(&format))
        return TA_E_FORMAT;
    layout->polyphony = config->polyphony ? config->polyphony : TA_CFG_POLYPHONY;
    if (layout->polyphony > TA_SYNTH_POLYPHONY_MAX || (config->wave.samples && !wave_fits(&config->wave)) ||
        (config->envelope && !envelope_fits(config->envelope)))
        return TA_E_ARG;
    layout->controls = layout->polyphony * sizeof(ta_voice_t);
    layout->bus = layout->controls + config->controls * sizeof(ta_control_t *);
    layout->scratch = layout->bus + sizeof(int32_t) * TA_SYNTH_TICK_FRAMES * config->channels;
    layout->bytes = layout->scratch + sizeof(int16_t) * TA_SYNTH_TICK_FRAMES;
    return TA_OK;
}

ta_status_t ta_synth_need(const ta_synth_config_t *config, ta_need_t *need)
{
    layout_t layout = {0};
    ta_status_t status = lay_out(config, &layout);
    if (status == TA_OK)
        *need = (ta_need_t){"synthesizer", layout.bytes, _Alignof(ta_voice_t), TA_CLASS_FAST};
    return status;
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_synth_t *synth = (ta_synth_t *)source;
    if (synth->lent == synth->made)
        ta_synth_render(synth, TA_SYNTH_TICK_FRAMES);
    ta_synth_lend(synth, max_frames, block);
    return TA_PULL_MORE;
}

static const ta_source_ops_t ops = {pull, NULL};

ta_status_t ta_synth_init(ta_synth_t *synth, const ta_synth_config_t *config, void *storage)
{
    layout_t layout = {0};
    *synth = (ta_synth_t){.made = 0};
    ta_status_t status = lay_out(config, &layout);
    if (status != TA_OK)
        return status;
    if (!storage || ((uintptr_t)storage & (_Alignof(ta_voice_t) - 1)) != 0)
        return TA_E_ARG;
    memset(storage, 0, layout.bytes);
    char *base = storage;
    synth->voices = storage;
    synth->controls = (ta_control_t *volatile *)(void *)(base + layout.controls);
    synth->bus = (int32_t *)(void *)(base + layout.bus);
    synth->scratch = (int16_t *)(void *)(base + layout.scratch);
    synth->polyphony = (uint8_t)layout.polyphony;
    synth->control_places = config->controls;
    synth->wave = config->wave.samples ? config->wave : square_wave;
    synth->interpolate = config->interpolate;
    synth->velocity = config->velocity;
    synth->gain = (int32_t)(268435455U / (32768U * layout.polyphony - 28000U));
    synth->has_envelope[0] = config->envelope != NULL;
    if (config->envelope)
        synth->envelopes[0] = *config->envelope;
    ta_format_t format = {TA_SAMPLE_S16, config->channels, config->rate_hz};
    synth->rate_hz = config->rate_hz;
    ta_source_init(&synth->source, &ops, &format, TA_FRAMES_UNKNOWN);
    (void)!guard_set(&synth->guard, NULL, layout.polyphony);
    return TA_OK;
}

ta_status_t ta_synth_set_envelope(ta_synth_t *synth, const ta_envelope_t *envelope)
{
    if (envelope && !envelope_fits(envelope))
        return TA_E_ARG;
    uint32_t other = (synth->envelope_version + 1) & 1;
    synth->has_envelope[other] = envelope != NULL;
    if (envelope)
        synth->envelopes[other] = *envelope;
    TA_SHARED_SET(synth->envelope_version, synth->envelope_version + 1);
    return TA_OK;
}

ta_status_t ta_synth_guard(ta_synth_t *synth, const ta_guard_config_t *config)
{
    return guard_set(&synth->guard, config, synth->polyphony);
}

uint32_t ta_synth_shed(const ta_synth_t *synth)
{
    return TA_SHARED_GET(synth->shed);
}

ta_status_t ta_synth_set_rate(ta_synth_t *synth, uint32_t rate_hz)
{
    ta_format_t format = synth->source.format;
    format.rate_hz = rate_hz;
    if (!ta_format_valid(&format))
        return TA_E_FORMAT;
    synth->source.format = format;
    return TA_OK;
}

// ---- voices --------------------------------------------------------------------------------------------------------------------

static const ta_order_t *order_of(const ta_voice_t *voice)
{
    return &voice->orders[voice->version & 1];
}

static void give_order(ta_voice_t *voice, const ta_order_t *order)
{
    voice->orders[(voice->version + 1) & 1] = *order;
    TA_SHARED_SET(voice->version, voice->version + 1);
    TA_SHARED_CROSS(); // before the order that was in force is written over, and before ta_synth_holds looks at `held`
}

static bool in_use(const ta_voice_t *voice)
{
    return TA_SHARED_GET(voice->ended) != order_of(voice)->id;
}

// How loud a voice is, or is about to be.
static int32_t level_of(const ta_synth_t *synth, const ta_voice_t *voice)
{
    const ta_order_t *order = order_of(voice);
    if ((int32_t)(TA_SHARED_GET(voice->taken) - order->fresh) >= 0)
        return voice->level;
    ta_steps_t steps;
    uint32_t which = synth->envelope_version & 1;
    const ta_envelope_t *envelope = synth->has_envelope[which] ? &synth->envelopes[which] : NULL;
    if (order->note && ta_note_setting(order->note)->has_envelope)
        envelope = &ta_note_setting(order->note)->envelope;
    ta_envelope_steps(envelope, synth->source.format.rate_hz, &steps);
    return steps.attack < steps.peak ? steps.attack : steps.peak;
}

static ta_voice_t *find(const ta_synth_t *synth, const ta_note_t *note, uint32_t key)
{
    for (ta_voice_t *voice = synth->voices; voice != synth->voices + synth->polyphony; voice++) {
        const ta_order_t *order = order_of(voice);
        if (in_use(voice) && order->note == note && (note || order->key == key))
            return voice;
    }
    return NULL;
}

// Should `voice` go rather than `other`, for a new note?
static bool goes_first(const ta_synth_t *synth, const ta_voice_t *voice, const ta_voice_t *other)
{
    const ta_order_t *mine = order_of(voice), *its = order_of(other);
    if (mine->gate != its->gate)
        return !mine->gate;
    int32_t my_level = level_of(synth, voice), its_level = level_of(synth, other);
    return my_level != its_level ? my_level < its_level : mine->id < its->id;
}

// A free voice, or one that has to go.
static ta_voice_t *make_room(ta_synth_t *synth)
{
    ta_voice_t *victim = synth->voices;
    for (ta_voice_t *voice = synth->voices; voice != synth->voices + synth->polyphony; voice++) {
        if (!in_use(voice))
            return voice;
        if (goes_first(synth, voice, victim))
            victim = voice;
    }
    synth->stolen += order_of(victim)->gate ? 1U : 0U;
    return victim;
}

static ta_status_t press(ta_synth_t *synth, ta_note_t *note, uint32_t key, unsigned velocity)
{
    ta_voice_t *voice = find(synth, note, key);
    uint32_t id = ++synth->presses;
    ta_order_t order = {
        .note = note, .id = id, .fresh = id, .key = (uint16_t)key, .velocity = (uint8_t)velocity, .gate = true};
    if (voice) {
        order.fresh = order_of(voice)->fresh;
    } else {
        voice = make_room(synth);
    }
    give_order(voice, &order);
    return TA_OK;
}

static void let_go(ta_voice_t *voice)
{
    ta_order_t order = *order_of(voice);
    if (!order.gate)
        return;
    order.gate = false;
    give_order(voice, &order);
}

ta_status_t ta_synth_press(ta_synth_t *synth, ta_note_t *note)
{
    return note ? press(synth, note, 0, TA_SYNTH_VELOCITY_MAX) : TA_E_ARG;
}

ta_status_t ta_synth_press_key(ta_synth_t *synth, unsigned channel, unsigned key, unsigned velocity)
{
    if (channel > 15 || key > 127 || velocity < 1 || velocity > TA_SYNTH_VELOCITY_MAX)
        return TA_E_ARG;
    return press(synth, NULL, channel * 128 + key, velocity);
}

void ta_synth_release(ta_synth_t *synth, const ta_note_t *note)
{
    ta_voice_t *voice = note ? find(synth, note, 0) : NULL;
    if (voice)
        let_go(voice);
}

void ta_synth_release_key(ta_synth_t *synth, unsigned channel, unsigned key)
{
    ta_voice_t *voice = channel < 16 && key < 128 ? find(synth, NULL, channel * 128 + key) : NULL;
    if (voice)
        let_go(voice);
}

void ta_synth_release_all(ta_synth_t *synth)
{
    for (ta_voice_t *voice = synth->voices; voice != synth->voices + synth->polyphony; voice++) {
        if (in_use(voice))
            let_go(voice);
    }
}

void ta_synth_begin_change(ta_synth_t *synth)
{
    TA_SHARED_SET(synth->changing, true);
}

void ta_synth_end_change(ta_synth_t *synth)
{
    TA_SHARED_SET(synth->changing, false);
}

void ta_synth_clear(ta_synth_t *synth)
{
    for (ta_voice_t *voice = synth->voices; voice != synth->voices + synth->polyphony; voice++) {
        ta_order_t order = {.id = voice->now.id, .fresh = voice->now.fresh};
        voice->state = TA_ENVELOPE_NONE;
        voice->level = 0;
        voice->fade = 0;
        voice->held = NULL;
        voice->ended = voice->taken = order.id;
        voice->now = order;
        give_order(voice, &order);
        voice->seen = voice->version;
    }
    synth->made = synth->lent = 0;
}

// ---- what sounds ---------------------------------------------------------------------------------------------------------------

static bool tell(const ta_synth_t *synth, const ta_voice_t *voice, ta_voice_info_t *info)
{
    *info = (ta_voice_info_t){.state = TA_ENVELOPE_NONE};
    if (!voice || !in_use(voice))
        return false;
    const ta_order_t *order = order_of(voice);
    info->note = order->note;
    info->channel = (uint8_t)(order->key >> 7);
    info->key = (uint8_t)(order->key & 127);
    info->level = level_of(synth, voice);
    info->state = (ta_envelope_state_t)voice->state;
    if (!order->gate) {
        info->state = TA_ENVELOPE_RELEASE;
    } else if (TA_SHARED_GET(voice->taken) != order->id) {
        info->state = TA_ENVELOPE_ATTACK;
    }
    return true;
}

bool ta_synth_voice(const ta_synth_t *synth, unsigned voice, ta_voice_info_t *info)
{
    return tell(synth, voice < synth->polyphony ? &synth->voices[voice] : NULL, info);
}

bool ta_synth_note_info(const ta_synth_t *synth, const ta_note_t *note, ta_voice_info_t *info)
{
    return tell(synth, note ? find(synth, note, 0) : NULL, info);
}

bool ta_synth_key_info(const ta_synth_t *synth, unsigned channel, unsigned key, ta_voice_info_t *info)
{
    return tell(synth, channel < 16 && key < 128 ? find(synth, NULL, channel * 128 + key) : NULL, info);
}

bool ta_synth_holds(const ta_synth_t *synth, const ta_note_t *note)
{
    for (const ta_voice_t *voice = synth->voices; voice != synth->voices + synth->polyphony; voice++) {
        if (note && (TA_SHARED_GET(voice->held) == note || (in_use(voice) && order_of(voice)->note == note)))
            return true;
    }
    return false;
}

// ---- controls that run by themselves -------------------------------------------------------------------------------------------

ta_status_t ta_synth_add_control(ta_synth_t *synth, ta_control_t *control)
{
    if (!control)
        return TA_E_ARG;
    for (unsigned c = 0; c < synth->control_places; c++) {
        if (!synth->controls[c]) {
            TA_SHARED_SET(synth->controls[c], control);
            return TA_OK;
        }
    }
    return TA_E_BUSY;
}

void ta_synth_remove_control(ta_synth_t *synth, const ta_control_t *control)
{
    for (unsigned c = 0; c < synth->control_places; c++) {
        if (control && synth->controls[c] == control) {
            TA_SHARED_SET(synth->controls[c], NULL);
            return;
        }
    }
}
