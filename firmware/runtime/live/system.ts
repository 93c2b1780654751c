/**
 * What this process serves, as its service processor and its operators see it. The HTTP interface and `ctl` know nothing
 * below this.
 *
 * An array is named as in the rig, a volume `ARRAY:VOLUME`, a link `A-B` (either order; `A-B:1` where there are several),
 * a pair by its primary volume as the rig has it, whichever side serves hosts now (`A:data0@C`, with the array of its other
 * side, where that volume is the primary of several).
 */

import type { SessionRecord } from '../../../adapters/channel/iscsi/statistics.js';
import type { PairCommandName } from '../../memory/pair-states.js';
import type { ArrayConfig, Images } from '../machine/config.js';
import type { About, AnswerOf, AskOf, Break, BreakState, Question, Resume, Stop } from '../machine/debug/target.js';
import type { ArrayTables } from '../machine/tables.js';
import type { DirectorTrace } from './director-traces.js';

/** The array was asked and says no, or cannot do it now; the message is for people. */
export class Refusal extends Error {}
/** The rig has nothing of that name, or another process serves it; the message says which names there are. */
export class Unknown extends Error {}

export interface DirectorView {
  readonly name: string;
  /** Node's number of its thread. */
  readonly thread: number;
  /** Microcoded roles that run there now. */
  readonly roles: readonly string[];
  /** What is plugged in there, whichever role works for it. */
  readonly ports: readonly string[];
  /** Micro-operations of its roles since power on; a role brings its count along. */
  readonly operations: number;
  /** `idle`: no role, no port. */
  readonly state: 'running' | 'idle' | 'dead';
  /** Why it died. */
  readonly reason?: string;
}

/** Since the array was last started. */
export interface Meter {
  readonly reads: number;
  readonly writes: number;
  readonly read_bytes: number;
  readonly written_bytes: number;
}

export interface ArrayView {
  readonly name: string;
  readonly power: 'on' | 'off';
  readonly placement: 'dedicated' | 'fused';
  /** Where its NBD server listens, "HOST:PORT"; kept over a crash. */
  readonly nbd: string;
  /** "HOST:PORT" of its iSCSI target, and the target's name. */
  readonly iscsi?: string;
  readonly iqn?: string;
  readonly volumes: readonly string[];
  readonly directors: readonly DirectorView[];
  /** File of the last dump, which was written when a director died. */
  readonly dump?: string;
  readonly meter: Meter;
}

/** What a role runs. */
export interface ImageView {
  readonly role: string;
  readonly version: string;
  /** CRC-32 of the image, eight hexadecimal digits: two with the same one are the same. */
  readonly crc: string;
  readonly instructions: number;
}

export interface MicrocodeView {
  readonly array: string;
  readonly images: readonly ImageView[];
}

/** One end of a link at an array of this process; bytes since the array was last started. */
export interface LinkEndView {
  readonly array: string;
  /** `held`: an operator took it down. */
  readonly state: 'up' | 'down' | 'held';
  /** Why it is not up. */
  readonly reason?: string;
  readonly sent_bytes: number;
  readonly received_bytes: number;
}

export interface LinkView {
  /** "A-B", if it is the only one between the two; else with its number, "A-B:1". */
  readonly name: string;
  readonly number: number;
  readonly between: readonly [string, string];
  /** `up` when each end that is here is. */
  readonly state: 'up' | 'down' | 'held';
  readonly ends: readonly LinkEndView[];
}

export type PairStateName = 'SMPL' | 'COPY' | 'PAIR' | 'PSUS' | 'PSUE' | 'SSWS';

/** A pair as one of its arrays sees it. */
export interface PairSideView {
  readonly state: PairStateName;
  readonly role: 'none' | 'source' | 'target';
  /** Hosts may write here. */
  readonly serves: boolean;
  /** Raised by each session of the two sides, and by each takeover. */
  readonly epoch: number;
  /** ISO time when the other side was last heard, if the link went since. */
  readonly lastHeard?: string;
}

