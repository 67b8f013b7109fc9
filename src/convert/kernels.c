// Kernels: frames of a source become frames of a wire, each pair of formats by one pure function.
//
// In: 7 sample formats, mono or stereo, at any alignment. Out: stereo frames in 32-bit words, word-aligned. Inside,
// every sample is a uint32_t that holds it left-justified in two's complement: unsigned, so that shifts and wraps are
// defined. Widening only shifts (8-bit samples fill 16 bits first); narrowing adds half of what is dropped, floors and
// saturates. No kernel keeps state, and frame n of the output depends on frame n of the input alone.
//
// A group is four samples, hence as many words as a sample has bytes: the unit of the loop over word-aligned input.
// Frames before the first aligned one and after the last whole group go sample by sample, byte by byte; so does all of
// an input that no number of frames brings to a word boundary. Where both ends have 16 bits, a group is done on whole
// words, two samples at a time.
#include "tonearm/convert.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "samples are read as words of a little-endian machine");

#define INLINE static inline __attribute__((always_inline))

static const size_t group_samples = 4;

#define SIGN 0x80000000U

// ---- words ----------------------------------------------------------------------------------------------------------

INLINE uint32_t load_word(const uint8_t *in, size_t index)
{
    uint32_t word;
    memcpy(&word, (const uint8_t *)__builtin_assume_aligned(in, 4) + index * sizeof word, sizeof word);
    return word;
}

INLINE void store_word(uint8_t *out, size_t index, uint32_t word)
{
    memcpy((uint8_t *)__builtin_assume_aligned(out, 4) + index * sizeof word, &word, sizeof word);
}

// ---- reading: one sample from bytes, or a group from aligned words ---------------------------------------------------

// Four samples in a row. Not an array: members stay in registers without a loop to unroll.
typedef struct {
    uint32_t a, b, c, d;
} group_t;

typedef struct {
    size_t bytes; // of a sample
    uint32_t (*one)(const uint8_t *in);
    group_t (*group)(const uint8_t *in);
} reader_t;

// A byte in both halves of 16 bits, left-justified: u*257 for unsigned, the replicated byte for signed samples.
INLINE uint32_t twice(uint32_t byte)
{
    return byte * 0x01010000U;
}

INLINE uint32_t one_s8(const uint8_t *in)
{
    return twice(in[0]);
}

INLINE group_t group_s8(const uint8_t *in)
{
    uint32_t word = load_word(in, 0);
    return (group_t){twice(word & 0xFF), twice((word >> 8) & 0xFF), twice((word >> 16) & 0xFF), twice(word >> 24)};
}

INLINE uint32_t one_s16(const uint8_t *in)
{
    return ((uint32_t)in[1] << 24) | ((uint32_t)in[0] << 16);
}

INLINE group_t group_s16(const uint8_t *in)
{
    uint32_t first = load_word(in, 0);
    uint32_t second = load_word(in, 1);
    return (group_t){first << 16, first & 0xFFFF0000U, second << 16, second & 0xFFFF0000U};
}

// Taking the middle off an unsigned sample flips its top bit, before or after widening.
INLINE group_t flipped(group_t group)
{
    return (group_t){group.a ^ SIGN, group.b ^ SIGN, group.c ^ SIGN, group.d ^ SIGN};
}

INLINE uint32_t one_u8(const uint8_t *in)
{
    return one_s8(in) ^ SIGN;
}

INLINE group_t group_u8(const uint8_t *in)
{
    return flipped(group_s8(in));
}

INLINE uint32_t one_u16(const uint8_t *in)
{
    return one_s16(in) ^ SIGN;
}

INLINE group_t group_u16(const uint8_t *in)
{
    return flipped(group_s16(in));
}

INLINE uint32_t one_s24(const uint8_t *in)
{
    return ((uint32_t)in[2] << 24) | ((uint32_t)in[1] << 16) | ((uint32_t)in[0] << 8);
}

// Samples in three words, each word's first byte on the right:  b a a a | c c b b | d d d c
INLINE group_t group_s24(const uint8_t *in)
{
    uint32_t first = load_word(in, 0);
    uint32_t second = load_word(in, 1);
    uint32_t third = load_word(in, 2);
    return (group_t){first << 8, (second << 16) | ((first >> 24) << 8), (third << 24) | ((second >> 16) << 8),
                     third & 0xFFFFFF00U};
}

INLINE uint32_t one_s24in32(const uint8_t *in)
{
    return one_s24(in);
}

INLINE group_t group_s24in32(const uint8_t *in)
{
    return (group_t){load_word(in, 0) << 8, load_word(in, 1) << 8, load_word(in, 2) << 8, load_word(in, 3) << 8};
}

INLINE uint32_t one_s32(const uint8_t *in)
{
    return one_s24(in + 1) | in[0];
}

INLINE group_t group_s32(const uint8_t *in)
{
    return (group_t){load_word(in, 0), load_word(in, 1), load_word(in, 2), load_word(in, 3)};
}

