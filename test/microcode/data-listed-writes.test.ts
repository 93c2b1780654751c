/** Writes to a pair whose list is on the drives: what is refused before the list is touched, and what when it cannot be. */
import { describe, expect, test } from 'vitest';
import { HEAT, PAIR_MODE, RESULT } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, PEER, target } from './fixtures.js';
import { hot, LABEL, labelled, listedVolumes, lists, write } from './lists.js';

const { OK, MEDIUM_ERROR, REFUSED, WRITE_PROTECTED, DOMINO_HELD } = RESULT;

describe('a host write', () => {
  const domino = (state: 'PAIR' | 'PSUE' | 'COPY'): Path =>
    lists(state, {
      ...listedVolumes('source', PAIR_MODE.DOMINO),
      recipe: recipeOf('track-mirror', ['domino', 'devices']),
    });

  test('that a domino pair refuses heats no cylinder', () => {
    const p = domino('PSUE');
    write(p, 1, 50);
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    p.expectDone();
  });

  test('that a domino pair takes heats its cylinder first', () => {
    const p = domino('PAIR');
    write(p, 1, 50);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
  });

  test('of any other pair is taken in PSUE, and heats its cylinder first', () => {
    const p = lists('PSUE');
    write(p, 1, 50);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
  });

  test('is refused before the list is touched where both sides did not agree that hosts are served', () => {
    const p = lists('PSUE');
    p.set('session.agreed', 1, 0);
    write(p, 1, 50);
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    p.expectDone();
  });

  test('that is only asked about may be, and heats no cylinder', () => {
    const p = lists();
    p.receive('INQUIRE', { volume: 1 });
    p.expectReply('INQUIRED', { result: OK });
    p.expectDone();
  });
});

describe('a write of the other side', () => {
  const listed = (mode = 0): Path => {
    const p = target({
      recipe: recipeOf('track-mirror', ['devices']),
      volumes: [{ tracks: 60, pair: 'target', peer: PEER, mode: PAIR_MODE.LISTED | mode }],
    });
    return hot(labelled(p), 0, 3);
  };
  const apply = (p: Path, track: number) =>
    p.receive('APPLY', { volume: 0, track, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: 7, session: 1 });

  test('is not taken when the drive does not take the label', () => {
    const p = listed();
    p.set('label.epoch', 0, 1);
    apply(p, 50);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expectReply('APPLIED', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('is not taken when the drive does not take the heat of its cylinder', () => {
    const p = listed();
    apply(p, 20);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expectReply('APPLIED', { result: MEDIUM_ERROR });
    expect(p.get('heat.hot', 1)).toBe(HEAT.HEATING);
    p.expectDone();
  });

  test.each([
    ['received', 0],
    ['stored', PAIR_MODE.STORED],
  ])('that is acknowledged when %s is refused when its session ended while the list was written', (_, mode) => {
    const p = listed(mode);
    p.set('label.epoch', 0, 1);
    apply(p, 50);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    p.set('session.taking', 0, 0);
    p.answer('LISTED', { result: OK });
    p.expectReply('APPLIED', { result: REFUSED });
    p.expectDone();
  });
});
