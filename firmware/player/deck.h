/// @file deck.h  The player's output and what plays on it. Everything is taken when the output is opened, and given back when it is closed;
/// playing takes nothing.
#ifndef PLAYER_DECK_H
#define PLAYER_DECK_H

#include "either.h"
#include "tracks.h"

/// Prepare memory, and note what is claimed already. Ctx: task. Cost: constant. Own: none. Fails: false, never on a sound build.
bool deck_begin(void);

/// The functions below return NULL, or a sentence that says what is wrong, valid until the next call.

/// Open an output. Ctx: task. Cost: as either_open. Own: until deck_close.
const char *deck_open(const either_config_t *config);
/// Fade out and give everything back. Ctx: task. Cost: as either_close. Own: nothing is held.
const char *deck_close(void);
/// Play a track now; what plays is faded out. `behind`: let it follow what plays, without a gap.
/// Ctx: task. Cost: reads the file's header; waits for a reader to become free, a second at most. Own: none.
const char *deck_play(const track_t *track, bool behind);
/// See ta_output_stop, _pause, _resume. Ctx: task. Cost: constant. Own: none.
const char *deck_stop(void);
const char *deck_pause(void);
const char *deck_resume(void);
/// See ta_output_set_volume; kept for outputs that are opened later. Ctx: task. Cost: constant. Own: none.
const char *deck_volume(uint32_t gain_q16);
/// Tracks that are played from now on are played `times` more times. Ctx: task. Cost: constant. Own: none.
void deck_loop(uint32_t times);

/// Is anything playing, or on its way? Ctx: task. Cost: constant. Own: none. Fails: never.
bool deck_busy(void);
/// What must be done while nothing is typed: feed by hand. Ctx: task. Cost: as the feed. Own: none. Fails: never.
void deck_idle(void);

/// The lines of `plan` and `report`. Ctx: task. Cost: as say. Own: none.
const char *deck_say_plan(void);
const char *deck_say_report(void);

#endif
