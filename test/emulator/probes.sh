#!/bin/sh
# Flash, the second core, and every wire format, on the emulated RP2040: see probes.mjs.
exec node test/emulator/probes.mjs "$@"
