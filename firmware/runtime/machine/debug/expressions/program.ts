/**
 * An expression made ready to run, without allocating anything. Numbers are whole ones, exact up to 53 bits; words of memory
 * have a sign, but beside a number from 2^31 to 2^32 they are compared without. What goes wrong while it runs (a division by
 * 0, a record that does not exist) makes all of it 0, and `failure` says what it was.
 *
 * Each step reads and writes the stack by itself: a number that is handed from function to function may be an allocation.
 */
import { Ring } from 'sharedarraybuffer-ring';
import type { Image } from '../../../../engine/image.js';
import { T_PC } from '../../../../engine/tasks.js';
import { DESCRIPTOR_WORDS, ROLES } from '../../../../ports/messages.js';
import { Code } from '../code.js';
import type { Rig } from '../machines.js';
import type { TaskRef } from '../target.js';
import { failureText, noFailure, type Wrong } from './failures.js';
import { type Step, stepsOf } from './steps.js';
import type { FieldTree, RecordTree, RegisterTree, Tree, Whose } from './tree.js';

const HALF = 0x1_0000_0000;
/** More than a text of 1000 letters needs. */
const STACK = 1024;
/** Powers of 2. */
const SHIFTS = Float64Array.from({ length: 54 }, (_, n) => (n < 31 ? 1 << n : (1 << 30) * (1 << (n - 30))));

export class Program {
  readonly #rig: Rig;
  readonly #steps: readonly Step[];
  readonly #stack = new Float64Array(STACK);
  /** By word address. */
  readonly #rings = new Map<number, { readonly m: Int32Array; readonly ring: Ring }>();
  /** Of each array and role: what the image last seen there calls by a name. */
  readonly #images: (Image | undefined)[] = [];
  readonly #named = new Map<string, Uint8Array[]>();
  readonly #failure = noFailure();

  constructor(rig: Rig, tree: Tree) {
    this.#rig = rig;
    this.#steps = stepsOf(tree);
  }

