/**
 * Which instruction of one image is which of another, so that what both do can be compared although code was put in or
 * taken out before it. Scopes are matched by their titles, and in a scope the longest row of instructions that both have.
 */
import type { Image } from '../../firmware/engine/image.js';
import { BY_OPCODE, INSTRUCTION_WORDS } from '../../firmware/engine/isa.js';
import { targetOf } from '../../firmware/engine/operands.js';

/** Two images of the same source: their versions may be others. */
export const isSameCode = (a: Image, b: Image): boolean =>
  a.crc === b.crc ||
  (a.role === b.role &&
    isEqual(a.code, b.code) &&
    isEqual(a.lines, b.lines) &&
    a.files.length === b.files.length &&
    a.files.every((file, i) => file === b.files[i]));

const isEqual = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((word, i) => word === b[i]);

interface Scope {
  readonly key: string;
  readonly at: number;
  readonly end: number;
}

function scopesOf(image: Image): Scope[] {
  const heads = image.labels.filter(({ kind }) => kind !== 'label').sort((a, b) => a.at - b.at);
  const count = image.code.length / INSTRUCTION_WORDS;
  // Modules of several recipes may have code for one hook each.
  return heads.map(({ scope, at }, i) => ({
    key: `${fileOf(image, at)} ${scope}`,
    at,
    end: heads[i + 1]?.at ?? count,
  }));
}

const fileOf = (image: Image, at: number): string => image.files[(image.lines[at] as number) >>> 20] ?? '?';

/** An instruction without the places that it names, which are others when code before them is. */
function bare(image: Image, at: number): string {
  const [first, second] = [
    image.code[at * INSTRUCTION_WORDS] as number,
    image.code[at * INSTRUCTION_WORDS + 1] as number,
  ];
  const row = BY_OPCODE[first & 255];
  if (row === undefined || targetOf(row, first, second) === undefined) return `${first} ${second}`;
  const hasNumber = row.operands.some(({ place }) => place === 'imm.hi');
  return `${first} ${hasNumber ? second >>> 16 : ''}`;
}

/** By instruction of `from`: its place in `to`; -1: it has none. */
export function alignment(from: Image, to: Image): Int32Array {
  const count = from.code.length / INSTRUCTION_WORDS;
  if (isSameCode(from, to)) return Int32Array.from({ length: count }, (_, i) => i);
  const places = new Int32Array(count).fill(-1);
  const others = new Map(scopesOf(to).map((scope) => [scope.key, scope]));
  for (const scope of scopesOf(from)) {
    const other = others.get(scope.key);
    if (other) align(from, scope, to, other, places);
  }
  return places;
}

/** The longest common row (dynamic programming over the two scopes, which have some hundred instructions at most). */
function align(from: Image, a: Scope, to: Image, b: Scope, places: Int32Array): void {
  const left = Array.from({ length: a.end - a.at }, (_, i) => bare(from, a.at + i));
  const right = Array.from({ length: b.end - b.at }, (_, i) => bare(to, b.at + i));
  const width = right.length + 1;
  const best = new Int32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      best[i * width + j] =
        left[i] === right[j]
          ? (best[(i + 1) * width + j + 1] as number) + 1
          : Math.max(best[(i + 1) * width + j] as number, best[i * width + j + 1] as number);
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) places[a.at + i++] = b.at + j++;
    else if ((best[(i + 1) * width + j] as number) >= (best[i * width + j + 1] as number)) i++;
    else j++;
  }
}
