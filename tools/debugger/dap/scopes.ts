/** What stands beside a frame: the registers of its task, the records that they name, its director, its array. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { ROLES, TASK_CLASSES } from '../../../firmware/ports/messages.js';
import type { RegisterView, TaskRef } from '../../../firmware/runtime/machine/debug/target.js';
import type { Debuggee } from './debuggee.js';
import type { FrameOf } from './threads.js';
import type { Holder, Variables } from './variables.js';

/** Records that a frame is about, by the registers that the source calls so there. `$volume`: that register. */
const RECORDS = [
  { name: 'Slot', records: ['slot[$slot]', 'entry[$slot]'] },
  {
    name: 'Track',
    records: ['track[volume.track_base[$volume] + $track]', 'lock[volume.track_base[$volume] + $track]'],
  },
  { name: 'Volume', records: ['volume[$volume]'] },
  { name: 'Pair', records: ['pair[$pair]', 'session[$pair]'] },
] as const;

/** With registers by number, as callers have other names for them; undefined: the frame has none of such a name. */
function ofFrame(text: string, registers: readonly RegisterView[]): string | undefined {
  let isWhole = true;
  const said = text.replace(/\$(\w+)/g, (_, wanted: string) => {
    const register = registers.find(({ name }) => name.split(', ').includes(wanted));
    isWhole &&= register !== undefined;
    return `r${register?.number}`;
  });
  return isWhole ? said : undefined;
}

/** Those that there are: a register may hold something else by now, or -1 for none. */
async function existing({ target }: Debuggee, texts: readonly string[], task: TaskRef): Promise<string[]> {
  const found: string[] = [];
  for (const text of texts) {
    try {
      await target.ask('evaluate', { text, task });
      found.push(text);
    } catch {
      // No such record: it is not shown.
    }
  }
  return found;
}

/** What waits for a role, and what it sent that waits for others. */
async function queues(it: Debuggee, task: TaskRef): Promise<{ name: string; expression: string }[]> {
  const array = it.arrays[task.array] as string;
  const role = ROLES[task.role] as string;
  const others = ROLES.flatMap((other) => [`ring(${array}, ${other}, ${role})`, `ring(${array}, ${role}, ${other})`]);
  const backlogs = TASK_CLASSES.map((of) => `backlog(${array}, ${role}, ${of})`);
  const all = await existing(it, [...new Set([...backlogs, ...others])], task);
  return all.map((expression) => ({ name: expression, expression }));
}

export async function scopesOf(it: Debuggee, variables: Variables, at: FrameOf): Promise<DebugProtocol.Scope[]> {
  const { task, frame } = at;
  const { name: array, volumes } = it.about.arrays[task.array] as { name: string; volumes: readonly string[] };
  const registers = await it.target.ask('registers', { task, frame });
  const scope = (name: string, holder: Holder, expensive = false): DebugProtocol.Scope => ({
    name,
    variablesReference: variables.reference(holder),
    expensive,
  });
  const scopes: DebugProtocol.Scope[] = [{ ...scope('Task', { task, frame }), presentationHint: 'registers' }];
  for (const { name, records } of RECORDS) {
    const texts = records.flatMap((text) => ofFrame(text, registers) ?? []);
    const found = await existing(it, texts, task);
    if (found.length > 0) scopes.push(scope(name, { records: found, task }));
  }
  const director = { records: [`${array}:node[${at.place.role}]`], named: await queues(it, task) };
  const named = volumes.flatMap((volume) =>
    ['volume', 'pair', 'session'].map((table) => ({
      name: `${table} ${volume}`,
      expression: `${array}:${table}[${volume}]`,
    })),
  );
  return [
    ...scopes,
    scope('Director', director, true),
    scope('Array', { records: [`${array}:system[0]`], named }, true),
  ];
}
