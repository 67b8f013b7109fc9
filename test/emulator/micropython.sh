#!/bin/sh
# MicroPython's firmware with the module, on the emulated RP2040: see micropython.mjs. What the module costs is compared with its budget.
python3 test/emulator/micropython_cost.py && exec node test/emulator/micropython.mjs "$@"
