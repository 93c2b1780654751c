/**
 * An array of this process, from the main thread: its memory and drives, which outlive a power loss, and the threads of its
 * directors, which do not.
 */
import { requestWords } from '../../../adapters/link/tcp/requests.js';
import { INSTRUCTION_WORDS } from '../../engine/isa.js';
import { MachineCheck } from '../../engine/wiring.js';
import { FLAG, RESULT, SECTOR_BYTES } from '../../memory/constants.js';
import { KIND, type KindName, MICROCODED_ROLES, type Role, roleNumber } from '../../ports/messages.js';
import { Slots } from '../../units/slots.js';
import { ArrayMachine } from '../machine/array.js';
import { type ArrayConfig, hostVolumes, type Images } from '../machine/config.js';
import type { DirectorName } from '../machine/director-names.js';
import { ArrayTables } from '../machine/tables.js';
import { ArrayDrives } from './array-drives.js';
import { ArrayLinks } from './array-links.js';
import { LIVE_CLOCK } from './clock.js';
import type { DebugEvent } from './debug/orders.js';
import { Director, LOG } from './director.js';
import type { IscsiPlan, LinkPlan, NbdPlan, Report } from './director-job.js';
import type { DirectorThread } from './director-thread.js';
import { DirectorTraces } from './director-traces.js';
import { Directors, heldHere, lookedAt, noPower } from './directors.js';
import { flagsSeen, Gauges, NO_FIGURES } from './gauges.js';
import { hostSessions } from './host-sessions.js';
import { journalFigures } from './journal-figures.js';
import { OneByOne } from './one-by-one.js';
import { type PlacementName, placementOf, rolesLostWith, rolesOf, SERVICE } from './placement.js';
import { ServiceDesk } from './service-desk.js';
import { type ArrayState, fillBattery } from './state/array-state.js';
import {
  type ArrayFigures,
  type ArrayRemains,
  type ArrayView,
  type HostView,
  type JournalFigures,
  type MicrocodeView,
  Refusal,
} from './system.js';
import { type VolumeSeen, volumeSeen } from './volume-look.js';

export interface ServedArrayOptions {
  readonly config: ArrayConfig;
  readonly images: Images;
  readonly placement: PlacementName;
  readonly nbd: NbdPlan;
  /** With a SCSI side. */
  readonly iscsi?: IscsiPlan;
  readonly links?: readonly LinkPlan[];
  /** Where drives and battery memory outlive the process; without it they are memory. */
  readonly state?: ArrayState;
  /** Its directors leave a trace. */
  readonly isTraced?: boolean;
  /** Something that an operator should hear. */
  readonly onTrouble?: (text: string) => void;
  /** Other threads need the processors too. */
  readonly shared: boolean;
  /** A director died by itself. */
  readonly onDead: (roles: readonly Role[], reason: string) => void;
}

/** By role: the message that tells it. */
const LOSES = Object.fromEntries(
  MICROCODED_ROLES.map((role) => [role, KIND[`${role.toUpperCase()}_LOSES` as KindName]]),
) as Record<Role, number>;

const OTHERS_FLAGS = FLAG.M2_WP | FLAG.M2_FP | FLAG.M2_INV;

/** Without them what comes over a link would find no end, and the other array's hosts would wait for it. */
const NEEDED_BY_LINK: readonly Role[] = ['data', 'cache', 'disk'];

/** The disk role does so only where a drive has the same; the channel where hosts reserve its units. */
const changesBattery = (role: Role, { scsi }: ArrayConfig): boolean =>
  role === 'data' || role === 'cache' || (role === 'channel' && scsi !== undefined);

/** Sets of images: microcode may be loaded again and again. */
const FORMER_MOST = 8;

