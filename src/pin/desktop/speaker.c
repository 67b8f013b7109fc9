// The sound card pin, through miniaudio. In: the ring, walked by the device's own thread. Out: sound.
// Invariants: the device's thread allocates nothing, prints nothing and waits for nothing but the ring's lock, which the feed
// holds for a publication section at most and which lends its priority; only the task opens, stops and closes devices.
// TONEARM_AUDIO_BACKEND chooses one of miniaudio's backends by name (alsa, pulseaudio, jack, null, ...). Without it the null
// backend is never chosen: a machine without a sound card is told so.

#include "walker.h"

#if defined(TA_HAVE_MINIAUDIO) && TA_HAVE_MINIAUDIO

#include "miniaudio.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { BUFFER_DEFAULT_US = 100000, RUN_NS = 2000000, SILENT_DEVICE_RUNS = 1500, PERIODS = 3 };

typedef struct {
    desktop_backend_t base;
    pthread_mutex_t mutex;
    ma_context context;
    ma_device device;
    ma_device_id id;
    bool have_id, have_context, have_device, have_mutex;
    uint64_t frames_seen; // when the feed last looked
    unsigned idle_runs;   // looks since the device took frames
} speaker_t;

// ---- the lock: what masking interrupts is on a chip ----------------------------------------------------------------------

static void speaker_lock(desktop_backend_t *backend)
{
    TA_HARDEN(pthread_mutex_lock(&((speaker_t *)backend)->mutex) == 0);
}

static void speaker_unlock(desktop_backend_t *backend)
{
    TA_HARDEN(pthread_mutex_unlock(&((speaker_t *)backend)->mutex) == 0);
}

static bool make_mutex(speaker_t *speaker)
{
    pthread_mutexattr_t attributes;
    if (pthread_mutexattr_init(&attributes) != 0)
        return false;
    // Recursive: the ring asks for index and time inside the section too. Inheriting: the device's thread is the urgent one.
    (void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    (void)pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    speaker->have_mutex = pthread_mutex_init(&speaker->mutex, &attributes) == 0;
    (void)pthread_mutexattr_destroy(&attributes);
    return speaker->have_mutex;
}

// ---- the device's thread -------------------------------------------------------------------------------------------------

static void play_frames(ma_device *device, void *out, const void *in, ma_uint32 wanted)
{
    (void)in;
    desktop_fill(device->pUserData, out, wanted); // slots lie as the device wants them: s16 pairs or s32 pairs
}

// ---- opening and closing, in the task ------------------------------------------------------------------------------------

static bool backend_named(const char *name, ma_backend *backend)
{
    for (int b = 0; b < MA_BACKEND_COUNT; b++) {
        *backend = (ma_backend)b;
        if (*backend != ma_backend_custom && strcasecmp(name, ma_get_backend_name(*backend)) == 0)
            return true;
    }
    return false;
}

static size_t real_backends(ma_backend backends[MA_BACKEND_COUNT])
{
    size_t all = 0, real = 0;
    if (ma_get_enabled_backends(backends, MA_BACKEND_COUNT, &all) != MA_SUCCESS)
        return 0;
    for (size_t b = 0; b < all; b++) {
        if (backends[b] != ma_backend_null && backends[b] != ma_backend_custom)
            backends[real++] = backends[b];
    }
    return real;
}

// ALSA explains on stderr, in a dozen lines, why a card cannot be opened. We say it in one.
typedef void alsa_handler_t(const char *file, int line, const char *function, int error, const char *format, ...);

static void say_nothing(const char *file, int line, const char *function, int error, const char *format, ...)
{
    (void)file;
    (void)line;
    (void)function;
    (void)error;
    (void)format;
}

static void quieten_alsa(void)
{
    void *alsa = dlopen("libasound.so.2", RTLD_NOW); // stays loaded: miniaudio is about to open it too
    if (!alsa)
        return;
    int (*set_handler)(alsa_handler_t *) = NULL;
    *(void **)(&set_handler) = dlsym(alsa, "snd_lib_error_set_handler"); // the conversion that POSIX asks for
    if (set_handler)
        (void)set_handler(say_nothing);
}

// Fills `error` (TA_SENTENCE_MAX bytes) on failure.
static ta_status_t open_context(ma_context *context, char *error)
{
    ma_backend backends[MA_BACKEND_COUNT];
    size_t count = 1;
    const char *name = getenv("TONEARM_AUDIO_BACKEND");
    if (!name || !*name) {
        count = real_backends(backends);
        name = NULL;
    } else if (!backend_named(name, &backends[0])) {
        (void)snprintf(
            error, TA_SENTENCE_MAX,
            "TONEARM_AUDIO_BACKEND is \"%.60s\", which is no audio backend: try alsa, pulseaudio, jack or null", name);
        return TA_E_ARG;
    }
    quieten_alsa();
    ma_result result = ma_context_init(backends, (ma_uint32)count, NULL, context);
    if (result == MA_SUCCESS)
        return TA_OK;
    (void)snprintf(error, TA_SENTENCE_MAX, "no sound system can be used%s%.60s (%s)", name ? ", asked for " : "",
                   name ? name : "", ma_result_description(result));
    return TA_E_IO;
}

static bool contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; text++) {
        if (strncasecmp(text, part, length) == 0)
            return true;
    }
    return length == 0;
}

