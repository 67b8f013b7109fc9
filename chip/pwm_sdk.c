// pico-sdk's PWM functions. In: calls of the program. Out: hooks, and register reads and writes in the order in which the
// SDK makes them.

#include "chip/model.h"
#include "hardware/pwm.h"

static uint32_t slice_register(uint slice_num, uint32_t offset)
{
    return slice_num * (uint32_t)sizeof(pwm_slice_hw_t) + offset;
}
#define SLICE_REGISTER(slice_num, field) slice_register(slice_num, offsetof(pwm_slice_hw_t, field))

static void begin(const char *what, uint slice_num)
{
    hook(what);
    if (slice_num >= NUM_PWM_SLICES)
        panic("%s: there is no PWM slice %u", what, slice_num);
}

static void put(uint32_t offset, uint32_t value)
{
    pwm_register_write(offset, value, chip.now);
    engine_touch();
    hook_end();
}

static void put_masked(uint32_t offset, uint32_t value, uint32_t mask)
{
    put(offset, (pwm_register_read(offset, chip.now) & ~mask) | (value & mask));
}

uint pwm_gpio_to_slice_num(uint gpio)
{
    if (gpio >= NUM_BANK0_GPIOS)
        panic("pwm_gpio_to_slice_num: there is no pin %u", gpio);
    return PWM_GPIO_SLICE_NUM(gpio);
}

uint pwm_gpio_to_channel(uint gpio)
{
    if (gpio >= NUM_BANK0_GPIOS)
        panic("pwm_gpio_to_channel: there is no pin %u", gpio);
    return gpio & 1;
}

// ---- configuration values (pure, no hooks) -------------------------------------------------------------------------

static void set_bits(uint32_t *word, uint32_t mask, uint32_t value)
{
    *word = (*word & ~mask) | (value & mask);
}

static uint32_t polarity(bool a, bool b)
{
    return (uint32_t)a << PWM_CH0_CSR_A_INV_LSB | (uint32_t)b << PWM_CH0_CSR_B_INV_LSB;
}

static uint32_t divisor(const char *what, uint32_t div_int, uint32_t div_frac4)
{
    if (div_int < 1 || div_int > 255 || div_frac4 > 15)
        panic("%s: %u + %u/16 is no divisor from 1 to 255 15/16", what, (unsigned)div_int, (unsigned)div_frac4);
    return div_int << PWM_CH0_DIV_INT_LSB | div_frac4 << PWM_CH0_DIV_FRAC_LSB;
}

static void check_float(const char *what, float div)
{
    if (!(div >= 1.0f && div < 256.0f))
        panic("%s: %f is no divisor from 1 to 255 15/16", what, (double)div);
}

void pwm_config_set_phase_correct(pwm_config *c, bool phase_correct)
{
    set_bits(&c->csr, PWM_CH0_CSR_PH_CORRECT_BITS, (uint32_t)phase_correct << PWM_CH0_CSR_PH_CORRECT_LSB);
}

/// Rounds to the nearest sixteenth (PICO_PWM_CLKDIV_ROUND_NEAREST); pwm_set_clkdiv rounds down.
void pwm_config_set_clkdiv(pwm_config *c, float div)
{
    check_float("pwm_config_set_clkdiv", div);
    c->div = (uint32_t)(div * 16.0f + 0.5f);
}

void pwm_config_set_clkdiv_int_frac4(pwm_config *c, uint32_t div_int, uint8_t div_frac4)
{
    c->div = divisor("pwm_config_set_clkdiv_int_frac4", div_int, div_frac4);
}

void pwm_config_set_clkdiv_int_frac(pwm_config *c, uint8_t div_int, uint8_t div_frac4)
{
    pwm_config_set_clkdiv_int_frac4(c, div_int, div_frac4);
}

void pwm_config_set_clkdiv_int(pwm_config *c, uint32_t div_int)
{
    pwm_config_set_clkdiv_int_frac4(c, div_int, 0);
}

void pwm_config_set_clkdiv_mode(pwm_config *c, enum pwm_clkdiv_mode mode)
{
    set_bits(&c->csr, PWM_CH0_CSR_DIVMODE_BITS, (uint32_t)mode << PWM_CH0_CSR_DIVMODE_LSB);
}

void pwm_config_set_output_polarity(pwm_config *c, bool a, bool b)
{
    set_bits(&c->csr, PWM_CH0_CSR_A_INV_BITS | PWM_CH0_CSR_B_INV_BITS, polarity(a, b));
}

void pwm_config_set_wrap(pwm_config *c, uint16_t wrap)
{
    c->top = wrap;
}

pwm_config pwm_get_default_config(void)
{
    return (pwm_config){.csr = 0, .div = PWM_CH0_DIV_RESET, .top = PWM_CH0_TOP_RESET};
}

