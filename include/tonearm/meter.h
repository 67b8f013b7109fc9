/// @file meter.h  What sources take while they play: each one's own time, whatever it consumes.
///
/// A meter stands in front of a source and looks at a clock before and after each pull. Meters of one clock know of each other: what a source takes while another one
/// pulls it is the inner one's, so no graph need be described, and it may change at any time. What an unmetered source takes is its consumer's,
/// and so is a jump back at the end of a loop.
///
/// A source without a meter pays nothing: its operations are its own.
///
/// Firmware has time_us_32 for a clock. On the virtual chip it stands still while sources are at work, and a ranking by it says nothing: take a clock of the desktop's there, in nanoseconds.
#ifndef TONEARM_METER_H
#define TONEARM_METER_H

#include "tonearm/source.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ta_meter ta_meter_t;

/// What the meters of one feed share.
typedef struct {
    uint32_t (*now)(void); ///< microseconds or cycles; wraps at 2^32, which is more than a pull may last
    uint32_t hz;           ///< what it counts in a second
    ta_meter_t *inside;    ///< the feed's: whose pull is under way; NULL: none
} ta_meter_clock_t;

typedef struct {
    uint64_t frames;  ///< given
    uint64_t ticks;   ///< of the clock, within pulls, with what it consumes
    uint64_t own;     ///< of these, its own
    uint32_t pulls;   ///< wraps
    uint32_t longest; ///< ticks of the longest one, with what it consumes
} ta_meter_figures_t;

/// A source's meter, in the caller's memory.
struct ta_meter {
    ta_source_ops_t ops;          ///< first: the source's point here
    const ta_source_ops_t *inner; ///< the source's own
    ta_source_t *source;          ///< NULL: of none
    ta_meter_clock_t *clock;
    const char *name;
    uint32_t
        inputs; ///< whoever pulls: ticks that others took within the present pull; a feed that interrupts a pull of the task's may add a little too many
    ta_meter_figures_t figures[2]; ///< two, so that what is read is not being written
    volatile uint32_t version;     ///< the feed's: figures[version & 1] are in force
};

/// A clock for meters of one feed. Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_meter_clock_init(ta_meter_clock_t *clock, uint32_t (*now)(void), uint32_t hz);

/// Meter a source from its next pull on, from 0. Several meters of one source, or of one source's two consumers, are not possible.
/// Ctx: task, also while it plays. Cost: constant. Own: meter, clock and name are borrowed until ta_meter_off and the end of a pull that is under way.
/// Fails: TA_E_STATE (the source has a meter, or was not made), TA_E_ARG (NULL; the clock has no `now` or 0 Hz).
TA_NODISCARD ta_status_t ta_meter_on(ta_meter_t *meter, ta_source_t *source, ta_meter_clock_t *clock, const char *name);

/// Meter it no more; figures stay. A source that is set up anew has lost its meter already. Ctx: task, also while it plays. Cost: constant. Own: see ta_meter_on. Fails: never.
void ta_meter_off(ta_meter_t *meter);

/// What it has counted, as it was at the end of one pull. Ctx: task or feed. Cost: constant. Own: none.
/// Fails: TA_E_BUSY (another core's feed ended pulls faster than they could be read, again and again), and then `figures` are 0.
TA_NODISCARD ta_status_t ta_meter_read(const ta_meter_t *meter, ta_meter_figures_t *figures);

/// One source's place in a report.
typedef struct {
    const char *name;
    ta_meter_figures_t figures;
    uint64_t per_frame; ///< its own ticks, in hundredths, of one of its frames; 0 without frames
    uint32_t permille;  ///< of all own ticks of the ranking
} ta_meter_rank_t;

/// Rank sources by what they took themselves, the greatest first; equal ones as given. Ctx: task. Cost: O(count^2). Own: names are the meters'. Fails: those that cannot be read count 0.
void ta_meter_rank(const ta_meter_t *const *meters, size_t count, ta_meter_rank_t *ranks);

#ifdef __cplusplus
}
#endif
#endif
