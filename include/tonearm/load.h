/// @file load.h  What the feeds of one core take of its time. By one such account they leave the task its part of the core, and the guards of what they play (guard.h)
/// know of each other, and when the whole takes too long.
///
/// A feed that is an interrupt keeps the task from running while it fills. However long its sources take, it takes no more than TA_PACE_PARTS - 1 of TA_PACE_PARTS of the core: what it has
/// taken it owes the task a part of, and while it owes more than a slot it fills nothing. What is not filled in time is a hole, with the cause TA_HOLE_OVERLOAD. A
/// load below that limit makes none. Outputs of the other core, and those that the task feeds, take what they need: nobody waits for them.
///
/// Bounds: a feed ends once it has taken a slot's time, so that commands are heard; it is called again at once. The task may have to wait for TA_PACE_PARTS - 1 slots of the output with the longest ones, and for the fill of one,
/// which nothing can cut short. One fill that takes longer than all these slots together, once, may have been stalled by others, and counts for as many slots only. What interrupts the feed counts as the
/// feed's, and other interrupts as the task's.
#ifndef TONEARM_LOAD_H
#define TONEARM_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_PACE_PARTS = 16,        ///< one of so many parts of the time is the task's
    TA_LOAD_WHOLE = 875,       ///< 1/1000 of the time that frames last: when the whole takes more, guards let voices go
    TA_LOAD_SPAN_FRAMES = 2048 ///< for so many frames or more it is found anew
};

/// An account, of one core and one clock of microseconds. All zeros: nothing is known yet, and nothing is paced.
typedef struct {
    bool paces; ///< the feeds are interrupts and leave the task its part; set before they run
    volatile uint32_t
        permille; ///< the feeds' word: what they all took of the time that their frames last, in the last span
    volatile uint32_t spans; ///< the feeds' word: how often that was found; wraps
    volatile uint32_t
        paced; ///< the feeds' word: how often one filled nothing, although there was room, so that the task could run; wraps
    // The feeds' alone:
    uint32_t light_us;     ///< a feed that takes less is not worth an account; 0: all are kept
    uint32_t least_us;     ///< what it is while nothing takes long: a part of the shortest slot
    uint32_t slot_us;      ///< the longest slot
    uint32_t fed_us;       ///< taken in all; wraps
    uint32_t until_us;     ///< accounts are kept up to here
    uint32_t owed_us;      ///< to the task, times TA_PACE_PARTS - 1
    uint32_t longest_us;   ///< a fill that took longer than all that may be owed, since nothing was owed
    uint32_t inside;       ///< ticks of guarded sources within the present tick of a guarded one
    uint32_t inside_ticks; ///< how many ticks of guarded sources there were; wraps
} ta_load_t;

#ifdef __cplusplus
}
#endif
#endif
