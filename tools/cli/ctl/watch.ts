/** `ctl pairs --watch`: a look each second, and from two of them how fast what is owed goes over. */
import type { PairView } from '../../../firmware/runtime/live/system.js';
import { groupsText } from './groups-text.js';
import { bytes, pairCells, table } from './text.js';

const PERIOD_MS = 1000;

/** One look at the pairs. */
export interface Look {
  readonly time_ms: number;
  readonly pairs: readonly PairView[];
}

/** A pair with how its copy comes on. Null: not known yet, or nothing goes over. */
export interface WatchedPair extends PairView {
  /** By which `owedBytes` went down, a second; hosts that write hold it back. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** @param before the look that it is counted from; undefined: there is none yet. */
export function watched(now: Look, before: Look | undefined): WatchedPair[] {
  return now.pairs.map((pair) => {
    const then = before?.pairs.find(({ primary }) => primary === pair.primary);
    const seconds = before ? (now.time_ms - before.time_ms) / 1000 : 0;
    const gone = then ? then.owedBytes - pair.owedBytes : 0;
    const bytesPerSecond = gone > 0 && seconds > 0 ? Math.round(gone / seconds) : null;
    const secondsLeft = pair.owedBytes === 0 ? 0 : bytesPerSecond && pair.owedBytes / bytesPerSecond;
    return { ...pair, bytesPerSecond, secondsLeft: secondsLeft === null ? null : Math.ceil(secondsLeft) };
  });
}

export function watchText(pairs: readonly WatchedPair[]): string {
  const rows = pairs.map((pair) => {
    const { owedBytes, bytesPerSecond, secondsLeft } = pair;
    return [
      ...pairCells(pair),
      bytes(owedBytes),
      bytesPerSecond === null ? '-' : (bytesPerSecond / 1e6).toFixed(1),
      owedBytes === 0 ? '-' : secondsLeft === null ? 'unknown' : duration(secondsLeft),
    ];
  });
  const head = ['PRIMARY', 'SECONDARY', 'STATE', 'SERVES', 'OWED TRACKS', 'OWED', 'MB/S', 'LEFT'];
  return `${table(head, rows)}${groupsText(pairs)}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Looks until SIGINT or SIGTERM. Errors: those of the first look; a later one that fails is told, and looked for again. */
export async function watchPairs(
  look: () => Promise<readonly PairView[]>,
  show: (pairs: readonly WatchedPair[]) => void,
  complain: (error: Error) => void,
): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  let before: Look | undefined;
  try {
    while (!ended.signal.aborted) {
      const begun_ms = performance.now();
      try {
        const now = { time_ms: begun_ms, pairs: await look() };
        if (ended.signal.aborted) break;
        show(watched(now, before));
        before = now;
      } catch (error) {
        if (before === undefined) throw error;
        if (!ended.signal.aborted) complain(error as Error);
      }
      await pause(begun_ms + PERIOD_MS - performance.now(), ended.signal);
    }
  } finally {
    process.removeListener('SIGINT', end).removeListener('SIGTERM', end);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, Math.max(0, ms));
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
