/**
 * What differs between two images of a role, scope by scope (a handler, a sub, the code of a hook). A scope is the same in
 * both when its instructions are, wherever they stand and whatever stands before them: then a task in the middle of it goes
 * on in the other image.
 */
import type { Image } from './image.js';
import { BY_OPCODE, INSTRUCTION_WORDS } from './isa.js';
import { targetOf } from './operands.js';

interface Scope {
  readonly key: string;
  readonly at: number;
  /** The instruction after its last one. */
  readonly end: number;
}

function scopesOf(image: Image): Scope[] {
  const heads = image.labels.filter(({ kind }) => kind !== 'label').sort((a, b) => a.at - b.at);
  const count = image.code.length / INSTRUCTION_WORDS;
  return heads.map(({ scope, at }, i) => ({ key: scope, at, end: heads[i + 1]?.at ?? count }));
}

/** A place in the code by its scope, so that it can be compared between images. */
function placeIn(scopes: readonly Scope[], at: number): string {
  const scope = scopes.find((s) => at >= s.at && at < s.end);
  return scope ? `${scope.key}+${at - scope.at}` : `+${at}`;
}

function isSame(from: Image, a: Scope, fromScopes: readonly Scope[], to: Image, b: Scope, toScopes: readonly Scope[]) {
  if (a.end - a.at !== b.end - b.at) return false;
  for (let i = 0; i < a.end - a.at; i++) {
    const [x, y] = [(a.at + i) * INSTRUCTION_WORDS, (b.at + i) * INSTRUCTION_WORDS];
    const [first, second] = [from.code[x] as number, from.code[x + 1] as number];
    const [first2, second2] = [to.code[y] as number, to.code[y + 1] as number];
    const row = BY_OPCODE[first & 255];
    if (first !== first2 || row === undefined) return false;
    const [near, far] = [targetOf(row, first, second), targetOf(row, first2, second2)];
    if (near === undefined || far === undefined) {
      if (second !== second2) return false;
      continue;
    }
    // A branch with a number has it in the upper half; one without has nothing there.
    const hasNumber = row.operands.some(({ place }) => place === 'imm.hi');
    if (hasNumber && second >>> 16 !== second2 >>> 16) return false;
    if (placeIn(fromScopes, near) !== placeIn(toScopes, far)) return false;
  }
  return true;
}

export class ImageChange {
  /** By instruction of the old image: where it stands in the new one; -1: its scope is another one there, or gone. */
  readonly #places: Int32Array;
  /** Scopes of the old image that are not the same in the new one. */
  readonly changed: readonly string[];

  constructor(from: Image, to: Image) {
    const [fromScopes, toScopes] = [scopesOf(from), scopesOf(to)];
    this.#places = new Int32Array(from.code.length / INSTRUCTION_WORDS).fill(-1);
    const changed: string[] = [];
    for (const scope of fromScopes) {
      const other = toScopes.find(({ key }) => key === scope.key);
      if (!other || !isSame(from, scope, fromScopes, to, other, toScopes)) changed.push(scope.key);
      else for (let at = scope.at; at < scope.end; at++) this.#places[at] = other.at + at - scope.at;
    }
    this.changed = changed;
  }

  /** Where the new image has this instruction; -1: nowhere. */
  placeOf(instruction: number): number {
    return this.#places[instruction] ?? -1;
  }
}
