/**
 * Looking into arrays for a debugger: expressions, tasks, tables, places in the microcode. It keeps nothing of what it saw:
 * every answer is of the memory as it is now. All errors are RangeErrors with a sentence for the user.
 */
import { T_PC } from '../../../engine/tasks.js';
import { makeReady } from '../faults/conditions.js';
import { RigNames } from '../faults/names.js';
import { parseCondition } from '../faults/parse.js';
import { assign } from './assign.js';
import { complete } from './complete.js';
import { ExpressionNames } from './expressions/names.js';
import { parse } from './expressions/parser.js';
import { Program } from './expressions/program.js';
import { checkSteps, heldNames, hold } from './holding.js';
import { look } from './look.js';
import { type Machines, Rig } from './machines.js';
import { readBytes, writeBytes } from './memory-bytes.js';
import { type At, placesOf } from './places.js';
import { type Spot, spotOf } from './spots.js';
import type { AnswerOf, AskOf, Place, Question, Questions, TaskRef, Where } from './target.js';
import { framesOf, registersOf, tasksOf, taskView } from './tasks.js';
import { evaluate } from './values.js';

export type { DebugArray, Machines } from './machines.js';
export type { At } from './places.js';
export type { Spot } from './spots.js';

type Answered = Exclude<Question, 'when'>;
type Answers = { readonly [Q in Answered]: (ask: AskOf<Q>) => Questions[Q]['answer'] };

export class Inspector {
  readonly #rig: Rig;
  readonly #answers: Answers;

  constructor(machines: Machines) {
    const rig = new Rig(machines);
    this.#rig = rig;
    this.#answers = {
      tasks: () => tasksOf(rig).map((ref) => taskView(rig, ref)),
      frames: ({ task }) => framesOf(rig, task),
      registers: ({ task, frame }) => registersOf(rig, task, frame),
      evaluate: ({ text, task }) => evaluate(rig, text, this.#task(task)),
      assign: ({ text, value, task }) => assign(rig, text, value, this.#task(task)),
      complete: ({ text, task }) => complete(rig, text, this.#task(task)),
      look: ({ what, words, task }) => look(rig, what, words, this.#task(task)),
      hold: (ask) => hold(rig, ask),
      memory: ({ array, byte, bytes }) => readBytes(rig.tables(array).memory, byte, bytes),
      setMemory: ({ array, byte, base64 }) => writeBytes(rig.tables(array).memory, byte, base64),
      places: ({ where }) => this.places(where).map(({ place }) => place),
    };
  }

  /** Whether `assign`, `setMemory` and `hold` are allowed is the target's to say. */
  answer<Q extends Answered>(question: Q, ask: AskOf<Q>): AnswerOf<Q> {
    return this.#answers[question](ask);
  }

  /**
   * Instructions at which a break stands: those of a line without any are those of the next line that has some. None for what
   * has no place in the code, whose words are checked all the same.
   */
  places(where: Where): At[] {
    if (where.on === 'watch') this.spot(where.what, where.task);
    if (where.on === 'state') this.state(where.when);
    return placesOf(this.#rig, where);
  }

  /**
   * A condition made ready: to evaluate it allocates nothing. Registers by name are those of the scope in which the task
   * stands; where that has none of the name, and where a record or a quotient does not exist, it is 0.
   */
  compile(text: string): (task: TaskRef | undefined) => number {
    return new Program(this.#rig, parse(text, new ExpressionNames(this.#rig))).run;
  }

  /** What an expression stands for in memory. What stands in its brackets is looked up once, now. */
  spot(text: string, task?: TaskRef): Spot {
    return spotOf(this.#rig, parse(text, new ExpressionNames(this.#rig)), this.#task(task), text);
  }

  /**
   * A state of the arrays, as faults say it behind `when`: `pair A:data0 is PSUE`. Holds it now? To ask reads a few words.
   * Errors: RangeError for words that are wrong, and for what the rig has not.
   */
  state(when: string): () => boolean {
    const rig = this.#rig;
    const names = new RigNames(
      rig.arrays.map(({ name, tables }) => ({ ...tables.config, name })),
      rig.machines.links ?? [],
    );
    const holds = makeReady(parseCondition(when), names);
    return () => holds(rig.arrays.map(({ tables }) => tables));
  }

  /** Text of a log point: what stands in {braces} is evaluated. What cannot be evaluated there says why. */
  format(text: string, task: TaskRef | undefined): string {
    return text.replace(/\{([^{}]*)\}/g, (_, expression: string) => {
      try {
        return evaluate(this.#rig, expression, this.#task(task)).text;
      } catch (error) {
        if (error instanceof RangeError) return `{${error.message}}`;
        throw error;
      }
    });
  }

  /** Errors: RangeError for an array that there is not. */
  arrayNumber(name: string): number {
    return this.#rig.array(name);
  }

  /** Where an instruction of a role stands. */
  place(array: number, role: number, instruction: number): Place {
    return this.#rig.place(array, role, instruction);
  }

  placeOf(task: TaskRef): Place {
    this.#rig.checkTask(task);
    return this.#rig.place(task.array, task.role, this.#rig.word(task, T_PC));
  }

  nameOf(task: TaskRef): string {
    return this.#rig.taskName(task);
  }

  /** Errors: RangeError where it is held. @param ofRole what is waited for is its role's. */
  checkSteps(task: TaskRef, ofRole = false): void {
    checkSteps(this.#rig, this.#rig.checkTask(task), ofRole);
  }

  /** Directors and tasks that are held, for people; empty: none is. */
  get held(): string {
    return heldNames(this.#rig);
  }

  #task(task: TaskRef | undefined): TaskRef | undefined {
    const ref = task ?? this.#rig.machines.current;
    return ref && this.#rig.checkTask(ref);
  }
}
