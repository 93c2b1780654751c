/** Reads a fault as people write it (kinds.ts has the forms). Which names there are is another matter: names.ts. */
import { FLAG } from '../../../memory/constants.js';
import { PAIR_STATES, type PairState } from '../../../memory/pair-states.js';
import { MICROCODED_ROLES, ROLES, type Role } from '../../../ports/messages.js';
import { DIRECTORS } from '../director-names.js';
import {
  COMPARES,
  type Condition,
  type Fault,
  type FaultValue,
  type FlagName,
  printTime,
  type Start,
} from './fault.js';
import { KIND_NAMES, KINDS, type KindSpec, TARGETS, type TargetForm, VALUES } from './kinds.js';
import { Words } from './words.js';

const NAME = '[A-Za-z][A-Za-z0-9_-]{0,31}';
/** Of a link, which dash joins its arrays is said by the rig: their names may have some, too. */
const PATTERNS: Readonly<Record<TargetForm, RegExp>> = {
  link: new RegExp(`^${NAME}-${NAME}(:[0-7])?$`),
  way: new RegExp(`^${NAME}->${NAME}(:[0-7])?$`),
  array: new RegExp(`^${NAME}$`),
  director: new RegExp(`^${NAME}:(${DIRECTORS.join('|')})$`),
  role: new RegExp(`^${NAME}:(${MICROCODED_ROLES.join('|')})$`),
  volume: new RegExp(`^${NAME}:${NAME}$`),
  command:
    /^(pair (create|delete|failover)( --force)?|pair (suspend|resume|swap|failback)|volume format) [A-Za-z][\w-]*:[A-Za-z][\w-]*( (512|4096))?$/,
};
const COMMAND_RIGHT =
  '"pair create|delete|failover ARRAY:VOLUME [--force]", "pair suspend|resume|swap|failback ARRAY:VOLUME" or "volume format ARRAY:VOLUME 512|4096", in quotes';
const ARRAY_OR_LINK = new RegExp(`^(${NAME})(?::([0-7]))?$`);
const PLACE = new RegExp(`^${NAME}(:${NAME})?$`);
const RING = new RegExp(`^(${NAME}):(${ROLES.join('|')})->(${ROLES.join('|')})$`);
const LABEL = /^([\w./-]+\.uc):([\w.]+)$/;
const FLAGS = Object.keys(FLAG).filter((name) => name !== 'WRITTEN' && name !== 'FBA_4096') as FlagName[];
/** A drive keeps it as a word of microseconds. */
const SLOWNESS_MOST_NS = 2000e9;
const STATES = Object.keys(PAIR_STATES) as PairState[];
const CONDITION_RIGHT = `a condition: ${FLAGS.join(', ')}, no, pair, write-pending, credits or ring`;

/** Errors: RangeError that names the word at fault, its column, and what would be right. */
export function parseFault(text: string): Fault {
  const words = new Words(text);
  const kind = words.oneOf(KIND_NAMES, `a fault: ${KIND_NAMES.join(', ')}`);
  const spec = KINDS[kind];
  const target = targetOf(words, spec.target);
  const value = spec.value && readValue(words, spec);
  let start: Start | undefined;
  let ratio: Fault['ratio'];
  let for_ns: number | undefined;
  while (words.peek() !== undefined) {
    if (start === undefined && words.takes('at')) start = atOf(words);
    else if (start === undefined && words.takes('when'))
      start = { at: 'state', condition: conditionOf(words), ...sequelOf(words) };
    else if (spec.strikes && ratio === undefined && words.takes('ratio')) ratio = ratioOf(words);
    else if (spec.lasts && for_ns === undefined && words.takes('for')) {
      for_ns = words.time('how long it lasts');
      if (for_ns === 0) throw words.wasWrong('how long it lasts, more than nothing');
    } else throw words.wrong(restOf(spec, start !== undefined, ratio !== undefined, for_ns !== undefined));
  }
  return {
    kind,
    target,
    ...(value && { value }),
    start: start ?? { at: 'once' },
    ...(ratio && { ratio }),
    ...(for_ns !== undefined && { for_ns }),
  };
}

/** A condition by itself, as it stands behind "when". Errors: as `parseFault`. */
export function parseCondition(text: string): Condition {
  const words = new Words(text, 'condition');
  const condition = conditionOf(words);
  if (words.peek() !== undefined) throw words.wrong('the end');
  return condition;
}

/** What may still come, in words. */
function restOf(spec: KindSpec, hasStart: boolean, hasRatio: boolean, hasFor: boolean): string {
  const rest = [
    ...(hasStart ? [] : ['at', 'when']),
    ...(spec.strikes && !hasRatio ? ['ratio'] : []),
    ...(spec.lasts && !hasFor ? ['for'] : []),
  ];
  return [...rest, 'the end'].join(', ').replace(/, ([^,]*)$/, ' or $1');
}

function targetOf(words: Words, form: TargetForm): string {
  if (form === 'command') return commandOf(words);
  return words.match(PATTERNS[form], TARGETS[form].right)[0];
}

