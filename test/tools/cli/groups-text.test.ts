import { expect, test } from 'vitest';
import type { GroupView, PairView } from '../../../firmware/runtime/live/system.js';
import { groupsText } from '../../../tools/cli/ctl/groups-text.js';
import { mergePairs } from '../../../tools/cli/ctl/merge.js';
import { commandText, failoverText, pairsText } from '../../../tools/cli/ctl/text.js';

const JOURNAL = { entries: 4, mostEntries: 400, bytes: 1 << 20, mostBytes: 1 << 24 };

function pair(primary: string, group: Partial<GroupView>, serves: string | null): PairView {
  return {
    primary,
    secondary: primary.replace('A', 'B'),
    mode: 'journal',
    domino: false,
    state: 'PAIR',
    owedTracks: 0,
    owedBytes: 0,
    serves,
    sides: {},
    group: {
      name: 'orders',
      pairs: ['A:data0', 'A:data1'],
      state: 'PAIR',
      written: null,
      sent: null,
      stored: null,
      restored: null,
      lag: null,
      journals: {},
      ...group,
    },
  };
}

const AT_A = {
  written: 70,
  sent: 60,
  restored: 30,
  lag: { writes: 40, bytes: 163_840, seconds: 1.234 },
  journals: { A: JOURNAL },
};
const AT_B = { stored: 59, restored: 50, journals: { B: { ...JOURNAL, bytes: 0, entries: 1 } } };

test('two processes that serve an array each know together what one of both would', () => {
  const [merged] = mergePairs([[pair('A:data0', AT_B, null)], [pair('A:data0', AT_A, 'A')]]);
  expect(merged.group).toMatchObject({ ...AT_A, ...AT_B, journals: { ...AT_A.journals, ...AT_B.journals } });
});

test('a group stands in the table once, with its numbers, its lag, and how full its fuller region is', () => {
  const both = { ...AT_A, ...AT_B, journals: { ...AT_A.journals, ...AT_B.journals } };
  expect(groupsText([pair('A:data0', both, 'A'), pair('A:data1', both, 'A')])).toBe(
    [
      '',
      'GROUP   STATE  WRITTEN  SENT  STORED  RESTORED  LAG                           JOURNAL',
      'orders  PAIR   70       60    59      50        40 writes, 160.0 KiB, 1.23 s  A 6 % of 16.0 MiB, B <1 % of 16.0 MiB',
      '',
    ].join('\n'),
  );
});

test('numbers that nobody here knows are no zeroes, and no lag is none', () => {
  const text = groupsText([pair('A:data0', { lag: { writes: 0, bytes: 0, seconds: 0 }, restored: 0 }, null)]);
  expect(text.split('\n')[2].split(/ {2,}/)).toEqual(['orders', 'PAIR', '-', '-', '-', '0', 'none', '-']);
});

test('numbers behind a takeover are told as their range and their place in it', () => {
  const text = groupsText([pair('A:data0', { written: 3 * 2 ** 32 + 17, sent: 2 ** 32, stored: 2 ** 32 - 1 }, 'B')]);
  expect(text.split('\n')[2].split(/ {2,}/).slice(2, 5)).toEqual(['3:17', '1:0', '4294967295']);
});

test('of a suspended group the tracks that its pairs owe stand beside the lag', () => {
  const [one, other] = ['A:data0', 'A:data1'].map((primary) => ({ ...pair(primary, AT_A, 'A'), owedTracks: 3 }));
  expect(groupsText([one, other])).toContain('  40 writes, 160.0 KiB, 1.23 s, 6 tracks owed  ');
});

test('who tells one pair of a group hears which others were told', () => {
  const group = { name: 'orders', pairs: ['A:data0', 'A:data1', 'A:data2'] };
  expect(failoverText({ pair: 'A:data1', serves: 'B', group })).toBe(
    'pair A:data1: array B serves hosts now; likewise A:data0, A:data2, of its group orders\n',
  );
  expect(commandText({ pair: 'A:data0', state: 'PSUS', owedTracks: 3, serves: 'A', note: 'more' })).toBe(
    'pair A:data0 is PSUS, 3 tracks owed, array A serves hosts\nmore\n',
  );
});

test('of a pair that hands on what another brings, the table says whose hosts write it, and by which array it comes', () => {
  const near = pair('A:data0', AT_A, 'A');
  const far = { ...pair('B:data0', AT_B, null), secondary: 'C:data0' };
  const [, ...rows] = pairsText([near, far]).split('\n');
  expect(rows.map((row) => row.split(/ {2,}/)[5])).toEqual(['A', 'A, by B', undefined]);
  expect(pairsText([far])).toContain('nobody');
  expect(pairsText([near, { ...far, state: 'SMPL' }])).toContain('nobody');
});
