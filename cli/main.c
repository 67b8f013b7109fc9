// tonearm: plays audio through the driver of small Arm chips, on a virtual one.

#include "cli.h"
#include "options.h"

#include <signal.h>

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN); // a reader that went away is a failed write, and is told as such
    (void)signal(SIGXFSZ, SIG_IGN); // so is a limit on the size of files
    options_t options;
    int code = CLI_USAGE;
    if (!options_parse(&options, argc, argv, &code))
        return code;
    switch (options.command) {
    case COMMAND_PLAY:
        return options.list_devices ? cli_devices(&options) : cli_play(&options);
    case COMMAND_PLAN:
        return cli_plan(&options);
    case COMMAND_INFO:
        return cli_info(&options);
    case COMMAND_BOARDS:
        return cli_boards(&options);
    }
    return CLI_USAGE;
}
