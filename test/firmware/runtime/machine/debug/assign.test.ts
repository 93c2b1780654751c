/** Setting what an expression stands for, and the bytes of memory. */
import { describe, expect, test } from 'vitest';
import { FLAG, PAIR_STATE } from '../../../../../firmware/memory/constants.js';
import { tableByName } from '../../../../../firmware/memory/tables.js';
import { FIELD_MEANINGS } from '../../../../../firmware/runtime/machine/debug/meanings.js';
import { desk, writing } from './desk.js';

function setter(d = writing(3)): (text: string, value: string) => string {
  return (text, value) => d.inspector.answer('assign', { text, value, task: d.task }).text;
}

describe('what is set', () => {
  test('a register, by number and by name', () => {
    const d = writing(3);
    const set = setter(d);
    expect(set('track', '4')).toBe('4');
    expect(d.a.register(1, 4)).toBe(4);
    expect(set('r15', '0xffffffff')).toBe('-1');
    expect(set('track', 'track + 3')).toBe('7');
  });

  test('a number of 64 bits', () => {
    const d = writing(3);
    const set = setter(d);
    expect(set('gen', '0x500000007')).toBe('21474836487 (epoch 5, 7)');
    expect([d.a.register(10, 4), d.a.register(11, 4)]).toEqual([7, 5]);
    set('track.gen[t]', '(3 << 32) + 1');
    expect(d.a.words('track.gen', 25)).toEqual([1, 3]);
  });

  test('a state by its name', () => {
    const d = desk();
    expect(d.inspector.answer('assign', { text: 'A:pair.state[v0]', value: 'PSUS' })).toMatchObject({
      text: 'PSUS',
      number: 3,
    });
    expect(d.a.get('pair.state', 0)).toBe(PAIR_STATE.PSUS);
  });

  test('a volume by its name', () => {
    const d = desk();
    expect(d.inspector.answer('assign', { text: 'A:slot.volume[2]', value: 'v1' }).text).toBe('v1');
    expect(d.a.get('slot.volume', 2)).toBe(2);
    expect(d.inspector.answer('assign', { text: 'A:slot.volume[2]', value: 'none' }).number).toBe(0);
  });

  test('flags of a track, with the counts that are kept of them', () => {
    const d = desk();
    d.a.receive('TRACK_LOOK', { volume: 0 });
    const before = d.a.get('volume.m1_wp', 0);
    const written = d.a.get('system.written', 0);
    const set = (text: string, value: string): string => d.inspector.answer('assign', { text, value }).text;
    expect(set('A:track.flags[v0:17]', 'M1_WP|WRITTEN')).toBe('0x41 (M1_WP|WRITTEN)');
    expect(d.a.get('volume.m1_wp', 0)).toBe(before + 1);
    expect(d.a.get('system.written', 0)).toBe(written);
    expect(set('M2 A:v0:17', 'M2_INV')).toBe('0x20 (M2_INV)');
    expect(d.a.get('track.flags', 17)).toBe(FLAG.M1_WP | FLAG.WRITTEN | FLAG.M2_INV);
    expect(set('M1_WP A:v0:17', '0')).toBe('0 (none)');
    expect(d.a.get('volume.m1_wp', 0)).toBe(before);
    expect(set('M1_WP A:v0:17', '1')).toBe('0x1 (M1_WP)');
    expect(set('M2_WP A:v0:17', '1')).toBe('0x2 (M2_WP)');
  });
});

describe('what does not fit is refused, and changes nothing:', () => {
  test.each([
    ['A:pair.state[v0]', '6', "'A:pair.state[v0]' cannot be 6: it is one of SMPL, COPY, PAIR, PSUS, PSUE, SSWS"],
    ['A:track.flags[0]', '256', "'A:track.flags[0]' cannot be 256: its bits are M1_WP, M2_WP"],
    ['A:track.flags[0]', '-1', "'A:track.flags[0]' cannot be -1: its bits are M1_WP"],
    ['A:track.flags[40]', '1', 'array A has no record 40 of track; it has 0 to 39'],
    ['M2 A:v0:1', 'M1_WP', "'M2 A:v0:1' cannot be 1: only M2_WP|M2_FP|M2_INV are meant"],
    ['M2_WP A:v0:1', 'M2_INV', "'M2_WP A:v0:1' cannot be 32: only M2_WP is meant"],
    ['A:slot.volume[0]', '3', "'A:slot.volume[0]' cannot be 3: volumes there are 0 to 2"],
    ['A:lock.holder[0]', '999', "'A:lock.holder[0]' cannot be 999: tasks there are 0 to 12"],
    ['A:pair.recipe[v0]', '1', "'A:pair.recipe[v0]' cannot be 1: recipes there are 0 to 0"],
    ['r1', '0x100000000', "'r1' cannot be 4294967296 (0x100000000): it is one word, -2147483648 to 4294967295"],
    ['A:track.gen[0]', '-1', "'A:track.gen[0]' cannot be -1: a generation is no less than 0"],
    ['A:lock.waiting[0]', '1', "'A:lock.waiting[0]' cannot be 1: it is a queue of tasks; its words are +0 and +1"],
    ['A:slot.valid[0]', '1', "'A:slot.valid[0]' cannot be 1: it is 4 words; one of them is written with +0 to +3"],
    ['A:pair[v0]', '1', "'A:pair[v0]' is a whole record; name a field of it: pair.FIELD[RECORD]"],
    ['time_us', '1', "'time_us' is a number, not a place in memory"],
    ['track + 1', '1', "'track + 1' is a number, not a place in memory"],
    ['track', 'v9', '"v9" is no register'],
    ['track', '1 / 0', 'it divides by 0'],
  ])('%s = %s', (text, value, said) => {
    const d = writing(3);
    const bytes = Buffer.from(d.a.machine.memory.bytes.buffer);
    const before = Buffer.from(bytes);
    expect(() => setter(d)(text, value)).toThrow(said);
    expect(bytes.equals(before)).toBe(true);
  });
});

