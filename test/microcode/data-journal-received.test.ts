/** What the second storage system of a journal group reads: into the third area, in the order of the numbers. */
import { describe, expect, test } from 'vitest';
import { PAIR_ROLE, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import {
  comes,
  exists,
  GROUP,
  holding,
  number,
  of,
  placeOf,
  recordOf,
  restore,
  restorersBegin,
  SPAN,
  second,
  sendsData,
  TAIL,
  tells,
  wide,
} from './second-system.js';

const { ON_DRIVE, REFUSED } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;

/** The byte that fills each of so many sectors of the data region, from a place behind `TAIL` on. */
function bytesAt(p: Path, place: number, sectors: number): number[] {
  const at = p.node.journals.at(GROUP, TAIL + place);
  const { bytes } = p.machine.memory;
  return Array.from({ length: sectors }, (_, s) => {
    const sector = bytes.subarray((at + s) * 512, (at + s + 1) * 512);
    return sector.every((b) => b === sector[0]) ? (sector[0] as number) : Number.NaN;
  });
}

describe('entries that come', () => {
  test('are in the journal with their data when they are acknowledged, and hold no credit', () => {
    const p = second();
    const data = sendsData(p, 0, 2, 0xab);
    p.expectReply('APPLIED', { result: ON_DRIVE }, data);
    const information = tells(p, 0, [{ n: 1 }]);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE }, information);
    expect(of(p, 'last')).toBe(1);
    expect(exists(p, 1)).toBe(true);
    const entry = recordOf(p, 1);
    expect(p.words('update.place', entry)).toEqual(wide(TAIL));
    expect(bytesAt(p, 0, 2)).toEqual([0xab, 0xab]);
    expect(p.words('update.gen', entry)).toEqual([1, EPOCH]);
    const fields = ['peer', 'track', 'span', 'flags', 'done'] as const;
    expect(fields.map((f) => p.get(`update.${f}`, entry))).toEqual([1, 1, SPAN, 0, 0]);
    p.expectDone();
  });

  test('of one read have their data side by side, in their order', () => {
    const p = second();
    const at = sendsData(p, 0, 4, 0);
    p.expectReply('APPLIED', { result: ON_DRIVE }, at);
    tells(p, 0, [
      { n: 1, span: span(0, 1) },
      { n: 2, flags: SHIP_ZERO },
      { n: 3, span: span(1, 3) },
    ]);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE });
    expect([1, 3].map((n) => p.words('update.place', recordOf(p, n)))).toEqual([wide(TAIL), wide(TAIL + 1)]);
    expect(of(p, 'last')).toBe(3);
    expect(placeOf(p, 'tail')).toBe(4);
  });

  test('of zeroes come without data', () => {
    const p = second();
    tells(p, 0, [{ n: 1, flags: SHIP_ZERO }], true);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE });
    expect([of(p, 'last'), placeOf(p, 'tail')]).toEqual([1, 0]);
    p.expectDone();
  });

  test('one read behind the other are all there, also where the numbers go over 2^32', () => {
    const p = second();
    for (let n = 0; n < 5; n++) comes(p, n, [{ n: n + 1, span: span(0, 1) }], 1);
    expect(of(p, 'last')).toBe(5);
    for (let n = 1; n <= 5; n++) {
      expect(exists(p, n)).toBe(true);
      expect(p.words('update.place', recordOf(p, n))).toEqual(wide(TAIL + n - 1));
      expect(bytesAt(p, n - 1, 1)).toEqual([0x10 + n - 1]);
    }
  });

  test('are restored by as many tasks as the group may have, and by no more', () => {
    const p = second();
    comes(p, 0, [{ n: 1 }]);
    comes(p, 1, [{ n: 2 }]);
    expect(p.get('journaling.restoring', GROUP)).toBe(2);
    p.expectDone();
  });

  test('pass over numbers that are void', () => {
    const p = second();
    comes(p, 0, [{ n: 1 }, { n: 4 }], 4);
    expect([of(p, 'last'), exists(p, 2), exists(p, 3), exists(p, 4)]).toEqual([4, false, false, true]);
  });

  test('of a track that another volume of the group has are taken, too', () => {
    const p = second();
    comes(p, 0, [{ n: 1, volume: 2, track: 1 }]);
    expect(p.get('update.peer', recordOf(p, 1))).toBe(2);
  });

  test('may end where track and journal volume end', () => {
    const p = second();
    comes(p, 0, [{ n: 1, track: 3, span: span(0, 4) }], 4);
    comes(p, 1, [{ n: 2, span: span(3, 1) }], 1);
    expect(of(p, 'last')).toBe(2);
  });

  test('are as many as the second byte of the flags says, whatever else stands in the block', () => {
    const p = second();
    const flags = SHIP_FLAG.SHIP_INFORMATION | (2 << 8) | (1 << 16);
    const entries = [1, 2, 3].map((n) => ({ n, flags: SHIP_ZERO }));
    tells(p, 0, entries, true, { flags, track: 2 });
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE });
    expect([of(p, 'last'), exists(p, 1)]).toEqual([2, true]);
  });

  test('for which an entry of zeroes brings needless data take them all the same', () => {
    const p = second();
    comes(p, 0, [{ n: 1, flags: SHIP_ZERO }], 1);
    expect(of(p, 'last')).toBe(1);
  });
});

