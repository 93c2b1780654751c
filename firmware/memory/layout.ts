/**
 * Where everything stands in an array's memory. One SharedArrayBuffer holds tables, rings, slots and transfer buffers;
 * a `Layout` is computed from the dimensions alone, so whoever attaches to the memory finds the same places.
 */
import { DOORBELL_WORDS, Ring, ringWords } from 'sharedarraybuffer-ring';
import { DESCRIPTOR_WORDS, KINDS, MICROCODED_ROLES, ROLES, type Role, TASK_CLASSES } from '../ports/messages.js';
import {
  INFORMATION_SECTORS,
  JOURNAL_BUFFERS,
  LINKS_MAX,
  MAX_PARALLEL,
  MAX_SECTORS_PER_TRACK,
  RECORDS_PER_SECTOR,
  SECTOR_BYTES,
  TRACKS_PER_CYLINDER,
  TRUNKS_MAX,
} from './constants.js';
import { ATTENTIONS_MAX, LUNS_MAX, PATTERN_WORDS, TRANSPORT_ID_WORDS, WORK_SECTORS } from './scsi.js';
import { TABLE_LIST, type TableName } from './tables.js';

/** What of a journal group is in memory. */
export interface JournalDimensions {
  /** Update information that it can hold; whole sectors of it. */
  readonly records: number;
  /** Sectors of write data in battery memory: the newest of the data region, whose size is a multiple of it. */
  readonly windowSectors: number;
  /** How many journal volumes it has on this array. */
  readonly volumes: number;
}

/** Of an array that SCSI hosts are attached to. */
export interface ScsiDimensions {
  /** Sessions of initiators at once. */
  readonly nexuses: number;
  /** Initiator ports that it remembers. */
  readonly initiators: number;
  /** Host groups. */
  readonly groups: number;
  /** Work buffers. */
  readonly works: number;
  /** Pages of all units, and the sectors that they take. */
  readonly pages: number;
  readonly pageSectors: number;
  /** Records of `operation`. */
  readonly operations: number;
}

/** What the sizes of an array follow from; made from its profile. */
export interface Dimensions {
  readonly sectorsPerTrack: number;
  /** Tracks of each volume, in the order of the volumes. */
  readonly tracks: readonly number[];
  readonly hostSlots: number;
  readonly remoteSlots: number;
  /** Tasks of each role, by class: host, remote, destage, completion. */
  readonly tasks: readonly [number, number, number, number];
  /** Host commands in flight. */
  readonly commands: number;
  /** Memory for the data of host writes on their way to a slot, in sectors. */
  readonly transferSectors: number;
  /** Writes that the other array may have under way here: receive buffers of a track each. */
  readonly credits: number;
  /** Of each journal group. */
  readonly journals?: readonly JournalDimensions[];
  readonly scsi?: ScsiDimensions;
}

/** A ring of descriptors from one node to another. */
export interface RingPlace {
  readonly from: number;
  readonly to: number;
  readonly base: number;
  readonly capacity: number;
}

export interface Layout {
  readonly dims: Dimensions;
  readonly words: number;
  readonly bytes: number;
  /** Word address of a table's first record. */
  readonly base: Readonly<Record<TableName, number>>;
  readonly records: Readonly<Record<TableName, number>>;
  readonly rings: readonly RingPlace[];
  /** `backlogs[node * 4 + class]`: a ring for requests that wait for a task. */
  readonly backlogs: readonly RingPlace[];
  /** Sector address of slot 0, of the transfer buffers, of the receive buffers. */
  readonly slotsAt: number;
  readonly transferAt: number;
  readonly receiveAt: number;
  /** Of the SCSI work buffers, and of the pages. */
  readonly worksAt: number;
  readonly pagesAt: number;
  /** By journal group: sector address of its JOURNAL_BUFFERS buffers and one more, and of its window. */
  readonly buffersAt: readonly number[];
  readonly windowsAt: readonly number[];
  /** Word ranges that a power loss clears. */
  readonly volatile: readonly (readonly [from: number, to: number])[];
  readonly tasksOfRole: number;
  /** hash mask of the cache directory */
  readonly bucketMask: number;
}

/** The next power of two, at least 2. */
function power(n: number): number {
  let p = 2;
  while (p < n) p *= 2;
  return p;
}

/**
 * Before the first table: address 0 means nothing; then a door for each director. A director has the number of its first
 * node. Its door is the bell that other directors ring (a bit for each node that was sent something), and on a line of its
 * own the busy word: a bit for each of its nodes that may have something to do, for this director's eyes only.
 */
