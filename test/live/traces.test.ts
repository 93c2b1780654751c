/** What arrays that serve hosts leave behind: traces that are fetched, and a dump when a director dies. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeImage } from '../../firmware/engine/image.js';
import { whereIs } from '../../firmware/engine/program.js';
import type { ArrayView } from '../../firmware/runtime/live/system.js';
import { chunksOf } from '../../firmware/service/dump/chunks.js';
import { readDump } from '../../firmware/service/dump/dump-file.js';
import { withFile } from '../../firmware/service/dump/files.js';
import { readTraceFile } from '../../firmware/service/dump/trace-file.js';
import { readLinkSecret } from '../../firmware/service/link-secret.js';
import { MICROCODE_ROOT } from '../../tools/assembler/load-sources.js';
import { allEvents } from '../../tools/trace/events.js';
import { reordered } from '../harness/changed-microcode.js';
import { TIMEOUT_MS } from './clients.js';
import { WriteRecord } from './numbered-writer.js';
import { Bench, endOf, eventually, expectNothingLost, moreWrites, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 4 * 1024 * 1024;

let bench: Bench;
/** What the processes are expected to say. */
let expected: RegExp | undefined;

beforeEach(() => {
  bench = new Bench();
  expected = undefined;
});
afterEach(() => bench.close(expected), TIMEOUT_MS);

test('a trace is fetched while hosts write, and written at an orderly end', { timeout: TIMEOUT_MS }, async () => {
  expected = /^(arraylab serve: array [AB]: trace \S+\n)+$/;
  const served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--trace', '--dump', bench.file('left')]);
  const record = new WriteRecord(1, VOLUME_BYTES);
  const writer = await bench.write(served.port('A'), record);
  await moreWrites(writer, 200);
  const file = bench.file('now.altrace');
  expect(await bench.told(`trace A -o ${file}`)).toMatchObject({ array: 'A', file });
  const trace = readTraceFile(file);
  const events = allEvents(trace);
  expect(trace.head).toMatchObject({ clock: 'machine', arrays: [{ name: 'A' }] });
  expect(trace.rings.map(({ director }) => director)).toEqual(['ca1', 'dd1', 'cc1', 'da1', 'ra1']);
  const ships = events.filter(({ what, message }) => what === 'SENDS' && message?.kind === 'SHIP');
  expect(ships.length).toBeGreaterThan(100);
  expect(ships[0]?.place?.file).toBe('microcode/ack/real-time.uc');
  for (const { role, director } of trace.rings.flatMap((ring) => events.filter((e) => e.director === ring.director)))
    expect({ channel: 'ca1', data: 'dd1', cache: 'cc1', disk: 'da1', remote: 'ra1', service: director }[role]).toBe(
      director,
    );
  // What runs, and where, may change. Between the two looks a ring must not be filled anew.
  await expectNothingLost(served, writer, record);
  const image = bench.file('data.img');
  writeFileSync(image, encodeImage(reordered('data')));
  await bench.told(`microcode load A ${image}`);
  await bench.told('director role A:ca1 cache');
  const other = await bench.write(served.port('A'), record);
  await moreWrites(other, 100);
  await other.stop();
  await bench.told(`trace A -o ${file}`);
  const later = allEvents(readTraceFile(file));
  expect(later.filter(({ text }) => text?.startsWith('goes on with image'))).toMatchObject([{ role: 'data' }]);
  expect(later.some(({ role, director, what }) => role === 'cache' && director === 'ca1' && what === 'RUNS')).toBe(
    true,
  );
  const begun = later.filter(({ what, role }) => what === 'TAKES' && role === 'data').length;
  expect(begun).toBeGreaterThan(100);
  for (const { starts, place } of later) if (starts !== undefined) expect(place?.scope).toBe(starts);
  expect(new Set(later.flatMap(({ role, image: ran }) => (role === 'data' && ran ? [ran.version] : []))).size).toBe(2);
  await expectNothingLost(served, other, record);
  served.signal('SIGTERM');
  expect(await served.exit()).toEqual({ code: 0, signal: null });
  expect(readdirSync(bench.file('left')).sort()).toEqual(['A.altrace', 'B.altrace']);
  expect(readTraceFile(bench.file('left/B.altrace')).head.arrays[0]?.name).toBe('B');
});

