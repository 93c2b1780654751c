/** One system that several processes serve, each an array of it: their views as one. */
import { inOrder } from '../../../firmware/runtime/live/journal-groups.js';
import type { GroupView, LinkView, PairView } from '../../../firmware/runtime/live/system.js';
import type { StatusView } from '../../../firmware/service/http/views.js';

export function mergeStatus(views: readonly StatusView[]): StatusView {
  const arrays = views.flatMap((view) => view.arrays);
  const links = mergeAllLinks(views.map((view) => view.links));
  return { rig: views[0].rig, arrays: byName(arrays), links };
}

export function mergeAllLinks(views: readonly (readonly LinkView[])[]): LinkView[] {
  const key = ({ between, number }: LinkView): string => [...between].sort().join(' ') + number;
  const merged = groupBy(views.flat(), key).map(mergeLinks);
  return views.length < 2 ? merged : byName(merged);
}

function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of one link, at least one. */
export function mergeLinks(views: readonly LinkView[]): LinkView {
  const [{ name, number, between }] = views;
  const ends = views.flatMap((view) => view.ends).sort((a, b) => between.indexOf(a.array) - between.indexOf(b.array));
  const states = ends.map((end) => end.state);
  const state = states.every((s) => s === 'up') ? 'up' : states.includes('held') ? 'held' : 'down';
  return { name, number, between, state, ends };
}

/** Of several processes, of which each has the pairs of its own arrays only: by their names. */
export function mergePairs(views: readonly (readonly PairView[])[]): PairView[] {
  const merged = groupBy(views.flat(), (pair) => pair.primary).map(mergePair);
  return views.length < 2 ? merged : merged.sort((a, b) => (a.primary < b.primary ? -1 : 1));
}

/** Texts of Prometheus, each of other arrays, as one: HELP and TYPE of a name stand once, before all of its samples. */
export function mergeMetrics(texts: readonly string[]): string {
  const families = texts.flatMap((text) => text.split(/^(?=# HELP )/m)).filter((family) => family !== '');
  const headOf = (family: string): string => family.split('\n', 2).join('\n');
  return groupBy(families, headOf)
    .map((group) => group.map((family, i) => (i === 0 ? family : family.slice(headOf(family).length + 1))).join(''))
    .join('');
}

/** What the view of a side that serves says counts more than a source's, and that more than any other. */
function weight({ sides, serves }: PairView): number {
  const known = Object.values(sides);
  if (serves !== null) return 3;
  if (known.some((side) => side.role === 'source')) return 2;
  return known.length === 0 ? 0 : 1;
}

const newest = ({ sides }: PairView): number => Math.max(-1, ...Object.values(sides).map((side) => side.epoch));

function mergePair(views: readonly PairView[]): PairView {
  const [first] = [...views].sort((a, b) => weight(b) - weight(a) || newest(b) - newest(a));
  const entries = views.flatMap((view) => Object.entries(view.sides)).sort(([a], [b]) => (a < b ? -1 : 1));
  const groups = [first, ...views].flatMap(({ group }) => group ?? []);
  return { ...first, sides: Object.fromEntries(entries), ...(groups.length > 0 && { group: mergeGroup(groups) }) };
}

/** Each number as the first has it that knows it; of what is restored, the newest that was heard. */
function mergeGroup(groups: readonly GroupView[]): GroupView {
  const known = <V>(get: (group: GroupView) => V | null): V | null =>
    groups.map(get).find((value) => value !== null) ?? null;
  const restored = groups.flatMap((group) => group.restored ?? []);
  const journals = groups.flatMap((group) => Object.entries(group.journals)).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...groups[0],
    ...inOrder({
      written: known((group) => group.written),
      sent: known((group) => group.sent),
      stored: known((group) => group.stored),
      restored: restored.length === 0 ? null : Math.max(...restored),
    }),
    lag: known((group) => group.lag),
    journals: Object.fromEntries(journals),
  };
}

/** Groups in the order in which they first come. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}
