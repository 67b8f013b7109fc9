#!/bin/sh
# Stalls of every length while it plays, on the emulated RP2040: see stall.mjs.
exec node test/emulator/stall.mjs "$@"
