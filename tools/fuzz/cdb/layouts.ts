/** Where the numbers of CDBs stand, written from SPC-6, SBC-4 and SPC-2, and how far a reservation of others keeps a command away. */

export interface Place {
  readonly at: number;
  readonly bytes: number;
}

/** May an initiator that a persistent reservation is against do it: always, under a Write Exclusive type, never; either, as the standards leave it open. */
export type Rule = 'always' | 'reads' | 'never' | 'either';

export interface CdbLayout {
  readonly name: string;
  readonly code: number;
  readonly action?: number;
  readonly lba?: Place;
  readonly blocks?: Place;
  /** Allocation length. */
  readonly allocation?: Place;
  /** Parameter list length. */
  readonly list?: Place;
  readonly persistent: Rule;
  /** The same for who did not RESERVE the unit. */
  readonly legacy: Rule;
  /** It needs the medium to be there and turning. */
  readonly medium: boolean;
  readonly writes: boolean;
}

type Row = readonly [
  codes: string,
  name: string,
  places: string,
  persistent: Rule,
  legacy?: Rule,
  medium?: 'reads' | 'writes',
];

/** Places: `l` LBA, `b` number of blocks, `a` allocation length, `p` parameter list length, each with its byte and how many. */
const ROWS: readonly Row[] = [
  ['00', 'TEST UNIT READY', '', 'always', 'never', 'reads'],
  ['03', 'REQUEST SENSE', 'a4.1', 'always', 'always'],
  ['12', 'INQUIRY', 'a3.2', 'always', 'always'],
  ['a0', 'REPORT LUNS', 'a6.4', 'always', 'always'],
  ['25', 'READ CAPACITY(10)', 'l2.4', 'always', 'either', 'reads'],
  ['9e/10', 'READ CAPACITY(16)', 'l2.8 a10.4', 'always', 'either', 'reads'],
  ['08', 'READ(6)', 'l1.3 b4.1', 'reads', 'never', 'reads'],
  ['28', 'READ(10)', 'l2.4 b7.2', 'reads', 'never', 'reads'],
  ['a8', 'READ(12)', 'l2.4 b6.4', 'reads', 'never', 'reads'],
  ['88', 'READ(16)', 'l2.8 b10.4', 'reads', 'never', 'reads'],
  ['0a', 'WRITE(6)', 'l1.3 b4.1', 'never', 'never', 'writes'],
  ['2a', 'WRITE(10)', 'l2.4 b7.2', 'never', 'never', 'writes'],
  ['aa', 'WRITE(12)', 'l2.4 b6.4', 'never', 'never', 'writes'],
  ['8a', 'WRITE(16)', 'l2.8 b10.4', 'never', 'never', 'writes'],
  ['35', 'SYNCHRONIZE CACHE(10)', 'l2.4 b7.2', 'never', 'never', 'reads'],
  ['91', 'SYNCHRONIZE CACHE(16)', 'l2.8 b10.4', 'never', 'never', 'reads'],
  ['2f', 'VERIFY(10)', 'l2.4 b7.2', 'reads', 'never', 'reads'],
  ['af', 'VERIFY(12)', 'l2.4 b6.4', 'reads', 'never', 'reads'],
  ['8f', 'VERIFY(16)', 'l2.8 b10.4', 'reads', 'never', 'reads'],
  ['2e', 'WRITE AND VERIFY(10)', 'l2.4 b7.2', 'never', 'never', 'writes'],
  ['ae', 'WRITE AND VERIFY(12)', 'l2.4 b6.4', 'never', 'never', 'writes'],
  ['8e', 'WRITE AND VERIFY(16)', 'l2.8 b10.4', 'never', 'never', 'writes'],
  ['89', 'COMPARE AND WRITE', 'l2.8 b13.1', 'never', 'never', 'writes'],
  ['8b', 'ORWRITE(16)', 'l2.8 b10.4', 'never', 'never', 'writes'],
  ['9c', 'WRITE ATOMIC(16)', 'l2.8 b12.2', 'never', 'never', 'writes'],
  ['41', 'WRITE SAME(10)', 'l2.4 b7.2', 'never', 'never', 'writes'],
  ['93', 'WRITE SAME(16)', 'l2.8 b10.4', 'never', 'never', 'writes'],
  ['42', 'UNMAP', 'p7.2', 'never', 'never', 'writes'],
  ['9e/12', 'GET LBA STATUS', 'l2.8 a10.4', 'reads', 'never', 'reads'],
  ['34', 'PRE-FETCH(10)', 'l2.4 b7.2', 'reads', 'never', 'reads'],
  ['90', 'PRE-FETCH(16)', 'l2.8 b10.4', 'reads', 'never', 'reads'],
  ['04', 'FORMAT UNIT', '', 'never', 'never', 'writes'],
  ['48/01', 'SANITIZE, overwrite', 'p7.2', 'never', 'never', 'writes'],
  ['48/02', 'SANITIZE, block erase', 'p7.2', 'never', 'never', 'writes'],
  ['48/03', 'SANITIZE, cryptographic erase', 'p7.2', 'never', 'never', 'writes'],
  ['48/1f', 'SANITIZE, exit failure mode', 'p7.2', 'never', 'never'],
  ['5e/00', 'PERSISTENT RESERVE IN, READ KEYS', 'a7.2', 'always', 'never'],
  ['5e/01', 'PERSISTENT RESERVE IN, READ RESERVATION', 'a7.2', 'always', 'never'],
  ['5e/02', 'PERSISTENT RESERVE IN, REPORT CAPABILITIES', 'a7.2', 'always', 'never'],
  ['5e/03', 'PERSISTENT RESERVE IN, READ FULL STATUS', 'a7.2', 'always', 'never'],
  ['5f/00', 'PERSISTENT RESERVE OUT, REGISTER', 'p5.4', 'always', 'never'],
  ['5f/01', 'PERSISTENT RESERVE OUT, RESERVE', 'p5.4', 'always', 'never'],
  ['5f/02', 'PERSISTENT RESERVE OUT, RELEASE', 'p5.4', 'always', 'never'],
  ['5f/03', 'PERSISTENT RESERVE OUT, CLEAR', 'p5.4', 'always', 'never'],
  ['5f/04', 'PERSISTENT RESERVE OUT, PREEMPT', 'p5.4', 'always', 'never'],
  ['5f/05', 'PERSISTENT RESERVE OUT, PREEMPT AND ABORT', 'p5.4', 'always', 'never'],
  ['5f/06', 'PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY', 'p5.4', 'always', 'never'],
  ['5f/07', 'PERSISTENT RESERVE OUT, REGISTER AND MOVE', 'p5.4', 'always', 'never'],
  ['16', 'RESERVE(6)', '', 'always', 'always'],
  ['17', 'RELEASE(6)', '', 'always', 'always'],
  ['56', 'RESERVE(10)', '', 'always', 'always'],
  ['57', 'RELEASE(10)', '', 'always', 'always'],
  ['1a', 'MODE SENSE(6)', 'a4.1', 'reads', 'never'],
  ['5a', 'MODE SENSE(10)', 'a7.2', 'reads', 'never'],
  ['a3/0c', 'REPORT SUPPORTED OPERATION CODES', 'a6.4', 'either', 'either'],
  ['a3/0d', 'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS', 'a6.4', 'either', 'either'],
  ['a3/0a', 'REPORT TARGET PORT GROUPS', 'a6.4', 'always', 'either'],
  ['37', 'READ DEFECT DATA(10)', 'a7.2', 'reads', 'never', 'reads'],
  ['b7', 'READ DEFECT DATA(12)', 'a6.4', 'reads', 'never', 'reads'],
  ['1c', 'RECEIVE DIAGNOSTIC RESULTS', 'a3.2', 'reads', 'never'],
  ['1d', 'SEND DIAGNOSTIC', 'p3.2', 'never', 'never'],
  ['4c', 'LOG SELECT', 'p7.2', 'never'],
  ['4d', 'LOG SENSE', 'a7.2', 'always', 'either'],
  ['1b', 'START STOP UNIT', '', 'never', 'never'],
  ['1e', 'PREVENT ALLOW MEDIUM REMOVAL', '', 'never', 'never'],
  ['15', 'MODE SELECT(6)', 'p4.1', 'never', 'never'],
  ['55', 'MODE SELECT(10)', 'p7.2', 'never', 'never'],
  ['83/00', 'EXTENDED COPY(LID1)', 'p10.4', 'never', 'never', 'writes'],
  ['84/00', 'RECEIVE COPY STATUS(LID1)', 'a10.4', 'either', 'either'],
  ['84/03', 'RECEIVE COPY OPERATING PARAMETERS', 'a10.4', 'either', 'either'],
];

