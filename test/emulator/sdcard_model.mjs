// An SD card on the emulated SPI, from its specification (SD Physical Layer Simplified Specification 6.00, chapters 4, 5 and 7), and not from
// the driver. In: a machine, an image of the card, its kind and its moods. Out: bytes, as the clock asks for them; complaints about what a
// host must not do. Kinds: 'sdhc' (version 2, addresses count blocks), 'sdsc' (version 2, bytes), 'v1' (version 1, knows no CMD8).
//
// Moods: latency(block, count) seconds before data; damage(block, count): 'crc', 'token', 'silent' or null; startTries: ACMD41s until it is
// ready; absent: no card; count is how often that block has been asked for.

import { GPIOPinState } from 'rp2040js';

const BLOCK = 512, IDLE = 1, ILLEGAL = 4, CRC_ERROR = 8, PARAMETER = 0x40, HIGHEST_HZ = 25e6, WAKE_HZ = 400e3;

export class SdCard {
  constructor(machine, bytes, { kind = 'sdhc', latency = () => 0.0002, damage = () => null, startTries = 3, absent = false, spi = 0, cs = 17 } = {}) {
    Object.assign(this, { machine, bytes, kind, latency, damage, startTries, absent });
    this.port = machine.mcu.spi[spi];
    this.cs = machine.mcu.gpio[cs];
    this.out = []; // bytes that wait to be sent
    this.frame = []; // bytes of the command that is coming in
    this.clocks = 0; // with CS high, before the first command
    this.state = 'off'; // off, idle, ready
    this.checks = false; // checksums of commands
    this.application = false; // the last command was CMD55
    this.streaming = null; // {block} of a multiple read
    this.waiting = null; // {at, data} of data that is not ready yet
    this.asked = new Map(); // how often each block was asked for
    this.reads = 0;
    this.complaints = [];
    this.port.onTransmit = (byte) => this.clocked(byte);
  }

  complain(what) {
    if (this.complaints.length < 16) this.complaints.push(`cycle ${this.machine.clock.cycles}: SD card: ${what}`);
  }

  clocked(byte) {
    const hz = this.port.clockFrequency, answer = this.absent ? 0xff : this.exchange(byte, hz);
    this.machine.clock.createAlarm(() => this.port.completeTransmit(answer)).schedule(8e9 / hz);
  }

  exchange(byte, hz) {
    if (hz > (this.state === 'ready' ? HIGHEST_HZ : WAKE_HZ)) this.complain(`clocked with ${hz} Hz while ${this.state}`);
    if (this.port.dataBits !== 8 || this.port.spiMode !== 0) this.complain(`mode ${this.port.spiMode}, ${this.port.dataBits} bits`);
    if (this.cs.value !== GPIOPinState.Low) {
      this.clocks += 8;
      this.out = [];
      this.frame = [];
      this.streaming = this.waiting = null;
      return 0xff;
    }
    const answer = this.next();
    this.listen(byte);
    return answer;
  }

  // What it sends: an answer, then data once it is ready.
  next() {
    if (this.out.length) return this.out.shift();
    if (this.waiting && this.machine.clock.cycles >= this.waiting.at) {
      this.out.push(...this.waiting.data);
      this.waiting = null;
      if (this.streaming) this.prepare(++this.streaming.block);
      return this.out.shift();
    }
    return 0xff;
  }

  listen(byte) {
    if (this.frame.length === 0 && (byte & 0xc0) !== 0x40) {
      if (byte !== 0xff) this.complain(`byte ${byte.toString(16)} between commands`);
      return;
    }
    this.frame.push(byte);
    if (this.frame.length < 6) return;
    const number = this.frame[0] & 0x3f, argument = this.frame.slice(1, 5).reduce((sum, b) => sum * 256 + b, 0);
    const sound = this.frame[5] === crc7(this.frame.slice(0, 5));
    this.frame = [];
    this.command(number, argument, sound);
  }

  answer(...bytes) {
    this.out.push(0xff, ...bytes); // NCR is a byte
  }

  get idle() {
    return this.state === 'ready' ? 0 : IDLE;
  }

