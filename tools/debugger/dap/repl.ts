/** What may be typed at the debug console beside expressions: `info WHAT …`, `when PLACE`, `set PLACE = VALUE`. */
import {
  type Change,
  LOOKS,
  type Look,
  type Table,
  type TaskRef,
} from '../../../firmware/runtime/machine/debug/target.js';
import type { Context } from './context.js';
import { patiently } from './running.js';

const HELP = `an expression: a register (t), a field (track.flags[t]), flags of a track (M2 A:data0:17), A:pair.state[data0]
info ${LOOKS.join('|')} [OF WHAT]
when PLACE: its last change before now
set PLACE = VALUE`;

/** As columns. */
function tableText({ columns, rows }: Table): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function changeText({ what, before, after, place, moment }: Change): string {
  const who = place ? `${place.array}.${place.role} at ${place.file}:${place.line}, ${place.scope}` : 'no microcode';
  return `${what}: ${before} -> ${after} by ${who}, at ${moment.time_ns} ns, operation ${moment.operations}`;
}

/** What a command says; undefined: the text is an expression. Errors: RangeError for a command that is not understood. */
export async function command(context: Context, text: string, task?: TaskRef): Promise<string | undefined> {
  const { target, about } = context.standing;
  const [, word = '', rest = ''] = /^(help|info|when|set)(?:\s+(.*))?$/s.exec(text) ?? [];
  if (word === 'help') return HELP;
  if (word === 'info') {
    const [what = '', ...words] = rest.split(/\s+/);
    if (!(LOOKS as readonly string[]).includes(what))
      throw new RangeError(`info "${what}"; there are ${LOOKS.join(', ')}`);
    return tableText(await target.ask('look', { what: what as Look, words, task }));
  }
  if (word === 'when') {
    if (!about.can.back) throw new RangeError('when: only a simulated run can be looked at backwards');
    const change = await patiently(context, `when ${rest}`, () => target.ask('when', { what: rest, task }));
    return change ? changeText(change) : `${rest} did not change before`;
  }
  if (word === 'set') {
    const [, place = '', value = ''] = /^(.*?\S)\s*=\s*(\S.*)$/.exec(rest) ?? [];
    if (place === '') throw new RangeError('set PLACE = VALUE is wanted');
    const now = await target.ask('assign', { text: place, value, task });
    context.changed();
    return now.text;
  }
  return undefined;
}