function place(places: string, kind: string): Place | undefined {
  const text = places.split(' ').find((word) => word.startsWith(kind));
  if (text === undefined) return undefined;
  const [at = 0, bytes = 0] = text.slice(1).split('.').map(Number);
  return { at, bytes };
}

function layout([codes, name, places, persistent, legacy = 'never', medium]: Row): CdbLayout {
  const [code = 0, action] = codes.split('/').map((digits) => Number.parseInt(digits, 16));
  const [lba, blocks, allocation, list] = [...'lbap'].map((kind) => place(places, kind));
  return {
    name,
    code,
    ...(action !== undefined && { action }),
    ...(lba && { lba }),
    ...(blocks && { blocks }),
    ...(allocation && { allocation }),
    ...(list && { list }),
    persistent,
    legacy,
    medium: medium !== undefined,
    writes: medium === 'writes',
  };
}

export const LAYOUTS: readonly CdbLayout[] = ROWS.map(layout);

/** What this CDB is; undefined: nothing that is known here. */
export function layoutOf(cdb: Uint8Array): CdbLayout | undefined {
  const code = cdb[0] ?? 0;
  const action = (cdb[1] ?? 0) & 31;
  return LAYOUTS.find((l) => l.code === code && (l.action === undefined || l.action === action));
}

export function get(cdb: Uint8Array, { at, bytes }: Place): bigint {
  let value = 0n;
  for (let i = at; i < at + bytes; i++) value = (value << 8n) | BigInt(cdb[i] ?? 0);
  // LBAs of READ(6) and WRITE(6) have 21 bits.
  return bytes === 3 ? value & 0x1f_ffffn : value;
}

export function put(cdb: Uint8Array, { at, bytes }: Place, value: bigint): void {
  for (let i = at + bytes - 1, left = value; i >= at; i--, left >>= 8n) {
    const byte = Number(left & 255n);
    cdb[i] = bytes === 3 && i === at ? ((cdb[i] ?? 0) & 0xe0) | (byte & 0x1f) : byte;
  }
}

/** How long the CDB is by its group (SPC-6, 4.2.2). */
export function cdbBytes(code: number): number {
  const lengths = [6, 10, 10, 16, 16, 12, 10, 10];
  return lengths[code >> 5] ?? 16;
}