export interface PairView {
  /** The pair's name: its primary volume, with the array of the other side where that is needed. */
  readonly primary: string;
  readonly secondary: string;
  /**
   * Status when the other side has the write; at once; or when it is in the journal of the pair's group, which the other
   * side reads. Point-in-time is in COPY while a track is owed, else in PAIR.
   */
  readonly mode: 'real-time' | 'point-in-time' | 'journal';
  /** Hosts write in PAIR only, unless one side serves alone because an operator said so. */
  readonly domino: boolean;
  /** Of the side that is source now, as far as this process has it; where no array has power, what a battery keeps. */
  readonly state: PairStateName;
  /** Tracks that the other side lacks, by the list of the same side. */
  readonly owedTracks: number;
  /** The same in bytes: tracks go over whole. */
  readonly owedBytes: number;
  /** Array whose hosts may write; null: none that this process has. */
  readonly serves: string | null;
  /** By array; an array of another process, or without power, is absent. */
  readonly sides: Readonly<Record<string, PairSideView>>;
  /** Whose order of writes it shares; absent: it is in no journal group. */
  readonly group?: GroupView;
}

/** What the other side of a journal group has not restored, by the update information of the entries. */
export interface LagView {
  readonly writes: number;
  /** Of write data; a write of zeroes has none. */
  readonly bytes: number;
  /** Age of the oldest of them: what hosts wrote since would be lost with this side; 0: there is none. */
  readonly seconds: number;
}

/** How full the journal of a group is on one array: update information, and write data on its journal volumes. */
export interface JournalView {
  readonly entries: number;
  readonly mostEntries: number;
  readonly bytes: number;
  readonly mostBytes: number;
}

/** Volumes that share one order of writes. Sequence numbers are null where the array that knows them is not here. */
export interface GroupView {
  readonly name: string;
  /** Primaries of its pairs. */
  readonly pairs: readonly string[];
  /** What all of its pairs are at least: PAIR if each of them is. */
  readonly state: PairStateName;
  /** The newest entry of the source, the newest that it sent since its power came on, the newest in the target's journal. */
  readonly written: number | null;
  readonly sent: number | null;
  readonly stored: number | null;
  /** Up to here all are on the target's volumes; as the source heard it where the target is not here. */
  readonly restored: number | null;
  /** As the source counts it; null: it is not here. */
  readonly lag: LagView | null;
  /** By array. */
  readonly journals: Readonly<Record<string, JournalView>>;
}

/** A journal group as one array has it. */
export interface JournalFigures extends JournalView {
  readonly group: string;
  /** Sequence numbers: the newest entry, the newest that went to the other side, up to which all are restored. */
  readonly last: number;
  readonly sent: number;
  readonly restored: number;
  /** Entries of this journal that are not restored. */
  readonly lag: LagView;
}

export interface FlagCounts {
  readonly writePending: number;
  readonly formatPending: number;
  readonly invalid: number;
}

/**
 * Keys beside the two: one for each array of the volume's pairs, by its name: what the list of the volume's own array says of
 * that array's copy. A volume without a pair has its own array only.
 */
export type TracksView = { readonly volume: string; readonly tracks: number } & Readonly<
  Record<string, FlagCounts | string | number>
>;

/** What an array knows of a copy of a volume; null: not now, as no session with the other side is open. */
export interface CopyView {
  /** Its own: it can be read. The other array's: it takes what is sent there, or serves hosts. */
  readonly ready: boolean | null;
  /** Hosts may not write to it. */
  readonly writeDisabled: boolean | null;
}

/** What a volume got of a volume of a journal group. Hosts may have written to it since, if it is whole. */
export interface VolumeImageView {
  /** "ARRAY:VOLUME". */
  readonly of: string;
  /** False: it is being made, or was not finished; hosts get nothing of it. */
  readonly isWhole: boolean;
  /** Of a whole one: the newest entry in it. */
  readonly number?: number;
  /** ISO time when that was written, where it is known. */
  readonly time?: string;
}