static ta_status_t find_device(ta_desktop_t *desktop, speaker_t *speaker)
{
    ma_device_info *info = NULL;
    ma_uint32 count = 0;
    ma_result result = ma_context_get_devices(&speaker->context, &info, &count, NULL, NULL);
    if (result != MA_SUCCESS)
        return desktop_fail(desktop, TA_E_IO, "the sound devices cannot be listed (%s)", ma_result_description(result));
    if (count == 0)
        return desktop_fail(desktop, TA_E_IO, "this machine has no sound device that can play");
    if (!desktop->config.device)
        return TA_OK;
    for (ma_uint32 d = 0; d < count; d++) {
        if (contains(info[d].name, desktop->config.device)) {
            speaker->id = info[d].id;
            speaker->have_id = true;
            return TA_OK;
        }
    }
    return desktop_fail(desktop, TA_E_ARG, "no sound device has \"%.100s\" in its name; there are %lu",
                        desktop->config.device, (unsigned long)count);
}

static void close_device(speaker_t *speaker)
{
    if (speaker->have_device)
        ma_device_uninit(&speaker->device);
    speaker->have_device = false;
}

static ta_status_t open_device(ta_desktop_t *desktop, speaker_t *speaker, uint32_t rate_hz)
{
    ma_device_config config = ma_device_config_init(ma_device_type_playback);
    config.playback.pDeviceID = speaker->have_id ? &speaker->id : NULL;
    config.playback.format = desktop->config.bits == 16 ? ma_format_s16 : ma_format_s32;
    config.playback.channels = 2;
    config.sampleRate = rate_hz;
    config.periodSizeInMilliseconds = desktop->config.buffer_us / 1000 / PERIODS; // the ring holds more than one period
    config.periods = PERIODS;
    config.dataCallback = play_frames;
    config.pUserData = desktop;
    config.noPreSilencedOutputBuffer = MA_TRUE;
    ma_result result = ma_device_init(&speaker->context, &config, &speaker->device);
    if (result == MA_SUCCESS) {
        speaker->have_device = true;
        result = ma_device_start(&speaker->device);
    }
    if (result == MA_SUCCESS)
        return TA_OK;
    close_device(speaker);
    const char *why = ma_result_description(result);
    if (result == MA_FORMAT_NOT_SUPPORTED) {
        return desktop_fail(desktop, TA_E_IO, "the sound device cannot play at %lu Hz (%s)", (unsigned long)rate_hz,
                            why);
    }
    return desktop_fail(desktop, TA_E_IO, "no sound device could be opened (%s)", why);
}

static void dismantle(speaker_t *speaker)
{
    close_device(speaker);
    if (speaker->have_context)
        (void)ma_context_uninit(&speaker->context);
    if (speaker->have_mutex)
        (void)pthread_mutex_destroy(&speaker->mutex);
    free(speaker);
}

// ---- what the walker asks ------------------------------------------------------------------------------------------------

