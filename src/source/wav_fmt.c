// The fmt chunk of a WAV file, and the sentences about WAV files.
//
// In: the chunk's bytes. Out: what the source gives (format), how frames lie in the file (bits, bytes of a frame), or
// a sentence that names the field, its byte and a way out. What a sample's container is follows from the block align
// when the bits do not fill it: WAV puts the valid bits at the top, so the container can be played as it is.
#include "wav_header.h"

#include <string.h>

#define CONVERT_SOX    "convert it with: sox in.wav -e signed -b 16 out.wav"
#define CONVERT_FFMPEG "convert it with: ffmpeg -i in.wav -c:a pcm_s16le out.wav"

enum {
    FMT_TAG = 0, // offsets in the body
    FMT_CHANNELS = 2,
    FMT_RATE = 4,
    FMT_ALIGN = 12,
    FMT_BITS = 14,
    FMT_VALID_BITS = 18,
    FMT_GUID = 24,
    FMT_EXTENSIBLE_BYTES = 40,
    GUID_TAIL_BYTES = 14,
};

// KSDATAFORMAT_SUBTYPE_xxx: a 16-bit tag, then these bytes.
static const uint8_t guid_tail[GUID_TAIL_BYTES] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71};

typedef struct {
    uint16_t tag;
    bool sox; // sox decodes it; the others need ffmpeg
    const char *name;
} codec_t;

static const codec_t codecs[] = {
    {0x0002, true, "MS ADPCM"}, {0x0006, true, "A-law"},   {0x0007, true, "mu-law"}, {0x0011, true, "IMA ADPCM"},
    {0x0031, true, "GSM 6.10"}, {0x0040, false, "G.721"},  {0x0045, false, "G.726"}, {0x0050, false, "MPEG"},
    {0x0055, false, "MP3"},     {0x00FF, false, "AAC"},    {0x0161, false, "WMA"},   {0x0162, false, "WMA Pro"},
    {0x1610, false, "HE-AAC"},  {0x2000, false, "AC-3"},   {0x2001, false, "DTS"},   {0x566F, false, "Vorbis"},
    {0xF1AC, false, "FLAC"},    {0x674F, false, "Vorbis"}, {0x704F, false, "Opus"},
};

static char *put_text(char *at, const char *end, const char *text)
{
    while (at < end && *text != '\0') {
        *at++ = *text++;
    }
    return at;
}

static char *put_number(char *at, const char *end, uint64_t number, unsigned base, unsigned digits_min)
{
    char digits[24];
    unsigned place = sizeof digits - 1;
    digits[place] = '\0';
    for (unsigned count = 0; number > 0 || count < digits_min; count++, number /= base) {
        digits[--place] = "0123456789ABCDEF"[number % base];
    }
    return put_text(at, end, &digits[place]);
}

ta_status_t ta_wav_say(ta_wav_t *wav, ta_status_t status, const char *pattern, const char *name,
                       const uint64_t *numbers)
{
    char *at = wav->error;
    const char *end = wav->error + sizeof wav->error - 1;
    for (; *pattern != '\0' && at < end; pattern++) {
        if (*pattern == '@') {
            at = put_text(at, end, name);
        } else if (*pattern == '#') {
            at = put_number(at, end, *numbers++, 10, 1);
        } else if (*pattern == '$') {
            at = put_number(at, end, *numbers++, 16, 4);
        } else {
            *at++ = *pattern;
        }
    }
    *at = '\0';
    return status;
}

static ta_status_t refuse(ta_wav_t *wav, const char *pattern, uint64_t first, uint64_t second, uint64_t third)
{
    const uint64_t numbers[] = {first, second, third};
    return ta_wav_say(wav, TA_E_FORMAT, pattern, "", numbers);
}

static ta_status_t refuse_tag(ta_wav_t *wav, uint16_t tag, uint64_t at)
{
    const uint64_t numbers[] = {tag, at};
    const codec_t *codec = NULL;
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        if (codecs[i].tag == tag) {
            codec = &codecs[i];
        }
    }
    if (codec != NULL && codec->sox) {
        return ta_wav_say(wav, TA_E_FORMAT, "format tag 0x$ (@) at byte # is not PCM or float32; " CONVERT_SOX,
                          codec->name, numbers);
    }
    return ta_wav_say(wav, TA_E_FORMAT, "format tag 0x$ (@) at byte # is not PCM or float32; " CONVERT_FFMPEG,
                      codec != NULL ? codec->name : "unknown", numbers);
}

