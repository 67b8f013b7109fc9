// MicroPython with the module, as it is flashed on a Pico, its console on USB: scripts are pasted, and what leaves at the pins is
// compared with what they play. In: build/firmware/micropython/RPI_PICO.elf (tools/micropython-rp2.sh), micropython/examples.
//
// DMA may read what the module has registered (port_dma_block, which does nothing on a board), and nothing else.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { USBCDC } from 'rp2040js';
import { BUILD, equal, need, runTests } from './expect.mjs';
import { I2sListener } from './i2s.mjs';
import { Machine } from './machine.mjs';
import { FunctionCost } from './measure.mjs';
import { PwmListener } from './pwm.mjs';

const IMAGE = join(BUILD, 'firmware', 'micropython', 'RPI_PICO.elf');
const EXAMPLES = 'micropython/examples';
const INTERRUPTS = Number(process.env.ROUNDS ?? 6);
const RESETS = Number(process.env.RESETS ?? 5); // make soak: 50
const GRAPH_SECONDS = Number(process.env.GRAPH_SECONDS ?? 2); // make soak: 10
const METER_CYCLES = 240; // of each pull, at most
const PASTE = '\x05', RUN = '\x04', CTRL_D = '\x04', PROMPT = '>>> ', RAMP = 64;

class Board {
  constructor() {
    this.machine = new Machine({ image: IMAGE });
    this.text = '';
    this.cdc = new USBCDC(this.machine.mcu.usbCtrl);
    this.cdc.onSerialData = (bytes) => { this.text += Buffer.from(bytes).toString('latin1'); };
    let connected = false;
    this.cdc.onDeviceConnected = () => { connected = true; };
    this.watchDma();
    this.machine.runUntil(() => connected, 3);
    this.machine.run(0.02);
    this.type('\r');
    this.until((text) => text.endsWith(PROMPT), 2);
  }

  watchDma() {
    const { dma, symbol } = this.machine;
    this.machine.hook(this.machine.symbol('port_dma_block').address, ({ core }) => {
      const block = core.registers[0] >>> 0, bytes = core.registers[1] >>> 0;
      dma.blocks = dma.blocks.filter(({ start }) => start !== block);
      if (bytes) dma.allow('registered', block, bytes);
    });
  }

  type(text) {
    for (const letter of text) this.cdc.sendSerialByte(letter.charCodeAt(0));
  }

  until(done, limit) {
    this.machine.runUntil(() => done(this.text), limit);
  }

  /** Paste a script and run it; what it printed. */
  paste(script, limit = 10) {
    this.text = '';
    this.type(PASTE);
    this.until((text) => text.endsWith('=== '), 1);
    for (const line of script.split('\n').slice(0, -1)) { // rp2040js sends no more once the board has had to refuse a packet
      const before = this.text.length;
      this.type(`${line}\r`);
      this.until((text) => text.endsWith('=== ') && text.length > before + line.length, 1);
    }
    const from = this.text.length;
    this.type(RUN);
    this.until((text) => text.endsWith(PROMPT), limit);
    return this.text.slice(from, -PROMPT.length).replaceAll('\r', '').trim();
  }

  softReset() {
    this.text = '';
    this.type(CTRL_D);
    this.until((text) => text.includes('soft reboot') && text.endsWith(PROMPT), 3);
  }

  quiet() {
    const complaints = this.machine.complaints();
    need(complaints.length === 0, complaints.join('\n'));
  }
}

// What the scripts have in common.
const HEAD = `
import array, audiobusio, audiocore, audiofilewriter, audiopwmio, board, gc, io, os, time, tonearm
def make(**k): return audiobusio.I2SOut(board.GP10, board.GP11, board.GP9, **k)
def noise(frames, seed=1):
    a = array.array('h', bytes(4 * frames))
    x = seed
    for i in range(2 * frames):
        x = (1103515245 * x + 12345) & 0x7fffffff
        a[i] = (x >> 15) - 32768
    return a
def raw(frames, seed=1, rate=44100): return audiocore.RawSample(noise(frames, seed), channel_count=2, sample_rate=rate)
`;

