#!/bin/sh
# The player as it is flashed, on the emulated RP2040: see player.mjs.
exec node test/emulator/player.mjs "$@"
