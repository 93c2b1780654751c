/** Expressions of a debugger: what they name, what they come to, and what is said of those that are wrong. */
import { describe, expect, test } from 'vitest';
import { FLAG, PAIR_STATE } from '../../../../../firmware/memory/constants.js';
import { KIND } from '../../../../../firmware/ports/messages.js';
import { desk, writing } from './desk.js';

const { inspector, a, b, counts } = desk();
const value = (text: string): string => inspector.answer('evaluate', { text }).text;

/** The error that an expression gives. */
function refusal(text: string): string {
  try {
    return `accepted: ${value(text)}`;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

describe('an expression names', () => {
  test('a field of an array, by the name of its volume', () => {
    expect(value('A:pair.state[v0]')).toBe('PAIR');
    expect(value('B-2:pair.state[v0]')).toBe('PSUE');
    expect(value('A:pair.state[v1]')).toBe('SMPL');
  });

  test('a track by volume and number among its tracks', () => {
    a.set('track.flags', 25, FLAG.M1_WP | FLAG.WRITTEN);
    expect(value('A:track.flags[v1:5]')).toBe('0x41 (M1_WP|WRITTEN)');
    expect(value('A:track.flags[25]')).toBe('0x41 (M1_WP|WRITTEN)');
    expect(value('A:track.flags[20 + 5]')).toBe('0x41 (M1_WP|WRITTEN)');
    a.set('track.flags', 25, 0);
  });

  test('flags of a track, all of a copy or some of them', () => {
    b.set('track.flags', 17, FLAG.M2_INV | FLAG.M1_WP);
    expect(value('M2 B-2:v0:17')).toBe('0x20 (M2_INV)');
    expect(value('M1|M2 B-2:v0:17')).toBe('0x21 (M1_WP|M2_INV)');
    expect(value('M2_WP B-2:v0:17')).toBe('0 (none)');
    expect(value('M2_WP|M1_WP B-2:v0:(16 + 1)')).toBe('0x1 (M1_WP)');
    expect(value('(M2 B-2:v0:17) == M2_INV')).toBe('1');
    b.set('track.flags', 17, 0);
  });

  test('one word of several', () => {
    a.set('slot.valid', 1, [1, 2, 3, 0x80000]);
    expect(value('A:slot.valid+2[1]')).toBe('3');
    expect(value('A:slot.valid+3[1]')).toBe('524288 (0x80000)');
    expect(refusal('A:slot.valid[1] + 1')).toBe(
      'slot.valid has 4 words, so it is no number; slot.valid+0 is the first of them',
    );
  });

  test('a number of 64 bits', () => {
    a.set('track.gen', 3, [5, 2]);
    expect(value('A:track.gen[v0:3]')).toBe('8589934597 (epoch 2, 5)');
    expect(inspector.answer('evaluate', { text: 'A:track.gen[3] + 1' }).number).toBe(8_589_934_598);
  });

  test('constants of the machine and kinds of messages, with # and without', () => {
    expect(value('PSUE')).toBe(String(PAIR_STATE.PSUE));
    expect(value('#M1_WP|M2_WP')).toBe('3');
    expect(value('A:pair.state[v0] == PAIR')).toBe('1');
    expect(value('WRITE')).toBe(String(KIND.WRITE));
  });

  test('messages that wait in a ring and in a backlog', () => {
    expect(value('ring(A, data, cache)')).toBe('0');
    expect(value('backlog(A, data, host)')).toBe('0');
    const d = writing(0);
    expect(d.inspector.answer('evaluate', { text: 'ring(A, data, cache)' }).text).toBe('0');
  });

  test('the time, and counts of whoever runs the arrays', () => {
    a.time_ns = 2_500_000;
    counts.hits = 3;
    expect(value('time_us')).toBe('2500');
    expect(value('hits >= 3 && operations == 0')).toBe('1');
  });

  test('who holds a lock, and who waits in a queue, one after the other', () => {
    const d = writing(1000);
    const text = (of: string): string => d.inspector.answer('evaluate', { text: of }).text;
    expect(text('A:lock.holder[v1:6]')).toBe('nobody');
    expect(text('A:lock.waiting[v1:5]')).toBe('nobody');
    d.a.expect('cache', 'GET');
    d.a.receive('WRITE', { volume: 1, track: 5, span: 1 });
    d.a.receive('WRITE', { volume: 1, track: 5, span: 1 });
    expect(text('A:lock.holder[v1:5]')).toBe('A.data 4');
    expect(text('A:lock.waiting[v1:5]')).toBe('A.data 3, A.data 2');
  });

  test('a record with all of its fields', () => {
    const { parts = [], text } = inspector.answer('evaluate', { text: 'A:pair[v0]' });
    expect(text).toBe('record 0 of A:pair');
    expect(parts.find(({ name }) => name === 'state')).toEqual({
      name: 'state',
      expression: 'A:pair.state[0]',
      text: 'PAIR',
    });
    expect(value(parts[1].expression)).toBe(parts[1].text);
  });
});

describe('a register', () => {
  test('goes by its name in the source where the task stands', () => {
    const { inspector: own, task } = writing(3);
    const text = (of: string): string => own.answer('evaluate', { text: of, task }).text;
    expect(text('track')).toBe('5');
    expect(text('t')).toBe('25');
    expect(text('r8')).toBe('25');
    expect(text('volume')).toBe('v1');
    expect(text('volume + track')).toBe('6');
    expect(text('track.flags[t]')).toBe('0x40 (WRITTEN)');
  });

  test('of a pair has 64 bits, by name or by number', () => {
    const { inspector: own, task, a: p } = writing(3);
    p.setRegister(10, 7, task.task);
    p.setRegister(11, 3, task.task);
    expect(own.answer('evaluate', { text: 'gen', task }).text).toBe('12884901895 (epoch 3, 7)');
    expect(own.answer('evaluate', { text: 'u64(r10) == gen', task }).text).toBe('1');
    expect(own.answer('evaluate', { text: 'r10', task }).text).toBe('7');
  });

  test('that the scope does not name is refused with those that it names', () => {
    const { inspector: own, task } = writing(3);
    expect(() => own.answer('evaluate', { text: 'cursor + 1', task })).toThrow(
      /no register is called cursor at microcode\/base\/data\/write\.uc:\d+ \(on WRITE\); there are volume, track, span, at/,
    );
  });

  test('is of no task when none is named', () => {
    expect(refusal('volume + 1')).toBe('volume is of a task, and none is named');
    expect(refusal('r3')).toBe('r3 is of a task, and none is named');
  });

  test('is of the current task when none is named', () => {
    const d = writing(3);
    d.current = d.task;
    expect(d.inspector.answer('evaluate', { text: 'track' }).text).toBe('5');
  });
});

describe('what is wrong with an expression is said with its column:', () => {
  test.each([
    ['1 +', '\'1 +\', column 4: here it ends; it must be a number, a register, a field, a constant or "("'],
    ['(1', '\'(1\', column 3: here it ends; it must be ")"'],
    ['1 2', '\'1 2\', column 3: here stands "2"; it must be an operator, or the end'],
    ['1 ? 2', '\'1 ? 2\', column 3: "?" is no part of an expression'],
    ['12ab', '\'12ab\', column 1: "12ab" is no part of an expression'],
    ['A:pear.state[v0]', "'A:pear.state[v0]', column 3: there is no table pear; tables are"],
    ['A:pair.stat[v0]', "'A:pair.stat[v0]', column 8: table pair has no field stat; it has heard, state, role"],
    ['C:pair.state[v0]', '\'C:pair.state[v0]\', column 1: "C" is no'],
    ['M2 C:v0:17', "'M2 C:v0:17', column 4: there is no array C; there are A, B-2"],
    ['M2 A:v9:17', "'M2 A:v9:17', column 6: there is no volume A:v9; array A has A:v0, A:v1"],
    ['M2 A:v0', '\'M2 A:v0\', column 8: here it ends; it must be ":" and the number of a track'],
    ['M2 A:0:17', '\'M2 A:0:17\', column 6: here stands "0"; it must be a volume and a track: ARRAY:VOLUME:TRACK'],
    ['#NOTHING', "'#NOTHING', column 2: there is no constant NOTHING"],
    ['nothing', '\'nothing\', column 1: "nothing" is no register that the microcode names, no constant and no count'],
    ['ring(A, data, disc)', '\'ring(A, data, disc)\', column 15: here stands "disc"; it must be channel, data, cache'],
    ['ring(A, cache, channel)', "'ring(A, cache, channel)', column 16: there is no such ring; rings of cache go to"],
    ['sqrt(2)', "'sqrt(2)', column 1: there is no sqrt(); there are u64(REGISTER)"],
    ['u64(r3)', "'u64(r3)', column 5: a number of 64 bits begins at an even register"],
    ['A:slot.valid+4[1]', "'A:slot.valid+4[1]', column 14: the field has 4 words: +0 to +3"],
    ['99999999999999999', "'99999999999999999', column 1: 99999999999999999 is more than 53 bits"],
  ])('%s', (text, said) => {
    expect(refusal(text)).toContain(said);
  });

  test.each([
    ['A:track.flags[4000]', 'array A has no record 4000 of track; it has 0 to 39'],
    ['A:track.flags[v0:20] + 1', 'there is no v0:20 in array A'],
    ['A:pair.state[0 - 1] + 1', 'array A has no record -1 of pair; it has 0 to 1'],
    ['1 / (2 - 2)', 'it divides by 0'],
    ['1 << 54', 'it shifts by 54; 0 to 53 are possible'],
    ['0x1fffffffffffff + 1', 'a number in it is more than 53 bits'],
    ['pair.state[v0]', 'pair.state is of which array? Before it goes one of A, B-2 with ":", as no task is named'],
    ['A:pair[v0] + 1', 'pair[v0] is a record, not a number; pair.FIELD[RECORD] is a number'],
  ])('what cannot be had, too: %s', (text, said) => {
    expect(refusal(text)).toBe(said);
  });

  test('a text that is too long, and brackets that are too deep', () => {
    expect(refusal(' '.repeat(1001))).toBe('an expression of 1001 letters; 1000 are the most');
    expect(value(`${'('.repeat(400)}7${')'.repeat(400)}`)).toBe('7');
  });
});
