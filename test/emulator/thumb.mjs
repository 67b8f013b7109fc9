// The instructions that programs consist of, in a fraction of the package's time. In: a core of rp2040js, its memory, an opcode. Out: what the
// package's executeInstruction would have done, cycles included; checks.mjs compares every opcode. Whatever is rare or odd is left to the
// package: wide instructions but BL, carries in, hints, barriers, shifts of none or of 32 bits and more, interrupts, and all
// while flash cannot be read. Memory other than SRAM and flash is read and written by the chip's own functions.

const SRAM = 0x20000000, SRAM_BYTES = 264 * 1024, FLASH_PAGE = 0x10, NO_PAGE = -1;

/** Cycles of a load (write: false) or store beyond the first: the package's figures. */
function wait(address, write) {
  const page = address >>> 28;
  return page === 4 ? (write ? 4 : 3) : page === 13 ? 0 : 1;
}

export class Thumb {
  /** others: whose readUint32 and so on serve what is not aligned in SRAM or flash; flash: whether there is any. */
  constructor(core, { others = core.rp2040, flash = true } = {}) {
    const { rp2040 } = core;
    this.core = core;
    this.others = others;
    this.r = core.registers;
    this.sram8 = rp2040.sram;
    this.sram16 = new Uint16Array(rp2040.sram.buffer);
    this.sram32 = new Uint32Array(rp2040.sram.buffer);
    this.flashPage = flash ? FLASH_PAGE : NO_PAGE;
    this.flash8 = rp2040.flash;
    this.flash16 = rp2040.flash16;
    this.flash32 = new Uint32Array(rp2040.flash.buffer);
    this.whole = false; // leave everything to the package, whose reads of memory are watched
    this.left = 0; // instructions that were left to it
  }

  /** The instruction at the program counter, which is `opcode`, or undefined where there is no memory that is known here. Returns its cycles. */
  step(opcode) {
    const { core } = this;
    if (!core.interruptsUpdated && !this.whole && opcode !== undefined) {
      const cycles = this.execute(opcode);
      if (cycles > 0) {
        core.cycles += cycles;
        return cycles;
      }
    }
    this.left++;
    return core.executeInstruction();
  }

  load32(address) {
    const at = (address - SRAM) >>> 0;
    if (at < SRAM_BYTES && !(at & 3)) return this.sram32[at >>> 2];
    if (address >>> 24 === this.flashPage && !(address & 3)) return this.flash32[(address & 0xffffff) >>> 2];
    return this.others.readUint32(address);
  }

  load16(address) {
    const at = (address - SRAM) >>> 0;
    if (at < SRAM_BYTES && !(at & 1)) return this.sram16[at >>> 1];
    if (address >>> 24 === this.flashPage && !(address & 1)) return this.flash16[(address & 0xffffff) >>> 1];
    return this.others.readUint16(address);
  }

  load8(address) {
    const at = (address - SRAM) >>> 0;
    if (at < SRAM_BYTES) return this.sram8[at];
    if (address >>> 24 === this.flashPage) return this.flash8[address & 0xffffff];
    return this.others.readUint8(address);
  }

  store32(address, value) {
    const at = (address - SRAM) >>> 0;
    if (at < SRAM_BYTES && !(at & 3)) this.sram32[at >>> 2] = value;
    else this.others.writeUint32(address, value);
  }

  store16(address, value) {
    const at = (address - SRAM) >>> 0;
    if (at < SRAM_BYTES && !(at & 1)) this.sram16[at >>> 1] = value;
    else this.others.writeUint16(address, value);
  }

  store8(address, value) {
    const at = (address - SRAM) >>> 0;
    if (at < SRAM_BYTES) this.sram8[at] = value;
    else this.others.writeUint8(address, value);
  }

  // N and Z of a result.
  sign(result) {
    this.core.N = result < 0;
    this.core.Z = result === 0;
    return result;
  }

  add(a, b) {
    const { core } = this, sum = a + b, result = sum | 0;
    core.N = result < 0;
    core.Z = result === 0;
    core.C = sum > 0xffffffff;
    core.V = ((a ^ result) & (b ^ result)) < 0;
    return result;
  }

