// What functions cost. In: a machine, functions of its image by name. Out: cycles between entry and return, without what interrupts took
// in between; and how deep the stacks went.

export class FunctionCost {
  constructor(machine, name) {
    this.name = name;
    this.calls = 0;
    this.cycles = 0;
    this.least = Infinity;
    this.most = 0;
    this.machine = machine;
    this.open = []; // calls that have not returned
    const { address, isFunction } = machine.symbol(name);
    if (!isFunction) throw new Error(`${name} is no function`);
    machine.hook(address, (care) => this.enter(care));
  }

  get mean() {
    return this.cycles / this.calls;
  }

  enter(care) {
    const { core, depth } = care, sp = core.registers[13], back = core.registers[14] & ~1;
    const top = this.open.at(-1);
    if (top && top.care === care && top.sp === sp && top.depth === depth) {
      top.from = care.spent[depth]; // an interrupt came before its first instruction, which begins again
      return;
    }
    const call = { care, sp, depth, from: care.spent[depth] };
    this.open.push(call);
    call.unhook = this.machine.hook(back, (at) => {
      if (at === care && at.depth === depth && core.registers[13] === sp) this.leave(call);
    });
  }

  leave(call) {
    call.unhook();
    this.open.splice(this.open.indexOf(call), 1);
    const took = call.care.spent[call.depth] - call.from;
    this.calls++;
    this.cycles += took;
    this.least = Math.min(this.least, took);
    this.most = Math.max(this.most, took);
  }

  toString() {
    if (this.calls === 0) return `${this.name}: never called`;
    return `${this.name}: ${this.calls} calls, ${this.least} to ${this.most} cycles, mean ${this.mean.toFixed(1)}`;
  }
}

/** Bytes of stack that a core has used at most, handlers included. */
export function stackUsed(machine, core = 0) {
  const top = machine.symbol(core === 0 ? '__StackTop' : '__StackOneTop').address;
  const lowest = machine.cores[core].lowestSp;
  return lowest > top ? 0 : top - lowest;
}

/** Cycles of an interrupt's handler, its entry and return included, as FunctionCost has them. */
export function handlerCost(machine, irq, core = 0) {
  const known = machine.cores[core].handlers.get(16 + irq) ?? { count: 0, cycles: 0, least: 0, most: 0 };
  return { calls: known.count, cycles: known.cycles, least: known.least, most: known.most, mean: known.cycles / (known.count || 1) };
}