// ---- a slice -------------------------------------------------------------------------------------------------------

void pwm_init(uint slice_num, pwm_config *c, bool start)
{
    begin("pwm_init", slice_num);
    put(SLICE_REGISTER(slice_num, csr), 0);
    put(SLICE_REGISTER(slice_num, ctr), PWM_CH0_CTR_RESET);
    put(SLICE_REGISTER(slice_num, cc), PWM_CH0_CC_RESET);
    put(SLICE_REGISTER(slice_num, top), c->top);
    put(SLICE_REGISTER(slice_num, div), c->div);
    put(SLICE_REGISTER(slice_num, csr), c->csr | (uint32_t)start << PWM_CH0_CSR_EN_LSB);
}

void pwm_set_wrap(uint slice_num, uint16_t wrap)
{
    begin("pwm_set_wrap", slice_num);
    put(SLICE_REGISTER(slice_num, top), wrap);
}

void pwm_set_chan_level(uint slice_num, uint chan, uint16_t level)
{
    begin("pwm_set_chan_level", slice_num);
    put_masked(SLICE_REGISTER(slice_num, cc), (uint32_t)level << (chan ? PWM_CH0_CC_B_LSB : PWM_CH0_CC_A_LSB),
               chan ? PWM_CH0_CC_B_BITS : PWM_CH0_CC_A_BITS);
}

void pwm_set_both_levels(uint slice_num, uint16_t level_a, uint16_t level_b)
{
    begin("pwm_set_both_levels", slice_num);
    put(SLICE_REGISTER(slice_num, cc), (uint32_t)level_b << PWM_CH0_CC_B_LSB | level_a);
}

void pwm_set_gpio_level(uint gpio, uint16_t level)
{
    pwm_set_chan_level(pwm_gpio_to_slice_num(gpio), pwm_gpio_to_channel(gpio), level);
}

uint16_t pwm_get_counter(uint slice_num)
{
    begin("pwm_get_counter", slice_num);
    return (uint16_t)pwm_register_read(SLICE_REGISTER(slice_num, ctr), chip.now);
}

void pwm_set_counter(uint slice_num, uint16_t c)
{
    begin("pwm_set_counter", slice_num);
    put(SLICE_REGISTER(slice_num, ctr), c);
}

static void set_and_wait(uint slice_num, uint32_t bit)
{
    uint32_t offset = SLICE_REGISTER(slice_num, csr);
    put_masked(offset, bit, bit);
    while (pwm_register_read(offset, chip.now) & bit)
        busy_wait_at_least_cycles(1);
}

void pwm_advance_count(uint slice_num)
{
    begin("pwm_advance_count", slice_num);
    const slice_t *s = &chip.pwm.slice[slice_num];
    if (s->enabled && s->div_reg == PWM_CH0_DIV_RESET)
        panic("pwm_advance_count: slice %u counts every cycle, so no count can be put in between", slice_num);
    set_and_wait(slice_num, PWM_CH0_CSR_PH_ADV_BITS);
}

void pwm_retard_count(uint slice_num)
{
    begin("pwm_retard_count", slice_num);
    if (!chip.pwm.slice[slice_num].enabled)
        panic("pwm_retard_count: slice %u is halted, so there is no count to leave out", slice_num);
    set_and_wait(slice_num, PWM_CH0_CSR_PH_RET_BITS);
}

void pwm_set_clkdiv_int_frac4(uint slice_num, uint8_t div_int, uint8_t div_frac4)
{
    begin("pwm_set_clkdiv_int_frac4", slice_num);
    put(SLICE_REGISTER(slice_num, div), divisor("pwm_set_clkdiv_int_frac4", div_int, div_frac4));
}

void pwm_set_clkdiv_int_frac(uint slice_num, uint8_t div_int, uint8_t div_frac4)
{
    pwm_set_clkdiv_int_frac4(slice_num, div_int, div_frac4);
}

void pwm_set_clkdiv(uint slice_num, float divider)
{
    check_float("pwm_set_clkdiv", divider);
    uint32_t sixteenths = (uint32_t)(divider * 16.0f);
    pwm_set_clkdiv_int_frac4(slice_num, (uint8_t)(sixteenths >> 4), sixteenths & 15);
}

static void put_csr(const char *what, uint slice_num, uint32_t value, uint32_t mask)
{
    begin(what, slice_num);
    put_masked(SLICE_REGISTER(slice_num, csr), value, mask);
}

void pwm_set_output_polarity(uint slice_num, bool a, bool b)
{
    put_csr("pwm_set_output_polarity", slice_num, polarity(a, b), PWM_CH0_CSR_A_INV_BITS | PWM_CH0_CSR_B_INV_BITS);
}

