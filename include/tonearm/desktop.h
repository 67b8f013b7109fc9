/// @file desktop.h  Pins of a desktop: the sound card (through miniaudio) and a WAV file. Not in firmware.
///
/// Both walk the same ring as the hardware does, in software: read an entry, put silence in its place, play the slot.
#ifndef TONEARM_DESKTOP_H
#define TONEARM_DESKTOP_H

#include "tonearm/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Zero means default.
typedef struct {
    uint8_t bits;                           ///< 16 (default), 24 or 32
    uint32_t rate_hz;                       ///< rate at open; 0: 44100
    bool fixed_rate;                        ///< never retune: a source of another rate is resampled, or refused
    const ta_output_resampling_t *resample; ///< as ta_i2s_config_t
    uint32_t resample_max_hz;
    uint32_t buffer_us; ///< as ta_i2s_config_t; 0: 20000 (WAV file), 100000 (speaker)
    bool dither, mono;
    uint16_t hole_records;
    const char *path;   ///< WAV pin: file to write
    const char *device; ///< speaker: part of a device's name, NULL the default device
} ta_desktop_config_t;

typedef struct ta_desktop {
    ta_output_t output; ///< play through this
    ta_desktop_config_t config;
    ta_plan_t memory;
    ta_failure_t failure;
    char error[TA_SENTENCE_MAX]; ///< after a failure: a sentence
    volatile uint32_t index;     ///< entry that is read next
    uint32_t offset;             ///< frames of the present slot already played
    uint32_t playing;            ///< address (offset) in the DMA block of the present slot
    uint8_t *base;               ///< DMA block
    uint64_t frames;             ///< frames played, silence included
    void *backend;               ///< sound device or file
} ta_desktop_t;

/// Open a WAV file pin: plain PCM, stereo, written as fast as ta_desktop_run is called.
/// Ctx: task. Cost: opens the file. Own: path is borrowed until close; memory is held until close.
/// Fails: TA_E_ARG, TA_E_NOMEM, TA_E_IO; desktop->error has the sentence.
TA_NODISCARD ta_status_t ta_wavfile_open(ta_desktop_t *desktop, const ta_desktop_config_t *config,
                                         const ta_memory_t *memory);

/// Open the sound card. Its thread plays; call ta_desktop_run from time to time to feed.
/// Ctx: task. Cost: opens the device. Own: as ta_wavfile_open. Fails: as ta_wavfile_open; TA_E_STATE if built without
/// miniaudio.
TA_NODISCARD ta_status_t ta_speaker_open(ta_desktop_t *desktop, const ta_desktop_config_t *config,
                                         const ta_memory_t *memory);

/// Feed, and (WAV file) play one slot. Ctx: task. Cost: one slot, or up to 5 ms (speaker). Own: none.
/// Fails: TA_E_IO (disk full, device gone); desktop->error has the sentence.
TA_NODISCARD ta_status_t ta_desktop_run(ta_desktop_t *desktop);

/// Finish the file or close the device, and give the memory back. Harmless when not open.
/// Ctx: task. Cost: bounded. Own: nothing is held. Fails: TA_E_IO if the file could not be finished.
ta_status_t ta_desktop_close(ta_desktop_t *desktop);

/// Largest magnitudes that left since the last call, left and right, as s32.
/// Ctx: task. Cost: constant. Own: none. Fails: 0 and 0 when not open.
void ta_desktop_peaks(ta_desktop_t *desktop, uint32_t peak[2]);

/// Call `each` with the name of every playback device. Ctx: task. Cost: asks the system. Own: names are borrowed for
/// the call. Fails: TA_E_STATE (built without miniaudio), TA_E_IO.
TA_NODISCARD ta_status_t ta_speaker_list(void (*each)(void *context, const char *name, bool is_default), void *context);

#ifdef __cplusplus
}
#endif
#endif
