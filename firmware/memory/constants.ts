/**
 * Numbers with a name, one table: microcode writes them `#NAME`, TypeScript imports them. Nothing is written twice.
 */
import { MICROCODED_ROLES } from '../ports/messages.js';
import { SCSI_CONSTANTS } from './scsi.js';

export const SECTOR_BYTES = 512;
/** Largest track in sectors: its masks are four words. */
export const MAX_SECTORS_PER_TRACK = 128;
export const TRACKS_PER_CYLINDER = 15;
/** Requests that one task may have unanswered; ring sizes are counted from it. */
export const MAX_PARALLEL = 8;
/** Links between two arrays; a link's number is the lowest three bits of its wires' numbers. */
export const LINKS_MAX = 8;
/** Other arrays that an array may have links to. All links to one of them are a trunk. */
export const TRUNKS_MAX = 4;
/**
 * The number of a wire, and where the other side's volume is (`pair.peer`), begin with the trunk's number; of a volume, its
 * number over there follows (VOLUME_BITS). Shifted by FIRST_LINK_SHIFT (LINKS_MAX = 2³), they give the trunk's first record in `link` and `route`.
 */
export const TRUNK_SHIFT = 28;
export const FIRST_LINK_SHIFT = TRUNK_SHIFT - 3;
export const VOLUME_BITS = 0x0fff_ffff;
/**
 * Micro-operations that a task may run without a `wait` or a `yield`; more is a microcode fault. PREEMPT AND ABORT, which is one
 * step, has about 110 for each session, 25 for each initiator and 75 for each command that an array may have (array.schema.json).
 */
export const TURN_BUDGET = 200_000;

/**
 * Track flags (seed 002, Figs. 2 and 3): 1 is this side's copy, 2 the other's. The last two say nothing of what is pending.
 * WRITTEN: the track is mapped: it got bytes, from a host or from the other array, and was not unmapped since. Without it the
 * track is zeroes, which no drive is asked for. FBA_4096: this side's track is
 * in blocks of 4096 bytes, not 512.
 */
export const FLAG = {
  M1_WP: 1,
  M2_WP: 2,
  M1_FP: 4,
  M2_FP: 8,
  M1_INV: 16,
  M2_INV: 32,
  WRITTEN: 64,
  FBA_4096: 128,
} as const;
export const FLAG_BITS = 8;

/** Result of a request; 0 is success, and of several the greatest counts. */
export const RESULT = {
  OK: 0,
  NOT_READY: 1,
  WRITE_PROTECTED: 2,
  OUT_OF_RANGE: 3,
  MEDIUM_ERROR: 4,
  /** the other side holds a newer generation of the track */
  STALE: 5,
  /** the other side is in another epoch, or is not a target */
  REFUSED: 6,
  LINK_DOWN: 7,
  /** the other side serves hosts itself */
  TAKEN_OVER: 8,
  /** the epoch that was offered is not newer; the answer carries the one that is held */
  OLD_EPOCH: 9,
  /** the other side cannot be asked, so nobody here knows how far it went */
  UNKNOWN: 10,
  /** the other side holds the data of another source than this one, whose list nobody has any more */
  FOREIGN: 11,
  /** not in this state of the pair; the answer carries the state */
  WRONG_STATE: 12,
  /** the other side's volume was written, and the pair would overwrite it */
  HOLDS_DATA: 13,
  /** the other side's volume is of no pair: an operator deleted it there, or did not make it */
  SIMPLEX: 14,
  /** another command of an operator waits for the other side */
  BUSY: 15,
  /** what the other side sent is on the drive here, so no slot holds its credit; between the data and the remote role only */
  ON_DRIVE: 16,
  /** a domino pair: the other side cannot have the write now, so it has no status OK; it may be found in or out */
  DOMINO_HELD: 17,
  /** of `admit` only: behind the lock, the list on the drives must first say that the track's cylinder may differ */
  LOOK: 18,
  /** not in whole blocks of the volume's format */
  UNALIGNED: 19,
  /** the two sides are not in the same format; the answer may carry the newer one */
  FORMATS: 20,
  /** of `commit` only: it cannot capture the write now; the write begins again with `admit` */
  AGAIN: 21,
  /** a journal group cannot be restored to that entry or time; the answer carries the window in which it can */
  NOT_KEPT: 22,
  /** this volume cannot get an image: it has a pair, is of another size, or gets another one */
  NO_PLACE: 23,
  /** what an image was made from is not held back any more; the volume that got it is torn */
  ENDED: 24,
  /** not what it must be, to be written */
  DIFFERENT: 25,
} as const;

