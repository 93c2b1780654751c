/** Two arrays and a pair as a ServedSystem: enough to tell who was asked for what. */
import { NO_FIGURES } from '../../../../firmware/runtime/live/gauges.js';
import {
  type ArrayFigures,
  type ArrayRemains,
  type ArrayView,
  type CommandView,
  type DebugDesk,
  type DriveView,
  type FailoverView,
  type FaultView,
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
} from '../../../../firmware/runtime/live/system.js';

const NOTHING = { writePending: 0, formatPending: 0, invalid: 0 };

const refuse = (): never => {
  throw new Refusal('this debugger is not attached any more');
};

export interface Plan {
  readonly rig?: string;
  /** Arrays of this process; default: both. */
  readonly arrays?: readonly string[];
  /** Array that serves hosts of A:data0. */
  readonly serves?: string;
}

export class StandIn implements ServedSystem {
  readonly rig: string;
  readonly #names: readonly string[];
  readonly #off = new Set<string>();
  #serves: string;
  #held = false;
  #looks = 0;
  /** What this process gives to others. */
  answers: RemoteHandler | undefined;
  /** Answers in place of another process, where the test has set one; else the link is down. */
  remoteHandler: RemoteHandler | undefined;
  /** What was commanded. */
  readonly done: string[] = [];

  /** Lets nobody in. */
  readonly debug: DebugDesk = {
    attach: () => Promise.reject(new Refusal('there is nothing to look at')),
    detach: refuse,
    about: refuse,
    source: refuse,
    breaks: refuse,
    ask: refuse,
    resume: refuse,
    pause: refuse,
    progress: refuse,
  };

  constructor({ rig = 'two', arrays = ['A', 'B'], serves = 'A' }: Plan = {}) {
    this.rig = rig;
    this.#names = arrays;
    this.#serves = serves;
  }

  get arrays(): readonly ArrayView[] {
    return this.#names.map((name) => this.#view(name));
  }

