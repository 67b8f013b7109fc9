#!/bin/sh
# The firmware and the examples on the emulated RP2040: see programs.mjs.
exec node test/emulator/programs.mjs "$@"
