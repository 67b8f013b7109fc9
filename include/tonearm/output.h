/// @file output.h  An output: plays sources into a ring, from one context, and tells where it is.
///
/// Task functions post commands and return at once; the feed carries them out in order. A pin (i2s.h, pwm.h, desktop.h) owns
/// the output and runs its feed.
#ifndef TONEARM_OUTPUT_H
#define TONEARM_OUTPUT_H

#include "tonearm/convert.h"
#include "tonearm/load.h"
#include "tonearm/resample.h"
#include "tonearm/ring.h"
#include "tonearm/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Sound that an output may be asked to queue, in microseconds. The least is not a slot even: then three of the smallest are taken.
enum { TA_BUFFER_MIN_US = 1000, TA_BUFFER_MAX_US = 2000000 };

typedef enum {
    TA_OUTPUT_IDLE, ///< silence, nothing to play; clocks keep running
    TA_OUTPUT_PLAYING,
    TA_OUTPUT_PAUSED,
    TA_OUTPUT_DRAINING, ///< the program has ended and its last frames are on their way to the pins
    TA_OUTPUT_LOOPING,  ///< a sample loops in hardware, without a processor
} ta_output_state_t;

/// "idle", "playing", ... Ctx: any. Cost: constant. Own: a constant. Fails: never.
const char *ta_output_state_name(ta_output_state_t state);

/// How a pin serves its output. Called from the feed.
typedef struct {
    /// Change the rate while the ring is silent and re-anchor it. TA_E_RATE leaves everything as it was.
    ta_status_t (*retune)(void *context, uint32_t rate_hz);
    void (*attend)(void *context, bool on); ///< slot interrupts wanted or not; nothing plays without them
    void (*kick)(void *context);            ///< task: make the feed run soon. May be NULL
    bool (*parked)(void *context);          ///< has the hardware met a stop mark, and stands? NULL: no hardware loops
    void (*loop)(void *context, const void *data, uint32_t frames); ///< parked: loop these frames without a processor
    void (*unloop)(void *context);                                  ///< finish this pass of the loop, then park
    void (*restart)(void *context);                                 ///< parked: walk the ring again
    /// May DMA read these bytes where they lie? NULL: never.
    bool (*may_lend)(void *context, const void *data, uint32_t bytes);
    /// Can this rate be reached? Task and feed.
    bool (*rate_ok)(void *context, uint32_t rate_hz);
} ta_output_pin_t;

typedef enum {
    TA_CMD_PLAY,
    TA_CMD_QUEUE,
    TA_CMD_PAUSE,
    TA_CMD_RESUME,
    TA_CMD_STOP,
    TA_CMD_GAIN,
    TA_CMD_LOOP_HARDWARE,
    TA_CMD_CLOCK_CHANGED
} ta_command_kind_t;

typedef struct {
    ta_command_kind_t kind;
    union {
        ta_source_t *source; ///< TA_CMD_PLAY, _QUEUE, _LOOP_HARDWARE
        uint32_t value;      ///< TA_CMD_GAIN
    };
} ta_command_t;

/// Where a hardware loop stands.
typedef enum { TA_LOOP_NONE, TA_LOOP_ARMED, TA_LOOP_RUNNING, TA_LOOP_LEAVING } ta_loop_step_t;

typedef struct {
    ta_loop_step_t step;
    bool risen; ///< a rise to its first frame leads to the stop mark
    uint32_t frames;
    uint64_t stop_entry;
    uint64_t since_us; ///< when it began; 0: it has not
    uint64_t until_us; ///< when it was told to end
} ta_loop_t;

/// Knob: commands that may wait for the feed, a power of two.
#ifndef TA_CFG_COMMANDS
#define TA_CFG_COMMANDS 8
#endif
enum { TA_COMMANDS = TA_CFG_COMMANDS };