export class ServedArray {
  readonly config: ArrayConfig;
  readonly #options: ServedArrayOptions;
  readonly #directors: Directors;
  readonly #tables: ArrayTables;
  readonly #gauges: Gauges;
  readonly #traces: DirectorTraces | undefined;
  /** What its roles ran before, newest first: a trace may name it. */
  #former: readonly Images[] = [];
  #dump: string | undefined;
  readonly drives: ArrayDrives;
  /** Its ends of links to other arrays, and what the service processors say over them. */
  readonly links: ArrayLinks;
  readonly #buffer: SharedArrayBuffer;
  #desk: { readonly node: ServiceDesk; readonly director: Director } | undefined;
  #nbd: NbdPlan;
  #iscsi: IscsiPlan | undefined;
  readonly #changes = new OneByOne();
  /** What a director tells a debugger. */
  onDebug: (director: number, event: DebugEvent) => void = () => undefined;

  constructor(options: ServedArrayOptions) {
    const { config, placement, nbd, links = [], state } = options;
    const layout = ArrayTables.layoutFor(config);
    this.config = config;
    this.#options = options;
    this.#buffer = new SharedArrayBuffer(layout.bytes);
    this.#tables = new ArrayTables(config, layout, this.#buffer);
    this.#gauges = new Gauges(this.#tables);
    this.#traces = options.isTraced ? new DirectorTraces() : undefined;
    this.#directors = new Directors({
      tables: this.#tables,
      placement: placementOf(placement, config.roles),
      images: options.images,
      onReport: (report) => this.#heard(report),
      onDebug: (director, event) => this.onDebug(director, event),
      onDead: (director, reason) => {
        const { placement } = this.#directors;
        const changed = rolesOf(placement, director).some((role) => changesBattery(role, config));
        state?.directorDied(director, changed);
        this.#died(rolesLostWith(placement, director), reason);
      },
      join: (start) => (state ? state.join(start) : start()),
    });
    this.drives = new ArrayDrives(config, state);
    this.#nbd = nbd;
    this.#iscsi = options.iscsi;
    this.links = new ArrayLinks({
      array: this.name,
      links,
      hasPower: () => this.hasPower,
      thread: () => this.#directors.threadOf('linkPort'),
    });
    try {
      fillBattery(this.#tables, options);
    } catch (error) {
      state?.release();
      throw error;
    }
  }

  /** For tests, and for whoever looks on: the array's memory, whether it has power or not. */
  get tables(): ArrayTables {
    return this.#tables;
  }

  /** Its directors, as a debugger has them. */
  get directors(): Pick<
    Directors,
    'living' | 'alive' | 'images' | 'isLookedAt' | 'held' | 'hangs' | 'placement' | 'threadOf'
  > {
    return this.#directors;
  }

  /** A log keeps its battery memory. */
  get isKept(): boolean {
    return this.#options.state !== undefined;
  }

  /** What is left of it at this moment, for a trace or a dump. */
  get remains(): ArrayRemains {
    const { config } = this;
    const { images } = this.#directors;
    return { config, images, former: this.#former, tables: this.#tables, traces: this.#traces?.read() ?? [] };
  }

  /** A dump of it is in this file. */
  dumped(path: string): void {
    this.#dump = path;
  }

  get name(): string {
    return this.config.name;
  }

  get hasPower(): boolean {
    return this.#desk !== undefined;
  }

  /** Bytes over a link since power on. @param record of the link. */
  linkBytes(record: number): { readonly sent_bytes: number; readonly received_bytes: number } {
    const { sent, received } = this.#gauges.wire(record);
    return { sent_bytes: sent.bytes, received_bytes: received.bytes };
  }

  /** "HOST:PORT" of its NBD server. */
  get nbd(): string {
    return `${this.#nbd.host}:${this.#nbd.port}`;
  }

  /** "HOST:PORT" of its iSCSI target, and the target's name. */
  get iscsi(): { readonly iscsi: string; readonly iqn: string } | undefined {
    return this.#iscsi && { iscsi: `${this.#iscsi.host}:${this.#iscsi.port}`, iqn: this.#iscsi.target.name };
  }

  get view(): ArrayView {
    const { config, name } = this;
    const directors = this.#directors.views((role) => this.#gauges.operations(role));
    const meter = (field: string): number =>
      hostVolumes(config).reduce((sum, _, v) => sum + (this.#tables.get('meter', field, v) >>> 0), 0);
    return {
      name,
      power: this.hasPower ? 'on' : 'off',
      placement: this.#options.placement,
      nbd: this.nbd,
      ...this.iscsi,
      volumes: hostVolumes(config).map((v) => v.name),
      directors,
      ...(this.#dump !== undefined && { dump: this.#dump }),
      meter: {
        reads: meter('reads'),
        writes: meter('writes'),
        read_bytes: meter('read_sectors') * SECTOR_BYTES,
        written_bytes: meter('written_sectors') * SECTOR_BYTES,
      },
    };
  }

  /** Power on; hosts may connect when it resolves. Errors: Error with what is wrong; the array is off then. */
  switchOn(): Promise<void> {
    return this.#changes.run(async () => {
      if (this.hasPower) throw new Refusal(`array ${this.name} has power already`);
      if (this.#directors.isLookedAt) throw lookedAt(this.name);
      try {
        await this.#boot();
      } catch (error) {
        await this.#powerOff();
        throw error;
      }
    });
  }

  /** Power loss: what is under way is lost, with all that no battery keeps. */
  crash(): Promise<void> {
    return this.#changes.run(async () => {
      if (!this.hasPower) throw noPower(this.name);
      await this.#powerOff();
    });
  }

  /** Answers what hosts asked, then switches off, and keeps what battery memory holds. Errors: Error when it cannot. */
  close(): Promise<void> {
    return this.#changes.run(async () => {
      this.#directors.goOnAll();
      const front = this.#directors.threadOf('hostPort');
      if (this.hasPower && front && front.dead === undefined) {
        front.order({ what: 'drain' });
        // A thread that dies meanwhile has nobody left to answer.
        await front.next('drained').catch(() => undefined);
      }
      try {
        await this.#powerOff(true);
      } finally {
        this.#options.state?.release();
      }
    });
  }

  /** Asks the array's microcode; the payload of its answer. Errors: Refusal when it has no power. */
  ask(kind: number, ...payload: number[]): Promise<number[]> {
    if (!this.#desk) return Promise.reject(noPower(this.name));
    if (this.#directors.isLookedAt) return Promise.reject(lookedAt(this.name));
    const data = this.#directors.threadOf('data');
    if (data && this.#directors.held.has(data)) return Promise.reject(heldHere(this.name, data));
    const dead = data?.dead;
    if (dead !== undefined)
      return Promise.reject(new Refusal(`array ${this.name}: its data director is dead: ${dead}`));
    const answer = this.#desk.node.ask(kind, ...payload);
    this.#desk.director.pump();
    return answer;
  }

  /** An empty drive stands in the place of a volume's. Errors: Refusal when there is nobody who could be told. */
  async replaceDrive(volume: number): Promise<void> {
    if (!this.hasPower) throw noPower(this.name);
    const { drive, faults } = this.drives.of(volume);
    faults.replace();
    const [result] = await this.ask(KIND.DRIVE_NEW, drive);
    if (result !== RESULT.OK)
      throw new Refusal(`array ${this.name} has lost its cache: nobody can say what the drive lacks`);
  }

  /** A director does nothing until `goOn`. Errors: Refusal. */
  hang(director: DirectorName): void {
    this.#directors.hang(director);
  }

  goOn(director: DirectorName): void {
    this.#directors.goOn(director);
  }

  /** A director dies, as if by itself: resolves when its thread is gone. Errors: Refusal. */
  kill(director: DirectorName): Promise<void> {
    return this.#directors.kill(director);
  }

  /** A parity error of the cache slot of a track. False: no slot has it, or somebody uses it just now. Errors: Refusal. */
  async spoilSlot(volume: number, track: number): Promise<boolean> {
    let isDone = false;
    await this.#changes.run(() =>
      this.#directors.standstill(({ memory }) => {
        const slots = new Slots(memory);
        const slot = slots.find(volume, track);
        isDone = slot >= 0 && slots.spoil(slot);
        return this.#directors.images;
      }),
    );
    return isDone;
  }

  /** A role goes on at another director, while hosts work. Errors: Refusal; nothing has changed then. */
  moveRole(director: DirectorName, role: Role): Promise<void> {
    return this.#changes.run(() => this.#directors.move(role, director));
  }

  /** What its roles run, also while it has no power. */
  get microcode(): MicrocodeView {
    const images = Object.values(this.#directors.images);
    return {
      array: this.name,
      images: images.map(({ role, version, crc, code }) => ({
        role,
        version,
        crc: crc.toString(16).padStart(8, '0'),
        instructions: code.length / INSTRUCTION_WORDS,
      })),
    };
  }

  /** A role goes on with the image of a file, while hosts work. Errors: Refusal; the array runs what it ran then. */
  loadMicrocode(bytes: Uint8Array, name: string): Promise<void> {
    return this.#changes.run(async () => {
      const before = this.#directors.images;
      await this.#directors.load(bytes, name);
      this.#former = [before, ...this.#former].slice(0, FORMER_MOST);
    });
  }

  /** The record of a volume is of a pair with the array behind this trunk now: two targets of a lost array may have become one. */
  isToward(volume: number, trunk: number): boolean {
    return this.#tables.get('pair', 'trunk', volume) === trunk;
  }

  /** What the battery keeps of a volume's pair: its state, and how many tracks its list says the other side lacks. */
  keptOf(volume: number): { readonly state: number; readonly owed: number } {
    const tables = this.#tables;
    const { tracks } = this.config.dims;
    const first = tracks.slice(0, volume).reduce((sum, n) => sum + n, 0);
    let owed = 0;
    for (let t = first; t < first + (tracks[volume] ?? 0); t++) {
      if ((tables.get('track', 'flags', t) & OTHERS_FLAGS) !== 0) owed += 1;
    }
    return { state: tables.get('pair', 'state', volume), owed };
  }

  /** Its journal groups; undefined: it has no power. */
  get journals(): readonly JournalFigures[] | undefined {
    return this.hasPower ? journalFigures(this.#tables, LIVE_CLOCK.now_ns()) : undefined;
  }

  /** Sessions with its iSCSI target. Errors: Refusal when nobody can say. */
  hosts(): Promise<readonly HostView[]> {
    return hostSessions(this.name, this.#directors, this.#iscsi?.target);
  }

  /** What it says of a volume; undefined: it cannot be asked. */
  async volume(volume: number): Promise<VolumeSeen | undefined> {
    try {
      return volumeSeen(await this.ask(KIND.VOLUME_LOOK, volume));
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  /** Counts and levels of now; of an array without power, none. */
  async figures(): Promise<ArrayFigures> {
    const { name } = this;
    const looked = await Promise.all(
      hostVolumes(this.config).map(async (_, volume) => {
        try {
          return flagsSeen(await this.ask(KIND.TRACK_LOOK, volume));
        } catch (error) {
          // Nobody can be asked: what stands in memory is told all the same.
          if (error instanceof Refusal) return undefined;
          throw error;
        }
      }),
    );
    const seen = await Promise.all(hostVolumes(this.config).map((_, volume) => this.volume(volume)));
    const { directors } = this.view;
    // It may have gone meanwhile.
    const measured = this.hasPower ? this.#gauges.read(looked, this.links.plans, seen) : NO_FIGURES;
    return { name, hasPower: this.hasPower, directors, ...measured };
  }

  /** As `links.add`. */
  addLink(peer: string, number: number, port: number): Promise<number> {
    return this.#changes.run(() => this.links.add(peer, number, port));
  }

  /** As `links.remove`. */
  removeLink(record: number): Promise<void> {
    return this.#changes.run(() => this.links.remove(record));
  }

  async #boot(): Promise<void> {
    const { config, shared, state } = this.#options;
    const tables = this.#tables;
    tables.powerOn(this.#directors.placement);
    const { layout } = tables.memory;
    const { images } = this.#directors;
    const machine = new ArrayMachine(config, layout, this.#buffer, images, LIVE_CLOCK, undefined, SERVICE);
    const node = new ServiceDesk(machine.serviceMail);
    const director = new Director({
      machine,
      ports: { service: node },
      clock: LIVE_CLOCK,
      onFault: (reason) => node.close(reason),
    });
    this.#desk = { node, director };
    director.attend();
    const plan = state?.start(tables.memory, {
      ring: () => this.#directors.ring(LOG),
      onTrouble: (text) => this.#options.onTrouble?.(text),
    });
    await this.#directors.start(machine, {
      config,
      memory: this.#buffer,
      drives: this.drives.plan,
      faults: this.drives.faultWords,
      requests: new SharedArrayBuffer(requestWords(layout) * Int32Array.BYTES_PER_ELEMENT),
      nbd: this.#nbd,
      ...(this.#iscsi && { iscsi: this.#iscsi }),
      links: this.links.plans,
      held: this.links.held,
      shared,
      ...(this.#traces && { traces: this.#traces.buffers }),
      ...(plan && { log: plan }),
    });
    const [result] = await this.ask(KIND.BOOT);
    if (result !== RESULT.OK) throw new MachineCheck(`array ${this.name}: BOOT ended with result ${result}`);
    if (config.scsi) await this.ask(KIND.CHANNEL_ON);
    await this.#openToHosts();
  }

  async #openToHosts(): Promise<void> {
    const front = this.#directors.threadOf('hostPort') as DirectorThread;
    const answer = front.next('serving', 'cannot serve');
    front.order({ what: 'serve' });
    const report = await answer;
    if (report.what === 'serving') {
      this.#nbd = report.nbd;
      if (this.#iscsi) this.#iscsi = { ...this.#iscsi, ...report.iscsi };
      return;
    }
    const where = `array ${this.name}: ${report.where}`;
    if (report.code === 'EADDRINUSE') throw new Error(`${where} is in use by another process`);
    if (report.code === 'EACCES') throw new Error(`${where} may not be used by this user`);
    throw new Error(`${where}: ${report.message}`);
  }

  #heard(report: Report): void {
    this.links.heard(report);
    if (report.what === 'log is long') this.#options.state?.checkpoint();
    if (report.what === 'trouble') this.#options.onTrouble?.(report.text);
  }

  /** Directors that live are told what they lost; what becomes of it is microcode. */
  #died(roles: readonly Role[], reason: string): void {
    if (roles.includes('remote')) this.links.allDown(`its director is dead: ${reason}`);
    if (roles.includes('data')) this.#desk?.node.fail(new Refusal(`array ${this.name}: its data director is dead`));
    const lost = roles.reduce((bits, role) => bits | (1 << roleNumber(role)), 0);
    for (const role of MICROCODED_ROLES) {
      if (this.#directors.threadOf(role)?.dead === undefined) this.#desk?.node.tell(LOSES[role], lost);
    }
    this.#desk?.director.pump();
    if (roles.some((role) => NEEDED_BY_LINK.includes(role)))
      this.links.holdAll(`director ${roles.join('+')} of array ${this.name} is dead`);
    this.#options.onDead(roles, reason);
  }

  /** @param ends nobody looks at its memory any more: to clear hundreds of megabytes takes long. */
  async #powerOff(ends = false): Promise<void> {
    this.#desk?.node.close(new Refusal(`array ${this.name} lost its power`));
    this.#desk?.director.close();
    this.#desk = undefined;
    await this.#directors.stop();
    if (!ends) this.#tables.powerOff();
    this.#gauges.forget();
    this.links.allDown(`array ${this.name} has no power`);
    this.#options.state?.stop();
  }
}
