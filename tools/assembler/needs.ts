/** What a hook's code says of the recipe that it is used in: `needs` and `includes`, before its first instruction. */
import type { Deed, Need } from '../../firmware/engine/image.js';
import { HOOKS, type HookName, INSTRUCTIONS } from '../../firmware/engine/isa.js';
import { TABLE_LIST } from '../../firmware/memory/tables.js';
import { kindByName } from '../../firmware/ports/messages.js';
import { field } from './access.js';
import { didYouMean } from './errors.js';
import { type Names, number } from './names.js';
import type { NeedNode, OperandNode, Scope } from './syntax.js';

const FORMS = { field: 'a field', message: 'a message', num: 'a number' } as const;

/** The needs of a hook, and the modules that it includes; problems are told to `names.report`. */
export function linksOf(scope: Scope, names: Names): { needs?: readonly Need[]; includes?: readonly string[] } {
  const needs = scope.items.flatMap((item) => (item.is === 'needs' ? (needOf(item, names) ?? []) : []));
  const includes = scope.items.flatMap((item) => (item.is === 'includes' ? [item.module] : []));
  return { ...(needs.length > 0 && { needs }), ...(includes.length > 0 && { includes }) };
}

/** These stand where a reader of the hook looks first. */
export function checkPlaces({ kind, items }: Scope, { title, report }: Names): void {
  let begun = false;
  for (const item of items) {
    begun ||= item.is === 'statement';
    if (item.is !== 'needs' && item.is !== 'includes') continue;
    if (kind !== 'hook') report(item, `${item.is} is for a hook, which a recipe names; this is ${title}`);
    else if (begun) report(item, `${item.is} stands before the first instruction of ${title}`);
  }
}

function needOf(node: NeedNode, names: Names): Need | undefined {
  const all = HOOKS.map((hook) => hook.name);
  const { text } = node.hook;
  if (!all.some((name) => name === text)) {
    names.report(node.hook, `unknown hook "${text}"; hooks are ${all.join(', ')}${didYouMean(text, all)}`);
    return undefined;
  }
  const need = { hook: text as HookName, why: node.why, line: node.line };
  if (node.does === undefined) return need;
  const does = deedOf(node.does.mnemonic, node.does.operand, names);
  return does && { ...need, does };
}

function deedOf(mnemonic: NonNullable<NeedNode['does']>['mnemonic'], operand: OperandNode, names: Names) {
  const rows = INSTRUCTIONS.filter((row) => row.name === mnemonic.text);
  if (rows.length === 0) {
    const all = INSTRUCTIONS.map((row) => row.name);
    names.report(mnemonic, `unknown instruction "${mnemonic.text}"${didYouMean(mnemonic.text, all)}`);
    return undefined;
  }
  const form = operand.shape === 'name' ? 'message' : operand.shape;
  const hasRegister = operand.shape === 'message' || (operand.shape === 'field' && operand.index !== undefined);
  if (form === 'names' || hasRegister) {
    names.report(operand, 'expected a field, a message or a number, without registers');
    return undefined;
  }
  const row = rows.find((r) => r.operands.some((o) => o.form === form));
  if (row === undefined) {
    names.report(operand, `${mnemonic.text} does not take ${FORMS[form]}`);
    return undefined;
  }
  switch (operand.shape) {
    case 'field': {
      // It is another module's code that shall touch it: that of whichever role owns the table.
      const owner = TABLE_LIST.find(({ name }) => name === operand.table)?.spec.owner;
      const value = field(owner === undefined ? names : { ...names, role: owner }, row, operand)?.value;
      return deed(mnemonic.text, form, `${operand.table}.${operand.field}`, value);
    }
    case 'num': {
      const said = operand.terms.map(({ name, value }) => name ?? String(value)).join('|');
      return deed(mnemonic.text, form, `#${said}`, number(names.constants, operand.terms, names.report));
    }
    case 'name': {
      const kind = kindByName(operand.text);
      if (kind === undefined) names.report(operand, `unknown message "${operand.text}"`);
      return deed(mnemonic.text, form, operand.text, kind?.id);
    }
    default:
      return undefined;
  }
}

const deed = (mnemonic: string, form: Deed['form'], operand: string, value: number | undefined): Deed | undefined =>
  value === undefined ? undefined : { said: `${mnemonic} ${operand}`, mnemonic, form, value };
