// An SD card on SPI. In: block numbers. Out: blocks whose checksum is right, or a sentence.
// Every fact is from the SD Physical Layer Simplified Specification 6.00, chapter 7 (SPI mode), whose sections are cited. Every wait has
// an end. What fails is tried again twice, for a spark on a wire should not end a song.

#include "card.h"

#include "pico.h"

#if PICO_ON_DEVICE

#include "hardware/gpio.h"
#include "hardware/spi.h"
#include "pico/stdlib.h"

#include <stdbool.h>
#include <stdio.h>

#ifndef CARD_MISO_PIN
#define CARD_MISO_PIN 16
#define CARD_CS_PIN   17
#define CARD_SCK_PIN  18
#define CARD_MOSI_PIN 19
#endif
#ifndef CARD_SPI
#define CARD_SPI spi0
#endif
#ifndef CARD_HZ
#define CARD_HZ 12500000 // of 25 MHz that every card bears, for wires that are no circuit board
#endif
#ifndef CARD_CRC
#define CARD_CRC 1 // 0: believe the wires, and save a tenth of the time
#endif

enum {
    GO_IDLE = 0,
    SEND_IF_COND = 8,
    SEND_CSD = 9,
    STOP_TRANSMISSION = 12,
    SET_BLOCKLEN = 16,
    READ_SINGLE = 17,
    READ_MULTIPLE = 18,
    SD_SEND_OP_COND = 41, // behind APP_CMD
    APP_CMD = 55,
    READ_OCR = 58,
    CRC_ON_OFF = 59,
    // R1 (7.3.2.1)
    R1_READY = 0,
    R1_IDLE = 1,
    R1_ILLEGAL = 4,
    R1_NONE = 0xff,
    DATA_TOKEN = 0xfe,  // 7.3.3.2
    WAKE_HZ = 400000,   // 6.4.1: while it starts
    WAKE_BYTES = 10,    // 6.4.1.1: at least 74 clocks with CS high
    START_US = 1000000, // 4.2.3: a card is ready within a second
    ANSWER_BYTES = 8,   // 7.5.4: NCR is at most 8 bytes
    DATA_US = 500000,   // longer than the 100 ms of 4.6.2.1, for cards that take more
    LONG_US = 2000,     // what most blocks take is less
    REST_US = 100,
    TRIES = 3,
};

static bool by_block; // addresses count blocks, not bytes: SDHC and SDXC (4.3.14)
static uint32_t blocks;
static char sentence[120];

static const char *fail(const char *what, unsigned command, unsigned answer)
{
    (void)snprintf(sentence, sizeof sentence, "%s (CMD%u answered %02x)", what, command, answer);
    return sentence;
}

// ---- bytes -----------------------------------------------------------------------------------------------------------------

static uint8_t get(void)
{
    uint8_t byte;
    spi_read_blocking(CARD_SPI, 0xff, &byte, 1);
    return byte;
}

static void select_card(bool on)
{
    gpio_put(CARD_CS_PIN, !on);
    (void)get(); // the card lets go of, or takes, its wire with the next clocks (7.5.1)
}

static uint8_t crc7(const uint8_t *bytes, unsigned count) // x^7 + x^3 + 1 (4.5)
{
    uint8_t crc = 0;
    for (unsigned n = 0; n < count; n++) {
        for (uint8_t bit = 0x80; bit; bit >>= 1) {
            bool carry = ((crc & 0x40) != 0) != ((bytes[n] & bit) != 0);
            crc = (uint8_t)(crc << 1 ^ (carry ? 0x09 : 0));
        }
    }
    return (uint8_t)(crc << 1 | 1);
}

static uint16_t crc16(const uint8_t *bytes, unsigned count) // x^16 + x^12 + x^5 + 1 (4.5), four bits at a time
{
    static const uint16_t table[16] = {0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
                                       0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef};
    uint16_t crc = 0;
    for (unsigned n = 0; n < count; n++) {
        crc = (uint16_t)(crc << 4 ^ table[(crc >> 12 ^ bytes[n] >> 4) & 15]);
        crc = (uint16_t)(crc << 4 ^ table[(crc >> 12 ^ bytes[n]) & 15]);
    }
    return crc;
}

