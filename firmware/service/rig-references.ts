/** The files that a rig refers to, each read once. */
import type { DriveProfile } from '../../adapters/disk/model/drive-profile.js';
import type { LinkProfile } from '../../adapters/link/model/link-profile.js';
import type { Recipe } from '../engine/recipe.js';
import type { JsonObject } from './json-reader.js';
import { readDriveProfile } from './profile/drive.js';
import { readLinkProfile } from './profile/link.js';
import { ProfileError } from './profile/problems.js';
import { type ArrayProfile, openReference, readArrayProfile, type SourceFile } from './profiles.js';
import { RecipeFile } from './recipe.js';

export class References {
  readonly #texts = new Map<string, string>();
  readonly #files = new Map<string, SourceFile>();
  /** By kind and path. */
  readonly #read = new Map<string, unknown>();
  readonly #recipeFiles = new Map<string, RecipeFile>();
  readonly #recipeNumbers = new Map<string, number>();
  readonly recipes: Recipe[] = [];

  constructor(rig: SourceFile) {
    this.#keep(rig);
  }

  /** Of the rig and all that it refers to. */
  get sourceText(): string {
    return [...this.#texts.values()].join('\n');
  }

  array(json: JsonObject, field: string): ArrayProfile {
    return this.#once('array', json, field, (file) => readArrayProfile(file, (...asked) => this.open(...asked)));
  }

  drive(json: JsonObject, field: string): DriveProfile {
    return this.#once('drive', json, field, readDriveProfile);
  }

  link(json: JsonObject, field: string): LinkProfile {
    return this.#once('link', json, field, readLinkProfile);
  }

  /** Number of the recipe in `recipes`; in the order in which the rig names them, so that others change nothing. */
  recipe(json: JsonObject, choices: readonly string[]): number {
    const file = this.open('recipe', json, 'recipe');
    const key = [...choices, file.path].join('\n');
    let number = this.#recipeNumbers.get(key);
    if (number === undefined) {
      const recipe = this.#recipeFile(file);
      const other = choices.find((choice) => !recipe.choices.includes(choice));
      if (other !== undefined) {
        const there = recipe.choices.join(', ') || 'none';
        json.fail('recipe', `: ${file.name}: there is no choice "${other}" here; there are ${there}`);
      }
      number = this.recipes.push(recipe.recipe(choices)) - 1;
      this.#recipeNumbers.set(key, number);
    }
    return number;
  }

  #recipeFile(file: SourceFile): RecipeFile {
    const known = this.#recipeFiles.get(file.path) ?? new RecipeFile(file);
    this.#recipeFiles.set(file.path, known);
    return known;
  }

  /** Errors: ProfileError with the line that refers to what cannot be opened. */
  open(what: 'array' | 'drive' | 'link' | 'recipe', json: JsonObject, field: string): SourceFile {
    try {
      const from = this.#files.get(json.file.name);
      return this.#keep(openReference(what, json.text(field), from));
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      return json.fail(field, `: ${error.message}`);
    }
  }

  #keep(file: SourceFile): SourceFile {
    this.#files.set(file.name, file);
    this.#texts.set(file.path, file.text);
    return file;
  }

  #once<T>(what: 'array' | 'drive' | 'link', json: JsonObject, field: string, read: (file: SourceFile) => T): T {
    const file = this.open(what, json, field);
    const key = `${what} ${file.path}`;
    const known = this.#read.get(key) as T | undefined;
    if (known !== undefined) return known;
    const fresh = read(file);
    this.#read.set(key, fresh);
    return fresh;
  }
}
