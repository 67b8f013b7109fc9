// The ways to play. Private to play*.c.
#ifndef TONEARM_CLI_PLAY_H
#define TONEARM_CLI_PLAY_H

#include "session.h"

// Play what session_begin has opened; CLI_OK when the report is complete.
int play_i2s(session_t *session);
int play_desktop(session_t *session);

// The gain is in force from the first frame on: nothing is heard yet that it would have to ramp from.
void play_set_volume(const session_t *session, ta_output_t *output);
// Start the source. CLI_FAILED after a sentence.
int play_start(session_t *session, ta_output_t *output);
// Print the plan and start clock and meter.
void play_announce(session_t *session);

#endif
