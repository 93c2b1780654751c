/** Commands that say at what a run stops. */
import type { Place } from '../../../firmware/runtime/machine/debug/target.js';
import { placeText } from './code.js';
import type { Command } from './command.js';
import type { Session } from './session.js';
import { columns } from './style.js';
import { splitBreak, WHERE_HELP, whereOf } from './where.js';
import { CommandError } from './words.js';

/** Each with the directors that have it. */
function placesText(places: readonly Place[]): string[] {
  const who = new Map<string, string[]>();
  for (const place of places) {
    const text = placeText(place);
    who.set(text, [...(who.get(text) ?? []), `${place.array}.${place.role}`]);
  }
  return [...who].map(([text, roles]) => `${text} of ${roles.join(', ')}`);
}

async function add(session: Session, text: string, more: { readonly once?: true; readonly log?: string }) {
  const here = await session.here();
  const line = splitBreak(text, here.arrays);
  const { condition, ignore } = line;
  const state = await session.breaks.add({
    where: whereOf(line, here),
    text,
    ...(condition !== undefined && { condition }),
    ...(ignore !== undefined && { ignore }),
    ...more,
  });
  const places = placesText(state.places);
  const [first = text] = places;
  const name = `${more.log === undefined ? 'break' : 'log'} ${state.id}`;
  session.say(`${name}: ${places.length > 1 ? `${places.length} places` : first}`);
  if (places.length > 1) for (const place of places) session.say(`  ${place}`);
}

async function addLog(session: Session, rest: string): Promise<void> {
  const [, where, log] = /^(.*\S)\s+"([^"]*)"$/.exec(rest) ?? [];
  if (where === undefined || log === undefined)
    throw new CommandError('a text in double quotes must stand at the end: log merged "track {t}"');
  await add(session, where, { log });
}

async function addWatch(session: Session, rest: string): Promise<void> {
  const [, what = rest, condition] = /^(.*?)\s+if\s+(.*)$/.exec(rest) ?? [];
  if (what === '') throw new CommandError('watch what? for example: watch M2 A:data0:17');
  const state = await session.breaks.add({
    where: { on: 'watch', what, ...session.ofTask },
    text: `watch ${rest}`,
    ...(condition !== undefined && { condition }),
  });
  session.say(`break ${state.id}: watch ${what}`);
}

const BREAK: Command = {
  name: 'break',
  aliases: ['b'],
  takes: 'WHERE [on ARRAY] [if EXPRESSION] [ignore N]',
  help: 'stop there',
  more: WHERE_HELP,
  needs: 'run',
  run: (session, rest) => add(session, rest, {}),
};

export const BREAK_COMMANDS: readonly Command[] = [
  BREAK,
  {
    ...BREAK,
    name: 'tbreak',
    aliases: ['tb'],
    help: 'stop there once',
    run: (s, rest) => add(s, rest, { once: true }),
  },
  {
    name: 'log',
    takes: 'WHERE … "TEXT"',
    help: 'say this there, and go on; {EXPRESSION} in it is evaluated',
    more: WHERE_HELP,
    needs: 'run',
    run: addLog,
  },
  {
    name: 'watch',
    aliases: ['w'],
    takes: 'PLACE [if EXPRESSION]',
    help: 'stop when it changes: a flag, a field, a register',
    more: 'For example: watch M2 A:data0:17, watch A:pair.state[data0]',
    needs: 'run',
    run: addWatch,
  },
  {
    name: 'delete',
    aliases: ['d'],
    takes: '[N…]',
    help: 'forget these breaks; all',
    run: (session, rest) => session.breaks.delete(session.breaks.numbers(rest)),
  },
  {
    name: 'enable',
    takes: '[N…]',
    help: 'turn these breaks on; all',
    run: (session, rest) => session.breaks.turn(session.breaks.numbers(rest), true),
  },
  {
    name: 'disable',
    takes: '[N…]',
    help: 'turn these breaks off, and keep them; all',
    run: (session, rest) => session.breaks.turn(session.breaks.numbers(rest), false),
  },
];

/** `info breaks`. */
export async function sayBreaks(session: Session): Promise<void> {
  const states = await session.breaks.states();
  if (states.length === 0) {
    session.say('no breaks');
    return;
  }
  const rows = states.map(({ one, state }) => [
    String(one.id),
    one.log === undefined ? (one.once ? 'once' : 'stops') : 'logs',
    state === undefined ? 'off' : String(state.hits),
    one.log === undefined ? one.text : `${one.text} "${one.log}"`,
    state === undefined ? '' : (state.error ?? placesText(state.places).join('; ')),
  ]);
  for (const line of columns(['BREAK', 'DOES', 'MET', 'AT', 'WHICH IS'], rows)) session.say(line);
}
