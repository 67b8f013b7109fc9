// The stand-in for miniaudio: a device is a thread.
// In: what a test has put into `fake`. Out: every frame that the callback gave, in order.

#include "miniaudio.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HELPING_MAX = 700 };

fake_t fake;

ma_result ma_context_init(const ma_backend backends[], ma_uint32 count, const void *config, ma_context *context)
{
    (void)config;
    for (ma_uint32 b = 0; b < count; b++)
        if (backends[b] == ma_backend_custom)
            abort();
    if (fake.no_backend || count == 0)
        return MA_FORMAT_NOT_SUPPORTED;
    context->open = 1;
    fake.contexts++;
    return MA_SUCCESS;
}

ma_result ma_context_uninit(ma_context *context)
{
    context->open = 0;
    fake.contexts--;
    return MA_SUCCESS;
}

ma_result ma_context_get_devices(ma_context *context, ma_device_info **playback, ma_uint32 *playback_count,
                                 ma_device_info **capture, ma_uint32 *capture_count)
{
    static ma_device_info devices[2] = {{{0}, "Loudspeaker of the House", MA_TRUE}, {{1}, "Headphones", MA_FALSE}};
    (void)context;
    (void)capture;
    (void)capture_count;
    *playback = devices;
    *playback_count = 2;
    return MA_SUCCESS;
}

ma_device_config ma_device_config_init(ma_device_type type)
{
    (void)type;
    return (ma_device_config){.sampleRate = 0};
}

static void keep(const void *data, size_t bytes)
{
    if (fake.taken_bytes + bytes > fake.taken_room) {
        fake.taken_room = 2 * (fake.taken_bytes + bytes);
        fake.taken = realloc(fake.taken, fake.taken_room);
        if (!fake.taken)
            abort();
    }
    memcpy(fake.taken + fake.taken_bytes, data, bytes);
    fake.taken_bytes += bytes;
}

static void *run(void *argument)
{
    static const ma_uint32 helpings[] = {441, 1, 64, 700, 63, 480, 129};
    ma_device *device = argument;
    size_t frame_bytes = device->config.playback.format == ma_format_s16 ? 4 : 8;
    _Alignas(8) uint8_t out[HELPING_MAX * 8];
    unsigned frames = 0;
    for (unsigned turn = 0; !atomic_load(&device->leave); turn++) {
        ma_uint32 n = helpings[turn % 7];
        unsigned stop = atomic_load(&fake.stops_after), freeze = atomic_load(&fake.freezes_after);
        if (stop && frames >= stop) {
            atomic_store(&device->state, ma_device_state_stopped);
            break;
        }
        if (!freeze || frames < freeze) {
            device->config.dataCallback(device, out, NULL, n);
            keep(out, n * frame_bytes);
            frames += n;
        }
        long ns = (long)(1000000000ULL * n / device->config.sampleRate);
        (void)nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
    }
    return NULL;
}

ma_result ma_device_init(ma_context *context, const ma_device_config *config, ma_device *device)
{
    if (fake.no_device)
        return MA_FAILED_TO_OPEN_BACKEND_DEVICE;
    if (!context->open || config->sampleRate == fake.refused_rate)
        return MA_FORMAT_NOT_SUPPORTED;
    memset(device, 0, sizeof *device);
    device->config = *config;
    device->pUserData = config->pUserData;
    atomic_store(&device->state, ma_device_state_stopped);
    fake.devices++;
    fake.opened = config->playback.pDeviceID ? config->playback.pDeviceID->number : -1;
    return MA_SUCCESS;
}

ma_result ma_device_start(ma_device *device)
{
    atomic_store(&device->state, ma_device_state_started);
    return pthread_create(&device->thread, NULL, run, device) == 0 ? MA_SUCCESS : MA_FORMAT_NOT_SUPPORTED;
}

void ma_device_uninit(ma_device *device)
{
    atomic_store(&device->leave, true);
    (void)pthread_join(device->thread, NULL);
    fake.devices--;
}

ma_device_state ma_device_get_state(const ma_device *device)
{
    return (ma_device_state)atomic_load(&((ma_device *)(uintptr_t)device)->state);
}

const char *ma_get_backend_name(ma_backend backend)
{
    static const char *const names[] = {"ALSA", "Custom", "Null"};
    return names[backend];
}

ma_result ma_get_enabled_backends(ma_backend *backends, size_t room, size_t *count)
{
    (void)room;
    for (int b = 0; b < MA_BACKEND_COUNT; b++)
        backends[b] = (ma_backend)b;
    *count = MA_BACKEND_COUNT;
    return MA_SUCCESS;
}

const char *ma_result_description(ma_result result)
{
    return result == MA_SUCCESS ? "success" : result == MA_FORMAT_NOT_SUPPORTED ? "format not supported" : "failed";
}