  subtract(a, b) {
    const { core } = this, result = (a - b) | 0;
    core.N = result < 0;
    core.Z = result === 0;
    core.C = a >= b;
    core.V = ((a ^ b) & (a ^ result)) < 0;
    return result;
  }

  shiftLeft(value, bits) {
    this.core.C = ((value >>> (32 - bits)) & 1) === 1;
    return this.sign(value << bits);
  }

  shiftRight(value, bits) {
    this.core.C = ((value >>> (bits - 1)) & 1) === 1;
    return this.sign((value >>> bits) | 0);
  }

  shiftArithmetic(value, bits) {
    this.core.C = ((value >>> (bits - 1)) & 1) === 1;
    return this.sign(value >> bits);
  }

  // ARMv6-M Architecture Reference Manual, A5.2. Returns 0 and has changed nothing where it is the package's to do.
  execute(opcode) {
    const { r, core } = this, pc = r[15] & ~1;
    const low = opcode & 7, middle = (opcode >> 3) & 7, high = (opcode >> 6) & 7, five = (opcode >> 6) & 31;
    const wide = (opcode >> 8) & 7, byte = opcode & 255; // register and immediate of the instructions that have such
    let at = 0;
    switch (opcode >> 11) {
      case 0: // LSLS
        if (five) r[low] = this.shiftLeft(r[middle], five);
        else r[low] = this.sign(r[middle] | 0);
        break;
      case 1: // LSRS
        if (!five) return 0;
        r[low] = this.shiftRight(r[middle], five);
        break;
      case 2: // ASRS
        if (!five) return 0;
        r[low] = this.shiftArithmetic(r[middle], five);
        break;
      case 3: // ADDS and SUBS of three
        switch ((opcode >> 9) & 3) {
          case 0: r[low] = this.add(r[middle], r[high]); break;
          case 1: r[low] = this.subtract(r[middle], r[high]); break;
          case 2: r[low] = this.add(r[middle], high); break;
          default: r[low] = this.subtract(r[middle], high); break;
        }
        break;
      case 4: // MOVS
        r[wide] = this.sign(byte);
        break;
      case 5: // CMP
        this.subtract(r[wide], byte);
        break;
      case 6:
        r[wide] = this.add(r[wide], byte);
        break;
      case 7:
        r[wide] = this.subtract(r[wide], byte);
        break;
      case 8:
        return opcode < 0x4400 ? this.data(opcode, pc) : this.special(opcode, pc);
      case 9: // LDR of a literal
        at = ((pc + 4) & ~3) + 4 * byte;
        r[wide] = this.load32(at);
        r[15] = pc + 2;
        return 1 + wait(at, false);
      case 10:
      case 11:
        return this.indexed(opcode, pc, r[middle] + r[high]);
      case 12: // STR
        at = r[middle] + 4 * five;
        r[15] = pc + 2;
        this.store32(at, r[low]);
        return 1 + wait(at, true);
      case 13: // LDR
        at = r[middle] + 4 * five;
        r[15] = pc + 2;
        r[low] = this.load32(at);
        return 1 + wait(at, false);
      case 14: // STRB
        at = r[middle] + five;
        r[15] = pc + 2;
        this.store8(at, r[low]);
        return 1 + wait(at, true);
      case 15: // LDRB
        at = r[middle] + five;
        r[15] = pc + 2;
        r[low] = this.load8(at);
        return 1 + wait(at, false);
      case 16: // STRH
        at = r[middle] + 2 * five;
        r[15] = pc + 2;
        this.store16(at, r[low]);
        return 1 + wait(at, true);
      case 17: // LDRH
        at = r[middle] + 2 * five;
        r[15] = pc + 2;
        r[low] = this.load16(at);
        return 1 + wait(at, false);
      case 18: // STR and LDR on the stack
        at = r[13] + 4 * byte;
        r[15] = pc + 2;
        this.store32(at, r[wide]);
        return 1 + wait(at, true);
      case 19:
        at = r[13] + 4 * byte;
        r[15] = pc + 2;
        r[wide] = this.load32(at);
        return 1 + wait(at, false);
      case 20: // ADR
        r[wide] = (pc & ~3) + 4 + 4 * byte;
        break;
      case 21: // ADD of the stack pointer
        r[wide] = r[13] + 4 * byte;
        break;
      case 22:
      case 23:
        return this.miscellaneous(opcode, pc);
      case 24:
        return this.storeMany(opcode, pc, wide);
      case 25:
        return this.loadMany(opcode, pc, wide);
      case 26:
      case 27: // B with a condition
        if (opcode >= 0xde00) return 0;
        if (!this.holds((opcode >> 8) & 15)) break;
        r[15] = pc + 4 + ((opcode << 24) >> 23);
        return 2;
      case 28: // B
        r[15] = pc + 4 + ((opcode << 21) >> 20);
        return 2;
      case 30:
        return this.call(opcode, pc);
      default:
        return 0;
    }
    r[15] = pc + 2;
    return 1;
  }

