/** The sources that a run's microcode was assembled from, as they stood then. */
import { MICROCODE_ROOT } from '../../assembler/load-sources.js';
import { sourcesOfTree } from '../../regress/microcode-tree.js';
import { loadPlant } from '../../regress/scenarios.js';
import type { SimulatedOptions } from './open.js';

/** By file; undefined where an image took the place of sources. */
export function sourceReader({
  plant,
  microcode,
  image,
}: SimulatedOptions): (file: string) => Promise<string | undefined> {
  let all: Promise<ReadonlyMap<string, string>> | undefined;
  const read = async (): Promise<ReadonlyMap<string, string>> => {
    if (image !== undefined) return new Map();
    const edits = plant === undefined ? [] : [await loadPlant(plant)];
    const sources = [...sourcesOfTree(microcode ?? MICROCODE_ROOT, edits).values()].flat();
    return new Map(sources.map(({ path, text }) => [path, text]));
  };
  return async (file) => {
    all ??= read();
    return (await all).get(file);
  };
}
