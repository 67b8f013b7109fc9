// The rp2 port's outputs: I2S and PWM of the chip.
#ifndef TONEARM_MICROPYTHON_RP2_PORT_OUTPUT_H
#define TONEARM_MICROPYTHON_RP2_PORT_OUTPUT_H

#include "tonearm/i2s.h"
#include "tonearm/pwm.h"

typedef struct {
    union {
        ta_i2s_t i2s;
        ta_pwm_t pwm;
    };
    bool is_pwm;
} port_output_t;

#endif
