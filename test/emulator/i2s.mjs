// I2S, as a DAC takes it from the pins. In: a machine, its three pins, bit clocks a channel (16 or 32), the alignment. Out: frames as pairs of
// signed 32-bit numbers, left-justified, and the cycle of each one's last bit. The same rules as the virtual chip's decoder, written
// again:
//
//   Philips          word select moves one bit clock before a half's first bit; low is left
//   left-justified   word select moves with the first bit; high is left
//
// Data and word select are sampled at rising bit clocks. A half with another number of bits than `bits` is malformed, but for the first.

import { GPIOPinState } from 'rp2040js';

export class I2sListener {
  constructor(machine, { data = 9, bclk = 10, ws = 11, bits = 16, leftJustified = false } = {}) {
    const { gpio } = machine.mcu;
    this.clock = machine.clock;
    this.pins = { data: gpio[data], ws: gpio[ws] };
    this.bits = bits;
    this.leftJustified = leftJustified;
    this.left = []; // decoded samples, one entry a frame
    this.right = [];
    this.malformed = 0;
    this.firstCycle = this.lastCycle = -1; // last bits of the first and of the last frame
    this.shift = 0;
    this.count = -1; // bits of this half so far; -1: none has begun
    this.side = 0; // word select of this half
    this.lastWs = -1;
    this.waitingLeft = null;
    this.whole = false; // a half has been seen to begin
    /** Hear no more. */
    this.close = gpio[bclk].addListener((state) => { if (state === GPIOPinState.High) this.rising(); });
  }

  get frames() {
    return this.right.length;
  }

  /** Frames a second, from the end of the first to the end of the last: only while the rate did not change. */
  get rate() {
    return ((this.frames - 1) * this.clock.hz) / (this.lastCycle - this.firstCycle);
  }

  /** All frames, as the recorder of the virtual chip writes them: two little-endian 32-bit words a frame. */
  get bytes() {
    const words = new Int32Array(2 * this.frames);
    for (let n = 0; n < this.frames; n++) {
      words[2 * n] = this.left[n];
      words[2 * n + 1] = this.right[n];
    }
    return Buffer.from(words.buffer);
  }

  rising() {
    const ws = this.pins.ws.value === GPIOPinState.High ? 1 : 0;
    const bit = this.pins.data.value === GPIOPinState.High ? 1 : 0;
    if (this.lastWs < 0 && !this.leftJustified) {
      this.lastWs = ws; // this clock only announces the first half
      this.begin(ws);
      return;
    }
    if (this.leftJustified && ws !== this.lastWs) this.begin(ws);
    if (this.count >= 0) {
      this.shift = (this.shift << 1) | bit;
      this.count++;
      if (this.count === this.bits) this.finish();
    }
    if (!this.leftJustified && ws !== this.lastWs) this.begin(ws);
    this.lastWs = ws;
  }

  begin(side) {
    if (this.count >= 0 && this.count !== this.bits && this.whole) this.malformed++;
    this.whole = this.count >= 0;
    this.side = side;
    this.count = 0;
    this.shift = 0;
  }

  finish() {
    const sample = this.shift << (32 - this.bits);
    const isLeft = this.side === (this.leftJustified ? 1 : 0);
    if (isLeft) {
      this.waitingLeft = sample;
    } else if (this.waitingLeft !== null) {
      this.left.push(this.waitingLeft);
      this.right.push(sample);
      this.waitingLeft = null;
      this.lastCycle = this.clock.cycles;
      if (this.firstCycle < 0) this.firstCycle = this.clock.cycles;
    }
  }
}
