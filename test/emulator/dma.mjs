// rp2040js's DMA, one transfer a cycle, and every address looked at. In: a chip. Out: transfers, violations, the channels' behaviour as
// the RP2040 datasheet has it where the package's differs:
//   2.5      one engine for all channels: high priority first, then in turn. The package does any number of transfers at once
//   2.5.5.1  the pacing timers' rate is clk_sys * X / Y, free-running. The package divides the other way, and shifts timer 3 by 36
//   4.5.2    a PWM slice's wrap is one request. The package sets it for ever
//   2.5.5.3  CHAN_ABORT reads as 0 once the abort is done (the package: all ones), and aborting a busy channel may raise its interrupt
//            (RP2040-E13): here it always does, as the worst case
//   2.5.1    what a channel does that is started with TRANS_COUNT 0 is not told, so that is a violation
// Checked and found as the datasheet has it: narrow writes are replicated on the bus (2.1.4); address rings, aliases with triggers,
// null triggers and IRQ_QUIET, chains (2.5.1, 2.5.2, 2.5.4). checks.mjs has a test for each.

const PWM_WRAP0 = 24, PWM_WRAP7 = 31, TIMER0 = 59, TIMER3 = 62, PERMANENT = 63;
const CHAN_ABORT = 0x444;
const HIGH_PRIORITY = 2, EN = 1, BUSY = 1 << 24;

export class DmaEngine {
  constructor(mcu, clock) {
    this.mcu = mcu;
    this.clock = clock;
    this.ready = 0; // channels that want a transfer, a bit each
    this.last = 0; // who had the last one
    this.due = Infinity;
    this.onEarlier = () => {};
    this.transfers = 0;
    this.blocks = []; // what DMA may read: {name, start, end}
    this.watching = false;
    this.violations = [];
    this.violationCount = 0;
    this.flashUnreadable = () => false; // set by the boot ROM's flash functions
    this.timers = [null, null, null, null]; // {x, y, epoch, last} of each pacing timer that has been used
    this.patchBlock(mcu.dma);
  }

  patchBlock(dma) {
    const setDREQ = dma.setDREQ, read = dma.readUint32, write = dma.writeUint32;
    dma.setDREQ = (dreq) => {
      if (dreq < PWM_WRAP0 || dreq > PWM_WRAP7) {
        setDREQ.call(dma, dreq);
        return;
      }
      for (const channel of dma.channels) if (channel.active && channel.treq === dreq) this.request(channel);
    };
    dma.readUint32 = (offset) => (offset === CHAN_ABORT ? 0 : read.call(dma, offset));
    dma.writeUint32 = (offset, value) => {
      write.call(dma, offset, value);
      if (offset >= 0x420 && offset <= 0x42c) this.restartTimer(dma, (offset - 0x420) >> 2);
    };
    for (const channel of dma.channels) this.patchChannel(dma, channel);
  }

  patchChannel(dma, channel) {
    const start = channel.start, write = channel.writeUint32;
    const alarm = this.clock.createAlarm(() => this.request(channel)); // for the pacing timers
    channel.transferAlarm = alarm;
    channel.scheduleTransfer = () => this.schedule(dma, channel, alarm);
    channel.start = () => {
      const idle = channel.ctrl & EN && !(channel.ctrl & BUSY);
      if (idle && channel.transCountReload === 0) this.violate(channel, 'started with TRANS_COUNT 0', 0);
      start.call(channel);
    };
    channel.abort = () => {
      const busy = channel.ctrl & BUSY;
      channel.ctrl &= ~BUSY;
      this.withdraw(channel, alarm);
      if (!busy) return;
      dma.intRaw |= 1 << channel.index; // RP2040-E13
      dma.checkInterrupts();
    };
    channel.writeUint32 = (offset, value) => {
      write.call(channel, offset, value);
      if (!(channel.ctrl & EN)) this.withdraw(channel, alarm);
    };
  }

  withdraw(channel, alarm) {
    alarm.cancel();
    this.ready &= ~(1 << channel.index);
    if (!this.ready) this.due = Infinity;
  }

  schedule(dma, channel, alarm) {
    const treq = channel.treqValue;
    if (treq === PERMANENT || dma.dreq[treq]) {
      this.request(channel);
    } else if (treq >= TIMER0 && treq <= TIMER3) {
      const wait = this.cyclesToTick(dma, treq - TIMER0);
      if (wait < Infinity) alarm.schedule(wait * this.clock.nanosPerCycle);
    }
  }

  // Its numbers have been written: whoever waits for it waits anew.
  restartTimer(dma, number) {
    this.timers[number] = { epoch: this.clock.cycles };
    for (const channel of dma.channels) {
      if (!(channel.ctrl & BUSY) || channel.treqValue !== TIMER0 + number || (this.ready >> channel.index) & 1) continue;
      channel.transferAlarm.cancel();
      this.schedule(dma, channel, channel.transferAlarm);
    }
  }

  // The next tick of a pacing timer that this channel has not had. Ticks come at ceil(n * y / x) cycles after the timer was set.
  cyclesToTick(dma, number) {
    const setting = dma[`timer${number}`], x = setting >>> 16, y = setting & 0xffff;
    if (x === 0 || y === 0) return Infinity;
    let timer = this.timers[number];
    if (!timer) timer = this.timers[number] = { epoch: this.clock.cycles };
    const passed = this.clock.cycles - timer.epoch;
    let tick = Math.floor((passed * x) / y) + 1;
    while (Math.ceil((tick * y) / x) <= passed) tick++;
    return Math.ceil((tick * y) / x) - passed;
  }

  request(channel) {
    this.ready |= 1 << channel.index;
    if (this.due === Infinity) {
      this.due = this.clock.cycles + 1;
      this.onEarlier();
    }
  }

  /** This cycle's transfer. */
  runDue() {
    const { channels } = this.mcu.dma;
    let chosen = null;
    for (let n = 1; n <= channels.length; n++) {
      const channel = channels[(this.last + n) % channels.length];
      if (!((this.ready >> channel.index) & 1)) continue;
      if (channel.ctrl & HIGH_PRIORITY) {
        chosen = channel;
        break;
      }
      if (!chosen) chosen = channel;
    }
    this.ready &= ~(1 << chosen.index);
    this.last = chosen.index;
    this.due = this.ready ? this.clock.cycles + 1 : Infinity;
    this.transfers++;
    if (this.watching) this.look(chosen);
    chosen.transfer();
  }

  // ---- what DMA reads -----------------------------------------------------------------------------------------------

  /** Register [start, start + bytes) as memory that DMA may read, and begin to look at every transfer. */
  allow(name, start, bytes) {
    this.blocks.push({ name, start, end: start + bytes });
    this.watching = true;
  }

  look(channel) {
    const { readAddr: at, dataSize, writeAddr } = channel;
    if (at >= 0x10000000 && at < 0x14000000 && this.flashUnreadable()) {
      this.violate(channel, 'reads flash that cannot be read now', at);
    }
    let found = at >= 0x40000000;
    for (const block of this.blocks) if (at >= block.start && at + dataSize <= block.end) found = true;
    if (!found) this.violate(channel, 'reads outside what is registered', at);
    if (at % dataSize || writeAddr % dataSize) this.violate(channel, 'has an address that is not aligned', at);
  }

  violate(channel, what, address) {
    this.violationCount++;
    if (this.violations.length < 16) {
      this.violations.push(`cycle ${this.clock.cycles}: DMA channel ${channel.index} ${what}: 0x${address.toString(16)}`);
    }
  }
}
