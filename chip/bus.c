// Registers by their bus address. In: accesses of the processor and the DMA. Out: the peripheral's own functions.

#include "chip/model.h"

#include "hardware/address_mapped.h"
#include "hardware/structs/pwm.h"

static bool is_modelled(uint32_t address)
{
    return address - DMA_BASE < WINDOW_BYTES || address - PWM_BASE < WINDOW_BYTES ||
           address - PIO0_BASE < NUM_PIOS << 20;
}

uint32_t bus_register_read(uint32_t address, uint64_t cycle)
{
    uint32_t offset = address & (WINDOW_BYTES - 1);
    if (address - DMA_BASE < WINDOW_BYTES)
        return dma_register_read(offset);
    for (unsigned i = 0; i < NUM_PIOS; i++)
        if (address - (PIO0_BASE + (i << 20)) < WINDOW_BYTES)
            return pio_register_read(i, offset, cycle);
    return address - PWM_BASE < WINDOW_BYTES ? pwm_register_read(offset, cycle) : 0;
}

void bus_register_write(uint32_t address, uint32_t value, uint64_t cycle)
{
    uint32_t offset = address & (WINDOW_BYTES - 1);
    if (address - DMA_BASE < WINDOW_BYTES) {
        dma_register_write(offset, value, cycle);
        return;
    }
    for (unsigned i = 0; i < NUM_PIOS; i++) {
        if (address - (PIO0_BASE + (i << 20)) < WINDOW_BYTES) {
            pio_register_write(i, offset, value, cycle);
            return;
        }
    }
    if (address - PWM_BASE < WINDOW_BYTES)
        pwm_register_write(offset, value, cycle);
}

static void change(io_rw_32 *addr, const char *what, uint32_t keep, uint32_t flip)
{
    hook(what);
    uint32_t address = bus_address(addr, what);
    if (!is_modelled(address))
        panic("%s: register 0x%08x is not modelled", what, (unsigned)address);
    bus_register_write(address, (bus_register_read(address, chip.now) & keep) ^ flip, chip.now);
    engine_touch();
    hook_end();
}

void hw_set_bits(io_rw_32 *addr, uint32_t mask)
{
    change(addr, "hw_set_bits", ~mask, mask);
}

void hw_clear_bits(io_rw_32 *addr, uint32_t mask)
{
    change(addr, "hw_clear_bits", ~mask, 0);
}

void hw_xor_bits(io_rw_32 *addr, uint32_t mask)
{
    change(addr, "hw_xor_bits", UINT32_MAX, mask);
}

void hw_write_masked(io_rw_32 *addr, uint32_t values, uint32_t write_mask)
{
    change(addr, "hw_write_masked", ~write_mask, values & write_mask);
}
