/// @file hardware/pwm.h  pico-sdk's PWM functions.
#ifndef CHIP_HARDWARE_PWM_H
#define CHIP_HARDWARE_PWM_H

#include "hardware/irq.h"
#include "hardware/regs/dreq.h"
#include "hardware/structs/pwm.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The modes that count events of the B pin are not modelled: they panic.
enum pwm_clkdiv_mode { PWM_DIV_FREE_RUNNING = 0, PWM_DIV_B_HIGH = 1, PWM_DIV_B_RISING = 2, PWM_DIV_B_FALLING = 3 };
enum pwm_chan { PWM_CHAN_A = 0, PWM_CHAN_B = 1 };

typedef struct {
    uint32_t csr, div, top;
} pwm_config;

#define PWM_DREQ_NUM(slice_num)  (DREQ_PWM_WRAP0 + (slice_num))
#define PWM_GPIO_SLICE_NUM(gpio) ((gpio) < 32 ? ((gpio) >> 1u) & 7u : 8u + (((gpio) >> 1u) & 3u))
#define PWM_DEFAULT_IRQ_NUM()    PWM_IRQ_WRAP_0

uint pwm_gpio_to_slice_num(uint gpio);
uint pwm_gpio_to_channel(uint gpio);

void pwm_config_set_phase_correct(pwm_config *c, bool phase_correct);
void pwm_config_set_clkdiv(pwm_config *c, float div);
void pwm_config_set_clkdiv_int_frac4(pwm_config *c, uint32_t div_int, uint8_t div_frac4);
void pwm_config_set_clkdiv_int_frac(pwm_config *c, uint8_t div_int, uint8_t div_frac4);
void pwm_config_set_clkdiv_int(pwm_config *c, uint32_t div_int);
void pwm_config_set_clkdiv_mode(pwm_config *c, enum pwm_clkdiv_mode mode);
void pwm_config_set_output_polarity(pwm_config *c, bool a, bool b);
void pwm_config_set_wrap(pwm_config *c, uint16_t wrap);
pwm_config pwm_get_default_config(void);

void pwm_init(uint slice_num, pwm_config *c, bool start);
void pwm_set_wrap(uint slice_num, uint16_t wrap);
void pwm_set_chan_level(uint slice_num, uint chan, uint16_t level);
void pwm_set_both_levels(uint slice_num, uint16_t level_a, uint16_t level_b);
void pwm_set_gpio_level(uint gpio, uint16_t level);
uint16_t pwm_get_counter(uint slice_num);
void pwm_set_counter(uint slice_num, uint16_t c);
/// One count more, or one less. Both wait until the slice has done it; where silicon would wait for ever (at full speed;
/// halted) they panic.
void pwm_advance_count(uint slice_num);
void pwm_retard_count(uint slice_num);
void pwm_set_clkdiv_int_frac4(uint slice_num, uint8_t div_int, uint8_t div_frac4);
void pwm_set_clkdiv_int_frac(uint slice_num, uint8_t div_int, uint8_t div_frac4);
void pwm_set_clkdiv(uint slice_num, float divider);
void pwm_set_output_polarity(uint slice_num, bool a, bool b);
void pwm_set_clkdiv_mode(uint slice_num, enum pwm_clkdiv_mode mode);
void pwm_set_phase_correct(uint slice_num, bool phase_correct);
void pwm_set_enabled(uint slice_num, bool enabled);
void pwm_set_mask_enabled(uint32_t mask);

void pwm_set_irq_enabled(uint slice_num, bool enabled);
void pwm_set_irq0_enabled(uint slice_num, bool enabled);
void pwm_set_irq1_enabled(uint slice_num, bool enabled); ///< RP2350 only
void pwm_irqn_set_slice_enabled(uint irq_index, uint slice_num, bool enabled);
void pwm_set_irq_mask_enabled(uint32_t slice_mask, bool enabled);
void pwm_set_irq0_mask_enabled(uint32_t slice_mask, bool enabled);
void pwm_set_irq1_mask_enabled(uint32_t slice_mask, bool enabled); ///< RP2350 only
void pwm_irqn_set_slice_mask_enabled(uint irq_index, uint slice_mask, bool enabled);
void pwm_clear_irq(uint slice_num);
uint32_t pwm_get_irq_status_mask(void);
uint32_t pwm_get_irq0_status_mask(void);
uint32_t pwm_get_irq1_status_mask(void); ///< RP2350 only
uint32_t pwm_irqn_get_status_mask(uint irq_index);
void pwm_force_irq(uint slice_num);
void pwm_force_irq0(uint slice_num);
void pwm_force_irq1(uint slice_num); ///< RP2350 only
void pwm_irqn_force(uint irq_index, uint slice_num);
uint pwm_get_dreq(uint slice_num);

#ifdef __cplusplus
}
#endif
#endif
