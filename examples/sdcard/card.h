/// @file card.h  Blocks of an SD card: card_spi.c reads them from a card, card_file.c, on the desktop, from an image of one.
#ifndef SDCARD_CARD_H
#define SDCARD_CARD_H

#include <stdint.h>

enum { CARD_BLOCK = 512 };

/// Both return NULL, or a sentence that says what went wrong and what to do, valid until the next call.

/// Find out what card is there, and make it ready. Again after it has been changed.
/// Ctx: task. Cost: up to a second, while the card starts. Own: SPI and pins, for good.
const char *card_begin(void);

/// Read `count` blocks from number `block` on.
/// Ctx: task. Cost: 0.4 ms a block, and whatever the card takes, half a second at most. Own: none.
const char *card_read(uint32_t block, uint8_t *to, unsigned count);

/// How many blocks the card has; 0 before card_begin. Ctx: task. Cost: constant. Own: none.
uint32_t card_blocks(void);

#endif
