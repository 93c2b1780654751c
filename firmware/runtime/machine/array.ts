/**
 * One array, or what one director has of it: the microcoded roles that are placed here, put together over the array's memory.
 * The live and the simulated runtime add ports. Everything that it knows beyond the configuration is in the memory, so an
 * `ArrayMachine` made anew over the same memory goes on where the old one was.
 */

import type { Clock, Tap } from '../../engine/engine.js';
import { Node } from '../../engine/node.js';
import { load } from '../../engine/program.js';
import type { Recorder } from '../../engine/recorder.js';
import { PortMail, Wiring } from '../../engine/wiring.js';
import type { BatteryMarks } from '../../memory/battery-marks.js';
import type { Layout } from '../../memory/layout.js';
import { MICROCODED_ROLES, roleNumber } from '../../ports/messages.js';
import { Journals } from '../../units/journals.js';
import { Slots } from '../../units/slots.js';
import { Tracks } from '../../units/tracks.js';
import type { ArrayConfig, Images } from './config.js';
import { ArrayTables } from './tables.js';

export type { ArrayConfig, Images, JournalConfig, PairConfig, VolumeConfig } from './config.js';

export class ArrayMachine extends ArrayTables {
  /** The roles that are placed here; all five when nobody placed any elsewhere. */
  nodes: readonly Node[];
  readonly hostMail: PortMail;
  readonly driveMail: PortMail;
  readonly linkMail: PortMail;
  readonly serviceMail: PortMail;
  readonly wiring: Wiring;
  readonly #clock: Clock;
  readonly #tap: Tap | undefined;
  readonly #director: number;
  readonly #marks: BatteryMarks | undefined;
  readonly #trace: Recorder | undefined;

  /** Placement is what stands in the memory. Errors: RangeError when an image is missing. */
  constructor(
    config: ArrayConfig,
    layout: Layout,
    buffer: SharedArrayBuffer,
    images: Images,
    clock: Clock,
    tap?: Tap,
    director = 0,
    marks?: BatteryMarks,
    trace?: Recorder,
  ) {
    super(config, layout, buffer);
    const { memory } = this;
    const wiring = new Wiring(memory, director);
    this.wiring = wiring;
    this.#clock = clock;
    this.#tap = tap;
    this.#marks = marks;
    this.#trace = trace;
    trace?.attach(memory, clock);
    this.#director = director;
    this.nodes = this.#nodesHere(images);
    this.hostMail = new PortMail(wiring, roleNumber('hostPort'));
    this.driveMail = new PortMail(wiring, roleNumber('drivePort'));
    this.linkMail = new PortMail(wiring, roleNumber('linkPort'));
    this.serviceMail = new PortMail(wiring, roleNumber('service'));
  }

  /** Placement in memory, or images, are others now: `Wiring.place` says when this may be called. Errors: as the constructor. */
  place(images: Images): void {
    this.wiring.place();
    const before = this.nodes;
    this.nodes = this.#nodesHere(images);
    for (const { role, program, trace } of this.nodes) {
      const was = before.find((node) => node.role === role)?.program.image.crc ?? program.image.crc;
      if (was !== program.image.crc) trace?.changes(role, was, program.image.crc);
    }
    for (const node of this.nodes) node.startHeld();
  }

  #nodesHere(images: Images): Node[] {
    const { memory, wiring, config } = this;
    const now_s = (): number => Math.floor(this.#clock.now_ns() / 1_000_000_000);
    const tracks = new Tracks(memory, now_s, this.#marks, this.#trace);
    const slots = new Slots(memory, this.#marks);
    const journals = new Journals(memory, this.#marks);
    const here = [...MICROCODED_ROLES.entries()].filter(
      ([node]) => this.get('node', 'director', node) === this.#director,
    );
    return here.map(([node, role]) => {
      const image = images[role];
      if (!image) throw new RangeError(`array ${config.name}: no microcode image for role ${role}`);
      const program = load(image, memory, config.recipes);
      const [clock, tap, marks, trace] = [this.#clock, this.#tap, this.#marks, this.#trace];
      return new Node({ memory, wiring, role: node, program, tracks, slots, journals, clock, tap, marks, trace });
    });
  }
}
