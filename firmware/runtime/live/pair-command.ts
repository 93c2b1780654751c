/** What an operator tells a pair (system.ts): the message that says it, the side that must hear it, and what its answer means. */
import { PAIR_STATE, RESULT } from '../../memory/constants.js';
import { type PairState, possibleIn } from '../../memory/pair-states.js';
import { KIND } from '../../ports/messages.js';
import type { LinkEndView, OperatorCommand, PairSideView, PairStateName } from './system.js';
import { toSeconds } from './volume-look.js';

interface Spec {
  readonly kind: number;
  readonly takesForce: boolean;
  /** Index of the side that must act (0: the rig's primary); undefined: neither that can be asked is it. */
  acts(sides: readonly (PairSideView | undefined)[]): number | undefined;
}

const found = (index: number): number | undefined => (index < 0 ? undefined : index);
const withRole = (role: PairSideView['role']) => (sides: readonly (PairSideView | undefined)[]) =>
  found(sides.findIndex((side) => side?.role === role)) ??
  // Of no pair: either side refuses, and says why.
  found(sides.findIndex((side) => side?.state === 'SMPL' && sides.every((s) => s === undefined || s.state === 'SMPL')));

export const COMMANDS: Readonly<Record<OperatorCommand, Spec>> = {
  create: { kind: KIND.CREATE, takesForce: true, acts: () => 0 },
  suspend: { kind: KIND.SUSPEND, takesForce: false, acts: withRole('source') },
  resume: { kind: KIND.RESUME, takesForce: false, acts: withRole('source') },
  swap: { kind: KIND.SWAP, takesForce: false, acts: withRole('target') },
  failback: { kind: KIND.SWAP, takesForce: false, acts: () => 0 },
  delete: {
    kind: KIND.DELETE,
    takesForce: true,
    acts: (sides) =>
      withRole('source')(sides) ?? found(sides.findIndex((side) => side !== undefined && side.state !== 'SMPL')),
  },
};

export interface Answer {
  readonly command: OperatorCommand;
  readonly pair: string;
  /** The side that was asked, and the other one. */
  readonly array: string;
  readonly other: string;
  readonly result: number;
  readonly state: PairStateName;
  readonly owed: number;
}

/** Deleted, though the other side was not told. */
export const isOneSided = ({ command, result, state }: Answer): boolean =>
  command === 'delete' && result !== RESULT.OK && result !== RESULT.WRONG_STATE && state === 'SMPL';

/** What an operator should know of a command that is done. @param state of the pair, now. */
export function noteOn(answer: Answer, state: PairStateName, link: LinkEndView['state']): string | undefined {
  const { command, other } = answer;
  if (isOneSided(answer)) {
    return `array ${other} was not told: it keeps its side of the pair and stays apart; delete the pair once more when it can be asked`;
  }
  if (command !== 'resume' || state !== 'PSUE') return undefined;
  return `it resumes by itself when array ${other} can be asked; the link is ${link}`;
}

/** Why a command was refused, for people. @param instead of a pair that stands by: the one whose target it may get. */
export function refusalOf(answer: Answer, instead?: string): string {
  const { command, pair, array, other, result, state } = answer;
  switch (result) {
    case RESULT.WRONG_STATE:
      if (instead !== undefined && command === 'create' && state === 'SMPL')
        return `pair ${pair} stands by: array ${other} is the target of ${instead}, and in session with it; create is possible when that array is lost`;
      return notIn(answer);
    case RESULT.HOLDS_DATA:
      return `pair ${pair}: the volume at array ${other} was written, and would be overwritten with all that array ${array} holds; --force creates the pair all the same`;
    case RESULT.STALE:
      return `pair ${pair}: array ${other} restores what came from its other source, and is its target until then; say it again in a moment`;
    case RESULT.LINK_DOWN:
      return `pair ${pair}: array ${other} cannot be asked${
        command === 'delete' ? `; --force deletes the pair at array ${array} only` : ''
      }`;
    case RESULT.FOREIGN:
      return `pair ${pair}: one of the arrays was replaced, or lost its battery memory; failover --force at either side says whose data are right`;
    case RESULT.BUSY:
      return `pair ${pair}: another command waits for its answer`;
    case RESULT.TAKEN_OVER:
      return `pair ${pair}: array ${other} serves hosts, and must be told`;
    case RESULT.NOT_READY:
      return `array ${array} has not booted yet, or its cache is lost`;
    default:
      return `pair ${pair}: array ${other} does not agree (result ${result})${
        command === 'delete' ? `; --force deletes the pair at array ${array} only` : ''
      }`;
  }
}

function notIn({ command, pair, other, state, owed }: Answer): string {
  const possible = possibleIn(state);
  if (possible.includes(command))
    return `pair ${pair} is another one at array ${other}: ${command} is not possible before it is deleted there`;
  const still = owed > 0 ? ` and owes ${owed} ${owed === 1 ? 'track' : 'tracks'}` : '';
  const are = possible.length === 1 ? 'is' : 'are';
  return `pair ${pair} is ${state}${still}: ${command} is not possible; ${possible.join(', ')} ${are}`;
}

/**
 * Why a takeover was refused. @param heard when the other side was last heard; undefined: never. @param last when something was
 * last done to the copy here, to the second; undefined: never.
 */
export function whyNot(result: number, other: string, heard: Date | undefined, last: Date | undefined): string {
  const force = '--force takes over all the same';
  switch (result) {
    case RESULT.UNKNOWN:
      return `array ${other} cannot be asked, ${
        heard ? `was last heard at ${heard.toISOString()},` : 'was never heard,'
      } and may have gone on since${last ? `; the copy here last changed at ${toSeconds(last)}` : ''}; ${force}`;
    case RESULT.REFUSED:
      return `array ${other} does not agree: the pair is not in state PAIR, so not all of its writes are here; ${force}`;
    case RESULT.FOREIGN:
      return `array ${other} does not know this array's memory, or this array that one's: one of them was replaced, or lost its battery memory; ${force}`;
    case RESULT.WRONG_STATE:
      return 'it is SMPL: failover is not possible; create is';
    case RESULT.NOT_READY:
      return 'the array has not booted yet';
    default:
      return `the array says no (result ${result}); ${force}`;
  }
}

export const stateName = (state: number): PairState =>
  (Object.keys(PAIR_STATE) as PairState[]).find((name) => PAIR_STATE[name] === state) ?? 'SMPL';
