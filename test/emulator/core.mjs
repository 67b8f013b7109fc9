// rp2040js's Cortex-M0+, with the cycles that it leaves out and a way to hold it. In: a core. Out: cycles per instruction as the
// Cortex-M0+ Technical Reference Manual has them (r0p1, table 3-1), and interrupts that can be masked from outside.
//
// What is different from the package:
//   PUSH with LR and POP with PC cost one cycle more: the package does not count that register
//   exception entry costs 15 cycles (the manual's figure for no wait states), return 12: eight words and a branch, an estimate
//   SEV sets the event of both cores; the package only logs it
//   a core that waits with PRIMASK set is not thrown into the handler when an interrupt comes, but wakes (ARMv6-M, B1.5.17)

const ENTRY_CYCLES = 15, RETURN_CYCLES = 12;
const PUSH_LR = 0xb500, POP_PC = 0xbd00;

export class CoreCare {
  constructor(core, number) {
    this.core = core;
    this.number = number;
    this.extra = 0; // cycles that the running instruction costs beyond the package's count
    this.masked = false; // no interrupt is delivered, whatever PRIMASK says
    this.readyAt = 0; // when its next instruction begins
    this.asleep = false; // it waits, or has just been woken
    this.heldUntil = 0; // the core stands still until this cycle
    this.depth = 0; // exceptions within exceptions
    this.deepest = 0; // within the running instruction
    this.spent = new Float64Array(8); // cycles at each depth
    this.open = []; // exceptions that are being handled: {number, at}
    this.closing = null;
    this.handlers = new Map(); // exception number: {count, cycles, least, most}, entry and return included, others within excluded
    this.lowestSp = 0xffffffff;
    this.patch(core);
  }

  patch(core) {
    const entry = core.exceptionEntry, leave = core.exceptionReturn, check = core.checkForInterrupts;
    core.exceptionEntry = (number) => {
      entry.call(core, number);
      this.depth++;
      if (this.depth > this.deepest) this.deepest = this.depth;
      this.open.push({ number, at: this.spent[this.depth] });
      this.extra += ENTRY_CYCLES;
    };
    core.exceptionReturn = (value) => {
      leave.call(core, value);
      this.depth--;
      this.closing = this.open.pop();
      this.extra += RETURN_CYCLES;
    };
    core.checkForInterrupts = () => {
      if (this.masked) {
        core.interruptsUpdated = false;
        return false;
      }
      if (core.waiting && core.PM) {
        if (core.pendingInterrupts & core.enabledInterrupts) core.waiting = false;
        return false;
      }
      return check.call(core);
    };
  }

  /** From now on interrupts are delivered again. */
  unmask() {
    this.masked = false;
    this.core.interruptsUpdated = true;
    if (this.core.waiting && this.core.checkForInterrupts()) this.core.waiting = false;
  }

  /** An event, from the other core or from itself. */
  event() {
    this.core.eventRegistered = true;
    if (!this.core.waiting) return;
    this.core.waiting = false;
    this.core.eventRegistered = false;
  }

  /** One instruction. Returns its cycles. */
  step(opcode) {
    const core = this.core;
    this.extra = 0;
    this.deepest = this.depth;
    let cycles = core.executeInstruction();
    const kind = opcode & 0xff00;
    if (kind === PUSH_LR || kind === POP_PC) cycles++;
    cycles += this.extra;
    // An interrupt is taken before the instruction, and a return ends with it: what they cost belongs to the handler.
    this.spent[this.deepest] += cycles;
    if (this.closing) this.close(this.depth + 1);
    const sp = core.registers[13];
    if (sp < this.lowestSp) this.lowestSp = sp;
    return cycles;
  }

  close(depth) {
    const { number, at } = this.closing, took = this.spent[depth] - at;
    this.closing = null;
    const known = this.handlers.get(number) ?? { count: 0, cycles: 0, least: Infinity, most: 0 };
    known.count++;
    known.cycles += took;
    known.least = Math.min(known.least, took);
    known.most = Math.max(known.most, took);
    this.handlers.set(number, known);
  }
}
