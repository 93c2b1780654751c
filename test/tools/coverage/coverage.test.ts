/** Coverage files, their sum, and what is measured of them, on programs of a few lines. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Image } from '../../../firmware/engine/image.js';
import { MICROCODED_ROLES, type Role } from '../../../firmware/ports/messages.js';
import { assembleRole } from '../../../tools/assembler/assemble.js';
import { type Coverage, type LineCounts, merged, microcodeCrc, Tally } from '../../../tools/coverage/coverage.js';
import { coverageFrom, coverageText } from '../../../tools/coverage/file.js';
import { hotScopes } from '../../../tools/coverage/hot.js';
import { lcovOf } from '../../../tools/coverage/lcov.js';
import { checked, linesOf, measure, sharesOf, totalOf } from '../../../tools/coverage/measure.js';
import { minimumOf, percent, shortfalls } from '../../../tools/coverage/minimum.js';
import { missingOf } from '../../../tools/coverage/missing.js';
import { review } from '../../../tools/coverage/reviewed.js';
import { sourcesOf } from '../../../tools/coverage/sources.js';
import { tableOf } from '../../../tools/coverage/text.js';
import { imageOf } from '../../harness/images.js';
import { UNCOVERED } from '../../uncovered-microcode.js';

const FILE = 'microcode/base/data/tiny.uc';
const TEXT = `role data

on OFFER
    use x=r1 y=r2
again:  ldi   x, #1 ; begins
    br.eq x, y, again
    br.ne x, #3, next
next:
    case  x, #2
    br    again
    br    last
    call  other
last:
    call.hook commit, y
    end

sub other
    post OFFER (x)
    ret
`.replaceAll('(x)', '(r1)');
const IMAGE = assembleRole('data', [{ path: FILE, text: TEXT }]);

/** Lines of `counts` ran so often. */
function measured(counts: Readonly<Record<number, readonly [number, number?]>>, image: Image = IMAGE) {
  const lines = new Map(
    Object.entries(counts).map(([line, [runs, elsewhere = 0]]): [number, LineCounts] => [
      Number(line),
      { runs, elsewhere },
    ]),
  );
  const coverage: Coverage = [{ role: 'data', crc: microcodeCrc(image), files: new Map([[FILE, lines]]) }];
  return measure({ data: image }, checked({ data: image }, coverage, 'x.cov'), () => TEXT);
}

const ways = (files: ReturnType<typeof measured>, line: number): Record<string, number> =>
  Object.fromEntries(
    linesOf(files[0] as (typeof files)[0])
      .find((one) => one.line === line)
      ?.ways.map(({ name, count }) => [name, count]) ?? [],
  );

describe('what counts', () => {
  // Once from outside and twice by `again`: once by line 6, once by line 10.
  const files = measured({
    5: [3],
    6: [3, 1],
    7: [2],
    9: [2, 1],
    10: [1, 1],
    12: [1],
    14: [1, 1],
    15: [1],
    18: [1],
    19: [1],
  });

  test('each line with an instruction, and nothing else', () => {
    expect(linesOf(files[0] as (typeof files)[0]).map(({ line, runs }) => [line, runs])).toEqual([
      [5, 3],
      [6, 3],
      [7, 2],
      [9, 2],
      [10, 1],
      [11, 0],
      [12, 1],
      [14, 1],
      [15, 1],
      [18, 1],
      [19, 1],
    ]);
  });

  test('a branch, taken and not taken; one to the next instruction has no ways', () => {
    expect(ways(files, 6)).toEqual({ taken: 1, 'not taken': 2 });
    expect(ways(files, 7)).toEqual({});
  });

  test('a case, for each number of its table and the rest', () => {
    expect(ways(files, 9)).toEqual({ 0: 1, 1: 0, 'the rest': 1 });
  });

  test('a hook, with a module and without', () => {
    expect(ways(files, 14)).toEqual({ 'with a module': 1, 'without a module': 0 });
  });

  test('a function, as often as it was come to from outside', () => {
    expect(files[0]?.scopes.map(({ title, line, calls }) => [title, line, calls])).toEqual([
      ['on OFFER', 3, 1],
      ['sub other', 17, 1],
    ]);
    expect(sharesOf(files[0] as (typeof files)[0])).toEqual({
      lines: { found: 11, hit: 10 },
      branches: { found: 7, hit: 5 },
      scopes: { found: 2, hit: 2 },
    });
  });

  test('cycles and messages, of each scope its own', () => {
    expect(hotScopes(files).map(({ title, messages }) => [title, messages])).toEqual([
      ['on OFFER', 0],
      ['sub other', 1],
    ]);
    // 3 ldi, 3 + 2 branches, 2 case, 1 br, 1 call, 1 call.hook of 2 cycles, 1 end; post has 2 cycles, ret 1.
    expect(hotScopes(files).map(({ cycles }) => cycles)).toEqual([15, 3]);
  });

  test('what is missing is told with its line', () => {
    expect(tableOf(files, true).map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
      'FILE LINES BRANCHES FUNCTIONS',
      `${FILE} 90.9 % 10/11 71.4 % 5/7 100.0 % 2/2`,
      'never run: 11',
      '9: case x, #2: never 1',
      '14: call.hook commit, y: never without a module',
      'total 90.9 % 10/11 71.4 % 5/7 100.0 % 2/2',
    ]);
  });

  test('an lcov tracefile has the same, and `-` for branches that never ran', () => {
    expect(lcovOf(measured({ 5: [1] }), (path) => `/x/${path}`).split('\n')).toEqual(
      expect.arrayContaining([
        `SF:/x/${FILE}`,
        'FN:3,on OFFER',
        'FNDA:1,on OFFER',
        'BRDA:6,0,0,-',
        'DA:5,1',
        'DA:6,0',
        'LH:1',
        'BRH:0',
      ]),
    );
  });
});

