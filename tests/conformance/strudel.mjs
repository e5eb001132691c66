// Event tables of Strudel itself, in the form of README.md. Run it in a folder where these npm packages are installed:
//   npm i @strudel/core@1.2.6 @strudel/mini@1.2.6 @strudel/tonal@1.2.6 @strudel/transpiler@1.2.6
//   node …/strudel.mjs tunes …/tunes > tunes.jsonl                 the patterns of each tune, by player
//   node …/strudel.mjs expressions < expressions.jsonl > tables.jsonl
// A line of expressions is {"js": expression in JavaScript, "lua": the same in Lua}; those that fail or warn in Strudel are left out.
import { readFileSync, readdirSync } from 'node:fs';
import { register } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';

const CYCLES = 4;
const MOST = 4000; // events of one table
const [mode, folder] = process.argv.slice(2);
// One package of the core's is for browsers only.
const without = `export const resolve = async (s, c, n) => s === '@kabelsalat/web' ? { url: 'data:text/javascript,export class SalatRepl{}', shortCircuit: true } : n(s, c)`;
register('data:text/javascript,' + encodeURIComponent(without));
const at = (name) => path.join(process.cwd(), 'node_modules', name);
const load = (name) => {
  const about = JSON.parse(readFileSync(path.join(at(name), 'package.json'), 'utf8'));
  const entry = about.exports?.['.']?.import ?? about.module ?? about.main;
  return import(pathToFileURL(path.join(at(name), entry)).href);
};
let warned = false;
for (const way of ['log', 'warn', 'error', 'info']) console[way] = () => { warned = true; };
const core = await load('@strudel/core');
const mini = await load('@strudel/mini');
const tonal = await load('@strudel/tonal');
const transpiler = await load('@strudel/transpiler');
core.setStringParser(mini.mini);
await core.evalScope(core, mini, tonal);
const known = { ...core, ...mini, ...tonal };
for (const [name, value] of Object.entries(known)) globalThis[name] ??= value;

const time = (fraction) => (fraction === undefined ? null : `${fraction.n * fraction.s}/${fraction.d}`.replace(/^(-?)(\d+)n?\/(\d+)n?$/, '$1$2/$3'));
const plain = (value) => {
  if (value instanceof core.Pattern || typeof value === 'function') throw new Error('a pattern as a value');
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('not finite');
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object') {
    if (value.n !== undefined && value.d !== undefined && value.s !== undefined && typeof value.valueOf() === 'number') return value.valueOf();
    return Object.fromEntries(Object.entries(value).filter(([key, item]) => item !== undefined && !key.startsWith('_')).map(([key, item]) => [key, plain(item)]));
  }
  return value;
};
const events = (pattern) => {
  const rows = [];
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    for (const hap of pattern.query(new core.State(new core.TimeSpan(cycle, cycle + 1), { _cps: 1 }))) {
      rows.push([time(hap.whole?.begin), time(hap.whole?.end), time(hap.part.begin), time(hap.part.end), plain(hap.value)]);
      if (rows.length > MOST) throw new Error('too many events');
    }
  }
  return rows;
};
const say = (row) => process.stdout.write(JSON.stringify(row) + '\n');

const players = async (text) => {
  const found = {};
  let nameless = 0;
  core.Pattern.prototype.p = function (name) {
    if (name === '$') found[`d${++nameless}`] = this;
    else if (/^_|_$/.test(name)) nameless += name.includes('$') ? 1 : 0;
    else found[name] = this;
    return core.silence;
  };
  for (const draws of ['_punchcard', '_scope', '_pianoroll', '_spectrum', 'punchcard', 'color']) core.Pattern.prototype[draws] = function () { return this; };
  globalThis.samples = async () => {};
  globalThis.slider = globalThis.sliderWithID = (...all) => core.pure(all.find((value) => typeof value === 'number'));
  const everywhere = [];
  globalThis.all = (change) => { everywhere.push(change); return core.silence; };
  globalThis.setcpm = globalThis.setcps = () => core.silence;
  const { output } = transpiler.transpiler(text, { wrapAsync: true, addReturn: true, simpleLocs: true, emitMiniLocations: false, emitWidgets: false });
  const last = await (0, eval)(output);
  if (Object.keys(found).length === 0 && last instanceof core.Pattern) found.d1 = last;
  for (const name of Object.keys(found)) found[name] = everywhere.reduce((pattern, change) => change(pattern), found[name]);
  return found;
};

if (mode === 'tunes') {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js')).sort()) {
    const found = await players(readFileSync(path.join(folder, file), 'utf8'));
    const tables = Object.fromEntries(Object.entries(found).map(([name, pattern]) => [name, events(pattern)]));
    say({ tune: file, cycles: CYCLES, players: tables });
  }
} else {
  for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
    const { js, lua } = JSON.parse(line);
    try {
      warned = false;
      const { output } = transpiler.transpiler(js, { wrapAsync: false, addReturn: false, simpleLocs: true, emitMiniLocations: false, emitWidgets: false });
      globalThis.asked = () => events((0, eval)(output));
      const table = runInThisContext('asked()', { timeout: 300 });
      if (!warned) say({ lua, cycles: CYCLES, events: table });
    } catch (error) {
      if (process.env.WHY) process.stderr.write(`${js}: ${error.message}\n`);
    }
  }
}
process.exit(0);
