/// @file ring.h  The self-healing ring: slots, the table of entries, holes, the frame clock.
///
/// Hardware (or a stand-in) walks a table of N entries, each the bus address of F frames. After reading an entry it
/// writes the address of silence over it, so an entry that is not refilled is silence when its turn comes again. The
/// ring's part is to store entries in time, to know which time that is, and to account for every frame that came too
/// late.
///
///     R   absolute number of the entry that the hardware reads next; entry R-1 is being played
///     W   absolute number of the entry that the feed stores next
///
///        played    playing   read next            newest    its tail
///     .. silence | e = R-1 | e = R   | R+1 | ... | W-1     | W       | silence ..
///
/// A store is allowed at W >= R+1 with W+1 <= R+N-2. Memory of entry e is free again once R >= e+2.
#ifndef TONEARM_RING_H
#define TONEARM_RING_H

#include "tonearm/format.h"
#include "tonearm/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What the hardware shows at one moment.
typedef struct {
    uint32_t index;     ///< of the entry that is read next, 0..N-1
    uint32_t remaining; ///< frames of the playing slot not yet read, 0..F, while the index was so
    uint64_t
        us; ///< the timer, read after both; never too early. It may be 2^32 too late if its low word wrapped just then
} ta_ring_look_t;

/// What the ring needs of the hardware. All functions are called from the feed; those marked * also inside the
/// publication section, with interrupts masked, and must touch only SRAM and registers.
typedef struct {
    /// * Where it is, and when: read again until all has been read within so many microseconds, taken modulo 2^32.
    void (*look)(void *context, uint32_t within_us, ta_ring_look_t *look);
    /// * The index alone; returns `us` as in a look: the timer, read after it.
    uint64_t (*glance)(void *context, uint32_t *index);
    uint64_t (*now_us)(void *context);           ///< * the timer, microseconds
    uint32_t (*lock)(void *context);             ///< * mask interrupts, return what unlock wants
    void (*unlock)(void *context, uint32_t was); ///< * restore
    void (*store)(void *context, volatile uint32_t *entry,
                  uint32_t value); ///< * one 32-bit store that is visible to DMA on return
    /// What DMA must be told for a pointer; never 0. Within the ring's DMA block addresses are as far apart as pointers.
    uint32_t (*bus_address)(void *context, const void *data);
} ta_ring_hw_t;

/// Geometry and rate of a ring.
typedef struct {
    ta_wire_t wire;
    uint32_t slot_frames;  ///< F: TA_RAMP_FRAMES..4096
    uint32_t slots;        ///< K: pool of slots that the feed fills, 3..62; so many entries play or wait, lent ones too
    uint32_t hole_records; ///< holes that are kept in detail (the counters count all), 0..65536
    uint32_t pwm_top;      ///< TA_WIRE_PWM: the highest level, TA_PWM_TOP_MIN..TA_PWM_TOP_MAX; else 0
} ta_ring_config_t;

enum {
    TA_RAMP_FRAMES = 64, ///< frames of a ramp: no step above full scale / 64
    TA_RING_TAILS = 3,   ///< one playing, one waiting behind the newest entry, one being rendered
    TA_RING_ENTRIES_MAX = 128
};

/// The slot's rate as a fraction: one slot lasts slot_num / slot_den microseconds.
typedef struct {
    uint64_t slot_num, slot_den;
} ta_ring_clock_t;

typedef enum {
    TA_HOLE_FEED_LATE,   ///< the feed could not run in time
    TA_HOLE_SOURCE_LATE, ///< the source had nothing
    TA_HOLE_CLOCK,       ///< the clock that paces the hardware was changed meanwhile
    TA_HOLE_OVERLOAD     ///< the sources take longer than their frames last (load.h)
} ta_hole_cause_t;

/// "feed late", "source late", "clock changed", "overload". Ctx: any. Cost: constant. Own: a constant. Fails: never.
const char *ta_hole_cause_name(ta_hole_cause_t cause);

/// Frames that should have been audio and were a ramp or silence.
typedef struct {
    uint64_t at_frame;     ///< on the frame clock: output frames since the first clock
    uint64_t frames;       ///< length
    uint64_t source_frame; ///< program frame that follows it
    ta_hole_cause_t cause;
    bool exact; ///< false when the frame clock had to be re-anchored
} ta_hole_t;

/// A run of F frames for the table: program frames [first, first + frames), then a ramp or silence if frames < F.
typedef struct {
    const void *data; ///< F frames in DMA memory
    uint16_t frames;  ///< 0: nothing but ramp and silence
    int8_t slot;      ///< slot of the pool, or -1: lent memory
    bool last;        ///< the program ends with this run
    uint64_t first;
} ta_run_t;

/// Counters. Never reset.
typedef struct {
    uint64_t program_frames; ///< program frames published (and not taken back)
    uint64_t hole_frames;
    uint32_t holes;
    uint32_t indeterminate; ///< publications during which the hardware moved by more than one entry
    uint32_t publications;
    uint32_t lent;         ///< publications of lent blocks, without a copy
    uint32_t largest_step; ///< largest step at a ramp so far, in units of 1/65536 of full scale
    uint32_t overloads;    ///< holes with the cause TA_HOLE_OVERLOAD
} ta_ring_stats_t;

