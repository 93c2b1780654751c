/**
 * The SCSI commands that microcode carries out, one table: which of them there are, which microcode does each, what must be
 * looked at before, and which bits of the CDB may be set (SPC-6, 6.35: CDB usage data). The channel dispatches by it, refuses
 * by it, and reports it.
 */
import { OPERATION_FLAG } from '../../memory/scsi.js';

/** Microcode by family (a file of microcode/base/channel/scsi) and its place in the family's dispatch. */
export const HANDLERS = {
  basic: ['none', 'testUnitReady', 'inquiry', 'reportLuns', 'requestSense', 'readCapacity10', 'readCapacity16'],
  medium: ['read', 'write', 'synchronize'],
  special: [
    'verify',
    'writeVerify',
    'compareWrite',
    'orWrite',
    'atomic',
    'writeSame',
    'unmap',
    'lbaStatus',
    'prefetch',
  ],
  format: ['formatUnit', 'overwrite', 'blockErase', 'cryptoErase', 'exitFailureMode'],
  reserve: ['readKeys', 'readReservation', 'reportCapabilities', 'readFullStatus', 'reserveUnit', 'releaseUnit'],
  persist: [
    'register',
    'reserve',
    'release',
    'clear',
    'preempt',
    'preemptAndAbort',
    'registerAndIgnore',
    'registerAndMove',
  ],
  modes: ['sense', 'select'],
  device: ['startStop', 'preventAllow'],
  report: [
    'operations',
    'taskManagement',
    'portGroups',
    'defects',
    'receiveDiagnostic',
    'sendDiagnostic',
    'logSense',
    'logSelect',
  ],
  copy: ['extendedCopy', 'copyStatus', 'operatingParameters'],
} as const;
type Family = keyof typeof HANDLERS;
export const FAMILIES = Object.keys(HANDLERS) as Family[];

export interface Operation {
  readonly name: string;
  readonly code: number;
  readonly action?: number;
  readonly family: Family;
  readonly handler: string;
  /** OPERATION_FLAG bits. */
  readonly flags: number;
  /** A byte each; the first is the code itself. */
  readonly usage: readonly number[];
}

const {
  ANY_LUN,
  BESIDE_ATTENTION,
  NEEDS_MEDIUM,
  WRITES_MEDIUM,
  UNRESERVED,
  ONLY_READS,
  OUT_OF_ORDER,
  EXCLUDED,
  BESIDE_WORK,
  IF_STARTS,
  IF_ALLOWS,
  TAKES_BLOCKS,
} = OPERATION_FLAG;
const ALWAYS = ANY_LUN | BESIDE_ATTENTION | UNRESERVED | OUT_OF_ORDER | BESIDE_WORK;
const READS = NEEDS_MEDIUM | ONLY_READS;
const NO_FLAG = 0;
const WRITES = NEEDS_MEDIUM | WRITES_MEDIUM;
const TAKES = WRITES | TAKES_BLOCKS;
const RESERVES = UNRESERVED | EXCLUDED;
/** What tells of ports and paths is told to everybody, always; what tells of commands and copies, to who may read. */
const TELLS = UNRESERVED | BESIDE_WORK;
const TELLS_READERS = ONLY_READS | BESIDE_WORK;
/** Of PERSISTENT RESERVE IN and OUT. */
const RESERVE_IN = '00 0000000000 ffff 00';
const RESERVE_OUT = '00 ff 0000 ffffffff 00';

type Row = readonly [code: string, name: string, family: Family, handler: string, flags: number, usage: string];

