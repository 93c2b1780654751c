/**
 * SCSI numbers with a name, one table: microcode writes them `#NAME`, TypeScript imports them. Codes are those of SAM-6,
 * SPC-6 and SBC-4.
 */

/** LUNs that a host group may have: 0 to one less. */
export const LUNS_MAX = 64;
/** Unit attentions that wait for an initiator, of one unit. One more takes the place of the newest: older ones are told first. A power of 2. */
export const ATTENTIONS_MAX = 8;
/** Of one READ or WRITE: with tracks of 64 KiB hosts may move a MiB and more, wherever in a track it begins. */
export const TRACKS_PER_COMMAND = 32;
/** Words of a TransportID that an initiator's record takes. */
export const TRANSPORT_ID_WORDS = 64;
/** Sectors of a work buffer: parameter data, patterns, what is compared. */
export const WORK_SECTORS = 128;

/** Block limits (SBC-4, 6.6.4). Granule and alignment of WRITE ATOMIC, if tracks are made of such. */
export const ATOMIC_SECTORS = 8;
export const WRITE_SAME_SECTORS = 32_768;
/** Of one UNMAP: descriptors, and sectors of each. */
export const UNMAP_DESCRIPTORS = 128;
export const UNMAP_SECTORS = 131_072;
/** EXTENDED COPY: target descriptors, and segment descriptors, of a list at most, and the bytes of both. */
export const COPY_DESCRIPTORS = 16;
export const COPY_LIST_BYTES = 2048;
/** Words of an overwriting pattern: a block of 4096 bytes. */
export const PATTERN_WORDS = 1024;
/** Parameter data of GET LBA STATUS at most. */
export const STATUS_BYTES = 4096 + 8;

export const SAM_STATUS = {
  GOOD: 0,
  CHECK_CONDITION: 2,
  CONDITION_MET: 4,
  BUSY_STATUS: 8,
  RESERVATION_CONFLICT: 0x18,
  TASK_SET_FULL: 0x28,
  TASK_ABORTED: 0x40,
  /** The initiator hears nothing. */
  NO_STATUS: 0x100,
} as const;

/** Sense key << 16 | additional sense code << 8 | its qualifier. */
export const SENSE = {
  NO_SENSE: 0,
  BECOMING_READY: 0x02_0401,
  FORMATTING: 0x02_0404,
  SANITIZING: 0x02_041b,
  NOT_READY_CAUSE: 0x02_0400,
  STOPPED: 0x02_0402,
  NO_MEDIUM: 0x02_3a00,
  FORMAT_FAILED: 0x03_3101,
  SANITIZE_FAILED: 0x03_3103,
  WRITE_ERROR: 0x03_0c00,
  READ_ERROR: 0x03_1100,
  COMMUNICATION_FAILED: 0x04_0800,
  INTERNAL_FAILURE: 0x04_4400,
  PARAMETER_LIST_LENGTH: 0x05_1a00,
  INVALID_OPERATION: 0x05_2000,
  LBA_RANGE: 0x05_2100,
  INVALID_FIELD_CDB: 0x05_2400,
  NO_LUN: 0x05_2500,
  INVALID_MESSAGE: 0x05_4900,
  INVALID_FIELD_LIST: 0x05_2600,
  TOO_MANY_TARGETS: 0x05_2606,
  TARGET_TYPE: 0x05_2607,
  TOO_MANY_SEGMENTS: 0x05_2608,
  SEGMENT_TYPE: 0x05_2609,
  INLINE_DATA: 0x05_260b,
  INVALID_RELEASE: 0x05_2604,
  SAVING_UNSUPPORTED: 0x05_3900,
  REMOVAL_PREVENTED: 0x05_5302,
  INSUFFICIENT_REGISTRATIONS: 0x05_5504,
  MEDIUM_CHANGED: 0x06_2800,
  POWER_ON: 0x06_2900,
  UNIT_RESET: 0x06_2903,
  MODE_CHANGED: 0x06_2a01,
  LOG_CHANGED: 0x06_2a02,
  RESERVATIONS_PREEMPTED: 0x06_2a03,
  RESERVATIONS_RELEASED: 0x06_2a04,
  REGISTRATIONS_PREEMPTED: 0x06_2a05,
  COMMANDS_CLEARED: 0x06_2f00,
  WRITE_PROTECTED_HARDWARE: 0x07_2701,
  WRITE_PROTECTED_SOFTWARE: 0x07_2702,
  COPY_ABORTED: 0x0a_0000,
  COPY_UNREACHABLE: 0x0a_0804,
  COPY_FAILED: 0x0a_0d01,
  MISCOMPARED: 0x0e_1d00,
} as const;

/** Beside a SENSE in the same word; the port encodes them. */
export const SENSE_BITS = {
  IN_DESCRIPTORS: 1 << 24,
  WITH_INFORMATION: 1 << 25,
  WITH_SPECIFIC: 1 << 26,
  WITH_ILI: 1 << 27,
} as const;

/**
 * What must be looked at before a command of a unit may begin (`unit.gate`); 0: nothing. A unit attention waits for some
 * initiator; somebody reserved it; hosts may not write; it is stopped or ejected; it is formatted or sanitized; its task set is not simple; the data director is dead.
 */
export const GATE = {
  GATE_ATTENTION: 1,
  GATE_RESERVED: 2,
  GATE_PROTECTED: 4,
  GATE_STOPPED: 8,
  GATE_WORKING: 16,
  GATE_ORDER: 32,
  GATE_LOST: 64,
  /** For a copy that somebody begins at another unit. */
  GATE_CLOSED: 2 | 4 | 8 | 16 | 64,
} as const;

