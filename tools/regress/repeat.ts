/** The command that repeats a run. */
import type { Settings } from '../../firmware/runtime/simulated/scenario.js';

/** What `arraylab sim` is told; names and paths as they are typed in the current folder. */
export interface Repeat {
  readonly scenario: string;
  /** When it is not the scenario's own. */
  readonly rig?: string | undefined;
  readonly seed: number;
  /** So many, from `seed` on; one when left out. */
  readonly seeds?: number;
  readonly settings?: Settings;
  /** What the scenario's settings are by themselves: those are not said. */
  readonly defaults?: Settings | undefined;
  /** Of a tree, an image, or with a bug planted: one of them at most. */
  readonly microcode?: string | undefined;
  readonly image?: string | undefined;
  readonly plant?: string | undefined;
  readonly faults?: readonly string[] | undefined;
}

export function repeatCommand(repeat: Repeat): string {
  const { scenario, seed, seeds, settings = {}, defaults = {}, faults = [] } = repeat;
  const words = ['npx', 'arraylab', 'sim', shellWord(scenario)];
  const option = (name: 'rig' | 'microcode' | 'plant' | 'image'): void => {
    const value = repeat[name];
    if (value !== undefined) words.push(`--${name}`, shellWord(value));
  };
  option('rig');
  option('microcode');
  words.push('--seed', String(seed));
  if (seeds !== undefined) words.push('--seeds', String(seeds));
  for (const [name, value] of Object.entries(settings))
    if (defaults[name] !== value) words.push('--set', `${name}=${value}`);
  words.push(...faultWords(faults));
  option('plant');
  option('image');
  return words.join(' ');
}

export const faultWords = (faults: readonly string[]): string[] =>
  faults.flatMap((text) => ['--fault', shellWord(text)]);

/** As a POSIX shell takes it for one word. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
