/** Commands about values: print, display, set, memory. */
import type { Value } from '../../../firmware/runtime/machine/debug/target.js';
import type { Command } from './command.js';
import type { Session } from './session.js';
import { CommandError, countOf } from './words.js';

/** Pieces between the `separator`s that stand in no brackets and no quotes. */
export function splitOutside(text: string, separator: RegExp): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let from = 0;
  const sought = new RegExp(separator.source, 'y');
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] as string;
    if (letter === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if ('([{'.includes(letter)) depth++;
    if (')]}'.includes(letter)) depth--;
    sought.lastIndex = i;
    const found = depth === 0 ? sought.exec(text) : null;
    if (!found) continue;
    pieces.push(text.slice(from, i).trim());
    i += found[0].length - 1;
    from = i + 1;
  }
  return [...pieces, text.slice(from).trim()];
}

const evaluate = (session: Session, text: string): Promise<Value> =>
  session.ask('evaluate', { text, ...session.ofTask });

function sayValue(session: Session, text: string, value: Value): void {
  session.say(`${text} = ${value.text}`);
  for (const part of value.parts ?? []) session.say(`  ${part.name} = ${part.text}`);
}

async function print(session: Session, rest: string): Promise<void> {
  if (rest === '') throw new CommandError('print what? for example: print t, M2 A:data0:17, A:pair.state[data0]');
  for (const text of splitOutside(rest, /,/)) {
    if (text === '') throw new CommandError(`an expression is missing in "${rest}"`);
    sayValue(session, text, await evaluate(session, text));
  }
}

async function assign(session: Session, rest: string): Promise<void> {
  const [text = '', value = '', ...more] = splitOutside(rest, /(?<![=!<>])=(?!=)/);
  if (text === '' || value === '' || more.length > 0)
    throw new CommandError(`set ${rest}: it must be EXPRESSION = VALUE`);
  sayValue(session, text, await session.ask('assign', { text, value, ...session.ofTask }));
}

async function display(session: Session, rest: string): Promise<void> {
  if (rest === '') return session.sayDisplays();
  const value = await evaluate(session, rest);
  session.say(`${session.displays.add(rest)}: ${rest} = ${value.text}`);
}

const WORD_BYTES = 4;
const MOST = 4096;
const FORMATS = {
  x: { bytes: WORD_BYTES, each: 4, text: (n: number) => `0x${n.toString(16).padStart(8, '0')}` },
  d: { bytes: WORD_BYTES, each: 4, text: (n: number) => String(n | 0).padStart(11) },
  u: { bytes: WORD_BYTES, each: 4, text: (n: number) => String(n).padStart(10) },
  b: { bytes: 1, each: 16, text: (n: number) => n.toString(16).padStart(2, '0') },
} as const;

/** Array and byte that a person means: `0x1200`, of the current array; `A:0x1200`; or where a field stands. */
async function addressOf(session: Session, text: string): Promise<{ readonly array: number; readonly byte: number }> {
  const [, name, address] = /^(?:([A-Za-z]\w*):)?(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.exec(text) ?? [];
  if (address === undefined) {
    const { at } = await evaluate(session, text);
    if (at === undefined) throw new CommandError(`${text} does not stand in memory`);
    return { array: at.array, byte: at.word * WORD_BYTES };
  }
  const { arrays } = session.about;
  const array = name === undefined ? (session.task?.array ?? 0) : arrays.findIndex((one) => one.name === name);
  if (array < 0)
    throw new CommandError(`there is no array "${name}"; there are ${arrays.map((one) => one.name).join(', ')}`);
  return { array, byte: Number(address) };
}

async function examine(session: Session, rest: string): Promise<void> {
  const [, count = '1', letter = 'x', where = ''] = /^(?:\/(\d*)([a-z]?)\s+)?(.*)$/.exec(rest) ?? [];
  const format = FORMATS[(letter || 'x') as keyof typeof FORMATS];
  if (!format) throw new CommandError(`the format is "${letter}"; it must be x, d, u (words) or b (bytes)`);
  const wanted = countOf(count || '1', 'N');
  if (wanted > MOST) throw new CommandError(`N is ${wanted}; ${MOST} is the most`);
  if (where === '') throw new CommandError('examine what? for example: x/8x A:track.flags[17], x/64b A:0x1200');
  const { array, byte } = await addressOf(session, where);
  const size = session.about.arrays[array]?.bytes ?? 0;
  if (byte % format.bytes !== 0 || byte + wanted * format.bytes > size)
    throw new CommandError(
      `${wanted} from byte ${byte} on: array ${session.about.arrays[array]?.name} has ${size} bytes; words begin at multiples of ${WORD_BYTES}`,
    );
  const bytes = Buffer.from(await session.ask('memory', { array, byte, bytes: wanted * format.bytes }), 'base64');
  for (let i = 0; i < wanted; i += format.each) {
    const cells: string[] = [];
    for (let j = i; j < Math.min(wanted, i + format.each); j++)
      cells.push(format.text(format.bytes === 1 ? bytes.readUInt8(j) : bytes.readUInt32LE(j * WORD_BYTES)));
    const address = (byte + i * format.bytes).toString(16).padStart(8, '0');
    session.say(`${session.about.arrays[array]?.name}:0x${address}  ${cells.join(' ')}`);
  }
}

export const VALUE_COMMANDS: readonly Command[] = [
  {
    name: 'print',
    aliases: ['p'],
    takes: 'EXPRESSION[, …]',
    help: 'registers by name, fields, flags',
    more: 'For example: print t, M2 A:data0:17, A:pair.state[data0], track.gen[t]',
    run: print,
  },
  {
    name: 'x',
    takes: '[/NF] ADDRESS|FIELD',
    help: 'memory from there on: N words as x (hexadecimal), d, u, or N bytes as b',
    more: 'For example: x/8x A:track.flags[17], x/64b A:0x1200 (an address counts bytes)',
    run: examine,
  },
  {
    name: 'set',
    takes: 'EXPRESSION = VALUE',
    help: 'change a register, a field or a flag',
    needs: 'write',
    run: assign,
  },
  { name: 'display', takes: '[EXPRESSION]', help: 'show this at each stop; all, now', run: display },
  {
    name: 'undisplay',
    takes: '[N]',
    help: 'show it no more; all',
    run: (session, rest) => session.displays.remove(rest === '' ? undefined : countOf(rest, 'N')),
  },
];