const DOORS_AT = 16;
const DOOR_WORDS = DOORBELL_WORDS + 16;
export const bellAt = (director: number): number => DOORS_AT + director * DOOR_WORDS;
export const busyAt = (director: number): number => bellAt(director) + DOORBELL_WORDS;
const FIRST_WORDS = bellAt(ROLES.length);

const SECTOR_WORDS = SECTOR_BYTES / 4;

/** Sectors of a volume's heat: a word a cylinder. */
export const heatSectors = (tracks: number): number =>
  Math.ceil(Math.ceil(tracks / TRACKS_PER_CYLINDER) / SECTOR_WORDS);

/** Messages of each one-way kind that a journal group may have under way: more than its reads or restorers may be. */
const JOURNAL_MESSAGES = 16;

export const TASKS_MAX = 4095;
export const SLOTS_MAX = 65_535;

/** Tracks of one command at most: the port cuts longer reads. */
export const READ_TRACKS_MAX = 8;

/** Record of a link in the tables `link` and `wire`. @param number among the links of its trunk. */
export const linkRecord = (trunk: number, number: number): number => trunk * LINKS_MAX + number;

/** How many messages of the kinds from X to Y can be under way at once. */
export function ringDemand(from: Role, to: Role, dims: Dimensions): number {
  const tasks = dims.tasks[0] + dims.tasks[1] + dims.tasks[2] + dims.tasks[3];
  const slots = dims.hostSlots + dims.remoteSlots;
  const bounds = {
    commands: dims.commands,
    tracksOfCommands: dims.commands * READ_TRACKS_MAX,
    slots: slots,
    pins: slots + tasks * MAX_PARALLEL + dims.commands * READ_TRACKS_MAX,
    pairs: dims.tracks.length,
    journals: (dims.journals?.length ?? 0) * JOURNAL_MESSAGES,
    credits: dims.credits * 4,
    one: 4,
    scsi: dims.scsi ? dims.commands : 0,
    links: LINKS_MAX * TRUNKS_MAX * 4,
  };
  let demand = 0;
  let talks = false;
  let requests = false;
  for (const k of KINDS) {
    const hears = k.to === to || (k.handler === to && from === 'linkPort');
    if (!hears || !k.from.includes(from)) continue;
    talks = true;
    if (k.bound) demand += bounds[k.bound];
    else requests = true;
  }
  // Requests and their answers are each bounded by what the askers may have unanswered.
  if (requests) demand += 2 * tasks * MAX_PARALLEL;
  return talks ? demand : 0;
}

function checkJournals(journals: readonly JournalDimensions[], sectorsPerTrack: number): void {
  for (const [j, { records, windowSectors, volumes }] of journals.entries()) {
    const wrong = (field: string, value: number, right: string): RangeError =>
      new RangeError(`${field} of journal group ${j} is ${value}; ${right}`);
    if (records < RECORDS_PER_SECTOR || records % RECORDS_PER_SECTOR !== 0) {
      throw wrong('records', records, `a multiple of ${RECORDS_PER_SECTOR} fills sectors`);
    }
    if (windowSectors < sectorsPerTrack) {
      throw wrong('windowSectors', windowSectors, `a track's ${sectorsPerTrack} must fit`);
    }
    if (volumes < 1) throw wrong('volumes', volumes, 'its data need one at least');
  }
}

