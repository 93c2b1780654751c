/** Where a run is to stop, as people write it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Here, splitBreak, whereOf } from '../../../../tools/debugger/cli/where.js';
import { CommandError } from '../../../../tools/debugger/cli/words.js';

const HERE: Here = {
  arrays: ['A', 'B'],
  file: (text) => {
    if (text.startsWith('no')) throw new CommandError(`no file ${text}`);
    return `microcode/base/data/${text.replace(/^base\/data\//, '')}`;
  },
  current: 'microcode/base/data/read.uc',
  now_ns: 1000,
};
const where = (text: string, here = HERE) => whereOf(splitBreak(text, HERE.arrays), here);

test.each([
  ['write.uc:66', { on: 'line', file: 'microcode/base/data/write.uc', line: 66 }],
  ['66', { on: 'line', file: 'microcode/base/data/read.uc', line: 66 }],
  ['base/data/write.uc:66 on B', { on: 'line', file: 'microcode/base/data/write.uc', line: 66, array: 'B' }],
  ['merged', { on: 'label', label: 'merged' }],
  ['write.uc:merged', { on: 'label', label: 'base/data/write.uc:merged' }],
  ['sub acked on A', { on: 'label', label: 'sub acked', array: 'A' }],
  ['on WRITE', { on: 'label', label: 'on WRITE' }],
  ['cache@12', { on: 'instruction', role: 'cache', instruction: 12 }],
  ['message write on A', { on: 'message', kind: 'WRITE', array: 'A' }],
  ['fault', { on: 'fault' }],
  ['violation', { on: 'violation' }],
  ['state pair A:data0 PSUE', { on: 'state', when: 'pair A:data0 PSUE' }],
  ['time 1.5ms', { on: 'time', time_ns: 1_500_000 }],
  ['time +20us', { on: 'time', time_ns: 21_000 }],
])('%s', (text, wanted) => expect(where(text)).toEqual(wanted));

test.each([
  ['merged if t == 17 ignore 2', { words: ['merged'], condition: 't == 17', ignore: 2 }],
  ['merged ignore 3 on B', { words: ['merged'], array: 'B', ignore: 3 }],
  [
    'message WRITE on A if M2 A:data0:17 == 0',
    { words: ['message', 'WRITE'], array: 'A', condition: 'M2 A:data0:17 == 0' },
  ],
])('%s has its parts', (text, parts) => expect(splitBreak(text, HERE.arrays)).toEqual(parts));

test.each([
  ['', 'where?'],
  ['merged on C', 'there is no array "C"; there are A, B'],
  ['merged if', 'an expression must follow "if"'],
  ['merged ignore x', 'ignore is "x"; a whole number from 0 on is wanted'],
  ['merged again', '"again" is too much behind merged'],
  ['message WRITES', 'there is no kind of message "WRITES"; did you mean WRITE?'],
  ['message WRITE READ', '"READ" is too much'],
  ['fault A', '"A" is too much behind fault'],
  ['fault on A', '"on A" is not for fault'],
  ['state', 'which state?'],
  ['time 5', 'the time is "5"; a number with ns, us, ms or s is wanted'],
  ['time -2us', 'the time is "-2us"'],
  ['port@3', 'there is no role "port"; there are channel, data, cache, disk, remote'],
  ['nofile.uc:3', 'no file nofile.uc'],
])('%j is refused', (text, said) => expect(() => where(text)).toThrow(said));

test('a line without a file needs a task that stands in one', () => {
  const { current: _current, ...nowhere } = HERE;
  expect(() => where('66', nowhere)).toThrow('line 66 of which file? no task is current: FILE:66');
});

test('whatever is typed is a place, or is refused with a sentence', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'if',
      'on',
      'ignore',
      'A',
      'message',
      'WRITE',
      'time',
      '5ms',
      'state',
      'write.uc:66',
      'data@1',
      '-1',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 7 }), (words) => {
      try {
        expect(where(words.join(' ')).on).toBeTypeOf('string');
      } catch (error) {
        expect(error).toBeInstanceOf(CommandError);
        expect((error as Error).message).not.toBe('');
      }
    }),
  );
});
