/** The journal groups of a rig, and how this process sees them. */
import { type LiveRig, pairsOf, type RigPair } from './live-rig.js';
import type { GroupView, JournalFigures, JournalView, PairStateName, PairView, ToldGroup } from './system.js';

export interface RigGroup {
  readonly name: string;
  /** Of the arrays that it joins, their positions in the rig and the number of the group there. */
  readonly ends: readonly { readonly array: number; readonly journal: number }[];
  readonly pairs: readonly RigPair[];
}

/** Of a group that is in several of them, the first in this order is its state. */
const WORST: readonly PairStateName[] = ['SSWS', 'PSUE', 'PSUS', 'COPY', 'PAIR', 'SMPL'];

type Numbers = Pick<GroupView, 'written' | 'sent' | 'stored' | 'restored'>;

export function groupsOf(rig: LiveRig): RigGroup[] {
  const groups = new Map<string, { readonly ends: RigGroup['ends']; readonly name: string; pairs: RigPair[] }>();
  for (const pair of pairsOf(rig)) {
    const ends = pair.ends.flatMap(({ array, volume }) => {
      const { journal } = rig.arrays[array].volumes[volume];
      return journal === undefined ? [] : [{ array, journal }];
    });
    if (ends.length === 0) continue;
    const key = ends.map(({ array, journal }) => `${array}:${journal}`).join(' ');
    const group = groups.get(key) ?? { ends, name: nameOf(rig, ends[0]), pairs: [] };
    group.pairs.push(pair);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const nameOf = ({ arrays }: LiveRig, { array, journal }: RigGroup['ends'][number]): string =>
  arrays[array].journals?.[journal]?.name ?? String(journal);

/** What else is told when this pair is: the pairs of its group that are not deleted; undefined: nothing. */
export function toldWith(primary: string, views: readonly PairView[]): ToldGroup | undefined {
  const group = views.find((view) => view.primary === primary)?.group;
  if (!group) return undefined;
  const isTold = (pair: string): boolean =>
    pair === primary || views.some((view) => view.primary === pair && view.state !== 'SMPL');
  const pairs = group.pairs.filter(isTold);
  return pairs.length < 2 ? undefined : { name: group.name, pairs };
}

/**
 * The pairs, with their groups. @param figuresOf the groups of an array of this process that has power; undefined: it is none.
 */
export function withGroups(
  rig: LiveRig,
  views: readonly PairView[],
  figuresOf: (array: string) => readonly JournalFigures[] | undefined,
): PairView[] {
  const groups = groupsOf(rig).map((group) => {
    const primaries = group.pairs.map(({ primary }) => primary);
    const members = views.filter(({ primary }) => primaries.includes(primary));
    const found = group.ends.flatMap(({ array, journal }): [string, JournalFigures][] => {
      const { name } = rig.arrays[array];
      const figures = figuresOf(name)?.[journal];
      return figures ? [[name, figures]] : [];
    });
    return groupView(group.name, members, new Map(found));
  });
  return views.map((view) => {
    const group = groups.find(({ pairs }) => pairs.includes(view.primary));
    return group ? { ...view, group } : view;
  });
}

/** What is stored was sent, and so on: the one array was looked at a moment before the other. */
export function inOrder({ written, sent, stored, restored }: Numbers): Numbers {
  let most = 0;
  const least = (own: number | null): number | null => {
    if (own !== null) most = Math.max(most, own);
    return own === null ? null : most;
  };
  const [onVolumes, inJournal, went] = [least(restored), least(stored), least(sent)];
  return { written: least(written), sent: went, stored: inJournal, restored: onVolumes };
}

function groupView(
  name: string,
  members: readonly PairView[],
  figures: ReadonlyMap<string, JournalFigures>,
): GroupView {
  const states = members.map(({ state }) => state);
  const roleOf = (role: 'source' | 'target'): JournalFigures | undefined => {
    const all = members.flatMap(({ serves, sides }) =>
      Object.entries(sides).flatMap(([array, side]) =>
        side.role === role ? [{ array, first: array === serves }] : [],
      ),
    );
    const array = (all.find(({ first }) => first) ?? all[0])?.array;
    return array === undefined ? undefined : figures.get(array);
  };
  const [source, target] = [roleOf('source'), roleOf('target')];
  return {
    name,
    pairs: members.map(({ primary }) => primary),
    state: WORST.find((state) => states.includes(state)) ?? 'SMPL',
    ...inOrder({
      written: source?.last ?? null,
      sent: source?.sent ?? null,
      stored: target?.last ?? null,
      restored: (target ?? source)?.restored ?? null,
    }),
    lag: source?.lag ?? null,
    journals: Object.fromEntries([...figures].map(([array, f]) => [array, journalView(f)])),
  };
}

const journalView = ({ entries, mostEntries, bytes, mostBytes }: JournalFigures): JournalView => ({
  entries,
  mostEntries,
  bytes,
  mostBytes,
});
