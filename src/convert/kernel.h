// What every kernel is made of, and how one goes through its input. Not for users.
//
// Inside, every sample is a uint32_t that holds it left-justified in two's complement: unsigned, so that shifts and wraps
// are defined. Widening only shifts (8-bit samples fill 16 bits first); narrowing adds half of what is dropped, floors and
// saturates. No kernel keeps state, and frame n of the output depends on frame n of the input alone.
//
// A kernel is a reader, a writer and a run. The run does whole groups of frames on words; frames before the first
// word boundary and behind the last whole group go sample by sample, byte by byte, and so does all of an input that no
// number of frames brings to a word boundary. Runs are the only part that a processor may have variants of (tuned.h).
#ifndef TONEARM_CONVERT_KERNEL_H
#define TONEARM_CONVERT_KERNEL_H

#include "tuned.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "samples are read as words of a little-endian machine");

#define INLINE static inline __attribute__((always_inline))

#define SIGN    0x80000000U
#define MIDDLES 0x80008000U // of two samples of 16 bits

// ---- words ----------------------------------------------------------------------------------------------------------

INLINE uint32_t load_word(const uint8_t *in, size_t index)
{
    uint32_t word;
    __builtin_memcpy(&word, (const uint8_t *)__builtin_assume_aligned(in, 4) + index * sizeof word, sizeof word);
    return word;
}

INLINE void store_word(uint8_t *out, size_t index, uint32_t word)
{
    __builtin_memcpy((uint8_t *)__builtin_assume_aligned(out, 4) + index * sizeof word, &word, sizeof word);
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

// A factor that the compiler does not see through. It would turn a product with it into four shifts and adds, and both
// chips multiply in one cycle.
INLINE uint32_t factor(uint32_t value)
{
    __asm__("" : "+r"(value));
    return value;
}

// A byte in both halves of 16 bits, left-justified: u*257 for unsigned, the replicated byte for signed samples.
INLINE uint32_t twice(uint32_t byte)
{
    return byte * factor(0x01010000);
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

INLINE group_t halves(uint32_t first, uint32_t second)
{
    return (group_t){first << 16, first & 0xFFFF0000U, second << 16, second & 0xFFFF0000U};
}

INLINE group_t group_s16(const uint8_t *in)
{
    return halves(load_word(in, 0), load_word(in, 1));
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
    return halves(load_word(in, 0) ^ MIDDLES, load_word(in, 1) ^ MIDDLES);
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

// Round to the top 16 or 24 bits: add half of what is dropped, and floor by clearing it. What saturates is the highest
// number on the wire when it is cleared.
INLINE uint32_t narrowed(uint32_t sample, unsigned dropped)
{
    return (uint32_t)raised((int32_t)sample, (int32_t)1 << (dropped - 1)) & (UINT32_MAX << dropped);
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

// ---- from frames to frames -------------------------------------------------------------------------------------------

/// `frames` frames from a word boundary, whole groups of them or none.
typedef void run_t(const uint8_t *in, uint8_t *out, size_t frames);

typedef struct {
    reader_t reader;
    writer_t writer;
    size_t channels;
    size_t group; // frames: a power of two, and whole words of input
    run_t *run;
} kernel_t;

INLINE void convert_frame(const uint8_t *in, uint8_t *out, kernel_t kernel)
{
    uint32_t left = kernel.reader.one(in);
    uint32_t right = kernel.channels == 1 ? left : kernel.reader.one(in + kernel.reader.bytes);
    kernel.writer.frame(out, left, right);
}

INLINE void convert(const void *restrict in, void *restrict out, size_t frames, kernel_t kernel)
{
    const size_t frame_bytes = kernel.reader.bytes * kernel.channels;
    const uint8_t *from = in;
    uint8_t *to = out;
    for (; frames > 0; frames--) {
        if (((uintptr_t)from & 3) == 0) {
            size_t whole = frames & ~(kernel.group - 1);
            kernel.run(from, to, whole);
            from += whole * frame_bytes;
            to += whole * kernel.writer.bytes;
            frames -= whole;
            if (frames == 0) {
                break;
            }
        }
        convert_frame(from, to, kernel);
        from += frame_bytes;
        to += kernel.writer.bytes;
    }
}

// ---- readers and writers ---------------------------------------------------------------------------------------------

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

#endif
