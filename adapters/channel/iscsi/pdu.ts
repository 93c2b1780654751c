/** Numbers of iSCSI (RFC 7143, 11): opcodes, flags, places of fields in a basic header segment, reasons, statuses. */

/** Bytes of a basic header segment. */
export const BHS_BYTES = 48;
export const DIGEST_BYTES = 4;
/** "No task", "no transfer": initiator task tags and target transfer tags. */
export const NO_TAG = 0xffff_ffff;

/** Of initiators (11.2.1.2). */
export const OPCODE = {
  NOP_OUT: 0x00,
  SCSI_COMMAND: 0x01,
  TASK_MANAGEMENT: 0x02,
  LOGIN: 0x03,
  TEXT: 0x04,
  DATA_OUT: 0x05,
  LOGOUT: 0x06,
  SNACK: 0x10,
} as const;

/** Of targets. */
export const ANSWER = {
  NOP_IN: 0x20,
  SCSI_RESPONSE: 0x21,
  TASK_MANAGEMENT: 0x22,
  LOGIN: 0x23,
  TEXT: 0x24,
  DATA_IN: 0x25,
  LOGOUT: 0x26,
  R2T: 0x31,
  ASYNC: 0x32,
  REJECT: 0x3f,
} as const;

/** In byte 0, beside the opcode. */
export const IMMEDIATE = 0x40;
export const OPCODE_MASK = 0x3f;

/** Places of fields; those of one kind of PDU bear its name. */
export const AT = {
  FLAGS: 1,
  RESPONSE: 2,
  STATUS: 3,
  AHS_WORDS: 4,
  /** Four bytes with AHS_WORDS before it: the lower 24 bits. */
  DATA_LENGTH: 4,
  LUN: 8,
  ITT: 16,
  TTT: 20,
  /** Of a SCSI command. */
  EXPECTED: 20,
  /** Of a SCSI response. */
  SNACK_TAG: 20,
  CMD_SN: 24,
  EXP_STAT_SN: 28,
  /** Of targets. */
  STAT_SN: 24,
  EXP_CMD_SN: 28,
  MAX_CMD_SN: 32,
  CDB: 32,
  DATA_SN: 36,
  OFFSET: 40,
  /** Of Data-In and SCSI response. */
  RESIDUAL: 44,
  READ_RESIDUAL: 40,
  /** Of R2T. */
  DESIRED: 44,
  /** Of a task management request. */
  REF_TAG: 20,
  REF_CMD_SN: 32,
  /** Of login. */
  VERSION_MAX: 2,
  VERSION_MIN: 3,
  ISID: 8,
  TSIH: 14,
  CID: 20,
  STATUS_CLASS: 36,
  STATUS_DETAIL: 37,
  /** Of a logout response. */
  TIME_TO_WAIT: 40,
  TIME_TO_RETAIN: 42,
  /** Of an asynchronous message. */
  EVENT: 36,
  PARAMETERS: 38,
} as const;

export const FLAG = {
  /** Last of a sequence: of all that have such a bit. */
  FINAL: 0x80,
  /** Of text and login: the text goes on in another PDU. */
  CONTINUE: 0x40,
  /** Of login: the sender is ready for the next stage. */
  TRANSIT: 0x80,
  /** Of a SCSI command. */
  READ: 0x40,
  WRITE: 0x20,
  ATTRIBUTE: 0x07,
  /** Of Data-In: it bears the status. */
  STATUS: 0x01,
  UNDERFLOW: 0x02,
  OVERFLOW: 0x04,
  READ_UNDERFLOW: 0x08,
  READ_OVERFLOW: 0x10,
} as const;

/** Kinds of additional header segments (11.2.2). */
export const AHS = { EXTENDED_CDB: 1, BIDIRECTIONAL: 2 } as const;

/** 11.17.1 */
export const REJECT = {
  DATA_DIGEST: 0x02,
  SNACK: 0x03,
  PROTOCOL: 0x04,
  NOT_SUPPORTED: 0x05,
  IMMEDIATE: 0x06,
  TASK_IN_PROGRESS: 0x07,
  INVALID_FIELD: 0x09,
  OUT_OF_RESOURCES: 0x0a,
} as const;

/** Of a task management response (11.6.1). */
export const MANAGED = {
  COMPLETE: 0,
  NO_TASK: 1,
  NO_LUN: 2,
  NO_REASSIGN: 4,
  NOT_SUPPORTED: 5,
  REJECTED: 255,
} as const;

/** Task management functions that end in the adapter (11.5.1). */
export const TASK_REASSIGN = 8;

/** Of an asynchronous message (11.9.1). */
export const EVENT = { LOGOUT: 1, DROP_CONNECTION: 2, DROP_SESSION: 3 } as const;

/** 11.14.1 and 11.15.1 */
export const LOGOUT = { SESSION: 0, CONNECTION: 1, RECOVERY: 2 } as const;
export const LOGGED_OUT = { DONE: 0, NO_CONNECTION: 1, NO_RECOVERY: 2 } as const;

/** Status class << 8 | detail of a login response (11.13.5). */
export const LOGIN = {
  OK: 0x0000,
  INITIATOR: 0x0200,
  NOT_AUTHENTICATED: 0x0201,
  FORBIDDEN: 0x0202,
  NOT_FOUND: 0x0203,
  VERSION: 0x0205,
  TOO_MANY_CONNECTIONS: 0x0206,
  MISSING: 0x0207,
  NOT_INCLUDED: 0x0208,
  SESSION_TYPE: 0x0209,
  NO_SESSION: 0x020a,
  INVALID: 0x020b,
  TARGET: 0x0300,
  UNAVAILABLE: 0x0301,
  OUT_OF_RESOURCES: 0x0302,
} as const;

/** Stages of login. */
export const STAGE = { SECURITY: 0, OPERATIONAL: 1, FULL: 3 } as const;

/** `a - b` of serial numbers of 32 bits (RFC 1982): below 0 where a is before b. */
export const serialDistance = (a: number, b: number): number => (a - b) | 0;

/** How many zeroes follow so many bytes of data. */
export const padOf = (bytes: number): number => -bytes & 3;
