// Plays the WAV files of an SD card's root, one after the other, by I2S. A card answers when it likes, now and then only after a tenth
// of a second; so the files are read here, in the task, a cushion of 300 ms ahead, and the feed takes frames from the cushion.
//
//     card (SPI) -> FatFs -> ta_stream_t -> ta_wav_t -> here -> ta_push_t (the cushion) -> feed -> pins
//
// In: a card as docs/wiring.md shows, FAT formatted; on the desktop the image that SDCARD_IMAGE names. Out: sound, and a line for each
// file. On a board it begins again when it is through, or when a card is put in; on the desktop it ends.

#include "disk.h"

#include "ff.h"

#include "tonearm/tonearm.h"

#include "pico/stdlib.h"

#include <stdio.h>
#include <string.h>

#ifndef TONEARM_DATA_PIN
#define TONEARM_DATA_PIN 9
#define TONEARM_BCLK_PIN 10
#define TONEARM_WS_PIN   11
#endif

enum {
    MEMORY_BYTES = 144 * 1024,
    CUSHION_MS = 300,
    READ_FRAMES = 1024, // whole sectors at once, two to eight KiB
    STEP_FRAMES = 256,
    PAUSE_MS = 1000,
};

TA_STATIC_SRAM(memory, MEMORY_BYTES);

static ta_arena_t arena;
static ta_i2s_t dac;
static FATFS volume;
static FIL file;
static ta_stream_t stream;
static ta_wav_t wav;
static ta_push_t push;

// ---- a file as a stream --------------------------------------------------------------------------------------------------

static int32_t read_file(ta_stream_t *s, void *to, uint32_t bytes)
{
    UINT got;
    return f_read(s->context, to, bytes, &got) == FR_OK ? (int32_t)got : TA_E_IO;
}

static ta_status_t seek_file(ta_stream_t *s, uint64_t position)
{
    return position <= UINT32_MAX && f_lseek(s->context, (FSIZE_t)position) == FR_OK ? TA_OK : TA_E_IO;
}

static void stream_from_fat(ta_stream_t *s, FIL *from)
{
    *s = (ta_stream_t){.read = read_file, .seek = seek_file, .size = f_size(from), .context = from};
}

// ---- the cushion ---------------------------------------------------------------------------------------------------------

// Reads on until the cushion is full or the file ends. NULL while there is more; else "", or why it ended.
static const char *fill(void)
{
    while (ta_push_space(&push) >= STEP_FRAMES) {
        ta_block_t block;
        ta_pull_t pulled = ta_source_pull(&wav.source, STEP_FRAMES, &block);
        if (pulled == TA_PULL_FAULT)
            return disk_trouble() ? disk_trouble() : "the file cannot be read";
        (void)ta_push_write(&push, block.data, block.frames); // there is room
        if (pulled == TA_PULL_END)
            return "";
    }
    return NULL;
}

static ta_status_t take(ta_plan_t *plan, uint32_t frames, const ta_memory_t *from, ta_failure_t *failure)
{
    ta_need_t reader, cushion;
    ta_plan_init(plan);
    ta_status_t status = ta_wav_need(&wav, READ_FRAMES, &reader);
    if (status == TA_OK)
        status = ta_push_need(&wav.info.format, frames, &cushion);
    if (status == TA_OK)
        status = ta_plan_add(plan, &reader, from);
    if (status == TA_OK)
        status = ta_plan_add(plan, &cushion, from);
    return status == TA_OK ? ta_plan_take(plan, failure) : status;
}

// A cushion of 300 ms if there is memory for that, else of 150.
static const char *take_memory(ta_plan_t *plan, const ta_memory_t *from)
{
    static char sentence[TA_SENTENCE_MAX];
    ta_failure_t failure = {.status = TA_OK};
    uint32_t frames = wav.info.format.rate_hz / 1000 * CUSHION_MS + STEP_FRAMES;
    ta_status_t status = take(plan, frames, from, &failure);
    if (status == TA_E_NOMEM) {
        frames = frames / 2;
        status = take(plan, frames, from, &failure);
    }
    if (status == TA_E_NOMEM) {
        ta_failure_sentence(&failure, sentence, sizeof sentence);
        return sentence;
    }
    if (status == TA_OK)
        status = ta_wav_init(&wav, READ_FRAMES, plan->item[0].block);
    if (status == TA_OK)
        status = ta_push_init(&push, &wav.info.format, frames, plan->item[1].block);
    return status == TA_OK ? NULL : ta_status_name(status);
}

