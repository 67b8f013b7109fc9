#!/bin/sh
# The SD card example, with a modelled card: see sdcard.mjs.
exec node test/emulator/sdcard.mjs "$@"
