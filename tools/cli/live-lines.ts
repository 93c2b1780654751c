/** What `serve` shows on a terminal: a line for each array, link and pair, renewed in place. */

import { volumeOfPair } from '../../firmware/runtime/live/pair-names.js';
import type {
  ArrayView,
  FlagCounts,
  LinkView,
  PairView,
  ServedSystem,
  TracksView,
} from '../../firmware/runtime/live/system.js';
import { arrayOf } from '../../firmware/service/http/names.js';

const PERIOD_MS = 1000;
const COLUMNS = 80;
const ROWS = 24;

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_REST_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const up = (lines: number): string => (lines === 0 ? '' : `\x1b[${lines}A`);

/** The system at one moment. */
export interface Sample {
  readonly time_ms: number;
  readonly arrays: readonly ArrayView[];
  readonly links: readonly LinkView[];
  /** With the tracks by the list of the array that is named first; undefined: they cannot be had now. */
  readonly pairs: readonly { readonly view: PairView; readonly own?: string; readonly tracks?: TracksView }[];
}

/**
 * @param before the sample that rates are counted from; undefined: there is none yet.
 * @param columns no line is longer.
 */
export function renderLines(now: Sample, before: Sample | undefined, columns: number): string[] {
  const width = Math.max(0, ...now.arrays.map((a) => a.name.length), ...now.links.map((l) => l.name.length));
  const lines = [
    ...now.arrays.map((array) => arrayLine(array, now, before, width)),
    ...now.links.map((link) => linkLine(link, width)),
    ...now.pairs.map(pairLine),
  ];
  return lines.map((line) => (line.length > columns ? `${line.slice(0, Math.max(0, columns - 1))}…` : line));
}

function arrayLine(array: ArrayView, now: Sample, before: Sample | undefined, width: number): string {
  const name = `array ${array.name.padEnd(width)}`;
  const dead = array.directors.filter((d) => d.state === 'dead');
  const deaths = dead.length === 0 ? '' : `  dead: ${dead.map((d) => d.roles.join('+')).join(', ')}`;
  if (array.power === 'off') return `${name}  off`;
  const then = before?.arrays.find((a) => a.name === array.name)?.meter;
  const seconds = before ? (now.time_ms - before.time_ms) / 1000 : 0;
  const rate = (key: keyof ArrayView['meter']): number => {
    const value = array.meter[key];
    if (!then || seconds <= 0) return 0;
    // Less than before: the array was started anew, and counts from there.
    return (value < then[key] ? value : value - then[key]) / seconds;
  };
  const per = (n: number): string => Math.round(n).toLocaleString('en-US').padStart(9);
  const megabytes = ((rate('read_bytes') + rate('written_bytes')) / 1e6).toFixed(1).padStart(8);
  return `${name}  on   ${per(rate('reads'))} reads/s ${per(rate('writes'))} writes/s ${megabytes} MB/s${deaths}`;
}

function linkLine({ name, state, ends }: LinkView, width: number): string {
  const why = ends.flatMap(({ array, reason }) => (reason === undefined ? [] : [`${array}: ${reason}`]));
  return `link  ${name.padEnd(width)}  ${state}${why.length === 0 ? '' : `  ${why.join('; ')}`}`;
}

function pairLine({ view, own, tracks }: Sample['pairs'][number]): string {
  const arrays = [view.primary, view.secondary].map(arrayOf);
  const serves = view.serves === null ? 'nobody serves' : `${view.serves} serves`;
  const marks = own === undefined || tracks === undefined ? '' : `  ${marksText(own, tracks, arrays)}`;
  return `pair  ${view.primary} ${view.secondary}  ${view.state}  ${serves}  owes ${view.owedTracks}${marks}`;
}

/** Tracks marked: M1 speaks of the copy of the array whose list it is, M2 of the other's. */
function marksText(own: string, tracks: TracksView, arrays: readonly string[]): string {
  const flags = Object.entries(tracks).filter(
    (e): e is [string, FlagCounts] => typeof e[1] === 'object' && arrays.includes(e[0]),
  );
  const ordered = [...flags.filter(([array]) => array === own), ...flags.filter(([array]) => array !== own)];
  const texts = ordered.map(([array, { writePending, formatPending, invalid }], i) => {
    return `M${i + 1}(${array}) ${writePending + formatPending + invalid}`;
  });
  return texts.join('  ');
}

async function sample(system: ServedSystem): Promise<Sample> {
  const views = await system.pairs().catch(() => []);
  const here = system.arrays.map((a) => a.name);
  const pairs = await Promise.all(
    views.map(async (view) => {
      const ends = [volumeOfPair(view.primary), view.secondary];
      const volume = ends.find((v) => arrayOf(v) === view.serves && here.includes(arrayOf(v)));
      const near = volume ?? ends.find((v) => here.includes(arrayOf(v)));
      if (near === undefined) return { view };
      const tracks = await system.tracks(near).catch(() => undefined);
      return { view, own: arrayOf(near), ...(tracks && { tracks }) };
    }),
  );
  return { time_ms: performance.now(), arrays: system.arrays, links: system.links, pairs };
}

/** Draws every second, in one write, until `stop`. Not a terminal: draws nothing. Keeps no process alive. */
export function startLiveLines(system: ServedSystem, out: NodeJS.WriteStream): { stop(): void } {
  if (!out.isTTY) return { stop: () => undefined };
  let drawn = 0;
  let before: Sample | undefined;
  let isStopped = false;
  let isBusy = false;
  const draw = async (): Promise<void> => {
    // A system that takes longer to look than a period is not asked twice at once.
    if (isBusy || isStopped) return;
    isBusy = true;
    const now = await sample(system).finally(() => {
      isBusy = false;
    });
    if (isStopped) return;
    const lines = renderLines(now, before, out.columns || COLUMNS).slice(0, Math.max(1, (out.rows || ROWS) - 1));
    out.write(`\r${up(drawn)}${lines.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('')}${CLEAR_BELOW}`);
    drawn = lines.length;
    before = now;
  };
  const showCursor = (): void => void out.write(SHOW_CURSOR);
  // Also when the process ends in a hurry.
  process.once('exit', showCursor);
  out.write(HIDE_CURSOR);
  const timer = setInterval(() => void draw(), PERIOD_MS);
  timer.unref();
  void draw();
  return {
    stop: () => {
      if (isStopped) return;
      isStopped = true;
      clearInterval(timer);
      process.removeListener('exit', showCursor);
      showCursor();
    },
  };
}
