// The desktop's card: an image of one. In: the file that SDCARD_IMAGE names. Out: its blocks.

#include "card.h"

#include "pico.h"

#if !PICO_ON_DEVICE

#include <stdio.h>
#include <stdlib.h>

static FILE *image;
static uint32_t blocks;

const char *card_begin(void)
{
    const char *name = getenv("SDCARD_IMAGE");
    if (!name)
        return "SDCARD_IMAGE names no image of a card: make one with mkfs.fat and mcopy";
    if (image)
        (void)fclose(image);
    image = fopen(name, "rb");
    if (!image || fseek(image, 0, SEEK_END) != 0)
        return "the file that SDCARD_IMAGE names cannot be read";
    long bytes = ftell(image);
    blocks = bytes > 0 ? (uint32_t)(bytes / CARD_BLOCK) : 0;
    return NULL;
}

const char *card_read(uint32_t block, uint8_t *to, unsigned count)
{
    if (block >= blocks || count > blocks - block)
        return "a block beyond the image's end was asked for: its file system is damaged";
    if (fseek(image, (long)block * CARD_BLOCK, SEEK_SET) != 0 || fread(to, CARD_BLOCK, count, image) != count)
        return "the image cannot be read";
    return NULL;
}

uint32_t card_blocks(void)
{
    return blocks;
}

#endif
