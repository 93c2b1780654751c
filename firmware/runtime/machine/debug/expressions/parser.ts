/**
 * Reads an expression: operators as in C, with their precedence. Errors: RangeError that names the column and what would be
 * right there.
 */
import type { TableName } from '../../../../memory/tables.js';
import { ROLES, TASK_CLASSES } from '../../../../ports/messages.js';
import { listed } from '../machines.js';
import { FIELD_MEANINGS, fieldMeaning } from '../meanings.js';
import { Cursor } from './cursor.js';
import { type ExpressionNames, FLAG_SETS } from './names.js';
import type { Token } from './tokens.js';
import {
  type Binary,
  type FieldTree,
  PRECEDENCE,
  type RegisterTree,
  type Tree,
  type Unary,
  type Whose,
} from './tree.js';

const UNARY = ['-', '!', '~', '+'];
const REGISTERS = 16;
const ALL_BITS = -1;

/** The whole text is one expression. */
export function parse(text: string, names: ExpressionNames): Tree {
  return new Parser(text, names).whole();
}

class Parser {
  readonly #words: Cursor;
  readonly #names: ExpressionNames;

  constructor(text: string, names: ExpressionNames) {
    this.#words = new Cursor(text, names.dashed());
    this.#names = names;
  }

  whole(): Tree {
    const tree = this.#binary(1);
    if (this.#words.peek().is !== 'end') throw this.#words.wrong('an operator, or the end');
    return tree;
  }

  #binary(least: number): Tree {
    let left = this.#unary();
    for (;;) {
      const { is, text } = this.#words.peek();
      const precedence = is === 'sign' ? (PRECEDENCE[text as Binary] ?? 0) : 0;
      if (precedence < least) return left;
      this.#words.skip();
      left = { is: 'binary', op: text as Binary, left, right: this.#binary(precedence + 1) };
    }
  }

  #unary(): Tree {
    const { is, text } = this.#words.peek();
    if (is !== 'sign' || !UNARY.includes(text)) return this.#primary();
    this.#words.skip();
    const of = this.#unary();
    return text === '+' ? of : { is: 'unary', op: text as Unary, of };
  }

  #primary(): Tree {
    const token = this.#words.peek();
    if (this.#words.takes('(')) {
      const tree = this.#binary(1);
      this.#words.need(')');
      return tree;
    }
    if (this.#words.takes('#')) {
      if (this.#words.peek().is === 'number') return this.#number();
      return this.#constant(this.#words.name('the name of a constant'));
    }
    if (token.is === 'number') return this.#number();
    if (token.is !== 'name') throw this.#words.wrong('a number, a register, a field, a constant or "("');
    if (this.#beginsFlags()) return this.#flags();
    if (this.#words.isSign('(', 1)) return this.#call();
    if (this.#words.isSign(':', 1) && this.#names.rig.arrayNumber(token.text) >= 0) {
      this.#words.skip(2);
      return this.#place(this.#names.rig.arrayNumber(token.text));
    }
    if (this.#words.isSign('.', 1) || (this.#words.isSign('[', 1) && this.#names.isTable(token.text)))
      return this.#place('task');
    this.#words.skip();
    return this.#named(token);
  }

  #number(): Tree {
    const token = this.#words.peek();
    const value = Number(token.text);
    if (!Number.isSafeInteger(value)) throw this.#words.wrongOf(token, `${token.text} is more than 53 bits`);
    this.#words.skip();
    return { is: 'number', value };
  }

  #constant(token: Token): Tree {
    const value = this.#names.constant(token.text);
    if (value === undefined)
      throw this.#words.wrongOf(token, `there is no constant ${token.text}; ISA.md has those that there are`);
    return { is: 'number', value };
  }

  #named(token: Token): Tree {
    const { text } = token;
    const own = this.#names.own(text);
    if (own !== undefined) return { is: 'number', value: own };
    if (this.#names.isCount(text)) return { is: 'count', name: text };
    const register = this.#register(text);
    if (register) return register;
    if (this.#names.constant(text) !== undefined) return this.#constant(token);
    const hint = this.#names.isTable(text) ? `; of table ${text} a field is written ${text}.FIELD[RECORD]` : '';
    throw this.#words.wrongOf(
      token,
      `"${text}" is no register that the microcode names, no constant and no count (time_us, operations, step, hits)${hint}`,
    );
  }

  #register(text: string): RegisterTree | undefined {
    const own = /^r(\d+)$/.exec(text);
    if (own && Number(own[1]) < REGISTERS) return { is: 'register', name: text, register: Number(own[1]), words: 1 };
    return this.#names.isRegister(text) ? { is: 'register', name: text, words: 'named' } : undefined;
  }

