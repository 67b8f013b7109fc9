/// @file tracks.h  The WAV files that the player finds in flash: embedded in the image, and appended behind it.
///
/// Appended ones lie TRACKS_OFFSET bytes from flash's start: a directory and the files, as tools/append.py writes them, or one bare WAV
/// file. All numbers are little-endian.
///
///     0   "TONEARM1"
///     8   files, 1..TRACKS_MAX
///     12  bytes of everything, from the "T" to the end of the last file
///     16  CRC-32 (as zlib's) of the entries
///     20  zeros, up to 32; then for each file 40 bytes: name (32, the last of them 0), offset from the "T", bytes
#ifndef PLAYER_TRACKS_H
#define PLAYER_TRACKS_H

#include <stdbool.h>
#include <stdint.h>

#ifndef TONEARM_TRACKS_OFFSET
#define TONEARM_TRACKS_OFFSET 0x80000 // 512 KiB are the firmware's
#endif

enum { TRACKS_OFFSET = TONEARM_TRACKS_OFFSET, TRACKS_MAX = 64, TRACK_NAME_MAX = 32 };

typedef struct {
    const char *name;
    const uint8_t *bytes;
    uint32_t size;
    bool appended; ///< else embedded
} track_t;

/// Look what there is. Ctx: task. Cost: O(files). Own: none. Fails: false when what is appended cannot be read; tracks_trouble says why.
bool tracks_find(void);

/// What is wrong with what is appended, as a sentence; NULL if nothing is. Ctx: task. Cost: constant. Own: a constant. Fails: never.
const char *tracks_trouble(void);

/// How many there are. Ctx: task. Cost: constant. Own: none. Fails: never.
unsigned tracks_count(void);

/// Track number `index`. Ctx: task. Cost: constant. Own: its bytes are in flash. Fails: false beyond the last.
bool tracks_get(unsigned index, track_t *track);

/// The track of that name, or of that number, counted from 1. Ctx: task. Cost: O(tracks). Own: as tracks_get. Fails: false.
bool tracks_named(const char *name, track_t *track);

#endif
