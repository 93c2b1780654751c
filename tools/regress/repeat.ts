/** The command that repeats a run. */
import type { Settings } from '../../firmware/runtime/simulated/scenario.js';

/** What `arraylab sim` is told; names and paths as they are typed in the current folder. */
export interface Repeat {
  readonly scenario: string;
  /** When it is not the scenario's own. */
  readonly rig?: string;
  readonly seed: number;
  /** Those that are not the scenario's own. */
  readonly settings?: Settings;
  readonly microcode?: string;
  readonly faults?: readonly string[];
}

export function repeatCommand({ scenario, rig, seed, settings = {}, microcode, faults = [] }: Repeat): string {
  const words = ['npx', 'arraylab', 'sim', shellWord(scenario)];
  if (rig !== undefined) words.push('--rig', shellWord(rig));
  if (microcode !== undefined) words.push('--microcode', shellWord(microcode));
  words.push('--seed', String(seed));
  for (const [name, value] of Object.entries(settings)) words.push('--set', `${name}=${value}`);
  words.push(...faultWords(faults));
  return words.join(' ');
}

export const faultWords = (faults: readonly string[]): string[] =>
  faults.flatMap((text) => ['--fault', shellWord(text)]);

/** As a POSIX shell takes it for one word. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
