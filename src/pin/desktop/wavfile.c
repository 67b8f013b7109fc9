// The WAV file pin. In: the ring, walked one slot at each run. Out: a file.
// Invariants: the file has one rate, so a retune is refused once anything but silence was written; whoever opened the file
// (ta_wavfile_open) closes it; a failure to write is told once and stays.

#include "walker.h"
#include "wavwriter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_DEFAULT_US = 20000 };

typedef struct {
    desktop_backend_t base;
    wavwriter_t writer;
    FILE *file;
    bool sounding; // something else than silence was written
} wavfile_t;

static ta_status_t fail_io(ta_desktop_t *desktop, const char *what, int error)
{
    return desktop_fail(desktop, TA_E_IO, "%s %.200s: %s", what, desktop->config.path, strerror(error));
}

static ta_status_t wavfile_run(ta_desktop_t *desktop)
{
    wavfile_t *wavfile = desktop->backend;
    const ta_ring_t *ring = &desktop->output.ring;
    uint32_t frames = 0;
    const void *data = desktop_next(desktop, ring->config.slot_frames, &frames);
    if (data != ring->silence)
        wavfile->sounding = true;
    bool written = wavwriter_wire(&wavfile->writer, ring->config.wire, data, frames);
    desktop_played(desktop, data, frames);
    return written ? TA_OK : fail_io(desktop, "cannot write", wavfile->writer.error);
}

static ta_status_t wavfile_retune(ta_desktop_t *desktop, uint32_t rate_hz)
{
    wavfile_t *wavfile = desktop->backend;
    if (wavfile->sounding && rate_hz != wavfile->writer.rate_hz)
        return TA_E_RATE;
    wavfile->writer.rate_hz = rate_hz;
    return TA_OK;
}

static ta_status_t wavfile_finish(ta_desktop_t *desktop)
{
    wavfile_t *wavfile = desktop->backend;
    ta_status_t status = TA_OK;
    if (!wavwriter_finish(&wavfile->writer))
        status = fail_io(desktop, "cannot write", wavfile->writer.error);
    errno = 0;
    if (fclose(wavfile->file) != 0 && status == TA_OK)
        status = fail_io(desktop, "cannot finish", errno);
    free(wavfile);
    return status;
}

ta_status_t ta_wavfile_open(ta_desktop_t *desktop, const ta_desktop_config_t *config, const ta_memory_t *memory)
{
    ta_status_t status = desktop_configure(desktop, config, BUFFER_DEFAULT_US);
    if (status != TA_OK)
        return status;
    if (!desktop->config.path)
        return desktop_fail(desktop, TA_E_ARG, "no file was named to write to");
    wavfile_t *wavfile = calloc(1, sizeof *wavfile);
    if (!wavfile)
        return desktop_fail(desktop, TA_E_NOMEM, "no memory for the WAV file pin");
    wavfile->base.run = wavfile_run;
    wavfile->base.retune = wavfile_retune;
    wavfile->base.finish = wavfile_finish;
    status = desktop_start(desktop, &wavfile->base, memory);
    if (status != TA_OK) {
        free(wavfile);
        return status;
    }
    errno = 0;
    wavfile->file = fopen(desktop->config.path, "wb");
    if (!wavfile->file) {
        status = fail_io(desktop, "cannot create", errno);
    } else if (!wavwriter_begin(&wavfile->writer, wavfile->file, desktop->config.bits, desktop->config.rate_hz)) {
        status = fail_io(desktop, "cannot write", wavfile->writer.error);
    }
    if (status != TA_OK) {
        if (wavfile->file)
            (void)fclose(wavfile->file);
        desktop_release(desktop);
        free(wavfile);
    }
    return status;
}