/// What every slot needs comes first, where a Cortex-M0+ reaches it without arithmetic.
typedef struct ta_ring {
    const ta_ring_hw_t *hw;
    void *hw_context;
    bool open;     ///< the newest entry is program or a ramp to it: the next run may follow
    uint8_t blame; ///< ta_hole_cause_t of a hole that begins now, as is known since the last publication
    bool inexact;  ///< the clock was re-anchored since the last program frame
    bool steady;   ///< a tail lies behind the newest entry, and the spare tail's slot is free
    // Tails are slots of the pool.
    int8_t tail_newest;         ///< that lies behind the newest entry; -1: none
    int8_t tail_spare;          ///< that was replaced last; -1: none
    int8_t tail[TA_RING_TAILS]; ///< all that were made, and which may be free again; -1: none
    int8_t dropped;             ///< slot that was given back last, and nothing taken since; -1: none
    uint8_t frame_bytes;
    ta_ring_config_t config;
    uint32_t entries;         ///< N, a power of two
    uint32_t slot_bytes;      ///< F frames
    volatile uint32_t *table; ///< N entries, aligned to N * 4 bytes
    uint8_t *slot_memory;     ///< K + 2 slots of F frames: for runs and tails
    uint8_t *silence;         ///< F frames of it
    uint32_t silence_address;
    ta_run_t *run; ///< N runs: what was published at entry e, at e mod N
    uint64_t *
        slot_entry; ///< K + 2: last entry that a slot was stored at and may be read at; 0 free; UINT64_MAX held by the feed
    uint32_t sure_us;        ///< looks closer than this need no estimate: less than N-2 slots
    uint32_t half_slot_us;   ///< pointer and timer are read no farther apart than this
    uint32_t loudest;        ///< largest sample that a ramp led to or from, of 2^31
    uint64_t read;           ///< R, as far as is known
    uint64_t write;          ///< W
    uint64_t seen;           ///< R at the last look
    uint64_t seen_us;        ///< when that was
    uint32_t remaining;      ///< frames of the entry before it that were still to come then
    uint32_t glanced_us;     ///< the timer at the last publication, or later: its low word
    uint64_t expected_entry; ///< entry where the next program frame belongs; UINT64_MAX: none is expected
    uint32_t quiet[2];       ///< a bit for each slot that is silence behind a ramp's length
    ta_ring_stats_t stats;
    uint64_t frame_base; ///< output frames that passed outside the ring (hardware loops)
    ta_ring_clock_t clock;
    volatile uint32_t *control; ///< two words that DMA reads: the address of silence, and a hardware loop's entry
    ta_hole_t *hole;            ///< config.hole_records, oldest overwritten
} ta_ring_t;

/// Bytes that ta_ring_init will use: needs[0] of class DMA (table, slots, tails, silence), needs[1] of class FAST.
/// Ctx: any. Cost: constant. Own: none. Fails: TA_E_ARG for a geometry outside the documented ranges.
TA_NODISCARD ta_status_t ta_ring_need(const ta_ring_config_t *config, ta_need_t needs[2]);

/// Lay the ring out in its two blocks: every entry silence, R = 0, W = 1, clock not running.
/// hw_context is what hw's functions are called with.
/// Ctx: task. Cost: O(bytes). Own: blocks, hw and hw_context are borrowed. Fails: as ta_ring_need, and TA_E_ARG for NULL.
TA_NODISCARD ta_status_t ta_ring_init(ta_ring_t *ring, const ta_ring_config_t *config, const ta_ring_hw_t *hw,
                                      void *hw_context, void *const blocks[2]);

/// TA_WIRE_PWM: silence is the middle of another range of levels from now on. What waits in the ring must be silence.
/// Ctx: feed, while the ring is silent and its hardware stands. Cost: O(F). Own: none. Fails: never.
void ta_ring_set_pwm_top(ta_ring_t *ring, uint32_t top);

/// The hardware starts (or was retuned while silent): from now on slots last clock.slot_num / slot_den us.
/// Ctx: task or feed. Cost: constant. Own: none. Fails: never.
void ta_ring_anchor(ta_ring_t *ring, const ta_ring_clock_t *clock);

/// Look: R now, on 64 bits. Sound while interrupts between looks are shorter than ta_ring_stall_limit_us.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
uint64_t ta_ring_now(ta_ring_t *ring);

/// For how long the frame clock survives a stall without a look, in microseconds, for a timer error of `ppm`.
/// Ctx: any. Cost: constant. Own: none. Fails: never.
uint64_t ta_ring_stall_limit_us(const ta_ring_t *ring, uint32_t ppm);

/// A free slot of the pool to fill, or -1. Ctx: feed. Cost: O(K). Own: the feed's until published or dropped. Fails: -1.
int ta_ring_take_slot(ta_ring_t *ring);

/// Memory of a pool slot. Ctx: feed. Cost: constant. Own: the ring's. Fails: never.
void *ta_ring_slot_memory(const ta_ring_t *ring, int slot);