/** Errors: RangeError naming the dimension. */
export function layoutOf(dims: Dimensions): Layout {
  if (dims.sectorsPerTrack < 1 || dims.sectorsPerTrack > MAX_SECTORS_PER_TRACK) {
    throw new RangeError(
      `sectorsPerTrack is ${dims.sectorsPerTrack}; 1 to ${MAX_SECTORS_PER_TRACK} fit a slot's masks`,
    );
  }
  // A token has twelve bits for the task, TAKEN sixteen for a slot.
  const tasksEach = dims.tasks[0] + dims.tasks[1] + dims.tasks[2] + dims.tasks[3];
  if (tasksEach > TASKS_MAX)
    throw new RangeError(`tasks are ${tasksEach} together; at most ${TASKS_MAX} fit a wake token`);
  if (dims.hostSlots + dims.remoteSlots > SLOTS_MAX) {
    throw new RangeError(`slots are ${dims.hostSlots + dims.remoteSlots}; at most ${SLOTS_MAX} have a number`);
  }
  const journals = dims.journals ?? [];
  checkJournals(journals, dims.sectorsPerTrack);
  const allTracks = dims.tracks.reduce((a, b) => a + b, 0);
  const volumes = dims.tracks.length;
  const slots = dims.hostSlots + dims.remoteSlots;
  const buckets = power(slots * 2);
  const { scsi } = dims;
  const records: Record<TableName, number> = {
    system: 1,
    volume: volumes,
    list: volumes,
    label: volumes,
    heat: dims.tracks.reduce((a, t) => a + heatSectors(t) * SECTOR_WORDS, 0),
    cylinder: dims.tracks.reduce((a, t) => a + Math.ceil(t / TRACKS_PER_CYLINDER) + 1, 0),
    track: allTracks,
    format: volumes,
    lock: allTracks,
    battery: 1,
    pair: volumes,
    image: journals.length > 0 ? volumes : 0,
    journal: journals.length,
    update: journals.reduce((a, j) => a + j.records, 0),
    journaling: journals.length,
    journal_volume: journals.reduce((a, j) => a + j.volumes, 0),
    session: volumes,
    slot: slots,
    entry: slots,
    pool: 2,
    device: volumes,
    dirty: 1,
    bucket: buckets,
    link: LINKS_MAX * TRUNKS_MAX,
    trunk: TRUNKS_MAX,
    route: LINKS_MAX * TRUNKS_MAX,
    front: 1,
    command: dims.commands,
    scsi: scsi ? 1 : 0,
    work: scsi?.works ?? 0,
    operation: scsi?.operations ?? 0,
    nexus: scsi?.nexuses ?? 0,
    path: (scsi?.nexuses ?? 0) * volumes,
    attention: (scsi?.nexuses ?? 0) * volumes * ATTENTIONS_MAX,
    unit: scsi ? volumes : 0,
    media: scsi ? volumes : 0,
    pattern: scsi ? volumes * PATTERN_WORDS : 0,
    initiator: scsi?.initiators ?? 0,
    registrant: (scsi?.initiators ?? 0) * volumes,
    reservation: scsi ? volumes : 0,
    transport_id: (scsi?.initiators ?? 0) * TRANSPORT_ID_WORDS,
    mask: (scsi?.groups ?? 0) * LUNS_MAX,
    page: scsi?.pages ?? 0,
    scsi_command: scsi ? dims.commands : 0,
    meter: volumes,
    wire: LINKS_MAX * TRUNKS_MAX,
    node: ROLES.length,
    task: tasksEach * MICROCODED_ROLES.length,
  };
  let at = FIRST_WORDS;
  // All names at once: an object that gets so many one by one is a dictionary to compiled code, and each look at it a call.
  const base: Record<TableName, number> = { ...records };
  const volatileRanges: [number, number][] = [[0, FIRST_WORDS]];
  const place = (kept: 'battery' | 'volatile'): void => {
    const from = at;
    for (const t of TABLE_LIST) {
      if (t.spec.kept !== kept) continue;
      if (t.spec.sectors && records[t.name] > 0) at = Math.ceil(at / SECTOR_WORDS) * SECTOR_WORDS;
      base[t.name] = at;
      at += (records[t.name] << t.shift) + 15;
      at &= ~15;
    }
    if (kept === 'volatile') volatileRanges.push([from, at]);
  };
  place('battery');
  place('volatile');
  const ringsFrom = at;
  const rings: RingPlace[] = [];
  const inbound = new Array<number>(ROLES.length).fill(0);
  for (const [f, from] of ROLES.entries()) {
    for (const [t, to] of ROLES.entries()) {
      const demand = ringDemand(from, to, dims);
      if (demand === 0) continue;
      const capacity = power(demand);
      rings.push({ from: f, to: t, base: at, capacity });
      inbound[t] = (inbound[t] ?? 0) + capacity;
      at += ringWords(capacity, DESCRIPTOR_WORDS);
    }
  }
  const backlogs: RingPlace[] = [];
  for (let n = 0; n < MICROCODED_ROLES.length; n++) {
    for (let c = 0; c < TASK_CLASSES.length; c++) {
      const capacity = power(inbound[n] ?? 2);
      backlogs.push({ from: n, to: n, base: at, capacity });
      at += ringWords(capacity, DESCRIPTOR_WORDS);
    }
  }
  at = Math.ceil(at / SECTOR_WORDS) * SECTOR_WORDS;
  const transferAt = at / SECTOR_WORDS;
  at += dims.transferSectors * SECTOR_WORDS;
  const receiveAt = at / SECTOR_WORDS;
  at += dims.credits * dims.sectorsPerTrack * SECTOR_WORDS;
  const worksAt = at / SECTOR_WORDS;
  at += (scsi?.works ?? 0) * WORK_SECTORS * SECTOR_WORDS;
  const pagesAt = at / SECTOR_WORDS;
  at += (scsi?.pageSectors ?? 0) * SECTOR_WORDS;
  // One more, for what is handed on.
  const bufferSectors = (JOURNAL_BUFFERS + 1) * (dims.sectorsPerTrack + INFORMATION_SECTORS);
  const buffersAt = journals.map((_, j) => at / SECTOR_WORDS + j * bufferSectors);
  at += journals.length * bufferSectors * SECTOR_WORDS;
  volatileRanges.push([ringsFrom, at]);
  const slotsAt = at / SECTOR_WORDS;
  at += slots * dims.sectorsPerTrack * SECTOR_WORDS;
  // Behind the slots: what the battery's log and checkpoints cover reaches to the end.
  const windowsAt = journals.map(({ windowSectors }) => {
    const here = at / SECTOR_WORDS;
    at += windowSectors * SECTOR_WORDS;
    return here;
  });
  if (at * 4 > 0x8000_0000)
    throw new RangeError(
      `an array's memory is ${at * 4} bytes; at most ${0x8000_0000}: fewer slots or smaller transfer buffers${journals.length > 0 ? ', or less of a journal in memory' : ''}`,
    );
  return {
    dims,
    words: at,
    bytes: at * 4,
    base,
    records,
    rings,
    backlogs,
    slotsAt,
    transferAt,
    receiveAt,
    worksAt,
    pagesAt,
    buffersAt,
    windowsAt,
    volatile: volatileRanges,
    tasksOfRole: tasksEach,
    bucketMask: buckets - 1,
  };
}

