// The trace: what the pins do, as a value change dump that other programs read. In: changes of three pins. Out: text, at
// a timescale of 1 ns. A change is written when it happens; nothing is kept but the time of the last line.

#include "chip/model.h"

#include <inttypes.h>
#include <stdio.h>

enum { WIRES = 3 };
static const char names[WIRES][6] = {"bclk", "lrclk", "data"};
static const char codes[WIRES] = {'!', '"', '#'};

static uint8_t pin_of(const chip_vcd_t *vcd, unsigned wire)
{
    const uint8_t pins[WIRES] = {vcd->bclk_pin, vcd->ws_pin, vcd->data_pin};
    return pins[wire];
}

static void write_time(chip_vcd_t *vcd, uint64_t ns)
{
    if (ns != vcd->last_ns && fprintf(vcd->file, "#%" PRIu64 "\n", ns) < 0)
        vcd->failed = true;
    vcd->last_ns = ns;
}

static void write_levels(chip_vcd_t *vcd, uint64_t levels, uint64_t changed)
{
    for (unsigned wire = 0; wire < WIRES; wire++) {
        unsigned pin = pin_of(vcd, wire);
        if (changed >> pin & 1 && fprintf(vcd->file, "%u%c\n", (unsigned)(levels >> pin & 1), codes[wire]) < 0)
            vcd->failed = true;
    }
}

static void pins_changed(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    chip_vcd_t *vcd = context;
    if (!vcd->file)
        return;
    write_time(vcd, chip_cycles_to_ns(cycle));
    write_levels(vcd, levels, changed);
}

bool chip_vcd_start(chip_vcd_t *vcd, void *file, uint8_t data_pin, uint8_t bclk_pin, uint8_t ws_pin)
{
    *vcd = (chip_vcd_t){.data_pin = data_pin, .bclk_pin = bclk_pin, .ws_pin = ws_pin, .file = file};
    uint64_t mask = (uint64_t)1 << data_pin | (uint64_t)1 << bclk_pin | (uint64_t)1 << ws_pin;
    if (!chip_pins_listen(mask, pins_changed, vcd))
        return false;
    vcd->failed = fprintf(file, "$timescale 1 ns $end\n$scope module chip $end\n") < 0;
    for (unsigned wire = 0; wire < WIRES; wire++)
        if (fprintf(file, "$var wire 1 %c %s $end\n", codes[wire], names[wire]) < 0)
            vcd->failed = true;
    vcd->last_ns = chip_cycles_to_ns(chip.now);
    if (fprintf(file, "$upscope $end\n$enddefinitions $end\n#%" PRIu64 "\n$dumpvars\n", vcd->last_ns) < 0)
        vcd->failed = true;
    write_levels(vcd, chip.levels, mask);
    if (fprintf(file, "$end\n") < 0)
        vcd->failed = true;
    return true;
}

void chip_vcd_end(chip_vcd_t *vcd)
{
    if (!vcd->file)
        return;
    write_time(vcd, chip_cycles_to_ns(chip.now));
    if (fflush(vcd->file))
        vcd->failed = true;
    vcd->file = NULL;
}
