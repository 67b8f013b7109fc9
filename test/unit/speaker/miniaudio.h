// A stand-in for miniaudio: the names and signatures that src/pin/desktop/speaker.c uses, over a thread that takes frames in
// uneven helpings and keeps them. What it should do wrong is said in `fake`.
#ifndef TEST_UNIT_SPEAKER_MINIAUDIO_H
#define TEST_UNIT_SPEAKER_MINIAUDIO_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t ma_uint8;
typedef uint32_t ma_uint32;
typedef int ma_bool32;
typedef int ma_result;
enum {
    MA_FALSE = 0,
    MA_TRUE = 1,
    MA_SUCCESS = 0,
    MA_FORMAT_NOT_SUPPORTED = -200,
    MA_FAILED_TO_OPEN_BACKEND_DEVICE = -400
};
typedef enum { ma_backend_alsa, ma_backend_custom, ma_backend_null } ma_backend;
enum { MA_BACKEND_COUNT = ma_backend_null + 1 };
typedef enum { ma_format_s16 = 2, ma_format_s32 = 4 } ma_format;
typedef enum { ma_device_type_playback = 1 } ma_device_type;
typedef enum { ma_device_state_uninitialized, ma_device_state_stopped, ma_device_state_started } ma_device_state;

typedef struct {
    int number;
} ma_device_id;

typedef struct {
    ma_device_id id;
    char name[64];
    ma_bool32 isDefault;
} ma_device_info;

typedef struct {
    int open;
} ma_context;

typedef struct ma_device ma_device;
typedef void ma_callback(ma_device *device, void *out, const void *in, ma_uint32 frames);

typedef struct {
    struct {
        const ma_device_id *pDeviceID;
        ma_format format;
        ma_uint32 channels;
    } playback;
    ma_uint32 sampleRate, periodSizeInMilliseconds, periods;
    ma_callback *dataCallback;
    void *pUserData;
    ma_uint8 noPreSilencedOutputBuffer;
} ma_device_config;

struct ma_device {
    void *pUserData;
    ma_device_config config;
    pthread_t thread;
    atomic_int state;
    atomic_bool leave;
};

typedef struct {
    ma_uint32 refused_rate;     // cannot be opened at this rate; 0 none
    ma_uint32 no_backend;       // ma_context_init fails
    ma_uint32 no_device;        // no device can be opened, though some are listed
    atomic_uint stops_after;    // frames, then the device is gone; 0 never
    atomic_uint freezes_after;  // frames, then it takes no more; 0 never
    int opened;                 // number of the device last opened, -1 the default
    unsigned contexts, devices; // open now
    uint8_t *taken;             // everything that was played, since fake_forget
    size_t taken_bytes, taken_room;
} fake_t;
extern fake_t fake;

ma_result ma_context_init(const ma_backend backends[], ma_uint32 count, const void *config, ma_context *context);
ma_result ma_context_uninit(ma_context *context);
ma_result ma_context_get_devices(ma_context *context, ma_device_info **playback, ma_uint32 *playback_count,
                                 ma_device_info **capture, ma_uint32 *capture_count);
ma_device_config ma_device_config_init(ma_device_type type);
ma_result ma_device_init(ma_context *context, const ma_device_config *config, ma_device *device);
ma_result ma_device_start(ma_device *device);
void ma_device_uninit(ma_device *device);
ma_device_state ma_device_get_state(const ma_device *device);
const char *ma_get_backend_name(ma_backend backend);
ma_result ma_get_enabled_backends(ma_backend *backends, size_t room, size_t *count);
const char *ma_result_description(ma_result result);

#endif
