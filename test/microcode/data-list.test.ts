/** The list on the drives in the data role: what is on the drive before a mark, a status, or an answer may be. */
import { describe, expect, test } from 'vitest';
import {
  FLAG,
  HEAT,
  INTENT,
  LIST_LABEL,
  PAIR_MODE,
  PAIR_ROLE,
  PAIR_STATE,
  RESULT,
} from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, PEER, source, THEIRS, target } from './fixtures.js';

const { OK, LINK_DOWN, MEDIUM_ERROR, REFUSED } = RESULT;
/** Four cylinders, of which two may be hot. */
const TRACKS = 60;
const options = (pair: 'source' | 'target') => ({
  recipe: recipeOf('track-mirror', ['devices']),
  volumes: [{ tracks: TRACKS, pair, peer: PEER, mode: PAIR_MODE.LISTED }],
});
const LABEL = TRACKS * 4;

/** The label on the drive says what the pair is. */
function labelled(p: Path): Path {
  const is = { magic: LIST_LABEL.LIST_MAGIC, version: LIST_LABEL.LIST_VERSION, identity: IDENTITY } as const;
  for (const [field, value] of Object.entries(is)) p.set(`label.${field}` as 'label.magic', 0, value);
  for (const field of ['epoch', 'role', 'state', 'known', 'fed'] as const)
    p.set(`label.${field}`, 0, p.get(`pair.${field}`));
  p.set('list.labelled', 0, 1);
  return p;
}

const listed = (state?: keyof typeof PAIR_STATE): Path => labelled(source(state, options('source')));

const write = (p: Path, track: number) => p.receive('WRITE', { volume: 0, track, span: span(0, 1), at: p.transferAt });

/** What is written to the list, and whether that went well. */
function heated(p: Path, result: number = OK): void {
  p.expect('disk', 'LIST_WRITE', { drive: 0, lba: LABEL + 1, sectors: 1 });
  expect(p.sent).toBe(0);
  p.answer('LISTED', { result });
}

