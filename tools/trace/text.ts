/** Events of a trace as people read them, a line each, and as JSON. */
import { type TraceEvent, taskName } from './events.js';
import type { Place } from './places.js';

/** `12.345 µs` of the clock, without the unit. */
export const microseconds = (ns: number): string => (ns / 1000).toFixed(3);

export const placeText = ({ file, line, scope }: Place): string => `${file}:${line} (${scope})`;

/** `at write.uc:12 (WRITE)`, or nothing. */
const at = ({ place }: TraceEvent): string => (place ? ` at ${placeText(place)}` : '');

const fieldsText = (fields: Readonly<Record<string, number>>): string =>
  Object.entries(fields)
    .map(([name, value]) => ` ${name}=${value}`)
    .join('');

/** What an event says, without when and where it was. */
export function saidOf(event: TraceEvent): string {
  const { what, place, message, flags, owes, starts, end, text } = event;
  switch (what) {
    case 'RUNS': {
      const why = starts !== undefined ? ` on ${starts}` : '';
      const owed = owes && owes.kind !== starts ? `, owes ${owes.to} an answer to ${owes.kind}` : '';
      return `runs from ${place ? placeText(place) : '?'}${why}${owed}`;
    }
    case 'GIVES_UP':
      return `${end?.how}${end?.awaits ? ` for ${end.awaits}` : ''}${at(event)} after ${end?.operations}`;
    case 'TAKES':
      return `takes ${message?.kind} from ${message?.other}${fieldsText(message?.fields ?? {})}`;
    case 'SENDS':
      return `sends ${message?.kind} to ${message?.other}${fieldsText(message?.fields ?? {})}${at(event)}`;
    case 'FLAGS': {
      const changes = [...(flags?.set ?? []).map((f) => `+${f}`), ...(flags?.cleared ?? []).map((f) => `-${f}`)];
      return `${flags?.track} ${changes.join(' ')} (${flags?.flags.join(' ') || 'none'})${at(event)}`;
    }
    case 'FAULT':
      return `FAULT ${text}${at(event)}`;
    default:
      return text ?? '';
  }
}

/** @param zero_ns when time begins. */
export function lineOf(event: TraceEvent, zero_ns: number): string {
  const { time_ns, array, role, director, task } = event;
  // What is said to all of a director is of none of its roles.
  const who = `${array}.${role === 'service' ? director : role}`.padEnd(11);
  return `${microseconds(time_ns - zero_ns).padStart(14)} ${who} ${(task === 0 ? '-' : taskName(task)).padEnd(8)} ${saidOf(event)}`;
}

/** Its line of JSON. */
export function jsonOf(event: TraceEvent, zero_ns: number): string {
  const { what, time_ns, array, role, director, task, place, message, flags, owes, starts, end, text } = event;
  return JSON.stringify({
    time_ns: time_ns - zero_ns,
    array,
    role,
    director,
    ...(task !== 0 && { task: taskName(task) }),
    what: what.toLowerCase(),
    ...(place && { place }),
    ...(message && { message }),
    ...(flags && { flags }),
    ...(owes && { owes }),
    ...(starts !== undefined && { starts }),
    ...end,
    ...(text !== undefined && { text }),
  });
}