/** The same noise: [left, right, left, ...]. */
function noise(frames, seed = 1) {
  const made = [];
  let x = seed;
  for (let n = 0; n < 2 * frames; n++) {
    x = Number((1103515245n * BigInt(x) + 12345n) & 0x7fffffffn);
    made.push((x >>> 15) - 32768);
  }
  return made;
}

/** Where these frames begin, of those that were heard from `from` on; -1: nowhere. */
function find(listener, program, from = 0) {
  const { left, right } = listener, frames = program.length / 2;
  for (let at = from; at + frames <= listener.frames; at++) {
    let n = 0;
    while (n < frames && left[at + n] >> 16 === program[2 * n] && right[at + n] >> 16 === program[2 * n + 1]) n++;
    if (n === frames) return at;
  }
  return -1;
}

/** The program once, between ramps, and silence. */
function alone(listener, program, what) {
  const at = find(listener, program), frames = program.length / 2;
  need(at >= 0, `${what}: is not heard among ${listener.frames} frames`);
  for (let n = 0; n < listener.frames; n++) {
    const silent = listener.left[n] === 0 && listener.right[n] === 0;
    if (n < at - RAMP || n >= at + frames + RAMP) need(silent, `${what}: frame ${n} is not silent; the program is at ${at}`);
  }
  equal(listener.malformed, 0, `${what}: malformed halves`);
}

// ---- bit by bit ------------------------------------------------------------------------------------------------------------------

function bitExact() {
  const board = new Board();
  const listener = new I2sListener(board.machine);
  const said = board.paste(`${HEAD}
out = make(left_justified=False)
out.play(raw(1500))
while out.playing: pass
print(out.holes, out.position, out.rate)
out.deinit()
`);
  const [holes, position, rate] = said.split(' ').map(Number);
  equal(board.paste('print(board.GP29, board.LED, board.SMPS_MODE, board.VBUS_SENSE, board.VOLTAGE_MONITOR, board.A0, board.A3, hasattr(board, "GP30"))\n'),
    '29 25 23 24 29 26 29 False', 'the names of pins');
  equal(`${holes} ${position}`, '0 1500', 'holes and position');
  need(Math.abs(listener.rate - rate) < 0.1, `it says ${rate} Hz, and the pins have ${listener.rate}`);
  alone(listener, noise(1500), 'RawSample');
  listener.close();
  board.quiet();
  const file = new I2sListener(board.machine);
  equal(board.paste(`
s = raw(4000, 5)
with open('noise.wav', 'wb') as f, audiofilewriter.AudioFileWriter(f, buffer_size=4096) as w:
    w.play(s)
    while w.playing: pass
with make() as out, audiocore.WaveFile('noise.wav', cushion_ms=40) as wave:
    out.play(wave)
    while out.playing: pass
    print(out.holes, os.stat('noise.wav')[6])
`, 30), '0 16044', 'WaveFile');
  alone(file, noise(4000, 5), 'WaveFile');
  file.close();
  board.quiet();
  return `${listener.frames + file.frames} frames`;
}

// Twice 1417 counts a frame (tonearm.plan); the levels are shaped: their sum never leaves that of the samples by more than half a level.
const PERIOD = 1417;

/** Where the program begins, of the periods that were heard. */
function findLevels(listeners, program) {
  const frames = program.length / 2;
  const follows = (listener, channel, at) => {
    let low = -32768, high = 32767, total = 0;
    for (let n = 0; n < frames; n++) {
      const level = listener.duty[at + 2 * n];
      if (level !== listener.duty[at + 2 * n + 1]) return false;
      total += program[2 * n + channel] * (PERIOD - 6) - 65536 * (level - (PERIOD >> 1));
      low = Math.max(low, -32768 - total);
      high = Math.min(high, 32767 - total);
      if (low > high) return false;
    }
    return true;
  };
  const last = listeners[0].duty.length - 2 * frames;
  for (let at = 0; at < last; at++) if (listeners.every((listener, channel) => follows(listener, channel, at))) return at;
  throw new Error(`the program is not heard among ${listeners[0].duty.length} periods`);
}

