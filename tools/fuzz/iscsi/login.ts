/** The way to a session, as initiators go it: texts, stages, CHAP. Nothing here is wrong by itself; what is wrong is made so. */
import { createHash } from 'node:crypto';
import type { ChapTerms } from '../../../adapters/channel/iscsi/chap.js';
import type { Access, TargetOptions } from '../../../adapters/channel/iscsi/target.js';
import { GROUP } from '../array.js';
import type { Chance } from '../chance.js';

export const TARGET = 'iqn.2026-11.example.arraylab:a';
const name = (who: string): string => `iqn.2026-11.example.host:${who}`;
export const HONEST = name('honest');
/** Who may come, by how it has to prove itself. */
export const OPEN = name('open');
export const PROVES = name('chap');
export const BOTH_PROVE = name('mutual');
export const STRANGER = name('stranger');

const CHAP: ChapTerms = { name: 'host', secret: 'what the host knows' };
const MUTUAL: ChapTerms = { ...CHAP, mutual: { name: 'array', secret: 'what the array knows' } };
const ACCESS = new Map<string, Access>([
  [HONEST, { group: GROUP.OWN }],
  [OPEN, { group: GROUP.ANY }],
  [PROVES, { group: GROUP.ANY, chap: CHAP }],
  [BOTH_PROVE, { group: GROUP.ANY, chap: MUTUAL }],
]);

export const TARGET_OPTIONS: TargetOptions = {
  name: TARGET,
  alias: 'fuzzed',
  portals: ['127.0.0.1:3260', '[::1]:3260'],
  access: (initiator) => ACCESS.get(initiator),
};

/** Keys of the operational stage, each with values that an initiator may say. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  HeaderDigest: ['None', 'CRC32C', 'CRC32C,None', 'None,CRC32C'],
  DataDigest: ['None', 'CRC32C', 'CRC32C,None', 'None,CRC32C'],
  MaxConnections: ['1', '8'],
  InitialR2T: ['Yes', 'No'],
  ImmediateData: ['Yes', 'No'],
  MaxRecvDataSegmentLength: ['512', '4096', '8192', '262144', '16777215'],
  MaxBurstLength: ['1024', '16384', '262144', '0x40000'],
  FirstBurstLength: ['512', '1024', '65536'],
  DefaultTime2Wait: ['0', '2'],
  DefaultTime2Retain: ['0', '20'],
  MaxOutstandingR2T: ['1', '4', '65535'],
  DataPDUInOrder: ['Yes', 'No'],
  DataSequenceInOrder: ['Yes', 'No'],
  ErrorRecoveryLevel: ['0', '2'],
  TaskReporting: ['RFC3720', 'ResponseFence,RFC3720'],
  iSCSIProtocolLevel: ['1', '2'],
  IFMarker: ['No'],
  'X-com.example.fuzz': ['anything'],
};

/** Some of them, in the order of the table. */
export function someKeys(chance: Chance): string[] {
  const share = chance.between(1, 4);
  const pairs = Object.entries(KEYS).filter(() => chance.below(4) < share);
  return pairs.map(([key, values]) => `${key}=${chance.pick(values)}`);
}

const DIGESTS: readonly (readonly [number, string])[] = [
  [5, 'md5'],
  [7, 'sha256'],
  [8, 'sha3-256'],
];

/** What an initiator that knows the secret says to a challenge. */
export function chapAnswer(offered: ReadonlyMap<string, string>, secret = CHAP.secret): string {
  const digest = DIGESTS.find(([number]) => String(number) === offered.get('CHAP_A'))?.[1] ?? 'md5';
  const challenge = Buffer.from((offered.get('CHAP_C') ?? '').slice(2), 'hex');
  const identifier = Buffer.of(Number(offered.get('CHAP_I') ?? 0) & 0xff);
  return `0x${createHash(digest).update(identifier).update(secret).update(challenge).digest('hex')}`;
}

export const CHAP_NAME = CHAP.name;
/** What the target has to answer to challenge 0x…: of an initiator that asks it to prove itself, too. */
export const TARGET_SECRET = MUTUAL.mutual?.secret ?? '';
export const needsChap = (initiator: string): boolean => ACCESS.get(initiator)?.chap !== undefined;
