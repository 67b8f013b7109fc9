// rp2040js's PIO, in step with the processor. In: a chip. Out: each enabled state machine does one cycle whenever its divider says so.
// rp2040js runs all machines of a block at once, from a timer of the host, whether enabled or not.
//
// What is different from the package, each with the section of the RP2040 datasheet:
//   3.5.5    every machine has a divider of its own, 16.8 fixed point, 0 meaning 65536; the phase restarts by CLKDIV_RESTART
//   3.2.4    a stall lasts whole cycles: an instruction that completes takes its cycle, and the next one comes in the next
//   3.4      delays last
//   3.5.3    SHIFTCTRL's FJOIN bits make one FIFO of eight words; a change of them empties both
//   3.5.7    an instruction that is written to SMx_INSTR changes pins at once, not with some later cycle
//   3.7      only enabled machines run

import { FIFO } from 'rp2040js';

const SHIFTCTRL = 0x08, INSTR = 0x10, CLKDIV = 0x00; // from a machine's first register
const JOIN_TX = 0x40000000, JOIN_RX = 0x80000000 | 0;
const CTRL = 0x000;

export class PioClock {
  constructor(mcu, clock) {
    this.clock = clock;
    this.running = []; // enabled machines
    this.due = Infinity; // cycle of the next step
    this.onEarlier = () => {};
    for (const pio of mcu.pio) this.patchBlock(pio);
  }

  patchBlock(pio) {
    const write = pio.writeUint32;
    pio.run = () => {};
    pio.checkChangedPins = () => checkChangedPins(pio);
    pio.writeUint32 = (offset, value) => {
      write.call(pio, offset, value);
      if (offset === CTRL) this.control(pio, value);
    };
    for (const machine of pio.machines) this.patchMachine(pio, machine);
  }

  patchMachine(pio, machine) {
    const checkWait = machine.checkWait, write = machine.writeUint32, execute = machine.executeInstruction;
    machine.delay = 0; // cycles that an instruction's delay still lasts
    machine.next = 0; // when it steps next, in 1/256 cycles
    machine.divider = 256;
    machine.inside = false; // it is the machine's own cycle, or an instruction written by the processor
    machine.checkWait = () => {
      if (machine.inside) checkWait.call(machine);
    };
    machine.executeInstruction = (opcode) => {
      const outer = machine.inside;
      machine.inside = true;
      execute.call(machine, opcode);
      machine.inside = outer;
    };
    machine.clkDivRestart = () => {
      machine.next = this.clock.cycles * 256 + machine.divider;
    };
    machine.writeUint32 = (offset, value) => {
      if (offset === SHIFTCTRL && (machine.shiftCtrl ^ value) & (JOIN_TX | JOIN_RX)) join(machine, value);
      write.call(machine, offset, value);
      if (offset === INSTR) pio.checkChangedPins();
      if (offset === CLKDIV) machine.divider = ((machine.clockDivInt || 65536) << 8) + machine.clockDivFrac;
    };
  }

  control(pio, value) {
    for (const machine of pio.machines) {
      const known = this.running.includes(machine);
      if (machine.enabled && !known) {
        machine.next = this.clock.cycles * 256 + machine.divider;
        machine.pio = pio;
        this.running.push(machine);
      } else if (!machine.enabled && known) {
        this.running.splice(this.running.indexOf(machine), 1);
      }
      if ((value >> (4 + machine.index)) & 1) machine.delay = 0; // SM_RESTART
    }
    this.findDue();
  }

  findDue() {
    let first = Infinity;
    for (const machine of this.running) if (machine.next < first) first = machine.next;
    this.due = Math.ceil(first / 256);
    this.onEarlier();
  }

  /** Every machine whose cycle this is does it. Equal moments: PIO0 first, lower numbers first, as they are in `running`. */
  runDue() {
    const now = this.clock.cycles * 256;
    const machines = this.running;
    for (let n = 0; n < machines.length; n++) {
      const machine = machines[n];
      if (machine.next > now) continue;
      machine.next += machine.divider;
      step(machine);
    }
    this.findDue();
  }
}

function step(machine) {
  if (machine.delay > 0) {
    machine.delay--;
    return;
  }
  const before = machine.cycles;
  machine.inside = true;
  if (machine.waiting) {
    machine.checkWait();
    if (!machine.waiting) machine.delay = machine.cycles - before;
  } else {
    machine.step();
    const took = machine.cycles - before;
    if (took > 1) machine.delay = took - 1;
  }
  machine.inside = false;
  const pio = machine.pio;
  if (pio.oldPinValues !== pio.pinValues || pio.oldPinDirections !== pio.pinDirections) checkChangedPins(pio);
}

function checkChangedPins(pio) {
  let changed = (pio.oldPinDirections ^ pio.pinDirections) | (pio.oldPinValues ^ pio.pinValues);
  pio.oldPinDirections = pio.pinDirections;
  pio.oldPinValues = pio.pinValues;
  while (changed) {
    const pin = 31 - Math.clz32(changed & -changed);
    changed &= changed - 1;
    pio.rp2040.gpio[pin].checkForUpdates();
  }
}

function join(machine, shiftCtrl) {
  machine.txFIFO = new FIFO(shiftCtrl & JOIN_TX ? 8 : shiftCtrl & JOIN_RX ? 0 : 4);
  machine.rxFIFO = new FIFO(shiftCtrl & JOIN_RX ? 8 : shiftCtrl & JOIN_TX ? 0 : 4);
  machine.updateDMATx();
  machine.updateDMARx();
}
