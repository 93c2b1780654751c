/** Reservations for tests: PERSISTENT RESERVE IN and OUT as functions, and what they bring in words. */
import type { Answer, Initiator } from './scsi-host.js';

export const GOOD = 0;
export const CONFLICT = 0x18;
/** By number, as SPC-6 has them. */
export const TYPES = [1, 3, 5, 6, 7, 8] as const;
const OUT = {
  register: 0,
  reserve: 1,
  release: 2,
  clear: 3,
  preempt: 4,
  preemptAndAbort: 5,
  registerAndIgnore: 6,
} as const;
export type OutAction = keyof typeof OUT;

export interface OutList {
  readonly key?: bigint;
  /** Service action reservation key. */
  readonly to?: bigint;
  readonly type?: number;
  readonly aptpl?: boolean;
  readonly allPorts?: boolean;
  readonly names?: readonly Buffer[];
  readonly lun?: number;
  readonly attribute?: number;
}

export const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const SPEC_I_PT = 8;
const ALL_TG_PT = 4;

/** Parameter list of all service actions but REGISTER AND MOVE. */
export function outList({ key = 0n, to = 0n, aptpl, allPorts, names }: OutList): Buffer {
  const list = Buffer.alloc(24);
  list.writeBigUInt64BE(key, 0);
  list.writeBigUInt64BE(to, 8);
  list[20] = (names ? SPEC_I_PT : 0) | (allPorts === true ? ALL_TG_PT : 0) | (aptpl === true ? 1 : 0);
  if (!names) return list;
  const bytes = Buffer.concat(names);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([list, length, bytes]);
}

export function persist(who: Initiator, action: OutAction, list: OutList = {}): Promise<Answer> {
  const { type = 0, lun = 0, attribute = 1 } = list;
  const out = outList(list);
  return who.command(`5f ${hex(OUT[action], 2)} ${hex(type, 2)} 0000 ${hex(out.length, 8)} 00`, {
    out,
    lun,
    attribute,
  });
}

const read = (who: Initiator, action: number, lun: number): Promise<Answer> =>
  who.command(`5e ${hex(action, 2)} 0000000000 4000 00`, { lun });

export interface Keys {
  readonly generation: number;
  readonly keys: readonly bigint[];
}

export async function readKeys(who: Initiator, lun = 0): Promise<Keys> {
  const { data } = await read(who, 0, lun);
  const keys = Array.from({ length: (data.length - 8) / 8 }, (_, i) => data.readBigUInt64BE(8 + i * 8));
  if (data.readUInt32BE(4) !== data.length - 8) throw new Error('ADDITIONAL LENGTH is not that of the keys');
  return { generation: data.readUInt32BE(0), keys };
}

export interface Reservation {
  readonly key: bigint;
  readonly scope: number;
  readonly type: number;
}

/** Undefined: there is none. */
export async function readReservation(who: Initiator, lun = 0): Promise<Reservation | undefined> {
  const { data } = await read(who, 1, lun);
  if (data.readUInt32BE(4) === 0) return undefined;
  return { key: data.readBigUInt64BE(8), scope: (data[21] as number) >> 4, type: (data[21] as number) & 15 };
}

export interface Status {
  readonly key: bigint;
  readonly allPorts: boolean;
  /** Type of the reservation that it holds; 0: none. */
  readonly holds: number;
  readonly port: number;
  readonly name: string;
}

export async function readFullStatus(who: Initiator, lun = 0): Promise<Status[]> {
  const { data } = await read(who, 3, lun);
  const all: Status[] = [];
  for (let at = 8; at < data.length; ) {
    const bytes = data.readUInt32BE(at + 20);
    const flags = data[at + 12] as number;
    all.push({
      key: data.readBigUInt64BE(at),
      allPorts: (flags & 2) !== 0,
      holds: (flags & 1) !== 0 ? (data[at + 13] as number) : 0,
      port: data.readUInt16BE(at + 18),
      name: data.toString('latin1', at + 28, at + 24 + bytes).replace(/\0+$/, ''),
    });
    at += 24 + bytes;
  }
  return all;
}

/** What a session hears until it hears nothing more. */
export async function attentions(who: Initiator, lun = 0): Promise<string[]> {
  const heard: string[] = [];
  for (;;) {
    const { status, sense } = await who.command('00 000000 00 00', { lun });
    if (status !== 2) return heard;
    heard.push(sense);
  }
}

export interface MoveList {
  readonly key: bigint;
  readonly to: bigint;
  readonly name: Buffer;
  readonly unregister?: boolean;
  readonly aptpl?: boolean;
  /** Relative target port identifier. */
  readonly port?: number;
}

/** REGISTER AND MOVE. */
export function move(who: Initiator, { key, to, name, unregister, aptpl, port = 1 }: MoveList): Promise<Answer> {
  const list = Buffer.alloc(24);
  list.writeBigUInt64BE(key, 0);
  list.writeBigUInt64BE(to, 8);
  list[17] = (unregister === true ? 2 : 0) | (aptpl === true ? 1 : 0);
  list.writeUInt16BE(port, 18);
  list.writeUInt32BE(name.length, 20);
  const out = Buffer.concat([list, name]);
  return who.command(`5f 07 00 0000 ${hex(out.length, 8)} 00`, { out });
}
