/** A question of the other side that reads a journal: ASK_JOURNAL in base/remote/ship.uc. */
import { describe, test } from 'vitest';
import { CONSTANTS, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { remote, WIRE } from './fixtures.js';

const { OK, REFUSED } = RESULT;

describe('a read of a journal by the other side', () => {
  test('is carried to the data role, and what that says back, with the number of links', () => {
    const p = remote(1);
    p.receive(
      'FAR_CALL',
      { what: QUESTION.ASK_JOURNAL, volume: 2, a: 5, b: 6, c: 3, d: 9, wire: WIRE },
      { from: 'linkPort' },
    );
    p.expect('data', 'READ_JOURNAL', { volume: 2, size: 9, after: 5, after_high: 6, lag: 3 });
    p.expectNothing();
    p.answer('JOURNAL_READ', { result: OK, waiting: 11, fill: 12, to: 13, to_high: 14, hurry: 3 });
    p.expectReply('FAR_ANSWER', { result: OK, a: 11, b: 12, c: 13, d: 14, e: 3, f: 1 });
    p.expectDone();
  });

  test('over a link that was refused reads nothing', () => {
    const p = remote(1);
    p.set('link.heard', 0, 0);
    p.receive('FAR_CALL', { what: QUESTION.ASK_JOURNAL, volume: 2, wire: WIRE }, { from: 'linkPort' });
    p.expectReply('FAR_ANSWER', { result: REFUSED });
    p.expectDone();
  });

  test('ends when the director that was asked is dead', () => {
    const p = remote(1);
    p.receive('FAR_CALL', { what: QUESTION.ASK_JOURNAL, volume: 2, wire: WIRE }, { from: 'linkPort' });
    p.expect('data', 'READ_JOURNAL');
    p.receive('REMOTE_LOSES', { lost: CONSTANTS.LOST_DATA as number });
    p.expectReply('FAR_ANSWER', { result: REFUSED });
    p.expectDone();
  });
});
