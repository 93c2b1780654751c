/** The files of a regression: known failures, corpus, journal. */
import {
  appendFileSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { growCorpus, readCorpus, runnable } from '../../../tools/regress/corpus.js';
import { checkWritable, writeWhole } from '../../../tools/regress/files.js';
import { Journal } from '../../../tools/regress/journal.js';
import { isKnown, readKnown, staleKnown } from '../../../tools/regress/known.js';
import type { PlannedRun } from '../../../tools/regress/plan.js';
import type { RunResult } from '../../../tools/regress/run.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-regress-'));
  path = join(folder, 'file.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const violation = (text: string) => ({ text, time_us: 7 });

describe('known failures', () => {
  const known = [{ scenario: 'st*', rig: 'tiny-*', violation: 'track * sector', why: 'old' }];
  const run = { scenario: 'storm', rig: 'tiny-pair' };

  it('are known when each violation of the run is', () => {
    const [a, b] = [violation('A: track 3 sector 1'), violation('B: track 4')];
    expect(isKnown(run, [a], known)).toBe(true);
    expect(isKnown(run, [a, b], known)).toBe(false);
    expect(isKnown(run, [a, violation('expected: the run goes on')], known)).toBe(true);
    expect(isKnown(run, [violation('expected: the run goes on')], known)).toBe(false);
    expect(isKnown({ ...run, rig: 'two-slots' }, [a], known)).toBe(false);
    expect(isKnown(run, [], known)).toBe(false);
  });

  it('are stale when runs that they speak of do not fail so, or the scenario is gone', () => {
    const ran = (text?: string) => [{ ...run, violations: text === undefined ? [] : [violation(text)] }];
    expect(staleKnown(known, ['storm'], ran('track 1 sector 2'))).toEqual([]);
    expect(staleKnown(known, ['storm'], ran())).toEqual(['did not fail so in 1 run: st* on tiny-*: track * sector']);
    expect(staleKnown(known, ['storm'], [])).toEqual([]);
    expect(staleKnown(known, ['calm'], ran())).toEqual(['there is no such scenario: st* on tiny-*: track * sector']);
  });

  it('of a scenario of one’s own are not stale while its module is there', () => {
    const own = { ...known[0], scenario: path, rig: '*', violation: 'x', why: 'y' };
    expect(staleKnown([own], ['storm'], [])).toEqual([`there is no such scenario: ${path} on *: x`]);
    writeFileSync(path, '');
    expect(staleKnown([own], ['storm'], [])).toEqual([]);
    expect(staleKnown([own], ['storm'], [{ scenario: path, rig: 'r', violations: [] }])).toHaveLength(1);
    expect(staleKnown([{ ...own, scenario: './mine-*.mjs' }], ['storm'], [])).toEqual([]);
  });

  it.each([
    ['{', 'this is not JSON'],
    ['{"version":2,"known":[]}', 'version is 2; it must be 1'],
    ['{"version":1,\n"known":[{"scenario":"s","violation":"v"}]}', 'file.json:2: known[0].why is missing'],
    ['{"version":1,"known":[{"scenario":"s","violation":"v","why":"w","seed":1}]}', 'known[0].seed is not a field'],
  ])('are refused with the field named: %s', (text, said) => {
    writeFileSync(path, text);
    expect(() => readKnown(path)).toThrow(said);
  });
});

describe('a corpus', () => {
  const run = (seed: number, settings = {}): PlannedRun => ({ scenario: 'storm', rig: 'tiny-pair', seed, settings });

  it('that is not there is empty, grows by what is new, and leaves no other file behind', () => {
    expect(readCorpus(path)).toEqual([]);
    expect(growCorpus(path, [run(1), run(2, { faults: 1 }), run(1)])).toBe(2);
    expect(growCorpus(path, [run(2, { faults: 1 }), run(3)])).toBe(1);
    expect(readCorpus(path)).toEqual([run(1), run(2, { faults: 1 }), run(3)]);
    expect(readdirSync(folder)).toEqual(['file.json']);
  });

  it('keeps the faults of a run, which is another one without them', () => {
    const struck = { ...run(1), faults: ['crash A:ca1'] };
    expect(growCorpus(path, [run(1), struck, struck])).toBe(2);
    expect(readCorpus(path)).toEqual([run(1), struck]);
  });

  it('is left as it is when nothing is new', () => {
    growCorpus(path, [run(1)]);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\n\n'));
    const text = readFileSync(path, 'utf8');
    expect(growCorpus(path, [run(1)])).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('is run as far as it fits the matrix', () => {
    const matrix = {
      rows: [{ name: 'storm', help: '', rig: 'two-slots', defaults: { faults: 8 } }],
      columns: [],
      cells: [
        { scenario: 'storm', rig: 'tiny-pair' },
        { scenario: 'storm', rig: 'single', why: 'too large' },
      ],
      faults: [],
      canHave: (_scenario: string, _rig: string, faults: readonly string[]) => !faults.includes('crash C:ca1'),
    };
    const fits = [run(1), run(2, { faults: 1 }), { ...run(1), faults: ['crash A:ca1'] }];
    const others = [run(3, { gone: 1 }), { ...run(4), rig: 'single' }, { ...run(5), scenario: 'gone' }];
    others.push({ ...run(6), faults: ['crash C:ca1'] });
    expect(runnable([...fits, ...others], matrix)).toEqual({ runs: fits, others: 4 });
  });

  it.each([
    ['{"version":1,"runs":[{"scenario":"s","rig":"r","seed":-1}]}', 'runs[0].seed is -1'],
    ['{"version":1,"runs":[{"scenario":"s","rig":"r","seed":1,"settings":{"faults":"x"}}]}', 'settings.faults is "x"'],
    [
      '{"version":1,"runs":[{"scenario":"s","rig":"r","seed":1,"settings":[]}]}',
      'settings is []; it must be an object',
    ],
    [
      '{"version":1,"runs":[{"scenario":"s","rig":"r","seed":1,"faults":["crash A:ca1","cut"]}]}',
      "runs[0].faults[1] fault 'cut': it ends (column 4); there it must be a link",
    ],
    ['{"version":1,"runs":[{"scenario":"s","rig":"r","seed":1,"faults":[1]}]}', 'faults[0] is 1; it must be'],
  ])('is refused with the field named: %s', (text, said) => {
    writeFileSync(path, text);
    expect(() => readCorpus(path)).toThrow(said);
  });
});

describe('a journal', () => {
  const result = (seed: number): RunResult => ({
    seed,
    settings: { faults: 3 },
    violations: [violation('x')],
    hash: '0123456789abcdef',
    writes: 1,
    reads: 2,
    refused: 0,
    steps: 9,
    messages: 8,
    operations: 70,
    time_us: 7,
  });
  const open = (identity: Record<string, string> = { seeds: '1 to 9' }) => new Journal(path, identity, []);

  it('knows what another process wrote, but for the line that a kill cut off', () => {
    const first = open();
    first.add(4, result(5));
    first.add(0, result(1));
    appendFileSync(path, '{"number":1,"result":{"se');
    const second = open();
    expect([...second.done]).toEqual([
      [4, result(5)],
      [0, result(1)],
    ]);
    second.add(1, result(2));
    expect([...open().done.keys()]).toEqual([4, 0, 1]);
  });

  it('keeps the runs of the corpus that it began with', () => {
    const runs = [{ scenario: 's', rig: 'r', seed: 1, settings: {} }];
    new Journal(path, {}, runs);
    expect(new Journal(path, {}, []).first).toEqual(runs);
  });

  it('of another regression is refused, and says what differs', () => {
    open();
    expect(() => open({ seeds: '1 to 8' })).toThrow('seeds differs (seeds: 1 to 9 there, 1 to 8 here)');
    expect(() => open({ seeds: '1 to 9', 'rig x': '1' })).toThrow('rig x differs (rig x: none there, 1 here)');
  });

  it.each([
    ['something else\n', 'this is no journal of a regression'],
    ['something else', 'this is no journal of a regression'],
    ['{"journal":"arraylab regress","version":1,"identity":{"seeds":"1 to 9"},"first":[null]}\n', 'this is no journal'],
  ])('is not begun over a file that is something else', (text, said) => {
    writeFileSync(path, text);
    expect(() => open()).toThrow(said);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it.each([
    '{"number":"x"}',
    'null',
    JSON.stringify({ number: 1, result: { violations: [] } }),
    JSON.stringify({ number: 1, result: { ...result(2), violations: [null] } }),
    JSON.stringify({ number: 1, result: { ...result(2), time_us: null } }),
  ])('with a damaged line names the line: %s', (line) => {
    open().add(0, result(1));
    appendFileSync(path, `${line}\n`);
    expect(() => open()).toThrow('file.json:3: this line is damaged');
  });
});

describe('a file that is written', () => {
  const link = (): string => join(folder, 'link');

  it('is the one that a link names, and the link stays', () => {
    writeFileSync(path, 'old');
    symlinkSync('file.json', link());
    writeWhole(link(), 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(lstatSync(link()).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toEqual(['file.json', 'link']);
  });

  it('is never put in the place of a device', () => {
    symlinkSync('/dev/null', link());
    writeWhole(link(), 'text');
    expect(lstatSync(link()).isSymbolicLink()).toBe(true);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it.each([
    ['', '--junit is ""; a path is wanted'],
    ['.', '.: this is a folder'],
    ['no/such', 'no/such: ENOENT'],
  ])('is refused before the work when it cannot be: "%s"', (text, said) => {
    expect(() => checkWritable(text, '--junit')).toThrow(said);
  });

  it.each(['new.xml', 'package.json', '/dev/null'])('is not refused when it can be: %s', (text) => {
    expect(() => checkWritable(text, '--junit')).not.toThrow();
  });
});