  command(number, argument, sound) {
    const application = this.application;
    this.application = false;
    if ((this.streaming || this.waiting || this.out.length) && number !== 12) this.complain(`CMD${number} while data is on its way`);
    if (!sound && (this.checks || number === 0 || number === 8)) {
      this.complain(`CMD${number} with a wrong checksum`);
      this.answer(this.idle | CRC_ERROR);
      return;
    }
    if (number === 0) {
      if (this.clocks < 74) this.complain(`CMD0 after ${this.clocks} clocks`);
      this.state = 'idle';
      this.checks = false;
      this.answer(IDLE);
      return;
    }
    if (this.state === 'off') return; // not in SPI mode yet
    if (application && number === 41) this.start(argument);
    else this.plain(number, argument);
  }

  start(argument) {
    if (this.kind === 'sdhc' && !(argument & 0x40000000)) this.complain('ACMD41 without HCS to a card of high capacity');
    if (--this.startTries <= 0) this.state = 'ready';
    this.answer(this.idle);
  }

  plain(number, argument) {
    const early = [0, 8, 55, 58, 59];
    if (this.state !== 'ready' && !early.includes(number)) this.complain(`CMD${number} before it is ready`);
    switch (number) {
      case 8:
        if (this.kind === 'v1') this.answer(IDLE | ILLEGAL);
        else this.answer(this.idle, 0, 0, (argument >> 8) & 15, argument & 0xff);
        break;
      case 9:
        this.answer(0);
        this.send(this.csd(), 0, null);
        break;
      case 12:
        this.out = [0xff]; // the byte that means nothing
        this.streaming = this.waiting = null;
        this.answer(0, 0, 0); // R1, then busy
        break;
      case 16:
        this.answer(argument === BLOCK ? 0 : PARAMETER);
        break;
      case 17:
      case 18:
        this.read(number, argument);
        break;
      case 55:
        this.application = true;
        this.answer(this.idle);
        break;
      case 58:
        this.answer(this.idle, 0x80 | (this.kind === 'sdhc' ? 0x40 : 0), 0xff, 0x80, 0);
        break;
      case 59:
        this.checks = (argument & 1) !== 0;
        this.answer(this.idle);
        break;
      default:
        this.answer(this.idle | ILLEGAL);
    }
  }

  read(number, argument) {
    const block = this.kind === 'sdhc' ? argument : argument / BLOCK;
    if (!Number.isInteger(block) || (block + 1) * BLOCK > this.bytes.length) {
      this.complain(`CMD${number} of address ${argument}`);
      this.answer(PARAMETER);
      return;
    }
    this.answer(0);
    this.streaming = number === 18 ? { block } : null;
    this.prepare(block);
  }

  prepare(block) {
    const count = (this.asked.get(block) ?? 0) + 1, how = this.damage(block, count);
    this.asked.set(block, count);
    this.reads++;
    if ((block + 1) * BLOCK > this.bytes.length) return;
    this.send(this.bytes.subarray(block * BLOCK, (block + 1) * BLOCK), this.latency(block, count), how);
  }

  send(data, seconds, how) {
    const sum = crc16(data) ^ (how === 'crc' ? 1 : 0);
    const bytes = how === 'silent' ? [] : how === 'token' ? [0x04] : [0xfe, ...data, sum >> 8, sum & 0xff];
    this.waiting = { at: this.machine.clock.cycles + seconds * this.machine.clock.hz, data: bytes };
    if (how === 'silent') this.waiting.at = Infinity;
  }

  csd() {
    const csd = new Uint8Array(16), blocks = this.bytes.length / BLOCK;
    if (this.kind === 'sdhc') { // version 2: C_SIZE, units of 512 KiB
      const size = Math.floor(blocks / 1024) - 1;
      csd.set([0x40, 0x0e, 0, 0x32, 0x5b, 0x59, 0, (size >> 16) & 0x3f, (size >> 8) & 0xff, size & 0xff, 0x7f, 0x80, 0x0a, 0x40, 0, 1]);
    } else { // version 1: READ_BL_LEN 9, C_SIZE_MULT 7: units of 256 KiB
      const size = Math.floor(blocks / 512) - 1;
      csd.set([0, 0x26, 0, 0x32, 0x5b, 0x59, 0x80 | (size >> 10), (size >> 2) & 0xff, ((size & 3) << 6) | 0x2d, 0x80 | 3, 0x80 | 0x7f, 0x80, 0x0a, 0x40, 0, 1]);
    }
    return csd;
  }
}

function crc7(bytes) {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = ((crc >> 6) ^ (byte >> bit)) & 1;
      crc = ((crc << 1) & 0x7f) ^ (carry ? 9 : 0);
    }
  }
  return (crc << 1) | 1;
}

function crc16(bytes) {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