function pwm() {
  const board = new Board(), listeners = [14, 15].map((pin) => new PwmListener(board.machine, pin));
  equal(board.paste(`${HEAD}
out = audiopwmio.PWMAudioOut(board.GP14, right_channel=board.GP15)
out.play(raw(800, 3))
while out.playing: pass
print(out.holes, out.position)
out.deinit()
`), '0 800', 'PWM, RawSample');
  const places = [findLevels(listeners, noise(800, 3))];
  equal(board.paste(`
with open('noise.wav', 'wb') as f, audiofilewriter.AudioFileWriter(f, buffer_size=4096) as w:
    w.play(raw(1500, 5))
    while w.playing: pass
out = audiopwmio.PWMAudioOut(board.GP14, right_channel=board.GP15)
out.play(audiocore.WaveFile('noise.wav'))
while out.playing: pass
print(out.holes, out.position)
out.deinit()
`, 30), '0 1500', 'PWM, WaveFile');
  places.push(findLevels(listeners, noise(1500, 5)));
  board.quiet();
  return `periods ${places} of ${listeners[0].duty.length}`;
}

// ---- busy --------------------------------------------------------------------------------------------------------------------------

function busy() {
  const board = new Board(), said = [];
  board.paste(`${HEAD}\n`);
  board.paste(`
with open('noise.wav', 'wb') as f, audiofilewriter.AudioFileWriter(f, buffer_size=4096) as w:
    w.play(raw(6000, 5))
    while w.playing: pass
`, 30);
  const script = (work, knobs = '') => `
gc.collect()
with make(buffer_ms=100) as out, audiocore.WaveFile('noise.wav', cushion_ms=400) as wave:
    out.play(wave)
    n = 0
    while out.playing:
        n += 1
${work.split('\n').map((line) => `        ${line}`).join('\n')}
    print(out.holes, n > 1, out.report()['headroom_min_frames'])
`;
  const works = {
    'collecting': 'gc.collect()',
    'a list of 60 KiB': 'a = list(range(15000))\ndel a',
    'writing a file': "with open('other.txt', 'wb') as f: _ = f.write(bytes(2000))",
    'printing, sleeping': "print(end='')\ntime.sleep_ms(30)",
  };
  for (const [name, work] of Object.entries(works)) {
    const listener = new I2sListener(board.machine);
    const answer = board.paste(script(work), 20);
    need(/^0 True \d+$/.test(answer), `${name}: ${answer}`);
    alone(listener, noise(6000, 5), name);
    listener.close();
    said.push(`${name} ${answer.split(' ')[2]}`);
  }
  const listener = new I2sListener(board.machine);
  equal(board.paste(`
def start(): make().play(raw(4000, 6))

start()
for i in range(40):
    gc.collect()
    junk = [bytearray(60) for j in range(50)]
    time.sleep_ms(1)

gc.collect()
`, 20), '', 'dropped while it plays');
  alone(listener, noise(4000, 6), 'dropped while it plays');
  board.quiet();
  return `least frames ahead: ${said.join(', ')}`;
}

// ---- memory ------------------------------------------------------------------------------------------------------------------------

function scarce() {
  const board = new Board();
  const said = board.paste(`${HEAD}
hog = []
def fill(left):
    size = 65536
    while size >= 16:
        try:
            while gc.mem_free() > left + size: hog.append(bytearray(size))
        except MemoryError: pass
        size //= 2
s = raw(500)
fill(8192)
try:
    out = make()
    out.play(s)
    while out.playing: pass
    print('it works:', out.position)
    out.deinit()
except MemoryError as e: print(e)
hog.clear()
gc.collect()
out = make()
fill(0)
for i in range(5):
    out.play(s)
    while out.playing: pass
hog.clear()
print(out.holes, out.position)
gc.collect()
gc.disable()
before = gc.mem_alloc()
def many():
    for i in range(200):
        out.play(s); out.pause(); out.resume(); out.stop()
many()
print(gc.mem_alloc() - before < 400)
`, 60).split('\n');
  equal(said.slice(1).join(), '0 500,True', 'afterwards');
  const refused = /bytes/.test(said[0]) && /VM heap/.test(said[0]) && /choose a shorter buffer_ms/.test(said[0]);
  need(refused || said[0] === 'it works: 500', `it says: ${said[0]}`);
  board.quiet();
  return said[0];
}

// ---- a graph in real time ----------------------------------------------------------------------------------------------------------

