/** Faults as people write them: what is printed is read as the same fault, and what is wrong is named. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PAIR_STATES, type PairState } from '../../../firmware/memory/pair-states.js';
import { DIRECTORS } from '../../../firmware/runtime/machine/director-names.js';
import {
  COMPARES,
  type Condition,
  type Fault,
  type FaultValue,
  type FlagName,
  printFault,
  type Start,
} from '../../../firmware/runtime/machine/faults/fault.js';
import {
  faultHelp,
  faultTable,
  KIND_NAMES,
  KINDS,
  type TargetForm,
} from '../../../firmware/runtime/machine/faults/kinds.js';
import { RigNames } from '../../../firmware/runtime/machine/faults/names.js';
import { parseFault } from '../../../firmware/runtime/machine/faults/parse.js';
import { planFault } from '../../../firmware/runtime/machine/faults/plan.js';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';

const array = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/);
const volume = fc.tuple(array, array).map(([a, v]) => `${a}:${v}`);
const link = fc.option(fc.nat({ max: 7 }), { nil: undefined });
const time_ns = fc.oneof(
  fc.nat({ max: 2000 }),
  fc.nat({ max: 2 ** 40 }),
  fc.nat({ max: 900 }).map((s) => s * 1e9),
);
const count = fc.nat({ max: 0x7fff_ffff });
const flag = fc.constantFrom<FlagName>('M1_WP', 'M2_WP', 'M1_FP', 'M2_FP', 'M1_INV', 'M2_INV');
const compare = fc.constantFrom(...COMPARES);

const numbered = (name: string, n: number | undefined): string => (n === undefined ? name : `${name}:${n}`);
const TARGET: Readonly<Record<TargetForm, fc.Arbitrary<string>>> = {
  link: fc.tuple(array, array, link).map(([a, b, n]) => numbered(`${a}-${b}`, n)),
  way: fc.tuple(array, array, link).map(([a, b, n]) => numbered(`${a}->${b}`, n)),
  array,
  director: fc.tuple(array, fc.constantFrom(...DIRECTORS)).map(([a, d]) => `${a}:${d}`),
  role: fc.tuple(array, fc.constantFrom('channel', 'data', 'cache', 'disk', 'remote')).map(([a, r]) => `${a}:${r}`),
  volume,
  command: fc.oneof(
    fc
      .tuple(fc.constantFrom('create', 'delete --force', 'suspend', 'resume', 'swap', 'failback', 'failover'), volume)
      .map(([what, v]) => `pair ${what} ${v}`),
    fc.tuple(volume, fc.constantFrom(512, 4096)).map(([v, n]) => `volume format ${v} ${n}`),
  ),
};

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record(
    { of: fc.constant('flag' as const), flag, isSet: fc.boolean(), volume, track: count },
    { requiredKeys: ['of', 'flag', 'isSet', 'volume'] },
  ),
  fc.record({
    of: fc.constant('pair' as const),
    volume,
    state: fc.constantFrom(...(Object.keys(PAIR_STATES) as PairState[])),
  }),
  fc.record({ of: fc.constant('write-pending' as const), place: fc.oneof(array, volume), compare, count }),
  fc.record(
    { of: fc.constant('credits' as const), array, link: fc.nat({ max: 7 }), compare, count },
    { requiredKeys: ['of', 'array', 'compare', 'count'] },
  ),
  fc.record({
    of: fc.constant('ring' as const),
    array,
    from: fc.constantFrom('data', 'hostPort'),
    to: fc.constantFrom('cache', 'channel'),
    compare,
    count,
  }),
);

const sequel = { nth: fc.integer({ min: 1, max: 1000 }), after_ns: time_ns };
const start: fc.Arbitrary<Start> = fc.oneof(
  fc.constant({ at: 'once' as const }),
  fc.record({ at: fc.constant('time' as const), time_ns }),
  fc.record({ at: fc.constant('state' as const), condition, ...sequel }),
  fc.record({
    at: fc.constant('label' as const),
    file: fc.constantFrom('apply/at-once.uc', 'base/data/write.uc'),
    label: array,
    array,
    ...sequel,
  }),
);

function value(kind: (typeof KIND_NAMES)[number]): fc.Arbitrary<FaultValue | undefined> {
  const time: fc.Arbitrary<FaultValue> = fc.record({ is: fc.constant('time' as const), time_ns });
  const spec = KINDS[kind];
  switch (spec.value) {
    case undefined:
      return fc.constant(undefined);
    case 'time':
      return spec.isValueOptional ? fc.option(time, { nil: undefined }) : time;
    case 'slowness':
      return fc.oneof(
        fc.record({ is: fc.constant('time' as const), time_ns: fc.nat({ max: 2 ** 40 }) }),
        fc.record({ is: fc.constant('factor' as const), factor: fc.integer({ min: 1, max: 9999 }) }),
      );
    case 'sectors':
      return fc
        .tuple(fc.nat({ max: 1e8 }), fc.nat({ max: 1e8 }))
        .map(([a, b]) => ({ is: 'sectors' as const, from: Math.min(a, b), to: Math.max(a, b) }));
    case 'track':
      return fc.record({ is: fc.constant('track' as const), track: count });
    default:
      return fc.record({ is: fc.constant('file' as const), file: fc.constantFrom('data.img', 'my images/data.img') });
  }
}

const ratio = fc
  .tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }))
  .map(([a, b]) => ({ of: Math.min(a, b), outOf: Math.max(a, b) }));

const fault: fc.Arbitrary<Fault> = fc.constantFrom(...KIND_NAMES).chain((kind) => {
  const { target, strikes, lasts } = KINDS[kind];
  return fc
    .record({
      target: TARGET[target],
      value: value(kind),
      start,
      ratio: strikes ? fc.option(ratio, { nil: undefined }) : fc.constant(undefined),
      for_ns: lasts ? fc.option(fc.integer({ min: 1, max: 2 ** 40 }), { nil: undefined }) : fc.constant(undefined),
    })
    .map((parts) => ({ kind, ...parts }));
});

test('any fault that is printed is read as the same fault', () => {
  fc.assert(
    fc.property(fault, (one) => {
      expect(parseFault(printFault(one))).toEqual(one);
    }),
    { numRuns: 2000 },
  );
});

test('any text is read, or refused with the word at fault and its column', () => {
  const word = fc.constantFrom(
    ...KIND_NAMES,
    'A-B',
    'A:data0',
    '3ms',
    'at',
    'when',
    'ratio',
    '1/2',
    'for',
    '"',
    'x',
    '',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 8 }), (words) => {
      try {
        parseFault(words.join(' '));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message).toMatch(
          /^fault '[\s\S]*': (word \d+ is "[\s\S]*"|it ends) \(column \d+\); there it must be /,
        );
      }
    }),
    { numRuns: 2000 },
  );
});

describe('what is wrong is named, with its place and what would be right:', () => {
  test.each([
    ['', 'it ends (column 1); there it must be a fault: cut, one-way'],
    ['cutt A-B', 'word 1 is "cutt" (column 1); there it must be a fault: cut'],
    ['cut A', 'word 2 is "A" (column 5); there it must be a link, for example A-B'],
    ['cut A-B att 5ms', 'word 3 is "att" (column 9); there it must be at, when, for or the end'],
    ['cut A-B at 5', 'word 4 is "5" (column 12); there it must be a time, or "label"'],
    ['cut A-B for 0ms', 'word 4 is "0ms" (column 13); there it must be how long it lasts, more than nothing'],
    ['cut A-B at 0.5ns', 'of whole nanoseconds'],
    ['cut A-B at 1ms at 2ms', 'word 5 is "at" (column 16); there it must be for or the end'],
    ['delay A-B', 'it ends (column 10); there it must be a time, for example 3ms'],
    ['lose A-B ratio 2/1', 'word 4 is "2/1" (column 16); there it must be a ratio'],
    ['hang A:xx1', 'a director, for example A:ca1'],
    ['drive-latent A:data0 15-8', 'word 3 is "15-8" (column 22); there it must be sectors'],
    ['slot-parity A:data0 3', 'word 3 is "3" (column 21); there it must be a track of the volume, for example track 3'],
    ['drive-slow A:data0 x0', 'how much slower'],
    [
      'drive-slow A:data0 2001s',
      'word 3 is "2001s" (column 20); there it must be how much slower, for example x20 or 5ms more; 2000s is',
    ],
    ['crash A:ca1 for 3ms', 'word 3 is "for" (column 13); there it must be at, when or the end'],
    ['cut A-B when M2 of A:data0', 'word 4 is "M2" (column 14); there it must be a condition: M1_WP, M2_WP'],
    ['cut A-B when M2_WP A:data0', 'word 5 is "A:data0" (column 20); there it must be "of" and a volume'],
    ['cut A-B when pair A:data0 is FINE', 'word 7 is "FINE"'],
    ['cut A-B at label x.uc:y', 'it ends (column 24); there it must be "on" and an array'],
    ['operator "pair suspend', 'word 2 is """ (column 10); there it must be closed by another one further on'],
    ['operator "pair explode A:data0"', 'word 2 is "pair explode A:data0" (column 10); there it must be "pair create'],
  ])('%s', (text, right) => {
    expect(() => parseFault(text)).toThrow(right);
  });
});

test('a time is printed in the largest unit in which it is whole', () => {
  expect(printFault(parseFault('cut  A-B at 1.5ms for 20000us'))).toBe('cut A-B at 1500us for 20ms');
});

describe('names are those of the rig:', () => {
  const names = new RigNames(loadSimRig('tiny-pair').arrays, [{ index: 0, number: 0, between: [0, 1] }]);
  test.each([
    ['cut A-C', 'there is no link A-C; there are A-B:0'],
    ['cut B-A:1', 'there is no link B-A:1; there are A-B:0'],
    ['one-way A->C', 'there is no link A->C; there are A->B:0, B->A:0'],
    ['power-loss C', 'there is no array C; there are A, B'],
    ['drive-lose A:data9', 'there is no volume A:data9; array A has A:data0, A:work0, A:local0'],
    ['slot-parity A:data0 track 12', 'there is no track 12 of A:data0; it has 0 to 11'],
    ['drive-latent A:data0 40-48', 'there is no sector 48 of A:data0; it has 0 to 47'],
    ['cut A-B when pair A:local0 is PAIR', 'volume A:local0 is of no pair of the rig'],
    ['cut A-B when M2_WP of A:data0 track 12', 'there is no track 12 of A:data0'],
    ['cut A-B when credits A:3 = 0', 'array A has no link 3; it has 0'],
    ['cut A-B when ring A:hostPort->data > 0', 'there is no ring A:hostPort->data; those of hostPort go to channel'],
    ['operator "pair suspend A:local0"', 'volume A:local0 is of no pair of the rig'],
  ])('%s', (text, right) => {
    expect(() => planFault(text, names, 'simulated')).toThrow(`fault '${text}': ${right}`);
  });

  test('either order of a link is its name, and without a number it is all of them', () => {
    expect(planFault('cut B-A', names, 'simulated').links).toEqual([{ index: 0, number: 0, between: [0, 1] }]);
  });
});

test('README.md has the table of kinds as it is', () => {
  expect(readFileSync(join(packageRoot(), 'README.md'), 'utf8')).toContain(faultTable());
});

test('help has a line for every kind that is possible there', () => {
  for (const kind of KIND_NAMES) {
    expect(faultHelp('simulated')).toContain(`  ${kind} `);
    expect(faultHelp('live').includes(`  ${kind} `)).toBe(KINDS[kind].live !== false);
  }
});
