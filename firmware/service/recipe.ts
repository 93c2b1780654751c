/**
 * A recipe's file, for people: what it says, and each error with file, line and field. What a recipe means to the machine,
 * and how it is linked, stands in engine/recipe.ts.
 */
import { HOOKS, type HookName } from '../engine/isa.js';
import { choicesOf, type Recipe, RecipeError, readRecipe } from '../engine/recipe.js';
import {
  changedStates,
  PAIR_EVENTS,
  PAIR_STATES,
  type PairEvent,
  type PairState,
  type StateChanges,
  type StateTable,
} from '../memory/pair-states.js';
import { JsonFile, type Path, pathText } from './profile/json-file.js';
import { nearest } from './profile/nearest.js';
import { ProfileError } from './profile/problems.js';
import type { SourceFile } from './profiles.js';

/** What a recipe may say; other fields are left to others, unless they look like one of these. */
const FIELDS = ['name', 'help', 'hooks', 'choices', 'states', 'choice_states'];
const MISTYPED = 2;

export class RecipeFile {
  readonly file: JsonFile;
  /** What it is, in a line; "" when it does not say. */
  readonly help: string;
  readonly choices: readonly string[];
  readonly #states: StateChanges;
  readonly #choiceStates: Readonly<Record<string, StateChanges>>;

  /** Errors: ProfileError. */
  constructor({ name, text }: SourceFile) {
    this.file = new JsonFile(name, text);
    this.recipe();
    const { value } = this.file;
    for (const field of Object.keys(value as object)) {
      const meant = FIELDS.includes(field) ? undefined : nearest(field, FIELDS, MISTYPED);
      if (meant !== undefined) this.#fail([field], `is not a field; did you mean ${meant}?`);
    }
    const { help = '', states = {}, choice_states = {} } = value as Readonly<Record<string, unknown>>;
    this.help = typeof help === 'string' ? help : this.#wrong(['help'], 'a text: what it is, in a line');
    this.choices = choicesOf(value);
    this.#states = this.#changes(['states'], states);
    this.#choiceStates = Object.fromEntries(
      Object.entries(this.#object(['choice_states'], choice_states)).map(([choice, own]) => {
        const path = ['choice_states', choice];
        if (!this.choices.includes(choice))
          this.#fail(path, `: there is no choice "${choice}" here; there are ${this.choices.join(', ') || 'none'}`);
        return [choice, this.#changes(path, own)];
      }),
    );
  }

  /** With these choices. Errors: ProfileError for one that it does not offer. */
  recipe(chosen: readonly string[] = []): Recipe {
    try {
      const recipe = readRecipe(this.file.value, this.file.name, chosen);
      return { ...recipe, places: this.#places(chosen) };
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error;
      return this.#fail(error.path, error.text);
    }
  }

  /** What each event makes of a pair that chose these. */
  states(chosen: readonly string[] = []): StateTable {
    return changedStates([this.#states, ...chosen.map((choice) => this.#choiceStates[choice] ?? {})]);
  }

  /** Where the module of each hook stands: of a hook without one, where it would. */
  #places(chosen: readonly string[]): NonNullable<Recipe['places']> {
    const place = (hook: HookName): string => {
      const by = [...chosen].reverse().map((choice): Path => ['choices', choice, hook]);
      const path = by.find((one) => this.file.at(one) !== undefined) ?? ['hooks', hook];
      const line = this.file.lineOf(path);
      const of = chosen.length > 0 ? ` of a pair that chose ${chosen.join(', ')}` : '';
      return `${this.file.name}:${line}: ${pathText(path)}${of}`;
    };
    return Object.fromEntries(HOOKS.map(({ name }) => [name, place(name)]));
  }

  #changes(path: Path, value: unknown): StateChanges {
    const states = Object.keys(PAIR_STATES);
    for (const [state, row] of Object.entries(this.#object(path, value))) {
      if (!states.includes(state))
        this.#fail([...path, state], `: there is no such state; states are ${states.join(', ')}`);
      for (const [event, then] of Object.entries(this.#object([...path, state], row))) {
        const at = [...path, state, event];
        if (!PAIR_EVENTS.includes(event as PairEvent))
          this.#fail(at, `: there is no such event; events are ${PAIR_EVENTS.join(', ')}`);
        if (then !== null && !states.includes(then as PairState))
          this.#wrong(at, `the state then, ${states.join(', ')}, or null: refused`);
      }
    }
    return value as StateChanges;
  }

  #object(path: Path, value: unknown): object {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    return this.#wrong(path, 'an object');
  }

  #wrong(path: Path, right: string): never {
    throw new ProfileError([this.file.wrong(path, right)]);
  }

  #fail(path: Path, text: string): never {
    throw new ProfileError([this.file.problem(path, text)]);
  }
}
