#!/bin/sh
# I2S and PWM at once, on the emulated RP2040: see two_outputs.mjs.
exec node test/emulator/two_outputs.mjs "$@"
