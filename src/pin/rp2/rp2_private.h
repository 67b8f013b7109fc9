/// @file rp2_private.h  What the files of this room share: the settings of every output, what I2S and PWM answer for their pins, and
/// the steps of open and close.
#ifndef TA_RP2_PRIVATE_H
#define TA_RP2_PRIVATE_H

#include "tonearm/rp2.h"

#include "pico.h"

#include <stddef.h>

/// 1: outputs may be fed by the second core (TA_FEED_CORE1), which costs the SDK's pico_multicore.
#ifndef TA_CFG_CORE1
#define TA_CFG_CORE1 1
#endif

/// Claims, in the order of taking. What the port claims for itself is one of them.
enum {
    RP2_CLAIM_MEMORY = 1,
    RP2_CLAIM_PORT = 2,
    RP2_CLAIM_DMA = 4,
    RP2_CLAIM_FEED = 8,
    RP2_CLAIM_DMA_IRQ = 16,
    RP2_CLAIM_PINS = 32,
    RP2_CLAIM_RUNNING = 64,
};

/// Settings that do not depend on what the pins carry. Zeros have become defaults.
typedef struct {
    uint32_t rate_hz, buffer_us;
    uint16_t slot_frames, hole_records;
    uint8_t dma_irq;
    ta_feed_t feed;
    bool fixed_rate, dither, mono, held;
    const ta_output_resampling_t *resample; ///< NULL: refuse
    uint32_t resample_max_hz;
    ta_amplifier_t amplifier;
} rp2_settings_t;

/// What the three channels must know of the place to which D writes.
typedef struct {
    volatile void *to;
    uint dreq;
    uint8_t size; ///< enum dma_channel_transfer_size
} rp2_path_t;

/// What I2S and PWM answer for their pins. All are called from the task but those marked *, which the feed calls.
typedef struct ta_rp2_port {
    const char *name;                                       ///< begins every sentence
    uint8_t transfers_per_frame;                            ///< 1 or 2
    void (*path)(const ta_rp2_t *rp2, rp2_path_t *path);    ///< * where D writes, paced by what
    bool (*rate_ok)(const ta_rp2_t *rp2, uint32_t rate_hz); ///< * can it be reached?
    /// * Divide clk_sys, as it is now, for this rate: between rp2_last_look and rp2_go_on. `silent`: the ring is, so that what silence
    /// looks like may change, too. TA_E_RATE leaves everything as it was. If silence would have allowed more, sets rp2->makeshift.
    ta_status_t (*retune)(ta_rp2_t *rp2, uint32_t rate_hz, bool silent);
    void (*slot_time)(const ta_rp2_t *rp2, uint32_t rate_hz, ta_ring_clock_t *clock); ///< * how long a slot lasts now
    ta_status_t (*claim)(ta_rp2_t *rp2, const void *config); ///< its own resources; a sentence on failure
    void (*unclaim)(ta_rp2_t *rp2);
    ta_status_t (*claim_pins)(ta_rp2_t *rp2, const void *config);
    void (*release_pins)(ta_rp2_t *rp2);
    void (*set_up)(ta_rp2_t *rp2, const void *config); ///< everything but start
    void (*settle)(ta_rp2_t *rp2, bool up); ///< take the pins from rest to silence, or back; may take its time
    void (*start)(ta_rp2_t *rp2);           ///< let frames through, the first entry has been read; in a moment
    bool (*emptied)(const ta_rp2_t *rp2);   ///< has the last frame left what DMA fills?
    void (*stop)(ta_rp2_t *rp2);            ///< the way back of start
} ta_rp2_port_t;

/// The output that a walk is of. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline ta_rp2_t *rp2_of(const ta_rp2_walk_t *walk)
{
    return (ta_rp2_t *)((uintptr_t)walk - offsetof(ta_rp2_t, walk));
}

// ---- rp2.c: open, close, and everything but interrupts -------------------------------------------------------------------

/// Keep a sentence "name: what: advice" in rp2->error; returns status.
/// Ctx: task. Cost: O(length). Own: none. Fails: never.
ta_status_t rp2_fail(ta_rp2_t *rp2, ta_status_t status, const char *what, const char *advice);

/// Is a GPIO free to be taken? A sentence if not.
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_BUSY.
ta_status_t rp2_pin_is_free(ta_rp2_t *rp2, uint pin);

/// Is this output open?
/// Ctx: task. Cost: O(outputs). Own: none. Fails: never.
bool rp2_is_open(const ta_rp2_t *rp2);

/// Is this GPIO the amplifier's of an output that is open?
/// Ctx: task. Cost: O(outputs). Own: none. Fails: never.
bool rp2_drives_amplifier(uint pin);

/// Take everything and start, or nothing. rp2 is zero but for its port; needs and ring are the plan's.
/// Ctx: task. Cost: bounded. Own: until rp2_close. Fails: with a sentence in rp2->error.
ta_status_t rp2_open(ta_rp2_t *rp2, const void *config, const rp2_settings_t *settings, const ta_ring_config_t *ring,
                     const ta_need_t needs[2], const ta_memory_t *memory);

/// Give everything back in reverse. Harmless when nothing is held.
/// Ctx: task. Cost: bounded. Own: nothing is held. Fails: never.
void rp2_close(ta_rp2_t *rp2);