/// Give back a slot that was not published. Ctx: feed. Cost: constant. Own: the pool's. Fails: never.
void ta_ring_drop_slot(ta_ring_t *ring, int slot);

/// Give all slots back at once. Ctx: feed, while the ring is silent. Cost: O(K). Own: the pool's. Fails: never.
void ta_ring_free_slots(ta_ring_t *ring);

typedef enum {
    TA_PUBLISHED,     ///< stored in time
    TA_RING_FULL,     ///< no room; come again after the next slot
    TA_RING_QUIET,    ///< the output is or falls silent before this run could come: publish a ramp to it first
    TA_INDETERMINATE, ///< the hardware passed the entry during the section; treated as heard or republished, and
                      ///< counted
} ta_publish_t;

/// Store `run` as the next entry, with a tail behind it. A run of program frames onto a quiet ring gives TA_RING_QUIET
/// and stores nothing: publish a ramp first (ta_ring_publish_ramp). No more runs of program frames are queued than the pool has
/// slots, less the one that plays, lent ones included. Ctx: feed. Cost: O(TA_RAMP_FRAMES). Own: run->data
/// is the hardware's until R >= its entry + 2. Fails: see ta_publish_t.
ta_publish_t ta_ring_publish(ta_ring_t *ring, const ta_run_t *run);

/// Store a slot of silence whose last TA_RAMP_FRAMES frames rise to `to` (left, right as s32), so that program frames
/// can follow. Takes a slot of the pool.
/// Ctx: feed. Cost: O(F). Own: none. Fails: TA_RING_FULL.
ta_publish_t ta_ring_publish_ramp(ta_ring_t *ring, const int32_t to[2]);

/// Take back what can still be taken back: the entries from R+1 on become a tail and silence. The runs are copied to
/// `taken` in order (room for K-2), and their slots stay held. Returns how many. Ctx: feed. Cost: O(N). Own: pool slots
/// in `taken` are the feed's. Fails: 0 when nothing could be.
unsigned ta_ring_take_back(ta_ring_t *ring, ta_run_t *taken);

/// The program goes on after all: take its last run back, if it is not full, and let the next run follow the one before it.
/// *partial is that run (its slot is held), or has slot -1 when the last run was full and stays.
/// Ctx: feed. Cost: O(TA_RAMP_FRAMES). Own: partial->slot is the feed's. Fails: false when it is too late for that.
bool ta_ring_reopen(ta_ring_t *ring, ta_run_t *partial);

/// From here on silence is no hole. A hole that lasts at this moment ends here, unless the program has `ended`: then there
/// is nothing that it is missing. source_frame is the program frame that will follow some day.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_ring_expect_nothing(ta_ring_t *ring, bool ended, uint64_t source_frame);

/// The clock that paces the hardware has changed: a hole that lasts now cannot be dated exactly.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_ring_note_clock(ta_ring_t *ring);

/// The source had nothing: a hole that follows is its fault.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_ring_note_wait(ta_ring_t *ring);

/// The feed has more to do than there is time for: a hole that follows is an overload.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_ring_note_overload(ta_ring_t *ring);

/// Store the stop mark: at the entry behind the newest one if `directly`, else behind its tail. The hardware stops when it comes
/// there. Returns the mark's entry.
/// Ctx: feed. Cost: constant. Own: none. Fails: never; a section that comes too late is repeated.
uint64_t ta_ring_publish_stop(ta_ring_t *ring, bool directly);

/// The hardware has met the stop mark at `stop_entry` and stands: make the next entry a fall from `from`, so that it can be
/// triggered again. `frames_passed` frames have left meanwhile by another way. Call ta_ring_anchor once it runs.
/// Ctx: feed. Cost: O(TA_RAMP_FRAMES). Own: none. Fails: never.
void ta_ring_continue(ta_ring_t *ring, uint64_t stop_entry, const int32_t from[2], uint64_t frames_passed);

/// The first frame of a run, or any other, as s32: of TA_WIRE_PWM, so many levels above the middle, full scale the same.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_wire_frame(const ta_ring_config_t *form, const void *frames, uint32_t index, int32_t frame[2]);

/// Write TA_RAMP_FRAMES frames that fall from `from` (left, right as s32; not itself written) to silence, less the first `done` frames of that
/// fall, which are elsewhere; what remains at the end is silence.
/// Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
void ta_ramp_fall(const ta_ring_config_t *form, void *out, const int32_t from[2], uint32_t done);

/// Once R gets to this entry, nothing but silence is read, if nothing is published any more: the newest entry, its tail, and
/// whatever was stored so late that nobody knows when it is heard, are past.
/// Ctx: feed. Cost: O(K). Own: none. Fails: never.
uint64_t ta_ring_silent_entry(const ta_ring_t *ring);

/// Output frame that DMA read at the last look (ta_ring_now). Ctx: feed. Cost: a multiplication. Own: none. Fails: never.
uint64_t ta_ring_frame(const ta_ring_t *ring);

#ifdef __cplusplus
}
#endif
#endif
