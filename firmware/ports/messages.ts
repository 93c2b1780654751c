/**
 * Every message that two roles exchange, in one table. The engine, the assembler, the manual and the ring sizes are all
 * made from it; a kind that is not here cannot be sent.
 *
 * A descriptor is sixteen 32-bit words (64 bytes). A message hands over a slot or an address, never bytes.
 *
 * Rules that the engine and the assembler hold for every kind:
 * - a *request* (it names its `reply`) is answered exactly once, by the task that it started;
 * - a request whose class is `inherit` runs in the class of the task that sent it;
 * - a handler of class `completion` never waits, so a reply or a release never stands behind a request;
 * - a *one-way* kind says what bounds how many of it can be under way (`bound`), and ring sizes follow from that.
 */

/** Who runs microcode, and the ports beside them. The number is the node's number in rings and traces. */
export const ROLES = [
  'channel',
  'data',
  'cache',
  'disk',
  'remote',
  'hostPort',
  'drivePort',
  'linkPort',
  'service',
] as const;
export type Role = (typeof ROLES)[number];

/** Roles that run microcode: the first five; the rest are ports, written in TypeScript. */
export const MICROCODED_ROLES = ROLES.slice(0, 5);

/** Number of a role, its node's number. */
export const roleNumber = (role: Role): number => ROLES.indexOf(role);

/** Task classes, weakest first: a class may wait only for classes after it. */
export const TASK_CLASSES = ['host', 'remote', 'destage', 'completion'] as const;
export type TaskClass = (typeof TASK_CLASSES)[number];

/** Words of a descriptor and where they stand. */
export const DESCRIPTOR_WORDS = 16;
/** kind in bits 0–7, sending node in bits 8–15, task class in bits 16–23. */
export const D_HEAD = 0;
/** Wake token of the task that waits for the answer; 0 for a one-way message. */
export const D_TOKEN = 1;
/** In an answer: the token that it answers. */
export const D_ANSWERS = 2;
/** First of eight payload words. */
export const D_PAYLOAD = 4;
export const PAYLOAD_WORDS = 8;

/** What bounds the number of a one-way kind that can be under way. */
export type Bound =
  | 'commands'
  | 'tracksOfCommands'
  | 'slots'
  | 'pins'
  | 'pairs'
  | 'journals'
  | 'credits'
  | 'links'
  | 'scsi'
  | 'one';

interface KindSpec {
  readonly from: readonly Role[];
  readonly to: Role;
  /** Role whose image has the handler, where it is not `to`: what a link carries to the other array. */
  readonly handler?: Role;
  readonly class?: TaskClass | 'inherit';
  readonly reply?: string;
  readonly bound?: Bound;
  readonly fields: readonly string[];
  readonly help: string;
}

export interface Kind extends KindSpec {
  readonly id: number;
  readonly name: string;
  /** True for a kind that answers a request. */
  readonly isReply: boolean;
}

