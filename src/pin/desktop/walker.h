// The ring's hardware in software, shared by the desktop's pins. Private to src/pin/desktop.
#ifndef TONEARM_PIN_DESKTOP_WALKER_H
#define TONEARM_PIN_DESKTOP_WALKER_H

#include "tonearm/desktop.h"

// What a pin adds to the walker. The first member of every backend.
typedef struct desktop_backend {
    ta_status_t (*run)(ta_desktop_t *desktop);                      // after the feed
    ta_status_t (*retune)(ta_desktop_t *desktop, uint32_t rate_hz); // while the ring is silent
    ta_status_t (*finish)(ta_desktop_t *desktop);                   // frees the backend
    void (*lock)(struct desktop_backend *backend);                  // NULL: one thread walks and feeds
    void (*unlock)(struct desktop_backend *backend);
    uint64_t anchor_frame, anchor_us; // the frame clock: microseconds are frames played, at the rate since the anchor
    uint32_t peak[2];
} desktop_backend_t;

// Check the config and fill in defaults; the sentence goes to desktop->error.
ta_status_t desktop_configure(ta_desktop_t *desktop, const ta_desktop_config_t *config, uint32_t default_buffer_us);

// Take memory, make the output, anchor the clock. Afterwards desktop->backend is `backend`; on failure nothing is held.
ta_status_t desktop_start(ta_desktop_t *desktop, desktop_backend_t *backend, const ta_memory_t *memory);

// Give the memory back and forget the backend.
void desktop_release(ta_desktop_t *desktop);

// Walk: lend up to `max_frames` wire frames, at least one, of the slot that plays; the next entry is read, and silence put
// in its place, when a slot is through. Then say how many were played. Called by the one thread that plays.
const void *desktop_next(ta_desktop_t *desktop, uint32_t max_frames, uint32_t *frames);
void desktop_played(ta_desktop_t *desktop, const void *data, uint32_t frames);

// Walk over as many slots as `frames` frames take, and copy them.
void desktop_fill(ta_desktop_t *desktop, void *out, uint32_t frames);

// Put a sentence into desktop->error and return `status`.
ta_status_t desktop_fail(ta_desktop_t *desktop, ta_status_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

ta_wire_t desktop_wire(const ta_desktop_t *desktop);

#endif
