/** What can be wrong with `key=value` text. */
import type { Chance } from '../chance.js';

const VALUES = [
  '',
  '0',
  '-1',
  '00',
  '0x',
  '0x0',
  '0xffffffff',
  '0x100000000',
  '4294967295',
  '4294967296',
  '16777216',
  '511',
  '1e3',
  'yes',
  'Yes,No',
  ',',
  ',,CRC32C',
  'None,',
  'Reject',
  'Irrelevant',
  'NotUnderstood',
  '0b',
  '0b====',
  '0bAAA',
  '0xabc',
  '\u00e4\u{1f600}',
  '=',
  'a=b',
];
const KEYS = [
  '',
  ' ',
  'headerdigest',
  'Header Digest',
  'HeaderDigest ',
  '=',
  'X-',
  'X#',
  '1Key',
  'TargetAddress',
  'CHAP_R',
  'AuthMethod',
  'InitiatorName',
  'SessionType',
  'TargetName',
  'Key\u00e9',
];

type Spoil = (pairs: string[], chance: Chance) => void;

const anywhere = (pairs: readonly string[], chance: Chance): number => chance.below(Math.max(pairs.length, 1));

const SPOILS: readonly (readonly [weight: number, readonly [name: string, Spoil]])[] = [
  [
    6,
    [
      'value',
      (pairs, chance) => {
        const at = anywhere(pairs, chance);
        const [key] = (pairs[at] ?? 'X-a').split('=');
        pairs[at] = `${key}=${chance.pick(VALUES)}`;
      },
    ],
  ],
  [
    4,
    [
      'key',
      (pairs, chance) => {
        const at = anywhere(pairs, chance);
        const value = (pairs[at] ?? '').split('=').slice(1).join('=');
        pairs[at] = `${chance.pick(KEYS)}=${value}`;
      },
    ],
  ],
  [2, ['said twice', (pairs, chance) => pairs.push(pairs[anywhere(pairs, chance)] ?? 'X-a=b')]],
  [2, ['no value', (pairs, chance) => (pairs[anywhere(pairs, chance)] = 'HeaderDigest')]],
  [2, ['missing', (pairs, chance) => pairs.splice(anywhere(pairs, chance), 1)]],
  [2, ['order', (pairs, chance) => pairs.unshift(...pairs.splice(anywhere(pairs, chance), 1))]],
  [
    2,
    ['long value', (pairs, chance) => pairs.push(`X-long=${'v'.repeat(chance.pick([255, 256, 4000, 8000, 17_000]))}`)],
  ],
  [1, ['long key', (pairs, chance) => pairs.push(`X-${'k'.repeat(chance.pick([60, 61, 62, 300]))}=1`)]],
  [
    1,
    ['many', (pairs, chance) => pairs.push(...Array.from({ length: chance.pick([250, 300]) }, (_, i) => `X-${i}=1`))],
  ],
  [1, ['empty pairs', (pairs, chance) => pairs.splice(anywhere(pairs, chance), 0, '', '')]],
  [1, ['long list', (pairs, chance) => pairs.push(`AuthMethod=${'KRB5,'.repeat(chance.pick([1, 50, 900]))}CHAP`)]],
];

/** Changes the pairs; what was done. */
export function spoilPairs(pairs: string[], chance: Chance): string {
  const [name, spoil] = chance.weighed(SPOILS);
  spoil(pairs, chance);
  return name;
}

/** The same of text as bytes. */
export function spoilBytes(text: Buffer, chance: Chance): Buffer {
  const kind = chance.below(4);
  if (kind === 0) return text.subarray(0, Math.max(0, text.length - 1));
  if (kind === 1) return Buffer.concat([text, chance.bytes(chance.between(1, 9))]);
  if (text.length === 0) return Buffer.alloc(chance.between(1, 4));
  const copy = Buffer.from(text);
  copy[chance.below(copy.length)] = kind === 2 ? 0 : chance.byte();
  return copy;
}
