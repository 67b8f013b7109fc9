// A script is rendered by the interpreter that has Tonearm's modules: what leaves at the pins of the virtual board goes to the file. In: a script, and the
// interpreter, from --micropython, TONEARM_MICROPYTHON, beside this command, or PATH. Out: a WAV file under its own name once the script has ended well.

#include "render_script.h"

#include "cli.h"
#include "signals.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, EXIT_NOT_RUN = 127 };

// Beside this command: as the build leaves it (micropython), or as it is installed (tonearm-micropython).
static const char *beside(char path[PATH_BYTES])
{
    static const char *const names[] = {"micropython", "tonearm-micropython"};
    char self[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return NULL;
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        int wide = snprintf(path, PATH_BYTES, "%s/%s", self, names[n]);
        if (wide > 0 && wide < PATH_BYTES && access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

static const char *interpreter(const options_t *options, char path[PATH_BYTES])
{
    if (options->micropython)
        return options->micropython;
    const char *named = getenv("TONEARM_MICROPYTHON");
    if (named && *named)
        return named;
    const char *found = beside(path);
    return found ? found : "tonearm-micropython";
}

static int become(const char *program, const char *script, const char *wav)
{
    char pin[PATH_BYTES];
    int wide = snprintf(pin, sizeof pin, "wav:%s", wav);
    if (wide < 0 || wide >= (int)sizeof pin || setenv("TONEARM_PIN", pin, 1) != 0)
        return EXIT_NOT_RUN;
    (void)execlp(program, program, script, (char *)NULL);
    return cli_say(EXIT_NOT_RUN, "cannot run %.300s: %s; make micropython builds it, --micropython names another",
                   program, strerror(errno));
}

// Both get the terminal's Ctrl-C: the interpreter ends as scripts do, and this process waits for it.
static int run(const char *program, const char *script, const char *wav)
{
    int status = 0;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return cli_say(CLI_FAILED, "cannot start %.300s: %s", program, strerror(errno));
    if (child == 0)
        _exit(become(program, script, wav));
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return cli_say(CLI_FAILED, "cannot wait for %.300s: %s", program, strerror(errno));
        if (signals_came())
            (void)kill(child, SIGINT); // it may have come to this process alone
    }
    if (WIFSIGNALED(status))
        return cli_say(CLI_FAILED, "%.300s was ended by signal %d", program, WTERMSIG(status));
    return WEXITSTATUS(status) == EXIT_NOT_RUN ? CLI_FAILED : WEXITSTATUS(status);
}

// ---- the files: a script may open several outputs, so they are recorded in a folder of their own and moved from there -------------

typedef struct {
    char folder[PATH_BYTES]; // beside the file of --out; "" once it is gone
    char first[PATH_BYTES];  // the first output's file in it
    char into[PATH_BYTES];   // where they go, with a slash at its end, or ""
} recording_t;

static bool joined(char to[PATH_BYTES], const char *folder, const char *name)
{
    int wide = snprintf(to, PATH_BYTES, "%s%s", folder, name);
    return wide > 0 && wide < PATH_BYTES;
}

static int make_folder(recording_t *recording, const char *out)
{
    struct stat old;
    const char *slash = strrchr(out, '/'), *base = slash ? slash + 1 : out;
    int length = slash ? (int)(base - out) : 0;
    if (strcmp(out, "-") == 0)
        return cli_say(CLI_USAGE, "--out -: a script's outputs go to files of their own: name one");
    if (*base == '\0' || (stat(out, &old) == 0 && !S_ISREG(old.st_mode)))
        return cli_say(CLI_USAGE, "--out %.300s is no name of a file", out);
    (void)snprintf(recording->into, PATH_BYTES, "%.*s", length, out);
    if (length >= PATH_BYTES || !joined(recording->folder, recording->into, ".tonearm.XXXXXX") ||
        !mkdtemp(recording->folder)) {
        recording->folder[0] = '\0';
        return cli_say(CLI_FAILED, "--out: cannot create %.300s: %s", out,
                       strerror(length >= PATH_BYTES ? ENAMETOOLONG : errno));
    }
    char inside[PATH_BYTES];
    if (!joined(inside, recording->folder, "/") || !joined(recording->first, inside, base))
        return cli_say(CLI_FAILED, "--out: cannot create %.300s: %s", out, strerror(ENAMETOOLONG));
    return CLI_OK;
}

// Move or remove every file of the folder, then the folder. Returns how many there were, or -1 after a sentence.
static int empty_folder(recording_t *recording, bool keep)
{
    int files = 0;
    DIR *folder = recording->folder[0] ? opendir(recording->folder) : NULL;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        char inside[PATH_BYTES], from[PATH_BYTES], to[PATH_BYTES];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!joined(inside, recording->folder, "/") || !joined(from, inside, entry->d_name) ||
            !joined(to, recording->into, entry->d_name))
            continue;
        if (keep && files >= 0 && rename(from, to) == 0) {
            files++;
            continue;
        }
        if (keep && files >= 0) {
            (void)cli_say(CLI_FAILED, "--out: cannot create %.300s: %s", to, strerror(errno));
            files = -1;
        }
        (void)unlink(from);
    }
    if (folder)
        (void)closedir(folder);
    if (recording->folder[0])
        (void)rmdir(recording->folder);
    recording->folder[0] = '\0';
    return files;
}

int render_script(const options_t *options)
{
    static recording_t recording;
    char path[PATH_BYTES];
    if (access(options->file, R_OK) != 0)
        return cli_say(CLI_FAILED, "cannot open %.300s: %s", options->file, strerror(errno));
    signals_catch(STDERR_FILENO);
    int code = make_folder(&recording, options->out);
    if (code == CLI_OK)
        code = run(interpreter(options, path), options->file, recording.first);
    bool stopped = signals_came() != 0; // and the script with it, whatever it made of that
    int files = empty_folder(&recording, code == CLI_OK || stopped);
    if (stopped && files > 0)
        code = CLI_OK;
    if (code == CLI_OK && files == 0)
        code = cli_say(CLI_FAILED, "%.300s opened no output: nothing was written", options->file);
    if (files < 0)
        return CLI_FAILED;
    if (files > 0 && !options->quiet) {
        (void)printf("  wrote     %s%s%s\n", options->out,
                     files > 1 ? ", and a file beside it for each further output" : "", stopped ? ", interrupted" : "");
    }
    return signals_end(cli_finish_stdout(code));
}
