/**
 * Who looks on while a simulated world runs, one micro-operation at a time if it likes: the debugger. A run with a probe is the
 * run that it is without one. A call may take as long as it likes, as nothing else happens meanwhile, and may throw to leave a
 * world that is not gone on with.
 */
import type { Node } from '../../engine/node.js';

export interface Probe {
  /** A task, the first that is ready of its role, is about to go on: how many micro-operations it may do before this is asked again. */
  piece(array: number, node: Node): number;
  /** It did so many. */
  ran(array: number, node: Node, done: number): void;
  /** A role takes a message; `at`: word index of its descriptor. */
  message(array: number, node: number, at: number): void;
  /** A step of the world is over, and what follows from it. */
  stepped(): void;
  /** Nothing is under way any more, and nothing to come. True: somebody has changed that. */
  rests(): boolean;
  /** A microcode fault or a machine check. */
  fault(array: number, node: number, text: string): void;
  /** The oracle or a check found something. */
  violation(text: string): void;
  /** Nodes are others now. */
  placed(): void;
  /** What a script does itself, between two waits, is over, or begins. */
  scriptWaits(): void;
  scriptGoesOn(): void;
}
