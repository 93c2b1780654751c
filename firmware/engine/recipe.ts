/**
 * A recipe: which module serves which hook of a pair. Here it is read from its file, and linked: whether its modules exist,
 * serve their hooks, and have what they need of each other.
 */
import { does } from './deeds.js';
import type { Image, ImageHook, Need } from './image.js';
import { HOOKS, type HookName } from './isa.js';

type Modules = Readonly<Partial<Record<HookName, string>>>;

/** Names, for each hook, the module that serves it; a hook that is not named gets base behaviour. */
export interface Recipe {
  readonly name: string;
  readonly hooks: Modules;
  /** Where several choices fill one hook: those whose module another one took the place of. */
  readonly displaced?: readonly Displaced[];
  /** Where each hook stands, or could, for errors: `my-recipe.json:7: hooks.commit`. */
  readonly places?: Readonly<Partial<Record<HookName, string>>>;
}

export interface Displaced {
  readonly hook: HookName;
  readonly module: string;
  readonly choice: string;
  /** The choice that took its place. */
  readonly by: string;
}

/** What is wrong with a recipe's file, and at which field. The message begins with the file's name. */
export class RecipeError extends RangeError {
  override readonly name = 'RecipeError';
  readonly path: readonly string[];
  /** Without file and field. */
  readonly text: string;

  constructor(file: string, path: readonly string[], text: string) {
    const field = path.join('.');
    super(`${file}${field === '' ? '' : `: ${field}`}${text.startsWith(':') ? '' : ' '}${text}`);
    this.path = path;
    this.text = text;
  }
}

const NAMES: readonly string[] = HOOKS.map((hook) => hook.name);

/**
 * For each recipe and hook the instruction number in this image: `[recipe * HOOKS.length + hook]`. -1 where the recipe
 * names no module, or its module is in another role's image.
 */
export function hookTable(image: Image, recipes: readonly Recipe[]): Int32Array {
  const table = new Int32Array(recipes.length * HOOKS.length).fill(-1);
  for (const [r, recipe] of recipes.entries()) {
    for (const [h, { name }] of HOOKS.entries()) {
      const module = recipe.hooks[name];
      const hook = image.hooks.find((x) => x.module === module && x.hook === name);
      if (hook) table[r * HOOKS.length + h] = hook.at;
    }
  }
  return table;
}

/** Code of a module for a hook, and the image that has it. */
interface Served {
  readonly image: Image;
  readonly code: ImageHook;
}

/**
 * Errors: RangeError with everything that is wrong, a line each: a module that no image has, or that does not serve its hook;
 * a choice that another one displaced and does not include; a need of a module that the recipe's others do not meet, with the
 * module's own reason.
 */
export function checkRecipe(images: readonly Image[], recipe: Recipe): void {
  const all = images.flatMap((image) => image.hooks.map((code): Served => ({ image, code })));
  const served = new Map<HookName, Served>();
  const problems: string[] = [];
  const say = (hook: HookName, text: string): void => {
    problems.push(`${recipe.places?.[hook] ?? `recipe ${recipe.name}: hook ${hook}`}: ${text}`);
  };
  for (const [hook, module] of Object.entries(recipe.hooks) as [HookName, string][]) {
    const found = all.find(({ code }) => code.module === module && code.hook === hook);
    if (found) served.set(hook, found);
    else say(hook, unserved(all, hook, module));
  }
  // What a module that is not there would need, or do, nobody knows.
  if (problems.length === 0) {
    for (const { hook, module, choice, by } of recipe.displaced ?? []) {
      const own = served.get(hook)?.code;
      if (own === undefined || own.module === module || own.includes?.includes(module)) continue;
      say(hook, `the choices ${choice} and ${by} contradict each other: ${own.module} does not include ${module}`);
    }
    for (const { code } of served.values())
      for (const need of code.needs ?? [])
        if (!isMet(served.get(need.hook), need)) say(need.hook, unmet(all, served, code, need));
  }
  if (problems.length > 0) throw new RangeError(problems.join('\n'));
}

