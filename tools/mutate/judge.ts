/** Runs a mutant against the checks, the one most likely to notice it first, until one does. */
import { INSTRUCTION_WORDS } from '../../firmware/engine/isa.js';
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import type { Words } from '../coverage/coverage.js';
import { type Check, isStumble, textOf } from './checks.js';
import { assembleMutant, type Mutant, type Program } from './mutants.js';

/** Of one check, with nothing changed. */
export interface Known {
  readonly name: string;
  /** By role: 1 for each instruction that it runs. */
  readonly covered: Readonly<Record<string, Uint8Array>>;
  readonly ms: number;
  /** Why it cannot be used: it fails with nothing changed. */
  readonly fails?: string;
}

export interface Verdict {
  /** `none`: it is no mutant; it does not assemble, or is no other than the original. */
  readonly is: 'noticed' | 'survives' | 'none';
  /** The check that noticed it, and what it said. */
  readonly by?: string;
  readonly said?: string;
  /** Checks that run it. */
  readonly checks: number;
  /** An error of TypeScript itself that it led to, which counts as nothing. */
  readonly stumbled?: string;
}

/** Runs a check on the original and notes what it runs. `now_ms`: for its cost; `counted` hears its counts. */
export async function know(
  check: Check,
  original: Images,
  now_ms: () => number,
  counted: (words: Words) => void = () => {},
): Promise<Known> {
  const words: Record<string, Float64Array> = {};
  for (const role of MICROCODED_ROLES) words[role] = new Float64Array(original[role]?.code.length ?? 0);
  const from = now_ms();
  const fails = await check.run(original, (node) => {
    const { image } = node.program;
    if (image === original[image.role as Role]) node.counts = words[image.role];
  });
  const ms = now_ms() - from;
  counted(words);
  const covered = Object.fromEntries(Object.entries(words).map(([role, all]) => [role, ranOf(all)]));
  return { name: check.name, covered, ms, ...(fails === undefined ? {} : { fails }) };
}

/** By instruction: 1 if it ran. */
const ranOf = (words: Float64Array): Uint8Array =>
  Uint8Array.from({ length: words.length / INSTRUCTION_WORDS }, (_, at) =>
    words[at * INSTRUCTION_WORDS] === 0 ? 0 : 1,
  );

interface Rung {
  readonly check: Check;
  readonly known: Known;
  tried: number;
  noticed: number;
}

export class Judge {
  readonly #programs: readonly Program[];
  readonly #original: Images;
  readonly #rungs: readonly Rung[];

  constructor(programs: readonly Program[], original: Images, checks: readonly Check[], known: readonly Known[]) {
    this.#programs = programs;
    this.#original = original;
    this.#rungs = checks.flatMap((check, i) => {
      const k = known[i] as Known;
      return k.fails === undefined ? [{ check, known: k, tried: 0, noticed: 0 }] : [];
    });
  }

  /** Errors: none for what the machine does with the mutant. */
  async judge(mutant: Mutant): Promise<Verdict> {
    const program = this.#programs.find((p) => p.role === mutant.role) as Program;
    const image = assembleMutant(program, mutant);
    if (!image) return { is: 'none', checks: 0 };
    const images = { ...this.#original, [mutant.role]: image };
    const runs = this.#rungs.filter(({ known }) => mutant.at.some((at) => known.covered[mutant.role]?.[at] === 1));
    // What it noticed so far for what it costs.
    const worth = ({ noticed, tried, known }: Rung): number => (noticed + 1) / (tried + 2) / (known.ms + 1);
    runs.sort((x, y) => worth(y) - worth(x));
    let stumbled: string | undefined;
    for (const rung of runs) {
      rung.tried++;
      const said = await rung.check.run(images, () => {}).catch(textOf);
      if (said === undefined) continue;
      if (isStumble(said)) {
        stumbled ??= `${rung.check.name}: ${said}`;
        continue;
      }
      rung.noticed++;
      return { is: 'noticed', by: rung.check.name, said, checks: runs.length };
    }
    return { is: 'survives', checks: runs.length, ...(stumbled === undefined ? {} : { stumbled }) };
  }
}
