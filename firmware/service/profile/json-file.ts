/** A JSON file with the lines of its values. */
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Problem, ProfileError } from './problems.js';

/** Names of fields and places in lists, from the whole file inwards. */
export type Path = readonly (string | number)[];

const SHOWN_MAX = 60;

/** What a person would not see as the name of a field is shown as a text. */
const named = (part: string): string => (/^\P{Cc}+$/u.test(part) && part.length <= SHOWN_MAX ? part : show(part));

/** `arrays[0].volumes[1].name`. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text === '' ? '' : '.'}${named(part)}`),
    '',
  );

export function show(value: unknown): string {
  // A number may be too large for JSON to write what it read.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

export class JsonFile {
  /** As errors call it. */
  readonly name: string;
  readonly value: unknown;
  readonly #text: string;
  readonly #tree: Node;
  /** Children of nodes that were asked for, by name or place. */
  readonly #children = new Map<Node, ReadonlyMap<string | number, Node>>();
  /** Where each line begins. */
  readonly #lines: readonly number[];

  /** Errors: ProfileError for what is no JSON, or has a field twice in one object. */
  constructor(name: string, text: string) {
    this.name = name;
    this.#text = text;
    this.#lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    const errors: ParseError[] = [];
    const tree = this.#parse(errors);
    if (errors.length > 0 || tree === undefined) {
      throw new ProfileError(
        errors.slice(0, 1).map(({ error, offset }) => this.#notJson(words(printParseErrorCode(error)), offset)),
      );
    }
    this.#tree = tree;
    // Unlike the tree's values, these have a field __proto__ like any other.
    this.value = JSON.parse(text);
    const twins = [...this.#twins(tree)];
    if (twins.length > 0) throw new ProfileError(twins);
  }

  #parse(errors: ParseError[]): Node | undefined {
    try {
      return parseTree(this.#text, errors, STRICT);
    } catch (error) {
      // It goes down a call for each level.
      if (!(error instanceof RangeError)) throw error;
      throw new ProfileError([this.#notJson('it is nested too deep', 0)]);
    }
  }

  #notJson(why: string, offset: number): Problem {
    return { file: this.name, line: this.#lineAt(offset), field: '', message: `this is not JSON: ${why}` };
  }

  #lineAt(offset: number): number {
    let [least, most] = [1, this.#lines.length];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if ((this.#lines[middle - 1] as number) <= offset) least = middle;
      else most = middle - 1;
    }
    return least;
  }

  /** Where a value stands; of one that is missing, where the object stands that should have it. */
  offsetOf(path: Path): number {
    let node = this.#tree;
    for (const part of path) {
      const child = this.#child(node, part);
      if (!child) break;
      node = child;
    }
    // A field stands where its name stands.
    return node.parent?.type === 'property' ? node.parent.offset : node.offset;
  }

  #child(node: Node, part: string | number): Node | undefined {
    let children = this.#children.get(node);
    if (children === undefined) {
      children = new Map(
        (node.children ?? []).map((child, i): [string | number, Node] => {
          const [key, value] = child.type === 'property' ? (child.children ?? []) : [];
          return value ? [key?.value as string, value] : [i, child];
        }),
      );
      this.#children.set(node, children);
    }
    return children.get(part);
  }

  lineOf(path: Path): number {
    return this.#lineAt(this.offsetOf(path));
  }

  /** The value at a path; undefined when there is none. */
  at(path: Path): unknown {
    return path.reduce<unknown>(
      (value, part) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, part)
          ? (value as Record<string | number, unknown>)[part]
          : undefined,
      this.value,
    );
  }

  /** `text` follows the field: "is not a field". */
  problem(path: Path, text: string): Problem {
    const field = pathText(path);
    const place = field === '' ? 'the file' : field;
    return {
      file: this.name,
      line: this.lineOf(path),
      field,
      message: `${place}${text.startsWith(':') ? '' : ' '}${text}`,
    };
  }

  /** What somebody else says, who begins with the field: "zones[0].last_cylinder is 5; 6 is right". */
  problemSaid(message: string): Problem {
    const [field] = message.split(' ', 1);
    const path = field.split(/[.[\]]+/).filter((part) => part !== '');
    return {
      file: this.name,
      line: this.lineOf(path.map((part) => (/^\d+$/.test(part) ? Number(part) : part))),
      field,
      message,
    };
  }

  /** The value is not what it must be, or it is missing. */
  wrong(path: Path, right: string): Problem {
    const value = this.at(path);
    return this.problem(
      path,
      value === undefined ? `is missing; it must be ${right}` : `is ${show(value)}; it must be ${right}`,
    );
  }

  *#twins(root: Node): Iterable<Problem> {
    const todo: { node: Node; path: Path }[] = [{ node: root, path: [] }];
    for (let next = todo.pop(); next; next = todo.pop()) {
      const { node, path } = next;
      const seen = new Map<string, number>();
      for (const [i, child] of (node.children ?? []).entries()) {
        if (node.type === 'array') todo.push({ node: child, path: [...path, i] });
        if (child.type !== 'property') continue;
        const [key, value] = child.children ?? [];
        const name = String(key?.value);
        const line = this.#lineAt(child.offset);
        const before = seen.get(name);
        const field = pathText([...path, name]);
        if (before !== undefined) {
          const message = `${field} stands twice; line ${before} has it already, and one must go`;
          yield { file: this.name, line, field, message };
        }
        seen.set(name, line);
        if (value) todo.push({ node: value, path: [...path, name] });
      }
    }
  }
}

/** CommaExpected: "comma expected". */
const words = (code: string): string =>
  code.replace(/[A-Z]/g, (letter, at: number) => (at === 0 ? letter.toLowerCase() : ` ${letter.toLowerCase()}`));
