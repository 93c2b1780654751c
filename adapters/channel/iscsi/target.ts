/** What this target is and whom it admits: given by whoever starts the server. */
import { type ChapTerms, checkChap } from './chap.js';
import type { Pair } from './text.js';

/** What an initiator may do. */
export interface Access {
  /** Host group of the array: which LUNs it sees. */
  readonly group: number;
  /** It must prove itself by this; undefined: its name is believed. */
  readonly chap?: ChapTerms;
}

export interface TargetOptions {
  /** iSCSI name, for example `iqn.2026-11.example.arraylab:a`. */
  readonly name: string;
  readonly alias?: string;
  /** Where initiators are told to go, `address:port` each. All are of one portal group. */
  readonly portals: readonly string[];
  /** By initiator name (in lower case); undefined: it may not log in. */
  readonly access: (initiator: string) => Access | undefined;
  /** Who may ask for targets: all, only those with access (the default), nobody. Each is told of what it has access to. */
  readonly discovery?: 'all' | 'known' | 'none';
  /** Initiators that ask for targets must prove themselves by this. */
  readonly discoveryChap?: ChapTerms;
}

/** All portals are of one group. */
export const PORTAL_GROUP = 1;

const NAME_BYTES_MAX = 223;

/** Is it an iSCSI name (RFC 7143, 4.2.7)? */
export function isName(name: string): boolean {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) return false;
  return /^(iqn\.\d{4}-\d{2}\.[^\s,]+|eui\.[0-9a-f]{16}|naa\.[0-9a-f]{16}([0-9a-f]{16})?)$/i.test(name);
}

/** Errors: RangeError that names the field and what would be right. */
export function checkTarget({ name, portals, discoveryChap }: TargetOptions): void {
  if (!isName(name)) throw new RangeError(`target name ${name}: it must be like iqn.2026-11.example.arraylab:a`);
  if (name !== name.toLowerCase()) throw new RangeError(`target name ${name}: it must be in lower case`);
  for (const portal of portals) {
    if (/^(\[[0-9a-f:.]+\]|[^\s,:]+):\d{1,5}$/i.test(portal)) continue;
    throw new RangeError(`portal ${portal}: it must be address:port`);
  }
  if (discoveryChap !== undefined) checkChap(discoveryChap);
}

/**
 * The answer to SendTargets; undefined: the value is none.
 * @param here whether the session is one with this target, which an empty value then means
 * @param reached where the initiator reached this server: told when no portals are set
 */
export function sendTargets(
  value: string,
  target: TargetOptions,
  initiator: string,
  here: boolean,
  reached: string,
): Pair[] | undefined {
  if (value === '' ? !here : value !== 'All' && !isName(value)) return undefined;
  // In a normal session only of itself is told (RFC 7143, Appendix C); here that is all there is.
  const meant = value === '' || value === 'All' || value.toLowerCase() === target.name;
  if (!meant || target.access(initiator) === undefined) return [];
  const portals = target.portals.length === 0 ? [reached] : target.portals;
  return [
    ['TargetName', target.name],
    ...portals.map((portal): Pair => ['TargetAddress', `${portal},${PORTAL_GROUP}`]),
  ];
}