/** As `ctl` has it: `--force` may stand before or after the name. */
function commandOf(words: Words): string {
  const said = words.peek()?.trim().split(/\s+/) ?? [];
  const isForced = said.includes('--force');
  const [group = '', what = '', ...rest] = said.filter((word) => word !== '--force');
  const command = [group, isForced ? `${what} --force` : what, ...rest].join(' ');
  const isFormat = group === 'volume';
  if (!PATTERNS.command.test(command) || isFormat !== / (512|4096)$/.test(command)) throw words.wrong(COMMAND_RIGHT);
  words.take(COMMAND_RIGHT);
  return command;
}

function readValue(words: Words, { value, isValueOptional }: KindSpec): FaultValue | undefined {
  const { right } = VALUES[value ?? 'time'];
  if (isValueOptional && !/^\d/.test(words.peek() ?? '')) return undefined;
  switch (value) {
    case 'slowness':
      return slownessOf(words, right);
    case 'sectors': {
      const [, from = '', to = from] = words.match(/^(\d{1,9})(?:-(\d{1,9}))?$/, right);
      if (Number(from) > Number(to)) throw words.wasWrong(right);
      return { is: 'sectors', from: Number(from), to: Number(to) };
    }
    case 'track':
      if (!words.takes('track')) throw words.wrong(right);
      return { is: 'track', track: words.count('the number of a track') };
    case 'file':
      return { is: 'file', file: words.match(/[\s\S]/, right).input };
    default:
      return { is: 'time', time_ns: words.time(right) };
  }
}

function slownessOf(words: Words, right: string): FaultValue {
  if (!words.peek()?.startsWith('x')) {
    const time_ns = words.time(right);
    if (time_ns > SLOWNESS_MOST_NS) throw words.wasWrong(`${right}; ${printTime(SLOWNESS_MOST_NS)} is the most`);
    return { is: 'time', time_ns };
  }
  const factor = Number(words.match(/^x(\d{1,4})$/, right)[1]);
  if (factor < 1) throw words.wasWrong(right);
  return { is: 'factor', factor };
}

function atOf(words: Words): Start {
  if (!words.takes('label')) return { at: 'time', time_ns: words.time('a time, or "label"') };
  const [, file = '', label = ''] = words.match(LABEL, 'FILE:LABEL, for example apply/at-once.uc:merged');
  if (!words.takes('on')) throw words.wrong('"on" and an array');
  const array = words.match(PATTERNS.array, TARGETS.array.right)[0];
  return { at: 'label', file, label, array, ...sequelOf(words) };
}

function sequelOf(words: Words): { nth: number; after_ns: number } {
  const nth = words.takes('nth') ? words.count('a number from 1', 1) : 1;
  return { nth, after_ns: words.takes('after') ? words.time('how long after it') : 0 };
}

function ratioOf(words: Words): { of: number; outOf: number } {
  const right = 'a ratio from 1/1000000 to 1/1, for example 1/100';
  const [, of = 0, outOf = 0] = words.match(/^(\d{1,7})\/(\d{1,7})$/, right).map(Number);
  if (of < 1 || of > outOf || outOf > 1_000_000) throw words.wasWrong(right);
  return { of, outOf };
}

function conditionOf(words: Words): Condition {
  if (words.takes('pair')) {
    const volume = words.match(PATTERNS.volume, TARGETS.volume.right)[0];
    if (!words.takes('is')) throw words.wrong('"is" and a state');
    return { of: 'pair', volume, state: words.oneOf(STATES) };
  }
  if (words.takes('write-pending')) {
    const place = words.match(PLACE, 'an array or a volume, for example A or A:data0')[0];
    return { of: 'write-pending', place, ...compareOf(words) };
  }
  if (words.takes('credits')) {
    const [, array = '', link] = words.match(ARRAY_OR_LINK, 'an array, or a link of it, for example A or A:0');
    return { of: 'credits', array, ...(link !== undefined && { link: Number(link) }), ...compareOf(words) };
  }
  if (words.takes('ring')) {
    const [, array = '', from = '', to = ''] = words.match(RING, 'ARRAY:FROM->TO, for example A:data->cache');
    return { of: 'ring', array, from: from as Role, to: to as Role, ...compareOf(words) };
  }
  const isSet = !words.takes('no');
  const flag = words.oneOf(FLAGS, isSet ? CONDITION_RIGHT : FLAGS.join(', '));
  if (!words.takes('of')) throw words.wrong('"of" and a volume');
  const volume = words.match(PATTERNS.volume, TARGETS.volume.right)[0];
  const track = words.takes('track') ? words.count('the number of a track') : undefined;
  return { of: 'flag', flag, isSet, volume, ...(track !== undefined && { track }) };
}

function compareOf(words: Words): { compare: (typeof COMPARES)[number]; count: number } {
  return { compare: words.oneOf(COMPARES), count: words.count('a whole number') };
}
