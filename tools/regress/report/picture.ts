/** A run over virtual time, as SVG: levels of each array as lines, states as bands, all over one axis. */
import type { Level, Samples } from '../sampler.js';
import { attribute, escaped } from './markup.js';

const WIDTH = 760;
const LEFT = 128;
const RIGHT = 16;
const PLOT = WIDTH - LEFT - RIGHT;
const TOP = 26;
const PANEL = 62;
const PANEL_GAP = 14;
const BAND = 17;
const BAND_GAP = 4;
const AXIS = 30;
/** A letter of a band's word, about. */
const LETTER = 6.4;

const TITLES: Readonly<Record<Level, readonly [string, string]>> = {
  m1: ['tracks with M1', 'own copy'],
  m2: ['tracks with M2', 'other copy'],
  pending: ['write pending', 'slots'],
  rings: ['in rings', 'messages'],
  received: ['link bytes', 'as they come'],
};

const round = (n: number): string => String(Math.round(n * 10) / 10);

/** @param failed_us where the violation is marked. */
export function pictureOf(samples: Samples, failed_us: number): string {
  const { from_us, to_us, bands, arrays } = samples;
  const x = (us: number): number => LEFT + (PLOT * (us - from_us)) / Math.max(1, to_us - from_us);
  const levels = Object.keys(TITLES) as Level[];
  const panels = levels.map((level, i) => panel(samples, level, TOP + i * (PANEL + PANEL_GAP), x));
  const bandsAt = TOP + levels.length * (PANEL + PANEL_GAP);
  const rows = bands.map((_, i) => band(samples, i, bandsAt + i * (BAND + BAND_GAP), x));
  const bottom = bandsAt + bands.length * (BAND + BAND_GAP);
  const marked = failed_us >= from_us && failed_us <= to_us;
  const said = `from ${ms(from_us)} to ${ms(to_us)}: flags, write-pending slots, messages in rings, link bytes and states of ${arrays.join(' and ')}`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${round(bottom + AXIS)}" role="img" aria-label="${attribute(said)}">`,
    ticks(from_us, to_us, x, bottom),
    ...panels,
    ...rows,
    marked ? marker(x(failed_us), failed_us, bottom) : '',
    '</svg>',
  ].join('');
}

const ms = (us: number): string => `${Math.round(us) / 1000} ms`;

function marker(x: number, us: number, bottom: number): string {
  const anchor = x > WIDTH - 120 ? 'end' : x < LEFT + 80 ? 'start' : 'middle';
  return `<line class="mark" x1="${round(x)}" x2="${round(x)}" y1="${TOP - 6}" y2="${bottom}"/><text class="marked" x="${round(x)}" y="${TOP - 12}" text-anchor="${anchor}">violation at ${us} µs</text>`;
}

/** Ticks at 1, 2 or 5 times a power of ten, eight at most. */
function ticks(from_us: number, to_us: number, x: (us: number) => number, bottom: number): string {
  const length = Math.max(1, to_us - from_us);
  let step = 1;
  for (let i = 0; length / step > 8; i++) step *= i % 3 === 1 ? 2.5 : 2;
  let out = '';
  for (let us = Math.ceil(from_us / step) * step; us <= to_us; us += step) {
    const at = round(x(us));
    out += `<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${bottom}"/><text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${ms(us)}</text>`;
  }
  return out;
}

function panel(samples: Samples, level: Level, y: number, x: (us: number) => number): string {
  const values = samples.levels[level];
  const most = Math.max(1, ...values.flat());
  const height = (n: number): number => y + PANEL - (PANEL * n) / most;
  const [title, unit] = TITLES[level];
  const draw = level === 'received' ? impulses : steps;
  const lines = values.map(
    (list, a) =>
      `<path class="line${draw === steps ? ' step' : ''} a${a % 2}" d="${draw(samples.times_us, list, x, height, a)}"/>`,
  );
  return [
    `<rect class="panel" x="${LEFT}" y="${y}" width="${PLOT}" height="${PANEL}"/>`,
    `<text class="title" x="0" y="${y + 22}">${escaped(title)}</text><text class="tick" x="0" y="${y + 38}">${escaped(unit)}</text>`,
    `<text class="tick" x="${LEFT - 6}" y="${y + 10}" text-anchor="end">${most}</text><text class="tick" x="${LEFT - 6}" y="${y + PANEL}" text-anchor="end">0</text>`,
    ...lines,
  ].join('');
}

type Draw = (
  times_us: readonly number[],
  values: readonly number[],
  x: (us: number) => number,
  y: (n: number) => number,
  array: number,
) => string;

/** A level stays as it is until the next sample. */
const steps: Draw = (times_us, values, x, y) => {
  let path = '';
  let last: number | undefined;
  for (const [i, value] of values.entries()) {
    const at = round(x(times_us[i] as number));
    if (last === undefined) path += `M${at} ${round(y(value))}`;
    else if (value !== last) path += `H${at}V${round(y(value))}`;
    last = value;
  }
  const end = times_us.at(-1);
  return end === undefined ? path : `${path}H${round(x(end))}`;
};

/** What came since the sample before stands at each; those of two arrays beside each other. */
const impulses: Draw = (times_us, values, x, y, array) => {
  let path = '';
  for (const [i, value] of values.entries()) {
    if (value > 0) path += `M${round(x(times_us[i] as number) + array)} ${round(y(0))}V${round(y(value))}`;
  }
  return path;
};

function band(samples: Samples, number: number, y: number, x: (us: number) => number): string {
  const { name, words } = samples.bands[number] as Samples['bands'][number];
  const { times_us, to_us } = samples;
  let out = `<text class="tick" x="${LEFT - 6}" y="${y + 12}" text-anchor="end">${escaped(name)}</text>`;
  for (let i = 0; i < words.length; ) {
    let next = i + 1;
    while (next < words.length && words[next] === words[i]) next++;
    const word = words[i] as string;
    const from = x(times_us[i] as number);
    const width = x(next < words.length ? (times_us[next] as number) : to_us) - from;
    const text =
      width > word.length * LETTER + 4
        ? `<text class="word" x="${round(from + 4)}" y="${y + 12.5}">${escaped(word)}</text>`
        : '';
    out += `<g class="band ${bandClass(word)}"><title>${escaped(`${name}: ${word} from ${ms(times_us[i] as number)}`)}</title><rect x="${round(from)}" y="${y}" width="${round(Math.max(width, 0.5))}" height="${BAND}"/>${text}</g>`;
    i = next;
  }
  return out;
}

/** Both sides have it; on the way there; apart. */
const CLASSES: Readonly<Record<string, string>> = {
  on: 'good',
  up: 'good',
  PAIR: 'good',
  COPY: 'half',
  off: 'bad',
  down: 'bad',
};
const bandClass = (word: string): string => CLASSES[word] ?? 'other';