// Eight voices, eight notes with envelopes, and an echo, at 44.1 kHz in stereo, on an RP2040 of 125 MHz. What is left to the script is told by a
// loop: how often it comes round while nothing plays, and while this does.
function realTime() {
  const board = new Board(), silences = [];
  const said = board.paste(`${HEAD}
import audiodelays, audiomixer, synthio
def work(ms):
    end = time.ticks_add(time.ticks_ms(), ms)
    n = 0
    while time.ticks_diff(end, time.ticks_ms()) > 0: n += 1
    return n

out = make(buffer_ms=40)
idle = work(200)
mixer = audiomixer.Mixer(voice_count=9, channel_count=2, sample_rate=44100, buffer_size=2048)
synth = synthio.Synthesizer(sample_rate=44100, channel_count=2, envelope=synthio.Envelope(attack_time=0.05, release_time=0.1))
echo = audiodelays.Echo(max_delay_ms=100, delay_ms=90, decay=0.5, mix=0.4, freq_shift=False, channel_count=2, sample_rate=44100, buffer_size=1024)
echo.play(mixer)
for v in range(8):
    mixer.voice[v].level = (v + 1) / 80
    mixer.voice[v].panning = (v - 3.5) / 4
    mixer.voice[v].play(raw(300 + 7 * v, v + 1), loop=True)

mixer.voice[8].play(synth)
synth.press((48, 52, 55, 60, 64, 67, 72, 76))
out.play(echo)
busy = work(${1000 * GRAPH_SECONDS})
r = out.report()
print(' '.join('%s:%.1f' % (row[0], row[2]) for row in r['sources']))
print(out.plan(echo)['cost'])
print(out.holes, idle, busy, out.position, r['headroom_min_frames'], r['faults'] if 'faults' in r else 0)
`, 2 * GRAPH_SECONDS + 10);
  const ranked = said.split('\n').at(-3).split(' ').map((row) => row.split(':')), plan = said.split('\n').at(-2);
  const [holes, idle, busy, position, ahead] = said.split('\n').at(-1).split(' ').map(Number);
  equal(holes, 0, `holes (${said})`);
  need(position > 44100 * GRAPH_SECONDS * 0.95, `only ${position} frames in ${GRAPH_SECONDS} s: ${said}`);
  const listener = new I2sListener(board.machine);
  board.machine.run(0.05);
  for (let n = 0; n < listener.frames; n++) if (listener.left[n] === 0 && listener.right[n] === 0) silences.push(n);
  need(listener.frames > 2000 && silences.length < 20, `${silences.length} of ${listener.frames} frames are silent`);
  const share = 1 - busy / (1000 * GRAPH_SECONDS) / (idle / 200);
  need(share > 0.05 && share < 0.95, `the share of the processor is ${share}`);
  // What each source says that it took, and what the script has seen to be gone; the output's own work and interrupts are about a hundredth.
  const told = ranked.reduce((sum, row) => sum + Number(row[1]), 0) * 44100 / board.machine.clock.hz;
  need(ranked.map((row) => row[0]).join() === 'Synthesizer,Mixer,Echo', `the sources are ${ranked.map((row) => row[0])}`);
  need(told < share && told > share - 0.03, `sources say that they take ${told} of the processor, and ${share} are gone`);
  need(/^the graph needs \d+ % of 125 MHz: /.test(plan), `the plan is: ${plan}`);
  board.paste('out.deinit()\n');
  board.quiet();
  return `${ranked.map((row) => row.join(' ')).join(', ')} cycles a frame; ${plan}; ${GRAPH_SECONDS} s, ${position} frames, no holes, ${(100 * share).toFixed(1)} % of the processor, at least ${ahead} frames ahead`;
}

// ---- too much to do ------------------------------------------------------------------------------------------------------------------

