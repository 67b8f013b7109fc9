// What was heard, taken apart: runs of frames of known programs, and between them falls, silence and rises, to the bit, and nothing else. In:
// frames as a DAC took them, programs whose frames can be told apart (wavs.mjs). Out: runs and gaps; an error for a frame that is neither.

import { Wrong } from './expect.mjs';

const RAMP = 64; // frames of a fall, its zero included, and of a rise
const SURE = 3; // frames that must agree before a run is believed to begin

const pair = (words, n) => `${words[2 * n]},${words[2 * n + 1]}`;

/** Programs by their frames: {name: words}; bits of the wire. */
export class Programs {
  constructor(programs, bits) {
    this.programs = programs;
    this.bits = bits;
    this.at = new Map(); // "left,right" of a frame: where it is
    for (const [name, words] of Object.entries(programs)) {
      for (let n = 0; n < words.length / 2; n++) {
        const key = pair(words, n);
        if (!this.at.has(key)) this.at.set(key, []);
        this.at.get(key).push({ name, frame: n });
      }
    }
  }

  /** The program frame at heard frame n: {name, frame}, or null. A program's last frames need not be followed by others. */
  find(heard, n) {
    const candidates = this.at.get(pair(heard, n)) ?? [];
    return candidates.find(({ name, frame }) => {
      const words = this.programs[name], until = Math.min(SURE, words.length / 2 - frame, heard.length / 2 - n);
      for (let k = 1; k < until; k++) if (pair(words, frame + k) !== pair(heard, n + k)) return false;
      return true;
    }) ?? null;
  }

  /** [{name, first, frames, at}] and the gaps between, before and behind them: [{at, frames}]. */
  takeApart(heard) {
    const total = heard.length / 2, runs = [], gaps = [];
    let gapFrom = 0, before = null;
    for (let n = 0; n < total;) {
      const found = this.find(heard, n);
      if (!found) {
        n++;
        continue;
      }
      const words = this.programs[found.name], run = { name: found.name, first: found.frame, at: n, frames: 0 };
      while (n < total && found.frame + run.frames < words.length / 2 && pair(words, found.frame + run.frames) === pair(heard, n)) {
        run.frames++;
        n++;
      }
      if (run.at > gapFrom) gaps.push(this.gap(heard, gapFrom, run.at, before, run));
      runs.push(run);
      gapFrom = n;
      before = run;
    }
    if (gapFrom < total) gaps.push(this.gap(heard, gapFrom, total, before, null));
    return { runs, gaps };
  }
  /**
   * Frames [from, to) between two runs: a fall of 64 frames, silence, and a rise of 64, each to the bit. A program that was stopped before its
   * first frame came is a rise towards that frame, and a fall from where the rise had got to.
   */
  gap(heard, from, to, before, after) {
    const falls = before ? Math.min(RAMP, to - from) : 0, rises = after ? RAMP : 0;
    if (to - from < falls + rises) throw new Wrong(`frame ${from}: a gap of ${to - from} frames has no room for its ramps`);
    for (let n = from; n < to; n++) {
      for (let c = 0; c < 2; c++) {
        const fall = RAMP - 1 - (n - from), rise = RAMP - (to - n);
        let wanted = 0;
        if (n - from < falls) wanted = this.part(heard[2 * (from - 1) + c], fall);
        else if (to - n <= rises) wanted = this.part(heard[2 * to + c], rise);
        if (heard[2 * n + c] === wanted) continue;
        if (wanted === 0 && this.risesInVain(heard, n - 1)) return { ...this.gap(heard, n - 1 + RAMP, to, true, after), at: from, frames: to - from };
        throw new Wrong(`frame ${n} ${c ? 'right' : 'left'} is ${heard[2 * n + c]}, must be ${wanted}: neither program, ramp nor silence`);
      }
    }
    return { at: from, frames: to - from };
  }

  /** Are frames [from, from + 64) a rise towards the first frame of a program? */
  risesInVain(heard, from) {
    return Object.values(this.programs).some((words) => {
      for (let k = 0; k < RAMP; k++) {
        for (let c = 0; c < 2; c++) if (heard[2 * (from + k) + c] !== this.part(words[c], k)) return false;
      }
      return true;
    });
  }

  /** floor(value * k / 64), in units of the wire. */
  part(value, k) {
    const unit = 2 ** (32 - this.bits);
    return this.bits === 24 ? Math.floor(Math.floor((value * k) / RAMP) / unit) * unit : Math.floor(((value / unit) * k) / RAMP) * unit;
  }
}
