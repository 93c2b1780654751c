/**
 * Every table of an array's memory, described once: accessors, assembler symbols (`track.flags[t]`), debugger and dump
 * reader are made from this. A table has one owning role; others ask by message. `battery` tables survive power loss,
 * `volatile` tables are zero after it. A field `name:n` is n words wide; 64-bit fields (`gen:2`) stand at even offsets,
 * low word first. A record's stride is the next power of two.
 */
import type { Role } from '../ports/messages.js';
import { TIME_BUCKETS } from './constants.js';

export interface TableSpec {
  readonly owner: Role | 'service';
  /** Roles that may read it besides the owner; the slot a task was granted or handed is readable by its holder. */
  readonly readers?: readonly Role[];
  readonly kept: 'battery' | 'volatile';
  readonly fields: string;
  readonly help: string;
  /** It begins at a sector's boundary, so that a drive port may read and write it. */
  readonly sectors?: boolean;
}

const COUNTS = 'm1_wp m2_wp m1_fp m2_fp m1_inv m2_inv written fba_4096';

export const TABLES = {
  system: {
    owner: 'data',
    kept: 'volatile',
    fields: `${COUNTS} ready volumes lost rebuilding rebuilt:2 wanted wanted_volume fetching`,
    help: 'the array: how many tracks bear each flag; is it booted; whose director is dead, a bit a role; tracks that bear M1 invalid are rebuilt (2: and then once more), the one that a host waits for (+ 1) and its volume, the one that the other side was asked for (+ 1, over the whole array), who waits for one',
  },
  volume: {
    owner: 'data',
    readers: ['channel', 'cache', 'disk'],
    kept: 'volatile',
    fields: `${COUNTS} state tracks track_base pair drive drive_base align time failing journal home also settle:2 settling onto`,
    help: 'a volume: its tracks, its pair (-1: local), its journal group (-1: none), the volume whose tracks it stands for (itself, unless it is of a further pair) and the record of its own further pair (-1: none), where it lies on its drive (in sectors); hosts read and write whole blocks of align + 1 sectors; when something was last done to a track of it, as in `track.time`; its drive did not take what was destaged last; in a journal group: its copy is complete, and this entry must be restored before its pair is PAIR; the volume (+ 1) that gets its image',
  },
  cylinder: {
    owner: 'data',
    kept: 'volatile',
    fields: COUNTS,
    help: 'flag counts of fifteen tracks: "anything owed?" is one look',
  },
  track: {
    owner: 'data',
    readers: ['disk'],
    kept: 'battery',
    fields: 'gen:2 flags time',
    help: 'a track: generation (low word counts, high word is the epoch), flags M1 and M2, time of the last operation in seconds of the clock of `now64`, which each setting of a flag brings up to date (seed 002, Fig. 3)',
  },
  format: {
    owner: 'data',
    kept: 'battery',
    fields: 'align change',
    help: 'the format that the tracks of a volume have or shall get, as sectors of a block less one (0: FBA 512, 7: FBA 4096); how often it was changed: of two sides the greater number is the newer format',
  },
  lock: {
    owner: 'data',
    kept: 'volatile',
    fields: 'acked:2 holder waiting:2 unacked stored',
    help: 'lock of a track, how many sends of it the other side has not acknowledged, generation that it acknowledged last; as target: how often all of it came to the drive, counted where writes wait for that',
  },
  battery: {
    owner: 'data',
    kept: 'battery',
    fields: 'identity lost',
    help: 'the battery memory itself: its identity, drawn when it was formatted, never 0; what became of the memory before it (BATTERY)',
  },
  pair: {
    owner: 'data',
    kept: 'battery',
    fields: 'heard:2 state role mode recipe peer trunk epoch union known fed stale standby delta boots',
    help: "a pair: state, which side this is, what the rig wants of it (PAIR_MODE), session epoch, the other side's volume (its trunk, and its number there), which trunk that is, when the other side was last heard (ns), whether the other side's list is still to be taken over; identity of the memory over there whose list and this one's name all that differs (0: this side is as formatted; its own: there is none), and of the one that was last taken as source; this side lost its cache, and its list names where its own copy may be old; where the volume is that may become this one's source, in place of the other side (0: nowhere); the copy begins with a comparison of generations; of each volume, paired or not: the state that it has when power comes on, unless its recipe says another",
  },
  list: {
    owner: 'data',
    kept: 'volatile',
    fields:
      'lba cylinders sectors first heat label_at heat_at heat_lba end limit hot hand tries labelled writing waiting:2 spare',
    help: 'the list of a volume on its drive: where it stands there (0: nowhere) and in memory; how many cylinders are hot, how many should be at most, which was looked at last; is the label on the drive as it is here; is something written, and who waits for it',
  },
  label: {
    owner: 'data',
    kept: 'volatile',
    sectors: true,
    fields: 'magic version identity epoch role state known fed all pad:119',
    help: 'the first sector of a list on a drive: what it says of the pair; all: every cylinder counts as hot (1: until nothing is owed; 2: for good)',
  },
  heat: {
    owner: 'data',
    kept: 'volatile',
    sectors: true,
    fields: 'hot',
    help: 'the sectors behind it: a word (HEAT) for each cylinder of the volume',
  },
  journal: {
    owner: 'data',
    kept: 'battery',
    fields: 'last:2 freed:2 restored:2 drop:2 tail:2 head:2 spilled:2 noted:2 given:2 handed:2',
    help: 'a journal group on this side. Numbers: the newest entry; up to which all are gone; up to which all are on the volumes of the target, as it said last; up to which they become marks; the newest that this side gave itself: unless `last` is behind it, all are its own. Positions in the data region, in sectors since it was formatted: behind the newest data, the oldest that are kept, up to which they are on the journal volumes. noted: the number up to which the update information is there, too. handed: as target, the number up to which the journals of further pairs have what was restored',
  },
  update: {
    owner: 'data',
    kept: 'battery',
    sectors: true,
    fields: 'number:2 gen:2 time:2 place:2 volume peer track span flags done own:2',
    help: "update information of a write (seed 000, Fig. 8), of entry n of a group in record n modulo their number: it exists when its number stands there. Generation that the write gave the track, time (ns), where its data lie, number of the volume here and over there, address and length; done: the target has restored it; own: of a further pair, the generation by the epoch of the volume's own",
  },
  journaling: {
    owner: 'data',
    kept: 'volatile',
    fields:
      'taken:2 asked:2 landed:2 landed_any broken room:2 turn:2 drained:2 buffer:2 buffers_at buffers buffers_taken records spill_at pulling reads restoring restorers size least interval_us inflow_us timing spilling dropping yielding closing handing hand_at sent:2 delay:2 point:2 dozing hurry copies holding making reserve further failures reach:2',
    help: 'what is under way for a journal group. As target: the entry that a restorer took last, the number up to which was asked for; where the data block stands that waits for its update information (landed_any: in the session of which volume, + 1; 0: there is none). Who waits: for room, for the turn of what it received, for the last restorer, for a buffer; the buffers of reads, of which some are taken (a bit each). How many entries the group has room for; from how many sectors that are in memory alone they go to the journal volumes; pulls and restorers that run, and how many may; entries of a read, now and at least; time between reads when nothing waits; how long hosts wait for room, and whether that time runs. Runs: data go to the journal volumes; entries become marks; entries are handed on. Memory for the data of one that is; is there a volume with a further pair? As source: the journal volume has lost entries; the target is to take over and hosts are stopped; the newest entry that was sent. As target: a takeover runs, nothing more is taken in; how many reads failed, as what waits for its turn came with one of them; entries are held back until they are that old (ns); the entry of which an image is made; a restorer waits until the next one is old enough; the source wants all of it restored; how often a copy of a track came; an image is made: nothing more is restored, and its task runs; sectors, as a span, that a read or a restorer leaves free before it is short of room; the newest entry that the source is known to have',
  },
  image: {
    owner: 'data',
    kept: 'battery',
    fields: 'number:2 time:2 of spare',
    help: 'of a volume without a pair, where there are journal groups: the volume (+ 1) of which it got an image (0: none), the newest entry in it (0: it is not whole) and when that was written (ns; 0: not known)',
  },
  journal_volume: {
    owner: 'data',
    kept: 'volatile',
    fields: 'journal drive information_lba information_sectors data_lba data_sectors spare:2',
    help: 'where the two regions of a journal volume stand on its drive',
  },
  session: {
    owner: 'data',
    kept: 'volatile',
    fields: 'open taking agreed since offering again foreign busy storing:2 changed:2 changing told skipped',
    help: 'what is true of a pair only while power is on: sends go out; what the other side sends in this epoch is taken (0: nothing is); both sides agreed that this one serves hosts, and since which epoch it does after a takeover; an offer runs, and what it began with; it shall begin again; the other side refused this one as FOREIGN; an operator makes or deletes the pair and waits for the other side; writes of the other side that wait for the drive; of a volume, with or without a pair: its format change waits for the drive; it runs (2: and begins again); the other side knows which format is wanted; tracks that the offer passed over, as they cannot be read here',
  },
  slot: {
    owner: 'cache',
    readers: ['data', 'disk', 'channel'],
    kept: 'battery',
    fields: 'gen:2 volume track valid:4 dirty:4 spoiled',
    help: 'header of a cache slot (volume + 1; 0 is empty): what the battery keeps beside its bytes; spoiled: a parity error, its bytes are lost',
  },
  entry: {
    owner: 'cache',
    kept: 'volatile',
    fields: 'pool granted pins list prev next chain orphan waiting:2 queued qprev qnext credits session held',
    help: "the directory's side of a slot: its lists, pins, grant (GRANT), waiting tasks, credits that it holds; its drive did not take it",
  },
  pool: {
    owner: 'cache',
    kept: 'volatile',
    fields: 'free lru_first lru_last wp wp_limit waiting:2 slots',
    help: 'slots for hosts (0) and for the other side (1): lists, write-pending count and limit, tasks that wait for a slot',
  },
  device: {
    owner: 'cache',
    kept: 'volatile',
    fields: 'wp wp_limit failing',
    help: 'write-pending count and limit of a volume; its drive did not take what was destaged last',
  },
  dirty: {
    owner: 'cache',
    kept: 'volatile',
    fields: 'first last count start delay_us running delayed throttled:2 lost held',
    help: 'slots to destage, oldest first: at once when there are `start` of them, else `delay_us` after the first; hosts that wait for a write-pending limit; the disk director is dead; slots that no drive took are tried again after a while',
  },
  bucket: { owner: 'cache', kept: 'volatile', fields: 'first', help: 'hash of (volume, track) → slot + 1' },
  link: {
    owner: 'remote',
    kept: 'volatile',
    fields: 'wire greeted heard up credits reserved',
    help: 'a link to another array, eight records a trunk: number of its wire, 0 for none; credits are writes that the other side will still take over it, reserved those that a task was woken for',
  },
  trunk: {
    owner: 'remote',
    kept: 'volatile',
    fields: 'waiting:2 own other alone theirs enabled heard up room turn lost',
    help: 'all links to one other array: tasks that wait for a credit; identity of the memory here and over there; a number of each side that is another one after each time without any link; how many links were heard and are up; credits of this side that no link was given, and which part of the tracks had its turn; the data director is dead',
  },
  route: {
    owner: 'remote',
    kept: 'volatile',
    fields: 'link',
    help: 'which link (record of `link`) an eighth of the tracks takes, eight records a trunk; if no link is up, one that has no credit',
  },
  front: {
    owner: 'channel',
    kept: 'volatile',
    fields: 'lost units',
    help: 'the data director is dead: hosts hear so at once; how many SCSI units there are',
  },
  command: {
    owner: 'channel',
    kept: 'volatile',
    fields: 'op volume track sector count at flags',
    help: 'a host command, range-checked and cut into tracks by the port',
  },
  scsi: {
    owner: 'channel',
    kept: 'volatile',
    fields: 'work_waiting:2 settled:2 named:2 naming work_free works_at nexuses initiators commands',
    help: 'of the SCSI side of the channel: who waits for a work buffer, first free one (+ 1), where they begin (bytes of memory); task management that waits for commands to end; PERSISTENT RESERVE OUT that waits for one which names other initiators; how many nexuses, initiators and commands there may be',
  },
  work: {
    owner: 'channel',
    kept: 'volatile',
    fields: 'next',
    help: 'a work buffer of WORK_SECTORS: the next free one (+ 1)',
  },
  operation: {
    owner: 'service',
    readers: ['channel'],
    kept: 'volatile',
    fields: 'handler flags actions action_mask usage0 usage1 usage2 usage3',
    help: 'of an operation code, or behind those of a service action: which microcode (0: none: family << 4 | number), OPERATION_FLAG, where the records of its service actions begin (0: it has none) and how many (less one) its field may name; which bits of the CDB may be set',
  },
  nexus: {
    owner: 'channel',
    kept: 'volatile',
    fields: 'open initiator group marks',
    help: 'an I_T nexus, a session of an initiator: the record (+ 1) of its initiator, which LUNs it sees, NEXUS_MARK',
  },
  path: {
    owner: 'channel',
    kept: 'volatile',
    fields: 'count first prevents copy segments copied',
    help: 'a unit as one nexus sees it (nexus · units + unit): how many unit attentions wait for it, and the place of the oldest in its ring of `attention`; does it prevent removal of the medium; how the last EXTENDED COPY ended (its list identifier, with bit 8; 1 or 2 << 16: without or with errors), its segments and sectors',
  },
  attention: {
    owner: 'channel',
    kept: 'volatile',
    fields: 'sense',
    help: 'ATTENTIONS_MAX for each path: unit attentions that wait, as SENSE',
  },
  unit: {
    owner: 'channel',
    kept: 'volatile',
    fields:
      'gate type shift running heads ordered first last tas generation registrants reserver prevents pages blocks:2 attentive worked:2 pace_us modes stopped write_bytes:2 read_bytes:2 write_from read_from write_errors read_errors spare',
    help: 'a volume as a SCSI logical unit: GATE and UNIT_TYPE, log2 of the sectors of a block; its task set: commands that run, how many of them are HEAD OF QUEUE and ORDERED, the first and the last (+ 1) that wait for their turn, are initiators told of tasks that others aborted (TAS); PRgeneration and registrants; nexus (+ 1) that reserved it (RESERVE); nexuses that prevent removal; first of its pages; its size in sectors; paths that unit attentions wait on; commands that wait for the end of what `media` says; time between steps of that; UNIT_MODE; UNIT_STOP; what its log pages count: bytes, from which sectors of `meter` on more of them, and errors',
  },
  media: {
    owner: 'channel',
    kept: 'battery',
    fields: 'work next failed may_leave passes invert pattern_bytes pass',
    help: 'of a unit: MEDIA_WORK that is under way, the next track of it, how the last one failed (0: it did not), whether a failure may be left; of overwriting: how often, whether every second time with the pattern turned over, how many bytes it has, and how often it was done',
  },
  pattern: {
    owner: 'channel',
    kept: 'battery',
    fields: 'word',
    help: 'PATTERN_WORDS of each unit: what it is overwritten with, as big-endian numbers',
  },
  initiator: {
    owner: 'channel',
    kept: 'battery',
    fields: 'used hash bytes users',
    help: 'an initiator port that was seen: its TransportID stands in `transport_id`; its hash and length; how many sessions it has, and units that it is registered with: of 0 its record may be given to another',
  },
  registrant: {
    owner: 'channel',
    kept: 'battery',
    fields: 'key:2 flags spare',
    help: 'an initiator as a unit has it (initiator · units + unit): the reservation key, REGISTRANT; key before flags',
  },
  reservation: {
    owner: 'channel',
    kept: 'battery',
    fields: 'held kept',
    help: 'of a unit: the persistent reservation, its type and who holds it (initiator + 1) << 8, 0: none; do it and the registrations survive a power loss (APTPL)?',
  },
  transport_id: {
    owner: 'channel',
    kept: 'battery',
    fields: 'word',
    help: 'TRANSPORT_ID_WORDS for each initiator (SPC-6, 7.6.4), as big-endian numbers',
  },
  mask: {
    owner: 'service',
    readers: ['channel'],
    kept: 'volatile',
    fields: 'unit',
    help: 'LUNs of a host group (group · LUNS_MAX + LUN): the volume (+ 1); 0: none',
  },
  page: {
    owner: 'service',
    readers: ['channel'],
    kept: 'volatile',
    fields: 'next kind code at bytes spare:3',
    help: 'a page of a unit as its profile has it: the next of the unit (+ 1), PAGE_KIND, its code, where its bytes stand (byte of memory) and how many',
  },
  scsi_command: {
    owner: 'channel',
    kept: 'volatile',
    fields:
      'active aborted nexus lun_high lun attribute out_bytes in_bytes cdb0 cdb1 cdb2 cdb3 at unit next previous turn:2',
    help: 'what a SCSI command has beside `command`: between the port and its status (1), in the task set and running (2) or in line there (3); task management ended it (NO_STATUS or TASK_ABORTED); the LUN field; bytes that came and that the initiator takes; the CDB, big-endian; its transfer buffer; its unit (+ 1); behind and before it in line (+ 1), and where it waits',
  },
  meter: {
    owner: 'hostPort',
    readers: ['channel'],
    kept: 'volatile',
    fields: `reads writes read_sectors written_sectors read_us:2 write_us:2 read_times:${TIME_BUCKETS} write_times:${TIME_BUCKETS}`,
    help: 'of a volume: commands with data that ended well, and their sectors, since power on; their response times, together and as a histogram (TIME_BUCKETS). Single words wrap at 32 bits',
  },
  wire: {
    owner: 'linkPort',
    kept: 'volatile',
    fields: 'sent_bytes:2 received_bytes:2 sent_frames received_frames sent_messages received_messages',
    help: 'what went over the link each way since power on, greetings and heartbeats included; single words wrap at 32 bits',
  },
  node: {
    owner: 'service',
    kept: 'volatile',
    fields: 'free:4 ready:2 due:2 timers dead ops inbound director held',
    help: "a role's engine: free tasks by class, ready tasks, next deadline, what killed it; senders whose ring to it holds something; the director that it is placed on; classes whose new requests wait in the backlog, a bit each",
  },
  task: {
    owner: 'service',
    kept: 'volatile',
    fields:
      'r:16 state pc node class turn next asker token kind sp stack:4 await names count worst timed_out deadline:2 outstanding locks inbox inboxes:72 held',
    help: 'a task: sixteen registers, where it is, whom it answers, what it waits for; 1: a debugger holds it, 2: and it was ready',
  },
} as const satisfies Record<string, TableSpec>;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

