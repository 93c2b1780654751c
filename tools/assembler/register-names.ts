/** Gathers what the scopes of a role call registers, for its image. */
import { type ImageNames, type RegisterName, setText } from '../../firmware/engine/image-names.js';
import type { Encoded } from './resolve.js';

interface Part {
  readonly at: number;
  readonly registers: ReadonlyMap<string, number>;
}

interface ScopeNames {
  /** What it begins with comes from this frame. */
  readonly frame?: string;
  /** From its first instruction on, and from each `use` on. */
  readonly parts: readonly Part[];
  /** Registers that its code uses as pairs, by the names that it gives them. */
  readonly pairs: ReadonlySet<string>;
}

export class RegisterNames {
  readonly #scopes: ScopeNames[] = [];
  #parts: Part[] = [];

  /** From this instruction on these names are in force; of several at one place the last. */
  from(at: number, registers: ReadonlyMap<string, number>): void {
    if (this.#parts.at(-1)?.at === at) this.#parts.pop();
    this.#parts.push({ at, registers: new Map(registers) });
  }

  /** Ends a scope. @param end the instruction behind it */
  scope(frame: string | undefined, code: readonly Encoded[], end: number): void {
    const pairs = new Set<string>();
    for (const { operands } of code)
      for (const o of operands) if (o.operand.form === 'pair' && o.shape === 'name') pairs.add(o.text);
    this.#scopes.push({ frame, parts: this.#parts.filter(({ at }) => at < end), pairs });
    this.#parts = [];
  }

  image(): ImageNames {
    const sets = new Map<string, number>();
    const from: number[] = [];
    const ofFrames = this.#pairsOfFrames();
    for (const scope of [...this.#scopes].sort((a, b) => (a.parts[0]?.at ?? 0) - (b.parts[0]?.at ?? 0))) {
      const passed = ofFrames.get(scope.frame ?? '') ?? new Set();
      for (const { at, registers } of scope.parts) {
        const text = setText(named(registers, scope.pairs, passed));
        const set = sets.get(text) ?? sets.size;
        sets.set(text, set);
        from.push(at, set);
      }
    }
    return { sets: [...sets.keys()], from };
  }

  /** What any scope of a frame uses as a pair is one for the others, too, unless they have a name for its second half. */
  #pairsOfFrames(): Map<string, Set<string>> {
    const all = new Map<string, Set<string>>();
    for (const { frame, parts, pairs } of this.#scopes) {
      if (frame === undefined) continue;
      const names = all.get(frame) ?? new Set();
      for (const name of pairs) if (parts[0]?.registers.has(name)) names.add(name);
      all.set(frame, names);
    }
    return all;
  }
}

function named(
  registers: ReadonlyMap<string, number>,
  pairs: ReadonlySet<string>,
  passed: ReadonlySet<string>,
): RegisterName[] {
  const taken = new Set(registers.values());
  return [...registers]
    .map(([name, register]): RegisterName => {
      const isPair = pairs.has(name) || (passed.has(name) && !taken.has(register + 1));
      return { name, register, words: isPair ? 2 : 1 };
    })
    .sort((a, b) => a.register - b.register);
}