describe('a least share', () => {
  const shares = totalOf(measured({ 5: [1], 6: [1, 0] }));

  test.each([
    ['18', []],
    ['18.2', ['lines: 18.1 % covered, 2 of 11; --min wants 18.2 %']],
    ['0,14', []],
    ['0,15', ['branches: 14.2 % covered, 1 of 7; --min wants 15 %']],
  ])('%s', (text, below) => {
    expect(shortfalls(shares, minimumOf(text, '--min'), '--min')).toEqual(below);
  });

  test.each(['', '101', '95,', '95;90', '1,2,3', '-1'])('"%s" is none', (text) => {
    expect(() => minimumOf(text, '--min')).toThrow(`--min is "${text}"; LINES or LINES,BRANCHES is wanted`);
  });

  test('100 % is all of it, and no less', () => {
    expect(percent({ found: 100_000, hit: 99_999 })).toBe('99.9 %');
    expect(percent({ found: 0, hit: 0 })).toBe('-');
  });
});

describe('what is not covered', () => {
  const files = measured({ 5: [3], 6: [3, 1], 7: [2], 9: [2, 1], 10: [1, 1], 14: [1, 1], 15: [1] });

  test('has names that do not change with what stands before it; lines in a row have one', () => {
    expect(missingOf(files).map(({ key, line, lines }) => [key, line, lines])).toEqual([
      ['base/data/tiny.uc | on OFFER | case x, #2 | never 1', 9, 0],
      ['base/data/tiny.uc | on OFFER | br last | never run', 11, 2],
      ['base/data/tiny.uc | on OFFER | call.hook commit, y | never without a module', 14, 0],
      ['base/data/tiny.uc | sub other | post OFFER (r1) | never run', 18, 2],
    ]);
  });

  test('has a reason or none, which is stale when it is of nothing, told twice, or of what cannot be and was', () => {
    const reason = (key: string, is: 'impossible' | 'unmet' = 'unmet') => ({ key, is, why: '' });
    const key = 'base/data/tiny.uc | on OFFER | case x, #2 | never 1';
    const taken = 'base/data/tiny.uc | on OFFER | br.eq x, y, again | never taken';
    const gone = 'base/data/tiny.uc | on OFFER | inc system.lost | never run';
    const isThere = (place: string): boolean => !place.includes('inc');
    const reasons = [key, key, taken, gone].map((k) => reason(k));
    const { missing, stale } = review(missingOf(files), reasons, isThere);
    expect(missing.map(({ why }) => why?.key)).toEqual([key, undefined, undefined, undefined]);
    expect(stale).toEqual([`stands twice: ${key}`, `there is no such instruction any more: ${gone}`]);
    const impossible = [key, taken].map((k) => reason(k, 'impossible'));
    expect(review(missingOf(files), impossible, isThere).stale).toEqual([
      `is said to be impossible, and was: ${taken}`,
    ]);
  });

  test('has reasons in the project that are of instructions that there are', () => {
    const images = Object.fromEntries(MICROCODED_ROLES.map((role) => [role, imageOf(role)]));
    const places = new Set(
      measure(images, [], sourcesOf().textOf).flatMap(({ path, scopes }) =>
        scopes.flatMap(({ title, lines }) =>
          lines.map(({ text }) => [path.replace('microcode/', ''), title, text].join(' | ')),
        ),
      ),
    );
    expect(UNCOVERED.filter(({ key }) => !places.has(key.split(' | ').slice(0, 3).join(' | ')))).toEqual([]);
  });
});

const counts = fc
  .nat(1000)
  .chain((runs) => fc.nat(runs + 1).map((n): LineCounts => ({ runs: runs + 1, elsewhere: n })));
const files = fc
  .dictionary(fc.string(), fc.array(fc.tuple(fc.integer({ min: 1, max: 99 }), counts), { minLength: 1 }))
  .map((all) => new Map(Object.entries(all).map(([file, lines]) => [file, new Map(lines)])));
const coverages = fc
  .subarray([...MICROCODED_ROLES])
  .chain((roles) =>
    fc.tuple(...roles.map((role) => files.map((own) => ({ role, crc: `0000000${role.length}`, files: own })))),
  )
  .map((roles): Coverage => roles);

