/** A target with what is known of it. A restart makes another; breakpoints and threads outlive it. */
import type { About, Target } from '../../../firmware/runtime/machine/debug/target.js';
import { Code } from './code.js';
import type { Manners } from './launch.js';
import { Sources } from './sources.js';

export class Debuggee {
  readonly code: Code;
  readonly sources: Sources;
  /** Their names, by number. */
  readonly arrays: readonly string[];

  /**
   * @param microcode the launch's own folder of sources
   * Errors: as `Code`
   */
  constructor(
    readonly target: Target,
    readonly about: About,
    readonly manners: Manners,
    microcode?: string,
  ) {
    this.code = new Code(about);
    this.sources = new Sources(microcode);
    this.arrays = about.arrays.map(({ name }) => name);
  }
}