static const char *play_through(void)
{
    const char *end = fill(); // the cushion is full before the first frame is heard
    if (ta_output_play(&dac.output, &push.source) != TA_OK)
        return "the output refuses it: its rate cannot be reached";
    while (!end) {
        sleep_ms(1);
        end = fill();
    }
    ta_push_end(&push);
    while (ta_output_busy(&dac.output) || ta_output_holds(&dac.output, &push.source))
        sleep_ms(1);
    return *end ? end : NULL;
}

// ---- files ---------------------------------------------------------------------------------------------------------------

static void report(const char *name, const char *wrong, const ta_output_stats_t *before)
{
    ta_output_stats_t after;
    ta_output_stats(&dac.output, &after);
    printf("sdcard: %s: %lu frames, %lu holes%s%s\n", name,
           (unsigned long)(after.ring.program_frames - before->ring.program_frames),
           (unsigned long)(after.ring.holes - before->ring.holes), wrong ? "; " : "", wrong ? wrong : "");
}

static void play_file(const char *name, const ta_memory_t *from)
{
    ta_plan_t plan;
    ta_output_stats_t before;
    ta_output_stats(&dac.output, &before);
    ta_plan_init(&plan);
    const char *wrong = NULL;
    if (f_open(&file, name, FA_READ) != FR_OK) {
        wrong = disk_trouble() ? disk_trouble() : "it cannot be opened";
    } else {
        stream_from_fat(&stream, &file);
        if (ta_wav_open(&wav, &stream) != TA_OK)
            wrong = disk_trouble() ? disk_trouble() : wav.error;
        if (!wrong)
            wrong = take_memory(&plan, from);
        if (!wrong)
            wrong = play_through();
        ta_plan_release(&plan);
        (void)f_close(&file);
    }
    report(name, wrong, &before);
}

static bool is_wav(const FILINFO *entry)
{
    size_t length = strlen(entry->fname);
    const char *end = entry->fname + length - 4;
    return !(entry->fattrib & (AM_DIR | AM_HID)) && length > 4 && entry->fname[0] != '.' && end[0] == '.' &&
           (end[1] | 32) == 'w' && (end[2] | 32) == 'a' && (end[3] | 32) == 'v';
}

// Returns how many files there were, or -1 after a sentence.
static int play_card(const ta_memory_t *from)
{
    static DIR folder;
    static FILINFO entry;
    int files = 0;
    FRESULT result = f_mount(&volume, "", 1);
    if (result == FR_OK)
        result = f_opendir(&folder, "");
    if (result != FR_OK) {
        printf("sdcard: %s\n", disk_trouble() ? disk_trouble()
                               : result == FR_NO_FILESYSTEM
                                   ? "the card has no FAT file system: format it as FAT32, not exFAT"
                                   : "the card's file system cannot be read");
        return -1;
    }
    while ((result = f_readdir(&folder, &entry)) == FR_OK && entry.fname[0]) {
        if (!is_wav(&entry))
            continue;
        files++;
        play_file(entry.fname, from);
    }
    if (result != FR_OK)
        printf("sdcard: %s\n", disk_trouble() ? disk_trouble() : "the card's folder cannot be read");
    (void)f_closedir(&folder);
    (void)f_unmount("");
    if (result == FR_OK && !files)
        printf("sdcard: there is no WAV file in the card's root\n");
    return result == FR_OK ? files : -1;
}

int main(void)
{
    static const ta_i2s_config_t pins = {
        .data_pin = TONEARM_DATA_PIN, .bclk_pin = TONEARM_BCLK_PIN, .ws_pin = TONEARM_WS_PIN};
    stdio_init_all();
    if (ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) != TA_OK)
        return 1;
    ta_memory_t everything = ta_memory_all(&arena.mem);
    if (ta_i2s_open(&dac, &pins, &everything) != TA_OK) {
        printf("sdcard: %s\n", dac.error);
        return 1;
    }
    int files;
    do {
        files = play_card(&everything);
        printf("sdcard: through\n");
        sleep_ms(PAUSE_MS);
    } while (PICO_ON_DEVICE);
    ta_i2s_close(&dac);
    return files > 0 ? 0 : 1;
}