  holds(condition) {
    const { core } = this;
    switch (condition) {
      case 0: return core.Z;
      case 1: return !core.Z;
      case 2: return core.C;
      case 3: return !core.C;
      case 4: return core.N;
      case 5: return !core.N;
      case 6: return core.V;
      case 7: return !core.V;
      case 8: return core.C && !core.Z;
      case 9: return !core.C || core.Z;
      case 10: return core.N === core.V;
      case 11: return core.N !== core.V;
      case 12: return core.N === core.V && !core.Z;
      default: return core.N !== core.V || core.Z;
    }
  }

  // Of two low registers.
  data(opcode, pc) {
    const { r } = this, d = opcode & 7, a = r[d], b = r[(opcode >> 3) & 7];
    switch ((opcode >> 6) & 15) {
      case 0: r[d] = this.sign(a & b); break;
      case 1: r[d] = this.sign(a ^ b); break;
      case 2: case 3: case 4: {
        const bits = b & 255, kind = (opcode >> 6) & 3;
        if (bits === 0 || bits > 31) return 0;
        r[d] = kind === 2 ? this.shiftLeft(a, bits) : kind === 3 ? this.shiftRight(a, bits) : this.shiftArithmetic(a, bits);
        break;
      }
      case 8: this.sign(a & b); break; // TST
      case 9: r[d] = this.subtract(0, b); break;
      case 10: this.subtract(a, b); break; // CMP
      case 11: this.add(a, b); break; // CMN
      case 12: r[d] = this.sign(a | b); break;
      case 13: r[d] = this.sign(Math.imul(a, b)); break;
      case 14: r[d] = this.sign(a & ~b); break;
      case 15: r[d] = this.sign(~b); break;
      default: return 0;
    }
    r[15] = pc + 2;
    return 1;
  }

  // ADD, CMP and MOV of high registers, BX and BLX.
  special(opcode, pc) {
    const { r, core } = this, m = (opcode >> 3) & 15, d = (opcode & 7) | ((opcode >> 4) & 8);
    if (d === 15 && opcode < 0x4700) return 0;
    const value = m === 15 ? pc + 4 : r[m];
    switch ((opcode >> 8) & 3) {
      case 0: r[d] = d === 13 ? (r[d] + value) & ~3 : r[d] + value; break;
      case 1:
        if (m === 15) return 0;
        this.subtract(r[d], value);
        break;
      case 2: r[d] = d === 13 ? value & ~3 : value; break;
      default:
        if (opcode & 7 || m === 15) return 0;
        if (opcode & 0x80) {
          if (m === 14) return 0; // in which the package sees the new LR
          r[14] = (pc + 2) | 1;
          r[15] = value & ~1;
          return 2;
        }
        r[15] = pc + 2;
        core.BXWritePC(value);
        return 2;
    }
    r[15] = pc + 2;
    return 1;
  }

