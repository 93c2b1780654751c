/** Directors as a debugger has them, whoever runs them: so that one of them can be held. */
import type { Role } from '../../../ports/messages.js';

/** The director that a role is on. */
export interface DirectorView {
  /** `dd1`. */
  readonly name: string;
  /** Microcoded ones, and ports. */
  readonly nodes: readonly Role[];
  readonly isHeld: boolean;
  /** A fault has it that it does nothing. */
  readonly hangs: boolean;
  readonly isDead: boolean;
}

/** What a rig's directors are, and how one is held; whoever runs them. */
export interface Directors {
  /** Undefined: the array has no power. */
  of(array: number, role: number): DirectorView | undefined;
  /** The director of this role: it makes no step, or may again. What comes for it waits. */
  hold(array: number, role: number, isHeld: boolean): void;
  /** Word in which nodes of the director of this role say that they have something to do. */
  busy(array: number, role: number): number;
}
