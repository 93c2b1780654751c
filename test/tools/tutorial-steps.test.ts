/** How the steps of a tutorial are found in its text. */
import { expect, test } from 'vitest';
import { isPrinted, stepsOf, withoutFigures } from '../harness/tutorial.js';

const TEXT = `# All

## Mine

A file, \`my.json\`:

\`\`\`json
{}
\`\`\`

Then

\`\`\`sh
npx arraylab a
npx arraylab b
\`\`\`

which prints

\`\`\`
PASS
\`\`\`

### Deeper

\`\`\`sh
npx arraylab c
\`\`\`

## Other

\`\`\`sh
rm -rf everything
\`\`\`
`;

test('files, commands and what they print, up to the next heading of the level', () => {
  expect(stepsOf(TEXT, '## Mine')).toEqual([
    { line: 7, file: 'my.json', text: '{}\n' },
    { line: 13, text: 'npx arraylab a\nnpx arraylab b\n', prints: 'PASS\n' },
    { line: 26, text: 'npx arraylab c\n' },
  ]);
});

test.each([
  ['## None', '', 'there is no heading "## None"'],
  ['## A', '## A\n```sh\nx\n', 'line 2: the block does not end'],
  ['## A', '## A\n```json\n{}\n```\n', 'line 2: a block of json that is no file, no command, and no output of one'],
  ['## A', '## A\n```\nout\n```\n', 'line 2: a block of no language'],
])('%s of %j is refused', (heading, text, said) => expect(() => stepsOf(text, heading)).toThrow(said));

test('outputs are compared without figures and hashes', () => {
  expect(withoutFigures('PASS 74b355567abc219f\n  12.5 µs:   3 writes\n')).toBe('PASS HASH\nN µs: N writes');
  expect(withoutFigures('FAIL 0')).not.toBe(withoutFigures('PASS 0'));
  expect(withoutFigures('on x: seeds 1, 2, 3\nat 7 µs: A')).toBe(withoutFigures('on x: seeds 10\nat 8 µs: B'));
});

test.each([
  ['one 1\ntwo', 'none\none 2\ntwo\nthree', true],
  ['one\nthree', 'one\ntwo\nthree', false],
  ['one\n...\nthree', 'one\ntwo\nthree', true],
  ['one\n...\ntwo', 'one\ntwo', true],
  ['three\n...\none', 'one\ntwo\nthree', false],
  ['...\nexit status 1', 'FAIL\nexit status 1\n', true],
  ['...\nPASS', 'FAIL\nexit status 0\n', false],
  ['two', 'twofold', false],
])('%j of %j: %s', (expected, said, is) => expect(isPrinted(expected, said)).toBe(is));
