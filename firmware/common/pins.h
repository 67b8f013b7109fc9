/// @file pins.h  The pins of a board's DAC and of its PWM filter, for every program of firmware/: one place. The build may name others:
/// tools/firmware.sh -DTONEARM_DATA_PIN=26 -DTONEARM_BCLK_PIN=27 -DTONEARM_WS_PIN=28 -DTONEARM_LEFT_PIN=2 -DTONEARM_RIGHT_PIN=3
#ifndef FIRMWARE_PINS_H
#define FIRMWARE_PINS_H

#ifndef TONEARM_DATA_PIN
#define TONEARM_DATA_PIN 9
#define TONEARM_BCLK_PIN 10
#define TONEARM_WS_PIN   11 // word select: the neighbour of the bit clock
#endif

#ifndef TONEARM_LEFT_PIN
#define TONEARM_LEFT_PIN  14
#define TONEARM_RIGHT_PIN 15 // of the same slice
#endif

#endif
