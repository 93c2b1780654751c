/** Machine tests as short assembly programs: registers in, registers out. */
import { N_FREE } from '../../firmware/engine/tasks.js';
import { TASK_CLASSES } from '../../firmware/ports/messages.js';
import type { BenchOptions } from './bench-array.js';
import { Path } from './path.js';

/** The kind that starts a program: class destage, so it may wait, and nobody wants an answer. */
const STARTS = { data: 'OFFER', disk: 'DESTAGE' } as const;

const DESTAGE = TASK_CLASSES.indexOf('destage');

export class Program extends Path {
  readonly #starts: string;

  constructor(body: string, role: 'data' | 'disk' = 'data', options: BenchOptions = {}) {
    const subs = body.split('\n---\n');
    const source = `role ${role}\non ${STARTS[role]}\n${subs[0]}\n    end\n${subs.slice(1).join('\n')}\n`;
    super(role, { volumes: [{ tracks: 4, pair: 'source' }], ...options, source });
    this.#starts = STARTS[role];
  }

  /** Starts the program with these registers (the others are 0), not yet running. Its task is the number returned. */
  begin(registers: readonly number[] = []): number {
    const task = this.machine.memory.m[this.node.at + N_FREE + DESTAGE] as number;
    this.receive(this.#starts, {}, { ops: 0 });
    for (const [i, value] of registers.entries()) this.setRegister(i, value, task);
    return task;
  }

  /** Runs the program from its start as far as it goes; its registers. */
  go(registers: readonly number[] = []): number[] {
    const task = this.begin(registers);
    this.run();
    return this.registers(task);
  }

  registers(task = 1): number[] {
    return Array.from({ length: 16 }, (_, i) => this.register(i, task));
  }
}

/** `body` without its last `end`; subs follow after a line of `---`. */
export const program = (body: string, role: 'data' | 'disk' = 'data', options: BenchOptions = {}): Program =>
  new Program(body, role, options);
