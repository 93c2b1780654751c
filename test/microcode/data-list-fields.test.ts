/** The list on the drive, field by field: what a label says, when it is written, and in which order with the heat. */
import { describe, expect, test } from 'vitest';
import {
  CONSTANTS,
  FLAG,
  HEAT,
  LIST_LABEL,
  PAIR_MODE,
  PAIR_ROLE,
  PAIR_STATE,
  RESULT,
} from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, PEER, source, THEIRS } from './fixtures.js';

const { OK, MEDIUM_ERROR } = RESULT;
const { COLD, HOT } = HEAT;
const LOST_DISK = CONSTANTS.LOST_DISK as number;
const TRACKS = 60;
const LABEL = TRACKS * 4;
const FEEDER = 66;
const FIELDS = ['state', 'role', 'epoch', 'known', 'fed'] as const;

/** A source whose label says what it is, and whose first cylinder is hot. */
function listed(tracks = TRACKS, mode = 0): Path {
  const p = source('PAIR', {
    recipe: recipeOf('track-mirror', ['devices']),
    volumes: [{ tracks, pair: 'source', peer: PEER, mode: PAIR_MODE.LISTED | mode, driveBase: 0, drive: 1 }],
  });
  p.set('pair.fed', 0, FEEDER);
  for (const f of FIELDS) p.set(`label.${f}`, 0, p.get(`pair.${f}`));
  p.set('list.labelled', 0, 1);
  p.set('heat.hot', 0, HOT);
  p.set('list.hot', 0, 1);
  return p;
}

const write = (p: Path, track: number) => p.receive('WRITE', { volume: 0, track, span: span(0, 1), at: p.transferAt });
/** The write has passed the list. */
const passes = (p: Path, track = 1): void => void p.expect('cache', 'GET', { track });

describe('the label', () => {
  const says = { state: PAIR_STATE.PAIR, role: PAIR_ROLE.SOURCE, epoch: EPOCH, known: THEIRS, fed: FEEDER };
  const label = (p: Path) => Object.fromEntries(FIELDS.map((f) => [f, p.get(`label.${f}`)]));

  test('that says all is not written', () => {
    const p = listed();
    write(p, 1);
    passes(p);
  });

  test.each(FIELDS)('is written as a whole when it says another %s', (field) => {
    const p = listed();
    p.set(`label.${field}`, 0, 99);
    write(p, 1);
    p.expect('disk', 'LIST_WRITE', { drive: 1, lba: LABEL, sectors: 1, at: p.get('list.label_at') });
    expect([p.get('list.labelled'), p.get('list.writing')]).toEqual([0, 1]);
    expect(label(p)).toEqual(says);
    expect(['magic', 'version', 'identity'].map((f) => p.get(`label.${f}` as 'label.magic'))).toEqual([
      LIST_LABEL.LIST_MAGIC,
      LIST_LABEL.LIST_VERSION,
      IDENTITY,
    ]);
    p.answer('LISTED', { result: OK });
    expect([p.get('list.labelled'), p.get('list.writing')]).toEqual([1, 0]);
    passes(p);
  });

  test('that is not known to be on the drive is written', () => {
    const p = listed();
    p.set('list.labelled', 0, 0);
    write(p, 1);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
  });

  test('that the drive does not take is tried by the next one', () => {
    const p = listed();
    p.set('label.epoch', 0, 99);
    for (let i = 0; i < 2; i++) {
      write(p, 1);
      p.expect('disk', 'LIST_WRITE', { lba: LABEL });
      p.answer('LISTED', { result: MEDIUM_ERROR });
      p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
      expect([p.get('list.labelled'), p.get('list.writing')]).toEqual([0, 0]);
    }
    p.expectDone();
  });

  test('is not given to a disk director that is dead', () => {
    const p = listed();
    p.set('label.epoch', 0, 99);
    p.set('system.lost', 0, LOST_DISK);
    write(p, 1);
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    expect(p.get('list.writing')).toBe(0);
    p.expectDone();
  });

  test('is written again when the pair changes while it is', () => {
    const p = listed();
    p.set('label.epoch', 0, 99);
    write(p, 1);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    p.set('pair.epoch', 0, EPOCH + 1);
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    expect(label(p)).toEqual({ ...says, epoch: EPOCH + 1 });
    p.answer('LISTED', { result: OK });
    passes(p);
  });

  test('is written by one; who comes meanwhile waits for it', () => {
    const p = listed();
    p.set('label.epoch', 0, 99);
    write(p, 1);
    write(p, 2);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    p.expectNothing();
    p.answer('LISTED', { result: OK });
    passes(p, 1);
    passes(p, 2);
  });

  test('says no more that all is hot when nothing is owed, and goes on saying so while something is', () => {
    const p = listed();
    p.set('label.all', 0, 1);
    p.node.tracks.setFlags(20, 0, FLAG.M2_INV);
    write(p, 1);
    passes(p);
    expect(p.get('label.all')).toBe(1);
    p.node.tracks.clearFlags(20, 0, FLAG.M2_INV);
    write(p, 2);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    expect(p.get('label.all')).toBe(0);
    p.answer('LISTED', { result: OK });
    passes(p, 2);
  });

  test('keeps saying that all is hot when it is written for another reason while something is owed', () => {
    const p = listed();
    p.set('label.all', 0, 1);
    p.set('label.epoch', 0, 99);
    p.node.tracks.setFlags(20, 0, FLAG.M2_INV);
    write(p, 1);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    expect(p.get('label.all')).toBe(1);
  });
});

