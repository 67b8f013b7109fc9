// Signals. In: the first that asks for an end. Out: its number, and an input that has ended. Invariant: whenever a second one comes,
// nothing that was written is kept, and no temporary name is left.

#include "signals.h"

#include "cli.h"
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t came;
static volatile sig_atomic_t silent_input = -1, nothing = -1; // descriptors

// The input's number gets another file, one that is at its end: a read that waits is restarted on it, and one that is about to
// begin cannot come too late. To interrupt reads instead (no SA_RESTART) would interrupt writes too, and miss the latter.
static void on_signal(int number)
{
    if (came) {
        outfile_unlink_all();
        (void)signal(number, SIG_DFL);
        (void)raise(number); // comes when this handler returns
    }
    came = number;
    int error = errno; // of what was interrupted
    if (nothing >= 0)
        (void)dup2(nothing, silent_input);
    errno = error;
}

static void catch_one(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
    (void)sigfillset(&action.sa_mask);
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        (void)sigaction(number, &action, NULL);
}

void signals_catch(int input)
{
    struct stat facts;
    if (fstat(input, &facts) == 0 && !S_ISREG(facts.st_mode)) {
        silent_input = input;
        nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    catch_one(SIGINT);
    catch_one(SIGTERM);
    catch_one(SIGHUP);
}

int signals_came(void)
{
    return came;
}

int signals_end(int code)
{
    int number = came;
    if (number && code == CLI_OK) {
        (void)cli_finish_stdout(code);
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
    return code;
}
