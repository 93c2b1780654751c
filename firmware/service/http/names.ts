/** How people write arrays, volumes and links: the forms, and the words that errors use for them. */
import { LINKS_MAX } from '../../memory/constants.js';

import { BLOCK_BYTES } from '../../runtime/machine/config.js';

export interface NameForm {
  readonly pattern: RegExp;
  /** Follows "it must be". */
  readonly right: string;
}

const NAME = '[A-Za-z][A-Za-z0-9_-]{0,31}';

export const ARRAY_NAME: NameForm = {
  pattern: new RegExp(`^${NAME}$`),
  right: 'the name of an array: a letter, then up to 31 letters, digits, "_" or "-"',
};

export const VOLUME_NAME: NameForm = {
  pattern: new RegExp(`^${NAME}:${NAME}$`),
  right: '"ARRAY:VOLUME", a volume with its array, for example "A:data0"',
};

export const PAIR_NAME: NameForm = {
  pattern: new RegExp(`^${NAME}:${NAME}(@${NAME})?$`),
  right:
    '"ARRAY:VOLUME", the primary volume of the pair with its array, for example "A:data0", or "A:data0@C", with the array of its other side, where it is the primary of several',
};

export const GROUP_NAME: NameForm = {
  pattern: VOLUME_NAME.pattern,
  right: '"ARRAY:GROUP", a journal group with the array that is its target, for example "B:orders"',
};

export const SECTOR_RANGE: NameForm = {
  pattern: /^\d{1,10}(-\d{1,10})?$/,
  right: '"FROM-TO" or one number: sectors of the volume, counted from 0, for example "0-7"',
};

/** What SECTOR_RANGE wrote: both ends are in it. */
export function sectorRange(text: string): readonly [number, number] {
  const [from = '', to = from] = text.split('-');
  return [Number(from), Number(to)];
}

export const DIRECTOR_NAME: NameForm = {
  pattern: VOLUME_NAME.pattern,
  right: '"ARRAY:DIRECTOR", a director with its array, for example "A:ca1"',
};

export const FAULT_NUMBER: NameForm = {
  pattern: /^\d{1,9}$/,
  right: 'the number of a fault, as the list of faults has it',
};

export const LINK_NAME: NameForm = {
  pattern: new RegExp(`^${NAME}-${NAME}(:[0-${LINKS_MAX - 1}])?$`),
  right: '"ARRAY-ARRAY", the two arrays that the link joins, for example "A-B", or "A-B:1" where there are several',
};

export const ARRAYS_NAME: NameForm = {
  pattern: new RegExp(`^${NAME}-${NAME}$`),
  right: '"ARRAY-ARRAY", the two arrays that the link shall join, for example "A-B"',
};

export const BLOCK_SIZE: NameForm = {
  pattern: new RegExp(`^(${BLOCK_BYTES.join('|')})$`),
  right: `${BLOCK_BYTES.join(' or ')}, bytes of a block`,
};

/** The array of a volume that is written as VOLUME_NAME says. */
export function arrayOf(volume: string): string {
  return volume.slice(0, volume.indexOf(':'));
}
