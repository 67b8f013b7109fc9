// The WAV files in flash. In: what was embedded (embedded_tracks.inc, a TRACK(symbol, name) for each), and flash at TRACKS_OFFSET.
// Out: names and bytes. Nothing that is read there is believed before it was checked.

#include "tracks.h"

#include "hardware/flash.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define TRACK(symbol, title) extern const uint8_t symbol[], symbol##_end[];
#include "embedded_tracks.inc"
#undef TRACK

static const struct {
    const char *name;
    const uint8_t *bytes, *end;
} embedded[] = {
#define TRACK(symbol, title) {title, symbol, symbol##_end},
#include "embedded_tracks.inc"
#undef TRACK
};

enum { EMBEDDED = sizeof embedded / sizeof embedded[0] };

typedef struct {
    char name[TRACK_NAME_MAX];
    uint32_t offset, bytes;
} entry_t;

typedef struct {
    char magic[8];
    uint32_t files, bytes, crc, zero[3];
    entry_t entry[];
} directory_t;

_Static_assert(sizeof(entry_t) == 40 && offsetof(directory_t, entry) == 32, "as tools/append.py writes them");

static unsigned appended;
static const char *trouble;
static track_t bare; // one WAV file without a directory

static const uint8_t *place(void)
{
    return (const uint8_t *)(uintptr_t)(XIP_BASE + TRACKS_OFFSET);
}

static const directory_t *directory(void)
{
    return (const directory_t *)(uintptr_t)(XIP_BASE + TRACKS_OFFSET);
}

static uint32_t crc32(const uint8_t *data, size_t bytes)
{
    uint32_t crc = 0xffffffff;
    for (size_t n = 0; n < bytes; n++) {
        crc ^= data[n];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320 & (0U - (crc & 1)));
    }
    return ~crc;
}

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static const char *check_entries(const directory_t *found)
{
    uint32_t start = (uint32_t)(sizeof *found + found->files * sizeof(entry_t));
    if (crc32((const uint8_t *)found->entry, found->files * sizeof(entry_t)) != found->crc)
        return "the directory of the appended tracks has a wrong checksum: append them again with tools/append.py";
    for (uint32_t n = 0; n < found->files; n++) {
        const entry_t *e = &found->entry[n];
        if (e->name[0] == 0 || e->name[TRACK_NAME_MAX - 1] != 0)
            return "an appended track has no name that ends: append them again with tools/append.py";
        if (e->offset < start || e->bytes > found->bytes || e->offset > found->bytes - e->bytes)
            return "an appended track lies outside what was appended: append them again with tools/append.py";
    }
    return NULL;
}

static const char *find_appended(void)
{
#if PICO_ON_DEVICE
    extern const uint8_t __flash_binary_end[];
    if (__flash_binary_end > place())
        return "this firmware reaches over the place of appended tracks: build it with a larger "
               "TONEARM_TRACKS_OFFSET, and give that to tools/append.py as --offset";
#endif
    uint32_t room = PICO_FLASH_SIZE_BYTES - TRACKS_OFFSET;
    if (memcmp(place(), "RIFF", 4) == 0 && memcmp(place() + 8, "WAVE", 4) == 0) {
        uint32_t bytes = word_at(place() + 4);
        bare = (track_t){
            .name = "appended", .bytes = place(), .size = bytes > room - 8 ? room : bytes + 8, .appended = true};
        appended = 1;
        return NULL;
    }
    const directory_t *found = directory();
    if (memcmp(found->magic, "TONEARM1", sizeof found->magic) != 0)
        return NULL; // nothing was appended
    if (found->files == 0 || found->files > TRACKS_MAX)
        return "the directory of the appended tracks has no count from 1 to 64: append them again with tools/append.py";
    if (found->bytes > room)
        return "the appended tracks are more than this flash has room for: append fewer";
    const char *wrong = check_entries(found);
    if (!wrong)
        appended = found->files;
    return wrong;
}

bool tracks_find(void)
{
    appended = 0;
    bare.bytes = NULL;
    trouble = find_appended();
    return !trouble;
}

const char *tracks_trouble(void)
{
    return trouble;
}

unsigned tracks_count(void)
{
    return EMBEDDED + appended;
}

bool tracks_get(unsigned index, track_t *track)
{
    if (index >= tracks_count())
        return false;
    if (index < EMBEDDED) {
        *track = (track_t){embedded[index].name, embedded[index].bytes,
                           (uint32_t)(embedded[index].end - embedded[index].bytes), false};
    } else if (bare.bytes) {
        *track = bare;
    } else {
        const entry_t *e = &directory()->entry[index - EMBEDDED];
        *track = (track_t){e->name, place() + e->offset, e->bytes, true};
    }
    return true;
}

bool tracks_named(const char *name, track_t *track)
{
    for (unsigned n = tracks_count(); n-- > 0;) { // what was appended goes before what was embedded
        if (tracks_get(n, track) && strcmp(track->name, name) == 0)
            return true;
    }
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    return *end == 0 && number > 0 && number <= tracks_count() && tracks_get((unsigned)number - 1, track);
}