// Six voices that are resampled the better way are more than an RP2040 can do: four go, the quietest, and are counted; the script is asked meanwhile, and answers. What is left is heard.
// Each pull of a source pays for its meter.
function overload() {
  const board = new Board(), { machine } = board;
  const metered = new FunctionCost(machine, 'metered_pull'), own = new FunctionCost(machine, 'mixer_pull');
  board.paste(`${HEAD}
import audiodelays, audiomixer
def level(n): return audiocore.RawSample(array.array('h', [1600] * 64), sample_rate=24000)
out = make(buffer_ms=60)
m = audiomixer.Mixer(voice_count=6, channel_count=1, sample_rate=22050, resample='good', buffer_size=512)
for v in range(6):
    m.voice[v].level = (v + 1) / 16
    m.voice[v].play(level(v), loop=True)

`, 20);
  equal(board.paste(`
plan = out.plan(m)
print(plan['verdict'], plan['permille'] > 1000, 'it will not keep up' in plan['cost'])
`), 'too much True True', 'the plan');
  const began = machine.clock.cycles;
  const said = board.paste(`
out.play(m)
time.sleep_ms(500)
r = out.report()
print(out.playing, [v for v in range(6) if m.voice[v].playing], m.shed, r['shed'], r['load'] < 900, [row[0] for row in r['sources']], r['sources'][0][2])
`, 10);
  const ms = (machine.clock.cycles - began) / 125e3;
  const [, facts, cycles] = said.match(/^(.*\]) ([\d.]+)$/) ?? [];
  need(facts !== undefined, `it says: ${said}`);
  equal(facts, "True [4, 5] 4 4 True ['Mixer']", 'what is left');
  need(ms < 2000, `the script was away for ${ms} ms`);
  const listener = new I2sListener(machine);
  equal(board.paste('time.sleep_ms(30)\nprint(out.playing, 6 * 7)\n'), 'True 42', 'the script, meanwhile');
  const heard = listener.left.map((value) => value >> 16), steady = heard.slice(-600);
  need(steady.length === 600 && steady.every((value) => Math.abs(value - 1100) <= 2), `two voices are not heard: ${steady.slice(0, 20)}`);
  const paid = metered.mean - own.mean;
  need(paid > 50 && paid < METER_CYCLES, `a meter takes ${paid} cycles of each pull, of ${METER_CYCLES}`);
  board.paste('out.deinit()\n');
  board.quiet();
  return `${cycles} cycles a frame, a meter ${paid.toFixed(0)} of each pull, the script was away for ${ms.toFixed(0)} ms`;
}

// ---- with others -----------------------------------------------------------------------------------------------------------------

// A state machine, a DMA channel with its interrupt, and machine.I2S work beside an output, and are what they were when it has gone.
function together() {
  const board = new Board(), ours = new I2sListener(board.machine), theirs = new I2sListener(board.machine, { data: 20, bclk: 18, ws: 19 });
  board.machine.dma.allow('theirs', 0x20000000, 264 * 1024);
  const said = board.paste(`${HEAD}
import rp2
from machine import I2S, Pin
@rp2.asm_pio()
def echo():
    pull()
    mov(isr, osr)
    push()

sm = rp2.StateMachine(0, echo)
_ = sm.active(1)
d = rp2.DMA()
times = []
_ = d.irq(lambda d: times.append(1))
ctrl = d.pack_ctrl(size=0, irq_quiet=False)
i2s = I2S(0, sck=Pin(18), ws=Pin(19), sd=Pin(20), mode=I2S.TX, bits=16, format=I2S.STEREO, rate=22050, ibuf=4000)
theirs = bytes(noise(512, 9))  # its buffers have 32 frames
out = make(buffer_ms=50)
out.play(raw(4000))
n = good = 0
_ = i2s.write(theirs)
while out.playing:
    n += 1
    sm.put(n)
    src, dst = bytes([n & 255] * 64), bytearray(64)
    d.config(read=src, write=dst, count=64, ctrl=ctrl, trigger=True)
    while d.active(): pass
    good += sm.get() == n and dst == src
print(out.holes, n > 50, good == n, len(times) > 50)
out.deinit()
sm.put(7)
times.clear()
dst = bytearray(64)
d.config(read=src, write=dst, count=64, ctrl=ctrl, trigger=True)
while d.active(): pass
time.sleep_ms(2)
print(sm.get(), dst == src, len(times))
for i in range(2): _ = i2s.write(bytes(noise(1024, 10 + i)))  # more than it buffers, so that it must be called back
time.sleep_ms(100)
d.close()
i2s.deinit()
`, 20);
  equal(said, '0 True True True\n7 True 1', 'what the others say');
  alone(ours, noise(4000), 'beside others');
  for (const [frames, seed] of [[512, 9], [1024, 10], [1024, 11]]) {
    need(find(theirs, noise(frames, seed)) >= 0, `machine.I2S: noise ${seed} is not heard among ${theirs.frames} frames`);
  }
  board.quiet();
  return `${ours.frames} and ${theirs.frames} frames`;
}

