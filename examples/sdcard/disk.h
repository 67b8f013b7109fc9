/// @file disk.h  What FatFs's blocks went wrong about.
#ifndef SDCARD_DISK_H
#define SDCARD_DISK_H

/// The last failure of the card, as a sentence; NULL if there was none since it was mounted.
/// Ctx: task. Cost: constant. Own: as card_begin's. Fails: never.
const char *disk_trouble(void);

#endif
