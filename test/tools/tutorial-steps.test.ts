/** How the steps of a tutorial are found in its text. */
import { expect, test } from 'vitest';
import { stepsOf, withoutFigures } from '../harness/tutorial.js';

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
  expect(withoutFigures('PASS 74b355567abc219f\n  at 12.5 µs:   3 writes\n')).toBe('PASS HASH\nat N µs: N writes');
  expect(withoutFigures('FAIL 0')).not.toBe(withoutFigures('PASS 0'));
});
