/** How a session gets at what it debugs. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Target } from '../../../firmware/runtime/machine/debug/target.js';
import type { Launch } from './launch.js';

/** Errors, of all: Error with a sentence for the user. */
export interface Openers {
  simulated(launch: Launch): Promise<Target>;
  live(at: { readonly url: string; readonly tokenFile: string }): Promise<Target>;
  dump(file: string, microcode?: string): Promise<Target>;
}

/** Loaded when it is wanted. Errors: Error for a kind of target that this arraylab has not. */
async function opener<A>(file: string, name: string, what: string): Promise<(at: A) => Promise<Target>> {
  const module = new URL(`../${file}.js`, import.meta.url);
  if (!existsSync(fileURLToPath(module))) throw new Error(`this arraylab cannot debug ${what} yet`);
  const exports = (await import(module.href)) as Record<string, (at: A) => Promise<Target>>;
  return exports[name] as (at: A) => Promise<Target>;
}

export const OPENERS: Openers = {
  simulated: async (launch) => (await import('../sim-target.js')).openSimulated(launch),
  live: async (at) => (await opener<typeof at>('live-target', 'openLive', 'a live rig'))(at),
  dump: async (file, microcode) =>
    (await import('../dump-target.js')).openDump(file, microcode === undefined ? [] : [microcode]),
};