/// What an output has done. Counters never reset.
typedef struct {
    ta_output_state_t state;
    uint64_t source_frames;   ///< frames pulled from sources; from a resampler, what it made of them
    uint64_t output_frames;   ///< frames that DMA has read, silence included
    uint64_t position_frame;  ///< program frame at the pins (less the FIFO), counted over all sources since open
    uint64_t headroom_frames; ///< program frames queued before silence
    uint64_t headroom_us;
    uint32_t rate_hz;             ///< rate in force
    uint32_t at_us;               ///< when the feed last looked, and all this was so: the pin's timer, its low word
    uint64_t headroom_min_frames; ///< least headroom seen on entering the feed while playing
    uint32_t drained;             ///< programs that have ended and been heard to their last frame, stops included
    uint32_t feeds;               ///< times that the feed ran
    uint32_t faults;              ///< sources that faulted
    ta_status_t fault;            ///< last source fault
    uint32_t
        load_permille; ///< what the feeds of this core took of the time that their frames last (load.h), in the last span; 0: less than a sixteenth, or it is not known
    uint32_t paced;    ///< feeds of this core that filled nothing, although there was room, so that the task could run
    ta_ring_stats_t ring;
} ta_output_stats_t;

/// What the feed counts as it works.
typedef struct {
    uint64_t source_frames;
    uint32_t headroom_min_frames; ///< UINT32_MAX: never noted
    uint32_t drained, feeds, faults;
    ta_status_t fault;
    ta_output_state_t state; ///< when the feed ended last
} ta_output_counts_t;

/// From what ta_output_stats makes its figures: copied by the feed, worked out by the task.
typedef struct {
    ta_output_counts_t count;
    ta_ring_stats_t ring;
    uint64_t position_frame;
    uint64_t read; ///< output_frames are frame_base + read * F - remaining
    uint64_t frame_base;
    uint32_t remaining, headroom_frames;
    uint32_t rate_hz, at_us;
} ta_output_shown_t;

typedef struct ta_output_resampler ta_output_resampler_t;
struct ta_output;

/// How an output of a fixed rate plays sources of another: ta_output_resample_linear, _good or _best. Only firmware that names one of them has a
/// resampler linked in.
typedef struct ta_output_resampling {
    ta_resample_t quality;
    // For the output alone.
    ta_status_t (*need)(const struct ta_output_resampling *way, const ta_resampler_config_t *config, ta_need_t *need);
    ta_status_t (*make)(ta_output_resampler_t *resampler, const ta_resampler_config_t *config);
    ta_status_t (*serves)(const ta_output_resampler_t *resampler, const ta_source_t *source);
    ta_source_t *(*begin)(ta_output_resampler_t *resampler, ta_source_t *source, ta_source_t **follow);
    bool (*holds)(const ta_output_resampler_t *resampler, const ta_source_t *source);
} ta_output_resampling_t;

/// Qualities as resample.h has them. Frames are stereo or mono as the source's are; a source of more than 16 bits is resampled in 32 on a wire of 24 or 32.
extern const ta_output_resampling_t ta_output_resample_linear, ta_output_resample_good, ta_output_resample_best;

typedef struct ta_output {
    // the feed's, but for what is said to be the task's. What every slot needs comes first.
    volatile ta_output_state_t state;
    bool attended;      ///< slot interrupts are on
    bool lends;         ///< the source's blocks may be lent, as far as is known
    bool program_ended; ///< no frame of the program is left to be composed
    bool end_counted;   ///< this program's end has been counted in `drained`
    bool fixed_rate;    ///< never retune; false: follow each source
    ta_command_kind_t pending_kind;
    ta_loop_t loop;
    ta_source_t *source;  ///< being pulled
    ta_source_t *next;    ///< to follow without a gap
    ta_source_t *pending; ///< to be started once silent (other rate, hardware loop)
    ta_kernel_t *kernel;
    const ta_output_pin_t *pin;
    void *pin_context;
    ta_load_t *load;                   ///< never NULL
    volatile uint32_t commands_posted; ///< the task's word
    volatile uint32_t commands_done;
    ta_run_t run;   ///< composed; slot < 0 and data NULL: none; data NULL: not full yet
    ta_run_t *held; ///< runs taken back by a pause, in order; room for K-2
    unsigned held_next, held_count;
    uint32_t rate_hz;       ///< rate in force
    uint64_t program_frame; ///< next program frame to be composed
    ta_output_counts_t count;
    ta_ring_t ring;
    ta_shape_t shape;
    uint64_t end_frame;               ///< output frame after the last program frame, once the program has ended
    uint64_t silent_entry;            ///< once R gets here the ring is silent, while draining or paused
    uint64_t lent_entry;              ///< last entry that played a lent block
    uint32_t span_frame, span_fed_us; ///< program frame, and what all feeds had taken, when the load's span began
    ta_output_resampler_t *resampler; ///< at a fixed rate, for sources of another; NULL: they are refused
    // commands: single producer (task), single consumer (feed)
    ta_command_t command[TA_COMMANDS];
    volatile uint32_t stats_sequence; ///< odd while the feed writes `shown`
    ta_output_shown_t shown;          ///< as it was when the feed looked last: what the task may read
} ta_output_t;

