/** What the fuzzer knows of the array from outside: the bytes of each unit, who reserved it, and how it was set. */

/** What the block limits page says. */
export interface Limits {
  readonly compared: number;
  readonly unmapBlocks: number;
  readonly unmapDescriptors: number;
  readonly writeSame: number;
  readonly atomic: number;
  readonly atomicAlignment: number;
  readonly atomicGranularity: number;
}

/** What kind of unit it is. */
export interface Kind {
  readonly blockBytes?: 512 | 4096;
  readonly removable?: boolean;
  readonly readOnly?: boolean;
}

export class UnitModel {
  readonly number: number;
  readonly removable: boolean;
  readonly readOnly: boolean;
  readonly blocks: number;
  /** Bytes of one. */
  readonly block: number;
  readonly limits: Limits;
  bytes: Buffer;
  /** What `start` finds: it was told to stop, or its medium is out. */
  stopped: 'no' | 'stopped' | 'ejected' = 'no';
  /** SWP of its control mode page. */
  isProtected = false;
  /** RESERVE; -1: nobody. */
  reserver = -1;
  readonly prevents = new Set<number>();
  /** Reservation keys by host. */
  readonly registrants = new Map<number, bigint>();
  /** Of the persistent reservation: who made it, and its type; 0: there is none. */
  holder = -1;
  type = 0;
  aptpl = false;
  generation = 0;

  constructor(
    number: number,
    bytes: number,
    { blockBytes = 512, removable = false, readOnly = false }: Kind,
    limits: Limits,
  ) {
    this.number = number;
    this.removable = removable;
    this.readOnly = readOnly;
    this.block = blockBytes;
    this.blocks = bytes / blockBytes;
    this.limits = limits;
    this.bytes = Buffer.alloc(bytes);
  }

  read(lba: number, count: number): Buffer {
    return this.bytes.subarray(lba * this.block, (lba + count) * this.block);
  }

  stop(how: UnitModel['stopped']): void {
    this.stopped = how;
  }

  /** Is the persistent reservation its, too? */
  holds(host: number): boolean {
    return this.type >= 7 ? this.registrants.has(host) : this.type !== 0 && this.holder === host;
  }

  /** Nobody is left whose reservation it could be. */
  settleReservation(): void {
    const isShared = this.type >= 7;
    if (isShared ? this.registrants.size === 0 : !this.registrants.has(this.holder)) this.unreserve();
  }

  unreserve(): void {
    this.holder = -1;
    this.type = 0;
  }

  /** SAM-6, 6.3.3. */
  reset(): void {
    this.reserver = -1;
    this.prevents.clear();
    this.isProtected = false;
  }
}

export class World {
  readonly units: readonly UnitModel[];
  /** NAA designator of each unit, header and name. */
  readonly designators: readonly Buffer[];
  readonly hosts: number;

  constructor(units: readonly UnitModel[], designators: readonly Buffer[], hosts: number) {
    this.units = units;
    this.designators = designators;
    this.hosts = hosts;
  }

  /** The first, where none is meant. */
  unitOr(unit: number): UnitModel {
    return (this.units[unit] ?? this.units[0]) as UnitModel;
  }

  /** I_T nexus loss (SAM-6, 6.3.4). */
  lose(host: number): void {
    for (const unit of this.units) {
      if (unit.reserver === host) unit.reserver = -1;
      unit.prevents.delete(host);
    }
  }

  /** The power was off (SPC-6, 5.14.6). */
  losePower(): void {
    for (const unit of this.units) {
      unit.reset();
      unit.stopped = 'no';
      unit.generation = 0;
      if (unit.aptpl) continue;
      unit.registrants.clear();
      unit.unreserve();
    }
  }
}

/** Blocks that a command changes if it ends well. */
export interface Effect {
  readonly unit: number;
  readonly lba: number;
  readonly count: number;
  /** What they hold then; undefined: that depends on too much. */
  readonly data: Buffer | undefined;
}

export interface Outcome {
  readonly status: number;
  readonly sense?: string;
  readonly pointer?: { readonly byte: number; readonly bit?: number; readonly inCdb: boolean };
  readonly information?: number;
  readonly data?: Buffer;
}

export interface Expected {
  /** It ends in one of these ways; undefined: in any that the standards know. */
  readonly outcomes?: readonly Outcome[];
  /** Of `data` of its own. Undefined: they are as they should be. */
  readonly check?: (data: Buffer) => string | undefined;
  readonly effects?: readonly Effect[];
  /** What else changes in the model if it ends GOOD. */
  readonly apply?: () => void;
}
