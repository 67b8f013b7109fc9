// Files that appear whole or not at all. In: a path that the user gave. Out: a FILE to write to, under a temporary name beside
// it, that gets its own name at the end. What is no regular file (standard output, a device, a pipe) is filled from a temporary
// file at the end. Invariant: until commit nothing of that name is touched, and a discarded file leaves nothing behind.

#include "outfile.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COPY_BYTES = 65536, MODE_NEW = 0666, MODE_BITS = 07777, TEMPORARIES_MAX = 4 };

// Temporary names that exist, for a signal's handler. A file and its name come and go together: signals wait meanwhile.
static char *volatile temporaries[TEMPORARIES_MAX];

void outfile_unlink_all(void)
{
    for (int t = 0; t < TEMPORARIES_MAX; t++) {
        if (temporaries[t])
            (void)unlink(temporaries[t]);
    }
}

static void hold_signals(sigset_t *was)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, was);
}

static void let_signals(const sigset_t *was)
{
    (void)sigprocmask(SIG_SETMASK, was, NULL);
}

static void remember(char *name)
{
    int t = 0;
    while (t < TEMPORARIES_MAX - 1 && temporaries[t])
        t++;
    temporaries[t] = name;
}

// The file has its own name now, or none: the temporary one is no more.
static void forget(outfile_t *out)
{
    for (int t = 0; t < TEMPORARIES_MAX; t++) {
        if (temporaries[t] == out->temporary)
            temporaries[t] = NULL;
    }
    free(out->temporary);
    out->temporary = NULL;
}

static int fail(outfile_t *out, const char *what, int error)
{
    (void)cli_say(CLI_FAILED, "%s: cannot %s %.300s: %s", out->option, what, out->name, strerror(error ? error : EIO));
    outfile_discard(out);
    return CLI_FAILED;
}

// A template for mkstemp: in the folder of `target`, or in TMPDIR.
static char *temporary_name(const char *target)
{
    const char *folder = getenv("TMPDIR");
    const char *base = "tonearm";
    size_t folder_length;
    if (target) {
        const char *slash = strrchr(target, '/');
        base = slash ? slash + 1 : target;
        folder = target;
        folder_length = slash ? (size_t)(slash - target) + 1 : 0;
    } else {
        folder = folder && *folder ? folder : "/tmp";
        folder_length = strlen(folder);
    }
    size_t size = folder_length + strlen(base) + 16;
    char *name = malloc(size);
    if (name)
        (void)snprintf(name, size, "%.*s%s.%.200s.XXXXXX", (int)folder_length, folder, target ? "" : "/", base);
    return name;
}

static int create_temporary(outfile_t *out, mode_t mode)
{
    out->temporary = temporary_name(out->target);
    if (!out->temporary)
        return fail(out, "create", ENOMEM);
    sigset_t was;
    hold_signals(&was);
    int descriptor = mkstemp(out->temporary);
    int error = errno;
    if (descriptor >= 0)
        remember(out->temporary);
    let_signals(&was);
    if (descriptor < 0) {
        forget(out);
        return fail(out, "create", error);
    }
    (void)fchmod(descriptor, mode);
    out->file = fdopen(descriptor, "wb");
    if (!out->file) {
        error = errno;
        (void)close(descriptor);
        return fail(out, "create", error);
    }
    return CLI_OK;
}

static mode_t new_mode(void)
{
    mode_t mask = umask(0);
    (void)umask(mask);
    return MODE_NEW & ~mask;
}

static int open_for_copy(outfile_t *out)
{
    bool standard = strcmp(out->name, "-") == 0;
    out->copy_to = standard ? dup(STDOUT_FILENO) : open(out->name, O_WRONLY | O_CLOEXEC);
    if (out->copy_to < 0)
        return fail(out, "open", errno);
    if (standard)
        out->name = "standard output";
    return create_temporary(out, S_IRUSR | S_IWUSR);
}

