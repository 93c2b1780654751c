/**
 * What `GET /metrics` answers: the text format of Prometheus, version 0.0.4, from one table. The counts stand in the
 * arrays' memories already, so there is no register of metrics beside them.
 */
import { FIRST_TIME_BUCKET_US, TIME_BUCKETS } from '../../memory/constants.js';
import type {
  ArrayFigures,
  Histogram,
  JournalFigures,
  LinkView,
  PairView,
  ServedSystem,
  VolumeFigures,
} from '../../runtime/live/system.js';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Seen {
  readonly arrays: readonly ArrayFigures[];
  readonly pairs: readonly PairView[];
  readonly links: readonly LinkView[];
}

type Labels = Readonly<Record<string, string>>;

interface Metric<Value = number | Histogram> {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One line, without a backslash. */
  readonly help: string;
  samples(seen: Seen): readonly (readonly [Labels, Value])[];
}

const PAIR_STATES = ['SMPL', 'COPY', 'PAIR', 'PSUS', 'PSUE', 'SSWS'] as const;
const LINK_STATES = ['up', 'down', 'held'] as const;

const oneIf = (is: boolean): number => (is ? 1 : 0);

function ofArrays<V>(each: (array: ArrayFigures, labels: Labels) => readonly (readonly [Labels, V])[]) {
  return ({ arrays }: Seen): (readonly [Labels, V])[] => arrays.flatMap((array) => each(array, { array: array.name }));
}

function ofVolumes<V>(each: (volume: VolumeFigures, labels: Labels) => readonly (readonly [Labels, V])[]) {
  return ofArrays<V>(({ volumes }, labels) =>
    volumes.flatMap((volume) => each(volume, { ...labels, volume: volume.name })),
  );
}

function ofPools(field: 'slots' | 'writePending' | 'limit') {
  return ofArrays(({ pools }, labels) => pools.map((pool) => [{ ...labels, pool: pool.pool }, pool[field]] as const));
}

function ofRings(field: 'items' | 'capacity') {
  return ofArrays(({ rings }, labels) =>
    rings.map((ring) => [{ ...labels, from: ring.from, to: ring.to }, ring[field]] as const),
  );
}

function ofWire(field: 'bytes' | 'frames' | 'messages') {
  return ofArrays(({ links }, labels) =>
    links.flatMap((link) =>
      (['sent', 'received'] as const).map(
        (way) => [{ ...labels, peer: link.peer, link: String(link.number), direction: way }, link[way][field]] as const,
      ),
    ),
  );
}

function ofJournals<V>(each: (journal: JournalFigures, labels: Labels) => readonly (readonly [Labels, V])[]) {
  return ofArrays<V>(({ journals }, labels) =>
    journals.flatMap((journal) => each(journal, { ...labels, group: journal.group })),
  );
}

