// The boot ROM's floating point. In: the number of an entry of its tables (RP2040 datasheet 2.8.3.2), the core's registers. Out: the result in
// its registers, rounded to nearest as the ROM has it, in no time. Denormals are zeros there, and so they are here.

const view = new DataView(new ArrayBuffer(8));
const FLOAT_MIN = 2 ** -126, DOUBLE_MIN = 2 ** -1022;

const kinds = {
  float: {
    registers: 1,
    read: (r, n) => { view.setUint32(0, r[n]); return view.getFloat32(0); },
    write: (r, value) => { view.setFloat32(0, Math.abs(value) < FLOAT_MIN ? value * 0 : value); r[0] = view.getUint32(0); },
  },
  double: {
    registers: 2,
    read: (r, n) => { view.setUint32(4, r[2 * n]); view.setUint32(0, r[2 * n + 1]); return view.getFloat64(0); },
    write: (r, value) => {
      view.setFloat64(0, Math.abs(value) < DOUBLE_MIN ? value * 0 : value);
      r[0] = view.getUint32(4);
      r[1] = view.getUint32(0);
    },
  },
};

const signed64 = (r) => BigInt.asIntN(64, (BigInt(r[1] >>> 0) << 32n) | BigInt(r[0] >>> 0));
const unsigned64 = (r) => BigInt.asUintN(64, signed64(r));

// A number that is rounded down and kept in range, as an integer of `bits`.
function whole(r, value, bits, isSigned) {
  const low = isSigned ? -(2n ** BigInt(bits - 1)) : 0n, high = isSigned ? 2n ** BigInt(bits - 1) - 1n : 2n ** BigInt(bits) - 1n;
  let number;
  if (Number.isNaN(value)) number = 0n;
  else if (!Number.isFinite(value)) number = value < 0 ? low : high;
  else number = BigInt(Math.floor(value));
  number = number < low ? low : number > high ? high : number;
  r[0] = Number(BigInt.asUintN(32, number));
  if (bits === 64) r[1] = Number(BigInt.asUintN(32, number >> 32n));
}

/** Carry out entry `n` of the table of 'float' or 'double'. */
export function compute(kind, n, r) {
  const { read, write, registers } = kinds[kind];
  const x = read(r, 0), y = read(r, 1), shift = 2 ** (r[registers] | 0); // of a fixed-point result
  switch (n) {
    case 0: return write(r, x + y);
    case 1: return write(r, x - y);
    case 2: return write(r, x * y);
    case 3: return write(r, x / y);
    case 6: return write(r, Math.sqrt(x));
    case 7: return whole(r, x, 32, true);
    case 8: return whole(r, x * shift, 32, true);
    case 9: return whole(r, x, 32, false);
    case 10: return whole(r, x * shift, 32, false);
    case 11: return write(r, r[0] | 0);
    case 12: return write(r, (r[0] | 0) / 2 ** (r[1] | 0));
    case 13: return write(r, r[0] >>> 0);
    case 14: return write(r, (r[0] >>> 0) / 2 ** (r[1] | 0));
    case 15: return write(r, Math.cos(x));
    case 16: return write(r, Math.sin(x));
    case 17: return write(r, Math.tan(x));
    case 19: return write(r, Math.exp(x));
    case 20: return write(r, Math.log(x));
    case 22: return write(r, Math.atan2(x, y));
    case 23: return write(r, Number(signed64(r)));
    case 24: return write(r, Number(signed64(r)) / 2 ** (r[2] | 0));
    case 25: return write(r, Number(unsigned64(r)));
    case 26: return write(r, Number(unsigned64(r)) / 2 ** (r[2] | 0));
    case 27: return whole(r, x, 64, true);
    case 28: return whole(r, x * shift, 64, true);
    case 29: return whole(r, x, 64, false);
    case 30: return whole(r, x * shift, 64, false);
    case 31: return kinds[kind === 'float' ? 'double' : 'float'].write(r, x);
    default: throw new Error(`entry ${n} of the ROM's table of ${kind} functions is not there`);
  }
}