/**
 * Of an operation: it is answered for a LUN that is not there; beside a unit attention; it needs the medium; it changes it;
 * persistent reservations of others do not matter to it; under WRITE EXCLUSIVE it is allowed; it is not in the task set; RESERVE
 * excludes it; reservations do not matter if bits 1 and 0 of its byte 4 are 0 (PREVENT ALLOW), or if that starts the unit (START STOP UNIT); it is
 * carried out while the unit is formatted or sanitized; its data-out are blocks that it writes.
 */
export const OPERATION_FLAG = {
  ANY_LUN: 1,
  BESIDE_ATTENTION: 2,
  NEEDS_MEDIUM: 4,
  WRITES_MEDIUM: 8,
  UNRESERVED: 16,
  ONLY_READS: 32,
  OUT_OF_ORDER: 64,
  EXCLUDED: 128,
  IF_ALLOWS: 256,
  IF_STARTS: 512,
  BESIDE_WORK: 1024,
  TAKES_BLOCKS: 2048,
} as const;

/** Of a registrant: it is one; of all target ports (ALL_TG_PT); it becomes one, or is one no longer, in the command that runs. */
export const REGISTRANT = { REGISTERED: 1, ALL_PORTS: 2, COMING: 4, GONE: 8 } as const;

/** Service actions of PERSISTENT RESERVE OUT, which are the numbers of their microcode, too. */
export const RESERVE_ACTION = { REGISTERS: 0, CLEARS: 3, ABORTS: 5, IGNORES: 6, MOVES: 7 } as const;

/** `nexus.marks`, while a command or function runs: its registration was preempted; commands of it were aborted silently. */
export const NEXUS_MARK = { PREEMPTED: 1, CLEARED: 2 } as const;

/** `scsi_command.active`: in the task set. */
export const TASK_STATE = { RUNNING: 2, IN_LINE: 3 } as const;

/** Bytes of a PERSISTENT RESERVE OUT parameter list, without TransportIDs. */
export const RESERVE_LIST_BYTES = 24;

/** Task attributes, with iSCSI's numbers. */
export const ATTRIBUTE = { UNTAGGED: 0, SIMPLE: 1, ORDERED: 2, HEAD_OF_QUEUE: 3, AUTO_CONTINGENT: 4 } as const;

/** Task management functions and their answers, with iSCSI's numbers. */
export const TASK_MANAGEMENT = {
  ABORT_TASK: 1,
  ABORT_TASK_SET: 2,
  CLEAR_ACA: 3,
  CLEAR_TASK_SET: 4,
  UNIT_RESET_FUNCTION: 5,
  WARM_RESET: 6,
  COLD_RESET: 7,
  FUNCTION_COMPLETE: 0,
  TASK_NOT_THERE: 1,
  LUN_NOT_THERE: 2,
  FUNCTION_UNSUPPORTED: 5,
} as const;

/**
 * What a page is (`page.kind`): standard INQUIRY data; VPD, and what stands in its place while blocks have 4096 bytes; a mode
 * page as it is now, which of its bits may be changed, and as it is at power on: three records behind each other, by PC; a log page; operating parameters of copies.
 */
export const PAGE_KIND = {
  STANDARD_INQUIRY: 0,
  VPD: 1,
  VPD_4096: 2,
  MODE: 3,
  MODE_CHANGEABLE: 4,
  MODE_DEFAULT: 5,
  LOG: 6,
  COPY_LIMITS: 7,
} as const;

/** `unit.modes` bits, which mode pages come to: sense data are descriptors (D_SENSE); a write is stable before its status (WCE 0). */
export const UNIT_MODE = { DESCRIPTOR_SENSE: 1, WRITE_THROUGH: 2 } as const;

/**
 * `unit.type` bits. What the rig wants of the volume as a device: its medium can be taken out; hosts only read it. What
 * READ CAPACITY says besides: blocks can be unmapped, and are zeroes then; the physical block has 4096 bytes; the
 * rig wants it to have 512.
 */
export const UNIT_TYPE = { REMOVABLE: 1, READ_ONLY: 2, THIN: 4, PHYSICAL_4096: 8, PHYSICAL_512: 16 } as const;

/** What is under way of a whole unit (`media.work`); how the last one failed (`media.failed`): for good, until it is done again; so that it may be left behind; it was FORMAT UNIT. */
export const MEDIA_WORK = {
  WORK_FORMAT: 1,
  WORK_ERASE: 2,
  WORK_OVERWRITE: 3,
  HAS_FAILED: 1,
  MAY_LEAVE: 2,
  FORMAT_HAS_FAILED: 4,
} as const;

/** Why a unit is not ready (`unit.stopped`): it was told to stop; its medium is out. */
export const UNIT_STOP = { IS_STOPPED: 1, EJECTED: 2 } as const;

export const SCSI_CONSTANTS: Readonly<Record<string, number>> = {
  ...SAM_STATUS,
  ...SENSE,
  ...SENSE_BITS,
  ...GATE,
  ...OPERATION_FLAG,
  ...REGISTRANT,
  ...RESERVE_ACTION,
  ...NEXUS_MARK,
  ...TASK_STATE,
  ...ATTRIBUTE,
  ...TASK_MANAGEMENT,
  ...PAGE_KIND,
  ...UNIT_TYPE,
  ...MEDIA_WORK,
  ...UNIT_MODE,
  ...UNIT_STOP,
  LUNS_MAX,
  ATTENTIONS_MAX,
  TRACKS_PER_COMMAND,
  TRANSPORT_ID_WORDS,
  WORK_SECTORS,
  WRITE_SAME_SECTORS,
  UNMAP_DESCRIPTORS,
  UNMAP_SECTORS,
  STATUS_BYTES,
  RESERVE_LIST_BYTES,
  COPY_DESCRIPTORS,
  COPY_LIST_BYTES,
};
