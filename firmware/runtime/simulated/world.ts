/**
 * The simulated world: arrays, wire, drives and hosts on one thread in virtual time. Every choice (which node makes its
 * next step, which ring is read first, when the next event comes in) is drawn from the seed, so a run is a function of
 * (rig, script, seed). Between two choices a node does at most what lies between two touches of a ring.
 *
 * All state is in `buffers`. `attach` makes every object anew over them (the amnesia test does so between any two steps);
 * a snapshot is a copy of them.
 */
import { type HostListener, SimHosts } from '../../../adapters/channel/workload/hosts.js';
import { ScsiHosts } from '../../../adapters/channel/workload/scsi-hosts.js';
import { type DriveContent, ModelDrives } from '../../../adapters/disk/model/drives.js';
import { ModelLinks } from '../../../adapters/link/model/links.js';
import type { Tap } from '../../engine/engine.js';
import { endHold, holdsFirst, passHeld, turnOf } from '../../engine/held-tasks.js';
import { type Node, RUN } from '../../engine/node.js';
import { TRACE_MARK } from '../../engine/recorder.js';
import { busyAt, type Layout, loseBattery } from '../../memory/layout.js';
import { RANDOM_WORDS, Random } from '../../memory/random.js';
import * as DESCRIPTORS from '../../ports/messages.js';
import { KIND, type KindName, MICROCODED_ROLES, ROLES, type Role, roleNumber } from '../../ports/messages.js';
import type { Region } from '../../ports/schedule.js';
import * as SCHEDULE from '../../ports/schedule.js';
import { ArrayMachine, type Images } from '../machine/array.js';
import { type Held, MicrocodeChange } from '../machine/microcode-change.js';
import { Directors } from './director-time.js';
import { Events } from './events.js';
import { onlyIdlePulls } from './journal-rest.js';
import { countOf, countOfAll, nth, nthOfAll, part } from './pick.js';
import type { Probe } from './probe.js';
import {
  type Buffers,
  driveModel,
  driveStarts,
  EVENTS,
  OWN_WORDS,
  type SimRig,
  STREAMS,
  worldPlan,
} from './world-plan.js';

/** Of this module: so compiled code has them as constants, which it looks up where they are imported. */
const { EVENT } = SCHEDULE;
const { D_ANSWERS, D_HEAD, D_PAYLOAD, D_TOKEN } = DESCRIPTORS;

/** What the script around the world wants to hear. */
export interface Watcher extends HostListener {
  /** An operator command was answered: its token, result and what came with it. */
  done(array: number, token: number, result: number, a: number, b: number): void;
  /** A microcode fault or a machine check. */
  fault(array: number, text: string): void;
  /** Events that are not the machine's own: EVENT.HOST, EVENT.FAULT. */
  event(event: number, a: number, b: number): void;
  /** Power is on and the array has booted. */
  booted(array: number): void;
  /** A role is about to do an instruction before which it was to stop. */
  reached(array: number, role: number, instruction: number): void;
  /** Power has just gone: the drives have lost what they lose, volatile memory is not cleared yet. */
  powerLost(array: number): void;
}

/** One thread runs everything: all nodes are placed on director 0. */
const BUSY_WORD = busyAt(0);
const NODES = ROLES.length;
const HOST_PORT = roleNumber('hostPort');
const DRIVE_PORT = roleNumber('drivePort');
const LINK_PORT = roleNumber('linkPort');
/** Words of the world's own state. */
const HASH = 0;
const STEPS = 2;
const MESSAGES = 4;
const POWER = 6;
/** Micro-operations of all arrays. */
const OPERATIONS = 10;
/** Links that nobody cut, a bit each. */
const WANTED = 12;
/** Memories that were formatted so far: identities are made from it. */
const FORMATTED = 13;
/** Roles that run their other image: a bit for array × nodes + number. */
const CHANGED = 14;
/** Nodes that make no step: a bit for array × nodes + number. */
const STILL = 15;
/** Micro-operations that an array still does before its power goes, + 1; 0: none armed. By array (ARRAYS_MAX). */
const ARMED = 16;
/** Of those that make no step: who hangs or is dead, and whom a debugger holds. */
const HUNG = 19;
const HELD = 20;
/** Without them an array takes nothing from a link, as live. */
const NEEDED_BY_LINK: readonly Role[] = ['data', 'cache', 'disk', 'remote'];
/** Said of links: each of them. */
const ALL_LINKS = -1;
/** Words of a script's own state (hosts' plans, the oracle) follow the world's. */
export const BOOT_TOKEN = 1;
/** The channel of an array with SCSI hosts is asked after it. */
const CHANNEL_TOKEN = 2;

