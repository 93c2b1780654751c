/** The arrays of a rig that this process serves, as operators see and command them (system.ts). */
import { PAIR_MODE, PAIR_ROLE, RESULT, SECTOR_BYTES } from '../../memory/constants.js';
import { KIND } from '../../ports/messages.js';
import { hostVolumes } from '../machine/config.js';
import { DebuggerDesk } from './debug/debugger-desk.js';
import type { SourceOf } from './debug/looking.js';
import { formatRefusal } from './format-command.js';
import { imageOf, releaseVolume, restoreGroup } from './group-restore.js';
import { toldWith, withGroups } from './journal-groups.js';
import { LiveFaults } from './live-faults.js';
import {
  findDirector,
  findPair,
  findRole,
  findVolume,
  insteadOf,
  type LiveRig,
  othersOf,
  pairsOf,
  type RigPair,
  trunkTo,
} from './live-rig.js';
import { COMMANDS, isOneSided, noteOn, refusalOf, stateName, whyNot } from './pair-command.js';
import { RigLinks } from './rig-links.js';
import type { ServedArray } from './served-array.js';
import {
  type ArrayFigures,
  type ArrayRemains,
  type ArrayView,
  type CommandView,
  type DriveView,
  type FailoverView,
  type FaultView,
  type FlagCounts,
  type FormatView,
  type HostView,
  type LinkView,
  type MicrocodeView,
  type OperatorCommand,
  type PairSideView,
  type PairView,
  Refusal,
  type RemoteAnswer,
  type RemoteHandler,
  type RemoteRequest,
  type RestoreView,
  type RestoreWish,
  type ServedSystem,
  type TracksView,
  Unknown,
  type VolumeView,
} from './system.js';
import { until } from './until.js';
import { dateOf, volumeView } from './volume-look.js';

/** So long may a session take to open after a command, likewise. */
const SESSION_MS = 1000;

/** Of an array whose volume is in another pair instead. */
const NO_SIDE: PairSideView = { state: 'SMPL', role: 'none', serves: false, epoch: 0 };

/** Of a journal group, all of it. */
const TELLS_GROUP: readonly OperatorCommand[] = ['suspend', 'resume', 'swap', 'failback'];

export class ServedRig implements ServedSystem {
  readonly #rig: LiveRig;
  readonly #served: readonly ServedArray[];
  readonly #links: RigLinks;
  readonly #faults: LiveFaults;
  readonly debug: DebuggerDesk;

  constructor(rig: LiveRig, served: readonly ServedArray[], sourceOf?: SourceOf) {
    this.#rig = rig;
    this.#served = served;
    this.#links = new RigLinks(rig, served);
    this.debug = new DebuggerDesk(rig, served, sourceOf);
    this.#faults = new LiveFaults(rig, served, { rig, system: this, array: (name) => this.#array(name) });
  }

  get rig(): string {
    return this.#rig.name;
  }

  get arrays(): readonly ArrayView[] {
    return this.#served.map((array) => array.view);
  }

  get microcode(): readonly MicrocodeView[] {
    return this.#served.map((array) => array.microcode);
  }

  get links(): readonly LinkView[] {
    return this.#links.views;
  }

