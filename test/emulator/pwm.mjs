// PWM. First what rp2040js does otherwise than RP2040 datasheet 4.5 says: a write to DIV starts a slice that is not enabled, and EN reads
// as 0, so that enabling one slice through an atomic alias stops the others. (That a wrap's DMA request stays for ever: dma.mjs.)
//
// Then PWM as a filter sees it. In: a machine, a pin, its slice. Out: for each wrap of the slice, for how many cycles the pin was high since the
// wrap before, and when that was. The levels are the pin's; that a period ends is told by the slice.

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
  const interrupt = mcu.pwm.channelInterrupt;
  mcu.pwm.onWrap = new Set(); // told the slice, with every wrap
  mcu.pwm.channelInterrupt = (index) => {
    for (const call of mcu.pwm.onWrap) call(index);
    interrupt.call(mcu.pwm, index);
  };
}

export class PwmListener {
  constructor(machine, pin) {
    const { clock, mcu } = machine, slice = (pin >> 1) & 7;
    this.duty = []; // cycles high, one entry a period
    this.period = []; // cycles, one entry a period
    this.began = []; // the cycle at which it began
    let level = mcu.gpio[pin].value === GPIOPinState.High, since = clock.cycles, high = 0, wrapped = -1;
    const unhear = mcu.gpio[pin].addListener((state) => {
      if (level) high += clock.cycles - since;
      level = state === GPIOPinState.High;
      since = clock.cycles;
    });
    const wrap = (index) => {
      if (index !== slice) return;
      if (level) high += clock.cycles - since;
      since = clock.cycles;
      if (wrapped >= 0) {
        this.duty.push(high);
        this.period.push(clock.cycles - wrapped);
        this.began.push(wrapped);
      }
      wrapped = clock.cycles;
      high = 0;
    };
    mcu.pwm.onWrap.add(wrap);
    /** Hear no more. */
    this.close = () => {
      unhear();
      mcu.pwm.onWrap.delete(wrap);
    };
  }
}
