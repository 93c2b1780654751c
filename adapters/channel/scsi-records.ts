/** SCSI commands in the array's memory: what the port writes there before it tells the channel, and what the channel says at their end. */
import type { ArrayMemory } from '../../firmware/memory/layout.js';
import { OPERATION_FLAG, SAM_STATUS, SENSE } from '../../firmware/memory/scsi.js';
import { fieldOffset, shiftOf } from '../../firmware/memory/tables.js';
import type { ScsiCommand, ScsiEnd } from './scsi-port.js';

const SHIFT = shiftOf('scsi_command');
const of = (field: string): number => fieldOffset('scsi_command', field);
const ACTIVE = of('active');
const ABORTED = of('aborted');
const NEXUS = of('nexus');
const LUN_HIGH = of('lun_high');
const LUN = of('lun');
const ATTRIBUTE = of('attribute');
const OUT_BYTES = of('out_bytes');
const IN_BYTES = of('in_bytes');
const CDB = of('cdb0');
const AT = of('at');
const UNIT = of('unit');

const OPERATION_SHIFT = shiftOf('operation');
const FLAGS = fieldOffset('operation', 'flags');

/** Where they stand in SCSI_STATUS. */
const WORDS = { status: 1, sense: 2, information: 3, informationHigh: 4, specific: 5, wanted: 6 } as const;

export class ScsiRecords {
  /** Of the SCSI_STATUS that was read last. */
  readonly end: ScsiEnd = { status: 0, sense: 0, informationHigh: 0, informationLow: 0, specific: 0, wantedBytes: 0 };
  private readonly m: Int32Array;
  private readonly base: number;
  private readonly operations: number;

  constructor({ m, layout }: ArrayMemory) {
    this.m = m;
    this.base = layout.base.scsi_command;
    this.operations = layout.base.operation;
  }

  write(command: number, from: ScsiCommand): void {
    const { m } = this;
    const { cdb } = from;
    const at = this.base + (command << SHIFT);
    m[at + ACTIVE] = 1;
    m[at + ABORTED] = 0;
    m[at + UNIT] = 0;
    m[at + NEXUS] = from.nexus;
    m[at + LUN_HIGH] = from.lunHigh;
    m[at + LUN] = from.lunLow;
    m[at + ATTRIBUTE] = from.attribute;
    m[at + OUT_BYTES] = from.outBytes;
    m[at + IN_BYTES] = from.inBytes;
    m[at + AT] = from.at;
    for (let w = 0; w < 4; w++) {
      const b = w * 4;
      m[at + CDB + w] = (cdb[b] << 24) | (cdb[b + 1] << 16) | (cdb[b + 2] << 8) | cdb[b + 3];
    }
  }

  /** Of task management: whom it is about. The record is no task itself. */
  address(command: number, nexus: number, lunHigh: number, lunLow: number): void {
    const at = this.base + (command << SHIFT);
    this.m[at + ACTIVE] = 0;
    this.m[at + NEXUS] = nexus;
    this.m[at + LUN_HIGH] = lunHigh;
    this.m[at + LUN] = lunLow;
  }

  /** The unit that the channel found for it; -1: none. */
  unit(command: number): number {
    return (this.m[this.base + (command << SHIFT) + UNIT] as number) - 1;
  }

  /** Bytes of its data-out that were blocks to write. */
  takenBytes(command: number): number {
    const at = this.base + (command << SHIFT);
    const code = (this.m[at + CDB] as number) >>> 24;
    const flags = this.m[this.operations + (code << OPERATION_SHIFT) + FLAGS] as number;
    return (flags & OPERATION_FLAG.TAKES_BLOCKS) !== 0 ? (this.m[at + OUT_BYTES] as number) : 0;
  }

  /** The payload of a SCSI_STATUS into `end`. */
  read(at: number): void {
    const { m, end } = this;
    end.status = m[at + WORDS.status];
    end.sense = m[at + WORDS.sense];
    end.informationLow = m[at + WORDS.information];
    end.informationHigh = m[at + WORDS.informationHigh];
    end.specific = m[at + WORDS.specific];
    end.wantedBytes = m[at + WORDS.wanted];
  }

  /** What it becomes when battery memory could not be kept. */
  unstable(end: ScsiEnd): ScsiEnd {
    return { ...end, status: SAM_STATUS.CHECK_CONDITION, sense: SENSE.WRITE_ERROR };
  }
}
