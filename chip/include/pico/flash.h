/// @file pico/flash.h  pico-sdk's way to call something while nobody uses flash.
#ifndef CHIP_PICO_FLASH_H
#define CHIP_PICO_FLASH_H

#include "pico.h"

#ifdef __cplusplus
extern "C" {
#endif

bool flash_safe_execute_core_init(void);
bool flash_safe_execute_core_deinit(void);
/// Calls func(param) with the interrupts of this core masked and, when core 1 has been launched, the other core locked out;
/// that one must have called flash_safe_execute_core_init, or the answer is PICO_ERROR_NOT_PERMITTED. (On silicon the
/// other core counts as soon as pico_multicore is linked.) PICO_ERROR_TIMEOUT when it does not stop, or go on, in time.
int flash_safe_execute(void (*func)(void *), void *param, uint32_t enter_exit_timeout_ms);

typedef struct {
    bool (*core_init_deinit)(bool init);
    int (*enter_safe_zone_timeout_ms)(uint32_t timeout_ms);
    int (*exit_safe_zone_timeout_ms)(uint32_t timeout_ms);
} flash_safety_helper_t;
/// May be defined by the program, as in the SDK.
flash_safety_helper_t *get_flash_safety_helper(void);

#ifdef __cplusplus
}
#endif
#endif