// ---- from outside ------------------------------------------------------------------------------------------------------------------

let seed = 20261128;
function random(below) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed / 2 ** 32) * below;
}

// Ctrl-C at any moment leaves a REPL, and outputs that play; the second thread is told that outputs are not its own.
function outside() {
  const board = new Board(), { machine } = board;
  board.paste(`${HEAD}
from machine import Pin
s = raw(800)
def work():
    while True:
        with audiobusio.I2SOut(Pin(10), Pin(11), Pin(9)) as out:
            out.play(s, loop=True)
            time.sleep_ms(3)
            out.pause()
            out.resume()
            junk = [bytearray(100) for i in range(20)]
            gc.collect()
`);
  for (let n = 0; n < INTERRUPTS; n++) {
    board.text = '';
    board.type('work()\r');
    machine.run(0.02 + random(0.05));
    board.type('\x03');
    board.until((text) => text.includes('KeyboardInterrupt') && text.endsWith(PROMPT), 2);
  }
  const listener = new I2sListener(machine);
  const said = board.paste(`
import _thread
gc.collect()
told = []
out = make()
def other():
    try: out.play(s)
    except RuntimeError as e: told.append(str(e))
    try: audiopwmio.PWMAudioOut(14)
    except RuntimeError as e: told.append(str(e))
    try: out.deinit()
    except RuntimeError as e: told.append(str(e))
    gc.collect()
    told.append('end')

_ = _thread.start_new_thread(other, ())
while 'end' not in told: time.sleep_ms(1)
print(told)
out.play(s)
while out.playing: pass
print(out.holes)
out.deinit()
`);
  const sentence = "'audio belongs to the main thread: call it from there'";
  equal(said, `[${sentence}, ${sentence}, ${sentence}, 'end']\n0`, 'the second thread is told');
  alone(listener, noise(800), 'after all that');
  board.quiet();
  return `${INTERRUPTS} times Ctrl-C, two threads`;
}

// ---- the clock ---------------------------------------------------------------------------------------------------------------------

// machine.freq while it plays: not a frame is lost, and the pitch is what it was.
function clock() {
  const board = new Board(), { machine } = board, listener = new I2sListener(machine);
  const ends = [], finish = listener.finish; // of frames, in nanoseconds: cycles are of different lengths
  listener.finish = function note() {
    finish.call(this);
    if (this.frames > ends.length) ends.push(machine.clock.nanos);
  };
  const said = board.paste(`${HEAD}
import machine
out = make()
out.play(raw(5000))
time.sleep_ms(40)
machine.freq(100000000)
a = out.rate
time.sleep_ms(40)
machine.freq(125000000)
while out.playing: pass
print(out.holes, out.position, abs(a / 44100 - 1) < 1e-3, abs(out.rate / 44100 - 1) < 1e-3, a != out.rate)
out.deinit()
`);
  equal(said, '0 5000 True True True', 'through two changes');
  alone(listener, noise(5000), 'through two changes');
  equal(machine.clock.hz, 125e6, 'clk_sys at the end');
  const off = [];
  for (let n = 200; n < ends.length; n += 100) if (Math.abs(1e11 / (ends[n] - ends[n - 100]) / 44100 - 1) > 1e-3) off.push(n);
  need(off.length <= 4, `frames ${off} come at another rate`); // each change takes the feed a moment
  board.quiet();
  return `${listener.frames} frames at 125, 100 and 125 MHz`;
}

// ---- soft reset --------------------------------------------------------------------------------------------------------------------

function softReset() {
  const board = new Board();
  for (let n = 0; n < RESETS; n++) {
    const pwmToo = n % 2 ? 'pin = audiopwmio.PWMAudioOut(14)\npin.play(raw(300, 4), loop=True)' : '';
    board.paste(`${HEAD}
out = make()
out.play(raw(3000), loop=True)
${pwmToo}
time.sleep_ms(20)
`);
    board.softReset();
    const { dma } = board.machine.mcu;
    need(dma.channels.every((channel) => !channel.active), `reset ${n}: a DMA channel still runs`);
    equal(dma.blocks?.length ?? board.machine.dma.blocks.length, 0, `reset ${n}: blocks that are still registered`);
  }
  const listener = new I2sListener(board.machine);
  equal(board.paste(`${HEAD}
with make() as out:
    out.play(raw(1500))
    while out.playing: pass
    print(out.holes, out.position)
`), '0 1500', 'after the last reset');
  alone(listener, noise(1500), 'after the last reset');
  board.quiet();
  return `${RESETS} soft resets while playing`;
}

