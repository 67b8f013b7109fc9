#!/bin/sh
# The filters' table is what its script makes, to the byte.
set -eu
cd "$(dirname "$0")/../.."
python3 tools/resample_table.py | cmp - src/source/resample_table.c
echo "resample_table: src/source/resample_table.c is what tools/resample_table.py writes"