function unserved(all: readonly Served[], hook: HookName, module: string): string {
  const has = all.filter(({ code }) => code.module === module).map(({ code }) => code.hook);
  const why = has.length > 0 ? `module ${module} has ${has.join(', ')} only` : `no image has a module "${module}"`;
  if (!NAMES.includes(hook)) return `${why}; there is no such hook; hooks are ${NAMES.join(', ')}`;
  const serve = all.filter(({ code }) => code.hook === hook).map(({ code }) => code.module);
  return `${why}; hook ${hook} is served by ${serve.join(', ') || 'no module'}`;
}

const isMet = (served: Served | undefined, { does: deed }: Need): boolean =>
  served !== undefined && (deed === undefined || does(served.image, served.code.at, deed));

function unmet(all: readonly Served[], served: ReadonlyMap<HookName, Served>, by: ImageHook, need: Need): string {
  const { hook, does: deed, why, line } = need;
  const own = served.get(hook)?.code.module;
  const is = own === undefined ? 'no module serves it' : `${own} never does "${deed?.said}"`;
  const right = all.filter((one) => one.code.hook === hook && isMet(one, need)).map(({ code }) => code.module);
  const who = right.length > 0 ? `; ${right.join(', ')} would do` : '; no module here would do';
  return `${is}, but ${by.module} needs it at ${by.hook} (microcode/${by.module}.uc:${line}): ${why}${who}`;
}

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);

const shown = (value: unknown): string => String(JSON.stringify(value));

function modulesAt(file: string, path: readonly string[], value: unknown): Modules {
  if (!isObject(value)) throw new RecipeError(file, path, `is ${shown(value)}; it must be an object of hook: module`);
  for (const [hook, module] of Object.entries(value)) {
    if (!NAMES.includes(hook))
      throw new RecipeError(file, [...path, hook], `: there is no such hook; hooks are ${NAMES.join(', ')}`);
    if (typeof module !== 'string')
      throw new RecipeError(file, [...path, hook], `is ${shown(module)}; it must be the name of a module`);
  }
  return value;
}

/**
 * A recipe from its JSON file: `{ "name": …, "hooks": { "commit": "commit/owed-flags" } }`; other fields are left to
 * others. `choices` names what a pair may choose, and the hooks that it changes: `{ "later": { "ack": "ack/later" } }`;
 * `chosen` are those to apply, of several at one hook the last. Whether its modules exist and fit, `checkRecipe` says.
 * Errors: RecipeError naming file, field, value, also for a choice that it does not offer.
 */
export function readRecipe(json: unknown, file: string, chosen: readonly string[] = []): Recipe {
  if (!isObject(json)) throw new RecipeError(file, [], ': a recipe is an object with name and hooks');
  const { name, hooks, choices = {} } = json;
  if (typeof name !== 'string' || name === '')
    throw new RecipeError(file, ['name'], `is ${shown(name)}; it must be a text`);
  const all: Partial<Record<HookName, string>> = { ...modulesAt(file, ['hooks'], hooks) };
  if (!isObject(choices))
    throw new RecipeError(file, ['choices'], `is ${shown(choices)}; it must be an object of choice: hooks`);
  const offered = Object.fromEntries(
    Object.entries(choices).map(([choice, value]) => [choice, modulesAt(file, ['choices', choice], value)]),
  );
  const chose = new Map<HookName, string>();
  const displaced: Displaced[] = [];
  for (const choice of chosen) {
    const own = offered[choice];
    if (own === undefined) {
      const there = Object.keys(offered).join(', ') || 'none';
      throw new RecipeError(file, ['choices'], `: there is no choice "${choice}" here; there are ${there}`);
    }
    for (const [hook, module] of Object.entries(own) as [HookName, string][]) {
      const before = chose.get(hook);
      if (before !== undefined) displaced.push({ hook, module: all[hook] as string, choice: before, by: choice });
      chose.set(hook, choice);
      all[hook] = module;
    }
  }
  const recipe = { name: [name, ...chosen].join(', '), hooks: all };
  return displaced.length > 0 ? { ...recipe, displaced } : recipe;
}

/** What a pair may choose of a recipe that `readRecipe` has read. */
export const choicesOf = (json: unknown): string[] => Object.keys((json as { choices?: object }).choices ?? {});
