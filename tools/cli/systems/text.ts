/** What `arraylab systems` says of a recipe. */
import { HOOKS, type HookName } from '../../../firmware/engine/isa.js';
import { PAIR_EVENTS, type PairState, type StateTable } from '../../../firmware/memory/pair-states.js';
import { openReference } from '../../../firmware/service/profiles.js';
import { RecipeFile } from '../../../firmware/service/recipe.js';
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
  readonly states: StateTable;
  /** By choice. */
  readonly choiceStates: Readonly<Record<string, StateTable>>;
}

/** @param own where modules of one's own are. Errors: ProfileError when the recipe is not in order. */
export function systemOf(reference: string, own?: string): System {
  const recipe = new RecipeFile(openReference('recipe', reference));
  const { name, hooks } = recipe.recipe();
  const choices = Object.fromEntries(
    recipe.choices.map((choice) => [choice, inOrder(recipe.file.at(['choices', choice]) as Modules)]),
  );
  const all = [hooks, ...Object.values(choices)];
  const modules = [...new Set(all.flatMap((own) => Object.values(own)))];
  return {
    name,
    help: recipe.help,
    hooks: inOrder(hooks),
    choices,
    base: HOOKS.map((hook) => hook.name).filter((hook) => all.every((own) => own[hook] === undefined)),
    modules: Object.fromEntries(modules.map((module) => [module, contractOfModule(module, own)])),
    states: recipe.states(),
    choiceStates: Object.fromEntries(recipe.choices.map((choice) => [choice, recipe.states([choice])])),
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

export function showText(system: System): string {
  const { name, help, hooks, choices, base, modules } = system;
  const chosen = Object.entries(choices).flatMap(([choice, own]) =>
    Object.entries(own).map(([hook, module]) => [choice, hook, module, hooks[hook as HookName] ?? 'base behaviour']),
  );
  const lines = chosen.length === 0 ? 'A pair has nothing to choose.\n' : table(CHOICE_HEAD, chosen);
  return `${name}: ${help}

${table(['HOOK', 'MODULE'], Object.entries(hooks))}
${lines}
${table(['MODULE, BELOW microcode/', 'CONTRACT'], Object.entries(modules))}
${table(
  ['LEFT TO BASE BEHAVIOUR', 'WHAT IT IS FOR'],
  base.map((hook) => [hook, helpOf(hook)]),
)}
${statesText(system)}`;
}

const CHOICE_HEAD = ['CHOICE', 'HOOK', 'MODULE', 'IN THE PLACE OF'];

function statesText({ states, choiceStates }: System): string {
  const all = Object.keys(states) as PairState[];
  const rows = all.map((state) => [state, ...PAIR_EVENTS.map((event) => states[state][event] ?? '-')]);
  const others = Object.entries(choiceStates).flatMap(([choice, own]) =>
    all.flatMap((state) =>
      PAIR_EVENTS.filter((event) => own[state][event] !== states[state][event]).map((event) => [
        choice,
        state,
        event,
        own[state][event] ?? '-',
      ]),
    ),
  );
  const chosen = others.length === 0 ? '' : `\n${table(['CHOSEN', 'STATE', 'EVENT', 'STATE THEN'], others)}`;
  return `What an event makes of a pair, by its state as its source has it. "-": refused, and nothing changes. The other side can
be asked, unless its link is down. A session that opens makes COPY of SSWS, and PAIR of COPY when nothing is owed.

${table(['STATE', ...PAIR_EVENTS.map((event) => event.toUpperCase())], rows)}${chosen}`;
}

/** By state and event: the state then; null: refused. */
const cellsOf = (states: StateTable): Record<string, Record<string, PairState | null>> =>
  Object.fromEntries(
    Object.entries(states).map(([state, row]) => [
      state,
      Object.fromEntries(PAIR_EVENTS.map((event) => [event, row[event] ?? null])),
    ]),
  );

export const showJson = ({ states, choiceStates, ...system }: System): object => ({
  ...system,
  states: cellsOf(states),
  choiceStates: Object.fromEntries(Object.entries(choiceStates).map(([choice, own]) => [choice, cellsOf(own)])),
});