  /** Why the last run came to nothing; undefined: it did not. */
  get failure(): string | undefined {
    return failureText(this.#rig, this.#failure);
  }

  /** 0 if something went wrong. */
  readonly run = (task: TaskRef | undefined): number => {
    const stack = this.#stack;
    const steps = this.#steps;
    const failure = this.#failure;
    let top = -1;
    failure.wrong = undefined;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i];
      switch (step.op) {
        case 'number':
          stack[++top] = step.value;
          break;
        case 'register':
          this.#register(step.of, task, ++top);
          break;
        case 'field':
          if (!step.isIndexed) stack[++top] = 0;
          this.#field(step.of, task, top);
          break;
        case 'record':
          if (!step.hasPlus) stack[++top] = 0;
          this.#record(step.of, task, top);
          break;
        case 'ring':
          stack[++top] = this.#waiting(step.of.array, step.of.base);
          break;
        case 'count':
          this.#count(step.name, ++top);
          break;
        case 'and':
          if (stack[top] === 0) i = step.to - 1;
          else top--;
          break;
        case 'or':
          if (stack[top] === 0) top--;
          else {
            stack[top] = 1;
            i = step.to - 1;
          }
          break;
        case 'negate':
        case 'not':
        case 'invert':
        case 'truth':
        case 'unsigned':
          this.#unary(step.op, top);
          break;
        default:
          this.#binary(step.op, --top);
          break;
      }
      if (stack[top] > Number.MAX_SAFE_INTEGER || stack[top] < -Number.MAX_SAFE_INTEGER) this.#fails('large', '', 0);
      if (failure.wrong !== undefined) return 0;
    }
    // Of -0 there is but one.
    return stack[0] + 0;
  };

  #fails(wrong: Wrong, name: string, value: number, array = 0, role = 0): void {
    if (this.#failure.wrong === undefined) Object.assign(this.#failure, { wrong, name, value, array, role });
  }

  #whose(whose: Whose, task: TaskRef | undefined): number {
    return whose === 'task' ? (task?.array ?? (this.#rig.arrays.length === 1 ? 0 : -1)) : whose;
  }

  #wide(m: Int32Array, at: number, top: number): void {
    this.#stack[top] = m[at + 1] * HALF + (m[at] >>> 0);
  }

  #register({ name, register, words }: RegisterTree, task: TaskRef | undefined, top: number): void {
    if (task === undefined) {
      this.#fails('task', name, 0);
      return;
    }
    const { m } = this.#rig.arrays[task.array].tables.memory;
    const at = this.#rig.taskAt(task);
    const named = register ?? this.#lookUp(name, task)[m[at + T_PC]] ?? 0;
    if (register === undefined && named === 0) {
      this.#fails('name', name, m[at + T_PC], task.array, task.role);
      return;
    }
    const number = named & 15;
    const isWide = words === 2 ? number % 2 === 0 : words === 'named' && named >> 4 === 2;
    if (isWide) this.#wide(m, at + number, top);
    else this.#stack[top] = m[at + number];
  }

  /** What the image of the task's role calls so, by instruction: see `Code.named`. */
  #lookUp(name: string, { array, role }: TaskRef): Uint8Array {
    const place = array * ROLES.length + role;
    const image = this.#rig.arrays[array].images[ROLES[role]];
    if (image !== this.#images[place]) {
      // Other microcode was loaded: everything known of the names is of the old one.
      this.#images[place] = image;
      for (const tables of this.#named.values()) delete tables[place];
    }
    const tables = this.#named.get(name) ?? [];
    this.#named.set(name, tables);
    tables[place] ??= image ? Code.of(image).named(name) : new Uint8Array();
    return tables[place];
  }

  #field(of: FieldTree, task: TaskRef | undefined, top: number): void {
    const stack = this.#stack;
    const array = this.#whose(of.array, task);
    if (array < 0) {
      this.#fails('task', of.name, 0);
      return;
    }
    if (!(stack[top] >= 0 && stack[top] < of.records[array])) {
      this.#fails('record', of.table, stack[top], array);
      return;
    }
    const { m } = this.#rig.arrays[array].tables.memory;
    const at = of.at[array] + (stack[top] << of.shift);
    if (of.words === 2 && of.meaning?.as !== 'queue') this.#wide(m, at, top);
    else stack[top] = m[at] & of.mask;
  }

  #record(of: RecordTree, task: TaskRef | undefined, top: number): void {
    const stack = this.#stack;
    const array = this.#whose(of.array, task);
    if (array < 0) this.#fails('task', of.name, 0);
    else if (of.first[array] < 0 && of.least === 0) this.#fails('array', of.name, -1, array);
    else if (stack[top] < (of.plus === undefined ? 0 : of.least) || stack[top] > of.most[array])
      this.#fails('array', of.name, stack[top], array);
    else stack[top] = of.first[array] + Math.floor(stack[top] / of.divided);
  }

  #waiting(array: number, base: number): number {
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

  #count(name: string, top: number): void {
    const { machines } = this.#rig;
    if (name === 'time_us') this.#stack[top] = Math.floor(machines.now_ns() / 1000);
    else if (name === 'time_ns') this.#stack[top] = machines.now_ns();
    else this.#stack[top] = machines.count?.(name) ?? 0;
  }

  #unary(op: Step['op'], top: number): void {
    const stack = this.#stack;
    if (op === 'negate') stack[top] = -stack[top];
    else if (op === 'not') stack[top] = stack[top] === 0 ? 1 : 0;
    else if (op === 'invert') stack[top] = -stack[top] - 1;
    else if (op === 'truth') stack[top] = stack[top] === 0 ? 0 : 1;
    else if (stack[top] < 0) stack[top] += HALF;
  }

  /** Of the two numbers at `top` and behind it. */
  #binary(op: Step['op'], top: number): void {
    const stack = this.#stack;
    const x = stack[top];
    const y = stack[top + 1];
    switch (op) {
      case '==':
        stack[top] = x === y ? 1 : 0;
        break;
      case '!=':
        stack[top] = x !== y ? 1 : 0;
        break;
      case '<':
        stack[top] = x < y ? 1 : 0;
        break;
      case '<=':
        stack[top] = x <= y ? 1 : 0;
        break;
      case '>':
        stack[top] = x > y ? 1 : 0;
        break;
      case '>=':
        stack[top] = x >= y ? 1 : 0;
        break;
      case '&':
        stack[top] = (Math.floor(x / HALF) & Math.floor(y / HALF)) * HALF + ((x & y) >>> 0);
        break;
      case '|':
        stack[top] = (Math.floor(x / HALF) | Math.floor(y / HALF)) * HALF + ((x | y) >>> 0);
        break;
      case '^':
        stack[top] = (Math.floor(x / HALF) ^ Math.floor(y / HALF)) * HALF + ((x ^ y) >>> 0);
        break;
      case '+':
        stack[top] = x + y;
        break;
      case '-':
        stack[top] = x - y;
        break;
      case '*':
        stack[top] = x * y;
        break;
      case '/':
        if (y === 0) this.#fails('division', '', 0);
        else stack[top] = (x - (x % y)) / y;
        break;
      case '%':
        if (y === 0) this.#fails('division', '', 0);
        else stack[top] = x % y;
        break;
      default:
        if (!(y >= 0 && y < SHIFTS.length)) this.#fails('shift', '', y);
        else stack[top] = op === '<<' ? x * SHIFTS[y] : Math.floor(x / SHIFTS[y]);
        break;
    }
  }
}