test('where nobody wanted a trace there is none to fetch', { timeout: TIMEOUT_MS }, async () => {
  await bench.serve(bench.single(VOLUME_BYTES));
  const { code, stderr } = await bench.ctl('trace A');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('array A leaves no trace; `serve --trace`'),
  });
});

/** The package's microcode with a write that releases a lock which it has not. */
function faulty(): string {
  const root = bench.file('microcode');
  cpSync(MICROCODE_ROOT, root, { recursive: true });
  const file = `${root}/base/data/write.uc`;
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('on WRITE using write\n', 'on WRITE using write\n    unlock track\n'));
  return root;
}

test('a director that dies of a microcode fault leaves a dump, which names the line and holds no secret', {
  timeout: TIMEOUT_MS,
}, async () => {
  expected = /[\s\S]*/;
  const rig = await bench.rig(VOLUME_BYTES, true);
  const more = ['--microcode', faulty()];
  const [left, tokens] = [bench.file('left'), bench.file('arraylab')];
  const a = await bench.serve(rig, ['--only', 'A', '--trace', '--dump', left, ...more]);
  await bench.serve(rig, ['--only', 'B', ...more]);
  await untilPaired(a, 'A');
  const writer = await bench.write(a.port('A'), new WriteRecord(1, VOLUME_BYTES));
  const said = await eventually(
    'a dump',
    () => a.said(),
    (text) => /: dump \S+\n/.test(text),
  );
  const [, path = ''] = /array A: dump (\S+)\n/.exec(said) ?? [];
  await endOf(writer);
  const { arrays } = (await bench.told('status')) as { arrays: readonly ArrayView[] };
  expect(arrays.find(({ name }) => name === 'A')?.dump).toBe(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const { cause, arrays: dumped, trace } = readDump(path);
  const image = dumped[0]?.images.data;
  expect(cause.what).toBe('fault');
  expect(image && whereIs(image, cause.where?.pc ?? -1)).toMatch(/^microcode\/base\/data\/write\.uc:\d+ \(WRITE\)$/);
  expect(said).toContain(`director data is dead: microcode fault at microcode/base/data/write.uc`);
  const fault = allEvents(trace).find(({ what }) => what === 'FAULT');
  expect([fault?.role, fault?.task, fault?.place?.instruction]).toEqual(['data', cause.where?.task, cause.where?.pc]);
  const file = bench.file('link.secret');
  const secrets = [
    readFileSync(file),
    Buffer.from(readFileSync(file, 'utf8').trim()),
    Buffer.from(readLinkSecret(file)),
  ];
  for (const name of readdirSync(tokens)) {
    const text = readFileSync(`${tokens}/${name}`, 'utf8').trim();
    if (/^[0-9a-f]{64}$/.test(text)) secrets.push(Buffer.from(text), Buffer.from(text, 'hex'));
  }
  expect(secrets.length).toBeGreaterThanOrEqual(5);
  withFile(path, (source) => {
    for (const { bytes } of chunksOf(source))
      for (const secret of secrets) expect(Buffer.from(bytes).includes(secret)).toBe(false);
  });
});

test('a fault while the array boots leaves a dump too, and serve ends with its reason', { timeout: TIMEOUT_MS }, () => {
  const root = faulty();
  const file = `${root}/base/data/boot.uc`;
  const text = readFileSync(file, 'utf8').replace(/^(on BOOT.*\n)/m, '$1    ldi   r0, #0\n    unlock r0\n');
  writeFileSync(file, text);
  const args = [
    'serve',
    bench.single(VOLUME_BYTES),
    '--port-base',
    '0',
    '--microcode',
    root,
    '--dump',
    bench.file('left'),
  ];
  const { status, stderr } = spawnSync(process.execPath, ['dist/tools/cli/main.js', ...args], { encoding: 'utf8' });
  expect(status).toBe(1);
  const [name = ''] = readdirSync(bench.file('left'));
  expect(stderr).toContain(`array A: dump ${bench.file(`left/${name}`)}\n`);
  expect(stderr).not.toContain('    at ');
  const { cause } = readDump(bench.file(`left/${name}`));
  expect(cause).toMatchObject({ what: 'fault', text: expect.stringContaining('microcode/base/data/boot.uc:') });
});
