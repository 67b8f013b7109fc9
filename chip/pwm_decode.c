// The PWM decoder: for how long pins were high in each period of a slice. In: levels of pins, and from the slice the cycles
// in which its periods begin, which pins at rest do not tell. Out: high times in system clock cycles, period by period,
// without a gap.

#include "chip/model.h"
#include "hardware/pwm.h"

#include <string.h>

static uint8_t pin_of(const chip_pwm_t *pwm, unsigned channel)
{
    return channel ? pwm->config.b_pin : pwm->config.a_pin;
}

static uint64_t bit_of(const chip_pwm_t *pwm, unsigned channel)
{
    uint8_t pin = pin_of(pwm, channel);
    return pin == CHIP_NO_PIN ? 0 : (uint64_t)1 << pin;
}

/// Count what has been high up to `cycle`.
static void add_up(chip_pwm_t *pwm, uint64_t cycle)
{
    for (unsigned channel = 0; channel < 2; channel++) {
        if (pwm->levels & bit_of(pwm, channel))
            pwm->high[channel] += (uint32_t)(cycle - pwm->since[channel]);
        pwm->since[channel] = cycle;
    }
}

static void pins_changed(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    chip_pwm_t *pwm = context;
    (void)changed;
    add_up(pwm, cycle);
    pwm->levels = levels;
}

void pwm_boundary(unsigned n, uint64_t cycle)
{
    for (unsigned i = 0; i < chip.pwm.decoders; i++) {
        chip_pwm_t *pwm = chip.pwm.decoder[i];
        if (pwm->slice != n)
            continue;
        add_up(pwm, cycle);
        if (pwm->started) {
            pwm->period = (uint32_t)(cycle - pwm->last_cycle);
            pwm->frames++;
            if (pwm->frame)
                pwm->frame(pwm->context, cycle, pwm->high[0], pwm->high[1]);
        } else if (pwm->frames == 0) {
            pwm->first_cycle = cycle;
        }
        pwm->last_cycle = cycle;
        pwm->high[0] = pwm->high[1] = 0;
        pwm->started = true;
    }
}

void pwm_cut(unsigned n)
{
    for (unsigned i = 0; i < chip.pwm.decoders; i++) {
        chip_pwm_t *pwm = chip.pwm.decoder[i];
        if (pwm->slice != n || !pwm->started)
            continue;
        pwm->started = false;
        pwm->cut++;
    }
}

/// The slice of which `pin` shows `channel`; `other` when the pin is not listened to; CHIP_PWM_SLICES_MAX when it is wrong.
static unsigned slice_of(uint8_t pin, unsigned channel, unsigned other)
{
    if (pin == CHIP_NO_PIN)
        return other;
    return pin < chip.board->pins && (pin & 1) == channel ? PWM_GPIO_SLICE_NUM((unsigned)pin) : CHIP_PWM_SLICES_MAX;
}

bool chip_pwm_listen(chip_pwm_t *pwm, const chip_pwm_config_t *config, chip_pwm_frame_t *frame, void *context)
{
    unsigned slice = slice_of(config->a_pin, 0, slice_of(config->b_pin, 1, CHIP_PWM_SLICES_MAX));
    if (slice >= NUM_PWM_SLICES || slice_of(config->b_pin, 1, slice) != slice)
        return false;
    *pwm = (chip_pwm_t){.config = *config, .frame = frame, .context = context, .slice = slice, .levels = chip.levels};
    if (chip.pwm.decoders == PWM_DECODERS_MAX)
        return false;
    if (!chip_pins_listen(bit_of(pwm, 0) | bit_of(pwm, 1), pins_changed, pwm))
        return false;
    chip.pwm.decoder[chip.pwm.decoders++] = pwm;
    pwm_watch(slice);
    return true;
}

void chip_pwm_unlisten(chip_pwm_t *pwm)
{
    unsigned left = 0;
    for (unsigned i = 0; i < chip.pwm.decoders; i++) {
        if (chip.pwm.decoder[i] != pwm)
            chip.pwm.decoder[left++] = chip.pwm.decoder[i];
    }
    chip.pwm.decoders = left;
    gpio_unlisten(pins_changed, pwm);
}
