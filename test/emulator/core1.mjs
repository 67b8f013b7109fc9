// The second core, which rp2040js does not have: another of its cores on the same bus. In: what core 0 puts into its mailbox. Out: a core
// that begins where it is told (RP2040 datasheet 2.8.2), with CPUID, mailboxes, and a divider and interpolators of its own (2.3.1), and
// events between the cores (SEV, WFE). Both cores see each other's stores at once; that the bus makes one wait for the other is not
// modelled.

import { CoreCare } from './core.mjs';

const CPUID = 0x000, FIFO_ST = 0x050, FIFO_WR = 0x054, FIFO_RD = 0x058;
const VALID = 1, READY = 2, OVERFLOW = 4, UNDERFLOW = 8, DEPTH = 8;
const SIO_IRQ = [15, 16]; // SIO_PROC0 and SIO_PROC1, each at its own core only
const PSM = 0x40010, FRCE_OFF = 4, PROC1 = 1 << 16;
const OWN_FROM = 0x060, OWN_TO = 0x100;
const PARKED = 0x1c; // rom.S: where a program that returns goes
const OWN = ['divDividend', 'divDivisor', 'divQuotient', 'divRemainder', 'divCSR', 'interp0', 'interp1'];

export class SecondCore {
  constructor(machine) {
    this.machine = machine;
    this.mailbox = [[], []]; // [n]: what core n will read
    this.flags = [0, 0]; // overflow and underflow, sticky
    this.asleep = true; // core 1 is in the ROM, waiting to be told where to begin
    this.told = []; // what it was told so far
    this.owner = 0; // whose divider and interpolators SIO has; they change with the first access of the other core
    this.kept = null; // the other's
    this.switches = 0; // times that the bus went to the other core
    this.patchSio(machine.mcu.sio);
    this.patchInterrupts(machine.mcu);
    this.patchPsm(machine.mcu.peripherals[PSM]);
  }

  get current() {
    return this.machine.mcu.core === this.machine.cores[0].core ? 0 : 1;
  }

  patchSio(sio) {
    const read = sio.readUint32, write = sio.writeUint32;
    sio.readUint32 = (offset) => {
      if (offset === CPUID) return this.current;
      if (offset === FIFO_ST) return this.status(this.current);
      if (offset === FIFO_RD) return this.receive(this.current);
      if (offset >= OWN_FROM && offset < OWN_TO && this.owner !== this.current) this.change();
      return read.call(sio, offset);
    };
    sio.writeUint32 = (offset, value) => {
      if (offset === FIFO_WR) this.send(this.current, value);
      else if (offset === FIFO_ST) this.clearFlags(this.current);
      else {
        if (offset >= OWN_FROM && offset < OWN_TO && this.owner !== this.current) this.change();
        write.call(sio, offset, value);
      }
    };
  }

  patchInterrupts(mcu) {
    mcu.setInterrupt = (irq, value) => {
      for (const care of this.machine.cores) {
        if (!SIO_IRQ.includes(irq) || irq === SIO_IRQ[care.number]) care.core.setInterrupt(irq, value);
      }
    };
  }

  patchPsm(psm) {
    const write = psm.writeUint32;
    psm.writeUint32 = (offset, value) => {
      const before = psm.frceOff;
      write.call(psm, offset, value);
      if (offset !== FRCE_OFF || !((before ^ psm.frceOff) & PROC1)) return;
      if (psm.frceOff & PROC1) {
        this.machine.cores.length = 1;
        this.asleep = true;
        this.told = [];
      } else {
        this.mailbox[1] = [];
        this.deliver(0, 0); // the ROM drains its mailbox, and says so
      }
    };
  }

  // ---- mailboxes ----------------------------------------------------------------------------------------------------

  status(core) {
    return (this.mailbox[core].length ? VALID : 0) | (this.mailbox[1 - core].length < DEPTH ? READY : 0) | this.flags[core];
  }

  send(core, value) {
    if (core === 0 && this.asleep) {
      this.tell(value >>> 0);
    } else if (this.mailbox[1 - core].length === DEPTH) {
      this.flags[core] |= OVERFLOW;
      this.signal(core);
    } else {
      this.deliver(1 - core, value >>> 0);
    }
  }

  deliver(core, value) {
    this.mailbox[core].push(value);
    this.signal(core);
  }

  receive(core) {
    if (this.mailbox[core].length === 0) {
      this.flags[core] |= UNDERFLOW;
      this.signal(core);
      return 0;
    }
    const value = this.mailbox[core].shift();
    this.signal(core);
    return value;
  }

  clearFlags(core) {
    this.flags[core] = 0;
    this.signal(core);
  }

  signal(core) {
    this.machine.mcu.setInterrupt(SIO_IRQ[core], this.mailbox[core].length > 0 || this.flags[core] !== 0);
  }

  sendEvent() {
    for (const care of this.machine.cores) care.event();
  }

  // ---- its start ----------------------------------------------------------------------------------------------------

  // The ROM echoes 0, 0, 1, a vector table, a stack pointer and an entry; whatever is out of turn starts it all again.
  tell(value) {
    const turn = this.told.length;
    if (turn < 3 && value !== [0, 0, 1][turn]) this.told = value === 0 ? [0] : [];
    else this.told.push(value);
    this.deliver(0, value);
    if (this.told.length === 6) this.start();
  }

  start() {
    const { machine } = this, { mcu } = machine;
    const core = new mcu.core.constructor(mcu);
    const care = new CoreCare(core, 1);
    [core.VTOR, core.SP] = [this.told[3], this.told[4]];
    core.PC = this.told[5] & ~1;
    core.LR = PARKED | 1;
    care.readyAt = machine.clock.cycles;
    this.asleep = false;
    if (this.owner === 1) this.change();
    this.kept = null;
    machine.cores.push(care);
    if (machine.flash.unreadable) throw new Error('core 1 is started while flash cannot be read');
  }

  /** From now on, the bus is this core's. */
  select(care) {
    const { mcu } = this.machine;
    if (mcu.core === care.core) return;
    mcu.core = care.core;
    this.switches++;
  }

  // Divider and interpolators of the one core go, and the other's come.
  change() {
    const { sio } = this.machine.mcu, mine = {};
    for (const name of OWN) mine[name] = sio[name];
    if (this.kept) {
      for (const name of OWN) sio[name] = this.kept[name];
    } else {
      Object.assign(sio, { divDividend: 0, divDivisor: 1, divQuotient: 0, divRemainder: 0, divCSR: 0 });
      for (const name of ['interp0', 'interp1']) sio[name] = new mine[name].constructor(mine[name].index);
    }
    this.kept = mine;
    this.owner = 1 - this.owner;
  }
}
