/** What `arraylab systems` says of a recipe. */
import { choicesOf, readRecipe } from '../../../firmware/engine/image.js';
import { HOOKS, type HookName } from '../../../firmware/engine/isa.js';
import { PAIR_EVENTS, PAIR_STATES, type PairState } from '../../../firmware/memory/pair-states.js';
import { openReference } from '../../../firmware/service/profiles.js';
import { contractOfModule } from '../../assembler/contract.js';
import { table } from '../ctl/text.js';

type Modules = Readonly<Partial<Record<HookName, string>>>;

export interface System {
  readonly name: string;
  /** What it is, in a line. */
  readonly help: string;
  readonly hooks: Modules;
  /** By choice: what stands in the place of the recipe's modules. */
  readonly choices: Readonly<Record<string, Modules>>;
  /** Hooks that neither the recipe nor a choice fills: what arrays do there is base behaviour. */
  readonly base: readonly HookName[];
  /** By module: its contract. */
  readonly modules: Readonly<Record<string, string>>;
}

/** Errors: ProfileError, RangeError when the recipe is not in order. */
export function systemOf(name: string): System {
  const file = openReference('recipe', name);
  const json = JSON.parse(file.text) as { help?: string; choices?: Readonly<Record<string, Modules>> };
  const hooks = inOrder(readRecipe(json, file.name).hooks);
  const choices = Object.fromEntries(choicesOf(json).map((choice) => [choice, inOrder(json.choices?.[choice] ?? {})]));
  const all = [hooks, ...Object.values(choices)];
  const modules = [...new Set(all.flatMap((own) => Object.values(own)))];
  return {
    name,
    help: json.help ?? '',
    hooks,
    choices,
    base: HOOKS.map((hook) => hook.name).filter((hook) => all.every((own) => own[hook] === undefined)),
    modules: Object.fromEntries(modules.map((module) => [module, contractOfModule(module)])),
  };
}

/** With the hooks in the order of a write. */
const inOrder = (modules: Modules): Modules =>
  Object.fromEntries(HOOKS.flatMap(({ name }) => (modules[name] === undefined ? [] : [[name, modules[name]]])));

export function listText(all: readonly System[]): string {
  return all
    .map(({ name, help, hooks, choices }) => {
      const filled = Object.keys(hooks);
      const chosen = Object.keys(choices).join(', ') || 'none';
      return `${name}: ${help}\n  hooks    ${filled.join(', ')}\n  choices  ${chosen}\n`;
    })
    .join('\n');
}

const helpOf = (hook: HookName): string => HOOKS.find(({ name }) => name === hook)?.help ?? '';

export function showText({ name, help, hooks, choices, base, modules }: System): string {
  const chosen = Object.entries(choices).flatMap(([choice, own]) =>
    Object.entries(own).map(([hook, module]) => [choice, hook, module, hooks[hook as HookName] ?? 'base behaviour']),
  );
  const states = (Object.keys(PAIR_STATES) as PairState[]).map((state) => [
    state,
    ...PAIR_EVENTS.map((event) => PAIR_STATES[state][event] ?? '-'),
  ]);
  return `${name}: ${help}

${table(['HOOK', 'MODULE'], Object.entries(hooks))}
${chosen.length === 0 ? 'A pair has nothing to choose.\n' : table(['CHOICE', 'HOOK', 'MODULE', 'IN THE PLACE OF'], chosen)}
${table(['MODULE, BELOW microcode/', 'CONTRACT'], Object.entries(modules))}
${table(
  ['LEFT TO BASE BEHAVIOUR', 'WHAT IT IS FOR'],
  base.map((hook) => [hook, helpOf(hook)]),
)}
What an event makes of a pair, by its state as its source has it. "-": refused, and nothing changes. The other side can
be asked, unless its link is down. A session that opens makes COPY of SSWS, and PAIR of COPY when nothing is owed.

${table(['STATE', ...PAIR_EVENTS.map((event) => event.toUpperCase())], states)}`;
}

/** By state and event: the state then; null: refused. */
export const statesJson = (): Record<string, Record<string, PairState | null>> =>
  Object.fromEntries(
    Object.entries(PAIR_STATES).map(([state, row]) => [
      state,
      Object.fromEntries(PAIR_EVENTS.map((event) => [event, row[event] ?? null])),
    ]),
  );