static ta_status_t speaker_run(ta_desktop_t *desktop)
{
    speaker_t *speaker = desktop->backend;
    speaker_lock(&speaker->base);
    uint64_t frames = desktop->frames;
    speaker_unlock(&speaker->base);
    speaker->idle_runs = frames == speaker->frames_seen ? speaker->idle_runs + 1 : 0;
    speaker->frames_seen = frames;
    if (!speaker->have_device || ma_device_get_state(&speaker->device) != ma_device_state_started)
        return desktop_fail(desktop, TA_E_IO, "the sound device has stopped");
    if (speaker->idle_runs > SILENT_DEVICE_RUNS)
        return desktop_fail(desktop, TA_E_IO, "the sound device has taken no frames for three seconds");
    (void)nanosleep(&(struct timespec){.tv_nsec = RUN_NS}, NULL);
    return TA_OK;
}

static ta_status_t speaker_retune(ta_desktop_t *desktop, uint32_t rate_hz)
{
    speaker_t *speaker = desktop->backend;
    close_device(speaker);
    if (open_device(desktop, speaker, rate_hz) == TA_OK)
        return TA_OK;
    // The old rate was there before, so this brings the silence back; if not, the next run says that the device is gone.
    (void)open_device(desktop, speaker, desktop->config.rate_hz);
    return TA_E_RATE;
}

static ta_status_t speaker_finish(ta_desktop_t *desktop)
{
    dismantle(desktop->backend);
    return TA_OK;
}

static ta_status_t bring_up(ta_desktop_t *desktop, speaker_t *speaker, const ta_memory_t *memory)
{
    if (!make_mutex(speaker))
        return desktop_fail(desktop, TA_E_STATE, "the ring's lock cannot be made");
    ta_status_t status = open_context(&speaker->context, desktop->error);
    if (status != TA_OK)
        return status;
    speaker->have_context = true;
    status = find_device(desktop, speaker);
    if (status != TA_OK)
        return status;
    status = desktop_start(desktop, &speaker->base, memory);
    if (status != TA_OK)
        return status;
    status = open_device(desktop, speaker, desktop->config.rate_hz);
    if (status != TA_OK)
        desktop_release(desktop);
    return status;
}

ta_status_t ta_speaker_open(ta_desktop_t *desktop, const ta_desktop_config_t *config, const ta_memory_t *memory)
{
    ta_status_t status = desktop_configure(desktop, config, BUFFER_DEFAULT_US);
    if (status != TA_OK)
        return status;
    speaker_t *speaker = calloc(1, sizeof *speaker);
    if (!speaker)
        return desktop_fail(desktop, TA_E_NOMEM, "no memory for the speaker pin");
    speaker->base.run = speaker_run;
    speaker->base.retune = speaker_retune;
    speaker->base.finish = speaker_finish;
    speaker->base.lock = speaker_lock;
    speaker->base.unlock = speaker_unlock;
    status = bring_up(desktop, speaker, memory);
    if (status != TA_OK)
        dismantle(speaker);
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): desktop->backend has it, set in another file
    return status;
}

ta_status_t ta_speaker_list(void (*each)(void *context, const char *name, bool is_default), void *context)
{
    ma_context *sound = malloc(sizeof *sound);
    char error[TA_SENTENCE_MAX];
    if (!sound)
        return TA_E_NOMEM;
    ta_status_t status = open_context(sound, error);
    if (status == TA_OK) {
        ma_device_info *info = NULL;
        ma_uint32 count = 0;
        if (ma_context_get_devices(sound, &info, &count, NULL, NULL) != MA_SUCCESS)
            status = TA_E_IO;
        for (ma_uint32 d = 0; d < count && status == TA_OK; d++)
            each(context, info[d].name, info[d].isDefault != MA_FALSE);
        (void)ma_context_uninit(sound);
    }
    free(sound);
    return status;
}

#else // built without miniaudio

ta_status_t ta_speaker_open(ta_desktop_t *desktop, const ta_desktop_config_t *config, const ta_memory_t *memory)
{
    (void)config;
    (void)memory;
    *desktop = (ta_desktop_t){0};
    return desktop_fail(
        desktop, TA_E_STATE,
        "this tonearm was built without miniaudio: install libminiaudio-dev, or run tools/setup.sh, and build again");
}

ta_status_t ta_speaker_list(void (*each)(void *context, const char *name, bool is_default), void *context)
{
    (void)each;
    (void)context;
    return TA_E_STATE;
}

#endif