// The tag, and for an extensible header the valid bits, which replace nothing but the report.
static ta_status_t read_tag(ta_wav_t *wav, const uint8_t *body, uint64_t size, uint64_t at)
{
    ta_wav_info_t *info = &wav->info;
    info->tag = wav_u16(body + FMT_TAG);
    info->extensible = info->tag == WAV_TAG_EXTENSIBLE;
    if (info->extensible) {
        if (size < FMT_EXTENSIBLE_BYTES) {
            return refuse(wav, "the extensible fmt chunk at byte # has # bytes, fewer than #: damaged; " CONVERT_FFMPEG,
                          at, size, FMT_EXTENSIBLE_BYTES);
        }
        if (memcmp(body + FMT_GUID + 2, guid_tail, GUID_TAIL_BYTES) != 0) {
            return refuse(wav, "the sub-format GUID $... at byte # is not PCM or float32; " CONVERT_FFMPEG,
                          wav_u32(body + FMT_GUID), at + FMT_GUID, 0);
        }
        info->tag = wav_u16(body + FMT_GUID);
        at += FMT_GUID;
    }
    return info->tag == WAV_TAG_PCM || info->tag == WAV_TAG_FLOAT ? TA_OK : refuse_tag(wav, info->tag, at + FMT_TAG);
}

static ta_status_t read_shape(ta_wav_t *wav, const uint8_t *body, uint64_t at)
{
    ta_wav_info_t *info = &wav->info;
    uint16_t bits = wav_u16(body + FMT_BITS);
    uint16_t align = wav_u16(body + FMT_ALIGN);
    info->channels = wav_u16(body + FMT_CHANNELS);
    info->format.rate_hz = wav_u32(body + FMT_RATE);
    if (info->channels == 0) {
        return refuse(wav, "0 channels at byte #: the header is damaged; get the file again", at + FMT_CHANNELS, 0, 0);
    }
    if (info->format.rate_hz == 0) {
        return refuse(wav, "0 Hz at byte #: the header is damaged; get the file again", at + FMT_RATE, 0, 0);
    }
    if (info->format.rate_hz < TA_RATE_MIN_HZ || info->format.rate_hz > TA_RATE_MAX_HZ) {
        return refuse(wav,
                      "# Hz at byte # is not within 1000 to 384000 Hz; convert it with: sox in.wav out.wav rate 48000",
                      info->format.rate_hz, at + FMT_RATE, 0);
    }
    if (info->tag == WAV_TAG_FLOAT && bits != 32) {
        return refuse(wav, "float of # bits at byte # is not float32; " CONVERT_SOX, bits, at + FMT_BITS, 0);
    }
    if (bits == 0 || bits > 32) {
        return refuse(wav, "# bits a sample at byte # is not within 1 to 32; " CONVERT_FFMPEG, bits, at + FMT_BITS, 0);
    }
    unsigned container = align / info->channels; // bytes
    if (align % info->channels != 0 || container * 8 < bits || container > 4) {
        const uint64_t numbers[] = {align, at + FMT_ALIGN, info->channels, bits};
        return ta_wav_say(
            wav, TA_E_FORMAT,
            "block align # at byte # does not fit # channels of # bits: the header is damaged; get the file again", "",
            numbers);
    }
    info->valid_bits = bits;
    info->bits = (uint16_t)(container * 8);
    wav->file_frame_bytes = align;
    return TA_OK;
}

static ta_status_t read_valid_bits(ta_wav_t *wav, const uint8_t *body, uint64_t at)
{
    ta_wav_info_t *info = &wav->info;
    uint16_t valid = wav_u16(body + FMT_VALID_BITS);
    if (!info->extensible || valid == 0) { // 0 is found in the wild, and says nothing
        return TA_OK;
    }
    if (valid > info->bits) {
        return refuse(wav,
                      "# valid bits at byte # do not fit the # of a sample: the header is damaged; get the file again",
                      valid, at + FMT_VALID_BITS, info->bits);
    }
    info->valid_bits = valid;
    return TA_OK;
}

ta_status_t ta_wav_fmt_read(ta_wav_t *wav, const uint8_t *body, uint64_t size, uint64_t at)
{
    static const ta_sample_t by_bytes[] = {TA_SAMPLE_U8, TA_SAMPLE_S16, TA_SAMPLE_S24, TA_SAMPLE_S32};
    ta_status_t status = read_tag(wav, body, size, at);
    if (status == TA_OK) {
        status = read_shape(wav, body, at);
    }
    if (status == TA_OK) {
        status = read_valid_bits(wav, body, at);
    }
    if (status == TA_OK) {
        wav->info.format.sample = by_bytes[wav->info.bits / 8 - 1];
        wav->info.format.channels = wav->info.channels > 1 ? 2 : 1;
    }
    return status;
}
