/** What a command of `arraylab debug` is, and how what a person types finds it. */
import type { Session } from './session.js';
import { oneNamed } from './words.js';

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What follows the name, as help writes it. */
  readonly takes?: string;
  /** One line. */
  readonly help: string;
  /** What `help NAME` says besides. */
  readonly more?: string;
  /** An empty line at a terminal does it again. */
  readonly repeats?: boolean;
  /** What the target must be able to do (About.can). */
  readonly needs?: 'run' | 'back' | 'write';
  run(session: Session, rest: string): Promise<void> | void;
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

export const namesOf = ({ name, aliases = [] }: Command): readonly string[] => [name, ...aliases];

/** By its name, or the beginning of one. Errors: as `oneNamed`. */
export const commandNamed = (word: string, commands: readonly Command[]): Command =>
  oneNamed(word, commands, namesOf, 'command', 'help lists them');