// ---- commands ---------------------------------------------------------------------------------------------------------------

static uint8_t command(unsigned number, uint32_t argument)
{
    uint8_t frame[6] = {(uint8_t)(0x40 | number), (uint8_t)(argument >> 24), (uint8_t)(argument >> 16),
                        (uint8_t)(argument >> 8), (uint8_t)argument,         0};
    frame[5] = crc7(frame, 5);
    spi_write_blocking(CARD_SPI, frame, sizeof frame);
    if (number == STOP_TRANSMISSION)
        (void)get(); // a byte that means nothing (7.3.1.3)
    uint8_t answer = R1_NONE;
    for (int n = 0; n <= ANSWER_BYTES && (answer & 0x80); n++)
        answer = get();
    return answer;
}

static uint8_t alone(unsigned number, uint32_t argument, uint8_t *more, unsigned count)
{
    select_card(true);
    uint8_t answer = command(number, argument);
    for (unsigned n = 0; n < count; n++)
        more[n] = get();
    select_card(false);
    return answer;
}

// The first byte that is not 0xff, or 0xff after `limit_us`. A card that takes long is asked now and then only, and the processor rests.
static uint8_t get_at_last(uint64_t limit_us)
{
    uint64_t began = time_us_64(), spent = 0;
    uint8_t answer = get();
    while (answer == 0xff && spent < limit_us) {
        if (spent > LONG_US)
            sleep_us(REST_US);
        answer = get();
        spent = time_us_64() - began;
    }
    return answer;
}

static const char *receive(uint8_t *to, unsigned bytes, unsigned number)
{
    uint8_t token = get_at_last(DATA_US);
    if (token != DATA_TOKEN)
        return fail(token == 0xff ? "the card sends no data: is it still there?"
                                  : "the card reports an error: try another one",
                    number, token);
    spi_read_blocking(CARD_SPI, 0xff, to, bytes);
    uint16_t sum = (uint16_t)(get() << 8);
    sum |= get();
    if (CARD_CRC && sum != crc16(to, bytes))
        return fail("data came with a wrong checksum: shorten the wires, or lower CARD_HZ", number, token);
    return NULL;
}

// ---- the start ----------------------------------------------------------------------------------------------------------------

static void open_pins(void)
{
    spi_init(CARD_SPI, WAKE_HZ);
    gpio_set_function(CARD_MISO_PIN, GPIO_FUNC_SPI);
    gpio_set_function(CARD_SCK_PIN, GPIO_FUNC_SPI);
    gpio_set_function(CARD_MOSI_PIN, GPIO_FUNC_SPI);
    gpio_pull_up(CARD_MISO_PIN); // without a card it reads ones
    gpio_init(CARD_CS_PIN);
    gpio_put(CARD_CS_PIN, true);
    gpio_set_dir(CARD_CS_PIN, GPIO_OUT);
}

// Until it is no longer idle; version 1 cards know nothing of blocks as addresses.
static const char *start(bool version2)
{
    uint64_t until = time_us_64() + START_US;
    uint8_t answer = R1_READY;
    do {
        if (answer == R1_IDLE)
            sleep_ms(1); // it may take a second: no need to ask more often
        answer = alone(APP_CMD, 0, NULL, 0);
        if (!(answer & ~R1_IDLE))
            answer = alone(SD_SEND_OP_COND, version2 ? 1U << 30 : 0, NULL, 0);
        if (answer & ~R1_IDLE)
            return fail("this is no SD card", SD_SEND_OP_COND, answer);
    } while (answer == R1_IDLE && time_us_64() < until);
    return answer == R1_READY ? NULL
                              : fail("the card does not become ready within a second: take it out and put it back",
                                     SD_SEND_OP_COND, answer);
}