// ---- samples that play others ------------------------------------------------------------------------------------------------------

const CHAIN = `
import audiodelays, audiofilters, audiomixer
def chain(levels=1):
    m = audiomixer.Mixer(voice_count=2, sample_rate=44100)
    last = audiodelays.Echo(max_delay_ms=10, mix=0, sample_rate=44100, channel_count=2).play(m)
    for level in range(levels): last = audiofilters.Filter(sample_rate=44100, channel_count=2).play(last)
    return m, last
`;

function graph() {
  const board = new Board();
  const listener = new I2sListener(board.machine);
  equal(board.paste(`${HEAD}${CHAIN}
out = make()
m, last = chain()
_ = m.play(raw(1500))
out.play(last)
while m.playing: gc.collect()
time.sleep_ms(30)
out.stop()
print(out.holes)
`, 20), '0', 'holes of a mixer in an echo in a filter');
  alone(listener, noise(1500), 'a mixer in an echo in a filter');
  listener.close();
  board.quiet();
  board.paste('m.play(raw(3000), loop=True)\nout.play(last)\ntime.sleep_ms(20)\n');
  board.softReset();
  equal(board.machine.dma.blocks.length, 0, 'blocks that are registered after a soft reset');
  equal(board.paste(`${HEAD}${CHAIN}
m, last = chain()
with make() as out:
    _ = m.play(raw(100), loop=True)
    out.play(last)
    time.sleep_ms(20)
    print(out.holes, out.playing)
`, 20), '0 True', 'after a soft reset');
  board.quiet();
  return `${listener.frames} frames`;
}

/** A script that recurses to its limit while as many nodes as may be are heard in a row: the feed stays on the stack. */
function recursion() {
  const board = new Board(), { machine } = board;
  const bottom = machine.symbol('__StackBottom').address;
  let lowest = Infinity;
  machine.hook(machine.symbol('ta_source_pull').address, ({ core }) => { lowest = Math.min(lowest, core.SP >>> 0); });
  equal(board.paste(`${HEAD}${CHAIN}
m, last = chain(4)
_ = m.play(raw(300), loop=True)
def deep(n): return deep(n + 1)
def rounds():
    told = 0
    for n in range(60):
        try: deep(0)
        except RuntimeError: told += 1
    return told
with make() as out:
    out.play(last)
    print(rounds(), out.playing)
`, 30), '60 True', 'recursion while six nodes are heard');
  need(lowest >= bottom + 500, `the feed's stack comes to ${lowest - bottom} bytes above its end, before the arithmetic of the last node`);
  need(lowest < bottom + 2000, `the feed has never come when the stack was deep: ${lowest - bottom} bytes were left`);
  board.quiet();
  return `${lowest - bottom} bytes above the stack's end`;
}

// ---- the examples --------------------------------------------------------------------------------------------------------------------

function examples() {
  const wanted = JSON.parse(readFileSync(join(EXAMPLES, 'said.json'), 'utf8')), board = new Board();
  let lines = 0;
  for (const file of readdirSync(EXAMPLES).filter((name) => name.endsWith('.py')).sort()) {
    const name = file.slice(0, -3);
    const said = board.paste(readFileSync(join(EXAMPLES, file), 'utf8'), 30).split('\n').filter((line) => line.startsWith(`${name}:`));
    equal(said.length, wanted[name].length, `${name}: lines of ${said.join('|')}`);
    said.forEach((line, n) => need(new RegExp(`^${wanted[name][n]}$`).test(line), `${name} says "${line}", must be ${wanted[name][n]}`));
    lines += said.length;
  }
  board.quiet();
  return `${lines} lines`;
}

runTests({ bitExact, pwm, busy, scarce, together, outside, clock, softReset, graph, realTime, overload, recursion, examples });
