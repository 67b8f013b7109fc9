#!/bin/sh
# The emulator against the datasheet: see checks.mjs.
exec node test/emulator/checks.mjs "$@"