// ---- writing: one frame ----------------------------------------------------------------------------------------------

typedef struct {
    size_t bytes; // of a frame
    void (*frame)(uint8_t *out, uint32_t left, uint32_t right);
} writer_t;

// Round to the top 16 or 24 bits: add half of what is dropped, and floor by clearing it. Clipping comes first, at the
// highest sample that still rounds to a number on the wire; so the sum stays inside 32 bits.
INLINE uint32_t narrowed(uint32_t sample, unsigned dropped)
{
    const int32_t half = (int32_t)1 << (dropped - 1);
    const int32_t highest = INT32_MAX - half;
    int32_t clipped = (int32_t)sample > highest ? highest : (int32_t)sample;
    return (uint32_t)(clipped + half) & (UINT32_MAX << dropped);
}

INLINE void frame_word(uint8_t *out, uint32_t left, uint32_t right)
{
    store_word(out, 0, (left >> 16) | right);
}

INLINE void frame_word16(uint8_t *out, uint32_t left, uint32_t right)
{
    frame_word(out, narrowed(left, 16), narrowed(right, 16));
}

INLINE void frame_pair(uint8_t *out, uint32_t left, uint32_t right)
{
    store_word(out, 0, left);
    store_word(out, 1, right);
}

INLINE void frame_pair24(uint8_t *out, uint32_t left, uint32_t right)
{
    frame_pair(out, narrowed(left, 8), narrowed(right, 8));
}

// ---- whole words: 8 and 16 bits to the 16-bit wire, one word of samples at a time ------------------------------------

typedef void word_step_t(const uint8_t *in, size_t index, uint8_t *out);

#define MIDDLES 0x80008000U

// A factor that the compiler does not see through. It would turn a product with it into four shifts and adds, and both
// chips multiply in one cycle.
INLINE uint32_t factor(uint32_t value)
{
    __asm__("" : "+r"(value));
    return value;
}

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

// ---- the loop --------------------------------------------------------------------------------------------------------

typedef struct {
    reader_t reader;
    writer_t writer;
    size_t channels;
    word_step_t *step; // instead of reader and writer, on aligned input; or NULL
} kernel_t;

// Two groups. Written out, since compilers do not unroll at -O2, and on an in-order core the loop costs as much as a
// frame.
INLINE void convert_words(const uint8_t *in, uint8_t *out, kernel_t kernel)
{
    kernel.step(in, 0, out);
    kernel.step(in, 1, out);
    if (kernel.reader.bytes == 2) {
        kernel.step(in, 2, out);
        kernel.step(in, 3, out);
    }
}

INLINE void convert_group(const uint8_t *in, uint8_t *out, kernel_t kernel)
{
    if (kernel.step != NULL) {
        convert_words(in, out, kernel);
        return;
    }
    const writer_t writer = kernel.writer;
    group_t group = kernel.reader.group(in);
    if (kernel.channels == 1) {
        writer.frame(out, group.a, group.a);
        writer.frame(out + writer.bytes, group.b, group.b);
        writer.frame(out + 2 * writer.bytes, group.c, group.c);
        writer.frame(out + 3 * writer.bytes, group.d, group.d);
    } else {
        writer.frame(out, group.a, group.b);
        writer.frame(out + writer.bytes, group.c, group.d);
    }
}

INLINE void convert_frame(const uint8_t *in, uint8_t *out, kernel_t kernel)
{
    uint32_t left = kernel.reader.one(in);
    uint32_t right = kernel.channels == 1 ? left : kernel.reader.one(in + kernel.reader.bytes);
    kernel.writer.frame(out, left, right);
}

INLINE void convert(const void *restrict in, void *restrict out, size_t frames, kernel_t kernel)
{
    const size_t frame_bytes = kernel.reader.bytes * kernel.channels;
    const size_t group_frames = (kernel.step != NULL ? 2 * group_samples : group_samples) / kernel.channels;
    const size_t group_bytes = group_frames * frame_bytes;
    const uint8_t *from = in;
    uint8_t *to = out;
    for (; frames > 0; frames--) {
        if (((uintptr_t)from & 3) == 0) {
            const uint8_t *stop = from + frames / group_frames * group_bytes;
            frames %= group_frames;
            for (; from != stop; from += group_bytes) {
                convert_group(from, to, kernel);
                to += group_frames * kernel.writer.bytes;
            }
            if (frames == 0) {
                break;
            }
        }
        convert_frame(from, to, kernel);
        from += frame_bytes;
        to += kernel.writer.bytes;
    }
}

// ---- the kernels -----------------------------------------------------------------------------------------------------

static const reader_t u8 = {1, one_u8, group_u8};
static const reader_t s8 = {1, one_s8, group_s8};
static const reader_t u16 = {2, one_u16, group_u16};
static const reader_t s16 = {2, one_s16, group_s16};
static const reader_t s24 = {3, one_s24, group_s24};
static const reader_t s24in32 = {4, one_s24in32, group_s24in32};
static const reader_t s32 = {4, one_s32, group_s32};

