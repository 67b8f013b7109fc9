/// @file hardware/gpio.h  pico-sdk's pin functions.
#ifndef CHIP_HARDWARE_GPIO_H
#define CHIP_HARDWARE_GPIO_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Function numbers. Those that both chips have are the same on both, but for GPCK and USB, which are not modelled.
typedef enum gpio_function {
    GPIO_FUNC_XIP = 0,
    GPIO_FUNC_HSTX = 0,
    GPIO_FUNC_SPI = 1,
    GPIO_FUNC_UART = 2,
    GPIO_FUNC_I2C = 3,
    GPIO_FUNC_PWM = 4,
    GPIO_FUNC_SIO = 5,
    GPIO_FUNC_PIO0 = 6,
    GPIO_FUNC_PIO1 = 7,
    GPIO_FUNC_PIO2 = 8,
    GPIO_FUNC_NULL = 0x1f,
} gpio_function_t;

enum gpio_dir { GPIO_OUT = 1u, GPIO_IN = 0u };
enum gpio_slew_rate { GPIO_SLEW_RATE_SLOW = 0, GPIO_SLEW_RATE_FAST = 1 };
enum gpio_drive_strength {
    GPIO_DRIVE_STRENGTH_2MA = 0,
    GPIO_DRIVE_STRENGTH_4MA = 1,
    GPIO_DRIVE_STRENGTH_8MA = 2,
    GPIO_DRIVE_STRENGTH_12MA = 3
};

void gpio_set_function(uint gpio, gpio_function_t fn);
gpio_function_t gpio_get_function(uint gpio);
void gpio_set_pulls(uint gpio, bool up, bool down);
void gpio_pull_up(uint gpio);
void gpio_pull_down(uint gpio);
void gpio_disable_pulls(uint gpio);
bool gpio_is_pulled_up(uint gpio);
bool gpio_is_pulled_down(uint gpio);
void gpio_set_input_enabled(uint gpio, bool enabled);
void gpio_set_slew_rate(uint gpio, enum gpio_slew_rate slew);
enum gpio_slew_rate gpio_get_slew_rate(uint gpio);
void gpio_set_drive_strength(uint gpio, enum gpio_drive_strength drive);
enum gpio_drive_strength gpio_get_drive_strength(uint gpio);
void gpio_init(uint gpio);
void gpio_deinit(uint gpio);
bool gpio_get(uint gpio);
uint32_t gpio_get_all(void);
uint64_t gpio_get_all64(void);
void gpio_put(uint gpio, bool value);
bool gpio_get_out_level(uint gpio);
void gpio_set_dir(uint gpio, bool out);
bool gpio_is_dir_out(uint gpio);
uint gpio_get_dir(uint gpio);

/// Several pins: levels and directions in one cycle, functions one after the other.
void gpio_set_function_masked(uint32_t gpio_mask, gpio_function_t fn);
void gpio_set_function_masked64(uint64_t gpio_mask, gpio_function_t fn);
void gpio_init_mask(uint gpio_mask);
void gpio_set_mask(uint32_t mask);
void gpio_set_mask64(uint64_t mask);
void gpio_clr_mask(uint32_t mask);
void gpio_clr_mask64(uint64_t mask);
void gpio_xor_mask(uint32_t mask);
void gpio_xor_mask64(uint64_t mask);
void gpio_put_masked(uint32_t mask, uint32_t value);
void gpio_put_masked64(uint64_t mask, uint64_t value);
void gpio_set_dir_out_masked(uint32_t mask);
void gpio_set_dir_in_masked(uint32_t mask);
void gpio_set_dir_masked(uint32_t mask, uint32_t value);
void gpio_set_dir_masked64(uint64_t mask, uint64_t value);

#ifdef __cplusplus
}
#endif
#endif
