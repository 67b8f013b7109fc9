// Private to src/source: voices, between the side of the task (synth.c) and that of the feed (synth_render.c).
#ifndef TONEARM_SOURCE_SYNTH_PRIVATE_H
#define TONEARM_SOURCE_SYNTH_PRIVATE_H

#include "tonearm/synth.h"

#include "synth_kernel.h"

// ---- voices --------------------------------------------------------------------------------------------------------------------

enum {
    SYNTH_FULL = 32767,
    SYNTH_TRIES = 4, // of reading what the other core is just writing; then last tick's holds for one more
};

/// How an envelope moves in 256 frames, at a rate.
typedef struct {
    int32_t attack, decay, release; ///< 1..32767
    int32_t peak, sustain;          ///< 0..32767
} ta_steps_t;

/// What the task wants of a voice. Written whole, in the idle one of two.
typedef struct {
    ta_note_t *note; ///< NULL: a key
    uint32_t id;     ///< of the press; 0: none yet
    uint32_t fresh;  ///< id of the press that took the voice
    uint16_t key;    ///< channel * 128 + key
    uint8_t velocity;
    bool gate; ///< not released
} ta_order_t;

struct ta_voice {
    // The task's.
    ta_order_t orders[2];
    volatile uint32_t version;
    // The feed's, for the task to read.
    volatile uint32_t taken; ///< id of the press in force
    volatile uint32_t ended; ///< id of the last press that has come to its end
    ta_note_t *volatile held;
    volatile int32_t level;
    volatile uint32_t state; ///< ta_envelope_state_t
    // The feed's.
    uint32_t seen, note_seen;
    uint32_t frames; ///< since the level moved last
    ta_order_t now;
    ta_note_setting_t setting;
    ta_steps_t steps;
    int32_t frequency_q16, ring_frequency_q16;
    int32_t left, right; ///< of a full level
    ta_real_t used[8];   ///< parameters that the rest was worked out for
    ta_osc_t osc, ring;
    bool sounds, rings; ///< below half the rate
    bool unread;        ///< a note's settings have not been read yet
    bool stale;         ///< all of this must be worked out anew
    bool heard;         ///< it has been in a tick
    uint8_t fade_over;  ///< frames that its fade takes
    uint32_t fade;      ///< frames that are left of a voice that is let go; 0: it is not
    ta_biquad_state_t filter;
};

/// For what rate and envelope: pure. NULL: full level at once, silence at once. Ctx: any. Cost: a dozen operations on ta_real_t. Own: none. Fails: never.
void ta_envelope_steps(const ta_envelope_t *envelope, uint32_t rate_hz, ta_steps_t *steps);

/// One tick of at most TA_SYNTH_TICK_FRAMES frames into the bus. Ctx: feed. Cost: that of the voices. Own: none. Fails: never.
void ta_synth_render(ta_synth_t *synth, uint32_t frames);

/// Lend of the tick that was rendered. Ctx: feed. Cost: constant. Own: until the next tick is rendered. Fails: never.
void ta_synth_lend(ta_synth_t *synth, uint32_t max_frames, ta_block_t *block);

#endif