static const writer_t word = {4, frame_word};     // sources of at most 16 bits
static const writer_t word16 = {4, frame_word16}; // wider ones, rounded to 16 bits
static const writer_t pair = {8, frame_pair};     // whatever fits the wire's 24 or 32 bits
static const writer_t pair24 = {8, frame_pair24}; // rounded to 24 bits

#define KERNEL(name, ...)                                                                                              \
    static void name(const void *in, void *out, size_t frames)                                                         \
    {                                                                                                                  \
        convert(in, out, frames, (kernel_t){__VA_ARGS__});                                                             \
    }

KERNEL(u8_mono_word, u8, word, 1, word_u8_mono)
KERNEL(u8_stereo_word, u8, word, 2, word_u8_stereo)
KERNEL(s8_mono_word, s8, word, 1, word_s8_mono)
KERNEL(s8_stereo_word, s8, word, 2, word_s8_stereo)
KERNEL(u16_mono_word, u16, word, 1, word_u16_mono)
KERNEL(u16_stereo_word, u16, word, 2, word_u16_stereo)
KERNEL(s16_mono_word, s16, word, 1, word_s16_mono)
KERNEL(s24_mono_word16, s24, word16, 1, NULL)
KERNEL(s24_stereo_word16, s24, word16, 2, NULL)
KERNEL(s24in32_mono_word16, s24in32, word16, 1, NULL)
KERNEL(s24in32_stereo_word16, s24in32, word16, 2, NULL)
KERNEL(s32_mono_word16, s32, word16, 1, NULL)
KERNEL(s32_stereo_word16, s32, word16, 2, NULL)

// The same for 24 and for 32 bits on the wire.
KERNEL(u8_mono_pair, u8, pair, 1, NULL)
KERNEL(u8_stereo_pair, u8, pair, 2, NULL)
KERNEL(s8_mono_pair, s8, pair, 1, NULL)
KERNEL(s8_stereo_pair, s8, pair, 2, NULL)
KERNEL(u16_mono_pair, u16, pair, 1, NULL)
KERNEL(u16_stereo_pair, u16, pair, 2, NULL)
KERNEL(s16_mono_pair, s16, pair, 1, NULL)
KERNEL(s16_stereo_pair, s16, pair, 2, NULL)
KERNEL(s24_mono_pair, s24, pair, 1, NULL)
KERNEL(s24_stereo_pair, s24, pair, 2, NULL)
KERNEL(s24in32_mono_pair, s24in32, pair, 1, NULL)
KERNEL(s24in32_stereo_pair, s24in32, pair, 2, NULL)
KERNEL(s32_mono_pair, s32, pair, 1, NULL)
KERNEL(s32_mono_pair24, s32, pair24, 1, NULL)
KERNEL(s32_stereo_pair24, s32, pair24, 2, NULL)

static void copy_words(const void *in, void *out, size_t frames)
{
    memcpy(out, in, frames * 4);
}

static void copy_pairs(const void *in, void *out, size_t frames)
{
    memcpy(out, in, frames * 8);
}

static ta_kernel_t *const kernels[TA_SAMPLES][2][TA_WIRES] = {
    [TA_SAMPLE_U8] = {{u8_mono_word, u8_mono_pair, u8_mono_pair}, {u8_stereo_word, u8_stereo_pair, u8_stereo_pair}},
    [TA_SAMPLE_S8] = {{s8_mono_word, s8_mono_pair, s8_mono_pair}, {s8_stereo_word, s8_stereo_pair, s8_stereo_pair}},
    [TA_SAMPLE_U16] = {{u16_mono_word, u16_mono_pair, u16_mono_pair},
                       {u16_stereo_word, u16_stereo_pair, u16_stereo_pair}},
    [TA_SAMPLE_S16] = {{s16_mono_word, s16_mono_pair, s16_mono_pair}, {copy_words, s16_stereo_pair, s16_stereo_pair}},
    [TA_SAMPLE_S24] = {{s24_mono_word16, s24_mono_pair, s24_mono_pair},
                       {s24_stereo_word16, s24_stereo_pair, s24_stereo_pair}},
    [TA_SAMPLE_S24IN32] = {{s24in32_mono_word16, s24in32_mono_pair, s24in32_mono_pair},
                           {s24in32_stereo_word16, s24in32_stereo_pair, s24in32_stereo_pair}},
    [TA_SAMPLE_S32] = {{s32_mono_word16, s32_mono_pair24, s32_mono_pair},
                       {s32_stereo_word16, s32_stereo_pair24, copy_pairs}},
};

ta_kernel_t *ta_convert_kernel(ta_sample_t sample, unsigned channels, ta_wire_t wire)
{
    if ((unsigned)sample >= TA_SAMPLES || channels < 1 || channels > 2 || (unsigned)wire >= TA_WIRES) {
        return NULL;
    }
    return kernels[sample][channels - 1][wire];
}
