/** Looks at the tables of a run while it goes, for pictures of it. It looks only: the run is the one that it would be without. */
import { Ring } from 'sharedarraybuffer-ring';
import { FLAG, SECTOR_BYTES } from '../../firmware/memory/constants.js';
import { fieldOffset, shiftOf } from '../../firmware/memory/tables.js';
import { D_HEAD, D_PAYLOAD, DESCRIPTOR_WORDS, KIND, KINDS, roleNumber } from '../../firmware/ports/messages.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { pairOf, stateName } from '../../firmware/runtime/simulated/inspect.js';
import type { Sim } from '../../firmware/runtime/simulated/sim.js';
import type { World } from '../../firmware/runtime/simulated/world.js';

/** A part of a run, in virtual time. */
export interface Span {
  readonly from_us: number;
  readonly to_us: number;
}

/** What is drawn as lines, of each array. */
const LEVELS = ['m1', 'm2', 'pending', 'rings', 'received'] as const;
export type Level = (typeof LEVELS)[number];

/** A run between two moments. All lists are as long as `times_us`. */
export interface Samples extends Span {
  readonly arrays: readonly string[];
  readonly times_us: readonly number[];
  /** By level, by array: tracks with M1, with M2; slots write pending; messages in rings; bytes that came over links since the last. */
  readonly levels: Readonly<Record<Level, readonly (readonly number[])[]>>;
  /** Power, links and pairs: a word for each sample. */
  readonly bands: readonly { readonly name: string; readonly words: readonly string[] }[];
}

const SAMPLES = 400;
const M1 = FLAG.M1_WP | FLAG.M1_FP | FLAG.M1_INV;
const M2 = FLAG.M2_WP | FLAG.M2_FP | FLAG.M2_INV;
const REMOTE = roleNumber('remote');
/** What goes over a link. */
const IS_CARRIED = Uint8Array.from(KINDS, (k) => (k.to === 'linkPort' && k.handler === 'remote' ? 1 : 0));
/** Beside the data; as the model of links has it. */
const FRAME_BYTES = 64;
const FAR_APPLY = KINDS.find((kind) => kind.id === KIND.FAR_APPLY);
const SPAN_AT = D_PAYLOAD + (FAR_APPLY?.fields.indexOf('span') ?? 0);
const FLAGS_AT = D_PAYLOAD + (FAR_APPLY?.fields.indexOf('flags') ?? 0);
const IS_ZERO = 1;

/** The failure and what came before it; if the run is longer, the whole of it too. */
export function spansOf(failed_us: number, end_us: number): Span[] {
  const near = { from_us: Math.max(0, failed_us - 20_000), to_us: Math.min(end_us, failed_us + 2_000) };
  const all = { from_us: 0, to_us: end_us };
  return near.from_us === 0 && end_us - near.to_us < 10_000 ? [all] : [near, all];
}

/** Begins to look at a sim that has not run yet. Call `end` when it has. */
export class Sampler {
  readonly #sim: Sim;
  readonly #takes: Take[];

  constructor(sim: Sim, spans: readonly Span[]) {
    this.#sim = sim;
    this.#takes = spans.map((span) => new Take(sim, span));
    const look: World['onMessage'] = (array, node, at) => {
      const m = sim.world.arrays[array]?.memory.m as Int32Array;
      const bytes = node === REMOTE ? bytesOf(m, at) : 0;
      for (const take of this.#takes) take.look(array, bytes);
    };
    sim.world.onMessage = look;
    // A script may make the objects anew.
    const reattach = sim.reattach.bind(sim);
    sim.reattach = () => {
      reattach();
      sim.world.onMessage = look;
    };
  }

  end(): Samples[] {
    this.#sim.world.onMessage = undefined;
    return this.#takes.map((take) => take.end());
  }
}

/** What a message took on the wire, if it came over one. */
function bytesOf(m: Int32Array, at: number): number {
  const kind = (m[at + D_HEAD] as number) & 255;
  if (IS_CARRIED[kind] === 0) return 0;
  if (kind !== KIND.FAR_APPLY || ((m[at + FLAGS_AT] as number) & IS_ZERO) !== 0) return FRAME_BYTES;
  return FRAME_BYTES + ((m[at + SPAN_AT] as number) >>> 16) * SECTOR_BYTES;
}

class Take {
  readonly #sim: Sim;
  readonly #span: Span;
  readonly #period_us: number;
  readonly #times_us: number[] = [];
  readonly #levels: Record<Level, number[][]>;
  readonly #bands: { name: string; words: string[]; now: () => string }[];
  readonly #rings: Ring[][];
  /** By array, since the last sample. */
  readonly #received: number[];
  readonly #deepest: number[];
  #next_us: number;