// Capacity (5.3.2, 5.3.3): version 2 in units of 512 KiB; version 1 as a mantissa and two exponents.
static const char *measure(void)
{
    uint8_t csd[16];
    select_card(true);
    uint8_t answer = command(SEND_CSD, 0);
    const char *wrong = answer == R1_READY ? receive(csd, sizeof csd, SEND_CSD)
                                           : fail("the card does not say how large it is", SEND_CSD, answer);
    select_card(false);
    if (wrong)
        return wrong;
    if (csd[0] >> 6 == 1) {
        blocks = (((uint32_t)csd[7] & 0x3f) << 16 | (uint32_t)csd[8] << 8 | csd[9]) * 1024 + 1024;
    } else {
        uint32_t size = ((uint32_t)csd[6] & 3) << 10 | (uint32_t)csd[7] << 2 | csd[8] >> 6;
        unsigned multiplier = (csd[9] & 3U) << 1 | csd[10] >> 7, length = csd[5] & 15;
        blocks = (size + 1) << (multiplier + 2) << length >> 9;
    }
    return NULL;
}

static const char *begin(void)
{
    uint8_t more[4];
    for (int n = 0; n < WAKE_BYTES; n++)
        (void)get();
    uint8_t answer = R1_NONE;
    for (int n = 0; n < TRIES && answer != R1_IDLE; n++)
        answer = alone(GO_IDLE, 0, NULL, 0);
    if (answer != R1_IDLE)
        return fail(answer == R1_NONE ? "no card answers: is one there, and wired as docs/wiring.md shows?"
                                      : "this is no SD card in SPI mode",
                    GO_IDLE, answer);
    answer = alone(SEND_IF_COND, 0x1aa, more, 4); // 2.7 to 3.6 V, and a pattern to be repeated (4.3.13)
    bool version2 = !(answer & R1_ILLEGAL);
    if (version2 && (answer != R1_IDLE || (more[2] & 15) != 1 || more[3] != 0xaa))
        return fail("the card does not take 3.3 V, or its answers are garbled: check the wires", SEND_IF_COND, answer);
    const char *wrong = start(version2);
    if (wrong)
        return wrong;
    answer = alone(READ_OCR, 0, more, 4);
    if (answer != R1_READY)
        return fail("the card does not say what it is", READ_OCR, answer);
    by_block = version2 && (more[0] & 0x40) != 0;
    answer = alone(CRC_ON_OFF, CARD_CRC, NULL, 0);
    if (answer == R1_READY && !by_block)
        answer = alone(SET_BLOCKLEN, CARD_BLOCK, NULL, 0);
    if (answer != R1_READY)
        return fail("the card refuses checksums, or blocks of 512 bytes: try another one",
                    by_block ? CRC_ON_OFF : SET_BLOCKLEN, answer);
    (void)spi_set_baudrate(CARD_SPI, CARD_HZ);
    return measure();
}

const char *card_begin(void)
{
    blocks = 0;
    open_pins();
    return begin();
}

uint32_t card_blocks(void)
{
    return blocks;
}

// ---- reading ------------------------------------------------------------------------------------------------------------------

static const char *read_once(uint32_t block, uint8_t *to, unsigned count)
{
    unsigned number = count == 1 ? READ_SINGLE : READ_MULTIPLE;
    select_card(true);
    uint8_t answer = command(number, by_block ? block : block * CARD_BLOCK);
    const char *wrong = answer == R1_READY ? NULL
                        : answer == R1_NONE
                            ? fail("the card does not answer: is it still there?", number, answer)
                            : fail("the card refuses to read: take it out and put it back", number, answer);
    for (unsigned n = 0; n < count && !wrong; n++)
        wrong = receive(to + (size_t)n * CARD_BLOCK, CARD_BLOCK, number);
    if (count > 1 && answer == R1_READY) {
        (void)command(STOP_TRANSMISSION, 0);
        uint64_t until = time_us_64() + DATA_US;
        while (get() != 0xff && time_us_64() < until) // busy (7.3.2.2)
            tight_loop_contents();
    }
    select_card(false);
    return wrong;
}

const char *card_read(uint32_t block, uint8_t *to, unsigned count)
{
    if (block >= blocks || count > blocks - block)
        return "a block beyond the card's end was asked for: its file system is damaged";
    const char *wrong = read_once(block, to, count);
    for (int n = 1; n < TRIES && wrong; n++)
        wrong = read_once(block, to, count);
    return wrong;
}

#endif
