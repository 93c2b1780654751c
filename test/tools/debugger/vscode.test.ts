/** tools/vscode: that it says what the adapter takes, and colours microcode as the assembler reads it. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate, { type IGrammar, type IToken } from 'vscode-textmate';
import { INSTRUCTIONS } from '../../../firmware/engine/isa.js';
import { CONSTANTS } from '../../../firmware/memory/constants.js';
import { KINDS, MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { MICROCODE_ROOT, readSources } from '../../../tools/assembler/load-sources.js';
import { parse } from '../../../tools/assembler/parser.js';
import { Fields } from '../../../tools/debugger/dap/fields.js';
import { ATTACH_SCHEMA, LAUNCH_SCHEMA, launchOf, unknownFields } from '../../../tools/debugger/dap/launch.js';
import { loadScenario } from '../../../tools/regress/scenarios.js';

const FOLDER = join(packageRoot(), 'tools', 'vscode');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const manifest = JSON.parse(read('package.json'));
const [debuggerOf] = manifest.contributes.debuggers;

let grammar: IGrammar;

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: () =>
      Promise.resolve(textmate.parseRawGrammar(read('syntaxes/arraylab-uc.tmLanguage.json'), 'uc.json')),
  });
  grammar = (await registry.loadGrammar('source.arraylab-uc')) as IGrammar;
});

/** Of the token that begins at a column, counted from 1, or holds it. */
function scopeAt(tokens: readonly IToken[], column: number): string {
  const token = tokens.find(({ startIndex, endIndex }) => startIndex < column && column <= endIndex);
  return token?.scopes.at(-1)?.replace('.arraylab-uc', '') ?? 'none';
}

const tokensOf = (line: string): IToken[] => grammar.tokenizeLine(line, textmate.INITIAL).tokens;

const FILES = MICROCODED_ROLES.flatMap((role) => readSources(MICROCODE_ROOT, role));

test.each(FILES.map(({ path, text }) => [path, text]))(
  '%s has the colours of what the assembler reads',
  (path, text) => {
    const lines = text.split('\n').map(tokensOf);
    const wrong: string[] = [];
    const expectAt = (at: { line: number; column: number }, pattern: RegExp): void => {
      const scope = scopeAt(lines[at.line - 1] ?? [], at.column);
      if (!pattern.test(scope)) wrong.push(`${path}:${at.line}:${at.column} is ${scope}, not ${pattern}`);
    };
    const file = parse({ path, text }, (at, problem) => wrong.push(`${at.line}: ${problem}`));
    for (const scope of file.scopes) {
      expectAt(scope, /^storage\.type$/);
      expectAt(scope.name, /^entity\.name\.function/);
      if (scope.using) expectAt(scope.using, /^entity\.name\.type\.frame$/);
      for (const item of scope.items) {
        if (item.is === 'label') expectAt(item, /^entity\.name\.label$/);
        if (item.is === 'use' || item.is === 'needs' || item.is === 'includes') expectAt(item, /^storage\.type$/);
        if (item.is !== 'statement') continue;
        expectAt(item, /^keyword\./);
        for (const operand of item.operands ?? [])
          if (operand.shape === 'field') expectAt(operand, /^variable\.other\.member$/);
          else if (operand.shape === 'message') expectAt(operand, /^support\.class\.message$/);
      }
    }
    const isInvalid = ({ scopes }: IToken): boolean => scopes.some((scope) => scope.startsWith('invalid'));
    for (const [i, tokens] of lines.entries())
      if (tokens.some(isInvalid)) wrong.push(`${path}:${i + 1} has what is invalid`);
    expect(wrong).toEqual([]);
  },
);

test('every instruction, message and constant has its colour', () => {
  const wrong = [
    ...INSTRUCTIONS.filter(({ name }) => !scopeAt(tokensOf(`    ${name}`), 5).startsWith('keyword.')),
    ...KINDS.slice(1).filter(({ name }) => scopeAt(tokensOf(`    send ${name} (r0)`), 10) !== 'support.class.message'),
    ...Object.keys(CONSTANTS).filter((name) => scopeAt(tokensOf(`    ldi r0, #${name}`), 14) !== 'support.constant'),
  ];
  expect(wrong).toEqual([]);
});

test.each(['    fleg.set t, volume, #1', 'again: brr again', 'role nobody'])('"%s" is shown to be wrong', (line) => {
  expect(tokensOf(line).flatMap(({ scopes }) => scopes)).toContain('invalid.illegal.instruction.arraylab-uc');
});

test('a line that is a comment, or has one, is coloured as far as that', () => {
  const tokens = tokensOf('    end ; not "this"');
  expect([scopeAt(tokens, 5), scopeAt(tokens, 9), scopeAt(tokens, 16)]).toEqual([
    'keyword.control',
    'comment.line.semicolon',
    'comment.line.semicolon',
  ]);
});

/** Fields of an attach for the targets that there are. */
function attachable(): object | undefined {
  const isThere = (target: string): boolean =>
    existsSync(join(packageRoot(), `dist/tools/debugger/${target}-target.js`));
  const { url, tokenFile, dump, microcode, stopOnEntry } = ATTACH_SCHEMA;
  const live = isThere('live') && { url, tokenFile, stopOnEntry };
  return live || isThere('dump') ? { ...live, ...(isThere('dump') && { dump }), microcode } : undefined;
}

test('a launch, and an attach to what can be attached to, have the fields that the adapter takes', () => {
  const { launch, attach } = debuggerOf.configurationAttributes;
  expect([launch.properties, attach?.properties]).toEqual([LAUNCH_SCHEMA, attachable()]);
});

test('what it writes into a launch.json is taken', async () => {
  for (const configuration of debuggerOf.initialConfigurations) {
    const fields = new Fields('launch', configuration);
    expect(unknownFields(fields)).toEqual([]);
    expect((await loadScenario(launchOf(fields).scenario)).help).toBeTruthy();
  }
  for (const { body } of debuggerOf.configurationSnippets)
    expect(unknownFields(new Fields(body.request, body))).toEqual([]);
});

test.each(['README.md', 'tools/vscode/README.md'])('the launch that %s shows is taken', (path) => {
  const text = readFileSync(join(packageRoot(), path), 'utf8');
  const [, example = ''] = /```json\n(\{\s*"type": "arraylab".*?)```/s.exec(text) ?? [];
  const fields = new Fields('launch', JSON.parse(example));
  expect([unknownFields(fields), launchOf(fields).scenario]).toEqual([[], 'storm']);
});