const METRICS: readonly Metric[] = [
  {
    name: 'arraylab_array_up',
    type: 'gauge',
    help: 'Whether the array has power.',
    samples: ofArrays(({ hasPower }, labels) => [[labels, oneIf(hasPower)]]),
  },
  {
    name: 'arraylab_director_up',
    type: 'gauge',
    help: 'Whether the director that runs these roles is alive.',
    samples: ofArrays(({ directors }, labels) =>
      directors.map(({ name, roles, state }) => [
        { ...labels, director: name, roles: roles.join('+') },
        oneIf(state !== 'dead'),
      ]),
    ),
  },
  {
    name: 'arraylab_micro_operations_total',
    type: 'counter',
    help: 'Micro-operations that a role has run.',
    samples: ofArrays(({ microOperations }, labels) =>
      microOperations.map(({ role, count }) => [{ ...labels, role }, count]),
    ),
  },
  {
    name: 'arraylab_host_commands_total',
    type: 'counter',
    help: 'Reads and writes of hosts that ended well.',
    samples: ofVolumes(({ reads, writes }, labels) => [
      [{ ...labels, op: 'read' }, reads],
      [{ ...labels, op: 'write' }, writes],
    ]),
  },
  {
    name: 'arraylab_host_bytes_total',
    type: 'counter',
    help: 'Bytes of the reads and writes of hosts that ended well.',
    samples: ofVolumes(({ read_bytes, written_bytes }, labels) => [
      [{ ...labels, op: 'read' }, read_bytes],
      [{ ...labels, op: 'write' }, written_bytes],
    ]),
  },
  {
    name: 'arraylab_host_response_seconds',
    type: 'histogram',
    help: 'From the start of a command in the array to its status.',
    samples: ofVolumes(({ readTimes, writeTimes }, labels) => [
      [{ ...labels, op: 'read' }, readTimes],
      [{ ...labels, op: 'write' }, writeTimes],
    ]),
  },
  {
    name: 'arraylab_tracks',
    type: 'gauge',
    help: "Tracks that are pending or invalid, by the list of the volume's own array, in its own copy and in the other array's.",
    samples: ofVolumes(({ tracks }, labels) =>
      tracks === undefined
        ? []
        : (['own', 'other'] as const).flatMap((copy) => [
            [{ ...labels, copy, flag: 'write_pending' }, tracks[copy].writePending] as const,
            [{ ...labels, copy, flag: 'format_pending' }, tracks[copy].formatPending] as const,
            [{ ...labels, copy, flag: 'invalid' }, tracks[copy].invalid] as const,
          ]),
    ),
  },
  {
    name: 'arraylab_volume_ready',
    type: 'gauge',
    help: "Whether the volume's own copy can be read.",
    samples: ofVolumes(({ ready }, labels) => (ready === undefined ? [] : [[labels, oneIf(ready)]])),
  },
  {
    name: 'arraylab_volume_write_disabled',
    type: 'gauge',
    help: "Whether hosts may not write to the volume's own copy.",
    samples: ofVolumes(({ writeDisabled }, labels) =>
      writeDisabled === undefined ? [] : [[labels, oneIf(writeDisabled)]],
    ),
  },
  {
    name: 'arraylab_volume_write_pending_slots',
    type: 'gauge',
    help: 'Cache slots of a volume that hosts wrote and no drive has yet.',
    samples: ofVolumes(({ writePendingSlots }, labels) => [[labels, writePendingSlots]]),
  },
  {
    name: 'arraylab_volume_write_pending_limit_slots',
    type: 'gauge',
    help: 'Most slots of a volume that may be write pending.',
    samples: ofVolumes(({ writePendingLimit }, labels) => [[labels, writePendingLimit]]),
  },
  {
    name: 'arraylab_pool_slots',
    type: 'gauge',
    help: 'Cache slots of a pool.',
    samples: ofPools('slots'),
  },
  {
    name: 'arraylab_pool_write_pending_slots',
    type: 'gauge',
    help: 'Cache slots of a pool that were written and that no drive has yet.',
    samples: ofPools('writePending'),
  },
  {
    name: 'arraylab_pool_write_pending_limit_slots',
    type: 'gauge',
    help: 'Most slots of a pool that may be write pending.',
    samples: ofPools('limit'),
  },
  {
    name: 'arraylab_ring_messages',
    type: 'gauge',
    help: 'Messages that stand in the ring from one role or port to another.',
    samples: ofRings('items'),
  },
  {
    name: 'arraylab_ring_capacity_messages',
    type: 'gauge',
    help: 'Messages that a ring can hold.',
    samples: ofRings('capacity'),
  },
  {
    name: 'arraylab_link_state',
    type: 'gauge',
    help: "Whether the array's end of its link is in this state.",
    samples: ({ links }) =>
      links.flatMap(({ name, ends }) =>
        ends.flatMap((end) =>
          LINK_STATES.map((state) => [{ link: name, array: end.array, state }, oneIf(end.state === state)] as const),
        ),
      ),
  },
  {
    name: 'arraylab_link_bytes_total',
    type: 'counter',
    help: 'Bytes over a link of the array, by the array at its other end and its number, prefixes of frames included.',
    samples: ofWire('bytes'),
  },
  {
    name: 'arraylab_link_frames_total',
    type: 'counter',
    help: 'Frames over a link of the array, by the array at its other end and its number, heartbeats and greetings included.',
    samples: ofWire('frames'),
  },
  {
    name: 'arraylab_link_messages_total',
    type: 'counter',
    help: 'Messages of roles over a link of the array, by the array at its other end and its number.',
    samples: ofWire('messages'),
  },
  {
    name: 'arraylab_journal_number',
    type: 'gauge',
    help: "Sequence numbers of a journal group, as this array has them: its newest entry, the newest that it sent, up to which all are on the target's volumes.",
    samples: ofJournals((journal, labels) =>
      (['last', 'sent', 'restored'] as const).map((what) => [{ ...labels, number: what }, journal[what]] as const),
    ),
  },
  {
    name: 'arraylab_journal_entries',
    type: 'gauge',
    help: 'Entries that the journal of a group keeps on this array.',
    samples: ofJournals(({ entries }, labels) => [[labels, entries]]),
  },
  {
    name: 'arraylab_journal_capacity_entries',
    type: 'gauge',
    help: 'Most entries that the journal can keep.',
    samples: ofJournals(({ mostEntries }, labels) => [[labels, mostEntries]]),
  },
  {
    name: 'arraylab_journal_bytes',
    type: 'gauge',
    help: 'Write data that the journal keeps.',
    samples: ofJournals(({ bytes }, labels) => [[labels, bytes]]),
  },
  {
    name: 'arraylab_journal_capacity_bytes',
    type: 'gauge',
    help: 'Most write data that the journal can keep.',
    samples: ofJournals(({ mostBytes }, labels) => [[labels, mostBytes]]),
  },
  {
    name: 'arraylab_journal_lag_writes',
    type: 'gauge',
    help: 'Entries of this journal that are not restored, as far as this array knows.',
    samples: ofJournals(({ lag }, labels) => [[labels, lag.writes]]),
  },
  {
    name: 'arraylab_journal_lag_bytes',
    type: 'gauge',
    help: 'Write data of these entries.',
    samples: ofJournals(({ lag }, labels) => [[labels, lag.bytes]]),
  },
  {
    name: 'arraylab_journal_lag_seconds',
    type: 'gauge',
    help: 'Age of the oldest of these entries: at the source, what would be lost with it.',
    samples: ofJournals(({ lag }, labels) => [[labels, lag.seconds]]),
  },
  {
    name: 'arraylab_pair_state',
    type: 'gauge',
    help: 'Whether the pair is in this state, as this array sees it.',
    samples: ({ pairs }) =>
      pairs.flatMap(({ primary, sides }) =>
        Object.entries(sides).flatMap(([array, side]) =>
          PAIR_STATES.map((state) => [{ pair: primary, array, state }, oneIf(side.state === state)] as const),
        ),
      ),
  },
];

/** One look at everything. */
export async function metricsText(system: ServedSystem): Promise<string> {
  const [arrays, pairs] = await Promise.all([system.figures(), system.pairs()]);
  const seen: Seen = { arrays, pairs, links: system.links };
  return METRICS.map((metric) => familyText(metric, seen)).join('');
}

/** A name without samples is left out. */
function familyText({ name, type, help, samples }: Metric, seen: Seen): string {
  const lines = samples(seen).flatMap(([labels, value]) =>
    typeof value === 'number' ? [line(name, labels, value)] : histogramLines(name, labels, value),
  );
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}

function histogramLines(name: string, labels: Labels, { buckets, sum_seconds }: Histogram): string[] {
  let count = 0;
  const lines = buckets.map((n, i) => {
    count += n;
    const le = i === TIME_BUCKETS - 1 ? '+Inf' : String((FIRST_TIME_BUCKET_US * 2 ** i) / 1_000_000);
    return line(`${name}_bucket`, { ...labels, le }, count);
  });
  return [...lines, line(`${name}_sum`, labels, sum_seconds), line(`${name}_count`, labels, count)];
}

function line(name: string, labels: Labels, value: number): string {
  const texts = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}{${texts.join(',')}} ${value}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
