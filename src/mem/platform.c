// The platform table: which memory a chip has, and which resource serves which class on it. In: a chip, a host,
// addresses.
// Out: rows of constant tables. Invariant: regions of a chip do not overlap.

#include "tonearm/memory.h"

#define ANY_CLASS (TA_CLASS_DMA | TA_CLASS_FAST | TA_CLASS_BULK)

static const ta_platform_t platforms[] = {
    {TA_CHIP_RP2040, TA_HOST_PLAIN_C, TA_RESOURCE_ARENA_OR_TLSF, TA_RESOURCE_ARENA_OR_TLSF, TA_RESOURCE_ARENA_OR_TLSF},
    {TA_CHIP_RP2350, TA_HOST_PLAIN_C, TA_RESOURCE_ARENA_OR_TLSF, TA_RESOURCE_ARENA_OR_TLSF, TA_RESOURCE_ARENA_OR_TLSF},
    // On RP2040 the VM's heap lies in SRAM and takes nearly all of it, so every class comes from there.
    {TA_CHIP_RP2040, TA_HOST_MICROPYTHON, TA_RESOURCE_VM, TA_RESOURCE_VM, TA_RESOURCE_VM},
    // On RP2350 the VM's heap may lie in PSRAM, which audio DMA does not read: SRAM is kept back from the VM.
    {TA_CHIP_RP2350, TA_HOST_MICROPYTHON, TA_RESOURCE_TLSF, TA_RESOURCE_TLSF, TA_RESOURCE_VM},
};

const ta_platform_t *ta_platform_find(ta_chip_t chip, ta_host_t host)
{
    for (unsigned p = 0; p < sizeof platforms / sizeof *platforms; p++) {
        if (platforms[p].chip == chip && platforms[p].host == host)
            return &platforms[p];
    }
    return NULL;
}

// RP2040 datasheet 2.2.1 and 2.6.2: 264 KiB in six banks. RP2350 datasheet 2.2.1 and 4.2: 520 KiB in ten banks.
// Whether PSRAM may serve DMA is policy: not here, for sources disagree about it.
static const ta_region_t rp2040_regions[] = {
    {"SRAM", 0x20000000, 0x42000, ANY_CLASS},
    {"flash", 0x10000000, 0x1000000, TA_CLASS_BULK},
};
static const ta_region_t rp2350_regions[] = {
    {"SRAM", 0x20000000, 0x82000, ANY_CLASS},
    {"PSRAM", 0x11000000, 0x1000000, TA_CLASS_BULK},
    {"flash", 0x10000000, 0x1000000, TA_CLASS_BULK},
};

const ta_region_t *ta_chip_regions(ta_chip_t chip, unsigned *count)
{
    switch (chip) {
    case TA_CHIP_RP2040:
        *count = sizeof rp2040_regions / sizeof *rp2040_regions;
        return rp2040_regions;
    case TA_CHIP_RP2350:
        *count = sizeof rp2350_regions / sizeof *rp2350_regions;
        return rp2350_regions;
    }
    *count = 0;
    return NULL;
}

unsigned ta_chip_classes(ta_chip_t chip, uintptr_t address, size_t bytes)
{
    unsigned count;
    const ta_region_t *region = ta_chip_regions(chip, &count);
    for (unsigned r = 0; r < count; r++) {
        if (address < region[r].base || address - region[r].base >= region[r].bytes)
            continue;
        return bytes <= region[r].bytes - (address - region[r].base) ? region[r].classes : 0;
    }
    return 0;
}
