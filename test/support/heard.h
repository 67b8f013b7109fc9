// What may leave an output, checked frame by frame: program frames in order, falls from the frame before, silence, rises to the
// frame behind, and nothing else. Written from DESIGN.md's words, not from the library's code.
#ifndef TEST_SUPPORT_HEARD_H
#define TEST_SUPPORT_HEARD_H

#include "test/support/ring_walker.h"

enum { HEARD_GAPS_MAX = 4096 };

// Frame n of the numbered program, as s32, such that it cannot be taken for a ramp's: 16 significant bits for TA_WIRE_S16.
typedef void (*heard_program_t)(uint64_t n, ta_wire_t wire, int32_t frame[2]);
void heard_numbered(uint64_t n, ta_wire_t wire, int32_t frame[2]);

// A stretch of the program that must be heard without a frame missing. `cut`: it may end early.
typedef struct {
    uint64_t first, frames;
    bool cut;
} heard_part_t;

// Silence and ramps between program frames.
typedef struct {
    uint64_t at, frames, next; // from output frame `at`; program frame `next` follows
    bool to_new_part;
} heard_gap_t;

typedef struct {
    heard_program_t program;
    ta_wire_t wire;
    const heard_part_t *part;
    unsigned parts;
    bool lenient; // count anomalies and go on
    // results
    uint64_t program_frames;
    uint64_t *last_of_part; // if not NULL: for each part, how many frames of it were heard
    uint32_t largest_step;  // from or to a frame that is no program frame, in 1/65536 of full scale, rounded up
    unsigned gaps, anomalies;
    heard_gap_t gap[HEARD_GAPS_MAX];
    uint64_t lost, doubled; // when lenient
    char complaint[200];
} heard_check_t;

// True if nothing but what is allowed was heard, to the end of the last part. The first gap is the silence at the start.
bool heard_check(heard_check_t *check, const heard_t *heard);

#endif