export interface Field {
  readonly name: string;
  /** Word offset in the record. */
  readonly offset: number;
  readonly words: number;
}
export interface Table {
  readonly id: number;
  readonly name: TableName;
  readonly spec: TableSpec;
  readonly fields: ReadonlyMap<string, Field>;
  /** log2 of the record's words. */
  readonly shift: number;
}

function describe(name: TableName, id: number): Table {
  const spec: TableSpec = TABLES[name];
  const fields = new Map<string, Field>();
  let offset = 0;
  for (const text of spec.fields.split(' ')) {
    const [field = '', words = '1'] = text.split(':');
    fields.set(field, { name: field, offset, words: Number(words) });
    offset += Number(words);
  }
  let shift = 0;
  while (1 << shift < offset) shift++;
  return { id, name, spec, fields, shift };
}

/** log2 of the words of a table's record. */
export const shiftOf = (name: TableName): number => TABLE_LIST[TABLE_NAMES.indexOf(name)]?.shift ?? 0;

/** All tables in the order of their numbers. */
export const TABLE_LIST: readonly Table[] = TABLE_NAMES.map(describe);
export const tableByName = (name: string): Table | undefined => TABLE_LIST.find((t) => t.name === name);

const byName = new Map(TABLE_LIST.map((t) => [t.name, t]));

/** Word offset of a field in its record; a RangeError names what does not exist. */
export function fieldOffset(table: TableName, field: string): number {
  const f = byName.get(table)?.fields.get(field);
  if (!f) throw new RangeError(`no field ${table}.${field}`);
  return f.offset;
}