/** To which entry a group is restored, or to what it was at an ISO time: one of the two; and by volume, onto which other. */
export interface RestoreWish {
  readonly number?: number;
  readonly time?: string;
  readonly onto: Readonly<Record<string, string>>;
}

export interface RestoreView {
  readonly group: string;
  readonly array: string;
  /** The newest entry in the images. */
  readonly number: number;
  /** ISO time when that was written; absent: it is not known any more. */
  readonly time?: string;
  readonly images: readonly { readonly volume: string; readonly of: string }[];
}

/** A volume as its own array sees it. */
export interface VolumeView {
  /** "ARRAY:VOLUME". */
  readonly volume: string;
  readonly bytes: number;
  /** Bytes of its tracks that are mapped: the others are zeroes, and take no room. */
  readonly mappedBytes: number;
  /** Bytes of a block that its tracks have, or shall get. */
  readonly format: number;
  /** ISO time of the last operation on a track of it, to the second; absent: there was none. */
  readonly lastOperation?: string;
  /** By array: its own copy, and that of the other array of each of its pairs. */
  readonly copies: Readonly<Record<string, CopyView>>;
  /** Absent: it got none, or was given free. */
  readonly image?: VolumeImageView;
}

/** A session of a host with the iSCSI target of an array. */
export interface HostView extends Omit<SessionRecord, 'alias' | 'group' | 'since_ms'> {
  readonly array: string;
  /** What it calls itself besides. */
  readonly alias?: string;
  /** Of those that the rig has for the array. */
  readonly group?: string;
  /** ISO time. */
  readonly since: string;
}

/** Right after a format change was asked for. */
export interface FormatView {
  readonly volume: string;
  /** Bytes of a block that its tracks have, or shall get. */
  readonly format: number;
  /** By array: tracks that are still to be changed there, by the list of the volume's own array. */
  readonly pending: Readonly<Record<string, number>>;
}

/** The drive of a volume, and what was planned to be wrong with it. */
export interface DriveView {
  readonly volume: string;
  /** Its number in its array. */
  readonly drive: number;
  readonly state: 'ok' | 'lost';
  /** Sectors of it that cannot be read until they are written again. */
  readonly unreadableSectors: number;
}

export interface FailoverView {
  readonly pair: string;
  /** The array that serves hosts now. */
  readonly serves: string;
  /** Where more pairs than this one were told. */
  readonly group?: ToldGroup;
}

/** A command for one pair of a journal group is for all of them. */
export interface ToldGroup {
  readonly name: string;
  /** Primaries of its pairs. */
  readonly pairs: readonly string[];
}

/** What an operator tells a pair, but for a takeover. */
export type OperatorCommand = Exclude<PairCommandName, 'failover'>;
export const OPERATOR_COMMANDS: readonly OperatorCommand[] = [
  'create',
  'suspend',
  'resume',
  'swap',
  'failback',
  'delete',
];

export interface CommandView {
  readonly pair: string;
  /** As in PairView, right after the command. */
  readonly state: PairStateName;
  readonly owedTracks: number;
  readonly serves: string | null;
  /** Where more pairs than this one were told. */
  readonly group?: ToldGroup;
  /** What is still to be done, or to be known. */
  readonly note?: string;
}

/** A fault that was planned (`ctl fault add`), for as long as the process lives. */
export interface FaultView {
  readonly number: number;
  /** As people write it. */
  readonly fault: string;
  /** `refused`: its moment came, and it could not be done. */
  readonly state: 'waits' | 'lasts' | 'done' | 'refused';
  /** ISO times. */
  readonly added: string;
  readonly struck?: string;
  /** Why it was refused, or could not be ended. */
  readonly note?: string;
}

export interface Histogram {
  /** Observations of each bucket by itself, TIME_BUCKETS of them. */
  readonly buckets: readonly number[];
  readonly sum_seconds: number;
}

