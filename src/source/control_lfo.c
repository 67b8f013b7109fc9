// LFO. In: a waveform, parameters, the clock's seconds. Out: its value, once a tick. Invariants: the phase is a finite number; the index lies in the waveform
// whatever the parameters are, also where 1 - epsilon is rounded to 1.

#include "tonearm/control.h"

#include "real.h"
#include "shared_word.h"

#define ALMOST_ONE (REAL(32767) / REAL(32768))

static const int16_t triangle[4] = {0, 32767, 0, -32767};

static ta_real_t last_value(const ta_param_t *param, const ta_clock_t *clock)
{
    (void)clock;
    const ta_control_t *control = param->control;
    return control ? control->value : param->number;
}

// The phase with its offset, where it is read.
static ta_real_t limited(const ta_lfo_t *lfo, ta_real_t phase, ta_real_t rate)
{
    if (!lfo->once) {
        ta_real_t part = phase - real_floor(phase);
        return part < 1 ? part : 0; // just below 0 the difference is rounded to 1
    }
    if (rate > 0 && phase > ALMOST_ONE)
        return ALMOST_ONE;
    if (rate < 0 && phase < 0)
        return 0;
    return phase;
}

static ta_real_t look_up(const ta_lfo_t *lfo, ta_real_t phase)
{
    const ta_wave_t *wave = &lfo->wave;
    bool once = lfo->once;
    ta_real_t at = real_within(phase * (ta_real_t)(wave->length - (once ? 1U : 0U)), 0, (ta_real_t)wave->length);
    uint32_t index = (uint32_t)at;
    if (index >= wave->length) {
        index = wave->length - 1;
        at = (ta_real_t)index;
    }
    ta_real_t value = wave->samples[index];
    if (lfo->interpolate) {
        uint32_t next = index + 1 < wave->length ? index + 1 : once ? index : 0;
        ta_real_t fraction = at - (ta_real_t)index;
        value = wave->samples[index] * (1 - fraction) + wave->samples[next] * fraction;
    }
    return value / REAL(32768);
}

static ta_real_t value_at(ta_lfo_t *lfo, const ta_clock_t *clock, ta_real_t seconds,
                          ta_real_t (*read)(const ta_param_t *param, const ta_clock_t *clock))
{
    ta_real_t rate = real_sane(read(&lfo->rate, clock));
    ta_real_t offset = real_sane(read(&lfo->phase_offset, clock));
    ta_real_t phase = real_sane(limited(lfo, real_sane(lfo->phase + rate * seconds + offset), rate));
    lfo->phase = phase - offset;
    ta_real_t value = look_up(lfo, phase);
    value = value * read(&lfo->scale, clock);
    return value + read(&lfo->offset, clock);
}

static ta_real_t step(ta_control_t *control, const ta_clock_t *clock)
{
    ta_lfo_t *lfo = (ta_lfo_t *)control;
    uint32_t retriggers = TA_SHARED_GET(lfo->retriggers);
    if (lfo->retriggered != retriggers) {
        lfo->retriggered = retriggers;
        lfo->phase = 0;
    }
    return value_at(lfo, clock, clock->seconds, ta_param_read);
}

ta_status_t ta_lfo_init(ta_lfo_t *lfo, const ta_wave_t *wave)
{
    bool fits = wave && wave->samples && ((uintptr_t)wave->samples & 1) == 0 && wave->length >= TA_WAVE_LENGTH_MIN &&
                wave->length <= TA_WAVE_LENGTH_MAX;
    *lfo = (ta_lfo_t){.wave = {triangle, 4}, .interpolate = true};
    if (fits)
        lfo->wave = *wave;
    ta_control_init(&lfo->control, step);
    ta_param_set(&lfo->rate, 1);
    ta_param_set(&lfo->scale, 1);
    ta_lfo_settle(lfo);
    return fits || !wave || !wave->samples ? TA_OK : TA_E_ARG;
}

void ta_lfo_settle(ta_lfo_t *lfo)
{
    lfo->control.value = value_at(lfo, NULL, 0, last_value);
}

void ta_lfo_retrigger(ta_lfo_t *lfo)
{
    TA_SHARED_SET(lfo->retriggers, lfo->retriggers + 1U);
}

ta_real_t ta_lfo_phase(const ta_lfo_t *lfo)
{
    return lfo->retriggered == lfo->retriggers ? lfo->phase : 0;
}
