/** The bound of hot cylinders on a drive: which one goes cold for another, how long one is looked for, and who waits. */
import { describe, expect, test } from 'vitest';
import { FLAG, HEAT, RESULT } from '../../firmware/memory/constants.js';
import { span } from '../harness/path.js';
import { BASE, DRIVE, heat, hot, LABEL, listedVolumes, lists, write } from './lists.js';

const { OK } = RESULT;
const { COLD, HOT, HEATING } = HEAT;

describe('a hot cylinder of the second volume', () => {
  test('stays while the last of its tracks is locked there, and another one goes cold', () => {
    const p = hot(lists(), 1, 0, 1);
    p.set('lock.holder', BASE + 29, 3);
    write(p, 1, 50);
    p.expect('disk', 'LIST_WRITE', { drive: DRIVE, lba: LABEL + 1, at: p.get('list.heat_at', 1) + 1 });
    expect(heat(p, 1, 4)).toEqual([COLD, HOT, COLD, HEATING]);
  });

  test('goes cold whatever is locked in the first', () => {
    const p = hot(lists(), 1, 1);
    p.set('list.limit', 1, 1);
    for (let t = 0; t < BASE; t++) p.set('lock.holder', t, 3);
    write(p, 1, 50);
    p.expect('disk', 'LIST_WRITE');
    expect(heat(p, 1, 4)).toEqual([COLD, COLD, COLD, HEATING]);
  });
});

test('the last cylinder of a volume goes cold whatever is locked in the next one', () => {
  const p = hot(lists(), 0, 1);
  p.set('list.limit', 0, 1);
  p.set('lock.holder', BASE, 3);
  write(p, 0, 0);
  p.expect('disk', 'LIST_WRITE');
  expect(heat(p, 0, 2)).toEqual([HEATING, COLD]);
});

test('a search that found nothing does not shorten the next one', () => {
  const p = hot(lists(), 1, 0, 1);
  for (const t of [1, 16]) p.node.tracks.setFlags(BASE + t, 1, FLAG.M1_WP);
  write(p, 1, 30);
  p.expect('disk', 'LIST_WRITE');
  p.answer('LISTED', { result: OK });
  p.expect('cache', 'GET', { track: 30 });
  p.node.tracks.clearFlags(BASE + 1, 1, FLAG.M1_WP);
  p.node.tracks.clearFlags(BASE + 16, 1, FLAG.M1_WP);
  write(p, 1, 50);
  p.expect('disk', 'LIST_WRITE');
  expect(heat(p, 1, 4)).toEqual([COLD, COLD, HOT, HEATING]);
});

describe('of cylinders in several sectors', () => {
  const big = () => {
    const p = lists('PAIR', listedVolumes('source', 0, [15 * 140]));
    p.set('list.limit', 0, 1);
    return p;
  };
  const heated = (p: ReturnType<typeof big>, sector: number): void => {
    p.expect('disk', 'LIST_WRITE', { lba: 15 * 140 * 4 + 1 + sector });
    p.answer('LISTED', { result: OK });
  };

  test('the one that was wanted is hot when another one in another sector went cold', () => {
    const p = hot(big(), 0, 5);
    write(p, 0, 15 * 130);
    heated(p, 0);
    heated(p, 1);
    expect([p.get('heat.hot', 5), p.get('heat.hot', 130), p.get('list.hot')]).toEqual([COLD, HOT, 1]);
    p.expect('cache', 'GET', { track: 15 * 130 });
  });

  test('as many go cold as are above the bound', () => {
    const p = hot(big(), 0, 3, 4, 5);
    write(p, 0, 15 * 130);
    for (const sector of [0, 0, 0, 1]) heated(p, sector);
    expect([heat(p, 0, 6), p.get('list.hot')]).toEqual([[COLD, COLD, COLD, COLD, COLD, COLD], 1]);
    p.expect('cache', 'GET', { track: 15 * 130 });
  });
});

describe('the search for one that may go cold', () => {
  const needed = (cylinders: number) => {
    const p = lists('PAIR', { ...listedVolumes('source', 0, [15 * (cylinders + 1)]), sectorsPerTrack: 1 });
    for (let c = 0; c < cylinders; c++) p.node.tracks.setFlags(15 * c, 0, FLAG.M1_WP);
    return hot(p, 0, ...Array.from({ length: cylinders }, (_, c) => c));
  };

  test('lets others run after every sixteenth', () => {
    const p = needed(40);
    write(p, 0, 15 * 40, 0);
    for (const looked of [16, 32]) {
      p.receive('READ', { volume: 0, track: 0, span: span(0, 1) }, { ops: 0 });
      while (p.sent === 0) p.run(1);
      p.expect('cache', 'GET', { track: 0 });
      expect(p.get('list.tries')).toBe(looked);
    }
    p.run();
    p.expect('disk', 'LIST_WRITE');
  });

  test('gives up after 1024, and the bound gives way', () => {
    const p = needed(1100);
    write(p, 0, 15 * 1100);
    p.expect('disk', 'LIST_WRITE');
    expect([p.get('list.tries'), p.get('heat.hot', 1100)]).toEqual([1024, HEATING]);
  });

  test('comes to every cylinder of a volume with more than 1024', () => {
    const p = needed(1100);
    p.node.tracks.clearFlags(15 * 1060, 0, FLAG.M1_WP);
    p.set('list.limit', 0, 1100);
    p.set('list.hand', 0, 1050);
    write(p, 0, 15 * 1100);
    p.expect('disk', 'LIST_WRITE');
    expect([p.get('list.hand'), p.get('heat.hot', 1060)]).toEqual([1060, COLD]);
  });
});
