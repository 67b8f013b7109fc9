/// @file format.h  What frames look like in sources and on the wire.
#ifndef TONEARM_FORMAT_H
#define TONEARM_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How one sample lies in memory, little endian.
typedef enum {
    TA_SAMPLE_U8,      ///< 1 byte, middle 128
    TA_SAMPLE_S8,      ///< 1 byte
    TA_SAMPLE_U16,     ///< 2 bytes, middle 32768
    TA_SAMPLE_S16,     ///< 2 bytes
    TA_SAMPLE_S24,     ///< 3 bytes, packed
    TA_SAMPLE_S24IN32, ///< 4 bytes, the low 24 bits count, the top byte is ignored
    TA_SAMPLE_S32,     ///< 4 bytes
    TA_SAMPLES         ///< number of formats
} ta_sample_t;

/// Format of a stream of frames. A frame is one sample per channel, channels interleaved, left first.
typedef struct {
    ta_sample_t sample;
    uint8_t channels; ///< 1 or 2
    uint32_t rate_hz; ///< 1000..384000
} ta_format_t;

enum { TA_RATE_MIN_HZ = 1000, TA_RATE_MAX_HZ = 384000 };

/// How frames lie in slots, and so what leaves at the pins. Left comes first in memory and on the wire.
typedef enum {
    TA_WIRE_S16, ///< one 32-bit word a frame: left in the low half, right in the high half
    TA_WIRE_S24, ///< two 32-bit words a frame, left-justified: the low 8 bits are zero
    TA_WIRE_S32, ///< two 32-bit words a frame
    TA_WIRES,    ///< number of wires that hold samples
    /// One 32-bit word a frame, as a PWM slice's compare register takes it: two levels of 0..top, left's (channel A's) in
    /// the low half, right's (B's) in the high half. Silence is ta_pwm_silence(top), and no zero.
    TA_WIRE_PWM = TA_WIRES,
} ta_wire_t;

enum {
    TA_PWM_TOP_MIN = 255,  ///< 8 bits: levels 0..255, a period of 256 clocks
    TA_PWM_TOP_MAX = 2047, ///< 11 bits
};

/// Bytes of one sample: 1, 2, 3 or 4. Ctx: any. Cost: constant. Own: none. Fails: 0 for an unknown format.
unsigned ta_sample_bytes(ta_sample_t sample);

/// Bytes of one frame of a source. Ctx: any. Cost: constant. Own: none. Fails: 0 for an unknown format.
unsigned ta_frame_bytes(const ta_format_t *format);

/// Bytes of one frame on the wire: 4 or 8. Ctx: any. Cost: constant. Own: none. Fails: never.
unsigned ta_wire_frame_bytes(ta_wire_t wire);

/// The word of silence on TA_WIRE_PWM: the middle, (top + 1) / 2, in both halves.
/// Ctx: any. Cost: constant. Own: none. Fails: never; top is clipped to TA_PWM_TOP_MIN..TA_PWM_TOP_MAX.
uint32_t ta_pwm_silence(uint32_t top);

/// "u8", "s24in32", ... Ctx: any. Cost: constant. Own: a constant. Fails: "?" for an unknown format.
const char *ta_sample_name(ta_sample_t sample);

/// Are all fields inside their documented ranges? Ctx: any. Cost: constant. Own: none. Fails: never.
bool ta_format_valid(const ta_format_t *format);

#ifdef __cplusplus
}
#endif
#endif
