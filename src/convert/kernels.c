// Kernels: frames of a source become frames of a wire, each pair of formats by one pure function.
//
// In: 7 sample formats, mono or stereo, at any alignment. Out: stereo frames in 32-bit words, word-aligned. What a kernel is
// made of is in kernel.h; here are the portable runs, in C, and the table of what this processor uses: its own variants
// (tuned.h), or these.
//
// A group is four samples, hence as many words as a sample has bytes. Where both ends have 16 bits, a group is eight
// samples, or sixteen, and done on whole words, two samples at a time.
#include "kernel.h"
#include "tuned.h"

#include <string.h>

// ---- whole words: 8 and 16 bits to the 16-bit wire, one word of samples at a time ------------------------------------

typedef void word_step_t(const uint8_t *in, size_t index, uint8_t *out);

INLINE void word_8_mono(const uint8_t *in, size_t index, uint8_t *out, uint32_t middles)
{
    const uint32_t spread = factor(0x01010101);
    uint32_t samples = load_word(in, index);
    store_word(out, 4 * index, ((samples & 0xFF) * spread) ^ middles);
    store_word(out, 4 * index + 1, (((samples >> 8) & 0xFF) * spread) ^ middles);
    store_word(out, 4 * index + 2, (((samples >> 16) & 0xFF) * spread) ^ middles);
    store_word(out, 4 * index + 3, ((samples >> 24) * spread) ^ middles);
}

INLINE void word_8_stereo(const uint8_t *in, size_t index, uint8_t *out, uint32_t middles)
{
    uint32_t samples = load_word(in, index);
    uint32_t first = (samples & 0xFF) | ((samples << 8) & 0xFF0000);
    uint32_t second = ((samples >> 16) & 0xFF) | ((samples >> 8) & 0xFF0000);
    store_word(out, 2 * index, (first | (first << 8)) ^ middles);
    store_word(out, 2 * index + 1, (second | (second << 8)) ^ middles);
}

INLINE void word_16_mono(const uint8_t *in, size_t index, uint8_t *out, uint32_t middles)
{
    const uint32_t spread = factor(0x00010001);
    uint32_t samples = load_word(in, index);
    store_word(out, 2 * index, ((samples & 0xFFFF) * spread) ^ middles);
    store_word(out, 2 * index + 1, ((samples >> 16) * spread) ^ middles);
}

INLINE void word_u8_mono(const uint8_t *in, size_t index, uint8_t *out)
{
    word_8_mono(in, index, out, MIDDLES);
}

INLINE void word_s8_mono(const uint8_t *in, size_t index, uint8_t *out)
{
    word_8_mono(in, index, out, 0);
}

INLINE void word_u8_stereo(const uint8_t *in, size_t index, uint8_t *out)
{
    word_8_stereo(in, index, out, MIDDLES);
}

INLINE void word_s8_stereo(const uint8_t *in, size_t index, uint8_t *out)
{
    word_8_stereo(in, index, out, 0);
}

INLINE void word_u16_mono(const uint8_t *in, size_t index, uint8_t *out)
{
    word_16_mono(in, index, out, MIDDLES);
}

INLINE void word_s16_mono(const uint8_t *in, size_t index, uint8_t *out)
{
    word_16_mono(in, index, out, 0);
}

INLINE void word_u16_stereo(const uint8_t *in, size_t index, uint8_t *out)
{
    store_word(out, index, load_word(in, index) ^ MIDDLES);
}

// ---- portable runs ---------------------------------------------------------------------------------------------------

INLINE void convert_group(const uint8_t *in, uint8_t *out, size_t channels, reader_t reader, writer_t writer)
{
    group_t group = reader.group(in);
    if (channels == 1) {
        writer.frame(out, group.a, group.a);
        writer.frame(out + writer.bytes, group.b, group.b);
        writer.frame(out + 2 * writer.bytes, group.c, group.c);
        writer.frame(out + 3 * writer.bytes, group.d, group.d);
    } else {
        writer.frame(out, group.a, group.b);
        writer.frame(out + writer.bytes, group.c, group.d);
    }
}

INLINE void run_groups(const uint8_t *in, uint8_t *out, size_t frames, size_t channels, reader_t reader,
                       writer_t writer)
{
    const uint8_t *stop = in + frames * channels * reader.bytes;
    for (; in != stop; in += 4 * reader.bytes) {
        convert_group(in, out, channels, reader, writer);
        out += 4 / channels * writer.bytes;
    }
}

// Eight words of 16-bit samples a turn, or two of bytes: written out, since compilers do not unroll at -O2, and on an in-order
// core the loop costs as much as a frame.
INLINE void run_words(const uint8_t *in, uint8_t *out, size_t frames, size_t channels, size_t bytes, word_step_t *step)
{
    const uint8_t *stop = in + frames * channels * bytes;
    while (in != stop) {
        step(in, 0, out);
        step(in, 1, out);
        if (bytes == 2) {
            step(in, 2, out);
            step(in, 3, out);
            step(in, 4, out);
            step(in, 5, out);
            step(in, 6, out);
            step(in, 7, out);
        }
        in += bytes == 2 ? 32 : 8;
        out += (bytes == 2 ? 16 : 8) / channels * 4;
    }
}