describe('a block out of turn', () => {
  test('waits for what comes before it', () => {
    const p = second();
    const data = sendsData(p, 1, 2, 0x22, { buffer: 2 });
    const information = tells(p, 1, [{ n: 2 }], false, { buffer: 3 });
    p.expectNothing();
    expect(placeOf(p, 'tail')).toBe(0);
    const first = tells(p, 0, [{ n: 1, flags: SHIP_ZERO }], true);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE }, first);
    p.expectReply('APPLIED', { result: ON_DRIVE }, data);
    p.expectReply('APPLIED', { result: ON_DRIVE }, information);
    expect(of(p, 'last')).toBe(2);
    p.expectDone();
  });

  test('waits, if it is update information whose data did not come yet', () => {
    const p = second();
    const information = tells(p, 0, [{ n: 1 }], false, { buffer: 3 });
    p.expectNothing();
    const data = sendsData(p, 0, 2, 0x22);
    p.expectReply('APPLIED', { result: ON_DRIVE }, data);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE }, information);
    expect(of(p, 'last')).toBe(1);
    p.expectDone();
  });

  test('goes on when the numbers before it turn out to be void', () => {
    const p = second();
    const early = tells(p, 3, [{ n: 4, flags: SHIP_ZERO }], true, { buffer: 3 });
    p.expectNothing();
    const all = tells(p, 0, [{ n: 3, flags: SHIP_ZERO }], true);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE }, all);
    p.expectReply('APPLIED', { result: ON_DRIVE }, early);
  });

  test('that came before is acknowledged, and changes nothing', () => {
    const p = second();
    comes(p, 0, [{ n: 1 }]);
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 4, 0x77));
    p.expectReply('APPLIED', { result: ON_DRIVE }, tells(p, 0, [{ n: 1, track: 2 }]));
    expect([of(p, 'last'), placeOf(p, 'tail'), p.get('update.track', recordOf(p, 1))]).toEqual([1, 2, 1]);
    expect(bytesAt(p, 0, 2)).toEqual([0x10, 0x10]);
    p.expectDone();
  });

  test('of which a part is here already is REFUSED: the rest of it is read again', () => {
    const p = second();
    comes(p, 0, [{ n: 1 }, { n: 2 }]);
    const told = [2, 3].map((n) => ({ n, flags: SHIP_ZERO }));
    p.expectReply('APPLIED', { result: REFUSED }, tells(p, 1, told, true));
    expect(of(p, 'last')).toBe(2);
    p.expectReply('APPLIED', { result: ON_DRIVE }, tells(p, 1, told.slice(0, 1), true));
    p.expectDone();
  });

  test('of data that came twice before their update information is there once', () => {
    const p = second();
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 2, 0x31));
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 2, 0x32));
    expect([placeOf(p, 'tail'), ...bytesAt(p, 0, 2)]).toEqual([2, 0x31, 0x31]);
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 0, 0x33));
  });

  test('of an older session is REFUSED, of a newer one too, and of none', () => {
    for (const epoch of [EPOCH - 1, EPOCH + 1, 0]) {
      const p = second();
      if (epoch === 0) p.set('session.taking', 1, 0);
      for (const receipt of [
        sendsData(p, 0, 2, 1, { epoch }),
        tells(p, 0, [{ n: 1, flags: SHIP_ZERO }], true, { epoch }),
      ])
        p.expectReply('APPLIED', { result: REFUSED }, receipt);
      expect([of(p, 'last'), placeOf(p, 'tail')]).toEqual([0, 0]);
      p.expectDone();
    }
  });

  test('is REFUSED if the session ends while it waits', () => {
    const p = second();
    const early = sendsData(p, 1, 2, 1);
    p.receive('PEER_DOWN');
    p.expectReply('APPLIED', { result: REFUSED }, early);
    p.expectDone();
  });

  test('is REFUSED while a takeover runs', () => {
    const p = second();
    p.set('journaling.closing', GROUP, 1);
    p.expectReply('APPLIED', { result: REFUSED }, sendsData(p, 0, 2, 1));
    expect(placeOf(p, 'tail')).toBe(0);
    p.expectDone();
  });

  test('is REFUSED for a volume that is in no group', () => {
    const p = second();
    p.set('volume.journal', 1, -1);
    p.expectReply('APPLIED', { result: REFUSED }, sendsData(p, 0, 2, 1));
    p.expectDone();
  });
});

