// Prints the test command that README.md tells people to run, so that CI runs what a reader runs: the first fenced block
// after the first heading that contains the word "test" or "tests", before the next heading. A leading "$ " is dropped.

import { readFileSync } from 'node:fs';

const README = new URL('../../README.md', import.meta.url);

/** @returns {{heading: string, command: string}} */
export function testCommand(markdown) {
  const lines = markdown.split(/\r?\n/);
  let heading;
  let fence;
  const command = [];
  for (const line of lines) {
    if (fence !== undefined) {
      const closes = line.trim() === fence;
      if (closes) fence = undefined;
      if (closes && heading !== undefined) break;
      if (!closes && heading !== undefined) command.push(line.trimStart().replace(/^\$ /, ''));
      continue;
    }
    fence = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined || !/^#{1,6} /.test(line)) continue;
    // A heading about tests without a block of its own (prose only) gives way to the next one.
    heading = /\btests?\b|\btesting\b/i.test(line) ? line.replace(/^#+ /, '') : undefined;
  }
  if (heading === undefined || command.join('').trim() === '') {
    throw new Error(
      'README.md: no fenced block after a heading that contains "test"; CI runs the command written there',
    );
  }
  return { heading, command: command.join('\n') };
}

if (process.argv[1] && import.meta.url.endsWith('/readme-test-command.mjs')) {
  try {
    const { heading, command } = testCommand(readFileSync(README, 'utf8'));
    console.error(`README.md, "${heading}": ${command}`);
    console.log(command);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
