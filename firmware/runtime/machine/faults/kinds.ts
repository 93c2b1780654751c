/**
 * What can be made to go wrong, one table: parser, printer, help and documentation are made of it. `simulated` and `live`
 * say where a kind is possible; a text says what must be known of it there, and `false` that it is not.
 */

/** What a fault names first, as `ctl` writes it. */
export const TARGETS = {
  link: { form: 'LINK', right: 'a link, for example A-B, or A-B:1 where there are several (without a number: all)' },
  way: { form: 'ARRAY->ARRAY', right: 'one way of a link, for example A->B, or A->B:1 where there are several' },
  array: { form: 'ARRAY', right: 'an array, for example A' },
  director: { form: 'ARRAY:DIRECTOR', right: 'a director, for example A:ca1' },
  role: { form: 'ARRAY:ROLE', right: 'a role of an array, for example A:data' },
  volume: { form: 'ARRAY:VOLUME', right: 'a volume, for example A:data0' },
  command: { form: '"COMMAND"', right: 'a command of ctl in quotes, for example "pair suspend A:data0"' },
} as const;
export type TargetForm = keyof typeof TARGETS;

/** What follows the target. */
export const VALUES = {
  time: { form: 'TIME', right: 'a time, for example 3ms' },
  slowness: { form: 'xN|TIME', right: 'how much slower, for example x20 or 5ms more' },
  sectors: { form: 'FROM-TO', right: 'sectors of the volume, counted from 0, for example 8-15' },
  track: { form: 'track N', right: 'a track of the volume, for example track 3' },
  file: { form: 'FILE', right: 'the path of an image' },
} as const;
export type ValueForm = keyof typeof VALUES;

export interface KindSpec {
  readonly target: TargetForm;
  readonly value?: ValueForm;
  /** It may be left out. */
  readonly isValueOptional?: boolean;
  /** It ends by itself: `for TIME`. */
  readonly lasts?: boolean;
  /** It strikes frames one at a time: `ratio N/M` of them; without a ratio, or a `for`, the next one. */
  readonly strikes?: 'every' | 'next';
  readonly simulated: true | string;
  readonly live: boolean | string;
  readonly help: string;
}

const KIND_TABLE = {
  cut: { target: 'link', lasts: true, simulated: true, live: true, help: 'the link is down; then it comes up again' },
  'one-way': {
    target: 'way',
    lasts: true,
    simulated: 'after 2.5 s without a frame the connection ends, as live',
    live: 'after 2.5 s the connection ends, and no other comes until it is over',
    help: 'nothing arrives that way, and what the other array says still does',
  },
  delay: {
    target: 'link',
    value: 'time',
    lasts: true,
    strikes: 'every',
    simulated: true,
    live: 'what arrives at once counts as a frame',
    help: 'frames take so much longer, and keep their order',
  },
  lose: {
    target: 'link',
    value: 'time',
    isValueOptional: true,
    lasts: true,
    strikes: 'next',
    simulated: 'TCP sends it again, after 200 ms if no time is said; what was sent later waits for it',
    live: 'as simulated; what arrives at once counts as a frame',
    help: 'a frame is lost on the wire',
  },
  damage: {
    target: 'link',
    lasts: true,
    strikes: 'next',
    simulated: true,
    live: 'what arrives at once counts as a frame',
    help: 'a frame arrives damaged: its CRC says so, and the connection ends',
  },
  'power-loss': {
    target: 'array',
    lasts: true,
    simulated: true,
    live: true,
    help: 'the array loses power; then it is switched on again',
  },
  'power-on': { target: 'array', simulated: true, live: true, help: 'the array is switched on' },
  hang: {
    target: 'director',
    lasts: true,
    simulated: true,
    live: 'between two turns; a fused array has one director, ca1',
    help: 'the director does nothing; then it goes on',
  },
  crash: {
    target: 'director',
    simulated: true,
    live: 'a fused array has one director, ca1',
    help: 'the director dies; its array goes on without it',
  },
  restart: {
    target: 'director',
    simulated: true,
    live: true,
    help: 'the director starts anew: with its whole array, which is switched off and on',
  },
  'drive-lose': {
    target: 'volume',
    simulated: true,
    live: true,
    help: "every read and write of the volume's drive fails",
  },
  'drive-replace': { target: 'volume', simulated: true, live: true, help: 'an empty drive takes its place' },
  'drive-latent': {
    target: 'volume',
    value: 'sectors',
    simulated: true,
    live: true,
    help: 'the drive cannot read these sectors until they are written again',
  },
  'drive-slow': {
    target: 'volume',
    value: 'slowness',
    lasts: true,
    simulated: true,
    live: false,
    help: 'each operation of the drive takes so many times its time, or so much more',
  },
  'drive-torn': {
    target: 'volume',
    simulated: true,
    live: false,
    help: 'of the next write of several sectors the first ones land, and it ends with an error',
  },
  'slot-parity': {
    target: 'volume',
    value: 'track',
    simulated: 'as soon as a slot holds the track and nobody uses it',
    live: 'as soon as a slot holds the track and nobody uses it',
    help: 'the cache slot of the track has a parity error: its bytes are lost',
  },
  'withhold-credits': {
    target: 'array',
    lasts: true,
    simulated: true,
    live: false,
    help: 'credits that the array gives back to the other one do not arrive; then all of them do',
  },
  'microcode-load': {
    target: 'role',
    value: 'file',
    simulated: true,
    live: true,
    help: 'the role goes on with another image, while hosts work',
  },
  operator: {
    target: 'command',
    simulated: true,
    live: true,
    help: 'an operator says: pair create|delete|failover [--force], pair suspend|resume|swap|failback, volume format',
  },
} as const satisfies Readonly<Record<string, KindSpec>>;