  get links(): readonly LinkView[] {
    return [this.#link()];
  }

  async pairs(): Promise<readonly PairView[]> {
    const sides = this.#names.map((name): [string, PairSideView] => {
      const serves = name === this.#serves;
      return [name, { state: serves ? 'PSUE' : 'PAIR', role: serves ? 'source' : 'target', serves, epoch: 3 }];
    });
    const isHere = this.#names.includes(this.#serves);
    return [
      {
        primary: 'A:data0',
        secondary: 'B:data0',
        mode: 'real-time',
        domino: false,
        state: isHere ? 'PSUE' : 'PAIR',
        owedTracks: isHere ? 7 : 0,
        owedBytes: isHere ? 7 * 65_536 : 0,
        serves: isHere ? this.#serves : null,
        sides: Object.fromEntries(sides),
      },
    ];
  }

  async volumes(): Promise<readonly VolumeView[]> {
    return this.#names.map((name) => ({
      volume: `${name}:data0`,
      bytes: 268_435_456,
      mappedBytes: 65_536,
      format: 512,
      lastOperation: '2026-11-21T08:16:45Z',
      copies: {
        A: { ready: true, writeDisabled: false },
        B: { ready: null, writeDisabled: null },
      },
    }));
  }

  /** One of each array, by which ten commands come and 40 KiB go between two looks. */
  async hosts(): Promise<readonly HostView[]> {
    this.#looks += 1;
    return this.#names.map((array, n) => ({
      array,
      initiator: 'iqn.2005-03.org.open-iscsi:host',
      isid: '023d00000000',
      tsih: n + 1,
      address: '127.0.0.1:40000',
      kind: 'normal',
      group: 'hosts',
      since: '2026-11-21T08:16:45.000Z',
      headerDigest: true,
      dataDigest: false,
      commands: 10 * this.#looks,
      read_bytes: 40_960 * this.#looks,
      written_bytes: 512,
      underWay: 3,
    }));
  }

  async tracks(volume: string): Promise<TracksView> {
    const [array, name] = volume.split(':');
    this.#need(array);
    if (name !== 'data0') throw new Unknown(`array ${array} has no volume ${name}; it has data0`);
    return { volume, tracks: 4096, A: { ...NOTHING, invalid: 1 }, B: { ...NOTHING, writePending: 7 } };
  }

  remains(array: string): ArrayRemains {
    this.#need(array);
    throw new Refusal(`array ${array} is none that could have a trace`);
  }

  async figures(): Promise<readonly ArrayFigures[]> {
    return this.#names.map((name) => ({
      ...NO_FIGURES,
      name,
      hasPower: !this.#off.has(name),
      directors: this.#view(name).directors,
    }));
  }

  async linkDown(link: string): Promise<LinkView> {
    return this.#hold(link, true);
  }

  async addLink(arrays: string, port?: number): Promise<LinkView> {
    if (arrays !== 'A-B') throw new Unknown(`there is no link ${arrays}; there is A-B`);
    this.done.push(`link add ${port}`);
    return { ...this.#link(), name: 'A-B:1', number: 1 };
  }

  async removeLink(link: string): Promise<LinkView> {
    if (link !== 'A-B:1') throw new Refusal(`link ${link}: no other link is up`);
    this.done.push(`link remove ${link}`);
    return { ...this.#link(), name: link, number: 1, state: 'down', ends: [] };
  }

  async linkUp(link: string): Promise<LinkView> {
    return this.#hold(link, false);
  }

  async crash(array: string): Promise<ArrayView> {
    this.#need(array);
    if (this.#off.has(array)) throw new Refusal(`array ${array} has no power`);
    this.#off.add(array);
    this.done.push(`crash ${array}`);
    return this.#view(array);
  }

  async start(array: string): Promise<ArrayView> {
    this.#need(array);
    if (array === 'X') throw new TypeError('not an error that operators are told');
    if (!this.#off.delete(array)) throw new Refusal(`array ${array} has power already`);
    this.done.push(`start ${array}`);
    return this.#view(array);
  }

  async spoilDrive(volume: string, from: number, to: number): Promise<DriveView> {
    return this.#drive(volume, `spoil ${volume} ${from} ${to}`, to - from + 1);
  }

  readonly faults: readonly FaultView[] = [];

  async addFault(text: string, image?: Uint8Array): Promise<FaultView> {
    this.done.push(`fault ${text}${image ? ` with ${image.length} bytes` : ''}`);
    return { number: 1, fault: text, state: 'waits', added: '2026-01-01T00:00:00.000Z' };
  }

  async clearFaults(number?: number): Promise<readonly FaultView[]> {
    this.done.push(`clear ${number ?? 'all'}`);
    return [];
  }

  async loseDrive(volume: string): Promise<DriveView> {
    return { ...this.#drive(volume, `lose ${volume}`, 0), state: 'lost' };
  }

  async replaceDrive(volume: string): Promise<DriveView> {
    return this.#drive(volume, `replace ${volume}`, 524_288);
  }

  #drive(volume: string, what: string, unreadableSectors: number): DriveView {
    this.#need(volume.slice(0, volume.indexOf(':')));
    this.done.push(what);
    return { volume, drive: 0, state: 'ok', unreadableSectors };
  }

  async moveRole(director: string, role: string): Promise<ArrayView> {
    const [array] = director.split(':');
    this.#need(array);
    if (director !== 'A:ca1') throw new Unknown(`array ${array} has no such director; it has ca1`);
    this.done.push(`role ${role} to ${director}`);
    return this.#view(array);
  }

  get microcode(): readonly MicrocodeView[] {
    return this.#names.map((array) => ({
      array,
      images: [{ role: 'data', version: '1.0', crc: '00c0ffee', instructions: 12 }],
    }));
  }

  async loadMicrocode(array: string, file: string, image: Uint8Array): Promise<MicrocodeView> {
    this.#need(array);
    if (image.length < 4) throw new Refusal(`${file}: the file ends here`);
    this.done.push(`load ${image.length} bytes into ${array}`);
    return { array, images: [] };
  }

  async remote(array: string, request: RemoteRequest): Promise<RemoteAnswer> {
    this.done.push(`${request.method} ${request.path} of ${array}`);
    if (!this.remoteHandler) throw new Refusal(`array ${array} cannot be asked over the link of array A: it is down`);
    return this.remoteHandler(request);
  }

  answerRemote(handler: RemoteHandler): void {
    this.answers = handler;
  }

  async failover(pair: string, force: boolean): Promise<FailoverView> {
    if (pair !== 'A:data0') throw new Unknown(`there is no pair ${pair}; there is A:data0`);
    const taker = this.#names.find((name) => name !== this.#serves);
    if (taker === undefined) throw new Refusal(`array ${this.#serves} serves hosts already`);
    if (!force) throw new Refusal('the other side cannot be asked');
    this.#serves = taker;
    this.done.push(`failover ${pair}`);
    return { pair, serves: taker };
  }

  async command(pair: string, command: OperatorCommand, force: boolean): Promise<CommandView> {
    if (pair !== 'A:data0') throw new Unknown(`there is no pair ${pair}; there is A:data0`);
    if (command === 'create') throw new Refusal(`pair ${pair} is PAIR: create is not possible`);
    this.done.push(`${command} ${pair} ${force}`);
    return { pair, state: command === 'delete' ? 'SMPL' : 'PAIR', owedTracks: 0, serves: this.#serves };
  }

  async format(volume: string, bytes: number): Promise<FormatView> {
    const [array] = volume.split(':');
    this.#need(array);
    if (array !== this.#serves) throw new Refusal(`array ${this.#serves} serves hosts`);
    this.done.push(`format ${volume} ${bytes}`);
    return { volume, format: bytes, pending: { A: 4096, B: 7 } };
  }

  async restoreGroup(name: string, wish: RestoreWish): Promise<RestoreView> {
    const [array, group] = name.split(':');
    this.#need(array);
    this.done.push(`restore ${name} ${JSON.stringify(wish)}`);
    const images = Object.entries(wish.onto).map(([of, volume]) => ({
      volume: `${array}:${volume}`,
      of: `${array}:${of}`,
    }));
    return { group, array, number: wish.number ?? 9, time: '2026-11-21T18:39:06.347Z', images };
  }

  async release(volume: string): Promise<VolumeView> {
    this.#need(volume.split(':')[0]);
    this.done.push(`release ${volume}`);
    const copies = { B: { ready: true, writeDisabled: false } };
    return { volume, bytes: 65_536, mappedBytes: 65_536, format: 512, copies };
  }

  #need(array: string): void {
    if (!this.#names.includes(array))
      throw new Unknown(`there is no array ${array}; there are ${this.#names.join(', ')}`);
  }

  #hold(link: string, held: boolean): LinkView {
    if (link !== 'A-B' && link !== 'B-A') throw new Unknown(`there is no link ${link}; there is A-B`);
    this.#held = held;
    this.done.push(`link ${held ? 'down' : 'up'}`);
    return this.#link();
  }

  #link(): LinkView {
    const state = this.#held ? 'held' : 'up';
    const ends = this.#names.map((array) => ({ array, state, sent_bytes: 0, received_bytes: 0 }) as const);
    return { name: 'A-B', number: 0, between: ['A', 'B'], state, ends };
  }

  #view(name: string): ArrayView {
    const isOff = this.#off.has(name);
    return {
      name,
      power: isOff ? 'off' : 'on',
      placement: 'fused',
      nbd: '127.0.0.1:10809',
      volumes: ['data0'],
      directors: isOff
        ? []
        : [
            {
              name: 'ca1',
              thread: 3,
              roles: ['channel', 'data'],
              ports: ['hostPort'],
              operations: 12,
              state: 'dead',
              reason: 'division by zero',
            },
          ],
      meter: { reads: 1, writes: 2, read_bytes: 512, written_bytes: 3 * 1024 * 1024 },
    };
  }
}
