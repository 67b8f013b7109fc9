/// @file chip_rig.h  What the tests of the virtual chip share: memory in registered SRAM, a record of pin changes, and
/// state machines with a few instructions.
#ifndef TEST_SUPPORT_CHIP_RIG_H
#define TEST_SUPPORT_CHIP_RIG_H

#include "chip/chip.h"
#include "hardware/pio.h"

enum { RIG_EVENTS_MAX = 4096 };

/// A change of pins.
typedef struct {
    uint64_t cycle, levels, changed;
} rig_event_t;

/// What a listener has seen since rig_boot or rig_forget.
typedef struct {
    rig_event_t event[RIG_EVENTS_MAX];
    unsigned events, lost;
} rig_record_t;
extern rig_record_t rig_record;

/// Power a board up, with hooks of `hook_cycles`, and record every pin. Fails the test if it cannot.
void rig_boot(const char *board, uint32_t hook_cycles);
/// Forget the record so far.
void rig_forget(void);
/// SRAM of that alignment, zeroed, registered for DMA under a name.
void *rig_sram(size_t bytes, size_t align, const char *name);
/// Bus address of a pointer.
uint32_t rig_address(const volatile void *pointer);
/// Put `count` instructions at 0 of `pio`, set up state machine `sm` to start there and wrap around all of them, with
/// output pins 0 to 7 for OUT and SET. Not enabled.
void rig_program(PIO pio, uint sm, const uint16_t *instructions, unsigned count, const pio_sm_config *config);
/// True when `act`, in a process of its own, panics with a message that contains `word`. `act` powers its own chip up.
bool rig_panics(void (*act)(void), const char *word);
/// A configuration: OUT pins 0-7, SET pins 0-4, IN pins from 0, divider 1.
pio_sm_config rig_config(void);

#endif
