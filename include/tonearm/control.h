/// @file control.h  Values that change slowly: parameters of sources, and what moves them (LFO, Math).
///
/// A source that has parameters works in ticks: a span of frames in which they stand still. Its clock numbers the ticks. A control is worked out at
/// most once in each tick of the clock that moves it, so sources that share one agree, and a control that reads itself gets its last value.
#ifndef TONEARM_CONTROL_H
#define TONEARM_CONTROL_H

#include "tonearm/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parameter's number: one that a store writes whole, on each processor, so that the task may change it while the feed reads it. That is also what a
/// float of MicroPython is there. Knob TA_CFG_REAL_FLOAT: float on a desktop, too, for the chip's very numbers.
#if defined(TA_CFG_REAL_FLOAT) || defined(__arm__) || (defined(__riscv) && __riscv_xlen == 32)
typedef float ta_real_t;
#else
typedef double ta_real_t;
#endif

/// Time of one source that has parameters. The feed's.
typedef struct {
    uint32_t number;                   ///< of the present tick
    uint32_t time_us;                  ///< at its end, about, since the source began; wraps
    ta_real_t seconds;                 ///< that it lasts
    ta_real_t radians;                 ///< of 1 Hz in one frame: 2 pi / rate
    uint32_t frames, rate_hz, span_us; ///< what the others were worked out from, and the tick's length
} ta_clock_t;

/// The next tick begins: `frames` frames at `rate_hz`. Ctx: feed. Cost: constant; two divisions where either is another than before. Own: none. Fails: never; a rate of 0 lasts 0 seconds.
void ta_clock_tick(ta_clock_t *clock, uint32_t frames, uint32_t rate_hz);

typedef struct ta_control ta_control_t;

/// First member of every control.
struct ta_control {
    /// The value at this tick. Reads its own parameters with the same clock.
    ta_real_t (*step)(ta_control_t *control, const ta_clock_t *clock);
    ta_real_t value;         ///< as last worked out
    const ta_clock_t *clock; ///< whose ticks move it; NULL: the next that reads it
    uint32_t number;         ///< tick in which it was worked out
    uint32_t span_us;        ///< how long that was
    const ta_clock_t *other; ///< another clock that has read it since: the next to move it
    uint32_t other_us;       ///< its time when it did so first
    uint32_t passes;         ///< reads by further clocks since it came last
};

enum {
    TA_CONTROL_HANDOVER_US = 100000, ///< a clock that has not come for so long, and two of its ticks, has stopped
    TA_CONTROL_PASSES = 4096         ///< the next one, too, has stopped if it has not come while others read so often
};

/// Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_control_init(ta_control_t *control, ta_real_t (*step)(ta_control_t *control, const ta_clock_t *clock));

/// The control's value in the present tick of `clock`. The first clock that reads a control moves it; another one only looks, until the first has
/// not come for TA_CONTROL_HANDOVER_US of the other's time, and two of its own ticks: it has stopped.
/// Ctx: feed (one at a time: sources of two cores must not share a control). Cost: the control's, once a tick. Own: none. Fails: never.
ta_real_t ta_control_read(ta_control_t *control, const ta_clock_t *clock);

/// A number, or a control to follow.
typedef struct {
    ta_control_t *volatile control; ///< NULL: the number holds
    volatile ta_real_t number;
} ta_param_t;

/// Hold at a number. Not checked here: whoever reads it clamps it. A control that it followed is let go once the tick is over in which a feed may be. Ctx: any one at a time. Cost: two stores. Own: none. Fails: never.
void ta_param_set(ta_param_t *param, ta_real_t number);

/// Follow a control. Ctx: any one at a time. Cost: a store. Own: the control is borrowed until another one, or a number, is set, and the tick in which a feed may be is over. Fails: never.
void ta_param_follow(ta_param_t *param, ta_control_t *control);

/// The parameter in this tick, as it is. Ctx: feed. Cost: a control's. Own: none. Fails: never; may be infinite or no number.
ta_real_t ta_param_read(const ta_param_t *param, const ta_clock_t *clock);

/// The same within low..high; what is no number is `low`. Ctx: feed. Cost: a control's. Own: none. Fails: never.
ta_real_t ta_param_within(const ta_param_t *param, const ta_clock_t *clock, ta_real_t low, ta_real_t high);

/// The same within low..high, at most 16 in size, times 32768, rounded half away from 0: an integer for the audio path.
/// Ctx: feed. Cost: a control's. Own: none. Fails: never.
int32_t ta_param_q15(const ta_param_t *param, const ta_clock_t *clock, ta_real_t low, ta_real_t high);

