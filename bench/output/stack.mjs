// How deep the stack goes, at most, below an interrupt handler: by what gcc says of every function (-fcallgraph-info=su), added up along every way
// through the calls. In: a folder with .ci files, the repository's root, the chip's core. Out: lines `name value` in bytes, the processor's own
// frame of 32 bytes not counted; `#` lines with the deepest way.
//
// Calls through pointers: the line of the call names a member, and the initializers of the sources name the functions that are put there. What an
// application puts there itself, a source of its own or a stream, is left out: a source from memory is assumed. What is not compiled here, libgcc and
// libc, has figures below, more than was found in their disassembly. A way that comes back to itself, a function without a figure, or a member
// without functions is an error.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [, , folder, root] = process.argv;
const LIBRARY = 64; // __aeabi_uldivmod, the largest of them, takes 48 with what it calls
const KNOWN = /^(__aeabi_\w+|__wrap_\w+|mem(cpy|set|move|cmp)|__udivdi3|__popcountsi2|__clzsi2|strlen)$/;
const NAKED = 40; // kernels and ramps in assembly push no more than r4-r11 and lr
const STOPS = /^(ta_panic|panic|hard_assertion_failure|__assert_func|panic_unsupported)$/; // nothing comes back from there

function filesBelow(from, end) {
  return readdirSync(from, { recursive: true }).filter((name) => name.endsWith(end)).map((name) => join(from, name));
}

const name = (title) => title.replace(/^.*:/, '');
const nodes = new Map(); // title: {bytes, calls: Set, through: [place]}
const file = (title) => nodes.get(title) ?? nodes.set(title, { bytes: null, calls: new Set(), through: [] }).get(title);
for (const ci of filesBelow(folder, '.ci')) {
  for (const line of readFileSync(ci, 'utf8').split('\n')) {
    const node = /^node: \{ title: "([^"]+)" label: "[^"]*?(?:\\n(\d+) bytes \((\w+)[^"]*)?"/.exec(line);
    if (node && node[2] !== undefined) {
      if (node[3] !== 'static' && node[3] !== 'dynamic,bounded') throw new Error(`${node[1]}: its stack is ${node[3]}`);
      file(node[1]).bytes = Number(node[2]);
    }
    const edge = /^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "([^"]*)")?/.exec(line);
    if (!edge) continue;
    if (edge[2] === '__indirect_call') file(edge[1]).through.push(edge[3]);
    else file(edge[1]).calls.add(edge[2]);
  }
}
const titles = new Map(); // of a name, those of static functions too
for (const title of nodes.keys()) titles.set(name(title), [...(titles.get(name(title)) ?? []), title]);

// Which functions a member may be, by what it is reached through: `hw->look` is what any ta_ring_hw_t has there.
const TABLES = { ta_ring_hw_t: 'hw', ta_output_pin_t: 'pin', ta_rp2_port_t: 'port' };
const members = new Map([['ops->pull', ['whole_pull']], ['ops->seek', ['whole_seek']]]);
members.set('kernel', [...titles.keys()].filter((known) => /^(ta_m0plus_)?(u8|s8|u16|s16|s24|s24in32|s32)_(mono|stereo)_(word|pair)$/.test(known)));
for (const path of filesBelow(join(root, 'src/pin/rp2'), '.c')) {
  for (const [, table, body] of readFileSync(path, 'utf8').matchAll(/^(?:static )?const (\w+) \w+ = \{(.*?)^\};/gms)) {
    for (const [, member, target] of TABLES[table] ? body.matchAll(/\.(\w+) = (\w+),/g) : []) {
      const key = `${TABLES[table]}->${member}`;
      if (titles.has(target)) members.set(key, [...new Set([...(members.get(key) ?? []), target])]);
    }
  }
}

const lines = new Map();
function lineAt(place) {
  const [, path, number] = /^(.*):(\d+):\d+$/.exec(place);
  if (!lines.has(path)) lines.set(path, readFileSync(path.startsWith('/') ? path : join(root, path), 'utf8').split('\n'));
  return lines.get(path)[Number(number) - 1];
}

function targetsOf(place) {
  const line = lineAt(place);
  const way = /ta_output_way\(output\)->(\w+)(?=\()/.exec(line); // of an output that resamples; what it pulls through that is left out, as an application's sources are
  if (way) return titles.get(way[1]).filter((title) => /resampled\.c/.test(title));
  const found = [...line.matchAll(/\b(hw|pin|port|ops)->\w+(?=\()|\b(?:ta_convert_kernel|kernel|widen|narrow)(?=\()/g)].map(([member]) => (member.includes('->') ? member : 'kernel')).filter((member) => members.has(member));
  if (found.length === 0) throw new Error(`${place}: what is called by "${line.trim()}"?`);
  return found.flatMap((member) => members.get(member)).flatMap((target) => titles.get(target));
}

const deepest = new Map();
function depth(title, above) {
  if (deepest.has(title)) return deepest.get(title);
  if (above.includes(title)) throw new Error(`${title} comes back to itself: ${above.map(name).join(' ')}`);
  const node = nodes.get(title);
  const known = node?.bytes ?? null;
  let result;
  if (STOPS.test(name(title))) result = { bytes: 0, way: [] };
  else if (known === null) {
    const elsewhere = (titles.get(name(title)) ?? []).find((other) => nodes.get(other).bytes !== null);
    if (elsewhere && elsewhere !== title) return depth(elsewhere, above);
    if (!KNOWN.test(name(title))) throw new Error(`nothing is known of ${title}, which ${name(above.at(-1))} calls`);
    result = { bytes: LIBRARY, way: [name(title)] };
  } else {
    let below = { bytes: 0, way: [] };
    for (const target of [...node.calls, ...node.through.flatMap(targetsOf)]) {
      const one = depth(target, [...above, title]);
      if (one.bytes > below.bytes) below = one;
    }
    const own = /m0plus/.test(name(title)) ? Math.max(known, NAKED) : known;
    result = { bytes: own + below.bytes, way: [`${name(title)} ${own}`, ...below.way] };
  }
  deepest.set(title, result);
  return result;
}

for (const [figure, root] of [['stack.isr', 'dma_isr'], ['stack.feed', 'feed_isr']]) {
  const { bytes, way } = depth(titles.get(root)[0], []);
  console.log(`${figure} ${bytes}`);
  console.log(`# ${way.join(' > ')}`);
}
