// Signals that ask for an end: SIGINT, SIGTERM and SIGHUP.
#ifndef TONEARM_CLI_SIGNALS_H
#define TONEARM_CLI_SIGNALS_H

// From now on the first of them is kept for signals_came, and the second ends the command at once. One that whoever started us
// ignores (nohup, a shell's background jobs) stays ignored. `input`: the descriptor that is read; if it may be silent for long,
// as a pipe or a socket may, the first signal also puts an end to it.
void signals_catch(int input);

// The signal that came, or 0.
int signals_came(void);

// Everything is done and written: if a signal came and `code` is CLI_OK, the command ends by it, since a shell that waits must see that the user
// ended it. Otherwise returns `code`.
int signals_end(int code);

#endif
