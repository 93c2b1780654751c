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
  modes: ['sense', 'select'],
  device: ['startStop', 'preventAllow'],
  report: ['operations', 'taskManagement', 'portGroups', 'defects', 'receiveDiagnostic', 'sendDiagnostic', 'logSense'],
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

const { ANY_LUN, BESIDE_ATTENTION, NEEDS_MEDIUM, WRITES_MEDIUM, UNRESERVED, ONLY_READS, OUT_OF_ORDER } = OPERATION_FLAG;
const ALWAYS = ANY_LUN | BESIDE_ATTENTION | UNRESERVED | OUT_OF_ORDER;
const READS = NEEDS_MEDIUM | ONLY_READS;
const NO_FLAG = 0;
const TELLS = UNRESERVED;
const WRITES = NEEDS_MEDIUM | WRITES_MEDIUM;

type Row = readonly [code: string, name: string, family: Family, handler: string, flags: number, usage: string];

/** Of the codes: `9e/10` is service action 10h. Usage without the first byte; service actions are filled in. */
const ROWS: readonly Row[] = [
  ['00', 'TEST UNIT READY', 'basic', 'testUnitReady', UNRESERVED | NEEDS_MEDIUM, '00 000000 00'],
  ['03', 'REQUEST SENSE', 'basic', 'requestSense', ALWAYS, '01 0000 ff 00'],
  ['12', 'INQUIRY', 'basic', 'inquiry', ALWAYS, '01 ff ffff 00'],
  ['a0', 'REPORT LUNS', 'basic', 'reportLuns', ALWAYS, '00 ff 000000 ffffffff 00 00'],
  ['25', 'READ CAPACITY(10)', 'basic', 'readCapacity10', UNRESERVED | READS, '00 ffffffff 0000 01 00'],
  ['9e/10', 'READ CAPACITY(16)', 'basic', 'readCapacity16', UNRESERVED | READS, '00 ffffffffffffffff ffffffff 01 00'],
  ['08', 'READ(6)', 'medium', 'read', READS, '1f ffff ff 00'],
  ['28', 'READ(10)', 'medium', 'read', READS, '18 ffffffff 00 ffff 00'],
  ['a8', 'READ(12)', 'medium', 'read', READS, '18 ffffffff ffffffff 00 00'],
  ['88', 'READ(16)', 'medium', 'read', READS, '18 ffffffffffffffff ffffffff 00 00'],
  ['0a', 'WRITE(6)', 'medium', 'write', WRITES, '1f ffff ff 00'],
  ['2a', 'WRITE(10)', 'medium', 'write', WRITES, '18 ffffffff 00 ffff 00'],
  ['aa', 'WRITE(12)', 'medium', 'write', WRITES, '18 ffffffff ffffffff 00 00'],
  ['8a', 'WRITE(16)', 'medium', 'write', WRITES, '18 ffffffffffffffff ffffffff 00 00'],
  ['35', 'SYNCHRONIZE CACHE(10)', 'medium', 'synchronize', NEEDS_MEDIUM, '02 ffffffff 00 ffff 00'],
  ['91', 'SYNCHRONIZE CACHE(16)', 'medium', 'synchronize', NEEDS_MEDIUM, '02 ffffffffffffffff ffffffff 00 00'],
  ['2f', 'VERIFY(10)', 'special', 'verify', READS, '16 ffffffff 00 ffff 00'],
  ['af', 'VERIFY(12)', 'special', 'verify', READS, '16 ffffffff ffffffff 00 00'],
  ['8f', 'VERIFY(16)', 'special', 'verify', READS, '16 ffffffffffffffff ffffffff 00 00'],
  ['2e', 'WRITE AND VERIFY(10)', 'special', 'writeVerify', WRITES, '16 ffffffff 00 ffff 00'],
  ['ae', 'WRITE AND VERIFY(12)', 'special', 'writeVerify', WRITES, '16 ffffffff ffffffff 00 00'],
  ['8e', 'WRITE AND VERIFY(16)', 'special', 'writeVerify', WRITES, '16 ffffffffffffffff ffffffff 00 00'],
  ['89', 'COMPARE AND WRITE', 'special', 'compareWrite', WRITES, '18 ffffffffffffffff 000000 ff 00 00'],
  ['8b', 'ORWRITE(16)', 'special', 'orWrite', WRITES, '18 ffffffffffffffff ffffffff 00 00'],
  ['9c', 'WRITE ATOMIC(16)', 'special', 'atomic', WRITES, '18 ffffffffffffffff ffff ffff 00 00'],
  ['41', 'WRITE SAME(10)', 'special', 'writeSame', WRITES, '08 ffffffff 00 ffff 00'],
  ['93', 'WRITE SAME(16)', 'special', 'writeSame', WRITES, '09 ffffffffffffffff ffffffff 00 00'],
  ['42', 'UNMAP', 'special', 'unmap', WRITES, '00 00000000 00 ffff 00'],
  ['9e/12', 'GET LBA STATUS(16)', 'special', 'lbaStatus', READS, '00 ffffffffffffffff ffffffff 00 00'],
  ['34', 'PRE-FETCH(10)', 'special', 'prefetch', READS, '02 ffffffff 00 ffff 00'],
  ['90', 'PRE-FETCH(16)', 'special', 'prefetch', READS, '02 ffffffffffffffff ffffffff 00 00'],
  ['1a', 'MODE SENSE(6)', 'modes', 'sense', NO_FLAG, '08 ff ff ff 00'],
  ['5a', 'MODE SENSE(10)', 'modes', 'sense', NO_FLAG, '18 ff ff 000000 ffff 00'],
  ['a3/0c', 'REPORT SUPPORTED OPERATION CODES', 'report', 'operations', TELLS, '00 87 ff ffff ffffffff 00 00'],
  [
    'a3/0d',
    'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS',
    'report',
    'taskManagement',
    TELLS,
    '00 80 000000 ffffffff 00 00',
  ],
  ['a3/0a', 'REPORT TARGET PORT GROUPS', 'report', 'portGroups', TELLS, '20 00000000 ffffffff 00 00'],
  ['37', 'READ DEFECT DATA(10)', 'report', 'defects', NEEDS_MEDIUM, '00 1f 00000000 ffff 00'],
  ['b7', 'READ DEFECT DATA(12)', 'report', 'defects', NEEDS_MEDIUM, '1f ffffffff ffffffff 00 00'],
  ['1c', 'RECEIVE DIAGNOSTIC RESULTS', 'report', 'receiveDiagnostic', NO_FLAG, '01 ff ffff 00'],
  ['1d', 'SEND DIAGNOSTIC', 'report', 'sendDiagnostic', NO_FLAG, '17 00 0000 00'],
  ['4d', 'LOG SENSE', 'report', 'logSense', NO_FLAG, '00 ff ff 00 ffff ffff 00'],
  ['1b', 'START STOP UNIT', 'device', 'startStop', NO_FLAG, '01 00 0f f7 00'],
  ['1e', 'PREVENT ALLOW MEDIUM REMOVAL', 'device', 'preventAllow', NO_FLAG, '00 0000 01 00'],
  ['15', 'MODE SELECT(6)', 'modes', 'select', NO_FLAG, '10 0000 ff 00'],
  ['55', 'MODE SELECT(10)', 'modes', 'select', NO_FLAG, '10 0000000000 ffff 00'],
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
