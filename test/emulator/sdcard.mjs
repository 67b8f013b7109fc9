// The SD card example with a card that is modelled from the specification: whole files bit by bit through slow blocks, sparks on the wires,
// three kinds of card, and everything that can be wrong with one, each a sentence. In: build/firmware/pico/sdcard.elf; mkfs.fat, mcopy.

import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { equal, image, need, runTests, scratch } from './expect.mjs';
import { Programs } from './heard.mjs';
import { I2sListener } from './i2s.mjs';
import { Machine } from './machine.mjs';
import { SdCard } from './sdcard_model.mjs';
import { makeWav } from './wavs.mjs';

const MIB = 1 << 20, BLOCK = 512, PARTITION_AT = 2048;

/** An image with these files, formatted; `partition`: behind a partition table, as cards are sold. */
function cardWith(wavs, { bytes = 40 * MIB, fat = 32, partition = false } = {}) {
  const path = join(scratch(), 'card.img'), file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
  execFileSync('mkfs.fat', ['-F', String(fat), path], { stdio: 'pipe', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  if (wavs.length) execFileSync('mcopy', ['-i', path, ...wavs.map((wav) => wav.file), '::'], { stdio: 'pipe' });
  const formatted = readFileSync(path);
  if (!partition) return formatted;
  const card = Buffer.alloc(bytes + 2 * MIB), entry = 446;
  formatted.copy(card, PARTITION_AT * BLOCK);
  card[entry + 4] = fat === 32 ? 0x0c : 0x06;
  card.writeUInt32LE(PARTITION_AT, entry + 8);
  card.writeUInt32LE(bytes / BLOCK, entry + 12);
  card.writeUInt16LE(0xaa55, 510);
  return card;
}

function insert(bytes, moods) {
  const machine = new Machine({ image: image('sdcard') }), card = new SdCard(machine, bytes, moods);
  const { address, bytes: size } = machine.symbol('memory');
  machine.dma.allow('arena', address, size);
  return { machine, card, listener: new I2sListener(machine) };
}

/** Until it is through: what it says, and what was heard of these files. */
function play(setting, wavs, limit = 3) {
  const { machine, card, listener } = setting;
  machine.runUntilSaid('sdcard: through', limit);
  const words = new Int32Array(listener.bytes.buffer, listener.bytes.byteOffset, 2 * listener.frames);
  const programs = new Programs(Object.fromEntries(wavs.map((wav) => [wav.name, wav.wire])), 16);
  const complaints = [...machine.complaints(), ...card.complaints];
  need(complaints.length === 0, complaints.join('\n'));
  return { text: machine.text.replaceAll('\r', ''), runs: programs.takeApart(words).runs };
}

/** A file, and what a wire of 16 bits makes of it (only for files of 16 bits). */
function song(name, options) {
  const wav = makeWav(name, options);
  return { ...wav, wire: wav.words };
}

function whole(runs, wavs, what) {
  const said = runs.map((run) => `${run.name} ${run.first}+${run.frames}`).join(', ');
  equal(said, wavs.map((wav) => `${wav.name} 0+${wav.frames}`).join(', '), `${what}: what is heard`);
}

// Every 120th block takes 100 ms, the longest that the specification allows (4.6.2.1); others from 0.1 to 2 ms.
const slow = (block) => (block % 120 === 7 ? 0.1 : 0.0001 + ((block * 7919) % 20) / 10000);

function kinds() {
  const wavs = [song('First Song', { frames: 9000, seed: 3 }), song('b', { frames: 3000, channels: 1, rate: 22050, seed: 4 })];
  for (const [kind, format] of [['sdhc', { fat: 32, partition: true }], ['sdsc', { fat: 16, bytes: 16 * MIB }], ['v1', { fat: 16, bytes: 16 * MIB, partition: true }]]) {
    const { text, runs } = play(insert(cardWith(wavs, format), { kind }), wavs);
    need(text.includes('First Song.wav: 9000 frames, 0 holes') && text.includes('b.wav: 3000 frames, 0 holes'), `${kind}: ${text}`);
    whole(runs, wavs, kind);
  }
}

function slowCard() {
  const wavs = [song('long', { frames: 44100, seed: 5 })], setting = insert(cardWith(wavs), { latency: slow });
  const { text, runs } = play(setting, wavs, 4);
  need(text.includes('long.wav: 44100 frames, 0 holes\n'), text);
  whole(runs, wavs, 'a slow card');
  const late = [...setting.card.asked.keys()].filter((block) => block % 120 === 7).length;
  need(late >= 2, `only ${late} blocks were late`);
  return `44100 frames, ${setting.card.reads} blocks, ${late} of them 100 ms late`;
}

// A card that is slower than the sound makes holes, which are told, and loses nothing.
function tooSlow() {
  const wavs = [song('long', { frames: 26000, seed: 5 })];
  const { text, runs } = play(insert(cardWith(wavs), { latency: (block) => (block % 120 === 7 ? 0.45 : 0.001) }), wavs, 6);
  const [, frames, holes] = /long\.wav: (\d+) frames, (\d+) holes\n/.exec(text) ?? [];
  equal(Number(frames), 26000, 'frames');
  equal(runs.length, Number(holes) + 1, 'runs between holes');
  need(Number(holes) > 0, 'a card that takes half a second is not noticed');
  runs.forEach((run, n) => equal(run.first, n ? runs[n - 1].first + runs[n - 1].frames : 0, 'the first frame behind a hole'));
  return `${holes} holes, nothing lost`;
}

function sparks() {
  const wavs = [song('a', { frames: 8000, seed: 6 })], how = ['crc', 'token', 'crc'];
  const setting = insert(cardWith(wavs), { damage: (block, count) => (count <= 2 && block % 3 === 0 ? how[block % 2] : null) });
  const { text, runs } = play(setting, wavs, 4);
  need(text.includes('a.wav: 8000 frames, 0 holes\n'), text);
  whole(runs, wavs, 'sparks');
  const again = [...setting.card.asked.values()].filter((count) => count > 1).length;
  need(again > 10, `only ${again} blocks were damaged`);
  return `${again} blocks read again`;
}

function sentences() {
  const wav = song('a', { frames: 20000, seed: 7 }), card = cardWith([wav]), middle = card.indexOf('RIFF') / BLOCK + 80, cases = [
    ['no card', { absent: true }, 'no card answers: is one there'],
    ['never ready', { startTries: Infinity }, 'does not become ready within a second'],
    ['no file system', { bytes: Buffer.alloc(16 * MIB) }, 'has no FAT file system'],
    ['no files', { bytes: cardWith([]) }, 'there is no WAV file'],
    ['a bad block', { damage: (block) => (block > middle ? 'crc' : null) }, 'wrong checksum: shorten the wires'],
    ['silence', { damage: (block) => (block > middle ? 'silent' : null) }, 'sends no data: is it still there'],
  ];
  for (const [what, { bytes = card, ...moods }, words] of cases) {
    const setting = insert(bytes, moods);
    setting.machine.runUntilSaid('sdcard: through', 5);
    need(setting.machine.text.includes(words), `${what}: must say "${words}", and says\n${setting.machine.text}`);
  }
  return `${cases.length} sentences`;
}

// The card is pulled out in mid-play: what was read is heard to its end; and the next card is found.
function pulled() {
  const wavs = [song('a', { frames: 30000, seed: 8 })], setting = insert(cardWith(wavs)), { machine, card } = setting;
  machine.run(0.35);
  card.absent = true;
  machine.runUntilSaid('sdcard: through', 5);
  need(/a\.wav: \d+ frames, 0 holes; the card does not answer: is it still there/.test(machine.text), machine.text);
  Object.assign(card, { absent: false, state: 'off', clocks: 0, startTries: 2 });
  machine.runUntil(() => machine.text.split('30000 frames, 0 holes').length > 1, 8);
}

runTests({ kinds, slowCard, tooSlow, sparks, sentences, pulled });
