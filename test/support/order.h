/// @file order.h  What a DAC hears while programs are played, queued, paused, stopped and looped in any order: every frame is judged
/// when it comes, against what was asked for until then.
///
/// Programs are numbered frames (scene.h) and are heard in the order in which they were told. Allowed are: the very next frame of a
/// program; behind its last one the next program's first, or the loop's; a fall of 64 frames to silence, and from silence a rise of 64
/// frames to a first frame, or to the very next one after a pause. Nothing else, to the frame: a frame that is lost, doubled or
/// exchanged is none of these, and a program that nobody ended must be heard whole.
#ifndef TA_TEST_ORDER_H
#define TA_TEST_ORDER_H

#include "test/support/scene.h"

enum { ORDER_PROGRAMS_MAX = 1 << 14, ORDER_CANDIDATES_MAX = 32 };

typedef struct {
    uint32_t first, frames; ///< numbers
    bool loops;             ///< from its last frame to its first, until ended
    bool ended;             ///< a command has replaced, stopped or dropped it: it need not be heard to its last frame
} order_program_t;

typedef struct {
    order_program_t program[ORDER_PROGRAMS_MAX];
    unsigned told;
    unsigned pauses; ///< told: a program may be interrupted so often
    // what has been heard
    uint64_t frames, sounding, falls, rises;
    unsigned gaps;   ///< inside a program
    unsigned passes; ///< of loops, ended ones apart
    // where that has led
    int now;      ///< program heard last; -1: none
    uint32_t at;  ///< its frame heard last
    int state;    ///< silence, rise, program or fall
    heard_t from; ///< what falls
    int step;     ///< of the fall, next
    int silent;   ///< frames of silence so far; counted to 64
    struct {      ///< what may be rising
        int program;
        uint32_t at;
        int step; ///< next; -1: it is not this one
    } candidate[ORDER_CANDIDATES_MAX];
    unsigned candidates;
} order_t;

void order_begin(order_t *order);
/// A program that is going to be played: behind all that were told before.
void order_tell(order_t *order, uint32_t first, uint32_t frames, bool loops);
/// What was told before program number `number` (of those told) has been ended by a command.
void order_end_before(order_t *order, unsigned number);
/// The loop that plays, if one does, is ended by a program queued behind it.
void order_end_loops_before(order_t *order, unsigned number);
/// Judge a frame. NULL, or a sentence.
const char *order_hear(order_t *order, heard_t frame);
/// All is over: silence, and everything that nobody ended was heard to its last frame. NULL, or a sentence.
const char *order_finish(const order_t *order);

#endif
