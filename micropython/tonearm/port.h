// What differs between MicroPython's ports. unix/port.c: the virtual chip, the sound card, a file. rp2/port.c: the chip.
#ifndef TONEARM_MICROPYTHON_PORT_H
#define TONEARM_MICROPYTHON_PORT_H

#include "config.h"
#include "port_output.h" // this port's port_output_t

#include "tonearm/guard.h"
#include "tonearm/meter.h"

#include "py/obj.h"

/// Around every call of the library: nothing raises, and nobody else is inside.
void port_enter(void);
void port_leave(void);

/// Is this the thread that outputs belong to?
bool port_is_here(void);

/// Before the first output is planned or opened. False after a sentence in `error`, of TA_SENTENCE_MAX bytes.
bool port_begin(char *error);
/// The same; raises.
void port_need(void);
/// The clock of the outputs, microseconds.
uint64_t port_now_us(void);

/// Open an output; the sentence of a failure is in `error`. Inside.
ta_status_t port_open(port_output_t *port, const output_config_t *config, const ta_memory_t *memory, char *error);
/// Inside.
void port_close(port_output_t *port);
ta_output_t *port_output(port_output_t *port);
/// Why nothing can be heard any more, as a sentence; NULL when all is well.
const char *port_trouble(const port_output_t *port);
/// Does this output need machine pins of a chip? The sound card does not.
bool port_has_pins(void);

/// Let `us` microseconds go by for the library, not for the VM. Inside or outside.
void port_wait_us(uint32_t us);
/// Somebody asks how far things are: where time is virtual, a moment passes.
void port_moment(void);

/// What the meters of all sources look at. NULL: they are not metered.
ta_meter_clock_t *port_meter_clock(void);
/// What a source's time is told in, and how much of it a tick of that clock is.
const char *port_meter_unit(void);
mp_float_t port_meter_tick(void);
/// By which mixers and synthesizers see that there is no time for all their voices.
const ta_guard_config_t *port_guard(void);

ta_chip_t port_chip(void);
/// SRAM that is kept back from the VM.
void port_kept_back(void **base, size_t *bytes);
/// A block of class DMA was taken (or, with 0 bytes, given back). Inside.
void port_dma_block(void *block, size_t bytes, const char *name);
/// GPIOs that there are.
int port_pins(void);
/// The GPIO that a pin object of this port means. False: it is no such object.
bool port_pin(mp_obj_t object, unsigned *gpio);

#endif
