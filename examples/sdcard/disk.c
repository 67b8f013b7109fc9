// FatFs's blocks are the card's. In: FatFs's calls. Out: blocks; what went wrong is kept for people.

#include "disk.h"
#include "card.h"

#include "ff.h"

#include "diskio.h"

static const char *trouble;

const char *disk_trouble(void)
{
    return trouble;
}

DSTATUS disk_initialize(BYTE drive)
{
    trouble = drive ? "there is one card only" : card_begin();
    return trouble ? STA_NOINIT : 0;
}

DSTATUS disk_status(BYTE drive)
{
    return drive || !card_blocks() ? STA_NOINIT : 0;
}

DRESULT disk_read(BYTE drive, BYTE *to, LBA_t sector, UINT count)
{
    if (drive)
        return RES_PARERR;
    const char *wrong = card_read(sector, to, count);
    if (wrong)
        trouble = wrong;
    return wrong ? RES_ERROR : RES_OK;
}
