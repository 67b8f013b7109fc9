// A feed for the bare ring, and what must be true of the ring and of what was heard, for the programs below test/model.
#ifndef TEST_SUPPORT_RING_FEED_H
#define TEST_SUPPORT_RING_FEED_H

#include "test/support/heard.h"

enum { FEED_RATE_HZ = 44100, FEED_HOLES_MAX = 64, FEED_TURNS_MAX = 400, FEED_BREAKS_MAX = 2 };

// What the feed does, turn by turn: a turn is a feed and one slot of hardware.
typedef struct {
    const char *name;
    ta_wire_t wire;
    uint32_t slot_frames, slots;
    uint64_t frames;              // of the program
    bool lent;                    // every other run is played where it lies
    unsigned pause_at, resume_at; // turns; 0: never
    unsigned stop_at;             // from this turn on: when all is out, park the hardware, then walk on
    unsigned reopen_at;           // from this turn on: when half is out and ended, let the other half follow
    unsigned late_at, late;       // from this turn on the feed does not come for so many turns
    unsigned wait_at, wait;       // from this turn on the source has nothing for so many turns
} script_t;

typedef struct {
    const script_t *script;
    ta_ring_t ring;
    walker_t walker;
    void *block[2];
    int32_t (*lent)[2];
    size_t lent_bytes;
    // the feed
    uint64_t composed, composed_max;
    ta_run_t ready, held[TA_RING_ENTRIES_MAX];
    unsigned held_next, held_count;
    bool paused, ended, waiting, stopped;
    bool reopened, followed;                                           // tried; and in time
    uint64_t breaks_from[FEED_BREAKS_MAX], breaks_to[FEED_BREAKS_MAX]; // heard frames at pauses and ends
    unsigned breaks;
    uint64_t stop_entry;
    char complaint[256];
} feed_t;

// Make the ring of a script and start its hardware. Ends the program if there is no memory.
void feed_open(feed_t *feed, const script_t *script);
void feed_close(feed_t *feed);

// One turn, numbered from 1; or all of them.
void feed_turn(feed_t *feed, unsigned turn);
void feed_play(feed_t *feed);

// Look for what is wrong; the first of it becomes feed->complaint. `check` keeps what was heard.
void feed_check(feed_t *feed, heard_check_t *check);
void feed_complain(feed_t *feed, const char *what, uint64_t a, uint64_t b);

#endif