/// Needs of the output: needs[0] DMA, needs[1] FAST (the ring's and the output's own).
/// Ctx: any. Cost: constant. Own: none. Fails: as ta_ring_need.
TA_NODISCARD ta_status_t ta_output_need(const ta_ring_config_t *config, ta_need_t needs[2]);

/// Add what sources of up to max_rate_hz (0: TA_RESAMPLE_MAX_RATE_HZ) take to be resampled to rate_hz, to what ta_output_need has said. No way (NULL)
/// adds nothing.
/// Ctx: any. Cost: constant. Own: none. Fails: TA_E_RATE; TA_E_ARG for a way that was left out when the library was built.
TA_NODISCARD ta_status_t ta_output_need_resampler(const ta_output_resampling_t *way, uint32_t rate_hz,
                                                  uint32_t max_rate_hz, const ta_ring_config_t *config,
                                                  ta_need_t needs[2]);

/// Make the output, whose rate_hz stands and is fixed, resample from now on. The blocks are as large as ta_output_need_resampler has said.
/// Ctx: task, before it plays. Cost: constant. Own: blocks are borrowed. Fails: as ta_output_need_resampler.
TA_NODISCARD ta_status_t ta_output_use_resampler(ta_output_t *output, const ta_output_resampling_t *way,
                                                 uint32_t max_rate_hz, void *const blocks[2]);

/// The output's resampler, as a source: for a meter (meter.h). Ctx: task, before it plays. Cost: constant. Own: the output's. Fails: NULL if it has none.
ta_source_t *ta_output_resampled(const ta_output_t *output);

/// Make an idle output. Pins call it from their open. The functions of hw and pin are called with their contexts.
/// Ctx: task. Cost: O(bytes). Own: everything but config is borrowed. Fails: as ta_ring_init; TA_E_ARG for a pin without retune,
/// attend or rate_ok.
TA_NODISCARD ta_status_t ta_output_init(ta_output_t *output, const ta_ring_config_t *config, const ta_ring_hw_t *hw,
                                        void *hw_context, const ta_output_pin_t *pin, void *pin_context,
                                        void *const blocks[2]);

/// Keep the account of what this output's feed takes in `load`, with all others that are fed on the same core (load.h). Pins of the chip do that by themselves
/// (ta_rp2_load), but for those that are fed by hand. NULL: no account.
/// Ctx: task, before it plays. Cost: constant. Own: load is borrowed. Fails: never.
void ta_output_share_load(ta_output_t *output, ta_load_t *load);

/// Play `source` from its present position now: what plays is faded out and dropped. The source is the output's until
/// it ends, is stopped or replaced (ta_output_busy tells).
/// Ctx: task. Cost: constant. Own: source is borrowed. Fails: TA_E_ARG, TA_E_FORMAT, TA_E_RATE (the fixed rate
/// differs, and there is no resampler, or none for this rate; or the rate cannot be reached), TA_E_BUSY (command queue full).
TA_NODISCARD ta_status_t ta_output_play(ta_output_t *output, ta_source_t *source);

/// Play `source` after the present one, its first frame right behind the last. One source may wait.
/// Another rate makes a short silence, but with a resampler none, and of sources that follow each other at the same rate it makes one program without a seam. As ta_output_play when idle, or behind a hardware loop, which has no end.
/// Ctx: task. Cost: constant. Own: source is borrowed. Fails: as ta_output_play; TA_E_BUSY if one is waiting already.
TA_NODISCARD ta_status_t ta_output_queue(ta_output_t *output, ta_source_t *source);

