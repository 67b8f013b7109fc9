// What an output is made of, whatever its pins carry.
#ifndef TONEARM_MICROPYTHON_CONFIG_H
#define TONEARM_MICROPYTHON_CONFIG_H

#include "tonearm/i2s.h"
#include "tonearm/pwm.h"

typedef enum { OUTPUT_I2S, OUTPUT_PWM } output_kind_t;

typedef struct {
    output_kind_t kind;
    union {
        ta_i2s_config_t i2s;
        ta_pwm_config_t pwm;
    };
} output_config_t;

#endif
