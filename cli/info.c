// tonearm info and tonearm boards: what a file is, and which boards there are.

#include "cli.h"
#include "facts.h"
#include "json.h"

#include <inttypes.h>

enum { BITS_MAX = 32 }; // of an output: nothing is lost

static void print_info(const input_t *input)
{
    const ta_wav_info_t *info = &input->wav.info;
    char text[INPUT_TEXT_MAX];
    input_print(input, stdout);
    (void)printf("  plays as  %s %s at %" PRIu32 " Hz\n", ta_sample_name(info->format.sample),
                 info->format.channels == 1 ? "mono" : "stereo", info->format.rate_hz);
    (void)printf("  header    tag %u%s%s, %u of %u bits valid, data at byte %" PRIu64 "\n", info->tag,
                 info->extensible ? " (extensible)" : "", info->rf64 ? ", RF64" : "", info->valid_bits, info->bits,
                 info->data_offset);
    if (info->has_loop && info->loop_times == TA_LOOP_FOREVER) {
        (void)printf("  loop      frames %" PRIu64 " to %" PRIu64 ", for ever (with --smpl-loop)\n", info->loop_start,
                     info->loop_end);
    } else if (info->has_loop) {
        (void)printf("  loop      frames %" PRIu64 " to %" PRIu64 ", %" PRIu32 " times more (with --smpl-loop)\n",
                     info->loop_start, info->loop_end, info->loop_times);
    }
    for (unsigned n = 0; n < INPUT_NOTES; n++) {
        const char *note = input_note(input, n, BITS_MAX, text);
        if (note)
            (void)printf("  note      %s\n", note);
    }
}

int cli_info(const options_t *options)
{
    static input_t input;
    int code = input_open(&input, options->file);
    if (code != CLI_OK)
        return code;
    if (options->json) {
        cJSON *json = cJSON_CreateObject();
        json_text(json, "file", input.name);
        (void)cJSON_AddItemToObject(json, "source", source_json(&input));
        if (!json_print(json, stdout))
            code = cli_say(CLI_FAILED, "cannot write to standard output");
    } else {
        print_info(&input);
    }
    input_close(&input);
    return code == CLI_OK ? cli_finish_stdout(CLI_OK) : code;
}

static const char *size_text(uint32_t bytes, char text[CLI_NUMBER_MAX])
{
    if (bytes >> 20 && bytes % (1 << 20) == 0) {
        (void)snprintf(text, CLI_NUMBER_MAX, "%" PRIu32 " MiB", bytes >> 20);
    } else if (bytes % 1024 == 0) {
        (void)snprintf(text, CLI_NUMBER_MAX, "%" PRIu32 " KiB", bytes >> 10);
    } else {
        (void)snprintf(text, CLI_NUMBER_MAX, "%" PRIu32, bytes);
    }
    return text;
}

static void print_boards(void)
{
    (void)printf("%-24s %-6s %7s %6s %6s  %-13s %s\n", "board", "chip", "clock", "flash", "PSRAM", "VM heap", "GPIOs");
    for (const chip_board_t *b = chip_boards(); b->name; b++) {
        char flash[CLI_NUMBER_MAX], psram[CLI_NUMBER_MAX] = "-", heap[CLI_NUMBER_MAX];
        if (b->psram_bytes)
            (void)size_text(b->psram_bytes, psram);
        (void)printf("%-24s %-6s %3" PRIu32 " MHz %6s %6s  %-7s %-5s %u,%u,%u\n", b->name, chip_name(b->chip),
                     b->system_hz / 1000000, size_text(b->flash_bytes, flash), psram, size_text(b->vm_heap_bytes, heap),
                     b->vm_heap_in_psram ? "PSRAM" : "SRAM", b->data_pin, b->bclk_pin, b->ws_pin);
    }
    (void)puts("GPIOs: data, bit clock, word select");
}

static bool print_boards_json(void)
{
    cJSON *json = cJSON_CreateArray();
    for (const chip_board_t *b = chip_boards(); b->name; b++) {
        cJSON *board = cJSON_CreateObject();
        json_text(board, "board", b->name);
        json_text(board, "chip", chip_name(b->chip));
        json_count(board, "system_hz", b->system_hz);
        json_count(board, "flash_bytes", b->flash_bytes);
        json_count(board, "psram_bytes", b->psram_bytes);
        json_count(board, "pins", b->pins);
        json_count(board, "static_bytes", b->static_bytes);
        json_count(board, "vm_heap_bytes", b->vm_heap_bytes);
        (void)cJSON_AddBoolToObject(board, "vm_heap_in_psram", b->vm_heap_in_psram);
        json_count(board, "data_pin", b->data_pin);
        json_count(board, "bclk_pin", b->bclk_pin);
        json_count(board, "lrclk_pin", b->ws_pin);
        (void)cJSON_AddItemToArray(json, board);
    }
    return json_print(json, stdout);
}

int cli_boards(const options_t *options)
{
    if (!options->json) {
        print_boards();
    } else if (!print_boards_json()) {
        return cli_say(CLI_FAILED, "cannot write to standard output");
    }
    return cli_finish_stdout(CLI_OK);
}