describe('the heat', () => {
  /** Two sectors of it: cylinders 0 to 127, and the rest. */
  const BIG = 15 * 140;

  test('of a cylinder goes to its own sector, from its own place in memory', () => {
    const p = listed(BIG);
    write(p, 15 * 130);
    p.expect('disk', 'LIST_WRITE', { drive: 1, lba: BIG * 4 + 2, sectors: 1, at: p.get('list.heat_at') + 1 });
    expect([p.get('heat.hot', 130), p.get('list.writing')]).toEqual([HEAT.HEATING, 1]);
    p.answer('LISTED', { result: OK });
    expect([p.get('heat.hot', 130), p.get('list.hot'), p.get('list.writing')]).toEqual([HOT, 2, 0]);
    passes(p, 15 * 130);
  });

  test('that goes cold in another sector is written there first', () => {
    const p = listed(BIG);
    p.set('list.limit', 0, 1);
    p.set('list.hand', 0, 139);
    write(p, 15 * 130);
    p.expect('disk', 'LIST_WRITE', { lba: BIG * 4 + 1 });
    expect([p.get('heat.hot', 0), p.get('heat.hot', 130), p.get('list.hot')]).toEqual([COLD, COLD, 0]);
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_WRITE', { lba: BIG * 4 + 2 });
    p.answer('LISTED', { result: OK });
    expect([p.get('heat.hot', 130), p.get('list.hot')]).toEqual([HOT, 1]);
    passes(p, 15 * 130);
  });

  test('is written for one at a time; who comes meanwhile looks again', () => {
    const p = listed();
    write(p, 20);
    write(p, 21);
    write(p, 50);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
    p.expectNothing();
    p.answer('LISTED', { result: OK });
    passes(p, 20);
    passes(p, 21);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
    expect([0, 1, 2, 3].map((c) => p.get('heat.hot', c))).toEqual([COLD, HOT, COLD, HEAT.HEATING]);
    p.answer('LISTED', { result: OK });
    passes(p, 50);
  });

  test('is not given to a disk director that is dead, and the next one tries again', () => {
    const p = listed();
    p.set('system.lost', 0, LOST_DISK);
    for (let i = 0; i < 2; i++) {
      write(p, 20);
      p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
      expect([p.get('list.writing'), p.get('list.hot')]).toEqual([0, 1]);
    }
    p.expectDone();
  });

  test.each(['M1_WP', 'M2_WP', 'M1_FP', 'M2_FP', 'M1_INV', 'M2_INV'] as const)(
    'of a cylinder with %s stays',
    (flag) => {
      const p = listed();
      p.set('list.limit', 0, 1);
      p.node.tracks.setFlags(3, 0, FLAG[flag]);
      write(p, 20);
      p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
      expect([p.get('heat.hot', 0), p.get('list.tries')]).toEqual([HOT, 4]);
    },
  );

  test('of a cylinder whose last track is locked stays, and that of the one behind the last track goes', () => {
    for (const [held, hot] of [
      [14, HOT],
      [15, COLD],
    ] as const) {
      const p = listed();
      p.set('list.limit', 0, 1);
      p.set('lock.holder', held, 3);
      write(p, 40);
      p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
      expect(p.get('heat.hot', 0)).toBe(hot);
    }
  });
});

test('a point-in-time pair never says that it is in PAIR: it owes whenever a host has written', () => {
  const p = listed(TRACKS, PAIR_MODE.POINT_IN_TIME);
  p.set('label.epoch', 0, 99);
  write(p, 1);
  p.expect('disk', 'LIST_WRITE', { lba: LABEL });
  expect(p.get('label.state')).toBe(PAIR_STATE.COPY);
});