export class World {
  readonly rig: SimRig;
  readonly buffers: Buffers;
  readonly arrays: readonly ArrayMachine[];
  readonly hosts: readonly SimHosts[];
  readonly drives: readonly ModelDrives[];
  readonly contents: readonly DriveContent[];
  readonly link: ModelLinks | undefined;
  readonly events: Events;
  /** The script's chance, apart from the scheduler's. */
  readonly chance: Random;
  /** Which writes are trims instead, and of what. */
  readonly trims: Random;
  /** What SCSI hosts do that no others do. */
  readonly scsiChance: Random;
  readonly extra: Region;
  /** Sees every message that a role takes: word index of its descriptor in the array's memory. For tests and people. */
  onMessage: ((array: number, node: number, at: number) => void) | undefined;
  /** Called before each step; absent unless somebody waits for a state. */
  onStep: (() => void) | undefined;
  /** Looks on; absent unless somebody debugs. */
  probe: Probe | undefined;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #choice: Random;
  readonly #watcher: Watcher;
  readonly #layouts: readonly Layout[];
  readonly #slack_ns: number;
  /** Targets read journals at intervals, for ever. */
  readonly #polls: boolean;
  /** Undefined: they take no time. */
  readonly #directors: Directors | undefined;
  /** Kind of the message that a role took in the last step; 0: none. */
  #accepted = 0;
  /** Memory of the first array, and of the second and the third if there are such. */
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #third: Int32Array;
  /** By array × nodes + number; ports are undefined. */
  #nodes: readonly (Node | undefined)[] = [];
  /** What roles run, and what `changeMicrocode` makes them run instead. */
  readonly #images: readonly [Images, Images];

