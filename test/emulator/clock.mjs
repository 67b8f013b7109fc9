// Time, counted in cycles of clk_sys. In: how many have passed. Out: alarms, in the order of their times, and of their being set where
// those are equal. It stands in for rp2040js's clock, which counts nanoseconds in floating point and runs equal alarms backwards.
// Invariant: while an alarm's or a state machine's moment is handled, `cycles` is that moment, not the end of the instruction during
// which it came.

class Alarm {
  constructor(clock, callback) {
    this.clock = clock;
    this.callback = callback;
    this.nanos = 0;
    this.next = null;
    this.scheduled = false;
  }

  schedule(deltaNanos) {
    this.cancel();
    this.clock.link(this, this.clock.nanos + deltaNanos);
  }

  cancel() {
    if (this.scheduled) this.clock.unlink(this);
  }
}

export class CycleClock {
  constructor(hz) {
    this.hz = hz;
    this.cycles = 0;
    this.baseCycles = 0;
    this.baseNanos = 0;
    this.nanosPerCycle = 1e9 / hz;
    this.first = null;
    this.due = Infinity; // the first alarm's cycle
    this.onEarlier = () => {}; // told when `due` may have become earlier
  }

  get nanos() {
    return this.baseNanos + (this.cycles - this.baseCycles) * this.nanosPerCycle;
  }

  get micros() {
    return this.nanos / 1000;
  }

  get frequency() {
    return this.hz;
  }

  /** clk_sys has changed: from now on a cycle is 1 / hz seconds. */
  setFrequency(hz) {
    this.baseNanos = this.nanos;
    this.baseCycles = this.cycles;
    this.hz = hz;
    this.nanosPerCycle = 1e9 / hz;
    this.findDue();
  }

  createAlarm(callback) {
    return new Alarm(this, callback);
  }

  link(alarm, nanos) {
    alarm.nanos = nanos;
    alarm.scheduled = true;
    let before = null, after = this.first;
    while (after && after.nanos <= nanos) {
      before = after;
      after = after.next;
    }
    alarm.next = after;
    if (before) {
      before.next = alarm;
    } else {
      this.first = alarm;
      this.findDue();
    }
  }

  unlink(alarm) {
    alarm.scheduled = false;
    if (this.first === alarm) {
      this.first = alarm.next;
      this.findDue();
      return;
    }
    for (let a = this.first; a; a = a.next) {
      if (a.next === alarm) {
        a.next = alarm.next;
        return;
      }
    }
  }

  findDue() {
    // A thousandth of a cycle is more than floating point loses, and less than anything that counts.
    this.due = this.first
      ? this.baseCycles + Math.ceil((this.first.nanos - this.baseNanos) / this.nanosPerCycle - 1e-3)
      : Infinity;
    this.onEarlier();
  }

  /** Run the first alarm. */
  runFirst() {
    const alarm = this.first;
    this.first = alarm.next;
    alarm.scheduled = false;
    this.findDue();
    alarm.callback();
  }

  get nanosToNextAlarm() {
    return this.first ? this.first.nanos - this.nanos : 0;
  }
}
