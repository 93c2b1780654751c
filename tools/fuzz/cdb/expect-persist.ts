/** PERSISTENT RESERVE IN and OUT as SPC-6, 5.14, 6.16 and 6.17 have them: who is registered, who holds the reservation, and what is refused. */
import { CHECK, CONFLICT, type Command, GOOD } from './command.js';
import { nameOf, transportId } from './hosts.js';
import { get } from './layouts.js';
import type { Expected, Outcome, UnitModel, World } from './world.js';

const TYPES = [1, 3, 5, 6, 7, 8];
const GOOD_END: Outcome = { status: GOOD };
const CONFLICTS: Outcome = { status: CONFLICT };
const check = (...senses: string[]): Outcome[] => senses.map((sense) => ({ status: CHECK, sense }));
/** No record is left for one more initiator. */
const FULL = check('5/55/04');
const LIST_BYTES = 24;

interface Request {
  readonly world: World;
  readonly unit: UnitModel;
  readonly host: number;
  readonly list: Buffer;
  readonly key: bigint;
  readonly to: bigint;
  readonly scopeAndType: number;
}

/** Names of a list: hosts of the world, strangers, and whether it can be read at all. */
function named(world: World, list: Buffer, from: number): { hosts: number[]; strangers: boolean } | undefined {
  const hosts: number[] = [];
  let strangers = false;
  for (let at = from; at < list.length; ) {
    if (at + 4 > list.length) return undefined;
    const end = at + 4 + list.readUInt16BE(at + 2);
    const id = list.subarray(at, end);
    const all = Array.from({ length: world.hosts }, (_, i) => i);
    const host = all.find((i) => transportId(i).equals(id) || transportId(i, true).equals(id));
    if (end > list.length) return undefined;
    if (host !== undefined) hosts.push(host);
    else if (!/^iqn\.2026-11\.example\.test:1[0-9],i,0x400001370000\0+$/.test(id.toString('latin1', 4)))
      return undefined;
    else strangers = true;
    at = end;
  }
  return { hosts, strangers };
}

function register(request: Request, ignores: boolean): Expected {
  const { unit, host, key, to, list, world } = request;
  const own = unit.registrants.get(host);
  const names = ((list[20] ?? 0) & 8) !== 0 ? named(world, list, 28) : { hosts: [], strangers: false };
  const hasNames = ((list[20] ?? 0) & 8) !== 0;
  if (!ignores && key !== (own ?? 0n)) return { outcomes: [CONFLICTS] };
  if (hasNames && own !== undefined) return { outcomes: check('5/26/00', '5/1a/00') };
  const isOdd = hasNames && (list.length < 28 || list.readUInt32BE(24) + 28 !== list.length);
  if (isOdd && to !== 0n) return { outcomes: check('5/1a/00') };
  const others = hasNames && to !== 0n;
  // Names with something wrong in them may name somebody yet.
  if (others && names === undefined) return { outcomes: [GOOD_END, ...check('5/26/00'), ...FULL], apply: adopt };
  return {
    outcomes: others && names?.strangers ? [GOOD_END, ...FULL] : others ? [GOOD_END, ...check('5/26/00')] : [GOOD_END],
    apply: () => {
      unit.generation++;
      const kept = ((list[20] ?? 0) & 1) !== 0;
      if (to !== 0n) {
        unit.registrants.set(host, to);
        for (const other of others ? (names?.hosts ?? []) : [])
          if (!unit.registrants.has(other)) unit.registrants.set(other, to);
        unit.aptpl = kept;
        if (names?.strangers) adopt();
      } else if (own !== undefined) {
        unit.registrants.delete(host);
        unit.settleReservation();
      }
    },
  };
}

/** Thrown by `apply` where only the array can say who is registered now: what it says is believed once. */
export class Believe extends Error {}
const adopt = (): never => {
  throw new Believe();
};

function typeOf({ scopeAndType }: Request): number | undefined {
  return scopeAndType < 16 && TYPES.includes(scopeAndType) ? scopeAndType : undefined;
}

const byKey = ({ unit, host, key }: Request): boolean => unit.registrants.get(host) === key;

function reserve(request: Request): Expected {
  const { unit, host } = request;
  if (!byKey(request)) return { outcomes: [CONFLICTS] };
  const type = typeOf(request);
  if (type === undefined) return { outcomes: check('5/24/00') };
  if (unit.type !== 0) return { outcomes: [unit.type === type && unit.holds(host) ? GOOD_END : CONFLICTS] };
  return {
    outcomes: [GOOD_END],
    apply: () => {
      unit.type = type;
      unit.holder = host;
    },
  };
}

function release(request: Request): Expected {
  const { unit, host } = request;
  if (!byKey(request)) return { outcomes: [CONFLICTS] };
  const type = typeOf(request);
  if (!unit.holds(host))
    return { outcomes: type === undefined ? [GOOD_END, ...check('5/24/00', '5/26/04')] : [GOOD_END] };
  if (type !== unit.type) return { outcomes: type === undefined ? check('5/24/00', '5/26/04') : check('5/26/04') };
  return { outcomes: [GOOD_END], apply: () => unit.unreserve() };
}

function clear(request: Request): Expected {
  const { unit } = request;
  if (!byKey(request)) return { outcomes: [CONFLICTS] };
  return {
    outcomes: [GOOD_END],
    apply: () => {
      unit.registrants.clear();
      unit.unreserve();
      unit.generation++;
    },
  };
}

