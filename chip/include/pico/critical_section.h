/// @file pico/critical_section.h  pico-sdk's critical sections: interrupts of this core masked, and a spin lock held.
#ifndef CHIP_PICO_CRITICAL_SECTION_H
#define CHIP_PICO_CRITICAL_SECTION_H

#include "hardware/sync.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct critical_section {
    spin_lock_t *spin_lock;
    uint32_t save;
} critical_section_t;

void critical_section_init(critical_section_t *crit_sec);
void critical_section_init_with_lock_num(critical_section_t *crit_sec, uint lock_num);
void critical_section_enter_blocking(critical_section_t *crit_sec);
void critical_section_exit(critical_section_t *crit_sec);
void critical_section_deinit(critical_section_t *crit_sec);
bool critical_section_is_initialized(critical_section_t *crit_sec);

#ifdef __cplusplus
}
#endif
#endif
