// Pins. In: functions, directions and pulls; output registers of PIO, PWM and SIO. Out: levels, told to listeners change by
// change in order of time, and seen by PIO inputs through two synchronising registers.
//
// A pin that nothing drives reads its pull, and low without one. Overrides and input enables are not modelled.

#include "chip/model.h"

#include <string.h>

static uint64_t bit(unsigned pin)
{
    return (uint64_t)1 << pin;
}

void gpio_reset(void)
{
    memset(chip.function, GPIO_FUNC_NULL, sizeof chip.function);
    memset(chip.drive, GPIO_DRIVE_STRENGTH_4MA, sizeof chip.drive);
    chip.pull_down = bit(chip.board->pins) - 1;
}

void gpio_changed(uint64_t cycle)
{
    uint64_t levels = chip.pull_up;
    uint64_t sio = 0;
    for (unsigned i = 0; i < CHIP_PIOS_MAX; i++)
        chip.pio[i].driven = 0;
    pwm_unmap_pins(cycle);
    for (unsigned pin = 0; pin < chip.board->pins; pin++) {
        unsigned pio = chip.function[pin] - (unsigned)GPIO_FUNC_PIO0;
        if (chip.function[pin] == GPIO_FUNC_SIO)
            sio |= bit(pin) & chip.sio_oe;
        else if (chip.function[pin] == GPIO_FUNC_PWM)
            pwm_map_pin(pin);
        else if (pio < chip.pios)
            chip.pio[pio].driven |= bit(pin) & ((uint64_t)chip.pio[pio].oe << chip.pio[pio].base);
    }
    levels = pwm_levels((levels & ~sio) | (chip.sio_out & sio));
    for (unsigned i = 0; i < chip.pios; i++) {
        const pio_t *pio = &chip.pio[i];
        levels = (levels & ~pio->driven) | (((uint64_t)pio->out << pio->base) & pio->driven);
    }
    gpio_levels(cycle, levels);
}

// ---- listeners -----------------------------------------------------------------------------------------------------

bool gpio_listen(uint64_t any, uint64_t rising, chip_pins_listener_t *listener, serial_listener_t *serial,
                 void *context)
{
    if (chip.listeners == CHIP_LISTENERS_MAX)
        return false;
    chip.listener[chip.listeners++] = (listener_t){any, rising, listener, context, serial};
    chip.listened_any |= any;
    chip.listened_rising |= rising;
    return true;
}

void gpio_unlisten(chip_pins_listener_t *listener, const void *context)
{
    unsigned left = 0;
    chip.listened_any = chip.listened_rising = 0;
    for (unsigned i = 0; i < chip.listeners; i++) {
        const listener_t *one = &chip.listener[i];
        if (one->call == listener && one->context == context)
            continue;
        chip.listened_any |= one->any;
        chip.listened_rising |= one->rising;
        chip.listener[left++] = *one;
    }
    chip.listeners = left;
}

bool chip_pins_listen(uint64_t mask, chip_pins_listener_t *listener, void *context)
{
    return gpio_listen(mask, 0, listener, NULL, context);
}

uint64_t chip_pins(void)
{
    return chip.levels;
}

void gpio_tell(uint64_t cycle, uint64_t levels, uint64_t changed)
{
    for (unsigned i = 0; i < chip.listeners; i++)
        if (changed & (chip.listener[i].any | (levels & chip.listener[i].rising)))
            chip.listener[i].call(chip.listener[i].context, cycle, levels, changed);
}

/// A level that changes in cycle c is on the pad in c + 1 and, two registers later, seen in c + 3.
static uint64_t levels_seen(uint64_t cycle, uint64_t lag)
{
    uint64_t levels = chip.levels;
    for (unsigned back = 1; back <= 4 && back <= chip.history_at; back++) {
        const pin_change_t *change = &chip.history[(chip.history_at - back) & 3u];
        if (change->cycle + lag <= cycle)
            break;
        levels = change->before;
    }
    return levels;
}

uint32_t gpio_inputs(const pio_t *pio, uint64_t cycle)
{
    uint32_t synchronised = (uint32_t)(levels_seen(cycle, 3) >> pio->base);
    if (!pio->sync_bypass)
        return synchronised;
    uint32_t direct = (uint32_t)(levels_seen(cycle, 1) >> pio->base);
    return (direct & pio->sync_bypass) | (synchronised & ~pio->sync_bypass);
}

// ---- pico-sdk's functions ------------------------------------------------------------------------------------------

static void begin(const char *what, uint gpio)
{
    hook(what);
    if (gpio >= chip.board->pins)
        panic("%s: there is no pin %u", what, gpio);
}

static void set_bit(uint64_t *word, unsigned pin, bool value)
{
    *word = value ? *word | bit(pin) : *word & ~bit(pin);
}

static void changed(void)
{
    gpio_changed(chip.now);
    engine_touch();
}

void gpio_set_function(uint gpio, gpio_function_t fn)
{
    begin("gpio_set_function", gpio);
    chip.function[gpio] = (uint8_t)fn;
    changed();
}

void pio_gpio_init(PIO pio, uint pin)
{
    gpio_set_function(pin, PIO_FUNCSEL_NUM(pio, pin));
}

gpio_function_t gpio_get_function(uint gpio)
{
    begin("gpio_get_function", gpio);
    return (gpio_function_t)chip.function[gpio];
}

void gpio_set_pulls(uint gpio, bool up, bool down)
{
    begin("gpio_set_pulls", gpio);
    set_bit(&chip.pull_up, gpio, up);
    set_bit(&chip.pull_down, gpio, down);
    changed();
}

void gpio_pull_up(uint gpio)
{
    gpio_set_pulls(gpio, true, false);
}