describe('a journal that is full', () => {
  /** Its 16 records are taken, 1 to 16. */
  const full = (): Path => {
    const zeroes = Array.from({ length: 16 }, (_, i) => ({ n: i + 1, flags: SHIP_ZERO }));
    return holding(second(), zeroes);
  };
  test('takes no data and asks for none of what is on the journal volumes', () => {
    const p = full();
    sendsData(p, 16, 2, 1);
    p.expectNothing();
    expect(placeOf(p, 'tail')).toBe(0);
  });

  test('takes update information when there is room for all of it', () => {
    const p = full();
    for (const field of ['freed', 'restored'] as const) p.set(`journal.${field}`, GROUP, number(1));
    const two = [
      { n: 17, flags: SHIP_ZERO },
      { n: 18, flags: SHIP_ZERO },
    ];
    const information = tells(p, 16, two, true);
    p.expectNothing();
    expect(of(p, 'last')).toBe(16);
    p.set('journaling.taken', GROUP, number(1));
    p.set('pair.role', 1, PAIR_ROLE.NO_ROLE); // what is restored is passed over
    restore(p);
    p.expect('data', 'RESTORE');
    p.expectReply('APPLIED', { result: ON_DRIVE }, information);
    expect(of(p, 'last')).toBe(18);
  });

  test('in memory brings data to the journal volumes, once, and takes what comes when they are there', () => {
    const p = holding(
      second(),
      [1, 2, 3, 4].map((n) => ({ n, span: span(0, 4) })),
    );
    const data = sendsData(p, 4, 2, 0x44);
    p.expect('data', 'SPILL', { journal: GROUP });
    p.expectNothing();
    expect(p.get('journaling.spilling', GROUP)).toBe(1);
    expect(placeOf(p, 'tail')).toBe(16);
    p.receive('SPILL', { journal: GROUP });
    p.expect('disk', 'LIST_WRITE');
    p.answer('LISTED', { result: RESULT.OK });
    p.expect('disk', 'LIST_WRITE');
    p.expectReply('APPLIED', { result: ON_DRIVE }, data);
    expect(placeOf(p, 'tail')).toBe(18);
  });

  test('whose data go to the journal volumes already does not ask again', () => {
    const p = holding(
      second(),
      [1, 2, 3, 4].map((n) => ({ n, span: span(0, 4) })),
    );
    p.set('journaling.spilling', GROUP, 1);
    sendsData(p, 4, 2, 0x44);
    p.expectNothing();
  });
});

test('other writes of the other side go to their slot, as without a journal', () => {
  const p = second();
  const at = p.machine.memory.layout.receiveAt;
  p.receive('APPLY', { volume: 1, track: 1, span: span(2, 2), at, epoch: EPOCH, gen: 4, session: 9 });
  p.expect('cache', 'GET', { volume: 1, track: 1 });
  p.answer('GOT', { result: RESULT.OK, slot: 5 });
  p.expect('cache', 'GIVE', { slot: 5, session: 9 });
  p.expectReply('APPLIED', { result: RESULT.OK });
  expect([of(p, 'last'), placeOf(p, 'tail')]).toEqual([0, 0]);
  p.expectDone();
});
