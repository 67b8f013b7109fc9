#!/bin/sh
# The player by PWM, on the emulated RP2040: see player_pwm.mjs.
exec node test/emulator/player_pwm.mjs "$@"
