// Runs a command and prints the most memory that it had resident, in KiB.
// In: a command line. Out: one number on stderr, and the command's exit code. This program is small, because a child's peak
// begins with what its parent had at the time of forking.

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_RUN = 127 };

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fputs("usage: resident COMMAND [ARGUMENT...]\n", stderr);
        return NOT_RUN;
    }
    pid_t child = fork();
    if (child == 0) {
        (void)execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(NOT_RUN);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("resident");
        return NOT_RUN;
    }
    (void)fprintf(stderr, "%ld\n", usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : NOT_RUN;
}
