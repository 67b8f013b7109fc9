// What would help when a board's memory is refused.
#ifndef TONEARM_CLI_KNOB_H
#define TONEARM_CLI_KNOB_H

#include "session.h"

// The options that would make it fit, each by itself: "--vm-heap 9232 or more, --memory port, or --buffer 21 or less". Boots boards:
// what was on the virtual chip is gone. Returns `text` or a constant.
const char *knob_that_helps(const session_t *session, char text[TA_SENTENCE_MAX]);

#endif
