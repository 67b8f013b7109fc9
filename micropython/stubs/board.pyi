"""GPIOs by their names: board.GP0 is 0, and so on; then the names of CircuitPython's board on a Pico and a Pico 2, as numbers, too.
On other boards LED, A0 to A3 are their own, and what is no GPIO there is missing; on the desktop all are the Pico's."""
GP0: int
GP1: int
GP2: int
GP3: int
GP4: int
GP5: int
GP6: int
GP7: int
GP8: int
GP9: int
GP10: int
GP11: int
GP12: int
GP13: int
GP14: int
GP15: int
GP16: int
GP17: int
GP18: int
GP19: int
GP20: int
GP21: int
GP22: int
GP23: int
GP24: int
GP25: int
GP26: int
GP27: int
GP28: int
GP29: int
GP30: int  # from here on: RP2350B
GP31: int
GP32: int
GP33: int
GP34: int
GP35: int
GP36: int
GP37: int
GP38: int
GP39: int
GP40: int
GP41: int
GP42: int
GP43: int
GP44: int
GP45: int
GP46: int
GP47: int
LED: int  #: 25; not on a Pico W, where it hangs on the radio
SMPS_MODE: int  #: 23, which chooses the regulator's mode; on a Pico and a Pico 2 alone, as the next five
VBUS_SENSE: int  #: 24, high while USB feeds the board
VOLTAGE_MONITOR: int  #: 29, a third of VSYS
GP26_A0: int
GP27_A1: int
GP28_A2: int
A0: int  #: 26, the first input of the converter; 40 on RP2350B
A1: int
A2: int
A3: int
