/** Two traces' first differences as people read them. */
import type { Image } from '../../firmware/engine/image.js';
import type { TraceFile } from '../../firmware/service/dump/trace-file.js';
import { isSameCode } from './alignment.js';
import { type DirectorDiff, isDifferent } from './diff.js';
import type { TraceEvent } from './events.js';
import type { SourceTexts } from './sources.js';
import { lineOf, microseconds } from './text.js';

export interface Sides {
  /** When time begins in each. */
  readonly zeros_ns: readonly [number, number];
  readonly texts: SourceTexts;
}

/** What they are, then each difference with what was the same before it, then what does not differ. */
export function diffText(a: TraceFile, b: TraceFile, diffs: readonly DirectorDiff[], sides: Sides): string {
  const changed = diffs.filter(isDifferent);
  const lines = [`< ${whatOf(a)}`, `> ${whatOf(b)}`, ...imagesText(a, b)];
  for (const [i, diff] of changed.entries()) lines.push('', ...differenceText(diff, i === 0, sides));
  const same = diffs.filter((diff) => !isDifferent(diff));
  if (same.length > 0) lines.push('');
  for (const diff of same)
    lines.push(`${diff.director}: all ${diff.same} records are the same`, ...paceText(diff, sides));
  lines.push(changed.length === 0 ? 'no difference' : `${changed.length} of ${diffs.length} directors differ`);
  return `${lines.join('\n')}\n`;
}

const whatOf = ({ name, head, tail }: TraceFile): string =>
  `${name}: ${head.run?.command ?? `rig ${head.rig}`}${tail.hash === undefined ? '' : ` (${tail.hash})`}`;

/** Roles whose images are others. */
function imagesText(a: TraceFile, b: TraceFile): string[] {
  const crc = (image: Image): string => image.crc.toString(16).padStart(8, '0');
  return a.images.flatMap((image) => {
    const others = b.images.filter(({ role }) => role === image.role);
    if (others.length === 0 || others.some((other) => isSameCode(image, other))) return [];
    const [crcs, verb] = [others.map(crc).join(' or '), `the ${image.role} role runs image`];
    return [`  ${verb} ${crc(image)} in the first, ${crcs} in the second`];
  });
}

function differenceText(diff: DirectorDiff, isFirst: boolean, sides: Sides): string[] {
  const { director, same, unknown, counts, before, first } = diff;
  const lost = unknown > 0 ? `, after ${unknown} that are not kept` : '';
  const least = first.flatMap((e, i) => (e ? [e.time_ns - (sides.zeros_ns[i] as number)] : []));
  const lines = [
    `${director}: ${same} records are the same${lost}; then, at ${microseconds(Math.min(...least))} µs${isFirst ? ', the first difference of all' : ''}`,
    ...paceText(diff, sides),
    ...before.map((event) => `    ${lineOf(event, sides.zeros_ns[0])}`),
  ];
  for (const [i, event] of first.entries()) {
    const sign = i === 0 ? '<' : '>';
    if (event) lines.push(...eventText(event, sign, sides.zeros_ns[i] as number, sides.texts));
    else lines.push(`  ${sign}  ends here, after ${counts[i]} records`);
  }
  return lines;
}

function eventText(event: TraceEvent, sign: string, zero_ns: number, texts: SourceTexts): string[] {
  const { place, image } = event;
  const line = `  ${sign} ${lineOf(event, zero_ns)}`;
  if (!place || !image) return [line];
  return [line, `  ${sign}   ${place.file}:${place.line}:  ${texts.at(image, place)}`];
}

function paceText({ time, pace }: DirectorDiff, { zeros_ns: [a, b] }: Sides): string[] {
  const lines: string[] = [];
  if (time)
    lines.push(
      `    times are others before: first ${microseconds(time[0].time_ns - a)} µs and ${microseconds(time[1].time_ns - b)} µs, ${lineOf(time[0], a).trim()}`,
    );
  if (pace)
    lines.push(
      `    turns are of other lengths before: first ${pace[0].end?.operations} and ${pace[1].end?.operations} micro-operations, ${lineOf(pace[0], a).trim()}`,
    );
  return lines;
}
