/** What passes between the service processor and the thread of a director, beside the rings. */
import type { MessagePort } from 'node:worker_threads';
import type { ChapTerms } from '../../../adapters/channel/iscsi/chap.js';
import type { SessionRecord } from '../../../adapters/channel/iscsi/statistics.js';
import type { DriveFile } from '../../../adapters/disk/file/drive-port.js';
import type { WireFault } from '../../../adapters/link/tcp/receive-gate.js';
import type { ServiceMessage } from '../../../adapters/link/tcp/service-channel.js';
import type { ArrayConfig, Images } from '../machine/config.js';
import type { DebugEvent } from './debug/orders.js';
import type { LogPlan } from './state/log-format.js';

/** Where the host port listens. */
export interface NbdPlan {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Whom an array's iSCSI target admits, and what they see. */
export interface IscsiAccess {
  /** Host group of the array. */
  readonly group: number;
  /** As the rig calls it; absent: the rig says nothing of hosts. */
  readonly name?: string;
  /** Names of initiators, in lower case; absent: any. */
  readonly initiators?: readonly string[];
  readonly chap?: ChapTerms;
}

/** An array as an iSCSI target. */
export interface IscsiTarget {
  /** Its iSCSI name. */
  readonly name: string;
  /** Where initiators are told to go, `address:port` each; none: where they have reached it. */
  readonly portals: readonly string[];
  /** The first that fits an initiator counts. */
  readonly access: readonly IscsiAccess[];
}

export interface IscsiPlan extends NbdPlan {
  readonly target: IscsiTarget;
}

/** The array's end of a link: one of the two ends listens, the other dials. */
export interface LinkPlan {
  /** Which of the array's trunks it is of, and its number among that one's links. */
  readonly trunk: number;
  readonly number: number;
  readonly peer: string;
  readonly secret: Uint8Array;
  readonly listens: boolean;
  readonly host: string;
  /** Where to listen (0: any that is free), or what to dial. */
  readonly port: number;
  /** The other array's service processor may ask this one's. */
  readonly remoteService: boolean;
}

/** What the drives are: memory of this process, or files. */
export type DrivesPlan =
  | { readonly buffers: readonly (readonly SharedArrayBuffer[])[] }
  | { readonly files: readonly DriveFile[] };

export interface DirectorJob {
  readonly config: ArrayConfig;
  readonly images: Images;
  readonly memory: SharedArrayBuffer;
  readonly drives: DrivesPlan;
  /** What is wrong with each drive, in words that DriveFaults reads. */
  readonly faults: readonly SharedArrayBuffer[];
  /** By director, where it writes its trace. */
  readonly traces?: readonly SharedArrayBuffer[];
  /** The link port's table of requests that came over links; a debugger looks into it. */
  readonly requests: SharedArrayBuffer;
  /** Keeps battery memory. */
  readonly log?: LogPlan;
  /** Placement stands in the memory. */
  readonly director: number;
  readonly nbd: NbdPlan;
  /** Where the array has a SCSI side. */
  readonly iscsi?: IscsiPlan;
  readonly links: readonly LinkPlan[];
  /** Records of those that the operator took down. */
  readonly held: readonly number[];
  /** How long the machine's clock stood for debuggers so far. */
  readonly stood_ns: number;
  /** Its processors are needed by others: do not stay awake for what might come. */
  readonly shared: boolean;
}

/** How a director is told what a standstill was for: its thread hears nothing else then. */
export interface Gate {
  /** Number of the standstill that is on; 0: none is. The director sleeps on it. */
  readonly shut: Int32Array;
  /** What came of it, a `Change`, before the gate opens. */
  readonly changes: MessagePort;
}

/** Placement in memory may have changed; `images` are all that the array runs from now on. */
export interface Change {
  readonly images: Images;
}

export interface LinkState {
  readonly state: 'up' | 'down' | 'held';
  readonly reason?: string;
}

/** From a director. */
export type Report =
  /** It runs; `listening`: by record of the link, the port. */
  | { readonly what: 'up'; readonly listening: Readonly<Record<number, number>> }
  | { readonly what: 'serving'; readonly nbd: NbdPlan; readonly iscsi?: NbdPlan }
  /** `where`: "HOST:PORT" that cannot be had. */
  | { readonly what: 'cannot serve'; readonly where: string; readonly code: string; readonly message: string }
  /** Of the iSCSI target: those that are open. */
  | { readonly what: 'hosts'; readonly sessions: readonly SessionRecord[] }
  | { readonly what: 'link'; readonly record: number; readonly link: LinkState }
  /** `port`: where it listens, or what it dials. */
  | { readonly what: 'link added'; readonly port: number }
  | { readonly what: 'link not added'; readonly message: string }
  | { readonly what: 'link removed' }
  | { readonly what: 'drained' }
  /** The battery's log has become long. */
  | { readonly what: 'log is long' }
  /** From the service processor of the array behind a trunk; or what is for it and could not leave. */
  | { readonly what: 'service' | 'unsent'; readonly trunk: number; readonly message: ServiceMessage }
  /** It stands still, for the standstill of this number. */
  | { readonly what: 'stands'; readonly standstill: number }
  /** To a debugger. */
  | { readonly what: 'debug'; readonly event: DebugEvent }
  /** Something that does not end it, and that people should know. */
  | { readonly what: 'trouble'; readonly text: string }
  /** It died, or could not start. */
  | { readonly what: 'fault'; readonly reason: string };

/** To a director that has sockets. Links are called by their records. */
export type Order =
  /** Opens the NBD server: the array has booted. */
  | { readonly what: 'serve' }
  /** It reports `hosts`. */
  | { readonly what: 'hosts' }
  /** Hosts get the answers that they wait for, then their connections close. */
  | { readonly what: 'drain' }
  /** Without a record, all of them. `reason`: it is not the operator who holds it. */
  | { readonly what: 'hold link'; readonly record?: number; readonly reason?: string }
  | { readonly what: 'release link'; readonly record?: number }
  /** From now on this, and nothing else, is wrong with what arrives over the link. */
  | { readonly what: 'link faults'; readonly record: number; readonly faults: readonly WireFault[] }
  | { readonly what: 'add link'; readonly link: LinkPlan }
  | { readonly what: 'remove link'; readonly record: number }
  /** To the service processor of the array behind a trunk, over any of its links. */
  | { readonly what: 'service'; readonly trunk: number; readonly message: ServiceMessage };
