/** Reads a microcode source file line by line. Goes on after an error: a person wants all of them at once. */
import { lexLine, type Token } from './lexer.js';
import { Line, LineError, type Report } from './line.js';
import type {
  Binding,
  Constant,
  Frame,
  Named,
  OperandNode,
  ParsedFile,
  Scope,
  ScopeItem,
  Source,
  Statement,
  Term,
} from './syntax.js';

function terms(line: Line): Term[] {
  const list: Term[] = [];
  do {
    const { line: l, column } = line.next;
    const minus = line.skip('-');
    if (minus) list.push({ line: l, column, value: -line.number('a number') });
    else if (line.next.kind === 'number') list.push({ line: l, column, value: line.take().value });
    else list.push({ line: l, column, value: 0, name: line.plain('a number or a constant').text });
  } while (line.skip('|'));
  return list;
}

function bindings(line: Line): Binding[] {
  const list: Binding[] = [];
  do {
    const name = line.plain('name=register');
    line.mark('=');
    list.push({ ...name, register: line.plain('a register, r0 to r15') });
  } while (!line.done);
  return list;
}

function registers(line: Line): Named[] {
  const list: Named[] = [];
  line.mark('(');
  if (!line.is(')')) {
    do list.push(line.plain('a register'));
    while (line.skip(','));
  }
  line.mark(')');
  return list;
}

function operand(line: Line): OperandNode {
  const at = { line: line.next.line, column: line.next.column };
  if (line.skip('#')) return { ...at, shape: 'num', terms: terms(line) };
  if (line.is('(')) return { ...at, shape: 'names', registers: registers(line) };
  line.not('number', 'an operand (a number is written with "#")');
  const { text } = line.name('an operand');
  const dot = text.indexOf('.');
  if (dot >= 0) {
    const plus = line.skip('+') ? line.number('a number of words') : 0;
    const field = { ...at, shape: 'field', table: text.slice(0, dot), field: text.slice(dot + 1), plus } as const;
    if (!line.skip('[')) return field;
    const index = line.plain('an index register');
    line.mark(']');
    return { ...field, index };
  }
  if (line.is('[')) line.fail('a field (table.field[register])');
  if (line.is('(')) return { ...at, shape: 'message', text, registers: registers(line) };
  return { ...at, shape: 'name', text };
}

function statement(line: Line): Statement {
  const { text: mnemonic, line: l, column } = line.name('an instruction, a label or a directive');
  const at = { line: l, column, is: 'statement', mnemonic } as const;
  const operands: OperandNode[] = [];
  try {
    if (!line.done) {
      do operands.push(operand(line));
      while (line.skip(','));
    }
    line.end();
    return { ...at, operands };
  } catch (error) {
    if (error instanceof LineError) return at;
    throw error;
  }
}

function need(line: Line): ScopeItem {
  const { line: l, column } = line.take();
  const at = { line: l, column, is: 'needs', hook: line.plain('a hook') } as const;
  const why = 'the reason, in quotation marks';
  if (line.next.kind !== 'name') return { ...at, why: line.text(`an instruction, or ${why}`) };
  const does = { mnemonic: line.name('an instruction'), operand: operand(line) };
  return { ...at, does, why: line.text(why) };
}

function includes(line: Line): ScopeItem {
  const { line: l, column } = line.take();
  return { line: l, column, is: 'includes', module: line.text('a module, in quotation marks') };
}

export const SAYS = ['zero', 'holds', 'gives', 'keeps', 'alone'] as const;

/** `zero NAME…`, `holds NAME "why"`, `gives NAME "why"`, `keeps NAME… "why"`, `alone "why"`. */
function says(line: Line, word: (typeof SAYS)[number]): ScopeItem {
  const { line: l, column } = line.take();
  const what = word === 'holds' || word === 'gives' ? 'what it holds' : 'a register';
  const names = word === 'alone' ? [] : [line.plain(what)];
  while (word !== 'alone' && line.next.kind === 'name') names.push(line.plain(what));
  if (word !== 'zero') line.text('the reason, in quotation marks');
  line.end();
  return { line: l, column, is: 'says', word, names };
}

