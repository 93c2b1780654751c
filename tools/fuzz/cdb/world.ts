/** What the fuzzer knows of the array from outside: the bytes of each unit, who reserved it, and how it was set. */

export const BLOCK = 512;

export class UnitModel {
  readonly number: number;
  readonly removable: boolean;
  readonly readOnly: boolean;
  readonly blocks: number;
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

  constructor(number: number, blocks: number, removable: boolean, readOnly: boolean) {
    this.number = number;
    this.blocks = blocks;
    this.removable = removable;
    this.readOnly = readOnly;
    this.bytes = Buffer.alloc(blocks * BLOCK);
  }

  read(lba: number, count: number): Buffer {
    return this.bytes.subarray(lba * BLOCK, (lba + count) * BLOCK);
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

export class World {
  readonly units: readonly UnitModel[];
  readonly limits: Limits;
  /** NAA designator of each unit, header and name. */
  readonly designators: readonly Buffer[];
  readonly hosts: number;

  constructor(units: readonly UnitModel[], limits: Limits, designators: readonly Buffer[], hosts: number) {
    this.units = units;
    this.limits = limits;
    this.designators = designators;
    this.hosts = hosts;
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
