/** What help says of expressions and tables is true. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXPRESSION_HELP } from '../../../../../firmware/runtime/machine/debug/expressions/help.js';
import { LOOK_HELP } from '../../../../../firmware/runtime/machine/debug/look.js';
import { LOOKS } from '../../../../../firmware/runtime/machine/debug/target.js';
import { writing } from './desk.js';

const desk = writing(3);
const { inspector, task } = desk;

test.each(EXPRESSION_HELP)('$example', ({ example }) => {
  // The arrays of these tests have a volume v0.
  const text = example.replaceAll('data0', 'v0').replace(':17', ':7');
  expect(inspector.answer('evaluate', { text, task }).text).not.toBe('');
});

test('every table has help, and takes the words that it says it may be without', () => {
  // Of a trace there is a table where one was kept.
  for (const what of LOOKS.filter((one) => one !== 'trace')) {
    const { words } = LOOK_HELP[what];
    const look = (): unknown => inspector.answer('look', { what, words: [] });
    if (words.startsWith('[')) expect(look()).toBeDefined();
    else expect(look).toThrow(words);
  }
});

test('whatever is written is a value or an error with a sentence, and changes nothing', () => {
  const words = [
    'A',
    ':',
    'v0',
    '[',
    ']',
    '.',
    'track',
    'flags',
    'pair',
    'M2',
    '|',
    '(',
    ')',
    '+',
    '1',
    '17',
    't',
    '#',
  ];
  const more = [
    'ring',
    ',',
    'data',
    'u64',
    'gen',
    'slot',
    'valid',
    '-',
    '!',
    '<<',
    '==',
    'PSUE',
    ' ',
    '0x',
    'B-2',
    '0',
  ];
  const text = fc.oneof(
    fc.array(fc.constantFrom(...words, ...more), { maxLength: 14 }).map((all) => all.join('')),
    fc.string(),
  );
  const { m } = desk.a.machine.memory;
  const before = m.slice();
  fc.assert(
    fc.property(text, text, (one, other) => {
      for (const ask of [
        () => inspector.answer('evaluate', { text: one, task }),
        () => inspector.compile(one)(task),
        () => inspector.spot(one, task),
        () => inspector.answer('complete', { text: one, task }),
        () => inspector.places({ on: 'label', label: one }),
        () => inspector.answer('look', { what: 'track', words: [one, other].slice(0, 1), task }),
      ]) {
        try {
          ask();
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          expect((error as Error).message).not.toBe('');
        }
      }
    }),
    { numRuns: 500, seed: 3 },
  );
  expect(Buffer.compare(Buffer.from(m.buffer), Buffer.from(before.buffer))).toBe(0);
});
