/** A JSON file with the lines of its values. */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Problem, ProfileError } from './problems.js';

/** Names of fields and places in lists, from the whole file inwards. */
export type Path = readonly (string | number)[];

/** `arrays[0].volumes[1].name`. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );

const SHOWN_MAX = 60;

export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

export class JsonFile {
  /** As errors call it. */
  readonly name: string;
  readonly value: unknown;
  readonly #text: string;
  readonly #tree: Node;

  /** Errors: ProfileError for what is no JSON, or has a field twice in one object. */
  constructor(name: string, text: string) {
    this.name = name;
    this.#text = text;
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
    return this.#text.slice(0, offset).split('\n').length;
  }

  /** Where a value stands; of one that is missing, where the object stands that should have it. */
  offsetOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(this.#tree, path.slice(0, length));
      // A field stands where its name stands.
      if (node) return node.parent?.type === 'property' ? node.parent.offset : node.offset;
    }
    return this.#tree.offset;
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