describe('memory', () => {
  test('comes back as it was set, whatever its length', () => {
    const { inspector, a } = desk();
    for (const length of [0, 1, 2, 3, 4, 63, 1000]) {
      const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 37 + length) & 255));
      expect(inspector.answer('setMemory', { array: 0, byte: 2048, base64: bytes.toString('base64') })).toBe(length);
      expect(inspector.answer('memory', { array: 0, byte: 2048, bytes: length })).toBe(bytes.toString('base64'));
      expect(Buffer.from(a.machine.memory.bytes.subarray(2048, 2048 + length)).equals(bytes)).toBe(true);
    }
  });

  test('that there is not is refused with what there is', () => {
    const { inspector, a } = desk();
    const last = a.machine.memory.layout.bytes - 1;
    const said = `it has 0 to ${last}`;
    expect(() => inspector.answer('memory', { array: 0, byte: last, bytes: 2 })).toThrow(said);
    expect(() => inspector.answer('memory', { array: 0, byte: -1, bytes: 1 })).toThrow(said);
    expect(() => inspector.answer('memory', { array: 0, byte: 0.5, bytes: 1 })).toThrow(said);
    expect(() => inspector.answer('setMemory', { array: 0, byte: last, base64: 'AAA=' })).toThrow(said);
    expect(() => inspector.answer('memory', { array: 2, byte: 0, bytes: 1 })).toThrow('there is no array 2');
  });

  test('is not set from what is no base64', () => {
    const { inspector } = desk();
    expect(() => inspector.answer('setMemory', { array: 0, byte: 0, base64: 'AAA' })).toThrow('they come in fours');
    expect(() => inspector.answer('setMemory', { array: 0, byte: 0, base64: 'A*AA' })).toThrow(
      'letter 2 of the base64 is "*"',
    );
    expect(() => inspector.answer('setMemory', { array: 0, byte: 0, base64: 'A=AA' })).toThrow('letter 2');
  });
});

describe('a spot', () => {
  test('says which words are meant, and shows them', () => {
    const { inspector, a } = desk();
    const all = inspector.spot('M2 A:v0:17');
    const one = inspector.spot('M2_WP A:v0:17');
    const word = a.machine.at('track', 'flags', 17);
    expect(all).toMatchObject({ array: 0, word, words: 1, mask: FLAG.M2_WP | FLAG.M2_FP | FLAG.M2_INV });
    expect(one).toMatchObject({ array: 0, word, words: 1, mask: FLAG.M2_WP });
    expect(all.show([FLAG.M1_WP | FLAG.M2_INV])).toBe('0x20 (M2_INV)');
    expect(one.show([FLAG.M1_WP | FLAG.M2_INV])).toBe('0 (none)');
  });

  test('of a field with brackets stays where it was looked up', () => {
    const d = writing(3);
    const spot = d.inspector.spot('track.flags[t]', d.task);
    d.a.setRegister(8, 3, 4);
    expect(spot.word).toBe(d.a.machine.at('track', 'flags', 25));
    expect(d.inspector.spot('track.flags[t]', d.task).word).toBe(d.a.machine.at('track', 'flags', 3));
  });

  test('of a register is a word of the task', () => {
    const d = writing(3);
    expect(d.inspector.spot('gen', d.task)).toMatchObject({ words: 2, mask: -1 });
    expect(() => d.inspector.spot('gen')).toThrow('gen is of a task, and none is named');
  });
});

test('every field that has a meaning exists, and has as many words as that needs', () => {
  for (const [key, meaning] of Object.entries(FIELD_MEANINGS)) {
    const [table = '', field = ''] = key.split('.');
    const words = tableByName(table)?.fields.get(field)?.words;
    expect([key, words]).toEqual([key, ['generation', 'time_ns', 'wide', 'queue'].includes(meaning.as) ? 2 : 1]);
  }
});