const spec = {
  // ── host port ⇄ channel
  COMMAND: {
    from: ['hostPort'],
    to: 'channel',
    class: 'host',
    bound: 'commands',
    fields: ['command'],
    help: 'a host command; for a write all of its bytes are in its transfer buffer',
  },
  PUSH: {
    from: ['channel'],
    to: 'hostPort',
    bound: 'tracksOfCommands',
    fields: ['command', 'slot', 'at', 'span'],
    help: 'these sectors of a pinned slot are the next part of the answer to a read',
  },
  STATUS: {
    from: ['channel'],
    to: 'hostPort',
    bound: 'commands',
    fields: ['command', 'status'],
    help: 'the status of a command; its last message',
  },
  EXTENT: {
    from: ['channel'],
    to: 'hostPort',
    bound: 'commands',
    fields: ['command', 'tracks', 'state'],
    help: 'what so many tracks from the first of the command on have in common; of INQUIRE: sectors of a block, less one. One a command, before its status',
  },
  PUSHED: {
    from: ['hostPort'],
    to: 'channel',
    class: 'completion',
    bound: 'tracksOfCommands',
    fields: ['slot'],
    help: 'the port no longer reads the slot',
  },
  // ── channel → data
  READ: {
    from: ['channel'],
    to: 'data',
    class: 'host',
    reply: 'READY',
    fields: ['volume', 'track', 'span'],
    help: 'make these sectors of a track readable',
  },
  READY: {
    from: ['data'],
    to: 'channel',
    fields: ['result', 'slot'],
    help: 'the slot holds the sectors and is pinned for the asker',
  },
  WRITE: {
    from: ['channel'],
    to: 'data',
    class: 'host',
    reply: 'WRITTEN',
    fields: ['volume', 'track', 'span', 'at', 'flags'],
    help: 'write sectors of one track from a transfer buffer, or (SHIP_ZERO) zeroes, or (and SHIP_UNMAP) make it a hole',
  },
  WRITTEN: {
    from: ['data'],
    to: 'channel',
    fields: ['result'],
    help: 'the write has all that its recipe asks before status',
  },
  SYNC: {
    from: ['channel'],
    to: 'data',
    class: 'host',
    reply: 'SYNCED',
    fields: ['volume'],
    help: 'everything acknowledged so far survives a power loss',
  },
  SYNCED: { from: ['data'], to: 'channel', fields: ['result'], help: '' },
  MAP: {
    from: ['channel'],
    to: 'data',
    class: 'host',
    reply: 'MAPPED',
    fields: ['volume', 'track', 'map'],
    help: 'how many tracks from this one on have the same state in this map (MAP_WRITTEN, MAP_OWED)?',
  },
  MAPPED: { from: ['data'], to: 'channel', fields: ['result', 'tracks', 'state'], help: 'state: 1 or 0' },
  INQUIRE: {
    from: ['channel'],
    to: 'data',
    class: 'host',
    reply: 'INQUIRED',
    fields: ['volume'],
    help: 'would a host write be admitted now?',
  },
  INQUIRED: {
    from: ['data'],
    to: 'channel',
    fields: ['result', 'align'],
    help: 'align: sectors of a block, less one; hosts read and write whole blocks',
  },
  // ── cache
  GET: {
    from: ['data'],
    to: 'cache',
    class: 'inherit',
    reply: 'GOT',
    fields: ['volume', 'track', 'span', 'intent', 'pool'],
    help: 'a slot to read from (pinned, the sectors staged) or to write to (granted to the asker alone; TO_CHANGE: the sectors staged as well)',
  },
  GOT: { from: ['cache'], to: 'data', fields: ['result', 'slot'], help: '' },
  GIVE: {
    from: ['data'],
    to: 'cache',
    class: 'completion',
    bound: 'slots',
    fields: ['slot', 'session'],
    help: 'the grant of a slot ends; session: the wire of a write whose credit the slot holds until it is clean, 0 for none',
  },
  UNPIN: {
    from: ['channel', 'data'],
    to: 'cache',
    class: 'completion',
    bound: 'pins',
    fields: ['slot'],
    help: 'a reader is done with a slot',
  },
  CLEAN: {
    from: ['data'],
    to: 'cache',
    class: 'completion',
    bound: 'slots',
    fields: ['slot', 'cleaned'],
    help: 'a destage ended, or never begins; cleaned: how (CHANGED, STORED_ALL, HELD, GIVEN_UP, BYTES_LOST)',
  },
  FIND: {
    from: ['data'],
    to: 'cache',
    class: 'completion',
    reply: 'FOUND',
    fields: ['volume', 'track'],
    help: 'is this track in cache, and dirty?',
  },
  FOUND: {
    from: ['cache'],
    to: 'data',
    fields: ['dirty', 'slot', 'whole'],
    help: 'whole: the slot holds all of the track',
  },
  RETRY: {
    from: ['cache'],
    to: 'cache',
    class: 'destage',
    bound: 'one',
    fields: [],
    help: 'after a while, what no drive took is destaged again',
  },
  TRY: {
    from: ['cache'],
    to: 'data',
    class: 'destage',
    bound: 'one',
    fields: [],
    help: 'a drive failed a while ago: what was given up is asked for again',
  },
  ADOPT: {
    from: ['data'],
    to: 'cache',
    class: 'host',
    reply: 'ADOPTED',
    fields: [],
    help: 'after power on: take back what the battery kept',
  },
  ADOPTED: { from: ['cache'], to: 'data', fields: [], help: '' },
  CREDIT: {
    from: ['cache'],
    to: 'remote',
    class: 'completion',
    bound: 'slots',
    fields: ['count', 'trunk'],
    help: 'a slot that was written for the array behind this trunk is clean again, and so many credits are free',
  },
  CLEANED: {
    from: ['cache'],
    to: 'data',
    class: 'completion',
    bound: 'slots',
    fields: ['volume', 'track'],
    help: 'a slot that was given for NO_WIRE is clean: all that was written to the track until then is on its drive',
  },
  SPOILED: {
    from: ['cache'],
    to: 'data',
    class: 'completion',
    bound: 'slots',
    fields: ['volume', 'track', 'spoiled'],
    help: 'a parity error of a dirty slot: the newest bytes of the track are lost here; the slot waits for CLEAN',
  },
  // ── disk
  STAGE: {
    from: ['cache'],
    to: 'disk',
    class: 'inherit',
    reply: 'STAGED',
    fields: ['volume', 'track', 'slot'],
    help: 'read what the slot lacks of its track',
  },
  STAGED: { from: ['disk'], to: 'cache', fields: ['result'], help: '' },
  DESTAGE: {
    from: ['cache'],
    to: 'disk',
    class: 'destage',
    bound: 'one',
    fields: ['delay_us'],
    help: 'there are dirty slots',
  },
  TAKE: {
    from: ['disk'],
    to: 'cache',
    class: 'completion',
    reply: 'TAKEN',
    fields: ['delayed'],
    help: 'the oldest dirty slot and its dirty neighbours, pinned',
  },
  TAKEN: {
    from: ['cache'],
    to: 'disk',
    fields: ['count', 'volume', 'slots0', 'slots1', 'slots2', 'slots3'],
    help: 'up to eight slots of a volume, two in a word; count 0: nothing to destage',
  },
  DESTAGED: {
    from: ['disk'],
    to: 'data',
    class: 'completion',
    bound: 'slots',
    fields: ['volume', 'track', 'gen', 'gen_epoch', 'slot', 'result'],
    help: 'the drive was synced after this generation of the track was written to it',
  },
  LIST_READ: {
    from: ['data'],
    to: 'disk',
    class: 'inherit',
    reply: 'LISTED',
    fields: ['drive', 'lba', 'sectors', 'at'],
    help: 'sectors of a list on a drive, into memory',
  },
  LIST_WRITE: {
    from: ['data'],
    to: 'disk',
    class: 'inherit',
    reply: 'LISTED',
    fields: ['drive', 'lba', 'sectors', 'at'],
    help: 'sectors of a list to its drive, which is synced then',
  },
  LISTED: { from: ['disk'], to: 'data', fields: ['result'], help: '' },
  DRIVE_READ: {
    from: ['disk'],
    to: 'drivePort',
    reply: 'DRIVE_DONE',
    fields: ['drive', 'lba', 'sectors', 'at'],
    help: '',
  },
  DRIVE_WRITE: {
    from: ['disk'],
    to: 'drivePort',
    reply: 'DRIVE_DONE',
    fields: ['drive', 'lba', 'sectors', 'at'],
    help: '',
  },
  DRIVE_SYNC: {
    from: ['disk'],
    to: 'drivePort',
    reply: 'DRIVE_DONE',
    fields: ['drive'],
    help: 'all earlier writes of this drive are stable',
  },
  DRIVE_DONE: { from: ['drivePort'], to: 'disk', fields: ['result'], help: '' },
  // ── remote
  SHIP: {
    from: ['data'],
    to: 'remote',
    class: 'inherit',
    reply: 'SHIPPED',
    fields: ['volume', 'track', 'span', 'at', 'epoch', 'gen', 'flags'],
    help: 'write these sectors to the other array; volume: as in `pair.peer`',
  },
  SHIPPED: { from: ['remote'], to: 'data', fields: ['result'], help: '' },
  CALL: {
    from: ['data'],
    to: 'remote',
    class: 'inherit',
    reply: 'ANSWER',
    fields: ['what', 'volume', 'a', 'b', 'c', 'd'],
    help: 'a question for the data role of the other array; volume: as in `pair.peer`',
  },
  ANSWER: { from: ['remote'], to: 'data', fields: ['result', 'a', 'b', 'c', 'd', 'e', 'f'], help: '' },
  APPLY: {
    from: ['remote'],
    to: 'data',
    class: 'remote',
    reply: 'APPLIED',
    fields: ['volume', 'track', 'span', 'at', 'gen', 'epoch', 'flags', 'session'],
    help: 'the other array writes these sectors here',
  },
  APPLIED: { from: ['data'], to: 'remote', fields: ['result'], help: '' },
  ASK: {
    from: ['remote'],
    to: 'data',
    class: 'completion',
    reply: 'ASKED',
    fields: ['what', 'volume', 'a', 'b', 'c', 'd', 'trunk'],
    help: 'a question from the data role of the array behind this trunk',
  },
  ASKED: { from: ['data'], to: 'remote', fields: ['result', 'a', 'b', 'c', 'd', 'e', 'f'], help: '' },
  ENABLE: {
    from: ['data'],
    to: 'remote',
    class: 'completion',
    bound: 'one',
    fields: ['identity'],
    help: 'the array has its state back: links may be greeted; identity of its memory',
  },
  PEER_UP: {
    from: ['remote'],
    to: 'data',
    class: 'completion',
    bound: 'links',
    fields: ['session'],
    help: 'both sides greeted each other on the first link to an array; session: its wire',
  },
  PEER_DOWN: {
    from: ['remote'],
    to: 'data',
    class: 'completion',
    bound: 'links',
    fields: ['trunk'],
    help: 'the last link to an array is gone; all that was under way there has failed',
  },
  BRING: {
    from: ['remote'],
    to: 'data',
    class: 'destage',
    reply: 'BROUGHT',
    fields: ['volume', 'track', 'epoch', 'gen', 'trunk'],
    help: 'the other array cannot read this track of its own any more: send it there, if it is of this generation here',
  },
  BROUGHT: { from: ['data'], to: 'remote', fields: ['result'], help: '' },
  REBUILD: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'one',
    fields: [],
    help: 'make tracks whole again that bear M1 invalid',
  },
  OFFER: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'pairs',
    fields: ['volume'],
    help: 'open the pair of this volume and bring the other side what it lacks',
  },
  CONVERT: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'pairs',
    fields: ['volume'],
    help: 'change the format of the tracks of this volume that bear M1 format pending',
  },
  // ── remote ⇄ link ⇄ remote of the other array
  HELLO: {
    from: ['remote', 'linkPort'],
    to: 'linkPort',
    handler: 'remote',
    class: 'completion',
    bound: 'links',
    fields: ['wire', 'credits', 'identity', 'alone'],
    help: 'first on a wire (each side has its own number for it): how many writes the sender takes before it gives a credit back; identity of its memory; a number that is another one when it was without any link meanwhile',
  },
  FAR_APPLY: {
    from: ['remote', 'linkPort'],
    to: 'linkPort',
    handler: 'remote',
    class: 'remote',
    reply: 'FAR_APPLIED',
    fields: ['volume', 'track', 'span', 'at', 'epoch', 'gen', 'flags', 'wire'],
    help: 'over this wire, with the bytes at `at` attached, unless zeroes',
  },
  FAR_APPLIED: { from: ['remote', 'linkPort'], to: 'linkPort', handler: 'remote', fields: ['result'], help: '' },
  FAR_CALL: {
    from: ['remote', 'linkPort'],
    to: 'linkPort',
    handler: 'remote',
    class: 'remote',
    reply: 'FAR_ANSWER',
    fields: ['what', 'volume', 'a', 'b', 'c', 'd', 'wire'],
    help: 'over this wire',
  },
  FAR_ANSWER: {
    from: ['remote', 'linkPort'],
    to: 'linkPort',
    handler: 'remote',
    fields: ['result', 'a', 'b', 'c', 'd', 'e', 'f'],
    help: '',
  },
  FAR_CREDIT: {
    from: ['remote', 'linkPort'],
    to: 'linkPort',
    handler: 'remote',
    class: 'completion',
    bound: 'credits',
    fields: ['count', 'wire'],
    help: 'so many more writes may be sent over this wire',
  },
  LINK_UP: {
    from: ['linkPort'],
    to: 'remote',
    class: 'completion',
    bound: 'links',
    fields: ['wire'],
    help: 'a new wire carries frames; its lowest three bits are the number of its link, its highest the trunk, the others are not 0',
  },
  LINK_DOWN: {
    from: ['linkPort'],
    to: 'remote',
    class: 'completion',
    bound: 'links',
    fields: ['wire'],
    help: 'the wire is cut; frames under way are lost',
  },
  UNSPENT: {
    from: ['linkPort'],
    to: 'remote',
    class: 'completion',
    bound: 'credits',
    fields: ['count', 'trunk'],
    help: 'so many credits were given to a wire of this trunk that is gone, and no write came for them',
  },
  HANG_UP: {
    from: ['remote'],
    to: 'linkPort',
    bound: 'links',
    fields: ['wire'],
    help: 'this wire leads to another memory than the other links of its trunk do: it shall end',
  },
  RECEIVED: {
    from: ['remote'],
    to: 'linkPort',
    bound: 'credits',
    fields: ['at'],
    help: 'the receive buffer may be used again',
  },
  // ── service processor
  BOOT: { from: ['service'], to: 'data', class: 'host', reply: 'DONE', fields: [], help: 'power is on' },
  DRIVE_NEW: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['drive'],
    help: 'an empty drive stands in the place of this one: what it had is invalid',
  },
  FAILOVER: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['volume', 'force'],
    help: 'take the pair over: this side shall serve hosts',
  },
  CREATE: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['volume', 'force'],
    help: 'make the pair of a simplex volume, with this side as source, and copy all of it; force: over what the other side holds',
  },
  SUSPEND: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['volume'],
    help: 'stop sending; hosts go on, and what they write is owed until RESUME',
  },
  RESUME: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['volume'],
    help: 'bring the other side what is owed',
  },
  DELETE: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['volume', 'force'],
    help: 'there is no pair any more, on either side; force: on this side, if the other one cannot be asked',
  },
  SWAP: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['volume'],
    help: 'the other side serves hosts, and shall be the target of this one; in PAIR only',
  },
  FORMAT: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['volume', 'block'],
    help: 'change the format of all tracks of a volume, on both sides of its pair, to blocks of so many sectors (1 or 8); done when it has begun',
  },
  DONE: {
    from: ['data'],
    to: 'service',
    fields: ['result', 'a', 'b'],
    help: 'an operator command ended; of a pair, but for FAILOVER, a is its state and b what is owed, as the side says that decides (of FORMAT: tracks here that are still to be changed)',
  },
  PAIR_LOOK: {
    from: ['service'],
    to: 'data',
    class: 'completion',
    reply: 'PAIR_SEEN',
    fields: ['volume'],
    help: 'how is the pair of this volume?',
  },
  PAIR_SEEN: {
    from: ['data'],
    to: 'service',
    fields: ['result', 'state', 'role', 'agreed', 'epoch', 'peer', 'heard_low', 'heard_high'],
    help: 'a volume without a pair: SMPL, no role, agreed',
  },
  TRACK_LOOK: {
    from: ['service'],
    to: 'data',
    class: 'completion',
    reply: 'TRACKS_SEEN',
    fields: ['volume'],
    help: 'how many tracks of this volume bear each flag?',
  },
  TRACKS_SEEN: {
    from: ['data'],
    to: 'service',
    fields: ['result', 'm1_wp', 'm2_wp', 'm1_fp', 'm2_fp', 'm1_inv', 'm2_inv'],
    help: '',
  },
  VOLUME_LOOK: {
    from: ['service'],
    to: 'data',
    class: 'completion',
    reply: 'VOLUME_SEEN',
    fields: ['volume'],
    help: 'is this volume ready, and may hosts write to it? What is known of the other side?',
  },
  VOLUME_SEEN: {
    from: ['data'],
    to: 'service',
    fields: ['result', 'own', 'other', 'align', 'time', 'mapped'],
    help: 'own, other: DEVICE bits (0 of the other side: not known now); align: sectors of a block, less one, that tracks have or shall get; time of the last operation, in seconds; 0: none; mapped: tracks that are no holes',
  },
  CHANNEL_LOSES: {
    from: ['service'],
    to: 'channel',
    class: 'completion',
    bound: 'one',
    fields: ['lost'],
    help: 'a director is dead, until the next power on; lost: 1 << the role. Told of data: what waits for it ends, and hosts hear NOT_READY',
  },
  DATA_LOSES: {
    from: ['service'],
    to: 'data',
    class: 'completion',
    bound: 'one',
    fields: ['lost'],
    help: 'a director is dead, until the next power on; lost: 1 << the role. Told of cache, remote or disk: what waits for it ends, pairs are left; without a cache no volume is ready',
  },
  CACHE_LOSES: {
    from: ['service'],
    to: 'cache',
    class: 'completion',
    bound: 'one',
    fields: ['lost'],
    help: 'a director is dead, until the next power on; lost: 1 << the role. Told of disk: what is in cache stays readable, hosts write up to their limits',
  },
  DISK_LOSES: {
    from: ['service'],
    to: 'disk',
    class: 'completion',
    bound: 'one',
    fields: ['lost'],
    help: 'a director is dead, until the next power on; lost: 1 << the role. Told of cache: a destage ends',
  },
  REMOTE_LOSES: {
    from: ['service'],
    to: 'remote',
    class: 'completion',
    bound: 'one',
    fields: ['lost'],
    help: 'a director is dead, until the next power on; lost: 1 << the role. Told of data: questions of the other array end, and it is not greeted again',
  },
  // ── journal groups
  READ_JOURNAL: {
    from: ['remote'],
    to: 'data',
    class: 'destage',
    reply: 'JOURNAL_READ',
    fields: ['volume', 'size', 'after', 'after_high', 'lag', 'trunk'],
    help: 'the target reads the journal of this volume: send it the entries behind this number, so many at most; so far behind the number is what it has restored',
  },
  JOURNAL_READ: {
    from: ['data'],
    to: 'remote',
    fields: ['result', 'waiting', 'fill', 'to', 'to_high', 'hurry'],
    help: 'all up to this number went, or do not exist; so many more wait; fill: so many entries are kept; hurry: 1: nothing of the group may be held back now; 2: a read waits for a buffer here',
  },
  PULL: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'journals',
    fields: ['journal'],
    help: 'read the journal of the source, at intervals',
  },
  RESTORE: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'journals',
    fields: ['journal'],
    help: 'bring what was read to the volumes',
  },
  SPILL: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'journals',
    fields: ['journal'],
    help: 'bring data and update information to the journal volumes',
  },
  DROP: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'journals',
    fields: ['journal'],
    help: 'entries become marks',
  },
  FULL: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'journals',
    fields: ['journal'],
    help: 'hosts wait for room in the journal, for a time',
  },
  HAND: {
    from: ['data'],
    to: 'data',
    class: 'destage',
    bound: 'journals',
    fields: ['journal'],
    help: 'what was restored goes into the journals of further pairs',
  },
  IMAGE: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'IMAGED',
    fields: ['volume', 'onto', 'at', 'at_high', 'part'],
    help: "the volume `onto` shall get an image of this target's volume as it was at an entry of the group, or at a time (IMAGE_PART): one message for each volume, and the last begins",
  },
  IMAGED: {
    from: ['data'],
    to: 'service',
    fields: ['result', 'number', 'number_high', 'time', 'time_high', 'last', 'last_high'],
    help: 'number and time (ns; 0: not known) of the newest entry in it. NOT_KEPT: the entries from `number` to `last` are possible',
  },
  RELEASE: {
    from: ['service'],
    to: 'data',
    class: 'host',
    reply: 'DONE',
    fields: ['volume'],
    help: 'hosts may have a volume that got a part of an image',
  },
  REWRITE: {
    from: ['channel'],
    to: 'data',
    class: 'host',
    reply: 'REWRITTEN',
    fields: ['volume', 'track', 'span', 'at', 'flags'],
    help: 'write sectors of one track from a transfer buffer, joined bit by bit with what stands there (REWRITE_OR); or if what stands there is what the transfer buffer has right before them',
  },
  REWRITTEN: {
    from: ['data'],
    to: 'channel',
    fields: ['result', 'where'],
    help: 'as of WRITTEN; DIFFERENT: so many bytes are as they must be, the next one is not, and nothing was written',
  },
  // ── SCSI: host port ⇄ channel
  SCSI: {
    from: ['hostPort'],
    to: 'channel',
    class: 'host',
    bound: 'scsi',
    fields: ['command'],
    help: 'a SCSI command (`scsi_command`); all of its data-out is in its transfer buffer',
  },
  WORK: {
    from: ['channel'],
    to: 'channel',
    class: 'host',
    bound: 'pairs',
    fields: ['unit'],
    help: 'what `media` says of a unit is to be done, or goes on after power on',
  },
  TASK_MANAGE: {
    from: ['hostPort'],
    to: 'channel',
    class: 'remote',
    bound: 'scsi',
    fields: ['command', 'what', 'task'],
    help: 'task management (TASK_MANAGEMENT) for the nexus and LUN of this command record; of ABORT_TASK the command that is meant. Its SCSI_STATUS says the answer',
  },
  NEXUS_OPEN: {
    from: ['hostPort'],
    to: 'channel',
    class: 'remote',
    bound: 'scsi',
    fields: ['command', 'group', 'at', 'bytes'],
    help: 'a session begins, of the initiator with the TransportID of so many bytes at `at` (sectors of memory), which sees the LUNs of this group',
  },
  NEXUS_CLOSE: {
    from: ['hostPort'],
    to: 'channel',
    class: 'remote',
    bound: 'scsi',
    fields: ['command', 'nexus'],
    help: 'a session has ended: I_T nexus loss',
  },
  NEXUS: {
    from: ['channel'],
    to: 'hostPort',
    bound: 'scsi',
    fields: ['command', 'nexus'],
    help: 'of NEXUS_OPEN: its number, -1: there are as many as there may be; of NEXUS_CLOSE: all of its commands have ended',
  },
  PARAMETERS: {
    from: ['channel'],
    to: 'hostPort',
    bound: 'scsi',
    fields: ['command', 'work', 'bytes'],
    help: 'so many bytes of this work buffer are the data-in of the command; at most one a command',
  },
  COPIED: {
    from: ['hostPort'],
    to: 'channel',
    class: 'completion',
    bound: 'scsi',
    fields: ['work'],
    help: 'the port no longer reads the work buffer',
  },
  SCSI_STATUS: {
    from: ['channel'],
    to: 'hostPort',
    bound: 'scsi',
    fields: ['command', 'status', 'sense', 'information', 'information_high', 'specific', 'wanted', 'stable'],
    help: 'the status of a SCSI command (SAM_STATUS), its sense (SENSE and SENSE_BITS) with its fields, how many bytes its CDB asked to move; stable: only when what was acknowledged until now survives the loss of the machine',
  },
  CHANNEL_ON: {
    from: ['service'],
    to: 'channel',
    class: 'host',
    reply: 'CHANNEL_IS_ON',
    fields: [],
    help: 'power is on, of an array with SCSI hosts: after BOOT, before them',
  },
  CHANNEL_IS_ON: {
    from: ['channel'],
    to: 'service',
    fields: ['result'],
    help: 'reservations are as they were, or gone; what was under way of whole units goes on',
  },
  // ── thin provisioning
  DRIVE_DISCARD: {
    from: ['disk'],
    to: 'drivePort',
    reply: 'DRIVE_DONE',
    fields: ['drive', 'lba', 'sectors'],
    help: 'these sectors are zeroes from now on, and need no room; stable as a write is, with the next sync',
  },
} as const satisfies Record<string, KindSpec>;

export type KindName = keyof typeof spec;

const replyNames = new Set(Object.values(spec).flatMap((s) => ('reply' in s ? [s.reply as string] : [])));

/** All kinds; `KINDS[id].id === id`; id 0 is none. */
export const KINDS: readonly Kind[] = [
  { id: 0, name: 'NONE', from: [], to: 'service', fields: [], help: 'no message', isReply: false },
  ...Object.entries(spec as Record<string, KindSpec>).map(([name, s], i) => ({
    ...s,
    id: i + 1,
    name,
    isReply: replyNames.has(name),
  })),
];

/** Number of each kind by name: `KIND.WRITE`. */
export const KIND = Object.fromEntries(KINDS.slice(1).map((k) => [k.name, k.id])) as Record<KindName, number>;

/** The kind of that name; undefined when there is none. */
export const kindByName = (name: string): Kind | undefined => KINDS.find((k) => k.id > 0 && k.name === name);
