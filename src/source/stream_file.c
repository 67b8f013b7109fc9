// The stream over a C FILE *, for hosts with stdio; firmware does not link it.
//
// In: a FILE open for binary reading, at any position. Out: a stream whose positions are the file's own. Only regular
// files and block devices seek: a terminal or /dev/zero accepts lseek without meaning it, and a pipe refuses.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the C library's own names
#define _FILE_OFFSET_BITS 64      // glibc: sizes of 64 bits
#define _POSIX_C_SOURCE   200809L // off_t, fseeko and fileno, which C11 alone does not have
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

#include "tonearm/stream.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

static int32_t file_read(ta_stream_t *stream, void *to, uint32_t bytes)
{
    FILE *file = stream->context;
    if (!ferror(file)) {
        size_t count = fread(to, 1, bytes, file);
        if (count > 0 || !ferror(file)) {
            return (int32_t)count; // a failure behind these bytes is told by the next read
        }
    }
    clearerr(file); // told once: a later end is an end again
    return TA_E_IO;
}

static ta_status_t file_seek(ta_stream_t *stream, uint64_t position)
{
    if (position > (uint64_t)INT64_MAX) {
        return TA_E_IO;
    }
    return fseeko(stream->context, (off_t)position, SEEK_SET) == 0 ? TA_OK : TA_E_IO;
}

// A FILE without a descriptor (fmemopen) seeks as well as fseeko says.
static bool means_its_seeks(FILE *file)
{
    struct stat facts;
    int descriptor = fileno(file);
    if (descriptor < 0 || fstat(descriptor, &facts) != 0) {
        return true;
    }
    return S_ISREG(facts.st_mode) || S_ISBLK(facts.st_mode);
}

void ta_stream_from_file(ta_stream_t *stream, void *file)
{
    FILE *opened = file; // newlib's clearerr is a macro that looks into it
    *stream = (ta_stream_t){.read = file_read, .size = TA_STREAM_SIZE_UNKNOWN, .context = file};
    clearerr(opened);
    if (!means_its_seeks(opened)) {
        return;
    }
    off_t here = ftello(opened);
    if (here < 0 || fseeko(opened, 0, SEEK_END) != 0) {
        return;
    }
    off_t size = ftello(opened);
    if (fseeko(opened, here, SEEK_SET) != 0 || size < here) {
        return;
    }
    stream->seek = file_seek;
    stream->size = (uint64_t)size;
    stream->position = (uint64_t)here;
}