  /** @param others what microcode may be changed for; the same where it is not changed. */
  constructor(
    rig: SimRig,
    buffers: Buffers,
    images: Images,
    watcher: Watcher,
    extraWords: number,
    others: Images = images,
  ) {
    const plan = worldPlan(rig, extraWords);
    const m = new Int32Array(buffers.world);
    this.rig = rig;
    this.buffers = buffers;
    this.#m = m;
    this.#at = plan.own;
    this.#images = [images, others];
    this.#watcher = watcher;
    this.#slack_ns = rig.slack_us * 1000;
    this.#polls = rig.arrays.some(({ journals = [] }) => journals.length > 0);
    this.events = new Events({ m, at: plan.events }, EVENTS);
    this.#directors = rig.directors && new Directors({ m, at: plan.directors }, rig.directors, this.events);
    this.#choice = new Random(m, plan.random);
    this.chance = new Random(m, plan.random + RANDOM_WORDS);
    this.trims = new Random(m, plan.random + 4 * RANDOM_WORDS);
    this.scsiChance = new Random(m, plan.random + 5 * RANDOM_WORDS);
    const driveChance = new Random(m, plan.random + 2 * RANDOM_WORDS);
    const linkChance = new Random(m, plan.random + 3 * RANDOM_WORDS);
    this.#layouts = rig.arrays.map((a) => ArrayMachine.layoutFor(a));
    this.arrays = rig.arrays.map(
      (config, i) =>
        new ArrayMachine(
          config,
          this.#layouts[i] as Layout,
          buffers.arrays[i] as SharedArrayBuffer,
          this.#imagesOf(i),
          this.events,
          this.#tap(i),
          0,
          rig.marksOf?.(i),
          rig.traceOf?.(i),
        ),
    );
    const [first, second = first, third = first] = this.arrays.map((a) => a.memory.m) as [Int32Array, ...Int32Array[]];
    this.#first = first;
    this.#second = second;
    this.#third = third;
    this.#lookAtNodes();
    this.contents = buffers.drives.map((d) => ({
      current: new Int32Array(d.current),
      kept: new Int32Array(d.kept),
    }));
    this.hosts = this.arrays.map(
      (a, i) =>
        new (a.config.scsi ? ScsiHosts : SimHosts)(
          { m, at: plan.hosts[i] as number },
          i,
          a.memory,
          a.hostMail,
          watcher,
        ),
    );
    this.drives = this.arrays.map(
      (a, i) =>
        new ModelDrives(
          { m, at: plan.drives[i] as number },
          i,
          a.memory,
          a.driveMail,
          this.contents[i] as DriveContent,
          this.events,
          driveChance,
          driveModel(rig, i),
          driveStarts(a.config),
        ),
    );
    this.link =
      this.arrays.length < 2
        ? undefined
        : new ModelLinks(
            { m, at: plan.link },
            new Int32Array(buffers.transit),
            this.arrays.map((a) => ({ memory: a.memory, mail: a.linkMail, trunks: a.config.trunks })),
            this.events,
            linkChance,
            rig.links,
          );
    this.extra = { m, at: plan.extra };
  }