/// Loop a source, from its position to its end, in hardware, with no processor at all, until stopped: its frames are
/// converted into the output's own slots once, so they must fit (ta_output_hardware_loop_max); loops of its own are left out.
/// Ctx: task. Cost: constant; the feed converts. Own: source is borrowed until the loop runs.
/// Fails: as ta_output_play, and TA_E_RATE for a source that would have to be resampled; TA_E_ARG if it is at its end; TA_E_NOMEM if it does not fit; TA_E_STATE if the pin does not
/// offer it.
TA_NODISCARD ta_status_t ta_output_loop_in_hardware(ta_output_t *output, ta_source_t *source);

/// Frames that fit in a hardware loop. Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_output_hardware_loop_max(const ta_output_t *output);

/// Fade out within two slots and hold: not a frame is lost. Ctx: task. Cost: constant. Own: none.
/// Fails: TA_E_STATE (nothing plays, or a loop in hardware does or will), TA_E_BUSY.
TA_NODISCARD ta_status_t ta_output_pause(ta_output_t *output);

/// Go on with the very next frame. Nothing happens unless paused. Ctx: task. Cost: constant. Own: none. Fails:
/// TA_E_BUSY.
TA_NODISCARD ta_status_t ta_output_resume(ta_output_t *output);

/// Fade out within two slots and drop the source and the one that waits. Clocks keep running.
/// Ctx: task. Cost: constant. Own: sources are the caller's again once ta_output_busy is false. Fails: TA_E_BUSY.
TA_NODISCARD ta_status_t ta_output_stop(ta_output_t *output);

/// Approach a volume (0x10000 is unity, at most TA_GAIN_MAX_Q16) over TA_GAIN_RAMP_FRAMES frames, or set it if idle.
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_ARG, TA_E_BUSY.
TA_NODISCARD ta_status_t ta_output_set_volume(ta_output_t *output, uint32_t gain_q16);

/// The clock that the pin divides has changed: divide it anew for the rate in force, and count time anew. A hole that lasts meanwhile is
/// reported as inexact. Where the rate cannot be reached any more, the program is stopped and a fault counted (TA_E_RATE).
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_BUSY.
TA_NODISCARD ta_status_t ta_output_clock_changed(ta_output_t *output);

/// For how long the feed may be kept from running now before a hole begins, in microseconds, as seen by the last feed: how long the
/// task may mask interrupts, erase flash, or hold the core otherwise. 0 unless a program plays.
/// Ctx: task. Cost: a division. Own: none. Fails: never.
uint32_t ta_headroom(const ta_output_t *output);

/// Does the output hold a source, or a frame that is not yet heard? Ctx: task. Cost: constant. Own: none. Fails: never.
bool ta_output_busy(const ta_output_t *output);

/// Do commands wait for the feed? Ctx: any. Cost: constant. Own: none. Fails: never.
static inline bool ta_output_has_commands(const ta_output_t *output)
{
    return output->commands_done != output->commands_posted;
}

/// Copy the figures out, consistent among themselves. Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_output_stats(const ta_output_t *output, ta_output_stats_t *stats);

/// Copy hole number `index` (0 the oldest kept) out. Ctx: task, best while idle. Cost: constant. Own: none.
/// Fails: false beyond the last.
bool ta_output_hole(const ta_output_t *output, uint32_t index, ta_hole_t *hole);

/// Do the feed's work: commands, then as many slots as there is room for, but no further once that has taken as long as a slot lasts: then the next slot's call goes on.
/// Pins call it; so does a caller who feeds by hand. Ctx: feed. Cost: O(free frames). Own: none. Fails: never.
void ta_output_feed(ta_output_t *output);

/// Does the output still hold this source: pulled, waiting, or with blocks that DMA may yet read? Says yes rather too long.
/// Ctx: task. Cost: constant. Own: none. Fails: never.
bool ta_output_holds(const ta_output_t *output, const ta_source_t *source);

#ifdef __cplusplus
}
#endif
#endif