/** An array's memory with its views and its layout: all that an attached object may keep. */
export interface ArrayMemory {
  readonly layout: Layout;
  readonly m: Int32Array;
  readonly bytes: Uint8Array;
}

/** Attaches to memory; makes none. */
export function attach(layout: Layout, buffer: SharedArrayBuffer): ArrayMemory {
  if (buffer.byteLength < layout.bytes)
    throw new RangeError(`this memory has ${buffer.byteLength} bytes; its layout needs ${layout.bytes}`);
  return { layout, m: new Int32Array(buffer, 0, layout.words), bytes: new Uint8Array(buffer, 0, layout.bytes) };
}

/** A memory without power loses its battery too: all of it is zero. */
export function loseBattery(memory: ArrayMemory): void {
  let from = 0;
  for (const [at, next] of memory.layout.volatile) {
    memory.m.fill(0, from, at);
    from = next;
  }
  memory.m.fill(0, from);
}

/**
 * What a power loss does to the memory: volatile ranges are zero, battery ranges stay. Most of a small array's are rings,
 * which are seldom full: of those only what was used is cleared.
 */
export function losePower({ layout, m }: ArrayMemory): void {
  const { volatile, rings, backlogs, transferAt } = layout;
  const ringsFrom = rings[0]?.base;
  for (const [from, to] of volatile) m.fill(0, from === ringsFrom ? transferAt * SECTOR_WORDS : from, to);
  for (const { base, capacity } of rings) new Ring(m, base, capacity, DESCRIPTOR_WORDS).clear();
  for (const { base, capacity } of backlogs) new Ring(m, base, capacity, DESCRIPTOR_WORDS).clear();
}

/** Makes memory as another one of its layout is. Of rings only what was used of either is touched. */
export function copyMemory({ layout, m }: ArrayMemory, from: Int32Array): void {
  const ringsFrom = layout.rings[0]?.base as number;
  const behind = layout.transferAt * SECTOR_WORDS;
  m.set(from.subarray(0, ringsFrom));
  for (const { base, capacity } of layout.rings) copyRing(m, from, base, capacity);
  for (const { base, capacity } of layout.backlogs) copyRing(m, from, base, capacity);
  m.set(from.subarray(behind), behind);
}

function copyRing(to: Int32Array, from: Int32Array, base: number, capacity: number): void {
  new Ring(to, base, capacity, DESCRIPTOR_WORDS).clear();
  to.set(from.subarray(base, base + new Ring(from, base, capacity, DESCRIPTOR_WORDS).usedWords), base);
}