int outfile_open(outfile_t *out, const char *option, const char *path, const struct stat *input)
{
    *out = (outfile_t){.option = option, .name = path, .copy_to = -1};
    if (!path)
        return CLI_OK;
    if (strcmp(path, "-") == 0)
        return open_for_copy(out);
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (!exists && errno != ENOENT)
        return fail(out, "create", errno);
    if (exists && S_ISDIR(old.st_mode))
        return fail(out, "create", EISDIR);
    if (exists && input && S_ISREG(old.st_mode) && old.st_dev == input->st_dev && old.st_ino == input->st_ino)
        return cli_say(CLI_USAGE, "%s %.300s is the file that is played: name another", option, path);
    if (exists && !S_ISREG(old.st_mode))
        return open_for_copy(out);
    if (exists && access(path, W_OK) != 0)
        return fail(out, "overwrite", errno);
    out->target = exists ? realpath(path, NULL) : strdup(path); // a symbolic link stays one
    if (!out->target)
        return fail(out, "create", errno);
    return create_temporary(out, exists ? old.st_mode & MODE_BITS : new_mode());
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// The temporary files are there, beside what they will replace: so folders can be compared as such.
static bool same_name(const outfile_t *a, const outfile_t *b)
{
    if (strcmp(base_of(a->target), base_of(b->target)) != 0)
        return false;
    char *first = realpath(a->temporary, NULL), *second = realpath(b->temporary, NULL);
    size_t folder = first ? (size_t)(base_of(first) - first) : 0;
    bool same = first && second && folder == (size_t)(base_of(second) - second) && memcmp(first, second, folder) == 0;
    free(first);
    free(second);
    return same;
}

static bool look_at_end(const outfile_t *out, struct stat *facts)
{
    return out->target ? stat(out->target, facts) == 0 : fstat(out->copy_to, facts) == 0;
}

bool outfile_same(const outfile_t *a, const outfile_t *b)
{
    if (!a->file || !b->file)
        return false;
    if (a->target && b->target) // two names of one file (hard links) part when the first is replaced
        return same_name(a, b);
    struct stat first, second;
    return look_at_end(a, &first) && look_at_end(b, &second) && !S_ISCHR(first.st_mode) &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

int outfile_close(outfile_t *out)
{
    if (!out->file)
        return CLI_OK;
    errno = 0;
    bool good = fflush(out->file) == 0 && !ferror(out->file);
    int error = errno;
    good = fclose(out->file) == 0 && good;
    out->file = NULL;
    return good ? CLI_OK : fail(out, "write", error ? error : errno);
}

static bool write_all(int to, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(to, data, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        bytes -= (size_t)n;
    }
    return true;
}

static bool copy_out(const outfile_t *out)
{
    static char buffer[COPY_BYTES];
    FILE *from = fopen(out->temporary, "rb");
    if (!from)
        return false;
    bool good = true;
    size_t got;
    while (good && (got = fread(buffer, 1, sizeof buffer, from)) > 0)
        good = write_all(out->copy_to, buffer, got);
    int error = errno;
    good = good && !ferror(from);
    (void)fclose(from);
    errno = error;
    return good;
}

int outfile_commit(outfile_t *out)
{
    int code = outfile_close(out);
    if (code != CLI_OK || !out->temporary)
        return code;
    if (out->target ? rename(out->temporary, out->target) != 0 : !copy_out(out))
        return fail(out, "write", errno);
    if (out->target)
        forget(out);
    outfile_discard(out);
    return CLI_OK;
}

void outfile_discard(outfile_t *out)
{
    if (out->file)
        (void)fclose(out->file);
    if (out->temporary)
        (void)unlink(out->temporary);
    if (out->option && out->copy_to >= 0)
        (void)close(out->copy_to);
    forget(out);
    free(out->target);
    *out = (outfile_t){.copy_to = -1};
}
