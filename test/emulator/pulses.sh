#!/bin/sh
# PWM on the emulated RP2040, pulse by pulse: see pulses.mjs.
exec node test/emulator/pulses.mjs "$@"
