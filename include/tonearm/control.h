/// @file control.h  Values that change slowly: parameters of sources, and what moves them (LFO, Math).
///
/// A source that has parameters works in ticks: a span of frames in which they stand still. Its clock numbers the ticks. A control is worked out at
/// most once in each tick of the clock that moves it, so sources that share one agree, and a control that reads itself gets its last value.
#ifndef TONEARM_CONTROL_H
#define TONEARM_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parameter's number: one that a store writes whole, on each processor, so that the task may change it while the feed reads it. That is also what a
/// float of MicroPython is there. Knob TA_CFG_REAL_FLOAT: float on a desktop, too, for the chip's very numbers.
#if defined(TA_CFG_REAL_FLOAT) || defined(__arm__)
typedef float ta_real_t;
#else
typedef double ta_real_t;
#endif

/// Time of one source that has parameters. The feed's.
typedef struct {
    uint32_t number;   ///< of the present tick
    uint32_t time_us;  ///< at its end, about, since the source began; wraps
    ta_real_t seconds; ///< that it lasts
    ta_real_t radians; ///< of 1 Hz in one frame: 2 pi / rate
} ta_clock_t;

/// The next tick begins: `frames` frames at `rate_hz`. Ctx: feed. Cost: two divisions. Own: none. Fails: never; a rate of 0 lasts 0 seconds.
void ta_clock_tick(ta_clock_t *clock, uint32_t frames, uint32_t rate_hz);

typedef struct ta_control ta_control_t;

/// First member of every control.
struct ta_control {
    /// The value at this tick. Reads its own parameters with the same clock.
    ta_real_t (*step)(ta_control_t *control, const ta_clock_t *clock);
    ta_real_t value;         ///< as last worked out
    const ta_clock_t *clock; ///< whose ticks move it; NULL: the next that reads it
    uint32_t number;         ///< tick in which it was worked out
    const ta_clock_t *other; ///< another clock that has read it since
    uint32_t other_us;       ///< its time when it did so first
};

enum { TA_CONTROL_HANDOVER_US = 100000 }; ///< a clock that has not come for so long has stopped

/// Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_control_init(ta_control_t *control, ta_real_t (*step)(ta_control_t *control, const ta_clock_t *clock));

/// The control's value in the present tick of `clock`. The first clock that reads a control moves it; another one only looks, until the first has
/// not come for TA_CONTROL_HANDOVER_US of the other's time: it has stopped.
/// Ctx: feed (one at a time: sources of two cores must not share a control). Cost: the control's, once a tick. Own: none. Fails: never.
ta_real_t ta_control_read(ta_control_t *control, const ta_clock_t *clock);

/// A number, or a control to follow.
typedef struct {
    ta_control_t *volatile control; ///< NULL: the number holds
    volatile ta_real_t number;
} ta_param_t;

/// Hold at a number. Not checked here: whoever reads it clamps it. Ctx: any one at a time. Cost: two stores. Own: none. Fails: never.
void ta_param_set(ta_param_t *param, ta_real_t number);

/// Follow a control. Ctx: any one at a time. Cost: a store. Own: the control is borrowed until another is set. Fails: never.
void ta_param_follow(ta_param_t *param, ta_control_t *control);

/// The parameter in this tick, as it is. Ctx: feed. Cost: a control's. Own: none. Fails: never; may be infinite or no number.
ta_real_t ta_param_read(const ta_param_t *param, const ta_clock_t *clock);

/// The same within low..high; what is no number is `low`. Ctx: feed. Cost: a control's. Own: none. Fails: never.
ta_real_t ta_param_within(const ta_param_t *param, const ta_clock_t *clock, ta_real_t low, ta_real_t high);

/// The same within low..high, at most 16 in size, times 32768, rounded half away from 0: an integer for the audio path.
/// Ctx: feed. Cost: a control's. Own: none. Fails: never.
int32_t ta_param_q15(const ta_param_t *param, const ta_clock_t *clock, ta_real_t low, ta_real_t high);

#ifdef __cplusplus
}
#endif
#endif
