// Facts about formats: bytes of samples and frames, names, ranges.
//
// In: a format or a wire, possibly from outside and so possibly nonsense. Out: numbers and constants. Unknown formats
// give 0, "?" or false; nothing here can fail in any other way, so parsers may ask before they have checked.
#include "tonearm/format.h"

#include <stddef.h>

typedef struct {
    const char *name;
    unsigned bytes;
} sample_facts_t;

static const sample_facts_t facts[TA_SAMPLES] = {
    [TA_SAMPLE_U8] = {"u8", 1},   [TA_SAMPLE_S8] = {"s8", 1},   [TA_SAMPLE_U16] = {"u16", 2},
    [TA_SAMPLE_S16] = {"s16", 2}, [TA_SAMPLE_S24] = {"s24", 3}, [TA_SAMPLE_S24IN32] = {"s24in32", 4},
    [TA_SAMPLE_S32] = {"s32", 4},
};

// An enum may be signed or not, as the compiler likes; as unsigned both ends are one comparison.
static const sample_facts_t *facts_of(ta_sample_t sample)
{
    return (unsigned)sample < TA_SAMPLES ? &facts[sample] : NULL;
}

unsigned ta_sample_bytes(ta_sample_t sample)
{
    const sample_facts_t *found = facts_of(sample);
    return found == NULL ? 0 : found->bytes;
}

unsigned ta_frame_bytes(const ta_format_t *format)
{
    return ta_sample_bytes(format->sample) * format->channels;
}

unsigned ta_wire_frame_bytes(ta_wire_t wire)
{
    return wire == TA_WIRE_S16 || wire == TA_WIRE_PWM ? 4 : 8;
}

uint32_t ta_pwm_silence(uint32_t top)
{
    top = top < TA_PWM_TOP_MIN ? TA_PWM_TOP_MIN : top > TA_PWM_TOP_MAX ? TA_PWM_TOP_MAX : top;
    return ((top + 1) >> 1) * 0x00010001U;
}

const char *ta_sample_name(ta_sample_t sample)
{
    const sample_facts_t *found = facts_of(sample);
    return found == NULL ? "?" : found->name;
}

bool ta_format_valid(const ta_format_t *format)
{
    return facts_of(format->sample) != NULL && format->channels >= 1 && format->channels <= 2 &&
           format->rate_hz >= TA_RATE_MIN_HZ && format->rate_hz <= TA_RATE_MAX_HZ;
}