export interface VolumeFigures {
  readonly name: string;
  readonly reads: number;
  readonly writes: number;
  readonly read_bytes: number;
  readonly written_bytes: number;
  readonly readTimes: Histogram;
  readonly writeTimes: Histogram;
  readonly writePendingSlots: number;
  readonly writePendingLimit: number;
  /** What its array's list says of its own copy and of the other array's; absent: nobody can be asked. */
  readonly tracks?: { readonly own: FlagCounts; readonly other: FlagCounts };
  /** Its own copy; absent: nobody can be asked. */
  readonly ready?: boolean;
  readonly writeDisabled?: boolean;
}

export interface WayFigures {
  readonly bytes: number;
  readonly frames: number;
  readonly messages: number;
}

/** Counts and levels of an array, for whoever draws curves of them. Counts begin anew at each power on. */
export interface ArrayFigures {
  readonly name: string;
  readonly hasPower: boolean;
  readonly directors: readonly DirectorView[];
  readonly volumes: readonly VolumeFigures[];
  readonly pools: readonly {
    readonly pool: 'host' | 'remote';
    readonly slots: number;
    readonly writePending: number;
    readonly limit: number;
  }[];
  readonly rings: readonly {
    readonly from: string;
    readonly to: string;
    readonly items: number;
    readonly capacity: number;
  }[];
  readonly microOperations: readonly { readonly role: string; readonly count: number }[];
  readonly links: readonly {
    /** The array at its other end. */
    readonly peer: string;
    /** Of the links to that one. */
    readonly number: number;
    readonly sent: WayFigures;
    readonly received: WayFigures;
  }[];
  readonly journals: readonly JournalFigures[];
}

/** What is asked of another service processor: a request of its HTTP interface. */
export interface RemoteRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

export interface RemoteAnswer {
  /** As HTTP has it. */
  readonly status: number;
  readonly body: unknown;
}

export type RemoteHandler = (request: RemoteRequest) => Promise<RemoteAnswer>;

/** A debugger that was let in; everything stands then. */
export interface DebugAttached {
  /** It says so in all that it asks. */
  readonly session: string;
  readonly about: About;
  readonly stop: Stop;
}

export interface DebugProgress {
  readonly running: boolean;
  /** What log points said since it was asked last. */
  readonly lines: readonly string[];
  /** Where it stands. */
  readonly stop?: Stop;
}

/**
 * Lets one debugger at a time look at the arrays of this process. Each error is a Refusal, also when the session is over:
 * it let go, or was silent for longer than it said.
 */
export interface DebugDesk {
  /** All arrays of this process come to a stand. @param lease_ms so long may it be silent. */
  attach(lease_ms?: number): Promise<DebugAttached>;
  /** They go on as if nobody had looked. */
  detach(session: string): void;
  /** What they run now, also while they do. */
  about(session: string): About;
  /** Text of a file that what runs was assembled from; absent: it is not known. Also while they run. */
  source(session: string, file: string): { readonly text?: string };
  /** These and no others; without them, how it is with those that are set. */
  breaks(session: string, breaks?: readonly Break[]): readonly BreakState[];
  /** While they stand. */
  ask<Q extends Question>(session: string, question: Q, ask: AskOf<Q>): AnswerOf<Q>;
  /** They go on. Answers when they stand, or after some seconds; then `progress` is asked. */
  resume(session: string, how: Resume): Promise<DebugProgress>;
  pause(session: string): void;
  /** @param waits some seconds for a stop. */
  progress(session: string, waits: boolean): Promise<DebugProgress>;
}

/** What is left of an array at a moment: for traces and dumps. Its memory goes on meanwhile. */
export interface ArrayRemains {
  readonly config: ArrayConfig;
  readonly images: Images;
  /** What its roles ran before, newest first, as far as that is known. */
  readonly former: readonly Images[];
  readonly tables: ArrayTables;
  /** Of its directors that ever ran; none, where nobody wanted them. */
  readonly traces: readonly DirectorTrace[];
}

