// tonearm: plays audio through the driver of small Arm chips, on a virtual one.

#include "cli.h"
#include "options.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

// A standard stream that is closed would lend its number to the first file that is opened, and text would go into that file. Its
// number is given to something that cannot be used: who writes to it is told, as before.
static void hold_standard_streams(void)
{
    static const int unusable[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
        if (fcntl(number, F_GETFD) < 0)
            (void)open("/dev/null", unusable[number]); // takes the lowest number that is free: this one
    }
}

int main(int argc, char **argv)
{
    hold_standard_streams();
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
    case COMMAND_RENDER:
        return cli_render(&options);
    }
    return CLI_USAGE;
}
