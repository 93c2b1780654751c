/**
 * An expression made ready to run, without allocating anything. Numbers are whole ones, exact up to 53 bits; words of memory
 * have a sign, but beside a number from 2^31 to 2^32 they are compared without. What goes wrong while it runs (a division by
 * 0, a record that does not exist) makes all of it 0, and `failure` says what it was.
 */
import { Ring } from 'sharedarraybuffer-ring';
import { T_PC } from '../../../../engine/tasks.js';
import { shiftOf, type TableName } from '../../../../memory/tables.js';
import { DESCRIPTOR_WORDS, ROLES } from '../../../../ports/messages.js';
import { Code } from '../code.js';
import { listed, type Rig } from '../machines.js';
import { wide } from '../show.js';
import type { TaskRef } from '../target.js';
import { type Step, stepsOf } from './steps.js';
import type { FieldTree, RecordTree, RegisterTree, Tree, Whose } from './tree.js';

const HALF = 0x1_0000_0000;
const STACK = 1024;
/** Powers of 2. */
const SHIFTS = Float64Array.from({ length: 54 }, (_, n) => (n < 31 ? 1 << n : (1 << 30) * (1 << (n - 30))));

type Wrong = 'task' | 'free' | 'name' | 'record' | 'array' | 'division' | 'shift' | 'large';

export class Program {
  readonly #rig: Rig;
  readonly #steps: readonly Step[];
  readonly #stack = new Float64Array(STACK);
  readonly #rings = new Map<number, { readonly m: Int32Array; readonly ring: Ring }>();
  #wrong: Wrong | undefined;
  /** What it was about. */
  #name = '';
  #value = 0;
  #array = 0;

  constructor(rig: Rig, tree: Tree) {
    this.#rig = rig;
    this.#steps = stepsOf(tree);
  }

  /** 0 if something went wrong. */
  readonly run = (task: TaskRef | undefined): number => {
    const stack = this.#stack;
    const steps = this.#steps;
    let top = -1;
    this.#wrong = undefined;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i];
      switch (step.op) {
        case 'number':
          stack[++top] = step.value;
          break;
        case 'negate':
          stack[top] = -stack[top];
          break;
        case 'not':
          stack[top] = stack[top] === 0 ? 1 : 0;
          break;
        case 'invert':
          stack[top] = -stack[top] - 1;
          break;
        case 'truth':
          stack[top] = stack[top] === 0 ? 0 : 1;
          break;
        case 'unsigned':
          if (stack[top] < 0) stack[top] += HALF;
          break;
        case 'and':
          if (stack[top] === 0) i = step.to - 1;
          else top--;
          break;
        case 'or':
          if (stack[top] !== 0) {
            stack[top] = 1;
            i = step.to - 1;
          } else top--;
          break;
        case 'register':
          stack[++top] = this.#register(step.of, task);
          break;
        case 'field': {
          const record = step.isIndexed ? stack[top--] : 0;
          stack[++top] = this.#field(step.of, record, task);
          break;
        }
        case 'record': {
          const plus = step.hasPlus ? stack[top--] : 0;
          stack[++top] = this.#record(step.of, plus, task);
          break;
        }
        case 'ring':
          stack[++top] = this.#ring(step.of.array, step.of.base);
          break;
        case 'count':
          stack[++top] = this.#count(step.name);
          break;
        default:
          top--;
          stack[top] = this.#binary(step.op, stack[top], stack[top + 1]);
          break;
      }
      if (stack[top] > Number.MAX_SAFE_INTEGER || stack[top] < -Number.MAX_SAFE_INTEGER) this.#fails('large', '', 0);
      if (this.#wrong !== undefined) return 0;
    }
    // Of -0 there is but one.
    return stack[0] + 0;
  };

  /** Why the last run came to nothing; undefined: it did not. */
  get failure(): string | undefined {
    const [name, value, array] = [this.#name, this.#value, this.#array];
    switch (this.#wrong) {
      case undefined:
        return undefined;
      case 'task':
        return `${name} is of a task, and none is named`;
      case 'free':
        return `${name} is of a task, and that one runs nothing now`;
      case 'name':
        return this.#noName(name, value);
      case 'record': {
        const records = this.#rig.tables(array).memory.layout.records[name as TableName];
        return `array ${this.#rig.arrays[array].name} has no record ${value} of ${name}; ${records === 0 ? 'it has none' : `it has 0 to ${records - 1}`}`;
      }
      case 'array':
        return value < 0
          ? `array ${this.#rig.arrays[array].name} has no ${name}`
          : `there is no ${name}:${value} in array ${this.#rig.arrays[array].name}`;
      case 'division':
        return 'it divides by 0';
      case 'shift':
        return `it shifts by ${value}; 0 to 53 are possible`;
      default:
        return 'a number in it is more than 53 bits';
    }
  }

  #fails(wrong: Wrong, name: string, value: number, array = 0): number {
    if (this.#wrong === undefined) {
      this.#wrong = wrong;
      this.#name = name;
      this.#value = value;
      this.#array = array;
    }
    return 0;
  }