  // Loads and stores whose address is the sum of two registers.
  indexed(opcode, pc, at) {
    const { r } = this, t = opcode & 7, kind = (opcode >> 9) & 7;
    r[15] = pc + 2;
    switch (kind) {
      case 0: this.store32(at, r[t]); break;
      case 1: this.store16(at, r[t]); break;
      case 2: this.store8(at, r[t]); break;
      case 3: r[t] = (this.load8(at) << 24) >> 24; break;
      case 4: r[t] = this.load32(at); break;
      case 5: r[t] = this.load16(at); break;
      case 6: r[t] = this.load8(at); break;
      default: r[t] = (this.load16(at) << 16) >> 16; break;
    }
    return 1 + wait(at, kind < 3);
  }

  // The stack pointer's own, extensions, PUSH and POP.
  miscellaneous(opcode, pc) {
    const { r } = this, m = (opcode >> 3) & 7, d = opcode & 7;
    switch (opcode >> 8) {
      case 0xb0:
        r[13] = (opcode & 0x80 ? r[13] - 4 * (opcode & 127) : r[13] + 4 * (opcode & 127)) & ~3;
        break;
      case 0xb2:
        switch ((opcode >> 6) & 3) {
          case 0: r[d] = (r[m] << 16) >> 16; break;
          case 1: r[d] = (r[m] << 24) >> 24; break;
          case 2: r[d] = r[m] & 0xffff; break;
          default: r[d] = r[m] & 0xff; break;
        }
        break;
      case 0xb4:
      case 0xb5:
        return this.push(opcode, pc);
      case 0xbc:
      case 0xbd:
        return this.pop(opcode, pc);
      default:
        return 0;
    }
    r[15] = pc + 2;
    return 1;
  }

  push(opcode, pc) {
    const { r } = this;
    let at = r[13], cycles = 1;
    for (let bits = opcode & 0x1ff; bits; bits &= bits - 1) at -= 4;
    const lowest = at & ~3;
    r[15] = pc + 2;
    for (let n = 0; n < 8; n++) {
      if (!((opcode >> n) & 1)) continue;
      this.store32(at, r[n]);
      at += 4;
      cycles++;
    }
    if (opcode & 0x100) this.store32(at, r[14]);
    r[13] = lowest;
    return cycles;
  }

  pop(opcode, pc) {
    const { r } = this;
    let at = r[13], cycles = 1;
    r[15] = pc + 2;
    for (let n = 0; n < 8; n++) {
      if (!((opcode >> n) & 1)) continue;
      r[n] = this.load32(at);
      at += 4;
      cycles++;
    }
    if (!(opcode & 0x100)) {
      r[13] = at & ~3;
      return cycles;
    }
    r[13] = (at + 4) & ~3;
    this.core.BXWritePC(this.load32(at));
    return cycles + 2;
  }

  storeMany(opcode, pc, base) {
    const { r } = this;
    let at = r[base], cycles = 1;
    r[15] = pc + 2;
    for (let n = 0; n < 8; n++) {
      if (!((opcode >> n) & 1)) continue;
      this.store32(at, r[n]);
      at += 4;
      cycles++;
    }
    if (!((opcode >> base) & 1)) r[base] = at;
    return cycles;
  }

  loadMany(opcode, pc, base) {
    const { r } = this;
    let at = r[base], cycles = 1;
    r[15] = pc + 2;
    for (let n = 0; n < 8; n++) {
      if (!((opcode >> n) & 1)) continue;
      r[n] = this.load32(at);
      at += 4;
      cycles++;
    }
    if (!((opcode >> base) & 1)) r[base] = at;
    return cycles;
  }

  // BL, A6.7.13.
  call(opcode, pc) {
    const { r } = this, second = this.load16(pc + 2);
    if ((second & 0xd000) !== 0xd000) return 0;
    const s = (opcode >> 10) & 1, i1 = 1 - (s ^ ((second >> 13) & 1)), i2 = 1 - (s ^ ((second >> 11) & 1));
    r[14] = (pc + 4) | 1;
    r[15] = pc + 4 + ((s ? -(1 << 24) : 0) | (i1 << 23) | (i2 << 22) | ((opcode & 0x3ff) << 12) | ((second & 0x7ff) << 1));
    return 3;
  }
}
