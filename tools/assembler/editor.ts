/**
 * What an editor knows of microcode, from the tables that assembler and engine read: the grammar that colours it, and what is
 * said of a word under the mouse. `manual.js` writes both into tools/vscode/.
 */
import { HOOKS, INSTRUCTIONS } from '../../firmware/engine/isa.js';
import { CONSTANTS } from '../../firmware/memory/constants.js';
import { TABLE_LIST } from '../../firmware/memory/tables.js';
import { KINDS, MICROCODED_ROLES } from '../../firmware/ports/messages.js';
import { usage } from './encoding.js';
import { SAYS } from './parser.js';

const LANGUAGE = 'arraylab-uc';

/** Mnemonics that change the flow: coloured as what controls. */
const FLOW = /^(br|case|call|ret|end|yield|assert|wait|sleep|park|lock)/;
const KIND_NAMES = KINDS.slice(1).map(({ name }) => name);

/** Any of them; the longest first, as an expression takes the first that fits. */
const any = (words: readonly string[]): string =>
  [...new Set(words)]
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .map((word) => word.replaceAll('.', '\\.'))
    .join('|');

interface Pattern {
  readonly match: string;
  readonly name?: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}

/** What each group of an expression is, in order. */
function pattern(match: string, ...groups: string[]): Pattern {
  const captures = groups.map((name, i): [string, { name: string }] => [
    String(i + 1),
    { name: `${name}.${LANGUAGE}` },
  ]);
  return { match, captures: Object.fromEntries(captures) };
}

const single = (match: string, name: string): Pattern => ({ match, name: `${name}.${LANGUAGE}` });

const NAME = '[A-Za-z_]\\w*';
const MORE = '(?![\\w.])';
/** Where a line, or what follows its label, begins. */
const FIRST = `^\\s*(?:(${NAME})(:))?\\s*`;
const LABEL = ['entity.name.label', 'punctuation.separator.label'];

function statements(): Pattern[] {
  const mnemonics = INSTRUCTIONS.map(({ name }) => name);
  const flow = any(mnemonics.filter((name) => FLOW.test(name)));
  const rest = any(mnemonics.filter((name) => !FLOW.test(name)));
  const called = ['keyword.control', 'entity.name.function'];
  return [
    pattern(`${FIRST}(call)\\s+(${NAME})`, ...LABEL, ...called),
    pattern(`${FIRST}(call\\.hook)\\s+(${any(HOOKS.map(({ name }) => name))})${MORE}`, ...LABEL, ...called),
    pattern(`${FIRST}(${flow})${MORE}(?!:)`, ...LABEL, 'keyword.control'),
    pattern(`${FIRST}(${rest})${MORE}(?!:)`, ...LABEL, 'keyword.operator.word'),
    pattern(`^\\s*(${NAME})(:)(?=\\s*(?:;|$))`, ...LABEL),
    pattern(`${FIRST}(${NAME}(?:\\.\\w+)*)`, ...LABEL, 'invalid.illegal.instruction'),
  ];
}

function directives(): Pattern[] {
  const hooks = any(HOOKS.map(({ name }) => name));
  const keyword = 'storage.type';
  const frame = `(?:\\s+(using)\\s+(${NAME}))?`;
  const using = [keyword, 'entity.name.type.frame'];
  return [
    pattern(`^\\s*(role)\\s+(${any(MICROCODED_ROLES)})${MORE}`, keyword, 'support.type.role'),
    pattern(`^\\s*(const)\\s+(${NAME})`, keyword, 'entity.name.constant'),
    pattern(`^\\s*(frame)\\s+(${NAME})`, keyword, 'entity.name.type.frame'),
    pattern(`^\\s*(on)\\s+(${any(KIND_NAMES)})${MORE}${frame}`, keyword, 'entity.name.function.message', ...using),
    pattern(`^\\s*(hook)\\s+(${hooks})${MORE}${frame}`, keyword, 'entity.name.function.hook', ...using),
    // With a comma behind its first operand it is the instruction.
    pattern(`^\\s*(sub)\\s+(${NAME})\\b(?!\\s*,)${frame}`, keyword, 'entity.name.function', ...using),
    pattern(`^\\s*(needs)\\s+(${hooks})${MORE}`, keyword, 'entity.name.function.hook'),
    pattern(`^\\s*(${any(['use', 'includes', ...SAYS])})\\b(?!\\s*:)`, keyword),
  ];
}

function operands(): Pattern[] {
  const tables = TABLE_LIST.map(({ name, fields }) => `${name}\\.(?:${any([...fields.keys()])})`);
  const constants = any(Object.keys(CONSTANTS));
  return [
    single(`\\b(?:${tables.sort().join('|')})\\b`, 'variable.other.member'),
    // A message may have the name of a constant, which stands behind a mark.
    single(`(?<=[#|])(?:${constants})${MORE}`, 'support.constant'),
    single(`\\b(?:${any(KIND_NAMES)})${MORE}`, 'support.class.message'),
    single(`\\b(?:${constants})${MORE}`, 'support.constant'),
    single('\\br(?:1[0-5]|[0-9])\\b', 'variable.language.register'),
    single('\\b0x[0-9A-Fa-f_]+\\b', 'constant.numeric.hex'),
    single('\\b[0-9][0-9_]*\\b', 'constant.numeric.decimal'),
    single('[#|=+-]', 'keyword.operator'),
    single(`\\b${NAME}\\b`, 'variable.other'),
  ];
}

/** TextMate's form, as VS Code reads it. */
export function grammar(): object {
  return {
    $comment: 'Made by tools/assembler/editor.ts from the tables of the machine; do not edit.',
    name: 'arraylab microcode',
    scopeName: `source.${LANGUAGE}`,
    fileTypes: ['uc'],
    patterns: [
      single(';.*$', 'comment.line.semicolon'),
      single('"[^"]*"', 'string.quoted.double'),
      ...directives(),
      ...statements(),
      ...operands(),
    ],
  };
}

/** By word as it stands in a source: what is shown over it, in Markdown. */
export function words(): Readonly<Record<string, string>> {
  const said = new Map<string, string[]>();
  const say = (word: string, code: string, text: string): void => {
    said.set(word, [...(said.get(word) ?? []), `\`${code}\` ${text}`]);
  };
  for (const row of INSTRUCTIONS)
    say(row.name, usage(row), `${row.help}${row.waits ? '. *May give up the engine.*' : ''}`);
  for (const { name, fields, from, to, reply, help } of KINDS.slice(1))
    say(
      name,
      `${name} (${fields.join(', ')})`,
      `${from.join(', ')} to ${to}: ${help}${reply ? `; answered by ${reply}` : ''}`,
    );
  for (const hook of HOOKS)
    say(hook.name, `hook ${hook.name}`, `${hook.help}${hook.mayWait ? '' : '. *Must not wait.*'}`);
  for (const [name, value] of Object.entries(CONSTANTS))
    say(name, name, `= ${value} (0x${(value >>> 0).toString(16)})`);
  for (const { name, spec, fields } of TABLE_LIST)
    say(
      name,
      `${name}.field`,
      `owner ${spec.owner}, ${spec.kept}: ${spec.help}. Fields: ${[...fields.keys()].join(', ')}`,
    );
  return Object.fromEntries([...said].map(([word, texts]) => [word, texts.join('\n\n')]));
}