  constructor(sim: Sim, span: Span) {
    const { arrays } = sim.world;
    this.#sim = sim;
    this.#span = span;
    this.#period_us = (span.to_us - span.from_us) / SAMPLES;
    this.#next_us = span.from_us;
    this.#levels = Object.fromEntries(LEVELS.map((level) => [level, arrays.map(() => [])])) as unknown as Record<
      Level,
      number[][]
    >;
    this.#rings = arrays.map(({ memory: { m, layout } }) =>
      layout.rings.map(({ base, capacity }) => new Ring(m, base, capacity, DESCRIPTOR_WORDS)),
    );
    this.#received = arrays.map(() => 0);
    this.#deepest = arrays.map(() => 0);
    this.#bands = bandsOf(sim).map((band) => ({ ...band, words: [] }));
  }

  look(array: number, bytes: number): void {
    const { time_us } = this.#sim;
    if (time_us < this.#span.from_us || time_us > this.#span.to_us) return;
    this.#received[array] = (this.#received[array] as number) + bytes;
    for (const [a, rings] of this.#rings.entries()) {
      let depth = 0;
      for (const ring of rings) depth += ring.availableLocal();
      this.#deepest[a] = Math.max(this.#deepest[a] as number, depth);
    }
    if (time_us >= this.#next_us) this.#take(time_us);
  }

  end(): Samples {
    const { time_us } = this.#sim;
    if (time_us >= this.#span.from_us && time_us <= this.#span.to_us) this.#take(time_us);
    return {
      ...this.#span,
      arrays: this.#sim.rig.arrays.map((a) => a.name),
      times_us: this.#times_us,
      levels: this.#levels,
      bands: this.#bands.map(({ name, words }) => ({ name, words })),
    };
  }

  #take(time_us: number): void {
    const { arrays } = this.#sim.world;
    this.#next_us = time_us + this.#period_us;
    this.#times_us.push(time_us);
    for (const [a, array] of arrays.entries()) {
      const { m1, m2, pending, rings, received } = this.#levels;
      m1[a]?.push(tracksWith(array, M1));
      m2[a]?.push(tracksWith(array, M2));
      pending[a]?.push(array.get('pool', 'wp', 0) + array.get('pool', 'wp', 1));
      rings[a]?.push(this.#deepest[a] as number);
      received[a]?.push(this.#received[a] as number);
      this.#deepest[a] = 0;
      this.#received[a] = 0;
    }
    for (const { words, now } of this.#bands) words.push(now());
  }
}

function tracksWith({ memory: { m, layout } }: ArrayMachine, flags: number): number {
  let n = 0;
  const stride = 1 << shiftOf('track');
  let at = layout.base.track + fieldOffset('track', 'flags');
  for (let i = layout.records.track; i > 0; i--, at += stride) if ((m[at] as number) & flags) n++;
  return n;
}

function bandsOf(sim: Sim): { name: string; now: () => string }[] {
  const { rig, images } = sim;
  const power = rig.arrays.map(({ name }, a) => ({
    name: `power of ${name}`,
    now: () => (sim.world.powered(a) ? 'on' : 'off'),
  }));
  const links = rig.links.map((_, link) => ({
    name: `link ${link + 1}`,
    now: () => (sim.world.link?.isUp(link) ? 'up' : 'down'),
  }));
  const pairs = images
    .filter((image) => image.paired)
    .flatMap((image) =>
      image.volumes.map((volume, a) => ({
        name: `${image.name} at ${rig.arrays[a]?.name}`,
        now: () => {
          const array = sim.world.arrays[a];
          return array ? stateName(pairOf(array, volume).state) : '';
        },
      })),
    );
  return [...power, ...links, ...pairs];
}