  // ── M1_WP|M2 A:data0:17

  /** Names of flags, with | between them, and behind them a name without any sign between. */
  #beginsFlags(): boolean {
    for (let i = 0; this.#words.isName(i) && FLAG_SETS[this.#words.peek(i).text] !== undefined; i += 2) {
      if (this.#words.isName(i + 1)) return true;
      if (!this.#words.isSign('|', i + 1)) return false;
    }
    return false;
  }

  #flags(): FieldTree {
    let mask = 0;
    const begin = this.#words.peek();
    do mask |= FLAG_SETS[this.#words.name('a flag').text];
    while (this.#words.takes('|'));
    const name = this.#words.since(begin);
    const isArray = this.#names.rig.arrayNumber(this.#words.peek().text) >= 0;
    const hasArray = this.#words.isSign(':', 1) && (isArray || (this.#words.isName(2) && this.#words.isSign(':', 3)));
    const array = hasArray ? this.#array() : 'task';
    if (hasArray) this.#words.need(':');
    const index = this.#record('track', array, true);
    const meaning = FIELD_MEANINGS['track.flags'];
    return {
      is: 'field',
      name,
      table: 'track',
      array,
      ...this.#names.places('track', 'flags'),
      words: 1,
      mask,
      index,
      meaning,
    };
  }

  #array(): number {
    const token = this.#words.name(`an array: ${listed(this.#names.rig.arrays.map(({ name }) => name))}`);
    return this.#words.at(token, () => this.#names.rig.array(token.text));
  }

  // ── A:pair.state[data0], slot.valid+2[t], pair[data0]

  #place(array: Whose): Tree {
    const table = this.#words.name('a table');
    if (!this.#names.isTable(table.text)) {
      if (this.#words.isSign('.')) this.#words.at(table, () => this.#names.words(table.text, ''));
      throw this.#words.wrongOf(table, `"${table.text}" is no table; TABLE.FIELD[RECORD] is right there`);
    }
    const { text: name } = table;
    if (!this.#words.takes('.')) {
      const index = this.#index(name as TableName, array);
      return { is: 'fields', table: name, array, index, text: this.#words.since(table) };
    }
    const field = this.#words.name(`a field of ${name}`);
    const words = this.#words.at(field, () => this.#names.words(name, field.text));
    const plus = this.#plus(words);
    const called = this.#words.since(table);
    const index = this.#index(name as TableName, array);
    const left = plus === undefined ? words : 1;
    const meaning = plus === undefined ? fieldMeaning(name, field.text, words) : undefined;
    return {
      is: 'field',
      name: called,
      table: name,
      array,
      ...this.#names.places(name, field.text, plus),
      words: left,
      mask: ALL_BITS,
      index,
      meaning,
    };
  }

  /** `+2` right behind a field of several words: one of them. */
  #plus(words: number): number | undefined {
    const [sign, number] = [this.#words.peek(), this.#words.peek(1)];
    if (words === 1 || !this.#words.isSign('+') || sign.spaced || number.is !== 'number' || number.spaced)
      return undefined;
    if (Number(number.text) >= words)
      throw this.#words.wrongOf(number, `the field has ${words} words: +0 to +${words - 1}`);
    this.#words.skip(2);
    return Number(number.text);
  }

  #index(table: TableName, array: Whose): Tree | undefined {
    if (!this.#words.takes('[')) return undefined;
    const tree = this.#record(table, array, false);
    this.#words.need(']');
    return tree;
  }

  /** What stands in brackets: `data0`, `data0:17`, `A:data0` (the array once more), or any expression. */
  #record(table: TableName, array: Whose, isOfTrack: boolean): Tree {
    const token = this.#words.peek();
    if (
      this.#words.isName() &&
      typeof array === 'number' &&
      this.#words.isSign(':', 1) &&
      this.#names.rig.arrayNumber(token.text) === array
    )
      this.#words.skip(2);
    const named = this.#words.peek();
    const found = named.is === 'name' ? this.#names.records(table, named.text) : undefined;
    const isAlone = found && ['end', 'sign'].includes(this.#words.peek(1).is) && !this.#words.isSign('.', 1);
    if (!found || !isAlone) {
      if (isOfTrack && named.is === 'name' && typeof array === 'number')
        this.#words.at(named, () => this.#names.rig.volume(array, named.text));
      if (isOfTrack) throw this.#words.wrong('a volume and a track: ARRAY:VOLUME:TRACK');
      return this.#binary(1);
    }
    this.#words.skip();
    if (isOfTrack && !this.#words.isSign(':')) throw this.#words.wrong('":" and the number of a track');
    const number = (): Tree => (isOfTrack ? this.#unary() : this.#binary(1));
    const plus = this.#words.takes(':') ? number() : undefined;
    return {
      is: 'record',
      name: named.text,
      array,
      first: found.first,
      least: found.least,
      most: found.most,
      plus,
      divided: found.divided,
    };
  }

  // ── ring(A, data, cache), backlog(A, data, host), u64(r10)

  #call(): Tree {
    const token = this.#words.name('a name');
    this.#words.need('(');
    switch (token.text) {
      case 'u64': {
        const name = this.#words.name('a register');
        const register = this.#register(name.text);
        if (!register) throw this.#words.wrongOf(name, `"${name.text}" is no register that the microcode names`);
        if (register.register !== undefined && register.register % 2 === 1)
          throw this.#words.wrongOf(name, `a number of 64 bits begins at an even register, r0 to r14`);
        this.#words.need(')');
        return { ...register, words: 2 };
      }
      case 'ring':
      case 'backlog':
        return this.#ring(token.text);
      default:
        throw this.#words.wrongOf(
          token,
          `there is no ${token.text}(); there are u64(REGISTER), ring(ARRAY, FROM, TO) and backlog(ARRAY, ROLE, CLASS)`,
        );
    }
  }

  #ring(what: 'ring' | 'backlog'): Tree {
    const array = this.#array();
    this.#words.need(',');
    const from = this.#words.oneOf(ROLES, listed(ROLES));
    this.#words.need(',');
    const token = this.#words.peek();
    const ends = what === 'ring' ? ROLES : TASK_CLASSES;
    const to = this.#words.oneOf(ends, listed(ends));
    this.#words.need(')');
    const { rings, backlogs } = this.#names.rig.tables(array).memory.layout;
    const place =
      what === 'ring'
        ? rings.find((ring) => ring.from === from && ring.to === to)
        : backlogs.filter((ring) => ring.to === from)[to];
    if (place) return { is: 'ring', array, base: place.base };
    const there = rings.filter((ring) => ring.from === from).map((ring) => ROLES[ring.to]);
    const has = what === 'ring' ? `rings of ${ROLES[from]} go to ${listed(there)}` : 'ports have no backlog';
    throw this.#words.wrongOf(token, `there is no such ${what}; ${has}`);
  }
}