// ---- LFO: a waveform read slowly ---------------------------------------------------------------------------------------------

enum { TA_WAVE_LENGTH_MIN = 2, TA_WAVE_LENGTH_MAX = 16384 }; ///< samples of a waveform

/// One period, or what is read once: 16-bit samples. The bytes stay as they are while anything reads them.
typedef struct {
    const int16_t *samples; ///< 2-byte aligned
    uint32_t length;        ///< TA_WAVE_LENGTH_MIN..TA_WAVE_LENGTH_MAX
} ta_wave_t;

/// A slow oscillator: waveform / 32768 * scale + offset. Set the members that are parameters with ta_param_set and ta_param_follow; one that is infinite or no
/// number counts as 0 where it would spoil the phase.
typedef struct {
    ta_control_t control;
    ta_param_t rate;         ///< Hz; negative: backwards
    ta_param_t scale;        ///< of a full-scale waveform
    ta_param_t offset;       ///< is added
    ta_param_t phase_offset; ///< in periods
    ta_wave_t wave;
    volatile bool once;           ///< hold the last value (the first, when it runs backwards) rather than begin again
    volatile bool interpolate;    ///< between samples, linearly; else each is held
    volatile uint32_t retriggers; ///< the task's: how often it was begun anew
    uint32_t retriggered;         ///< the feed's: how many of these it has seen
    ta_real_t phase;              ///< the feed's, 0..1, phase_offset apart; see ta_lfo_phase
} ta_lfo_t;

/// rate 1, scale 1, offset 0, phase_offset 0, interpolated, again and again. Its value is that at phase 0.
/// Ctx: task. Cost: constant. Own: wave's samples are borrowed; NULL: a triangle of 0, 32767, 0, -32767.
/// Fails: TA_E_ARG (length; unaligned), and then it is the triangle.
TA_NODISCARD ta_status_t ta_lfo_init(ta_lfo_t *lfo, const ta_wave_t *wave);

/// Work the value out as at the present phase, without moving it: after parameters were set and before the first tick. Controls that it follows are taken at
/// their last value. Ctx: task, before anything reads it. Cost: constant. Own: none. Fails: never.
void ta_lfo_settle(ta_lfo_t *lfo);

/// Begin anew at phase 0 in the next tick. Ctx: task. Cost: a store. Own: none. Fails: never.
void ta_lfo_retrigger(ta_lfo_t *lfo);

/// Where it is in its waveform, 0..1, without phase_offset. Ctx: any. Cost: constant. Own: none. Fails: never.
ta_real_t ta_lfo_phase(const ta_lfo_t *lfo);

// ---- Math: a function of three parameters ------------------------------------------------------------------------------------

typedef enum {
    TA_MATH_SUM,              ///< a + b + c
    TA_MATH_ADD_SUB,          ///< a + b - c
    TA_MATH_PRODUCT,          ///< a b c
    TA_MATH_MUL_DIV,          ///< a b / c; 0 where c is 0
    TA_MATH_SCALE_OFFSET,     ///< a b + c
    TA_MATH_OFFSET_SCALE,     ///< (a + b) c
    TA_MATH_LERP,             ///< a (1 - c) + b c
    TA_MATH_CONSTRAINED_LERP, ///< the same, c within 0..1
    TA_MATH_DIV_ADD,          ///< a / b + c; 0 where b is 0
    TA_MATH_ADD_DIV,          ///< (a + b) / c; 0 where c is 0
    TA_MATH_MID,              ///< the middle one
    TA_MATH_MAX,
    TA_MATH_MIN,
    TA_MATH_ABS, ///< |a|
    TA_MATHS     ///< number of operations
} ta_math_operation_t;

typedef struct {
    ta_control_t control;
    volatile ta_math_operation_t operation; ///< the task's
    ta_param_t a, b, c;
} ta_math_t;

/// a, b = 0, c = 1, all numbers: follow controls with ta_param_follow. Its value is 0 until the first tick. An operation that there is not gives 0.
/// Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_math_init(ta_math_t *math, ta_math_operation_t operation, ta_real_t a);

/// A pitch: 440 Hz is 69, about (439.999). voct: octaves above 65.40625 Hz, within -11..11. Ctx: any. Cost: some multiplications. Own: none. Fails: never.
ta_real_t ta_midi_to_hz(ta_real_t note);
ta_real_t ta_voct_to_hz(ta_real_t octaves);

#ifdef __cplusplus
}
#endif
#endif
