/** The questions of a side that lost something: a track, its drive, its cache, its format. Field by field. */
import { describe, expect, test } from 'vitest';
import {
  FLAG,
  OFFERING,
  PAIR_ROLE,
  PAIR_STATE,
  QUESTION,
  RESULT,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import type { Path } from '../harness/path.js';
import { EPOCH, source, THEIRS, target } from './fixtures.js';

const { OK, REFUSED, STALE, MEDIUM_ERROR, TAKEN_OVER, FOREIGN, FORMATS } = RESULT;
const { ASK_AGAIN, ASK_OPEN, ASK_YIELD, ASK_STATE } = QUESTION;
const { COPY, PAIR, PSUE, SSWS } = PAIR_STATE;
const { SOURCE, TARGET } = PAIR_ROLE;
const STRANGER = 555;

/** Asks; an offer or a rebuild that it begins comes before the answer. */
function asks(
  p: Path,
  question: Record<string, number>,
  answer: Record<string, number>,
  begins: readonly ('OFFER' | 'REBUILD')[] = [],
): void {
  p.receive('ASK', { volume: 0, ...question });
  for (const name of begins) p.expect('data', name);
  p.expectReply('ASKED', answer);
  p.expectDone();
}

const state = (p: Path): number[] => [p.get('pair.state'), p.get('session.open'), p.get('session.offering')];

describe('a side that asks for a track again', () => {
  const again = (a: number, b: number, c = 0): Record<string, number> => ({ what: ASK_AGAIN, a, b, c });

  test('is owed it: PAIR is left, and an offer goes on with it', () => {
    const p = source();
    asks(p, again(EPOCH, 2), { result: OK }, ['OFFER']);
    expect(state(p)).toEqual([COPY, 1, OFFERING.SAME_SESSION]);
    expect(p.flags(0, 2)).toBe('M2_INV');
  });

  test('is owed it by the offer that runs', () => {
    const p = source('COPY');
    p.set('session.offering', 0, OFFERING.NEW_SESSION);
    asks(p, again(EPOCH, 2), { result: OK });
    expect(state(p)).toEqual([COPY, 1, OFFERING.NEW_SESSION]);
    expect(p.flags(0, 2)).toBe('M2_INV');
  });

  test('hears MEDIUM_ERROR when it is not right here either, and is owed it', () => {
    const p = source();
    p.node.tracks.setFlags(2, 0, FLAG.M1_INV);
    asks(p, again(EPOCH, 2), { result: MEDIUM_ERROR });
    expect(state(p)).toEqual([COPY, 1, 0]);
    expect(p.flags(0, 2)).toBe('M1_INV|M2_INV');
  });

  test('is refused in another epoch, and of a track that is not of the volume', () => {
    for (const [a, b] of [
      [EPOCH - 1, 2],
      [EPOCH, 4],
    ] as const) {
      const p = source();
      asks(p, again(a, b), { result: REFUSED });
      expect(state(p)).toEqual([PAIR, 1, 0]);
    }
  });

  test('without a session has one opened', () => {
    const p = source('PSUE');
    asks(p, again(EPOCH, 2), { result: STALE }, ['OFFER']);
    expect(state(p)).toEqual([PSUE, 0, OFFERING.NEW_SESSION]);
    expect(p.flags(0, 2)).toBe('none');
    const knows = source();
    asks(knows, again(0, 2), { result: STALE }, ['OFFER']);
    expect([...state(knows), knows.flags(0, 2)]).toEqual([PAIR, 1, OFFERING.NEW_SESSION, 'none']);
  });

  test.each([
    ['no pair', 'pair.state', PAIR_STATE.SMPL],
    ['suspended', 'pair.state', PAIR_STATE.PSUS],
    ['waiting for an operator', 'session.foreign', 1],
    ['a target', 'pair.role', TARGET],
  ] as const)('has none opened by one that is %s', (_, field, value) => {
    const p = source('PSUE');
    p.set(field, 0, value);
    asks(p, again(EPOCH, 2), { result: REFUSED });
    expect(p.get('session.offering')).toBe(0);
  });

  test('because it cannot store ends the session, and opens none', () => {
    const p = source();
    asks(p, again(EPOCH, 2, 1), { result: OK });
    expect([...state(p), p.flags(0, 2)]).toEqual([PSUE, 0, 0, 'none']);
    asks(p, again(EPOCH, 2, 1), { result: REFUSED });
  });
});

describe('a session that is opened', () => {
  const open = (fields: Record<string, number> = {}): Record<string, number> => ({
    what: ASK_OPEN,
    a: EPOCH + 1,
    b: COPY,
    c: THEIRS,
    d: IDENTITY,
    ...fields,
  });

  test('has what is not right here asked for, and the drive tried anew', () => {
    const p = target();
    p.set('volume.failing', 0, 1);
    p.set('pair.stale', 0, 1);
    p.node.tracks.setFlags(1, 0, FLAG.M1_INV);
    asks(p, open(), { result: OK, a: EPOCH + 1, b: IDENTITY, c: THEIRS, d: 1 }, ['REBUILD']);
    expect(p.get('volume.failing')).toBe(0);
    expect(p.get('pair.fed')).toBe(THEIRS);
  });

  test('by a strange source is for an operator, but from the one that fed this side, or that took over', () => {
    const strange = (fed: number): Path => {
      const p = target();
      p.set('pair.known', 0, STRANGER);
      p.set('pair.fed', 0, fed);
      return p;
    };
    const asked = { d: STRANGER };
    const refuses = strange(STRANGER);
    asks(refuses, open(asked), { result: FOREIGN });
    expect([refuses.get('pair.epoch'), refuses.get('session.taking'), refuses.get('pair.fed')]).toEqual([
      EPOCH,
      EPOCH,
      STRANGER,
    ]);
    asks(strange(THEIRS), open(asked), { result: OK });
    asks(strange(STRANGER), open({ ...asked, b: SSWS }), { result: OK });
    const formatted = strange(STRANGER);
    formatted.set('pair.known', 0, 0);
    asks(formatted, open(asked), { result: OK });
  });

  test.each([
    ['both know of others', STRANGER, STRANGER, REFUSED, SOURCE],
    ['only the other is as formatted', STRANGER, 0, TAKEN_OVER, SOURCE],
    ['only this one is as formatted', 0, STRANGER, OK, TARGET],
    ['both are as formatted', 0, 0, REFUSED, SOURCE],
  ] as const)('between two sources, of which %s', (_, known, d, result, role) => {
    const p = source('PSUE');
    p.set('pair.known', 0, known);
    asks(p, open({ d }), { result });
    expect(p.get('pair.role')).toBe(role);
  });

  test('between two sources goes to the one that did not lose its cache', () => {
    const p = source('PSUE');
    p.set('pair.stale', 0, 1);
    asks(p, open({ d: STRANGER }), { result: OK });
    expect(p.get('pair.role')).toBe(TARGET);
  });

  test('tells a side that shall yield in which epoch this one took over', () => {
    for (const b of [COPY, SSWS]) {
      const p = source('SSWS');
      asks(p, open({ a: EPOCH - 1, b }), { result: TAKEN_OVER, a: EPOCH });
      expect([p.get('pair.role'), p.get('pair.epoch')]).toEqual([SOURCE, EPOCH]);
    }
  });

  test('between two that took over is refused to both if neither knew of the other', () => {
    asks(source('SSWS'), open({ b: SSWS }), { result: REFUSED });
  });
});

describe('a side that asks to take over', () => {
  const yields = (fields: Record<string, number> = {}): Record<string, number> => ({
    what: ASK_YIELD,
    a: EPOCH,
    b: 0,
    c: THEIRS,
    d: IDENTITY,
    ...fields,
  });

  test('is not granted it by one that knows neither', () => {
    const p = source();
    p.set('pair.known', 0, STRANGER);
    asks(p, yields({ d: STRANGER }), { result: FOREIGN });
    expect(p.get('pair.role')).toBe(SOURCE);
  });

  test('is not granted it when it lost its cache, by source or target, and hears the state here', () => {
    for (const p of [source(), target()]) {
      p.node.tracks.setFlags(2, 0, FLAG.M2_INV);
      asks(p, yields({ b: 1 }), { result: REFUSED, a: PAIR, b: 1 });
    }
  });

  test('is granted it without a session, in any epoch, by one that lost its cache in PAIR', () => {
    const p = source();
    p.set('session.open', 0, 0);
    p.set('pair.stale', 0, 1);
    asks(p, yields({ a: EPOCH + 4 }), { result: OK });
    expect([p.get('pair.role'), p.get('pair.epoch'), ...state(p)]).toEqual([TARGET, EPOCH + 5, COPY, 0, 0]);
  });
});

describe('a source that promises PAIR', () => {
  /** Both sides have made change 6, to blocks of 8 sectors. */
  function formatted(): Path {
    const p = target();
    p.set('pair.state', 0, COPY);
    p.set('pair.stale', 0, 1);
    p.set('format.change', 0, 6);
    p.set('format.align', 0, 7);
    p.node.tracks.setFlags(3, 0, FLAG.M2_FP);
    return p;
  }
  const promise = { what: ASK_STATE, a: EPOCH, b: PAIR, c: 6, d: 7 };

  test('has changed all of its own tracks, and no list of this side counts any more', () => {
    const p = formatted();
    asks(p, promise, { result: OK });
    expect([p.get('pair.state'), p.get('pair.stale'), p.flags(0, 3)]).toEqual([PAIR, 0, 'none']);
  });

  test('has hosts read what it brought; a volume with a track that is not right is watched', () => {
    const p = formatted();
    p.set('volume.state', 0, VOLUME_STATE.VOLUME_UNKNOWN);
    p.node.tracks.setFlags(1, 0, FLAG.M1_INV);
    asks(p, promise, { result: OK });
    expect(p.get('volume.state')).toBe(VOLUME_STATE.VOLUME_WATCHED);
  });

  test('hears FORMATS when its change or format is another one, or a track is to be changed here', () => {
    const pending = formatted();
    pending.node.tracks.setFlags(1, 0, FLAG.M1_FP);
    for (const [p, question] of [
      [formatted(), { ...promise, c: 5 }],
      [formatted(), { ...promise, d: 0 }],
      [pending, promise],
    ] as const) {
      asks(p, question, { result: FORMATS });
      expect([p.get('pair.state'), p.get('pair.stale'), p.flags(0, 3)]).toEqual([COPY, 1, 'M2_FP']);
    }
  });
});