describe('a host write', () => {
  test('to a cold cylinder waits until the list on the drive says that it is hot, before it gets a slot or marks anything', () => {
    const p = listed();
    write(p, 20);
    heated(p);
    expect(p.flags(0, 20)).toBe('none');
    p.expect('cache', 'GET', { track: 20, intent: INTENT.TO_WRITE });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expect('remote', 'SHIP', { track: 20 });
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });

  test('to a hot one asks no drive', () => {
    const p = listed();
    p.set('heat.hot', 1, HEAT.HOT);
    write(p, 20);
    p.expect('cache', 'GET', { track: 20 });
  });

  test('fails when the drive does not take the list, and so does the next', () => {
    const p = listed();
    for (let i = 0; i < 2; i++) {
      write(p, 20);
      heated(p, MEDIUM_ERROR);
      p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
      expect(p.flags(0, 20)).toBe('none');
    }
    p.expectDone();
  });

  test('waits while the list says something else of the pair, and then has what it is now written', () => {
    const p = listed();
    p.set('heat.hot', 0, HEAT.HOT);
    p.set('pair.epoch', 0, EPOCH + 1);
    write(p, 1);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL, sectors: 1 });
    expect(p.get('label.epoch')).toBe(EPOCH + 1);
    p.answer('LISTED', { result: OK });
    p.expect('cache', 'GET', { track: 1 });
  });

  test('that one copy backs has its status only when the list says that PAIR was left', () => {
    const p = listed();
    p.set('heat.hot', 0, HEAT.HOT);
    write(p, 1);
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expect('remote', 'SHIP', { track: 1 });
    p.answer('SHIPPED', { result: LINK_DOWN });
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    expect([p.get('label.state'), p.sent]).toEqual([PAIR_STATE.PSUE, 0]);
    p.answer('LISTED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });
});

describe('of hot cylinders', () => {
  const hot = (p: Path, ...cylinders: number[]): Path => {
    for (const c of cylinders) p.set('heat.hot', c, HEAT.HOT);
    p.set('list.hot', 0, cylinders.length);
    return p;
  };
  const heat = (p: Path): number[] => [0, 1, 2, 3].map((c) => p.get('heat.hot', c));
  const { COLD, HOT } = HEAT;

  test('one that nothing needs goes cold when another one is wanted above the bound', () => {
    const p = hot(listed(), 0, 1);
    p.node.tracks.setFlags(1, 0, FLAG.M1_WP);
    write(p, 30);
    heated(p);
    expect(heat(p)).toEqual([HOT, COLD, HOT, COLD]);
  });

  test.each(['M1_WP', 'M2_WP', 'M2_INV', 'M1_INV'] as const)('none with %s does, and the bound gives way', (flag) => {
    const p = hot(listed(), 0, 1);
    for (const track of [1, 20]) p.node.tracks.setFlags(track, 0, FLAG[flag]);
    write(p, 30);
    heated(p);
    expect(heat(p)).toEqual([HOT, HOT, HOT, COLD]);
  });

  test('none does while a writer that has found it hot waits for its slot', () => {
    const p = hot(listed(), 0, 1);
    p.node.tracks.setFlags(1, 0, FLAG.M1_WP);
    write(p, 20);
    p.expect('cache', 'GET', { track: 20 });
    write(p, 30);
    heated(p);
    expect(heat(p)).toEqual([HOT, HOT, HOT, COLD]);
  });
});

describe('a write of the other side', () => {
  test('is taken only when the list names its cylinder', () => {
    const p = labelled(target(options('target')));
    const more = { span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: 7, session: 1 };
    p.receive('APPLY', { volume: 0, track: 20, ...more });
    heated(p);
    p.expect('cache', 'GET', { track: 20 });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('APPLIED', { result: OK });
  });
});

describe('an array that lost its battery memory', () => {
  /** Power on with nothing but this list. */
  function boots(
    label: Partial<Record<'epoch' | 'role' | 'state' | 'known' | 'fed' | 'all', number>>,
    hot: number[],
  ): Path {
    const p = source('COPY', options('source'));
    p.machine.distrustDrives();
    for (const f of ['session.open', 'session.agreed'] as const) p.set(f, 0, 0);
    p.set('pair.known', 0, 0);
    p.receive('BOOT');
    p.expect('cache', 'ADOPT');
    p.answer('ADOPTED');
    p.expect('disk', 'LIST_READ', { lba: LABEL, sectors: 1 });
    const says = { magic: LIST_LABEL.LIST_MAGIC, version: LIST_LABEL.LIST_VERSION, identity: 99, ...label };
    for (const [field, value] of Object.entries(says)) p.set(`label.${field}` as 'label.magic', 0, value);
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_READ', { lba: LABEL + 1, sectors: 1 });
    for (const c of hot) p.set('heat.hot', c, HEAT.HOT);
    p.answer('LISTED', { result: OK });
    return p;
  }
  const pair = { epoch: 9, role: PAIR_ROLE.SOURCE, state: PAIR_STATE.PAIR, known: THEIRS };

  test('is the one again whose list it finds, and distrusts what is hot there', () => {
    const p = boots(pair, [2]);
    expect([p.get('battery.identity'), p.get('pair.epoch'), p.get('pair.known')]).toEqual([99, 9, THEIRS]);
    const owed = Array.from({ length: TRACKS }, (_, t) => t).filter((t) => p.flags(0, t) !== 'none');
    expect(owed).toEqual(Array.from({ length: 15 }, (_, i) => 30 + i));
  });

  test('serves nothing before an operator has spoken, and agrees that the other side takes over what it had in PAIR', () => {
    const p = boots(pair, [2]);
    p.expect('remote', 'ENABLE');
    p.expectReply('DONE', { result: OK });
    p.receive('READ', { volume: 0, track: 0, span: span(0, 1) });
    p.expectReply('READY', { result: RESULT.NOT_READY });
    p.receive('PEER_UP', { session: 1 });
    p.receive('OFFER', p.expect('data', 'OFFER').payload);
    p.expectNothing();
    p.receive('ASK', { what: 2, volume: 0, a: 9, b: 1, c: THEIRS, d: 99 });
    p.expectReply('ASKED', { result: REFUSED });
    p.receive('ASK', { what: 2, volume: 0, a: 9, c: THEIRS, d: 99 });
    p.expectReply('ASKED', { result: OK });
    expect(p.get('pair.role')).toBe(PAIR_ROLE.TARGET);
  });

  test.each([
    ['that is not one', { ...pair, magic: 0 }],
    ['of another version', { ...pair, version: 9 }],
  ])('and finds a list %s is another one, and owes all', (_, label) => {
    const p = boots(label, []);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
    p.answer('LISTED', { result: OK });
    expect(p.get('battery.identity')).toBe(IDENTITY);
    expect(p.get('volume.m2_inv')).toBe(TRACKS);
    expect(p.get('pair.stale')).toBe(0);
  });

  test('distrusts everything where the list says that all counts as hot', () => {
    expect(boots({ ...pair, all: 1 }, []).get('volume.m2_inv')).toBe(TRACKS);
  });
});