  /** The world's first moment: seeds, formatted arrays, power off. */
  create(seed: number): void {
    for (let s = 0; s < STREAMS; s++) new Random(this.#m, this.#randomAt + s * RANDOM_WORDS).seed(seed, s + 1);
    this.#m[this.#at + HASH] = 0x811c9dc5 | 0;
    this.#m[this.#at + HASH + 1] = 0x1000193;
    this.#m[this.#at + WANTED] = ALL_LINKS;
    for (const a of this.arrays) a.format(this.#identity());
  }

  /** Which node goes next is drawn anew from here on: two worlds that are alike now stay alike. */
  redraw(seed: number): void {
    this.#choice.seed(seed, 1);
  }

  get #randomAt(): number {
    return this.#at + OWN_WORDS;
  }

  /** Eight hexadecimal digits twice: over messages, flag changes and host results in virtual order. */
  get hash(): string {
    const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
    return hex(this.#m[this.#at + HASH] as number) + hex(this.#m[this.#at + HASH + 1] as number);
  }

  get steps(): number {
    return this.#sum(STEPS);
  }

  get messages(): number {
    return this.#sum(MESSAGES);
  }

  /** Micro-operations of all arrays. */
  get operations(): number {
    return this.#sum(OPERATIONS);
  }

  powered(array: number): boolean {
    return ((this.#m[this.#at + POWER] as number) & (1 << array)) !== 0;
  }

  powerOn(array: number): void {
    if (this.powered(array)) return;
    const a = this.arrays[array] as ArrayMachine;
    this.#m[this.#at + POWER] = (this.#m[this.#at + POWER] as number) | (1 << array);
    a.powerOn();
    this.rig.traceOf?.(array).mark(TRACE_MARK.POWER_ON);
    a.serviceMail.ask(KIND.BOOT, BOOT_TOKEN);
    this.#tryLinks();
  }

  /** A link may carry frames when nobody cut it and both its arrays have power. */
  #tryLinks(): void {
    const { link: links } = this;
    if (!links) return;
    const wanted = this.#m[this.#at + WANTED] as number;
    const isReady = this.arrays.map((_, i) => this.powered(i) && !this.#lacksForLinks(i));
    for (const [link, { between }] of this.rig.links.entries())
      if ((wanted >> link) & 1 && between.every((array) => isReady[array])) links.connect(link);
  }

  /** Cuts a link, until it is mended; without a number, all. */
  cutLink(link = ALL_LINKS): void {
    for (const one of this.#links(link)) {
      this.#m[this.#at + WANTED] = (this.#m[this.#at + WANTED] as number) & ~(1 << one);
      this.link?.cut(one);
    }
  }

  /** A link that goes does not come up again, until it is mended. */
  unwantLink(link: number): void {
    this.#m[this.#at + WANTED] = (this.#m[this.#at + WANTED] as number) & ~(1 << link);
  }

  /** Nodes of an array make no step, or may again; what comes for them waits. */
  hang(array: number, nodes: readonly Role[], isHung: boolean): void {
    this.#still(HUNG, array, nodes, isHung);
  }

  /** The same for a debugger, beside that; until power goes. */
  hold(array: number, nodes: readonly Role[], isHeld: boolean): void {
    this.#still(HELD, array, nodes, isHeld);
  }

  #still(why: number, array: number, nodes: readonly Role[], isStill: boolean): void {
    const m = this.#m;
    const at = this.#at + why;
    const bits = nodes.reduce((all, role) => all | (1 << (array * NODES + roleNumber(role))), 0);
    m[at] = isStill ? (m[at] as number) | bits : (m[at] as number) & ~bits;
    m[this.#at + STILL] = (m[this.#at + HUNG] as number) | (m[this.#at + HELD] as number);
  }

  isHung(array: number, role: Role): boolean {
    return (((this.#m[this.#at + HUNG] as number) >> (array * NODES + roleNumber(role))) & 1) !== 0;
  }

  isHeld(array: number, role: Role): boolean {
    return (((this.#m[this.#at + HELD] as number) >> (array * NODES + roleNumber(role))) & 1) !== 0;
  }

  /** A director dies with its roles and ports, until the next power on. The others hear so; links go as live. */
  die(array: number, roles: readonly Role[], ports: readonly Role[]): void {
    const a = this.arrays[array] as ArrayMachine;
    const lost = roles.filter((role) => !this.isDead(array, role));
    if (!this.powered(array) || lost.length === 0) return;
    this.#mix(0x3ff, array);
    this.hang(array, [...roles, ...ports], true);
    for (const role of lost) a.set('node', 'dead', roleNumber(role), 1);
    // As live: a thread's last reads and writes are over before anybody hears of its end.
    if (ports.includes('drivePort')) this.drives[array]?.abandon();
    const bits = lost.reduce((all, role) => all | (1 << roleNumber(role)), 0);
    for (const role of MICROCODED_ROLES) {
      if (this.isDead(array, role)) continue;
      const { serviceMail: mail } = a;
      mail.m[mail.post(KIND[`${role.toUpperCase()}_LOSES` as KindName]) + D_PAYLOAD] = bits;
    }
    if (this.#lacksForLinks(array)) this.#cutLinksOf(array);
  }

  isDead(array: number, role: Role): boolean {
    return this.arrays[array]?.get('node', 'dead', roleNumber(role)) !== 0;
  }

  #lacksForLinks(array: number): boolean {
    return NEEDED_BY_LINK.some((role) => this.isDead(array, role));
  }

  /** False while somebody holds all links cut. */
  get wanted(): boolean {
    return this.#m[this.#at + WANTED] !== 0;
  }

  mendLink(link = ALL_LINKS): void {
    for (const one of this.#links(link))
      this.#m[this.#at + WANTED] = (this.#m[this.#at + WANTED] as number) | (1 << one);
    this.#tryLinks();
  }

  #links(link: number): number[] {
    return link === ALL_LINKS ? Array.from({ length: this.link?.count ?? 0 }, (_, i) => i) : [link];
  }

  #cutLinksOf(array: number): void {
    for (const link of this.#links(ALL_LINKS)) if (this.link?.isAt(link, array)) this.link.cut(link);
  }

  /** Power goes after so many more micro-operations of the array; 0: now. */
  losePower(array: number, afterOps = 0): void {
    if (!this.powered(array)) return;
    if (afterOps > 0) {
      this.#m[this.#at + ARMED + array] = afterOps + 1;
      return;
    }
    this.#m[this.#at + ARMED + array] = 0;
    this.#m[this.#at + POWER] = (this.#m[this.#at + POWER] as number) & ~(1 << array);
    this.hang(array, ROLES, false);
    this.hold(array, ROLES, false);
    this.#mix(0x0ff, array);
    this.rig.traceOf?.(array).mark(TRACE_MARK.POWER_LOST);
    this.drives[array]?.losePower();
    this.#watcher.powerLost(array);
    this.#cutLinksOf(array);
    this.link?.endLost(array);
    this.#directors?.losePower(array);
    this.arrays[array]?.powerOff();
  }

  /** Another array stands in its place: as formatted, with nothing in battery memory and on drives, without power. */
  replace(array: number): void {
    this.losePower(array);
    const a = this.arrays[array] as ArrayMachine;
    loseBattery(a.memory);
    this.drives[array]?.empty();
    for (const faults of this.drives[array]?.faults ?? []) faults.mend();
    a.format(this.#identity());
    this.#mix(0x1ff, array);
  }

  /** Power goes and the battery with it: what is on its drives is all that stays, and nothing says what is right of it but they. */
  loseBattery(array: number): void {
    this.losePower(array);
    const a = this.arrays[array] as ArrayMachine;
    loseBattery(a.memory);
    a.format(this.#identity());
    a.distrustDrives();
    this.#mix(0x2ff, array);
  }

  /** An odd factor: no two are alike, none is 0. */
  #identity(): number {
    const n = (this.#m[this.#at + FORMATTED] as number) + 1;
    this.#m[this.#at + FORMATTED] = n;
    return Math.imul(n, 0x9e3779b1);
  }

  /**
   * A role of an array goes on with its other image, if its tasks let it; if not, `hold` waits from now on. What it
   * runs is state of the world.
   */
  changeMicrocode(array: number, role: Role, hold: Held): boolean {
    const a = this.arrays[array] as ArrayMachine;
    const change = this.microcodeChange(array, role);
    const isDone = change.moveTasks();
    if (isDone) this.#m[this.#at + CHANGED] = (this.#m[this.#at + CHANGED] as number) ^ this.#changedBit(array, role);
    if (this.powered(array)) change.hold(isDone ? 'nothing' : hold);
    a.place(this.#imagesOf(array));
    this.#lookAtNodes();
    return isDone;
  }

  /** From what the role runs now to its other image. */
  microcodeChange(array: number, role: Role): MicrocodeChange {
    const which = this.#changed(array, role) ? 1 : 0;
    const [from, to] = [this.#images[which][role], this.#images[1 - which]?.[role]];
    if (!from || !to) throw new RangeError(`role ${role} has no microcode`);
    return new MicrocodeChange(this.arrays[array] as ArrayMachine, from, to);
  }

  /** Does it run its other image? */
  runsOther(array: number, role: Role): boolean {
    return this.#changed(array, role);
  }

  #changedBit(array: number, role: Role): number {
    return 1 << (array * NODES + roleNumber(role));
  }

  #changed(array: number, role: Role): boolean {
    return ((this.#m[this.#at + CHANGED] as number) & this.#changedBit(array, role)) !== 0;
  }

  #imagesOf(array: number): Images {
    const [images, others] = this.#images;
    const changed = MICROCODED_ROLES.filter((role) => this.#changed(array, role));
    return { ...images, ...Object.fromEntries(changed.map((role) => [role, others[role]])) };
  }

  #lookAtNodes(): void {
    this.#nodes = this.arrays.flatMap((a) => ROLES.map((_, n) => a.nodes[n]));
    for (const [i, a] of this.arrays.entries())
      for (const node of a.nodes) node.isTimed = this.#directors?.isTimed(i) ?? false;
    this.probe?.placed();
  }

  /** An operator command; its answer comes to the watcher with this token. */
  ask(array: number, kind: number, token: number, ...payload: number[]): void {
    const { serviceMail } = this.arrays[array] as ArrayMachine;
    const d = serviceMail.ask(kind, token);
    for (const [i, word] of payload.entries()) serviceMail.m[d + D_PAYLOAD + i] = word;
  }

  /** Those of an array with SCSI hosts. */
  scsiHosts(array: number): ScsiHosts | undefined {
    const hosts = this.hosts[array];
    return hosts instanceof ScsiHosts ? hosts : undefined;
  }

  /** One choice and what follows from it; false when nothing will ever happen again. */
  step(): boolean {
    if (this.onStep !== undefined) this.onStep();
    const m = this.#m;
    const power = m[this.#at + POWER] as number;
    let bits = 0;
    if ((power & 1) !== 0) bits = this.#first[BUSY_WORD] as number;
    if ((power & 2) !== 0) bits |= (this.#second[BUSY_WORD] as number) << NODES;
    if ((power & 4) !== 0) bits |= (this.#third[BUSY_WORD] as number) << (2 * NODES);
    bits &= ~(m[this.#at + STILL] as number);
    if (this.#directors !== undefined) bits &= ~this.#directors.occupied;
    const busy = countOfAll(bits);
    this.#add(STEPS);
    // One number decides all of a step's choices: each takes its part of it and leaves the rest to the next.
    let draw = this.#choice.next();
    if (busy === 0) return this.#happen();
    // An event may come in before the directors are done with what they have, as if they were slow; not one far off.
    const chances = busy * 6 + 1;
    if (part(draw, chances) === 0 && this.events.next_ns < this.events.now_ns() + this.#slack_ns && this.#happen())
      return true;
    draw = Math.imul(draw, chances);
    const bit = nthOfAll(bits, part(draw, busy));
    draw = Math.imul(draw, busy);
    if (this.#directors === undefined) this.#turn(bit, draw);
    else this.#timedTurn(this.#directors, bit, draw);
    return true;
  }

  /** Words that a host, a flag or a result adds to the trace. */
  note(a: number, b: number): void {
    this.#mix(a, b);
  }

  /** The next event, or timers that are due before it. */
  #happen(): boolean {
    let due = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.arrays.length; i++) {
      if (!this.powered(i)) continue;
      const { nodes } = this.arrays[i] as ArrayMachine;
      for (let n = 0; n < nodes.length; n++) {
        const { timers } = nodes[n] as Node;
        if (timers.any && timers.due_ns < due) due = timers.due_ns;
      }
    }
    const next = this.events.next_ns;
    if (due === Number.POSITIVE_INFINITY && next === Number.POSITIVE_INFINITY) return false;
    if (next === Number.POSITIVE_INFINITY && this.#polls && onlyIdlePulls(this.arrays, (a) => this.powered(a)))
      return false;
    if (due <= next) {
      this.events.advance(due);
      for (let i = 0; i < this.arrays.length; i++)
        if (this.powered(i)) for (const node of this.arrays[i]?.nodes ?? []) node.tick();
      return true;
    }
    const { events } = this;
    events.take();
    const { event, a, b } = events;
    switch (event) {
      case EVENT.DRIVE:
        if (this.powered(a)) this.drives[a]?.finish(b);
        break;
      case EVENT.FRAME:
        this.link?.arrive(a, b, events.c);
        break;
      case EVENT.LINK_DOWN:
        this.link?.noticed(a, b, this.powered(a));
        this.#tryLinks();
        break;
      case EVENT.POWER_ON:
        this.powerOn(a);
        break;
      case EVENT.DIRECTOR:
        this.#directors?.over(a);
        break;
      default:
        this.#watcher.event(event, a, b);
    }
    return true;
  }

  #memoryOf(array: number): Int32Array {
    return array === 0 ? this.#first : array === 1 ? this.#second : this.#third;
  }

  /** A turn that takes its time; who is woken by it hears of it when that is over. */
  #timedTurn(directors: Directors, bit: number, draw: number): void {
    const array = bit < NODES ? 0 : bit < 2 * NODES ? 1 : 2;
    const m = this.#memoryOf(array);
    const node = this.#nodes[bit];
    const before = m[BUSY_WORD] as number;
    this.#accepted = 0;
    if (node !== undefined) node.cycles = 0;
    this.#turn(bit, draw);
    if (node === undefined || !this.powered(array)) return;
    const woken = (m[BUSY_WORD] as number) & ~before;
    directors.occupy(array, (woken << (array * NODES)) | (1 << bit), node.cycles, this.#accepted);
  }

  /** A node (array × nodes + number) makes its next step; `draw`, as a part of 1, decides which. */
  #turn(bit: number, draw: number): void {
    const array = bit < NODES ? 0 : bit < 2 * NODES ? 1 : 2;
    const number = bit - array * NODES;
    const m = this.#memoryOf(array);
    const node = this.#nodes[bit];
    if (node === undefined) {
      m[BUSY_WORD] = (m[BUSY_WORD] as number) & ~(1 << number);
      this.#port(array, number);
      return;
    }
    const choices = node.choices;
    if (choices === 0) {
      m[BUSY_WORD] = (m[BUSY_WORD] as number) & ~(1 << number);
      return;
    }
    const senders = choices & ~RUN;
    const ready = choices !== senders;
    // The first half of the draw is for the task.
    if (ready && (senders === 0 || draw >= 0)) this.#runTask(array, node);
    else {
      // One of several senders by chance.
      const pick = part(ready ? draw << 1 : draw, countOf(senders));
      this.#accepted = node.accept(nth(senders, pick));
    }
    // Whoever has nothing left to do is not asked again.
    if (node.idle) m[BUSY_WORD] = (m[BUSY_WORD] as number) & ~(1 << number);
  }

  /** Up to the next ring touch, or to where the power goes. */
  #runTask(array: number, node: Node): void {
    if (this.probe === undefined) this.#count(array, node, node.run(this.#most(array), true));
    else this.#runWatched(array, node, this.probe);
    if (node.stopped >= 0) this.#stoppedAt(array, node);
  }

  /** The same in pieces, between which somebody looks. Afterwards memory is as if it had been in one. */
  #runWatched(array: number, node: Node, probe: Probe): void {
    if (!passHeld(node)) return;
    const record = node.held;
    const turn = turnOf(node);
    this.#runPieces(array, node, probe);
    endHold(node, turn);
    if (node.cut === 0) node.forgetPieces(record);
  }

  #runPieces(array: number, node: Node, probe: Probe): void {
    do {
      const most = Math.min(probe.piece(array, node), this.#most(array));
      // Just now, before its turn: another task has the next one.
      if (holdsFirst(node)) {
        passHeld(node);
        return;
      }
      // The run's own stops end the step, also without a debugger.
      if (node.stopsAt(node.next)) {
        node.stopped = node.next;
        return;
      }
      const done = node.isStop(node.next) && most > 0 ? node.stepOver() : node.run(most, true);
      this.#count(array, node, done);
      probe.ran(array, node, done);
      if (node.stopped >= 0 && node.stopsAt(node.stopped)) return;
      node.stopped = -1;
    } while (node.cut !== 0);
  }

  /** Micro-operations that an array may do before its power goes. */
  #most(array: number): number {
    const armed = this.#m[this.#at + ARMED + array] as number;
    return armed === 0 ? 0x7fffffff : armed - 1;
  }

  /** It did so many, the last ones if its power was to go. */
  #count(array: number, node: Node, done: number): void {
    this.#add(OPERATIONS, done);
    const armed = this.#m[this.#at + ARMED + array] as number;
    if (armed === 0) return;
    this.#m[this.#at + ARMED + array] = armed - done;
    if (armed - done > 1) return;
    node.cut = 0;
    this.losePower(array);
  }

  #stoppedAt(array: number, node: Node): void {
    if (this.powered(array)) this.#watcher.reached(array, node.role, node.stopped);
    // What it was about to do is gone with the power.
    if (this.powered(array) && node.ready) node.stepOver();
    node.stopped = -1;
    node.cut = 0;
  }

  #port(array: number, number: number): void {
    if (number === HOST_PORT) this.hosts[array]?.pump();
    else if (number === DRIVE_PORT) this.drives[array]?.pump();
    else if (number === LINK_PORT) this.link?.pump(array);
    else this.#service(array);
  }

  #service(array: number): void {
    const { serviceMail: mail, config } = this.arrays[array] as ArrayMachine;
    const m = mail.m;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      const token = m[d + D_ANSWERS] as number;
      const result = m[d + D_PAYLOAD] as number;
      const a = m[d + D_PAYLOAD + 1] as number;
      const b = m[d + D_PAYLOAD + 2] as number;
      mail.drop();
      if (token === BOOT_TOKEN && config.scsi) mail.ask(KIND.CHANNEL_ON, CHANNEL_TOKEN);
      else if (token === CHANNEL_TOKEN) this.scsiHosts(array)?.connect();
      else if (token === BOOT_TOKEN) this.#watcher.booted(array);
      else this.#watcher.done(array, token, result, a, b);
    }
  }

  #tap(array: number): Tap {
    return {
      message: (node, at) => {
        const m = this.#memoryOf(array);
        this.#add(MESSAGES);
        this.onMessage?.(array, node, at);
        this.probe?.message(array, node, at);
        this.#mixMessage(m, at, ((m[at + D_HEAD] as number) & 0xffff) | (node << 16) | (array << 24));
      },
      flags: (node, track, flags) => this.#mix((node << 8) | flags | (array << 16), track),
      fault: (node, text) => {
        this.#watcher.fault(array, text);
        this.probe?.fault(array, node, text);
      },
    };
  }

  /** As `#mix` of its head, and of its payload two words at a time. */
  #mixMessage(m: Int32Array, at: number, head: number): void {
    const h = this.#at + HASH;
    let low = this.#m[h] as number;
    let high = this.#m[h + 1] as number;
    let a = head;
    let b = (m[at + D_TOKEN] as number) ^ Math.imul(m[at + D_ANSWERS] as number, 31);
    for (let i = D_PAYLOAD; ; i += 2) {
      const x = Math.imul(low ^ a, 0x01000193) ^ b;
      low = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
      high = (Math.imul(high ^ b, 0x297a2d39) + low) | 0;
      if (i === D_PAYLOAD + 8) break;
      a = m[at + i] as number;
      b = m[at + i + 1] as number;
    }
    this.#m[h] = low;
    this.#m[h + 1] = high;
  }

  #mix(a: number, b: number): void {
    const m = this.#m;
    const h = this.#at + HASH;
    const x = Math.imul((m[h] as number) ^ a, 0x01000193) ^ b;
    m[h] = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
    m[h + 1] = (Math.imul((m[h + 1] as number) ^ b, 0x297a2d39) + (m[h] as number)) | 0;
  }

  #sum(word: number): number {
    return (this.#m[this.#at + word + 1] as number) * 0x1_0000_0000 + ((this.#m[this.#at + word] as number) >>> 0);
  }

  #add(word: number, n = 1): void {
    const at = this.#at + word;
    const before = this.#m[at] as number;
    this.#m[at] = before + n;
    if ((before + n) >>> 0 < before >>> 0) this.#m[at + 1] = (this.#m[at + 1] as number) + 1;
  }
}