class FileParser {
  private role?: Named;
  private readonly constants: Constant[] = [];
  private readonly frames: Frame[] = [];
  private readonly scopes: Scope[] = [];
  private items?: ScopeItem[];

  constructor(
    private readonly path: string,
    private readonly report: Report,
  ) {}

  file(): ParsedFile {
    const { path, role, constants, frames, scopes } = this;
    return { path, role, constants, frames, scopes };
  }

  line(line: Line): void {
    if (line.done) return;
    const first = line.next;
    // `sub` begins a scope, and is an instruction too: `sub rd, x, y` has a comma.
    const isLabel = line.ahead(1).text === ':';
    const directive = first.kind === 'name' && !isLabel && line.ahead(2).text !== ',' ? first.text : '';
    if (this.role) this.afterRole(line, first, directive);
    else if (directive === 'role') {
      line.take();
      // Stands for a role that cannot be read: then that one problem is enough.
      this.role = { ...first, text: '' };
      this.role = line.plain('a role');
      line.end();
    } else {
      this.report(first, 'the first directive of a file is its role ("role data")');
      this.role = { ...first, text: '' };
      this.afterRole(line, first, directive);
    }
  }

  private afterRole(line: Line, first: Token, directive: string): void {
    switch (directive) {
      case 'role':
        this.report(first, `a file has one role, which its first directive names`);
        break;
      case 'const':
        this.constant(line);
        break;
      case 'frame':
        this.frame(line);
        break;
      case 'on':
      case 'sub':
      case 'hook':
        this.scope(line, directive);
        break;
      default:
        this.inScope(line, first, directive);
    }
  }

  private constant(line: Line): void {
    line.take();
    const name = line.plain("a constant's name");
    line.mark('=');
    this.constants.push({ ...name, terms: terms(line) });
    line.end();
  }

  private frame(line: Line): void {
    line.take();
    const name = line.plain("a frame's name");
    line.mark(':');
    const base = line.next.kind === 'name' && line.ahead(1).text !== '=' ? line.plain('a frame') : undefined;
    const more = base ? line.skip('+') : true;
    this.frames.push({ ...name, base, bindings: more ? bindings(line) : [] });
    line.end();
  }

  private scope(line: Line, kind: Scope['kind']): void {
    const { line: l, column } = line.take();
    // Whatever is wrong in its head, the lines after it are in this scope and not in the one before.
    this.items = [];
    const name = line.plain({ on: 'a message kind', sub: "a sub's name", hook: 'a hook' }[kind]);
    const scope: Scope = { line: l, column, kind, name, items: this.items };
    this.scopes.push(scope);
    if (line.done) return;
    if (line.next.text !== 'using') line.fail('"using" and a frame, or the end of the line');
    line.take();
    this.scopes[this.scopes.length - 1] = { ...scope, using: line.plain('a frame') };
    line.end();
  }

  private inScope(line: Line, first: Token, directive: string): void {
    if (!this.items) {
      this.report(first, `"${first.text}" stands before the first scope (on, sub or hook)`);
      return;
    }
    if (directive === 'use') {
      line.take();
      this.items.push({ line: first.line, column: first.column, is: 'use', bindings: bindings(line) });
      return;
    }
    if (directive === 'needs' || directive === 'includes') {
      this.items.push(directive === 'needs' ? need(line) : includes(line));
      line.end();
      return;
    }
    const word = SAYS.find((w) => w === directive);
    if (word) {
      this.items.push(says(line, word));
      return;
    }
    if (line.ahead(1).text === ':') {
      this.items.push({ ...line.plain('a label'), is: 'label' });
      line.mark(':');
      if (line.done) return;
    }
    this.items.push(statement(line));
  }
}

/** The file's parts; problems are told to `report`, and what could not be read is left out. */
export function parse(source: Source, report: Report): ParsedFile {
  const parser = new FileParser(source.path, report);
  for (const [i, text] of source.text.split('\n').entries()) {
    try {
      parser.line(new Line(lexLine(text, i + 1, report), report));
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
    }
  }
  return parser.file();
}
