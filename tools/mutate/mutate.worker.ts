/** Judges mutants; first, what each check runs when nothing is changed. */
import type { Images } from '../../firmware/runtime/machine/array.js';
import { MICROCODE_ROOT, readSources } from '../assembler/load-sources.js';
import { type Coverage, Tally } from '../coverage/coverage.js';
import { work } from '../regress/pool.js';
import { type Check, checksOf, type Ladder } from './checks.js';
import { Judge, type Known, know, type Verdict } from './judge.js';
import { type Mutant, type Program, programsOf } from './mutants.js';

export type MutateJob =
  | { readonly what: 'know'; readonly ladder: Ladder; readonly part: number; readonly parts: number }
  | { readonly what: 'judge'; readonly mutant: Mutant }
  | { readonly what: 'checks'; readonly ladder: Ladder; readonly known: readonly Known[] };
/** What checks run when nothing is changed: of each, and of all. */
export interface KnownPart {
  readonly known: readonly Known[];
  readonly coverage: Coverage;
}
export type MutateResult = KnownPart | Verdict | undefined;

let checks: Check[] | undefined;
let judge: Judge | undefined;
let programs: Program[] | undefined;
let original: Images = {};

async function prepare(ladder: Ladder): Promise<Check[]> {
  programs = programsOf((role) => readSources(MICROCODE_ROOT, role));
  original = Object.fromEntries(programs.map((p) => [p.role, p.image]));
  return checksOf(ladder, original);
}

work<MutateJob, MutateResult>(async (job) => {
  switch (job.what) {
    case 'know': {
      checks ??= await prepare(job.ladder);
      const known: Known[] = [];
      const tally = new Tally(original);
      for (const [i, check] of checks.entries())
        if (i % job.parts === job.part)
          known.push(
            await know(
              check,
              original,
              () => performance.now(),
              (words) => tally.add(words),
            ),
          );
      return { known, coverage: tally.coverage };
    }
    case 'checks':
      checks ??= await prepare(job.ladder);
      judge = new Judge(programs ?? [], original, checks, job.known);
      return undefined;
    default:
      if (!judge) throw new Error('a mutant came before the checks');
      return judge.judge(job.mutant);
  }
});
