// Runs an image until it ends, and prints what it says. In: an ELF file for RP2040, seconds of the chip's time at most (default 10). Out: its
// text on stdout, its exit status; complaints of the emulator on stderr, and then status 3.
// usage: node test/emulator/run.mjs IMAGE.elf [SECONDS]

import { Machine } from './machine.mjs';

const [, , file, limit = '10'] = process.argv;
if (!file) {
  console.error('usage: run.mjs IMAGE.elf [SECONDS]');
  process.exit(2);
}
const machine = new Machine({ image: file });
const status = machine.runToExit(Number(limit));
process.stdout.write(machine.text.replaceAll('\r', ''));
const complaints = machine.complaints();
for (const line of complaints) console.error(line);
process.exitCode = complaints.length ? 3 : status;
