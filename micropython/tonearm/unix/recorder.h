// What leaves at the pins of one output, as WAV files: frames as a DAC would take them, of I2S; of PWM a frame for each period of the
// carrier, for how long the pins were high in it.
#ifndef TONEARM_MICROPYTHON_UNIX_RECORDER_H
#define TONEARM_MICROPYTHON_UNIX_RECORDER_H

#include "../config.h"

typedef struct recorder recorder_t;

// Listen to an output's pins before it is opened. NULL after a sentence in `error`. The first recorder of this process writes to
// `path`, the next to a name with -2 before its ending, and so on.
recorder_t *recorder_begin(const char *path, const output_config_t *config, char *error);
// It has been opened: the rate of what is heard is this output's.
void recorder_of(recorder_t *recorder, const ta_output_t *output);
// Finish the file; `unheard`: nothing has been opened, so there shall be none. NULL is allowed.
void recorder_end(recorder_t *recorder, bool unheard);
// Why nothing more can be written, as a sentence; NULL when all is well.
const char *recorder_trouble(const recorder_t *recorder);

#endif
