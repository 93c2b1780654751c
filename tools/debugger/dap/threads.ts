/**
 * Threads of the protocol are the tasks that are under way, `A.data 3 WRITE`, and each role that has none, `A.data`.
 * Their numbers last as long as the session. Frames and what is seen in them last until the rig goes on.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { roleNumber } from '../../../firmware/ports/messages.js';
import type { Place, Target, TaskRef } from '../../../firmware/runtime/machine/debug/target.js';
import type { Code } from './code.js';

/** `task` absent: the role itself. */
export interface ThreadOf {
  readonly array: number;
  readonly role: number;
  readonly task?: TaskRef;
}

export interface FrameOf {
  readonly task: TaskRef;
  /** 0: the innermost. */
  readonly frame: number;
  readonly place: Place;
}

export class Threads {
  readonly #ids = new Map<string, number>();
  readonly #of: ThreadOf[] = [];
  #listed: DebugProtocol.Thread[] = [];
  #frames: FrameOf[] = [];

  /** As they were when they were last asked for: while the rig runs nobody can look. */
  get listed(): readonly DebugProtocol.Thread[] {
    return this.#listed;
  }

  /** What was known of frames is old: the rig goes on. */
  forget(): void {
    this.#frames = [];
  }

  async list(target: Target, code: Code, arrays: readonly string[]): Promise<readonly DebugProtocol.Thread[]> {
    const tasks = await target.ask('tasks', {});
    const threads: DebugProtocol.Thread[] = [];
    for (const [array, name] of arrays.entries()) {
      for (const role of code.rolesOf(array)) {
        const here = tasks.filter(({ ref }) => ref.array === array && ref.role === roleNumber(role));
        if (here.length === 0)
          threads.push({ id: this.#idOf({ array, role: roleNumber(role) }), name: `${name}.${role}` });
        for (const task of here)
          threads.push({
            id: this.idOf(task.ref),
            name: `${task.name}${task.kind === undefined ? '' : ` ${task.kind}`}`,
          });
      }
    }
    this.#listed = threads;
    return threads;
  }

  idOf(task: TaskRef): number {
    return this.#idOf({ array: task.array, role: task.role, task });
  }

  #idOf(thread: ThreadOf): number {
    const key = `${thread.array} ${thread.role} ${thread.task?.task ?? ''}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#of.push(thread);
    this.#ids.set(key, id);
    return id;
  }

  /** Errors: RangeError for one that was never listed. */
  of(id: number): ThreadOf {
    const thread = this.#of[id - 1];
    if (!thread) throw new RangeError(`there is no thread ${id}`);
    return thread;
  }

  /** A number for the frame, for `scopes` and `evaluate`. */
  frameId(frame: FrameOf): number {
    return this.#frames.push(frame);
  }

  /** Errors: RangeError for one that is none, or that was known before the rig went on. */
  frame(id: number): FrameOf {
    const frame = this.#frames[id - 1];
    if (!frame) throw new RangeError(`there is no frame ${id}: the rig went on since, or it never was`);
    return frame;
  }
}