void gpio_pull_down(uint gpio)
{
    gpio_set_pulls(gpio, false, true);
}

void gpio_disable_pulls(uint gpio)
{
    gpio_set_pulls(gpio, false, false);
}

bool gpio_is_pulled_up(uint gpio)
{
    begin("gpio_is_pulled_up", gpio);
    return (chip.pull_up & bit(gpio)) != 0;
}

bool gpio_is_pulled_down(uint gpio)
{
    begin("gpio_is_pulled_down", gpio);
    return (chip.pull_down & bit(gpio)) != 0;
}

void gpio_set_input_enabled(uint gpio, bool enabled)
{
    begin("gpio_set_input_enabled", gpio);
    (void)enabled;
}

void gpio_set_slew_rate(uint gpio, enum gpio_slew_rate slew)
{
    begin("gpio_set_slew_rate", gpio);
    chip.slew[gpio] = (uint8_t)slew;
}

enum gpio_slew_rate gpio_get_slew_rate(uint gpio)
{
    begin("gpio_get_slew_rate", gpio);
    return (enum gpio_slew_rate)chip.slew[gpio];
}

void gpio_set_drive_strength(uint gpio, enum gpio_drive_strength drive)
{
    begin("gpio_set_drive_strength", gpio);
    chip.drive[gpio] = (uint8_t)drive;
}

enum gpio_drive_strength gpio_get_drive_strength(uint gpio)
{
    begin("gpio_get_drive_strength", gpio);
    return (enum gpio_drive_strength)chip.drive[gpio];
}

void gpio_init(uint gpio)
{
    begin("gpio_init", gpio);
    set_bit(&chip.sio_oe, gpio, false);
    set_bit(&chip.sio_out, gpio, false);
    chip.function[gpio] = GPIO_FUNC_SIO;
    changed();
}

void gpio_deinit(uint gpio)
{
    gpio_set_function(gpio, GPIO_FUNC_NULL);
}

bool gpio_get(uint gpio)
{
    begin("gpio_get", gpio);
    return (chip.levels & bit(gpio)) != 0;
}

uint32_t gpio_get_all(void)
{
    hook("gpio_get_all");
    return (uint32_t)chip.levels;
}

uint64_t gpio_get_all64(void)
{
    hook("gpio_get_all64");
    return chip.levels;
}

void gpio_put(uint gpio, bool value)
{
    begin("gpio_put", gpio);
    set_bit(&chip.sio_out, gpio, value);
    changed();
}

bool gpio_get_out_level(uint gpio)
{
    begin("gpio_get_out_level", gpio);
    return (chip.sio_out & bit(gpio)) != 0;
}

void gpio_set_dir(uint gpio, bool out)
{
    begin("gpio_set_dir", gpio);
    set_bit(&chip.sio_oe, gpio, out);
    changed();
}

bool gpio_is_dir_out(uint gpio)
{
    begin("gpio_is_dir_out", gpio);
    return (chip.sio_oe & bit(gpio)) != 0;
}

uint gpio_get_dir(uint gpio)
{
    return gpio_is_dir_out(gpio);
}

// ---- several pins --------------------------------------------------------------------------------------------------

static void begin_mask(const char *what, uint64_t mask)
{
    hook(what);
    if (mask & ~(bit(chip.board->pins) - 1))
        panic("%s: there are only %u pins", what, chip.board->pins);
}

static void put_bits(const char *what, uint64_t *word, uint64_t mask, uint64_t value)
{
    begin_mask(what, mask);
    *word = (*word & ~mask) | (value & mask);
    changed();
}

void gpio_put_masked64(uint64_t mask, uint64_t value)
{
    put_bits("gpio_put_masked", &chip.sio_out, mask, value);
}

void gpio_put_masked(uint32_t mask, uint32_t value)
{
    gpio_put_masked64(mask, value);
}

void gpio_set_mask64(uint64_t mask)
{
    put_bits("gpio_set_mask", &chip.sio_out, mask, mask);
}

void gpio_set_mask(uint32_t mask)
{
    gpio_set_mask64(mask);
}

void gpio_clr_mask64(uint64_t mask)
{
    put_bits("gpio_clr_mask", &chip.sio_out, mask, 0);
}

void gpio_clr_mask(uint32_t mask)
{
    gpio_clr_mask64(mask);
}

void gpio_xor_mask64(uint64_t mask)
{
    begin_mask("gpio_xor_mask", mask);
    chip.sio_out ^= mask;
    changed();
}

void gpio_xor_mask(uint32_t mask)
{
    gpio_xor_mask64(mask);
}

void gpio_set_dir_masked64(uint64_t mask, uint64_t value)
{
    put_bits("gpio_set_dir_masked", &chip.sio_oe, mask, value);
}

void gpio_set_dir_masked(uint32_t mask, uint32_t value)
{
    gpio_set_dir_masked64(mask, value);
}

void gpio_set_dir_out_masked(uint32_t mask)
{
    gpio_set_dir_masked64(mask, mask);
}

void gpio_set_dir_in_masked(uint32_t mask)
{
    gpio_set_dir_masked64(mask, 0);
}

/// Pin by pin, as in the SDK.
void gpio_set_function_masked64(uint64_t gpio_mask, gpio_function_t fn)
{
    for (; gpio_mask; gpio_mask &= gpio_mask - 1)
        gpio_set_function((uint)__builtin_ctzll(gpio_mask), fn);
}

void gpio_set_function_masked(uint32_t gpio_mask, gpio_function_t fn)
{
    gpio_set_function_masked64(gpio_mask, fn);
}

void gpio_init_mask(uint gpio_mask)
{
    for (; gpio_mask; gpio_mask &= gpio_mask - 1)
        gpio_init((uint)__builtin_ctz(gpio_mask));
}
