/**
 * What becomes of a pair: by its state, as its source has it (of SMPL: either side), what each event makes of it. A test
 * holds the microcode to every cell; refusals say from here what is possible. The other side can be asked, unless the event
 * says otherwise, and the pair owes something, but in PAIR.
 */
import type { PAIR_STATE } from './constants.js';

export type PairState = keyof typeof PAIR_STATE;

/** What an operator may tell a pair. Failover, swap and failback are for the side that is target. */
export const PAIR_COMMANDS = ['create', 'suspend', 'resume', 'failover', 'swap', 'failback', 'delete'] as const;
export type PairCommandName = (typeof PAIR_COMMANDS)[number];

export const PAIR_EVENTS = [
  ...PAIR_COMMANDS,
  'failover --force',
  'link down',
  'link up',
  'host write',
  'power on',
] as const;
export type PairEvent = (typeof PAIR_EVENTS)[number];

/** undefined: refused, and nothing changes. */
type Row = Readonly<Record<PairEvent, PairState | undefined>>;
export type StateTable = Readonly<Record<PairState, Row>>;
/** Cells that a recipe, or what a pair chose of it, makes different; null: refused. */
export type StateChanges = Readonly<Partial<Record<PairState, Readonly<Partial<Record<PairEvent, PairState | null>>>>>>;

const no = undefined;

/** What the side that serves hosts is in after the event, at first: a session that opens makes COPY of SSWS, and PAIR of COPY. */
const row = (of: string): Row => {
  const cells = of.split(/ +/).map((cell) => (cell === '-' ? no : (cell as PairState)));
  return Object.fromEntries(PAIR_EVENTS.map((event, i) => [event, cells[i]])) as Row;
};

/** By itself; recipes say in their own files what is different in theirs. */
export const PAIR_STATES: StateTable = {
  //        create suspend resume failover swap failback delete force link↓ link↑ write power
  SMPL: row('COPY  -       -      -        -    -        -      -     SMPL  SMPL  SMPL  SMPL'),
  COPY: row('-     PSUS    -      -        -    -        SMPL   SSWS  PSUE  COPY  COPY  COPY'),
  PAIR: row('-     PSUS    -      SSWS     SSWS SSWS     SMPL   SSWS  PSUE  PAIR  PAIR  PAIR'),
  PSUS: row('-     -       COPY   -        -    -        SMPL   SSWS  PSUS  PSUS  PSUS  PSUS'),
  PSUE: row('-     -       COPY   -        -    -        SMPL   SSWS  PSUE  COPY  PSUE  PSUE'),
  SSWS: row('-     -       -      -        -    -        SMPL   SSWS  SSWS  COPY  SSWS  SSWS'),
};

/** The table with these changes, one after the other. */
export function changedStates(changes: readonly StateChanges[]): StateTable {
  const table = (Object.keys(PAIR_STATES) as PairState[]).map((state) => {
    const cells: Partial<Record<PairEvent, PairState | undefined>> = { ...PAIR_STATES[state] };
    for (const change of changes)
      for (const event of PAIR_EVENTS) {
        const then = change[state]?.[event];
        if (then !== undefined) cells[event] = then ?? undefined;
      }
    return [state, cells] as const;
  });
  return Object.fromEntries(table) as StateTable;
}

/** Commands that are possible in a state, as an operator writes them. */
export function possibleIn(state: PairState): string[] {
  const cells = PAIR_STATES[state];
  return PAIR_COMMANDS.flatMap((command) => {
    if (cells[command] !== undefined) return [command];
    return command === 'failover' && cells['failover --force'] !== undefined ? ['failover --force'] : [];
  });
}
