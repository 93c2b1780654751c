/** The commands of `arraylab debug`: how they are named and found, and what help says. */
import { expect, test } from 'vitest';
import { INSTRUCTIONS } from '../../../../firmware/engine/isa.js';
import { TABLE_LIST } from '../../../../firmware/memory/tables.js';
import { KINDS } from '../../../../firmware/ports/messages.js';
import { namesOf } from '../../../../tools/debugger/cli/command.js';
import { COMMANDS, GROUPS } from '../../../../tools/debugger/cli/commands.js';
import { commandList, helpOn } from '../../../../tools/debugger/cli/help.js';
import { parseLine } from '../../../../tools/debugger/cli/interpreter.js';
import { splitOutside } from '../../../../tools/debugger/cli/value-commands.js';

test('no name is of two commands', () => {
  const names = COMMANDS.flatMap(namesOf);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test.each([
  ['c', 'continue', ''],
  ['  step   3 ', 'step', '3'],
  ['stepi', 'step', ''],
  ['n', 'next', ''],
  ['reverse-c', 'reverse-continue', ''],
  ['rc', 'reverse-continue', ''],
  ['x/8x A:track.flags[17]', 'x', '/8x A:track.flags[17]'],
  ['h lock', 'help', 'lock'],
  ['? lock', 'help', 'lock'],
  ['undis 2', 'undisplay', '2'],
  ['time -20us', 'time', '-20us'],
])('%j is %s', (line, name, rest) => {
  const parsed = parseLine(line);
  expect([parsed?.command.name, parsed?.rest]).toEqual([name, rest]);
});

test.each(['', '   ', '# step', '  # step'])('%j does nothing', (line) => expect(parseLine(line)).toBeUndefined());

test.each([
  ['re 3', '"re" may be release, reverse-step, reverse-next, reverse-finish, reverse-continue'],
  ['brake', 'there is no command "brake"; did you mean "break"?'],
  ['frobnicate', 'there is no command "frobnicate"; help lists them'],
  ['3', 'there is no command "3"; help lists them'],
  ['step3', 'there is no command "step3"'],
  ['/8x', 'there is no command ""; help lists them'],
])('%j is refused', (line, said) => expect(() => parseLine(line)).toThrow(said));

test('help lists every command', () => {
  const lines = commandList(GROUPS);
  for (const { name, help } of COMMANDS)
    expect(lines.filter((line) => line.startsWith(`  ${name} `) && line.includes(help))).toHaveLength(1);
});

test('help has every command, instruction, kind of message, table and field', () => {
  const names = [
    ...COMMANDS.flatMap(namesOf),
    ...INSTRUCTIONS.map(({ name }) => name),
    ...KINDS.slice(1).map(({ name }) => name),
    ...TABLE_LIST.flatMap(({ name, fields }) => [name, ...[...fields.keys()].map((field) => `${name}.${field}`)]),
  ];
  for (const name of names) expect(helpOn(name, GROUPS).length, name).toBeGreaterThan(1);
});

test.each([
  ['br.ne', 'br.ne x, #n, label    instruction of every role, 1 cycle'],
  ['WRITE', 'WRITE (volume, track, span, at, flags)    message from channel to data, answered by WRITTEN'],
  ['track.gen', 'track.gen    64 bits at word 0 of the record; owner data, read by disk; battery'],
  ['commit', 'commit    hook of a recipe; must not wait; holds lock'],
  ['#M2_INV', '#M2_INV = 32    constant'],
  ['b', 'break WHERE [on ARRAY] [if EXPRESSION] [ignore N]    command; also b'],
])('help %s', (word, line) => expect(helpOn(word, GROUPS)).toContain(line));

test.each([
  ['track.gne', 'table track has no field gne; it has gen, flags, time'],
  ['WRITEN', 'there is no command "WRITEN"; help lists them'],
])('help %s is refused', (word, said) => expect(() => helpOn(word, GROUPS)).toThrow(said));

test('expressions are parted at commas outside brackets and quotes', () => {
  expect(splitOutside('a, b[c, d], "e, f" ,(g,h)', /,/)).toEqual(['a', 'b[c, d]', '"e, f"', '(g,h)']);
});