void pwm_set_clkdiv_mode(uint slice_num, enum pwm_clkdiv_mode mode)
{
    put_csr("pwm_set_clkdiv_mode", slice_num, (uint32_t)mode << PWM_CH0_CSR_DIVMODE_LSB, PWM_CH0_CSR_DIVMODE_BITS);
}

void pwm_set_phase_correct(uint slice_num, bool phase_correct)
{
    put_csr("pwm_set_phase_correct", slice_num, (uint32_t)phase_correct << PWM_CH0_CSR_PH_CORRECT_LSB,
            PWM_CH0_CSR_PH_CORRECT_BITS);
}

void pwm_set_enabled(uint slice_num, bool enabled)
{
    put_csr("pwm_set_enabled", slice_num, (uint32_t)enabled << PWM_CH0_CSR_EN_LSB, PWM_CH0_CSR_EN_BITS);
}

void pwm_set_mask_enabled(uint32_t mask)
{
    hook("pwm_set_mask_enabled");
    put(offsetof(pwm_hw_t, en), mask);
}

// ---- interrupts ----------------------------------------------------------------------------------------------------

static uint32_t line_register(const char *what, uint line, size_t offset)
{
    if (line >= NUM_PWM_IRQS)
        panic("%s: there is no PWM interrupt line %u", what, line);
    return (uint32_t)(offset + line * sizeof(pwm_irq_ctrl_hw_t));
}

void pwm_irqn_set_slice_mask_enabled(uint irq_index, uint slice_mask, bool enabled)
{
    hook("pwm_irqn_set_slice_mask_enabled");
    uint32_t offset = line_register("pwm_irqn_set_slice_mask_enabled", irq_index, offsetof(pwm_hw_t, inte));
    put_masked(offset, enabled ? slice_mask : 0, slice_mask);
}

void pwm_irqn_set_slice_enabled(uint irq_index, uint slice_num, bool enabled)
{
    if (slice_num >= NUM_PWM_SLICES)
        panic("pwm_irqn_set_slice_enabled: there is no PWM slice %u", slice_num);
    pwm_irqn_set_slice_mask_enabled(irq_index, 1u << slice_num, enabled);
}

void pwm_set_irq_enabled(uint slice_num, bool enabled)
{
    pwm_irqn_set_slice_enabled(0, slice_num, enabled);
}

void pwm_set_irq0_enabled(uint slice_num, bool enabled)
{
    pwm_irqn_set_slice_enabled(0, slice_num, enabled);
}

void pwm_set_irq1_enabled(uint slice_num, bool enabled)
{
    pwm_irqn_set_slice_enabled(1, slice_num, enabled);
}

void pwm_set_irq_mask_enabled(uint32_t slice_mask, bool enabled)
{
    pwm_irqn_set_slice_mask_enabled(0, slice_mask, enabled);
}

void pwm_set_irq0_mask_enabled(uint32_t slice_mask, bool enabled)
{
    pwm_irqn_set_slice_mask_enabled(0, slice_mask, enabled);
}

void pwm_set_irq1_mask_enabled(uint32_t slice_mask, bool enabled)
{
    pwm_irqn_set_slice_mask_enabled(1, slice_mask, enabled);
}

void pwm_clear_irq(uint slice_num)
{
    begin("pwm_clear_irq", slice_num);
    put(offsetof(pwm_hw_t, intr), 1u << slice_num);
}

uint32_t pwm_irqn_get_status_mask(uint irq_index)
{
    hook("pwm_irqn_get_status_mask");
    uint32_t offset = line_register("pwm_irqn_get_status_mask", irq_index, offsetof(pwm_hw_t, ints));
    return pwm_register_read(offset, chip.now);
}

uint32_t pwm_get_irq_status_mask(void)
{
    return pwm_irqn_get_status_mask(0);
}

uint32_t pwm_get_irq0_status_mask(void)
{
    return pwm_irqn_get_status_mask(0);
}

uint32_t pwm_get_irq1_status_mask(void)
{
    return pwm_irqn_get_status_mask(1);
}

/// As in the SDK: the whole register is written, so only this slice's interrupt stays forced.
void pwm_irqn_force(uint irq_index, uint slice_num)
{
    begin("pwm_irqn_force", slice_num);
    put(line_register("pwm_irqn_force", irq_index, offsetof(pwm_hw_t, intf)), 1u << slice_num);
}

void pwm_force_irq(uint slice_num)
{
    pwm_irqn_force(0, slice_num);
}

void pwm_force_irq0(uint slice_num)
{
    pwm_irqn_force(0, slice_num);
}

void pwm_force_irq1(uint slice_num)
{
    pwm_irqn_force(1, slice_num);
}

uint pwm_get_dreq(uint slice_num)
{
    return PWM_DREQ_NUM(slice_num);
}