/** Of the codes: `9e/10` is service action 10h. Usage without the first byte; service actions are filled in. */
const ROWS: readonly Row[] = [
  ['00', 'TEST UNIT READY', 'basic', 'testUnitReady', RESERVES | NEEDS_MEDIUM, '00 000000 00'],
  ['03', 'REQUEST SENSE', 'basic', 'requestSense', ALWAYS, '01 0000 ff 00'],
  ['12', 'INQUIRY', 'basic', 'inquiry', ALWAYS, '01 ff ffff 00'],
  ['a0', 'REPORT LUNS', 'basic', 'reportLuns', ALWAYS, '00 ff 000000 ffffffff 00 00'],
  ['25', 'READ CAPACITY(10)', 'basic', 'readCapacity10', UNRESERVED | READS, '00 ffffffff 0000 01 00'],
  ['9e/10', 'READ CAPACITY(16)', 'basic', 'readCapacity16', UNRESERVED | READS, '00 ffffffffffffffff ffffffff 01 00'],
  ['08', 'READ(6)', 'medium', 'read', READS, '1f ffff ff 00'],
  ['28', 'READ(10)', 'medium', 'read', READS, '18 ffffffff 00 ffff 00'],
  ['a8', 'READ(12)', 'medium', 'read', READS, '18 ffffffff ffffffff 00 00'],
  ['88', 'READ(16)', 'medium', 'read', READS, '18 ffffffffffffffff ffffffff 00 00'],
  ['0a', 'WRITE(6)', 'medium', 'write', TAKES, '1f ffff ff 00'],
  ['2a', 'WRITE(10)', 'medium', 'write', TAKES, '18 ffffffff 00 ffff 00'],
  ['aa', 'WRITE(12)', 'medium', 'write', TAKES, '18 ffffffff ffffffff 00 00'],
  ['8a', 'WRITE(16)', 'medium', 'write', TAKES, '18 ffffffffffffffff ffffffff 00 00'],
  ['35', 'SYNCHRONIZE CACHE(10)', 'medium', 'synchronize', NEEDS_MEDIUM, '02 ffffffff 00 ffff 00'],
  ['91', 'SYNCHRONIZE CACHE(16)', 'medium', 'synchronize', NEEDS_MEDIUM, '02 ffffffffffffffff ffffffff 00 00'],
  ['2f', 'VERIFY(10)', 'special', 'verify', READS, '16 ffffffff 00 ffff 00'],
  ['af', 'VERIFY(12)', 'special', 'verify', READS, '16 ffffffff ffffffff 00 00'],
  ['8f', 'VERIFY(16)', 'special', 'verify', READS, '16 ffffffffffffffff ffffffff 00 00'],
  ['2e', 'WRITE AND VERIFY(10)', 'special', 'writeVerify', TAKES, '16 ffffffff 00 ffff 00'],
  ['ae', 'WRITE AND VERIFY(12)', 'special', 'writeVerify', TAKES, '16 ffffffff ffffffff 00 00'],
  ['8e', 'WRITE AND VERIFY(16)', 'special', 'writeVerify', TAKES, '16 ffffffffffffffff ffffffff 00 00'],
  ['89', 'COMPARE AND WRITE', 'special', 'compareWrite', TAKES, '18 ffffffffffffffff 000000 ff 00 00'],
  ['8b', 'ORWRITE(16)', 'special', 'orWrite', TAKES, '18 ffffffffffffffff ffffffff 00 00'],
  ['9c', 'WRITE ATOMIC(16)', 'special', 'atomic', TAKES, '18 ffffffffffffffff ffff ffff 00 00'],
  ['41', 'WRITE SAME(10)', 'special', 'writeSame', WRITES, '08 ffffffff 00 ffff 00'],
  ['93', 'WRITE SAME(16)', 'special', 'writeSame', WRITES, '09 ffffffffffffffff ffffffff 00 00'],
  ['42', 'UNMAP', 'special', 'unmap', WRITES, '00 00000000 00 ffff 00'],
  ['9e/12', 'GET LBA STATUS(16)', 'special', 'lbaStatus', READS, '00 ffffffffffffffff ffffffff 00 00'],
  ['34', 'PRE-FETCH(10)', 'special', 'prefetch', READS, '02 ffffffff 1f ffff 00'],
  ['90', 'PRE-FETCH(16)', 'special', 'prefetch', READS, '02 ffffffffffffffff ffffffff 1f 00'],
  ['04', 'FORMAT UNIT', 'format', 'formatUnit', WRITES, '38 00 0000 00'],
  ['48/01', 'SANITIZE, overwrite', 'format', 'overwrite', WRITES, 'a0 0000000000 ffff 00'],
  ['48/02', 'SANITIZE, block erase', 'format', 'blockErase', WRITES, 'a0 0000000000 ffff 00'],
  ['48/03', 'SANITIZE, cryptographic erase', 'format', 'cryptoErase', WRITES, 'a0 0000000000 ffff 00'],
  ['48/1f', 'SANITIZE, exit failure mode', 'format', 'exitFailureMode', BESIDE_WORK, '80 0000000000 ffff 00'],
  ['5e/00', 'PERSISTENT RESERVE IN, READ KEYS', 'reserve', 'readKeys', RESERVES, RESERVE_IN],
  ['5e/01', 'PERSISTENT RESERVE IN, READ RESERVATION', 'reserve', 'readReservation', RESERVES, RESERVE_IN],
  ['5e/02', 'PERSISTENT RESERVE IN, REPORT CAPABILITIES', 'reserve', 'reportCapabilities', RESERVES, RESERVE_IN],
  ['5e/03', 'PERSISTENT RESERVE IN, READ FULL STATUS', 'reserve', 'readFullStatus', RESERVES, RESERVE_IN],
  ['5f/00', 'PERSISTENT RESERVE OUT, REGISTER', 'persist', 'register', RESERVES, RESERVE_OUT],
  ['5f/01', 'PERSISTENT RESERVE OUT, RESERVE', 'persist', 'reserve', RESERVES, RESERVE_OUT],
  ['5f/02', 'PERSISTENT RESERVE OUT, RELEASE', 'persist', 'release', RESERVES, RESERVE_OUT],
  ['5f/03', 'PERSISTENT RESERVE OUT, CLEAR', 'persist', 'clear', RESERVES, RESERVE_OUT],
  ['5f/04', 'PERSISTENT RESERVE OUT, PREEMPT', 'persist', 'preempt', RESERVES, RESERVE_OUT],
  ['5f/05', 'PERSISTENT RESERVE OUT, PREEMPT AND ABORT', 'persist', 'preemptAndAbort', RESERVES, RESERVE_OUT],
  [
    '5f/06',
    'PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY',
    'persist',
    'registerAndIgnore',
    RESERVES,
    RESERVE_OUT,
  ],
  ['5f/07', 'PERSISTENT RESERVE OUT, REGISTER AND MOVE', 'persist', 'registerAndMove', RESERVES, RESERVE_OUT],
  ['16', 'RESERVE(6)', 'reserve', 'reserveUnit', UNRESERVED, '00 0000 00 00'],
  ['17', 'RELEASE(6)', 'reserve', 'releaseUnit', UNRESERVED, '00 0000 00 00'],
  ['56', 'RESERVE(10)', 'reserve', 'reserveUnit', UNRESERVED, '00 0000000000 0000 00'],
  ['57', 'RELEASE(10)', 'reserve', 'releaseUnit', UNRESERVED, '00 0000000000 0000 00'],
  ['1a', 'MODE SENSE(6)', 'modes', 'sense', ONLY_READS, '08 ff ff ff 00'],
  ['5a', 'MODE SENSE(10)', 'modes', 'sense', ONLY_READS, '18 ff ff 000000 ffff 00'],
  ['a3/0c', 'REPORT SUPPORTED OPERATION CODES', 'report', 'operations', TELLS_READERS, '00 87 ff ffff ffffffff 00 00'],
  [
    'a3/0d',
    'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS',
    'report',
    'taskManagement',
    TELLS_READERS,
    '00 80 000000 ffffffff 00 00',
  ],
  ['a3/0a', 'REPORT TARGET PORT GROUPS', 'report', 'portGroups', TELLS, '20 00000000 ffffffff 00 00'],
  ['37', 'READ DEFECT DATA(10)', 'report', 'defects', READS, '00 1f 00000000 ffff 00'],
  ['b7', 'READ DEFECT DATA(12)', 'report', 'defects', READS, '1f ffffffff ffffffff 00 00'],
  ['1c', 'RECEIVE DIAGNOSTIC RESULTS', 'report', 'receiveDiagnostic', ONLY_READS, '01 ff ffff 00'],
  ['1d', 'SEND DIAGNOSTIC', 'report', 'sendDiagnostic', NO_FLAG, '17 00 0000 00'],
  ['4d', 'LOG SENSE', 'report', 'logSense', TELLS, '00 ff ff 00 ffff ffff 00'],
  ['4c', 'LOG SELECT', 'report', 'logSelect', NO_FLAG, '02 ff ff 000000 ffff 00'],
  ['1b', 'START STOP UNIT', 'device', 'startStop', IF_STARTS, '01 00 0f f7 00'],
  ['1e', 'PREVENT ALLOW MEDIUM REMOVAL', 'device', 'preventAllow', IF_ALLOWS, '00 0000 01 00'],
  ['15', 'MODE SELECT(6)', 'modes', 'select', NO_FLAG, '10 0000 ff 00'],
  ['55', 'MODE SELECT(10)', 'modes', 'select', NO_FLAG, '10 0000000000 ffff 00'],
  ['83/00', 'EXTENDED COPY(LID1)', 'copy', 'extendedCopy', WRITES, '00 0000000000000000 ffffffff 00 00'],
  ['84/00', 'RECEIVE COPY STATUS(LID1)', 'copy', 'copyStatus', TELLS_READERS, '00 ff 00000000000000 ffffffff 00 00'],
  [
    '84/03',
    'RECEIVE COPY OPERATING PARAMETERS',
    'copy',
    'operatingParameters',
    TELLS_READERS,
    '00 0000000000000000 ffffffff 00 00',
  ],
];

const ACTION_BITS = 0x1f;

function operation([codes, name, family, handler, flags, text]: Row): Operation {
  const [code = 0, action] = codes.split('/').map((hex) => Number.parseInt(hex, 16));
  const usage = [code, ...(text.replaceAll(' ', '').match(/../g) ?? []).map((hex) => Number.parseInt(hex, 16))];
  // Whatever else its byte may have, the service action is what was asked for.
  if (action !== undefined) usage[1] = (usage[1] ?? 0) | ACTION_BITS;
  return { name, code, ...(action !== undefined && { action }), family, handler, flags, usage };
}

export const OPERATIONS: readonly Operation[] = ROWS.map(operation);

/** As `operation.handler` has it. */
export function handlerNumber({ family, handler }: Operation): number {
  const names: readonly string[] = HANDLERS[family];
  return (FAMILIES.indexOf(family) << 4) | names.indexOf(handler);
}
