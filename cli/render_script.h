// Rendering what a Python script plays.
#ifndef TONEARM_CLI_RENDER_SCRIPT_H
#define TONEARM_CLI_RENDER_SCRIPT_H

#include "options.h"

// Run the script by MicroPython with Tonearm's modules, its first output recorded into the file of --out. Returns an exit code: the script's own where
// it ran, CLI_FAILED where it could not.
int render_script(const options_t *options);

#endif
