/**
 * What a SCSI transport (iSCSI) and the port to the channel role say to each other. The transport brings bytes and takes
 * bytes; which status, sense and data a command gets is decided behind the port, by microcode.
 */

/** A command as it goes to the port, which reads it during the call only: transports fill one record again and again. */
export interface ScsiCommand {
  /** Number of the I_T nexus, as `openNexus` told it. */
  nexus: number;
  /** The LUN field of eight bytes, as two big-endian words. */
  lunHigh: number;
  lunLow: number;
  /** TASK_ATTRIBUTE. */
  attribute: number;
  /** Sixteen bytes; a shorter one is followed by zeroes. */
  cdb: Uint8Array;
  /** Transfer buffer (sector address, of `allocate`) with the data-out, all of which has come; 0: none. It stays the command's until its end. */
  at: number;
  /** How many bytes of data-out stand there. */
  outBytes: number;
  /** How many bytes of data-in the initiator takes at most. */
  inBytes: number;
}

/** SAM-6, task attributes, with the numbers of iSCSI's ATTR field. */
export const TASK_ATTRIBUTE = { UNTAGGED: 0, SIMPLE: 1, ORDERED: 2, HEAD_OF_QUEUE: 3, ACA: 4 } as const;

/** Task management functions, with iSCSI's numbers (RFC 7143, 11.5.1). */
export const TASK_FUNCTION = {
  ABORT_TASK: 1,
  ABORT_TASK_SET: 2,
  CLEAR_ACA: 3,
  CLEAR_TASK_SET: 4,
  LOGICAL_UNIT_RESET: 5,
  TARGET_WARM_RESET: 6,
  TARGET_COLD_RESET: 7,
} as const;

/** The status of a command that was aborted: its initiator hears nothing of it. No SAM status has more than eight bits. */
export const NO_STATUS = 0x100;

/** How a command ended. The port fills one record again and again: it is valid during the call only. */
export interface ScsiEnd {
  /** SAM status (0 GOOD, 2 CHECK CONDITION, 8 BUSY, 0x18 RESERVATION CONFLICT, 0x28 TASK SET FULL, 0x40 TASK ABORTED) or NO_STATUS. */
  status: number;
  /** Of CHECK CONDITION: sense key << 16 | additional code << 8 | its qualifier; and SENSE_FLAG bits. */
  sense: number;
  informationHigh: number;
  informationLow: number;
  /** The three bytes of the sense-key specific field. */
  specific: number;
  /** How many bytes the CDB asked to move; against what the initiator expected it gives the residual. */
  wantedBytes: number;
}

/** Beside the code in `ScsiEnd.sense`. */
export const SENSE_FLAG = {
  /** In descriptor format; else in fixed format. */
  DESCRIPTOR: 1 << 24,
  /** The information field is valid. */
  INFORMATION: 1 << 25,
  /** The sense-key specific field is valid. */
  SPECIFIC: 1 << 26,
  /** ILI of fixed format, of a stream or block descriptor. */
  ILI: 1 << 27,
} as const;

/** What a transport is told. No call may throw; each may call the port. */
export interface ScsiListener {
  /**
   * The next `sectors` sectors of data-in stand at sector address `at`, until the listener calls `port.done(slot)`, once
   * for each call of this. Of the last one fewer bytes may be wanted: never more than `inBytes` go to the initiator.
   */
  pushed(command: number, slot: number, at: number, sectors: number): void;
  /** Data-in that no slot holds (parameter data): so many bytes from the beginning of sector address `at`. Valid during the call. */
  gave(command: number, at: number, bytes: number): void;
  /** The command has ended; its number may be another's after this call. Of `manage`: `status` is iSCSI's response code. */
  scsiEnded(command: number, end: ScsiEnd): void;
  /** Of `openNexus`: the number of the nexus, -1: refused, as there are as many as the array takes. Of `closeNexus`: 0. */
  nexusAnswered?(command: number, nexus: number): void;
}

/** The port, as a transport sees it; `HostPort` is one. */
export interface ScsiPort {
  /** Sectors that one `allocate` can give at most, when all is free. */
  readonly transferSectors: number;
  /** The array's memory, which sector addresses count. */
  readonly memory: { readonly bytes: Uint8Array };
  /** Sector address of a run of transfer memory; -1 when none is free. */
  allocate(sectors: number): number;
  /** Gives back what `allocate` gave for so many sectors. */
  release(at: number, sectors: number): void;
  /** Starts a command; its number, or -1 when no more can be taken now (try again after something has ended). */
  submitScsi(command: ScsiCommand, owner: ScsiListener): number;
  /**
   * A task management function.
   * @param task for ABORT_TASK: the number of the command, which must not have ended; else -1
   */
  manage(
    nexus: number,
    lunHigh: number,
    lunLow: number,
    taskFunction: number,
    task: number,
    owner: ScsiListener,
  ): number;
  /**
   * A session begins.
   * @param at transfer buffer with the TransportID of the initiator port (SPC-6, 7.6.4), of so many bytes, at most 256; it may be released when this is answered
   * @param group which LUNs it sees: number of a host group of the array's configuration
   */
  openNexus(at: number, bytes: number, group: number, owner: ScsiListener): number;
  /** A session has ended (I_T nexus loss): its commands are aborted, each of which still ends with NO_STATUS. */
  closeNexus(nexus: number, owner: ScsiListener): number;
  /** The listener no longer reads what was pushed of this slot. */
  done(slot: number): void;
}
