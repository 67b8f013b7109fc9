# What the port's own manifest freezes, less what lies in micropython-lib, and asyncio.
freeze("$(PORT_DIR)/modules", ("_boot.py", "rp2.py"))
include("$(MPY_DIR)/extmod/asyncio")
