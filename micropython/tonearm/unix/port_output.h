// The unix port's outputs: I2S and PWM on the virtual chip, recorded or not, or the sound card.
#ifndef TONEARM_MICROPYTHON_UNIX_PORT_OUTPUT_H
#define TONEARM_MICROPYTHON_UNIX_PORT_OUTPUT_H

#include "tonearm/desktop.h"
#include "tonearm/i2s.h"
#include "tonearm/pwm.h"

#include "py/obj.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct {
    union {
        ta_i2s_t i2s;
        ta_pwm_t pwm;
        ta_desktop_t desktop;
    };
    ta_output_t *output;
    bool is_pwm;
    struct recorder *recorder; // writes what leaves at the pins into a file; NULL: none
    pthread_t feeder;          // the sound card's feed
    volatile bool feeding, gone;
} port_output_t;

// What module tonearm has on this port alone.
#define PORT_TONEARM_GLOBALS                                                                                           \
    {MP_ROM_QSTR(MP_QSTR_chip), MP_ROM_PTR(&port_chip_obj)},                                                           \
    {                                                                                                                  \
        MP_ROM_QSTR(MP_QSTR_load), MP_ROM_PTR(&port_load_obj)                                                          \
    }
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(port_chip_obj);
MP_DECLARE_CONST_FUN_OBJ_1(port_load_obj);

#endif