  async pairs(): Promise<readonly PairView[]> {
    const isHere = ({ ends }: RigPair): boolean =>
      ends.some(({ array }) => this.#served.some(({ name }) => name === this.#rig.arrays[array].name));
    const views = await Promise.all(
      pairsOf(this.#rig)
        .filter(isHere)
        .map((pair) => this.#pairView(pair)),
    );
    return withGroups(this.#rig, views, (name) => this.#served.find((a) => a.name === name)?.journals);
  }

  async volumes(): Promise<readonly VolumeView[]> {
    const looked = this.#served.flatMap((array) =>
      hostVolumes(array.config).map(async (_, volume) => {
        const view = await this.#volumeView(array, volume);
        return view ? [view] : [];
      }),
    );
    return (await Promise.all(looked)).flat();
  }

  async hosts(): Promise<readonly HostView[]> {
    return (await Promise.all(this.#served.map((array) => array.hosts()))).flat();
  }

  /** undefined: its array cannot be asked. */
  async #volumeView(array: ServedArray, volume: number): Promise<VolumeView | undefined> {
    const others = await Promise.all(
      this.#othersOf(array.name, volume).map(async ({ name, record }) => [name, await array.volume(record)] as const),
    );
    const seen = await array.volume(volume);
    const copies = others.flatMap(([name, copy]) => (copy ? [[name, copy.other] as const] : []));
    return seen && volumeView(array.config, volume, seen, copies, imageOf(array.tables, volume));
  }

  restoreGroup(name: string, wish: RestoreWish): Promise<RestoreView> {
    const [array = '', group = ''] = name.split(':');
    return restoreGroup(this.#array(array), group, wish);
  }

  async release(name: string): Promise<VolumeView> {
    const { served, volume } = this.#volume(name);
    await releaseVolume(served, volume);
    const view = await this.#volumeView(served, volume);
    if (!view) throw new Refusal(`array ${served.name} lost its power`);
    return view;
  }

  /** The arrays of the other sides of a volume's pairs, as they are now. */
  #othersOf(name: string, volume: number): ReturnType<typeof othersOf> {
    const array = this.#rig.arrays.findIndex((a) => a.name === name);
    return othersOf(this.#rig, array, volume).filter((other) => this.#isOf(array, other.record, other.name));
  }

  /** An array of this process has this record of a volume in a pair with that other array. */
  #isOf(array: number, record: number, other: string): boolean {
    const config = this.#rig.arrays[array];
    const position = this.#rig.arrays.findIndex(({ name }) => name === other);
    return this.#served.some((a) => a.name === config.name && a.isToward(record, trunkTo(config, position)));
  }

  async tracks(volume: string): Promise<TracksView> {
    const { array, volume: number, config } = findVolume(this.#rig, volume);
    const own = this.#rig.arrays[array].name;
    const served = this.#array(own);
    const flags = await this.#flags(served, number);
    const others = await Promise.all(
      this.#othersOf(own, number).map(async ({ name, record }) => [name, (await this.#flags(served, record)).other]),
    );
    return {
      volume,
      tracks: config.tracks,
      [own]: flags.own,
      ...(Object.fromEntries(others) as Record<string, FlagCounts>),
    };
  }

  remains(array: string): ArrayRemains {
    return this.#array(array).remains;
  }

  figures(): Promise<readonly ArrayFigures[]> {
    return Promise.all(this.#served.map((array) => array.figures()));
  }

  linkDown(link: string): Promise<LinkView> {
    return this.#links.hold(link, true);
  }

  linkUp(link: string): Promise<LinkView> {
    return this.#links.hold(link, false);
  }

  addLink(arrays: string, port?: number): Promise<LinkView> {
    return this.#links.add(arrays, port);
  }

  removeLink(link: string): Promise<LinkView> {
    return this.#links.remove(link);
  }

  async crash(name: string): Promise<ArrayView> {
    const array = this.#array(name);
    await array.crash();
    return array.view;
  }

  async start(name: string): Promise<ArrayView> {
    const array = this.#array(name);
    try {
      await array.switchOn();
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal((error as Error).message);
    }
    this.debug.rearm();
    return array.view;
  }

  async spoilDrive(name: string, from: number, to: number): Promise<DriveView> {
    const { config } = findVolume(this.#rig, name);
    const { served, volume } = this.#volume(name);
    const sectors = config.tracks * served.config.dims.sectorsPerTrack;
    if (from > to || to >= sectors)
      throw new Refusal(`volume ${name} has sectors 0 to ${sectors - 1}; ${from}-${to} is no range of them`);
    served.drives.of(volume).faults.spoil(config.driveBase + from, to - from + 1);
    return this.#driveView(name);
  }

  async loseDrive(name: string): Promise<DriveView> {
    const { served, volume } = this.#volume(name);
    served.drives.of(volume).faults.lost = true;
    return this.#driveView(name);
  }

  async replaceDrive(name: string): Promise<DriveView> {
    const { served, volume } = this.#volume(name);
    await served.replaceDrive(volume);
    return this.#driveView(name);
  }

  #volume(name: string): { served: ServedArray; volume: number } {
    const { array, volume } = findVolume(this.#rig, name);
    return { served: this.#array(this.#rig.arrays[array].name), volume };
  }

  #driveView(name: string): DriveView {
    const { served, volume } = this.#volume(name);
    const { drive, faults } = served.drives.of(volume);
    return { volume: name, drive, state: faults.lost ? 'lost' : 'ok', unreadableSectors: faults.unreadable };
  }

  async moveRole(name: string, role: string): Promise<ArrayView> {
    const [arrayName, directorName] = name.split(':');
    const array = this.#array(arrayName);
    await array.moveRole(findDirector(arrayName, directorName), findRole(role));
    this.debug.rearm();
    return array.view;
  }

  async loadMicrocode(name: string, file: string, image: Uint8Array): Promise<MicrocodeView> {
    const array = this.#array(name);
    await array.loadMicrocode(image, file);
    this.debug.rearm();
    return array.microcode;
  }

  get faults(): readonly FaultView[] {
    return this.#faults.views;
  }

  addFault(text: string, image?: Uint8Array): Promise<FaultView> {
    return this.#faults.add(text, image);
  }

  clearFaults(number?: number): Promise<readonly FaultView[]> {
    return this.#faults.clear(number);
  }

  async remote(name: string, request: RemoteRequest): Promise<RemoteAnswer> {
    const near = this.#served.filter(({ links }) => links.peers.some(({ peer }) => peer === name));
    // Of several, one whose link is up.
    const { links } = near.find((array) => array.links.together(name).state === 'up') ?? near[0] ?? {};
    const service = links?.peers.find(({ peer }) => peer === name);
    if (service) return service.ask(request);
    const peers = new Set(this.#served.flatMap((array) => array.links.peers.map(({ peer }) => peer)));
    throw new Unknown(
      `no array of this process has a link to ${name}; there are links to ${[...peers].join(', ') || 'none'}`,
    );
  }

  answerRemote(handler: RemoteHandler): void {
    for (const peer of this.#served.flatMap(({ links }) => links.peers)) peer.handler = handler;
  }

  async failover(called: string, force: boolean): Promise<FailoverView> {
    const pair = findPair(this.#rig, called);
    const { primary: name } = pair;
    const sides = await this.#sides(pair);
    const known = sides.flatMap(({ side }) => side?.state ?? []);
    if (known.length > 0 && known.every((state) => state === 'SMPL'))
      throw new Refusal(`pair ${name} is SMPL: failover is not possible; create is`);
    const serving = sides.find(({ side }) => side?.serves);
    // The target takes over; a source that came back and was not told that it may serve is next.
    const taker =
      sides.find(({ side }) => side?.role === 'target') ??
      sides.find(({ side }) => side?.role === 'source' && !side.serves);
    const end = taker && pair.ends.find(({ array }) => this.#rig.arrays[array].name === taker.name);
    if (!taker || !end) throw new Refusal(this.#whyNobodyTakesOver(pair, serving?.name));
    const [result, low, high] = await this.#array(taker.name).ask(KIND.FAILOVER, end.volume, force ? 1 : 0);
    if (result === RESULT.OK) {
      const group = toldWith(name, await this.pairs());
      return { pair: name, serves: taker.name, ...(group && { group }) };
    }
    const other = sides.find((s) => s !== taker)?.name ?? '';
    const last = (await this.#array(taker.name).volume(end.volume))?.lastOperation;
    throw new Refusal(whyNot(result, other, heardAt(low, high), last));
  }

  async command(called: string, command: OperatorCommand, force: boolean): Promise<CommandView> {
    const pair = findPair(this.#rig, called);
    const { primary: name } = pair;
    const { kind, takesForce, acts } = COMMANDS[command];
    const sides = await this.#sides(pair);
    const index = acts(sides.map(({ side }) => side)) ?? sides.findIndex(({ side }) => side === undefined);
    const [end, other] = index === 1 ? [1, 0] : [0, 1];
    const { name: array, side } = sides[end];
    if (!this.#served.some((a) => a.name === array)) {
      throw new Refusal(`pair ${name}: array ${array} must be told, which is served by another process`);
    }
    if (command === 'failback' && side?.role === 'source')
      throw new Refusal(`pair ${name}: array ${array} serves hosts already, as the rig has it`);
    const payload = takesForce ? [force ? 1 : 0] : [];
    const [result, state, owed] = await this.#array(array).ask(kind, pair.ends[end].volume, ...payload);
    const answer = { command, pair: name, array, other: sides[other].name, result, state: stateName(state), owed };
    if (result !== RESULT.OK && !isOneSided(answer)) throw new Refusal(refusalOf(answer, insteadOf(this.#rig, pair)));
    // A session opens within moments, where the other side can be asked.
    let view = await this.#pairView(pair);
    const link = this.#array(array).links.together(sides[other].name);
    await until(link.state === 'up' ? SESSION_MS : 0, async () => {
      view = await this.#pairView(pair);
      return view.state !== 'PSUE' && view.state !== 'SSWS';
    });
    const group = TELLS_GROUP.includes(command) ? toldWith(name, await this.pairs()) : undefined;
    const note = noteOn(answer, view.state, this.#array(array).links.together(sides[other].name).state);
    return {
      pair: name,
      state: view.state,
      owedTracks: view.owedTracks,
      serves: view.serves,
      ...(group && { group }),
      ...(note !== undefined && { note }),
    };
  }

  async format(name: string, bytes: number): Promise<FormatView> {
    const { array, volume } = findVolume(this.#rig, name);
    const config = this.#rig.arrays[array];
    const served = this.#array(config.name);
    const [result, state] = await served.ask(KIND.FORMAT, volume, bytes / SECTOR_BYTES);
    const { tracks: _tracks, volume: _volume, ...copies } = await this.tracks(name);
    const other = Object.keys(copies).find((copy) => copy !== config.name);
    if (result !== RESULT.OK) {
      const track_bytes = config.dims.sectorsPerTrack * SECTOR_BYTES;
      throw new Refusal(formatRefusal({ volume: name, array: config.name, other, result, bytes, track_bytes, state }));
    }
    const pending = Object.entries(copies).map(([copy, flags]) => [copy, (flags as FlagCounts).formatPending]);
    return { volume: name, format: bytes, pending: Object.fromEntries(pending) as Record<string, number> };
  }

  /** Waits until every pair has found its other side and both say PAIR, at most so long. */
  async settle(most_ms: number): Promise<void> {
    // Its source may be a copy, which no host writes.
    const handsOn = new Set(
      pairsOf(this.#rig).flatMap(({ primary, ends: [{ array, volume }] }) =>
        othersOf(this.#rig, array, volume).length > 1 ? [primary] : [],
      ),
    );
    await until(most_ms, async () => {
      const views = await this.pairs();
      return views.every(({ primary, state, sides }) => {
        const here = Object.values(sides);
        return (
          state === 'SMPL' ||
          here.every((side) => side.state === 'PAIR' && (side.role !== 'source' || side.serves || handsOn.has(primary)))
        );
      });
    });
  }

  #array(name: string): ServedArray {
    const array = this.#served.find((a) => a.name === name);
    if (array) return array;
    const names = this.#rig.arrays.map((a) => a.name);
    if (names.includes(name)) throw new Unknown(`array ${name} of rig ${this.rig} is served by another process`);
    throw new Unknown(`rig ${this.rig} has no array ${name}; it has ${names.join(', ')}`);
  }

  async #pairView(pair: RigPair): Promise<PairView> {
    const sides = await this.#sides(pair);
    const known = sides.filter(({ side }) => side !== undefined);
    const serving = known.find(({ side }) => side?.serves);
    const decides =
      serving ?? known.find(({ side }) => side?.role === 'source') ?? known[0] ?? this.#keptByBattery(pair);
    return {
      primary: pair.primary,
      secondary: pair.secondary,
      mode:
        pair.group !== undefined
          ? 'journal'
          : (pair.mode & PAIR_MODE.POINT_IN_TIME) === 0
            ? 'real-time'
            : 'point-in-time',
      domino: (pair.mode & PAIR_MODE.DOMINO) !== 0,
      state: decides.side?.state ?? 'PSUE',
      owedTracks: decides.owed,
      owedBytes: decides.owed * this.#trackBytes(pair),
      serves: serving?.name ?? null,
      sides: Object.fromEntries(known.map(({ name, side }) => [name, side as PairSideView])),
    };
  }

  #trackBytes({ ends: [{ array }] }: RigPair): number {
    return this.#rig.arrays[array].dims.sectorsPerTrack * SECTOR_BYTES;
  }

  /** How each of its arrays sees a pair; undefined where it is not here or cannot be asked. */
  #sides(pair: RigPair): Promise<{ name: string; side: PairSideView | undefined; owed: number }[]> {
    return Promise.all(
      pair.ends.map(async ({ array, volume }) => {
        const { name } = this.#rig.arrays[array];
        const served = this.#served.find((a) => a.name === name);
        const nothing = { name, side: undefined, owed: 0 };
        if (!served?.hasPower) return nothing;
        const other = this.#otherEnd(pair, array);
        if (!this.#isOf(array, volume, other)) return { name, side: NO_SIDE, owed: 0 };
        try {
          const [seen, flags] = await Promise.all([served.ask(KIND.PAIR_LOOK, volume), this.#flags(served, volume)]);
          if (seen[0] !== RESULT.OK) return nothing;
          // What is a copy in another pair is written by no host, whatever it is in this one.
          const further = othersOf(this.#rig, array, volume).filter(({ record }) => record !== volume);
          const looks = await Promise.all(further.map(({ record }) => served.ask(KIND.PAIR_LOOK, record)));
          const isCopy = looks.some(([, , role]) => role === PAIR_ROLE.TARGET);
          const { writePending, formatPending, invalid } = flags.other;
          const look = sideOf(seen, served.links.together(other).state === 'up');
          const view = { ...look, serves: look.serves && !isCopy };
          // Of no pair, nothing is owed, though a list may not be forgotten yet.
          return { name, side: view, owed: view.state === 'SMPL' ? 0 : writePending + formatPending + invalid };
        } catch (error) {
          if (error instanceof Refusal) return nothing;
          throw error;
        }
      }),
    );
  }

  #otherEnd({ ends: [near, far] }: RigPair, array: number): string {
    return this.#rig.arrays[near.array === array ? far.array : near.array].name;
  }

  /** Where nobody can be asked: what an array of this process would go on from. */
  #keptByBattery(pair: RigPair): { side: Pick<PairSideView, 'state'> | undefined; owed: number } {
    for (const { array, volume } of pair.ends) {
      const { name } = this.#rig.arrays[array];
      const kept = this.#served.find((a) => a.name === name)?.keptOf(volume);
      if (kept && this.#isOf(array, volume, this.#otherEnd(pair, array)))
        return { side: { state: stateName(kept.state) }, owed: kept.owed };
    }
    return { side: undefined, owed: 0 };
  }

  async #flags(array: ServedArray, volume: number): Promise<{ own: FlagCounts; other: FlagCounts }> {
    const [result, m1_wp, m2_wp, m1_fp, m2_fp, m1_inv, m2_inv] = await array.ask(KIND.TRACK_LOOK, volume);
    if (result !== RESULT.OK) throw new Refusal(`array ${array.name} has not booted yet`);
    return {
      own: { writePending: m1_wp, formatPending: m1_fp, invalid: m1_inv },
      other: { writePending: m2_wp, formatPending: m2_fp, invalid: m2_inv },
    };
  }

  #whyNobodyTakesOver(pair: RigPair, serving: string | undefined): string {
    const names = pair.ends.map(({ array }) => this.#rig.arrays[array].name);
    const away = names.filter((name) => !this.#served.some((a) => a.name === name));
    const off = this.#served.filter((a) => names.includes(a.name) && !a.hasPower).map((a) => a.name);
    const why = [
      ...(serving === undefined ? [] : [`array ${serving} serves hosts already`]),
      ...off.map((name) => `array ${name} has no power`),
      ...away.map((name) => `array ${name} is served by another process, which can be asked`),
    ];
    return `pair ${pair.primary}: nobody here can take over: ${why.join('; ')}`;
  }
}

function sideOf([, state, role, agreed, epoch, , low, high]: readonly number[], linked: boolean): PairSideView {
  const isSource = role === PAIR_ROLE.SOURCE;
  const heard = linked ? undefined : heardAt(low, high);
  return {
    state: stateName(state),
    role: isSource ? 'source' : role === PAIR_ROLE.TARGET ? 'target' : 'none',
    serves: agreed !== 0 && role !== PAIR_ROLE.TARGET,
    epoch,
    ...(heard && { lastHeard: heard.toISOString() }),
  };
}

/** From the machine's clock, in nanoseconds and two words; undefined: never. */
function heardAt(low: number, high: number): Date | undefined {
  const heard_ns = (high >>> 0) * 0x1_0000_0000 + (low >>> 0);
  if (heard_ns === 0) return undefined;
  return dateOf(heard_ns);
}
