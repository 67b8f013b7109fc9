// Files that appear whole or not at all.
#ifndef TONEARM_CLI_OUTFILE_H
#define TONEARM_CLI_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

// Zeroed is "not wanted": every function is harmless then.
typedef struct {
    const char *option; // "--out"
    const char *name;   // for people
    char *target;       // where it goes at the end; NULL: it is copied to `copy_to`
    char *temporary;    // what is written meanwhile
    FILE *file;         // opened for it
    int copy_to;        // standard output, a device or a pipe; -1 none
} outfile_t;

// Start writing; path NULL leaves it "not wanted". `input` is what must not be overwritten, or NULL.
// Returns CLI_OK, CLI_USAGE or CLI_FAILED, after a sentence.
int outfile_open(outfile_t *out, const char *option, const char *path, const struct stat *input);

// Would both go to one place, whatever it is called? For two that are open. A device may have as many as want it.
bool outfile_same(const outfile_t *a, const outfile_t *b);

// Close what was written; it is still under its temporary name. CLI_FAILED after a sentence; then it is gone.
int outfile_close(outfile_t *out);
// Give it its name, or copy it where it goes. CLI_FAILED after a sentence.
int outfile_commit(outfile_t *out);
// Remove what was written, if it has not been committed.
void outfile_discard(outfile_t *out);
// Remove every file that has a temporary name. Safe in a signal's handler, and only for a process that ends then.
void outfile_unlink_all(void);

#endif