/** SPC-6, 5.14.11.2. */
function preempt(request: Request): Expected {
  const { unit, host, to } = request;
  if (!byKey(request)) return { outcomes: [CONFLICTS] };
  const isShared = unit.type >= 7;
  const takesOver = unit.type !== 0 && (isShared ? to === 0n : unit.registrants.get(unit.holder) === to);
  const gone = [...unit.registrants].filter(([, key]) => (takesOver && isShared) || key === to).map(([who]) => who);
  if (!takesOver) {
    if (to === 0n) return { outcomes: check('5/26/00') };
    if (gone.length === 0) return { outcomes: [CONFLICTS] };
    return {
      outcomes: [GOOD_END],
      apply: () => {
        for (const who of gone) unit.registrants.delete(who);
        unit.settleReservation();
        unit.generation++;
      },
    };
  }
  const type = typeOf(request);
  if (type === undefined) return { outcomes: check('5/24/00') };
  return {
    outcomes: [GOOD_END],
    apply: () => {
      for (const who of gone) if (who !== host) unit.registrants.delete(who);
      unit.type = type;
      unit.holder = host;
      unit.generation++;
    },
  };
}

function move(request: Request): Expected {
  const { unit, host, list, to, world } = request;
  if (!byKey(request)) return { outcomes: [CONFLICTS] };
  const errors: Outcome[] = [];
  const bytes = list.readUInt32BE(20);
  if (bytes + LIST_BYTES !== list.length) errors.push(...check('5/1a/00'));
  if (to === 0n) errors.push(...check('5/26/00'));
  if (list.readUInt16BE(18) !== 1) errors.push(...check('5/26/00'));
  if (unit.type === 0) errors.push(...check('5/24/00'));
  else if (unit.type >= 7 || unit.holder !== host) errors.push(CONFLICTS);
  const names = named(world, list, LIST_BYTES);
  const isPort = list[LIST_BYTES] === 0x45;
  if (names === undefined) return { outcomes: [...errors, ...check('5/26/00'), ...FULL, GOOD_END], apply: adopt };
  const [target] = names.hosts;
  if (!isPort || target === host || names.hosts.length > 1) errors.push(...check('5/26/00'));
  if (errors.length > 0) return { outcomes: [...errors, ...FULL] };
  if (target === undefined) return { outcomes: [GOOD_END, ...FULL], apply: adopt };
  return {
    outcomes: [GOOD_END],
    apply: () => {
      unit.registrants.set(target, to);
      unit.holder = target;
      unit.aptpl = ((list[17] ?? 0) & 1) !== 0;
      if (((list[17] ?? 0) & 2) !== 0) unit.registrants.delete(host);
      unit.generation++;
    },
  };
}

export function expectPersist(world: World, unit: UnitModel, { cdb, host, out = Buffer.alloc(0) }: Command): Expected {
  const action = (cdb[1] ?? 0) & 31;
  const length = Number(get(cdb, { at: 5, bytes: 4 }));
  if (length < LIST_BYTES || out.length < length) return { outcomes: check('5/1a/00') };
  const list = Buffer.from(out.subarray(0, length));
  const hasNames = action !== 7 && ((list[20] ?? 0) & 8) !== 0;
  if (hasNames && action !== 0) return { outcomes: check('5/26/00') };
  if (!hasNames && action !== 7 && length !== LIST_BYTES) return { outcomes: check('5/1a/00') };
  const [key, to] = [list.readBigUInt64BE(0), list.readBigUInt64BE(8)];
  const request: Request = { world, unit, host, list, key, to, scopeAndType: cdb[2] ?? 0 };
  const actions = [
    (r: Request) => register(r, false),
    reserve,
    release,
    clear,
    preempt,
    preempt,
    (r: Request) => register(r, true),
    move,
  ];
  return actions[action]?.(request) ?? {};
}

/** Its keys, its reservation. */
export function expectPersistIn(unit: UnitModel, { cdb }: Command): Expected {
  const action = (cdb[1] ?? 0) & 31;
  const whole = (data: Buffer, told: number): boolean => data.length === told + 8;
  if (action === 0)
    return {
      outcomes: [GOOD_END],
      check: (data) => {
        if (data.length < 8 || !whole(data, data.readUInt32BE(4))) return undefined;
        const keys = Array.from({ length: (data.length - 8) / 8 }, (_, i) => data.readBigUInt64BE(8 + i * 8));
        return reservationFault(unit, { generation: data.readUInt32BE(0), keys });
      },
    };
  if (action === 1)
    return {
      outcomes: [GOOD_END],
      check: (data) => {
        if (data.length < 8 || !whole(data, data.readUInt32BE(4))) return undefined;
        const type = data.length === 8 ? 0 : (data[21] ?? 0);
        const key = data.length === 8 || type >= 7 ? 0n : data.readBigUInt64BE(8);
        return reservationFault(unit, { generation: data.readUInt32BE(0), type, key });
      },
    };
  return { outcomes: [GOOD_END] };
}

export interface Told {
  readonly generation: number;
  readonly keys?: readonly bigint[];
  readonly type?: number;
  readonly key?: bigint;
}

const inOrder = (keys: readonly bigint[]): string => [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join(' ');

export function reservationFault(unit: UnitModel, { generation, keys, type, key }: Told): string | undefined {
  if (generation !== unit.generation) return `PRgeneration ${generation}, where ${unit.generation} is due`;
  if (keys && inOrder(keys) !== inOrder([...unit.registrants.values()]))
    return `keys ${inOrder(keys)}, where ${inOrder([...unit.registrants.values()])} are registered`;
  if (type === undefined) return undefined;
  if (type !== unit.type) return `a reservation of type ${type}, where ${unit.type} is held`;
  const due = type === 0 || type >= 7 ? 0n : unit.registrants.get(unit.holder);
  return key === due ? undefined : `the holder's key ${key}, where ${due} is that of ${nameOf(unit.holder)}`;
}
