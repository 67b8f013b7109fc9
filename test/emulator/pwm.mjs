// PWM. First what rp2040js does otherwise than RP2040 datasheet 4.5 says: a write to DIV starts a slice that is not enabled, and EN reads
// as 0, so that enabling one slice through an atomic alias stops the others. (That a wrap's DMA request stays for ever: dma.mjs.)
//
// Then PWM as a filter sees it. In: a machine, a pin, its slice. Out: for each wrap of the slice, for how many cycles the pin was high since the
// wrap before. The levels are the pin's; that a period ends is told by the slice.

import { GPIOPinState } from 'rp2040js';

const EN = 1, DIV = 4;

export function patchPwm(mcu) {
  for (const slice of mcu.pwm.channels) {
    const write = slice.writeRegister, inherited = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(slice), 'en');
    slice.writeRegister = (offset, value) => {
      write.call(slice, offset, value);
      if (offset === DIV) slice.updateEnable();
    };
    Object.defineProperty(slice, 'en', { get: () => slice.csr & EN, set: inherited.set });
  }
}

export class PwmListener {
  constructor(machine, pin) {
    const { clock, mcu } = machine, slice = (pin >> 1) & 7;
    this.duty = []; // cycles high, one entry a period
    this.period = []; // cycles, one entry a period
    let level = mcu.gpio[pin].value === GPIOPinState.High, since = clock.cycles, high = 0, wrapped = -1;
    mcu.gpio[pin].addListener((state) => {
      if (level) high += clock.cycles - since;
      level = state === GPIOPinState.High;
      since = clock.cycles;
    });
    const interrupt = mcu.pwm.channelInterrupt;
    mcu.pwm.channelInterrupt = (index) => {
      if (index === slice) {
        if (level) high += clock.cycles - since;
        since = clock.cycles;
        if (wrapped >= 0) {
          this.duty.push(high);
          this.period.push(clock.cycles - wrapped);
        }
        wrapped = clock.cycles;
        high = 0;
      }
      interrupt.call(mcu.pwm, index);
    };
  }
}
