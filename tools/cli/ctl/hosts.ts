/** `ctl hosts`: sessions of iSCSI initiators, and from two looks a second apart how much goes over each. */
import type { HostView } from '../../../firmware/runtime/live/system.js';
import { ARRAY, askAll, hasArray, outcome, type Subcommand, targetOf } from './asking.js';
import { Refused, type Target } from './processes.js';
import { bytes, table } from './text.js';

const PERIOD_MS = 1000;

/** One look at the sessions. */
export interface HostsLook {
  readonly time_ms: number;
  readonly hosts: readonly HostView[];
}

/** By the second between two looks. Null: the session began meanwhile. */
export interface RatedHost extends HostView {
  readonly commandsPerSecond: number | null;
  readonly readBytesPerSecond: number | null;
  readonly writtenBytesPerSecond: number | null;
}

const isSame = (a: HostView, b: HostView): boolean =>
  (['array', 'initiator', 'isid', 'tsih', 'since'] as const).every((field) => a[field] === b[field]);

export function rated(now: HostsLook, before: HostsLook): RatedHost[] {
  const seconds = (now.time_ms - before.time_ms) / 1000;
  return now.hosts.map((host) => {
    const then = before.hosts.find((other) => isSame(other, host));
    const rate = (field: 'commands' | 'read_bytes' | 'written_bytes'): number | null =>
      then && seconds > 0 ? Math.round((host[field] - then[field]) / seconds) : null;
    return {
      ...host,
      commandsPerSecond: rate('commands'),
      readBytesPerSecond: rate('read_bytes'),
      writtenBytesPerSecond: rate('written_bytes'),
    };
  });
}

const DIGESTS = {
  'true true': 'header data',
  'true false': 'header',
  'false true': 'data',
  'false false': '-',
} as const;
const rateText = (bytesPerSecond: number | null): string =>
  bytesPerSecond === null ? '-' : (bytesPerSecond / 1e6).toFixed(1);

export function hostsText(hosts: readonly RatedHost[]): string {
  if (hosts.length === 0) return 'no host is logged in by iSCSI\n';
  const rows = hosts.map((host) => [
    host.array,
    host.initiator,
    host.address,
    host.kind,
    host.group ?? '-',
    host.since,
    DIGESTS[`${host.headerDigest} ${host.dataDigest}`],
    String(host.commands),
    host.commandsPerSecond === null ? '-' : String(host.commandsPerSecond),
    bytes(host.read_bytes),
    rateText(host.readBytesPerSecond),
    bytes(host.written_bytes),
    rateText(host.writtenBytesPerSecond),
    String(host.underWay),
  ]);
  const session = ['ARRAY', 'INITIATOR', 'ADDRESS', 'KIND', 'GROUP', 'SINCE', 'DIGESTS'];
  return table([...session, 'COMMANDS', '/S', 'READ', 'MB/S', 'WRITTEN', 'MB/S', 'UNDER WAY'], rows);
}

async function look(targets: readonly Target[], array: string): Promise<HostsLook & { readonly notes: string[] }> {
  const asked = array === '' ? targets : [targetOf(targets, array)];
  const served = asked.flatMap(({ record }) => record?.arrays ?? []);
  if (array !== '' && served.length > 0 && !served.includes(array))
    throw new Refused(`there is no array ${array}; there are ${served.join(', ')}`);
  const { views, notes } = await askAll<readonly HostView[]>(asked, '/v1/hosts');
  const hosts = views.flat().filter((host) => array === '' || host.array === array);
  return { time_ms: performance.now(), hosts, notes };
}

export const HOSTS: readonly Subcommand[] = [
  {
    words: ['hosts'],
    help: 'iSCSI sessions: who, from where, commands and bytes, also by the second',
    argument: { ...ARRAY, isOptional: true },
    knows: hasArray,
    run: async (targets, array) => {
      const before = await look(targets, array);
      if (before.hosts.length > 0) await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
      const { notes, ...now } = before.hosts.length > 0 ? await look(targets, array) : before;
      const hosts = rated(now, before);
      return outcome(hosts, hostsText(hosts), notes);
    },
  },
];