export const COMMAND_OP = {
  OP_READ: 1,
  OP_WRITE: 2,
  OP_ZERO: 3,
  OP_TRIM: 4,
  OP_SYNC: 5,
  /** what a run of tracks has in common; of which map (TRACK_MAP) stands in the command's flags */
  OP_MAP: 6,
  /** may hosts write to the volume? */
  OP_INQUIRE: 7,
  /** into the cache, and no byte to the host */
  OP_CACHE: 8,
} as const;

/** In the flags of a command, beside COMMAND_FUA: zeroes that keep their room on the drives. */
export const COMMAND_FLAGS = { KEEPS_ROOM: 2 } as const;

/** What a host may ask of tracks: are they mapped; does the other side lack them? */
export const TRACK_MAP = { MAP_WRITTEN: 0, MAP_OWED: 1 } as const;

/**
 * VOLUME_UNKNOWN: of a pair, and as formatted; whether the other side has data of it is not known here yet. VOLUME_WATCHED:
 * ready, but hosts must keep to larger blocks than sectors, or some track of it bears M1 invalid: reads and writes look first.
 * VOLUME_RESTORING: the fourth area of a journal group (seed 000): between entries it is what the source never was, so hosts
 * read it after a takeover only. VOLUME_TORN: it gets an image of such a volume, or got a part of one. Bit VOLUME_READY: hosts
 * are served.
 */
export const VOLUME_STATE = {
  VOLUME_ABSENT: 0,
  VOLUME_READY: 1,
  VOLUME_UNKNOWN: 2,
  VOLUME_WATCHED: 3,
  VOLUME_RESTORING: 4,
  VOLUME_TORN: 6,
} as const;

/**
 * What an array knows of a volume's copy (seed 002, Fig. 3), its own or the other side's: DEVICE_READY: it can be read here, it
 * takes what is sent there; DEVICE_DISABLED: hosts may not write to it.
 */
export const DEVICE = { DEVICE_KNOWN: 1, DEVICE_READY: 2, DEVICE_DISABLED: 4 } as const;

/** Pair states, in the field's words. */
export const PAIR_STATE = { SMPL: 0, COPY: 1, PAIR: 2, PSUS: 3, PSUE: 4, SSWS: 5 } as const;
/** Which side of a pair this array is now. */
export const PAIR_ROLE = { NO_ROLE: 0, SOURCE: 1, TARGET: 2 } as const;
/**
 * What the rig wants of a pair, as bits; none: real-time, acknowledged when received, its list in battery memory only.
 * Microcode does it by recipe.
 */
export const PAIR_MODE = { POINT_IN_TIME: 1, STORED: 2, DOMINO: 4, LISTED: 8 } as const;

/** What an offer that runs began with (`session.offering`): a new session, or what is owed in the one that is open. */
export const OFFERING = { NEW_SESSION: 1, SAME_SESSION: 2 } as const;

/** Why a slot is asked for: to read these sectors, to be the only one who touches it, or both. */
export const INTENT = { TO_READ: 0, TO_WRITE: 1, TO_CHANGE: 2 } as const;
/** Slots for this side's hosts and slots for the other side's writes: neither waits for the other. */
export const POOL = { HOST_POOL: 0, REMOTE_POOL: 1 } as const;

/**
 * What a SHIP or APPLY is. SHIP_BACK: a track that the side which gets it asked for, as its own copy is not right; of no epoch.
 * SHIP_DATA: write data of a read of a journal; SHIP_INFORMATION: its update information, and in the second byte of the flags
 * how many entries; with SHIP_DATA it has data, which go before it. SHIP_UNMAP, with SHIP_ZERO, in WRITE too: a span that is all
 * of its track becomes a hole, which takes no room on the drives; any other becomes zeroes.
 */
export const SHIP_FLAG = {
  SHIP_ZERO: 1,
  SHIP_WHOLE: 2,
  SHIP_BACK: 4,
  SHIP_DATA: 8,
  SHIP_INFORMATION: 16,
  SHIP_UNMAP: 32,
} as const;

/** Of REWRITE; 0: if it is what it must be. */
export const REWRITE = { REWRITE_OR: 1 } as const;

