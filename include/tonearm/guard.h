/// @file guard.h  A limit for the time that a source's ticks may take, and how many voices fit into it: mixer.h and synth.h let voices go that do not.
///
/// A tick takes too long when it takes more than a share of the time that its frames last. Two in a row that do cost voices, as many as do not fit by the faster of the two: an
/// interrupt, or flash being erased, once, costs none. The quietest go, never the last one. Whenever there was room for one more for a while, one more may sound again; if that was too
/// many, the next while is twice as long. Everything follows from what the clock says, and nothing ever waits for anything.
///
/// Guards of one graph share a load (load.h) and a clock, and so does the output that plays it the load: ta_rp2_load(0) for outputs that the first core feeds, and time_us_32 (rp2.h). Then
///
/// - each judges its own ticks: what guarded sources that it consumes take is theirs. A mixer lets none of its voices go because a synthesizer behind one of them takes long, and never the
///   voice that plays a guarded source: that source lets its own voices go;
/// - the whole counts, too, with all that has no voices, such as effects and resamplers: while the output takes more than TA_LOAD_WHOLE of the time for two spans in a row, each guard whose own
///   ticks are an eighth of that or more keeps as many of its voices as the whole may take of what it took, one at least. One more may sound again once the whole has room for it, too.
///
/// So each gives up the same part, the light ones nothing, and none its last voice. What takes too long without voices is left to the output, which leaves the task its part of the core
/// whatever that is, and makes holes. Without a load, an outer guard's ticks include the inner's, and what others take is not seen.
#ifndef TONEARM_GUARD_H
#define TONEARM_GUARD_H

#include "tonearm/load.h"
#include "tonearm/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_GUARD_SHARE = 750,   ///< default share, in 1/1000: the rest is for conversion, interrupts and the program
    TA_GUARD_FRAMES = 128,  ///< shorter ticks are judged together, so many frames or more
    TA_GUARD_PATIENCE = 32, ///< so often in a row there must be room for one more before one more may sound
    TA_GUARD_PATIENCE_MAX = 1024,
    TA_GUARD_PARTS = 8 ///< of the whole, when that takes too long: guards with less than one part let nobody go
};

typedef struct {
    uint32_t (*now)(void); ///< microseconds or cycles; called by the feed, twice in a tick. NULL: no guard
    uint32_t hz;           ///< what it counts in a second
    uint32_t share;        ///< 1/1000 of a tick's duration that it may take, 1..1000; 0: TA_GUARD_SHARE
    ta_load_t *load;       ///< the account of the output that plays it, whose other guards have it, too; NULL: none
} ta_guard_config_t;

/// The feed's.
typedef struct {
    uint32_t (*now)(void);
    uint32_t hz, share;
    uint32_t voices;        ///< that there are
    volatile uint32_t most; ///< that may sound
    uint32_t start, spent;  ///< of the tick; of those that are judged together
    uint32_t frames;        ///< likewise
    uint32_t allowed;       ///< ticks of the clock for so many frames at that rate:
    uint32_t allowed_frames, allowed_rate_hz;
    uint32_t over;           ///< what the last ones took, if too long; else 0
    uint32_t calm, patience; ///< how often there was room for one more, and how often there must be
    bool raised;             ///< one more was allowed since the last were let go
    bool fresh;              ///< voices were let go for the whole within this span: the next one tells
    ta_load_t *load;
    uint32_t outside;    ///< what guarded sources had taken beside this one when its tick began
    uint32_t spans;      ///< of the load, when it was looked at last
    uint32_t whole_over; ///< what the whole took in the last span, if too much; else 0
} ta_guard_t;

#ifdef __cplusplus
}
#endif
#endif