export type FaultKind = keyof typeof KIND_TABLE;
export const KINDS: Readonly<Record<FaultKind, KindSpec>> = KIND_TABLE;
export const KIND_NAMES = Object.keys(KINDS) as FaultKind[];

/** `delay LINK TIME [for TIME]`: how a kind is written, without when. */
export function formOf(kind: FaultKind): string {
  const { target, value, isValueOptional, strikes, lasts } = KINDS[kind];
  const words: string[] = [kind, TARGETS[target].form];
  if (value) words.push(isValueOptional ? `[${VALUES[value].form}]` : VALUES[value].form);
  if (strikes) words.push('[ratio N/M]');
  if (lasts) words.push('[for TIME]');
  return words.join(' ');
}

/** When a fault strikes. */
export const STARTS: readonly { readonly form: string; readonly help: string }[] = [
  { form: '(nothing)', help: 'at once' },
  { form: 'at TIME', help: 'so long after the start of the run; live, after it was added' },
  { form: 'when CONDITION [nth N] [after TIME]', help: 'when it begins to hold, for the Nth time' },
  {
    form: 'at label FILE:LABEL on ARRAY [nth N] [after TIME]',
    help: 'before the instruction at a label of the microcode; simulated only',
  },
];

export const CONDITIONS: readonly { readonly form: string; readonly help: string }[] = [
  { form: '[no] FLAG of ARRAY:VOLUME [track N]', help: 'the flag is set; without a track: of any, or of none' },
  { form: 'pair ARRAY:VOLUME is STATE', help: 'SMPL, COPY, PAIR, PSUS, PSUE, SSWS, as that array has it' },
  { form: 'write-pending ARRAY[:VOLUME] OP N', help: 'slots that wait for their drive (OP: = < > <= >=)' },
  { form: 'credits ARRAY[:LINK] OP N', help: 'writes that the array may still send, over a link or all' },
  { form: 'ring ARRAY:FROM->TO OP N', help: 'messages in the ring between two roles' },
];

/** The kinds as a table in Markdown, for README.md: how each is written, and where it is possible. */
export function faultTable(): string {
  const where = (possible: boolean | string): string =>
    possible === true ? 'yes' : possible === false ? 'no' : possible;
  const rows = KIND_NAMES.map((kind) => {
    const { help, simulated, live } = KINDS[kind];
    return `| \`${formOf(kind).replaceAll('|', '\\|')}\` | ${help.replaceAll('|', '\\|')} | ${where(simulated)} | ${where(live)} |`;
  });
  return `| fault | what it does | simulated | live |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** The three tables, for `--help`. */
export function faultHelp(where: 'simulated' | 'live'): string {
  const width = Math.max(...KIND_NAMES.map((kind) => formOf(kind).length)) + 2;
  const lines = KIND_NAMES.flatMap((kind) => {
    const spec = KINDS[kind];
    if (spec[where] === false) return [];
    const note = typeof spec[where] === 'string' ? ` (${spec[where]})` : '';
    return [`  ${formOf(kind).padEnd(width)}${spec.help}${note}`];
  });
  const rows = (all: typeof STARTS): string[] => {
    const wide = Math.max(...all.map(({ form }) => form.length)) + 2;
    return all.map(({ form, help }) => `  ${form.padEnd(wide)}${help}`);
  };
  const starts = where === 'live' ? STARTS.filter(({ form }) => !form.includes('label')) : STARTS;
  return `${lines.join('\n')}\n\nWhen:\n${rows(starts).join('\n')}\n\nConditions:\n${rows(CONDITIONS).join('\n')}\n\nTimes are whole or decimal numbers with ns, us, ms or s: 20us, 1.5ms.\n`;
}