  #noName(name: string, instruction: number): string {
    const [array, role] = [Math.floor(this.#array / ROLES.length), this.#array % ROLES.length];
    const { file, line, scope } = this.#rig.place(array, role, instruction);
    const there = this.#rig.codeOf(array, role).namesAt(instruction);
    return `no register is called ${name} at ${file}:${line} (${scope}); there are ${listed(there.map((one) => one.name))}, and r0 to r15`;
  }

  #whose(whose: Whose, task: TaskRef | undefined): number {
    return whose === 'task' ? (task?.array ?? (this.#rig.arrays.length === 1 ? 0 : -1)) : whose;
  }

  #register({ name, register, words }: RegisterTree, task: TaskRef | undefined): number {
    if (task === undefined) return this.#fails('task', name, 0);
    const array = this.#rig.arrays[task.array];
    const { m } = array.tables.memory;
    const at = this.#rig.taskAt(task);
    let number = register ?? 0;
    let isWide = words === 2;
    if (register === undefined) {
      const image = array.images[ROLES[task.role]];
      const found = image === undefined ? 0 : (Code.of(image).named(name)[m[at + T_PC]] ?? 0);
      if (found === 0) return this.#fails('name', name, m[at + T_PC], task.array * ROLES.length + task.role);
      number = found & 15;
      isWide ||= words === 'named' && found >> 4 === 2;
      if (isWide && number % 2 === 1) isWide = false;
    }
    return isWide ? wide(m[at + number], m[at + number + 1]) : m[at + number];
  }

  #field(of: FieldTree, record: number, task: TaskRef | undefined): number {
    const array = this.#whose(of.array, task);
    if (array < 0) return this.#fails('task', of.name, 0);
    const { m, layout } = this.#rig.arrays[array].tables.memory;
    const table = of.table as TableName;
    if (!(record >= 0 && record < layout.records[table])) return this.#fails('record', table, record, array);
    const at = layout.base[table] + (record << shiftOf(table)) + of.offset;
    return of.words === 2 && of.meaning?.as !== 'queue' ? wide(m[at], m[at + 1]) : m[at] & of.mask;
  }

  #record(of: RecordTree, plus: number, task: TaskRef | undefined): number {
    const array = this.#whose(of.array, task);
    if (array < 0) return this.#fails('task', of.name, 0);
    const first = of.first[array];
    if (first < 0 && of.least === 0) return this.#fails('array', of.name, -1, array);
    const least = of.plus === undefined ? 0 : of.least;
    if (plus < least || plus > of.most[array]) return this.#fails('array', of.name, plus, array);
    return first + Math.floor(plus / of.divided);
  }

  #ring(array: number, base: number): number {
    const { m, layout } = this.#rig.arrays[array].tables.memory;
    let known = this.#rings.get(base);
    if (known?.m !== m) {
      const place = layout.rings.find((one) => one.base === base) ?? layout.backlogs.find((one) => one.base === base);
      if (!place) return 0;
      known = { m, ring: new Ring(m, base, place.capacity, DESCRIPTOR_WORDS) };
      this.#rings.set(base, known);
    }
    return Math.max(known.ring.availableLocal(), 0);
  }

  #count(name: string): number {
    const { machines } = this.#rig;
    if (name === 'time_us') return Math.floor(machines.now_ns() / 1000);
    return name === 'time_ns' ? machines.now_ns() : (machines.count?.(name) ?? 0);
  }

  #binary(op: Exclude<Step['op'], 'number'>, x: number, y: number): number {
    switch (op) {
      case '+':
        return x + y;
      case '-':
        return x - y;
      case '*':
        return x * y;
      case '/':
        return y === 0 ? this.#fails('division', '', 0) : (x - (x % y)) / y;
      case '%':
        return y === 0 ? this.#fails('division', '', 0) : x % y;
      case '<<':
        return y >= 0 && y < SHIFTS.length ? x * SHIFTS[y] : this.#fails('shift', '', y);
      case '>>':
        return y >= 0 && y < SHIFTS.length ? Math.floor(x / SHIFTS[y]) : this.#fails('shift', '', y);
      case '&':
        return (Math.floor(x / HALF) & Math.floor(y / HALF)) * HALF + ((x & y) >>> 0);
      case '|':
        return (Math.floor(x / HALF) | Math.floor(y / HALF)) * HALF + ((x | y) >>> 0);
      case '^':
        return (Math.floor(x / HALF) ^ Math.floor(y / HALF)) * HALF + ((x ^ y) >>> 0);
      case '==':
        return x === y ? 1 : 0;
      case '!=':
        return x !== y ? 1 : 0;
      case '<':
        return x < y ? 1 : 0;
      case '<=':
        return x <= y ? 1 : 0;
      case '>':
        return x > y ? 1 : 0;
      default:
        return x >= y ? 1 : 0;
    }
  }
}
