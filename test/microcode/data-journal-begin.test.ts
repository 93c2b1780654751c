/** A side that becomes target of a session of a journal group, perhaps after it was the source. */
import { describe, expect, test } from 'vitest';
import { PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, SHIP_FLAG, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { BenchOptions } from '../harness/bench-array.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, THEIRS } from './fixtures.js';
import { GROUP, holding, number, of, placeOf, second, sendsData, tells, wide } from './second-system.js';

const { OK, ON_DRIVE, REFUSED } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;
const FAR = 2 ** 32 + 1000;

describe('a side that becomes target of a session', () => {
  function opens(p: Path, volume = 1, epoch = EPOCH + 1): void {
    p.receive('ASK', { what: QUESTION.ASK_OPEN, volume, a: epoch, b: PAIR_STATE.SSWS, c: THEIRS });
  }
  function accepts(p: Path): void {
    while (p.sent > 1) p.next();
    p.expectReply('ASKED', { result: OK });
  }
  /** The side was source of the group; its newest entry is 5, and 2 are freed. */
  function wasSource(options: BenchOptions = {}): Path {
    const p = second(options);
    for (const v of [0, 1, 2]) {
      p.set('pair.role', v, PAIR_ROLE.SOURCE);
      p.set('session.taking', v, 0);
      p.set('session.agreed', v, 1);
      p.set('pair.known', v, 99);
      p.set('volume.state', v, VOLUME_STATE.VOLUME_READY);
    }
    for (const field of ['last', 'given'] as const) p.set(`journal.${field}`, GROUP, number(5));
    p.set('journal.freed', GROUP, number(2));
    return p;
  }

  test('reads, behind what it has', () => {
    const p = holding(second(), [{ n: 3, flags: SHIP_ZERO }]);
    p.set('journaling.asked', GROUP, number(99));
    opens(p);
    p.expect('data', 'PULL', { journal: GROUP });
    accepts(p);
    expect([of(p, 'asked'), p.get('journaling.pulling', GROUP), of(p, 'drop')]).toEqual([3, 1, 0]);
    p.expectDone();
  });

  test('keeps what is still to be restored, and gives back the room of data whose update information did not come', () => {
    const p = holding(second(), [{ n: 1 }]);
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 1, 2, 0x11));
    opens(p);
    accepts(p);
    expect([placeOf(p, 'head'), placeOf(p, 'tail')]).toEqual([0, 4]);
  });

  test('goes on with reads that run already', () => {
    const p = second();
    p.set('journaling.pulling', GROUP, 2);
    opens(p);
    p.expectReply('ASKED', { result: OK });
    expect(p.get('journaling.pulling', GROUP)).toBe(2);
    p.expectDone();
  });

  test('lets hosts see nothing of the volume', () => {
    const p = second();
    p.set('volume.state', 1, VOLUME_STATE.VOLUME_READY);
    opens(p);
    accepts(p);
    expect(p.get('volume.state', 1)).toBe(VOLUME_STATE.VOLUME_RESTORING);
    expect(p.get('volume.state', 0)).toBe(VOLUME_STATE.VOLUME_RESTORING);
  });

  test('takes data of its session only: those that came in an older one never get their update information', () => {
    const p = second();
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 2, 0x11));
    opens(p);
    accepts(p);
    expect(placeOf(p, 'head')).toBe(2);
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 3, 0x22, { epoch: EPOCH + 1 }));
    expect(placeOf(p, 'tail')).toBe(5);
    const told = tells(p, 0, [{ n: 1, span: span(0, 3) }], false, { epoch: EPOCH + 1 });
    while (p.sent > 1) p.expect('data', 'RESTORE');
    p.expectReply('APPLIED', { result: ON_DRIVE }, told);
    expect(p.words('update.place', p.node.journals.find(GROUP, 2 ** 33 - 2))).toEqual(wide(2 ** 32 - 6));
  });

  test('leaves data alone that came in the session of another volume, which goes on: their update information comes', () => {
    const p = second();
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 2, 0x11));
    opens(p, 2);
    accepts(p);
    expect([placeOf(p, 'head'), placeOf(p, 'tail')]).toEqual([0, 2]);
    const told = tells(p, 0, [{ n: 1 }]);
    while (p.sent > 1) p.expect('data', 'RESTORE');
    p.expectReply('APPLIED', { result: ON_DRIVE }, told);
    expect([of(p, 'last'), p.words('update.place', p.node.journals.find(GROUP, 2 ** 33 - 2))]).toEqual([
      1,
      wide(2 ** 32 - 8),
    ]);
  });

  test.each([
    ['session has ended', (p: Path) => p.set('session.taking', 1, 0)],
    ['pair was deleted', (p: Path) => p.set('volume.pair', 1, -1)],
  ])('gives back the room of data that came by another volume, whose %s', (_, ends) => {
    const p = second();
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 2, 0x11));
    ends(p);
    opens(p, 2);
    accepts(p);
    expect([placeOf(p, 'head'), p.get('journaling.landed_any', GROUP)]).toEqual([2, 0]);
  });

  test('refuses what waits for its turn since an older session', () => {
    const p = second();
    const early = tells(p, 3, [{ n: 4, flags: SHIP_ZERO }], true);
    opens(p);
    p.expect('data', 'PULL');
    p.expectReply('ASKED', { result: OK });
    p.expectReply('APPLIED', { result: REFUSED }, early);
  });

  test('is no side any more that gives the group away, or takes it over, or waits to be PAIR', () => {
    const p = second();
    const fields = ['journaling.yielding', 'journaling.closing'] as const;
    for (const f of fields) p.set(f, GROUP, 1);
    p.set('volume.settling', 1, 1);
    opens(p);
    accepts(p);
    expect([...fields.map((f) => p.get(f, GROUP)), p.get('volume.settling', 1)]).toEqual([0, 0, 0]);
  });

  test('makes marks of entries of its own, if it was the source', () => {
    const p = wasSource();
    opens(p);
    p.expect('data', 'DROP', { journal: GROUP });
    p.expect('data', 'PULL', { journal: GROUP });
    p.expectReply('ASKED', { result: OK });
    expect([of(p, 'drop'), p.get('journaling.dropping', GROUP)]).toEqual([5, 1]);
    p.expectDone();
  });

  test('has more of them become marks if some do already', () => {
    const p = wasSource();
    p.set('journal.drop', GROUP, number(3));
    p.set('journaling.dropping', GROUP, 1);
    opens(p);
    p.expect('data', 'PULL', { journal: GROUP });
    p.expectReply('ASKED', { result: OK });
    expect(of(p, 'drop')).toBe(5);
  });

  test('makes marks of them also if it knows since the last session that it is the target', () => {
    const p = wasSource();
    for (const v of [1, 2]) p.set('pair.role', v, PAIR_ROLE.TARGET);
    opens(p);
    p.expect('data', 'DROP', { journal: GROUP });
    accepts(p);
    expect(of(p, 'drop')).toBe(5);
  });

  test('makes none of entries that are restored over there', () => {
    const p = wasSource();
    p.set('journal.restored', GROUP, number(5));
    opens(p);
    p.expect('data', 'PULL');
    p.expectReply('ASKED', { result: OK });
    expect(of(p, 'drop')).toBe(0);
  });

  test('makes none of what the other side sent for a volume that came before', () => {
    const p = wasSource();
    opens(p, 1);
    accepts(p);
    p.set('journaling.dropping', GROUP, 0);
    p.set('journal.last', GROUP, number(FAR + 1)); // the other side's
    opens(p, 2);
    p.expectReply('ASKED', { result: OK });
    expect(of(p, 'drop')).toBe(5);
    p.expectDone();
  });

  test('goes on serving a volume of the group whose pair is none', () => {
    const p = wasSource();
    p.set('pair.role', 2, PAIR_ROLE.NO_ROLE);
    p.set('pair.state', 2, PAIR_STATE.SMPL);
    opens(p, 1);
    accepts(p);
    expect([1, 2].map((v) => p.get('session.agreed', v))).toEqual([0, 1]);
  });

  test('has no more hosts at the other volumes of the group, whose writes would take numbers of the other side', () => {
    const p = wasSource();
    opens(p, 1);
    accepts(p);
    expect([0, 1, 2].map((v) => p.get('session.agreed', v))).toEqual([1, 0, 0]);
    p.receive('WRITE', { volume: 2, span: span(0, 1), at: p.transferAt });
    p.expectReply('WRITTEN', { result: RESULT.WRITE_PROTECTED });
    p.expectDone();
  });
});
