/**
 * One array: its memory, its rings and its five roles, put together from a configuration. The live and the simulated
 * runtime both hold one of these and add ports. Everything that it knows beyond the configuration is in the memory, so an
 * `ArrayMachine` made anew over the same memory goes on where the old one was.
 */

import type { Clock, Tap } from '../../engine/engine.js';
import type { Image, Recipe } from '../../engine/image.js';
import { Node } from '../../engine/node.js';
import { load } from '../../engine/program.js';
import { PortMail, Wiring } from '../../engine/wiring.js';
import { PAIR_ROLE, PAIR_STATE } from '../../memory/constants.js';
import { type ArrayMemory, attach, type Dimensions, type Layout, layoutOf, losePower } from '../../memory/layout.js';
import { fieldOffset, shiftOf, type TableName } from '../../memory/tables.js';
import { MICROCODED_ROLES, type Role, roleNumber } from '../../ports/messages.js';
import { Slots } from '../../units/slots.js';
import { Tracks } from '../../units/tracks.js';

export interface PairConfig {
  /** Number of the volume at the other array. */
  readonly peer: number;
  readonly role: 'source' | 'target';
  /** Index in `ArrayConfig.recipes`. */
  readonly recipe: number;
  /** The pair is not made yet: an operator will. */
  readonly simplex: boolean;
}

export interface VolumeConfig {
  readonly name: string;
  readonly tracks: number;
  readonly drive: number;
  /** Where the volume begins on its drive, in sectors. */
  readonly driveBase: number;
  /** Most slots of the volume that may be write pending for hosts. */
  readonly wpLimit: number;
  readonly pair?: PairConfig;
}

export interface ArrayConfig {
  readonly name: string;
  readonly dims: Dimensions;
  readonly volumes: readonly VolumeConfig[];
  /** Most host slots that may be write pending. */
  readonly hostWpLimit: number;
  /** Destage begins at this many dirty slots, or so long after the first. */
  readonly destageStart: number;
  readonly destageDelay_us: number;
  readonly recipes: readonly Recipe[];
}

export type Images = Readonly<Partial<Record<Role, Image>>>;

export class ArrayMachine {
  readonly config: ArrayConfig;
  readonly memory: ArrayMemory;
  readonly nodes: readonly Node[];
  readonly hostMail: PortMail;
  readonly driveMail: PortMail;
  readonly linkMail: PortMail;
  readonly serviceMail: PortMail;
  readonly wiring: Wiring;

  constructor(config: ArrayConfig, layout: Layout, buffer: SharedArrayBuffer, images: Images, clock: Clock, tap?: Tap) {
    this.config = config;
    const memory = attach(layout, buffer);
    this.memory = memory;
    const wiring = new Wiring(memory);
    this.wiring = wiring;
    const tracks = new Tracks(memory);
    const slots = new Slots(memory);
    this.nodes = MICROCODED_ROLES.map((role, number) => {
      const image = images[role];
      if (!image) throw new RangeError(`array ${config.name}: no microcode image for role ${role}`);
      return new Node({
        memory,
        wiring,
        role: number,
        program: load(image, memory, config.recipes),
        tracks,
        slots,
        clock,
        tap,
      });
    });
    this.hostMail = new PortMail(wiring, roleNumber('hostPort'));
    this.driveMail = new PortMail(wiring, roleNumber('drivePort'));
    this.linkMail = new PortMail(wiring, roleNumber('linkPort'));
    this.serviceMail = new PortMail(wiring, roleNumber('service'));
  }

  static layoutFor(config: ArrayConfig): Layout {
    return layoutOf(config.dims);
  }

  /** Word address of a field. */
  at(table: TableName, field: string, record = 0): number {
    return this.memory.layout.base[table] + (record << shiftOf(table)) + fieldOffset(table, field);
  }

  get(table: TableName, field: string, record = 0): number {
    return this.memory.m[this.at(table, field, record)] as number;
  }

  set(table: TableName, field: string, record: number, value: number): void {
    this.memory.m[this.at(table, field, record)] = value;
  }

  /** The first power on of a new array: what the battery keeps from then on. */
  format(): void {
    for (const [v, volume] of this.config.volumes.entries()) {
      const pair = volume.pair;
      if (!pair) continue;
      this.set('pair', 'peer', v, pair.peer);
      this.set('pair', 'recipe', v, pair.recipe);
      if (pair.simplex) continue;
      this.set('pair', 'role', v, pair.role === 'source' ? PAIR_ROLE.SOURCE : PAIR_ROLE.TARGET);
      this.set('pair', 'state', v, PAIR_STATE.COPY);
    }
  }

  /** What the service processor writes into volatile tables at each power on; BOOT comes after it, as a message. */
  powerOn(): void {
    const { config } = this;
    let base = 0;
    this.set('system', 'volumes', 0, config.volumes.length);
    for (const [v, volume] of config.volumes.entries()) {
      this.set('volume', 'tracks', v, volume.tracks);
      this.set('volume', 'track_base', v, base);
      this.set('volume', 'pair', v, volume.pair ? v : -1);
      this.set('volume', 'drive', v, volume.drive);
      this.set('volume', 'drive_base', v, volume.driveBase);
      this.set('device', 'wp_limit', v, volume.wpLimit);
      base += volume.tracks;
    }
    const { hostSlots, remoteSlots } = config.dims;
    this.set('pool', 'slots', 0, hostSlots);
    this.set('pool', 'wp_limit', 0, config.hostWpLimit);
    this.set('pool', 'slots', 1, remoteSlots);
    this.set('pool', 'wp_limit', 1, remoteSlots);
    this.set('dirty', 'start', 0, config.destageStart);
    this.set('dirty', 'delay_us', 0, config.destageDelay_us);
    for (const node of this.nodes) node.powerOn();
  }

  powerOff(): void {
    losePower(this.memory);
  }
}
