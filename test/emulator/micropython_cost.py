#!/usr/bin/env python3
"""Flash and static SRAM of the module in MicroPython's firmware stay within micropython/budget.json.

In: build/firmware/micropython/BOARD.map of each board that was built. Out: a line a board. A board without a budget, and no board at all,
are failures.
"""
import glob
import json
import os
import sys

sys.path.insert(0, "tools")
import module_cost  # noqa: E402


def main():
    with open("micropython/budget.json", encoding="utf-8") as file:
        budget = json.load(file)
    maps = glob.glob(os.path.join(os.environ.get("BUILD", "build"), "firmware/micropython/*.map"))
    over = 0
    for path in sorted(maps):
        board = os.path.basename(path)[:-4]
        cost = module_cost.costs(path)
        for kind, most in budget[board].items():
            print(f"{board}: {kind} {cost[kind]} of {most} bytes")
            over += cost[kind] > most
    if not maps or over:
        sys.exit(f"{over} over budget, {len(maps)} maps")


main()
