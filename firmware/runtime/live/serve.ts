/** Boots arrays of a rig, each director on its thread, opens their volumes to hosts over NBD and joins their links. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { ArrayConfig, Images } from '../machine/config.js';
import { targetName } from '../machine/scsi-config.js';
import type { SourceOf } from './debug/looking.js';
import type { IscsiPlan, IscsiTarget, LinkPlan } from './director-job.js';
import { type LiveLink, type LiveRig, linkName, numbered, trunkTo } from './live-rig.js';
import { directorsOf, type PlacementName, placementOf } from './placement.js';
import { ServedArray } from './served-array.js';
import { ServedRig } from './served-rig.js';
import { StateFolder } from './state/state-folder.js';

export const LOOPBACK = '127.0.0.1';
export const NBD_PORT_BASE = 10809;
export const ISCSI_PORT_BASE = 3260;

/** So long is waited for pairs to say PAIR before the rig counts as up: all arrays are here, or some may be missing. */
const SETTLE_MS = 10_000;
const SETTLE_APART_MS = 1500;

export interface ServeOptions {
  readonly rig: LiveRig;
  readonly images: Images;
  /** The same images for one array, in which what it runs is counted; absent: nobody counts. */
  readonly countedFor?: (array: string) => Images;
  readonly placement: PlacementName;
  /** Serve this array and no other; undefined: all. */
  readonly only?: string;
  /** Port of the first array's NBD server, the others follow by position in the rig; 0: any that are free. */
  readonly portBase: number;
  /** The same of iSCSI, for arrays with a SCSI side; ISCSI_PORT_BASE when left out. */
  readonly iscsiPortBase?: number;
  /** By position in the rig: the array as an iSCSI target; one that admits any initiator when left out. */
  readonly targetOf?: (array: number) => IscsiTarget;
  /** What the two ends of a link must know, for a link between two processes. */
  readonly secretOf: (link: LiveLink) => Uint8Array;
  /** The folder in which the arrays outlive the process, and the text of the rig; without it they do not. */
  readonly state?: { readonly folder: string; readonly sourceText: string };
  /** Something about an array that an operator should hear. */
  readonly onTrouble?: (array: string, text: string) => void;
  /** Directors leave traces. */
  readonly isTraced?: boolean;
  /** Text of a file that an image was assembled from, for a debugger; undefined: it is not known. */
  readonly sourceOf?: SourceOf;
  /** A director has died; its array goes on as far as it can without it. */
  readonly onDead: (array: string, roles: readonly string[], reason: string, served: ServedArray) => void;
}

export interface Served {
  readonly system: ServedRig;
  readonly arrays: readonly {
    readonly name: string;
    readonly nbd: string;
    readonly iscsi?: string;
    readonly iqn?: string;
  }[];
  /** Answers what hosts asked, then stops. */
  close(): Promise<void>;
}

/**
 * Errors: RangeError for what cannot be served as asked; Error for a port that is in use; what booting throws. Nothing is
 * left open then.
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const { rig, portBase, only } = options;
  const positions = [...rig.arrays.keys()].filter((a) => only === undefined || rig.arrays[a].name === only);
  if (positions.length === 0) {
    const names = rig.arrays.map((a) => a.name).join(', ');
    throw new RangeError(`rig ${rig.name} has no array ${only}; it has ${names}`);
  }
  const { iscsiPortBase = ISCSI_PORT_BASE } = options;
  for (const base of [portBase, iscsiPortBase]) {
    if (base + rig.arrays.length - 1 <= 65535) continue;
    throw new RangeError(`port base is ${base}; ${rig.arrays.length} ports from there on must be 65535 at most`);
  }
  const folder =
    options.state && new StateFolder(options.state.folder, { ...rig, sourceText: options.state.sourceText });
  const served = new Map<number, ServedArray>();
  let system: ServedRig | undefined;
  const close = async (): Promise<void> => {
    // What stands for it must go on, or hosts get no answers.
    system?.debug.close();
    const ends = await Promise.allSettled([...served.values()].map((array) => array.close()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
  const threads = positions
    .map((a) => directorsOf(placementOf(options.placement, rig.arrays[a].roles)).length)
    .reduce((sum, n) => sum + n, 0);
  const shared = threads > availableParallelism();
  try {
    for (const a of positions) {
      const config = rig.arrays[a];
      const links = linkPlans(options, positions, served, a);
      const state = folder?.array(config);
      const array: ServedArray = new ServedArray({
        config,
        images: options.countedFor?.(config.name) ?? options.images,
        placement: options.placement,
        nbd: { host: LOOPBACK, port: portBase === 0 ? 0 : portBase + a },
        ...(config.scsi && { iscsi: iscsiPlan(options, a, iscsiPortBase === 0 ? 0 : iscsiPortBase + a) }),
        shared,
        onDead: (roles, reason) => options.onDead(config.name, roles, reason, array),
        isTraced: options.isTraced === true,
        onTrouble: (text) => options.onTrouble?.(config.name, text),
        links,
        ...(state && { state }),
      });
      served.set(a, array);
      await array.switchOn();
    }
    const arrays = positions.map((a) => served.get(a) as ServedArray);
    system = new ServedRig(rig, arrays, options.sourceOf);
    await system.settle(positions.length === rig.arrays.length ? SETTLE_MS : SETTLE_APART_MS);
    return { system, arrays: arrays.map(({ name, nbd, iscsi }) => ({ name, nbd, ...iscsi })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function iscsiPlan({ rig, targetOf }: ServeOptions, array: number, port: number): IscsiPlan {
  return { host: LOOPBACK, port, target: targetOf?.(array) ?? anyInitiator(rig.arrays[array]) };
}

const anyInitiator = ({ name }: ArrayConfig): IscsiTarget => ({
  name: targetName(name),
  portals: [],
  access: [{ group: 0 }],
});

/** Where the other end of a link listens; 0: not yet. */
const portOf = (array: ServedArray | undefined, peer: string, number: number): number =>
  array?.links.port(array.links.recordTo(peer, number)) ?? 0;

/** Secrets of links whose two ends are in this process: nobody else needs them. */
const ownSecrets = new WeakMap<LiveLink, Uint8Array>();

function linkPlans(
  { rig, secretOf }: ServeOptions,
  positions: readonly number[],
  served: ReadonlyMap<number, ServedArray>,
  a: number,
): LinkPlan[] {
  return numbered(rig).flatMap(({ link, number }) => {
    if (!link.between.includes(a)) return [];
    const isFirst = link.between[0] === a;
    const b = link.between[isFirst ? 1 : 0];
    const isHere = positions.includes(b);
    // Of two that are here, the one that has power first, so that the other knows where.
    const listens = isHere ? !served.has(b) : isFirst;
    const { remoteService = true, host = LOOPBACK } = link;
    const trunk = trunkTo(rig.arrays[a], b);
    const plan = { trunk, number, peer: rig.arrays[b].name, listens, host, remoteService };
    if (isHere) {
      const secret = ownSecrets.get(link) ?? randomBytes(32);
      ownSecrets.set(link, secret);
      return [{ ...plan, secret, port: listens ? 0 : portOf(served.get(b), rig.arrays[a].name, number) }];
    }
    if (link.port === undefined) {
      const name = linkName(rig, link).join('-');
      throw new RangeError(`rig ${rig.name}: link ${name} has no port, which it needs between two processes`);
    }
    return [{ ...plan, secret: secretOf(link), port: link.port }];
  });
}
