// wav_dump FILE|- : the frames that the WAV source lends, as they are, to standard output.
//
// In: a file, or standard input as a pipe. Out: interleaved frames in the source's format, and on standard error one
// line "format channels rate frames", or the reader's sentence. Exit code 0 only if the program came to its end.
#include "tonearm/wav.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int dump(ta_wav_t *wav, void *storage)
{
    unsigned frame_bytes = ta_frame_bytes(&wav->source.format);
    ta_pull_t result = TA_PULL_MORE;
    uint64_t frames = 0;
    if (ta_wav_init(wav, 0, storage) != TA_OK) {
        return 1;
    }
    for (uint32_t pull = 1; result == TA_PULL_MORE; pull = pull % 300 + 1) { // every size of pull in turn
        ta_block_t block;
        result = ta_source_pull(&wav->source, pull, &block);
        if (block.frames > 0 && fwrite(block.data, frame_bytes, block.frames, stdout) != block.frames) {
            return 1;
        }
        frames += block.frames;
    }
    fprintf(stderr, "%s %u %" PRIu32 " %" PRIu64 "\n", ta_sample_name(wav->source.format.sample),
            (unsigned)wav->source.format.channels, wav->source.format.rate_hz, frames);
    return result == TA_PULL_END ? 0 : 1;
}

int main(int count, char **arguments)
{
    FILE *file = count == 2 && strcmp(arguments[1], "-") != 0 ? fopen(arguments[1], "rb") : stdin;
    static ta_wav_t wav;
    ta_stream_t stream;
    ta_need_t need;
    if (count != 2 || file == NULL) {
        fprintf(stderr, "usage: wav_dump FILE|-\n");
        return 2;
    }
    ta_stream_from_file(&stream, file);
    if (ta_wav_open(&wav, &stream) != TA_OK) {
        fprintf(stderr, "%s\n", wav.error);
        return 1;
    }
    if (ta_wav_need(&wav, 0, &need) != TA_OK) {
        return 1;
    }
    void *storage = malloc(need.bytes);
    int result = storage == NULL ? 1 : dump(&wav, storage);
    free(storage);
    if (file != stdin) {
        (void)fclose(file);
    }
    return result;
}