/**
 * In CLEAN, how a destage ended: the track was written meanwhile; what was written is what the slot holds; the drive failed,
 * and the slot has what nobody else has; the drive failed, and the other side has the track; OUTDATED: it failed, and the
 * track was written meanwhile.
 */
export const CLEANED = { CHANGED: 0, STORED_ALL: 1, HELD: 2, GIVEN_UP: 3, BYTES_LOST: 4, OUTDATED: 5 } as const;
/**
 * `entry.granted`: an asker has the slot to itself; a parity error that nobody has looked at yet; it was dirty, and the data
 * role hears that its bytes are lost.
 */
export const GRANT = { GRANTED: 1, SPOILED: 2, TOLD: 3 } as const;

/** In GIVE: destage at once, and CLEANED then; the slot holds no wire's credit. Wires have positive numbers. */
export const NO_SESSION = { NO_WIRE: -1 } as const;

/** Questions between data roles (CALL). ASK_BACK is answered when the track has come (BRING). */
export const QUESTION = {
  ASK_OPEN: 0,
  ASK_STATE: 1,
  ASK_YIELD: 2,
  ASK_LIST: 3,
  ASK_CREATE: 4,
  ASK_DELETE: 5,
  ASK_AGAIN: 6,
  ASK_FORMAT: 7,
  ASK_CHANGED: 8,
  ASK_BACK: 9,
  ASK_JOURNAL: 10,
  ASK_GENERATIONS: 11,
} as const;

/** Of IMAGE: the first and the last volume that a command names; and how it names the entry. */
export const IMAGE_PART = { IMAGE_FIRST: 1, IMAGE_LAST: 2, IMAGE_AT_TIME: 4 } as const;

/** Update information: so many records in a sector. */
export const RECORDS_PER_SECTOR = 8;
/** Entries that go over the link together at most, and the sectors of their update information. */
export const ENTRIES_AT_ONCE = 16;
export const INFORMATION_SECTORS = ENTRIES_AT_ONCE / RECORDS_PER_SECTOR;
/** Of a group: buffers of a source, each for what goes together; as many reads may run. */
export const JOURNAL_BUFFERS = 4;

/** A list on a drive begins with it: "LIST", and the version of what follows. */
export const LIST_LABEL = { LIST_MAGIC: 0x4c495354, LIST_VERSION: 1 } as const;
/** In a list on a drive, of each cylinder: nothing of it differs or is only in cache; may be; is on its way to the drive as such. */
export const HEAT = { COLD: 0, HOT: 1, HEATING: 3 } as const;
/** What became of battery memory before this power on: kept; lost; lost, and some list on a drive said whose it was. */
export const BATTERY = { KEPT: 0, LOST: 1, RECALLED: 2 } as const;

/** A bit for each role whose director is dead (`system.lost`): LOST_DATA = 2. */
const LOST = Object.fromEntries(MICROCODED_ROLES.map((role, number) => [`LOST_${role.toUpperCase()}`, 1 << number]));

/** Buckets of response times: the i-th takes what the ones before do not and lasts at most 8 µs × 2^i; the last, the rest. */
export const TIME_BUCKETS = 20;
export const FIRST_TIME_BUCKET_US = 8;

/** Every name that microcode may write after `#`. */
export const CONSTANTS: Readonly<Record<string, number>> = {
  ...FLAG,
  ...RESULT,
  ...COMMAND_OP,
  ...COMMAND_FLAGS,
  ...TRACK_MAP,
  ...VOLUME_STATE,
  ...DEVICE,
  ...PAIR_STATE,
  ...PAIR_ROLE,
  ...PAIR_MODE,
  ...OFFERING,
  ...INTENT,
  ...POOL,
  ...SHIP_FLAG,
  ...REWRITE,
  ...NO_SESSION,
  ...CLEANED,
  ...GRANT,
  ...QUESTION,
  ...IMAGE_PART,
  ...LIST_LABEL,
  ...HEAT,
  ...BATTERY,
  ...LOST,
  ...SCSI_CONSTANTS,
  MAX_PARALLEL,
  LINKS_MAX,
  TRUNKS_MAX,
  TRUNK_SHIFT,
  FIRST_LINK_SHIFT,
  VOLUME_BITS,
  RECORDS_PER_SECTOR,
  ENTRIES_AT_ONCE,
  INFORMATION_SECTORS,
};
