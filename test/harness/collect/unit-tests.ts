/** The unit tests of the microcode, for whoever runs them on microcode with something changed. */
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import fc from 'fast-check';
import type { Node } from '../../../firmware/engine/node.js';
import type { Images } from '../../../firmware/runtime/machine/array.js';
import { made } from '../bench-array.js';
import { useImage } from '../images.js';
import { collected } from './vitest.js';

const FOLDER = new URL('../../microcode/', import.meta.url);

export interface UnitTest {
  readonly name: string;
  /** Rejects when the test fails; `watch` hears of each node that the test makes. */
  run(images: Images, watch: (node: Node) => void): Promise<void>;
}

/** Once in a thread: from then on `vitest` is the collector there. */
export async function unitTests(): Promise<UnitTest[]> {
  register('./hook.js', import.meta.url);
  fc.configureGlobal({ seed: 1 });
  const tests: UnitTest[] = [];
  for (const file of readdirSync(FOLDER)
    .filter((f) => f.endsWith('.test.js'))
    .sort()) {
    const from = collected.length;
    await import(new URL(file, FOLDER).href);
    for (const { name, run } of collected.slice(from)) {
      tests.push({
        name: `unit ${file.replace('.test.js', '')}: ${name}`,
        run: async (images, watch) => {
          for (const image of Object.values(images)) useImage(image);
          made.hears = (machine) => machine.nodes.forEach(watch);
          await run();
        },
      });
    }
  }
  return tests;
}