// ---- rp2_ring.c: the ring's hardware, three channels ---------------------------------------------------------------------

extern const ta_ring_hw_t rp2_ring_hw; ///< its context is the output's walk
extern const ta_output_pin_t rp2_output_pin;

/// Set the three channels up to walk the table from an entry on. Nothing starts.
/// Ctx: task or feed. Cost: constant. Own: none. Fails: never.
void rp2_configure_ring(ta_rp2_t *rp2, uint32_t index);

/// Tell the ring how long a slot lasts, from now on, and whether its table is walked at all.
/// Ctx: task or feed. Cost: a few divisions. Own: none. Fails: never.
void rp2_anchor(ta_rp2_t *rp2);

/// The frame clock looks for the last time at the old rate, and interrupts are masked: what passes before rp2_go_on is counted by its
/// index alone, so it must be less than a lap. Returns what rp2_go_on wants.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
uint32_t rp2_last_look(ta_rp2_t *rp2);
/// The rate in force is this one; the frame clock is anchored anew, and interrupts are as they were.
/// Ctx: feed. Cost: a few divisions. Own: none. Fails: never.
void rp2_go_on(ta_rp2_t *rp2, uint32_t rate_hz, uint32_t was);

/// The last resort, in the order of the chain. Ctx: task. Cost: constant. Own: none. Fails: never.
void rp2_abort_channels(ta_rp2_t *rp2);

// ---- rp2_feed.c: interrupts and feed contexts ----------------------------------------------------------------------------

/// Take what feeds the output: a software interrupt, the second core, or nothing.
/// Ctx: task. Cost: constant. Own: until rp2_release_feed. Fails: TA_E_BUSY with a sentence.
ta_status_t rp2_claim_feed(ta_rp2_t *rp2);
/// Where it keeps the account of what it takes; NULL: nowhere, for it may run on any core.
/// Ctx: task, once the feed is claimed. Cost: O(outputs). Own: the driver's. Fails: never.
ta_load_t *rp2_account(ta_rp2_t *rp2);
/// Let it feed from now on. Ctx: task. Cost: constant. Own: none. Fails: never.
void rp2_enable_feed(ta_rp2_t *rp2);
/// Keep the second core's feed from this output, and let it go on. Interrupts of this core are the caller's to mask.
/// Ctx: task. Cost: waits for a feed that runs. Own: none. Fails: never.
void rp2_hold_feed(ta_rp2_t *rp2, bool hold);
/// Not any more; on return no feed of this output runs. Ctx: task. Cost: waits for a feed that runs. Own: none. Fails: never.
void rp2_disable_feed(ta_rp2_t *rp2);
/// Ctx: task. Cost: constant. Own: nothing is held. Fails: never.
void rp2_release_feed(ta_rp2_t *rp2);

/// Take a place on the DMA interrupt line rp2->line, for rp2->core.
/// Ctx: task. Cost: O(outputs). Own: until rp2_release_line. Fails: TA_E_BUSY with a sentence.
ta_status_t rp2_claim_line(ta_rp2_t *rp2);
/// Let it interrupt. Ctx: task. Cost: constant. Own: none. Fails: never.
void rp2_enable_line(const ta_rp2_t *rp2);
/// Ctx: task. Cost: O(outputs); waits for a feed on the second core. Own: nothing is held. Fails: never.
void rp2_release_line(ta_rp2_t *rp2);

/// Make the feed run soon, from the task. Ctx: task. Cost: constant. Own: none. Fails: never.
void rp2_kick(ta_rp2_t *rp2);

// ---- rp2_plan.c: what I2S and PWM plan alike -----------------------------------------------------------------------------

/// Write "name: what value: advice" if error is not NULL; returns status.
/// Ctx: task. Cost: O(length). Own: none. Fails: never.
ta_status_t rp2_complain(char *error, const char *name, ta_status_t status, const char *what, long value,
                         const char *advice);

/// Defaults in place of zeros. Ctx: any. Cost: constant. Own: none. Fails: never.
void rp2_with_defaults(rp2_settings_t *settings);

/// Choose slots for the buffer, and check what does not depend on the pins.
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_ARG with a sentence.
ta_status_t rp2_plan_ring(const rp2_settings_t *settings, const char *name, ta_ring_config_t *ring, char *error);

/// What the output needs, its resampler included. ring->wire is set.
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_ARG, TA_E_RATE with a sentence.
ta_status_t rp2_plan_needs(const rp2_settings_t *settings, const char *name, const ta_ring_config_t *ring,
                           ta_need_t needs[2], char *error);

/// System clock cycles that a frame of an output of `bits` bits lasts where nothing is fractional, the nearest number to what the rate
/// asks for; 0: there is none.
typedef uint32_t rp2_whole_cycles_t(unsigned bits, uint32_t system_hz, uint32_t rate_hz);

/// The system clocks that a rate would like: the nearest at which it is exact, and the best that the PLL makes.
/// Ctx: task. Cost: some thousand divisions. Own: none. Fails: never.
void rp2_find_clocks(ta_rate_t *rate, rp2_whole_cycles_t *whole_cycles, unsigned bits);

#endif