/** All may be called at any time; each error is a Refusal or an Unknown. */
export interface ServedSystem {
  /** Name of the rig. */
  readonly rig: string;
  readonly arrays: readonly ArrayView[];
  readonly links: readonly LinkView[];
  readonly microcode: readonly MicrocodeView[];
  /** Of an array of this process, also without power. */
  remains(array: string): ArrayRemains;
  /** Of the arrays of this process. */
  pairs(): Promise<readonly PairView[]>;
  /** Of the arrays of this process that have power. */
  volumes(): Promise<readonly VolumeView[]>;
  /** Sessions of hosts with the iSCSI targets of the arrays of this process. */
  hosts(): Promise<readonly HostView[]>;
  tracks(volume: string): Promise<TracksView>;
  /** Of the arrays of this process. */
  figures(): Promise<readonly ArrayFigures[]>;
  linkDown(link: string): Promise<LinkView>;
  linkUp(link: string): Promise<LinkView>;
  /** One more between two arrays that the rig joins. `port`: where it listens; without it, if both are here, any. */
  addLink(between: string, port?: number): Promise<LinkView>;
  /** As it was. What is under way on it goes over another one; the only one that is up cannot be removed. */
  removeLink(link: string): Promise<LinkView>;
  /** Power loss: host connections close, volatile memory is gone; battery memory and drives stay. */
  crash(array: string): Promise<ArrayView>;
  start(array: string): Promise<ArrayView>;
  /** A latent error: sectors of a volume, counted from 0, that its drive cannot read until they are written again. */
  spoilDrive(volume: string, from: number, to: number): Promise<DriveView>;
  /** The drive of a volume is lost: every read and write fails. */
  loseDrive(volume: string): Promise<DriveView>;
  /** An empty drive takes its place: what was on it is invalid, and comes from the other side where there is one. */
  replaceDrive(volume: string): Promise<DriveView>;
  /** A role goes on at another director of its array while hosts work. `director`: ARRAY:DIRECTOR. */
  moveRole(director: string, role: string): Promise<ArrayView>;
  /** A role goes on with another image while hosts work. @param file what errors call the image. */
  loadMicrocode(array: string, file: string, image: Uint8Array): Promise<MicrocodeView>;
  /** Planned in this process, and not cleared. */
  readonly faults: readonly FaultView[];
  /** @param image of a fault that loads microcode: the bytes of its file. Errors also: Error for a text that is no fault. */
  addFault(text: string, image?: Uint8Array): Promise<FaultView>;
  /** Those that wait do not come, those that last end; without a number, all. What is left. */
  clearFaults(number?: number): Promise<readonly FaultView[]>;
  /** Who lets a debugger look at the arrays of this process. */
  readonly debug: DebugDesk;
  /** Asks the service processor of an array at the other end of a link of this process's arrays. */
  remote(array: string, request: RemoteRequest): Promise<RemoteAnswer>;
  /** Who answers what others ask like that. */
  answerRemote(handler: RemoteHandler): void;
  /** At the side that does not serve; without `force` only if the other side can be asked and agrees. */
  failover(pair: string, force: boolean): Promise<FailoverView>;
  /** At the side that must act, if it is here. `force` is for create and delete. */
  command(pair: string, command: OperatorCommand, force: boolean): Promise<CommandView>;
  /** Begins a format change, on both sides of a pair; at the side that serves hosts. `bytes` of a block: 512 or 4096. */
  format(volume: string, bytes: number): Promise<FormatView>;
  /** @param group as ARRAY:GROUP, of the array that is its target. Other volumes there become what its volumes were. */
  restoreGroup(group: string, wish: RestoreWish): Promise<RestoreView>;
  /** Hosts may have a volume that got a part of an image. */
  release(volume: string): Promise<VolumeView>;
}
