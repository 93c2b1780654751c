/** The check of what a journal group's target holds against the definition of a prefix, tried over all sets of writes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Oracle } from '../../firmware/runtime/simulated/oracle.js';
import { misfitOf } from '../../firmware/runtime/simulated/prefix.js';

const BLOCKS = 3;
const HOSTS = 3;
const WRITES = 7;

interface Write {
  readonly id: number;
  readonly block: number;
  readonly issued: number;
  /** 0: it never got its status. */
  acked: number;
}

/** Hosts that write, one command at a time each: which writes, in the order in which they were issued and ended. */
const history = fc.array(fc.record({ host: fc.nat(HOSTS - 1), block: fc.nat(BLOCKS - 1) }), {
  minLength: 4,
  maxLength: 2 * WRITES,
});

function play(steps: readonly { host: number; block: number }[]): { oracle: Oracle; writes: Write[] } {
  const kept = [[0, BLOCKS]] as const;
  const oracle = new Oracle({ m: new Int32Array(Oracle.words(BLOCKS)), at: 0 }, BLOCKS, kept);
  const writes: Write[] = [];
  const busy: (Write | undefined)[] = [];
  for (const { host, block } of steps) {
    const w = busy[host];
    if (w) {
      w.acked = oracle.moment();
      oracle.ended(w.id, w.block, 1, w.acked, true);
      busy[host] = undefined;
    } else if (writes.length < WRITES) {
      const id = oracle.newWrite();
      const issued = oracle.moment();
      oracle.issued(id, id, block, 1, issued);
      busy[host] = { id, block, issued, acked: 0 };
      writes.push(busy[host] as Write);
    }
  }
  return { oracle, writes };
}

const before = (x: Write, y: Write): boolean => x.acked !== 0 && x.acked < y.issued;

/** Images of all prefixes: each set that is closed, each block as any of its writes left it that none of the set is known to come behind. */
function prefixes(writes: readonly Write[]): Set<string> {
  const images = new Set<string>();
  for (let bits = 0; bits < 1 << writes.length; bits++) {
    const set = writes.filter((_, i) => (bits >> i) & 1);
    const isClosed = set.every((w) => writes.every((u) => !before(u, w) || set.includes(u)));
    if (!isClosed) continue;
    const choices = Array.from({ length: BLOCKS }, (_, block) => {
      const of = set.filter((w) => w.block === block);
      const last = of.filter((w) => !of.some((u) => before(w, u)));
      return last.length > 0 ? last.map(({ id }) => id) : [0];
    });
    let all: number[][] = [[]];
    for (const choice of choices) all = all.flatMap((image) => choice.map((value) => [...image, value]));
    for (const image of all) images.add(image.join());
  }
  return images;
}

test('an image passes as a prefix if it is one by the definition, and only then', () => {
  let both = 0;
  fc.assert(
    fc.property(history, (steps) => {
      const { oracle, writes } = play(steps);
      const right = prefixes(writes);
      const values = Array.from({ length: BLOCKS }, (_, b) => [
        0,
        ...writes.filter(({ block }) => block === b).map(({ id }) => id),
      ]);
      let all: number[][] = [[]];
      for (const choice of values) all = all.flatMap((image) => choice.map((value) => [...image, value]));
      for (const image of all) {
        const found = misfitOf(
          oracle,
          image.map((value, block) => ({ block, value })),
        );
        expect(found === undefined, `${image} of ${JSON.stringify(writes)}`).toBe(right.has(image.join()));
      }
      if (right.size < all.length) both++;
    }),
    { numRuns: 300 },
  );
  expect(both).toBeGreaterThan(0);
});

test('of two writes that were under way together, the one that the primary has is the last, when both are acknowledged', () => {
  const oracle = new Oracle({ m: new Int32Array(Oracle.words(BLOCKS)), at: 0 }, BLOCKS, [[0, BLOCKS]]);
  const [first, second] = [oracle.newWrite(), oracle.newWrite()];
  for (const id of [first, second]) oracle.issued(id, id, 0, 1, oracle.moment());
  for (const id of [first, second]) oracle.ended(id, 0, 1, oracle.moment(), true);
  expect(oracle.hasRivals(0)).toBe(true);
  oracle.ordered(0, first, oracle.moment());
  const later = oracle.newWrite();
  oracle.issued(later, later, 1, 1, oracle.moment());
  const holds = (value: number): boolean =>
    misfitOf(oracle, [
      { block: 0, value },
      { block: 1, value: later },
    ]) === undefined;
  expect([holds(first), holds(second)]).toEqual([true, false]);
});

test('what no copy holds any more is forgotten, and what one may still hold is kept', () => {
  const oracle = new Oracle({ m: new Int32Array(Oracle.words(BLOCKS)), at: 0 }, BLOCKS, [[0, BLOCKS]]);
  const ids = Array.from({ length: 60 }, () => {
    const id = oracle.newWrite();
    oracle.issued(id, id, 0, 1, oracle.moment());
    oracle.ended(id, 0, 1, oracle.moment(), true);
    return id;
  });
  const held = ids[20] as number;
  oracle.forget(0, oracle.goneAt(0, held));
  expect(misfitOf(oracle, [{ block: 0, value: held }])).toBeUndefined();
  expect(misfitOf(oracle, [{ block: 0, value: ids[5] as number }])).toBeDefined();
  expect(oracle.remembers).toBe(true);
});