// Those that the table does not name, because this processor has a variant, are left out by the compiler.
#define PORTABLE __attribute__((unused)) static

#define KERNEL(name, reader, writer, channels, group, body)                                                            \
    INLINE void name##_run(const uint8_t *in, uint8_t *out, size_t frames)                                             \
    {                                                                                                                  \
        body;                                                                                                          \
    }                                                                                                                  \
    PORTABLE void name(const void *in, void *out, size_t frames)                                                       \
    {                                                                                                                  \
        convert(in, out, frames, (kernel_t){reader, writer, channels, group, name##_run});                             \
    }
#define WORDS(name, reader, channels, step)                                                                            \
    KERNEL(name, reader, word, channels, ((reader).bytes == 2 ? 16 : 8) / (channels),                                  \
           run_words(in, out, frames, channels, (reader).bytes, step))
#define GROUPS(name, reader, writer, channels)                                                                         \
    KERNEL(name, reader, writer, channels, 4 / (channels), run_groups(in, out, frames, channels, reader, writer))

WORDS(u8_mono_word, u8, 1, word_u8_mono)
WORDS(u8_stereo_word, u8, 2, word_u8_stereo)
WORDS(s8_mono_word, s8, 1, word_s8_mono)
WORDS(s8_stereo_word, s8, 2, word_s8_stereo)
WORDS(u16_mono_word, u16, 1, word_u16_mono)
WORDS(u16_stereo_word, u16, 2, word_u16_stereo)
WORDS(s16_mono_word, s16, 1, word_s16_mono)
GROUPS(s24_mono_word, s24, word16, 1)
GROUPS(s24_stereo_word, s24, word16, 2)
GROUPS(s24in32_mono_word, s24in32, word16, 1)
GROUPS(s24in32_stereo_word, s24in32, word16, 2)
GROUPS(s32_mono_word, s32, word16, 1)
GROUPS(s32_stereo_word, s32, word16, 2)

// The same for 24 and for 32 bits on the wire, but for s32.
GROUPS(u8_mono_pair, u8, pair, 1)
GROUPS(u8_stereo_pair, u8, pair, 2)
GROUPS(s8_mono_pair, s8, pair, 1)
GROUPS(s8_stereo_pair, s8, pair, 2)
GROUPS(u16_mono_pair, u16, pair, 1)
GROUPS(u16_stereo_pair, u16, pair, 2)
GROUPS(s16_mono_pair, s16, pair, 1)
GROUPS(s16_stereo_pair, s16, pair, 2)
GROUPS(s24_mono_pair, s24, pair, 1)
GROUPS(s24_stereo_pair, s24, pair, 2)
GROUPS(s24in32_mono_pair, s24in32, pair, 1)
GROUPS(s24in32_stereo_pair, s24in32, pair, 2)
GROUPS(s32_mono_pair, s32, pair, 1)
GROUPS(s32_mono_pair24, s32, pair24, 1)
GROUPS(s32_stereo_pair24, s32, pair24, 2)

PORTABLE void s16_stereo_word(const void *in, void *out, size_t frames)
{
    memcpy(out, in, frames * 4);
}

PORTABLE void s32_stereo_pair(const void *in, void *out, size_t frames)
{
    memcpy(out, in, frames * 8);
}

// ---- the table -------------------------------------------------------------------------------------------------------

// The row of a format that widens alike to 24 and to 32 bits.
#define ROW(format, channels)                                                                                          \
    {                                                                                                                  \
        BEST(format##channels##word), BEST(format##channels##pair), BEST(format##channels##pair)                       \
    }

static ta_kernel_t *const kernels[TA_SAMPLES][2][TA_WIRES] = {
    [TA_SAMPLE_U8] = {ROW(u8, _mono_), ROW(u8, _stereo_)},
    [TA_SAMPLE_S8] = {ROW(s8, _mono_), ROW(s8, _stereo_)},
    [TA_SAMPLE_U16] = {ROW(u16, _mono_), ROW(u16, _stereo_)},
    [TA_SAMPLE_S16] = {ROW(s16, _mono_), ROW(s16, _stereo_)},
    [TA_SAMPLE_S24] = {ROW(s24, _mono_), ROW(s24, _stereo_)},
    [TA_SAMPLE_S24IN32] = {ROW(s24in32, _mono_), ROW(s24in32, _stereo_)},
    [TA_SAMPLE_S32] = {{BEST(s32_mono_word), BEST(s32_mono_pair24), BEST(s32_mono_pair)},
                       {BEST(s32_stereo_word), BEST(s32_stereo_pair24), BEST(s32_stereo_pair)}},
};

ta_kernel_t *ta_convert_kernel(ta_sample_t sample, unsigned channels, ta_wire_t wire)
{
    if ((unsigned)sample >= TA_SAMPLES || channels < 1 || channels > 2 || (unsigned)wire >= TA_WIRES) {
        return NULL;
    }
    return kernels[sample][channels - 1][wire];
}
