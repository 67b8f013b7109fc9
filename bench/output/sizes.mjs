// How many bytes of an image are the library's. In: a linker's map. Out: lines `name value`: code and constants, of which so many lie in SRAM;
// writable words of the core (mem, source, convert, ring), and of the driver (pin/rp2), which serve all outputs.
import { readFileSync } from 'node:fs';

const [, , map] = process.argv;
const SRAM = 0x20000000;
const text = readFileSync(map, 'utf8');
const sum = { code: 0, 'code.sram': 0, 'core.data': 0, 'driver.data': 0 };
let pieces = 0;
// ` .text.ta_ring_now`, on a line of its own if it is long, then address, size and object.
for (const [, section, address, size, room] of text.matchAll(/^ (\.[\w.$]+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) .*\/src\/(mem|source|convert|ring|pin\/rp2)\/\w+\.c\.o(?:bj)?$/gm)) {
  const at = parseInt(address, 16), bytes = parseInt(size, 16);
  if (at === 0 || bytes === 0 || /^\.(debug|comment|ARM\.attributes)/.test(section)) continue;
  pieces++;
  if (/^\.(data|bss|noinit)|^COMMON/.test(section)) {
    sum[room === 'pin/rp2' ? 'driver.data' : 'core.data'] += bytes;
  } else {
    sum.code += bytes;
    if (at >= SRAM) sum['code.sram'] += bytes;
  }
}
if (pieces < 50) throw new Error(`${map}: only ${pieces} pieces of the library`);
for (const [name, bytes] of Object.entries(sum)) console.log(`${name} ${bytes}`);