/** As a plain sum has it: by role, file and line. */
function summed(all: readonly Coverage[]): Map<string, [number, number]> {
  const sums = new Map<string, [number, number]>();
  for (const { role, files: own } of all.flat())
    for (const [file, lines] of own)
      for (const [line, { runs, elsewhere }] of lines) {
        const key = JSON.stringify([role, file, line]);
        const [a, b] = sums.get(key) ?? [0, 0];
        sums.set(key, [a + runs, b + elsewhere]);
      }
  return sums;
}

test('what is written is read again, and the sum of files is the sum of their counts', () => {
  fc.assert(
    fc.property(fc.array(coverages, { minLength: 1, maxLength: 4 }), (all) => {
      const read = all.map((one) => coverageFrom('x.cov', coverageText(one)));
      expect(read).toEqual(all);
      const sum = merged(
        read,
        read.map((_, i) => `${i}.cov`),
      );
      expect(summed([sum])).toEqual(summed(all));
      expect(coverageText(coverageFrom('sum.cov', coverageText(sum)))).toBe(coverageText(sum));
    }),
  );
});

test('counts of the same instructions, by word, are added up line by line', () => {
  const tally = new Tally({ data: IMAGE });
  const words = Float64Array.from(IMAGE.code, (_, i) => (i === 2 ? 5 : i === 3 ? 4 : 0));
  tally.add({ data: words });
  tally.add({ data: words });
  expect(tally.coverage).toEqual([
    { role: 'data', crc: microcodeCrc(IMAGE), files: new Map([[FILE, new Map([[6, { runs: 10, elsewhere: 8 }]])]]) },
  ]);
});

describe('a coverage file is refused', () => {
  const good = `{"arraylab_coverage":1,"microcode":[\n{"role":"data","crc":"${microcodeCrc(IMAGE)}","files":{\n"${FILE}":[[5,3,0],[6,3,1]]\n}}\n]}\n`;

  test.each([
    ['an end too early', (t: string) => t.slice(0, -4), 'x.cov:4: this is not JSON'],
    [
      'another version',
      (t: string) => t.replace('":1,', '":2,'),
      'x.cov:1: arraylab_coverage is 2; it must be 1, the version',
    ],
    ['nothing of it', () => '{}', 'x.cov:1: arraylab_coverage is missing; it must be 1'],
    ['a list', () => '[]', 'x.cov:1: the file is []; it must be a coverage file'],
    [
      'a field of somebody else',
      (t: string) => t.replace('"crc"', '"ccc"'),
      'x.cov:2: microcode[0].ccc is not a field',
    ],
    [
      'a role that there is not',
      (t: string) => t.replace('"data"', '"dota"'),
      'x.cov:2: microcode[0].role is "dota"; it must be one of channel',
    ],
    [
      'a CRC that is none',
      (t: string) => t.replace(microcodeCrc(IMAGE), 'xyz'),
      'x.cov:2: microcode[0].crc is "xyz"; it must be eight',
    ],
    [
      'a count below 0',
      (t: string) => t.replace('[5,3,0]', '[5,-3,0]'),
      'is [5,-3,0]; it must be [line, runs, elsewhere]',
    ],
    ['a fraction', (t: string) => t.replace('[5,3,0]', '[5,0.5,0]'), 'is [5,0.5,0]; it must be'],
    ['a count too large', (t: string) => t.replace('[5,3,0]', '[5,1e300,0]'), 'it must be [line, runs, elsewhere]'],
    ['more elsewhere than runs', (t: string) => t.replace('[6,3,1]', '[6,3,4]'), '[1][2] is 4; it must be 3 at most'],
    ['what never ran', (t: string) => t.replace('[5,3,0]', '[5,0,0]'), '[0][1] is 0; it must be 1 or more'],
    ['a line twice', (t: string) => t.replace('[6,3,1]', '[5,3,1]'), '[1] is line 5 for the second time'],
  ])('with %s', (_, change, text) => {
    expect(() => coverageFrom('x.cov', change(good))).toThrow(text);
    expect(coverageFrom('x.cov', good)).toHaveLength(1);
  });

  const other = (role: Role, crc: string): Coverage => [{ role, crc, files: new Map() }];

  test('when it is of other microcode, with both CRCs', () => {
    expect(() => checked({ data: IMAGE }, other('data', '00000001'), 'x.cov')).toThrow(
      `x.cov: its microcode of role data has CRC 00000001, the one here has ${microcodeCrc(IMAGE)}`,
    );
    expect(() => merged([other('data', '00000001'), other('data', '00000002')], ['a.cov', 'b.cov'])).toThrow(
      'b.cov: the microcode of role data has CRC 00000002, that of a.cov 00000001: counts of different microcode cannot be added up',
    );
  });

  test('when it has counts of a line without an instruction', () => {
    expect(() => measured({ 4: [1] })).toThrow(`x.cov: role data: ${FILE}:4 has no instruction: the file is damaged`);
  });
});
