/** What hosts see of a volume of the second storage system: nothing, until it is taken over. */
import { describe, expect, test } from 'vitest';
import { FLAG, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { holding, of, restore, second } from './second-system.js';

const { OK, NOT_READY, LINK_DOWN } = RESULT;
const { VOLUME_READY, VOLUME_RESTORING, VOLUME_WATCHED } = VOLUME_STATE;

/** The other side cannot be asked: taken over with force. */
function takesOver(p: Path): void {
  p.receive('FAILOVER', { volume: 1, force: 1 });
  p.expect('remote', 'CALL', { what: QUESTION.ASK_YIELD });
  p.answer('ANSWER', { result: LINK_DOWN });
}

describe('a volume whose entries are being restored', () => {
  test('is read by nobody', () => {
    const p = second();
    p.receive('READ', { volume: 1, track: 1, span: span(0, 1) });
    p.expectReply('READY', { result: NOT_READY });
    p.expectDone();
  });

  test('is written by nobody, whoever it thinks serves', () => {
    const p = second();
    p.receive('WRITE', { volume: 1, track: 1, span: span(0, 1), at: p.transferAt });
    p.expectReply('WRITTEN', { result: RESULT.WRITE_PROTECTED });
    p.set('session.agreed', 1, 1);
    p.receive('WRITE', { volume: 1, track: 1, span: span(0, 1), at: p.transferAt });
    p.expectReply('WRITTEN', { result: NOT_READY });
    p.expectDone();
  });

  test('has nothing to synchronize', () => {
    const p = second();
    p.receive('SYNC', { volume: 1 });
    p.expectReply('SYNCED', { result: NOT_READY });
    p.expectDone();
  });

  test('stays so in PAIR, when its source says that nothing is owed', () => {
    const p = second();
    p.set('pair.state', 1, PAIR_STATE.COPY);
    p.receive('ASK', { what: QUESTION.ASK_STATE, volume: 1, a: EPOCH, b: PAIR_STATE.PAIR });
    p.expectReply('ASKED', { result: OK });
    expect([p.get('pair.state', 1), p.get('volume.state', 1)]).toEqual([PAIR_STATE.PAIR, VOLUME_RESTORING]);
  });

  test('stays so when its link goes', () => {
    const p = second();
    p.receive('PEER_DOWN');
    expect([1, 2].map((v) => p.get('volume.state', v))).toEqual([VOLUME_RESTORING, VOLUME_RESTORING]);
  });
});

describe('a takeover', () => {
  test('shows hosts all volumes of the group, and none of another one', () => {
    const p = second();
    takesOver(p);
    for (let i = 0; i < 2; i++) p.expect('data', 'OFFER');
    p.expectReply('DONE', { result: OK });
    expect([0, 1, 2].map((v) => p.get('volume.state', v))).toEqual([VOLUME_RESTORING, VOLUME_READY, VOLUME_READY]);
    expect([0, 1, 2].map((v) => p.get('pair.role', v))).toEqual([PAIR_ROLE.TARGET, PAIR_ROLE.SOURCE, PAIR_ROLE.SOURCE]);
  });

  test('shows them when everything that came is restored, entry 5 before 7, and not before', () => {
    const p = holding(second(), [
      { n: 5, track: 1 },
      { n: 7, track: 2 },
    ]);
    restore(p, 2);
    const five = p.expect('cache', 'GET', { track: 1 });
    const seven = p.expect('cache', 'GET', { track: 2 });
    takesOver(p);
    p.answer('GOT', { result: OK, slot: 2 }, seven);
    p.expect('cache', 'GIVE');
    p.expectNothing();
    p.receive('READ', { volume: 2, span: span(0, 1) });
    p.expectReply('READY', { result: NOT_READY });
    expect([of(p, 'restored'), p.get('volume.state', 1), p.get('pair.role', 1)]).toEqual([
      4,
      VOLUME_RESTORING,
      PAIR_ROLE.TARGET,
    ]);
    p.answer('GOT', { result: OK, slot: 1 }, five);
    p.expect('cache', 'GIVE');
    for (let i = 0; i < 2; i++) p.expect('data', 'OFFER');
    p.expectReply('DONE', { result: OK });
    expect([1, 2].map((v) => p.get('volume.state', v))).toEqual([VOLUME_READY, VOLUME_READY]);
    p.receive('READ', { volume: 1, track: 1, span: span(0, 1) });
    p.expect('cache', 'GET');
  });

  test('has hosts look at each track of a volume where one is not right', () => {
    const p = second();
    p.node.tracks.setFlags(5, 1, FLAG.M1_INV);
    takesOver(p);
    while (p.sent > 1) p.next();
    expect(p.get('volume.state', 1)).toBe(VOLUME_WATCHED);
  });
});
