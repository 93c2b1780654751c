/** What a user wants of a live rig that goes on, as its directors are told. */
import { T_SELF, T_SP, TASK_SHIFT } from '../../../engine/tasks.js';
import type { ArrayMemory } from '../../../memory/layout.js';
import { placeKey } from '../../machine/debug/arms.js';
import type { Inspector } from '../../machine/debug/inspector.js';
import type { Resume, TaskRef } from '../../machine/debug/target.js';
import { LIVE_CLOCK } from '../clock.js';
import { Refusal } from '../system.js';
import type { Command } from './live-judge.js';

const NO_DEPTH = 0x7fff_ffff;

/** Where it stands. */
interface Here {
  readonly inspector: Inspector;
  readonly task: TaskRef | undefined;
  memory(array: number): ArrayMemory;
}

/** @param id another for each command. Errors: Refusal for what a live rig cannot do; RangeError for a task that there is not. */
export function commandOf(how: Resume, id: number, here: Here): Command {
  if ('back' in how && how.back)
    throw new Refusal('a live rig does not go back: what it sent is sent; `arraylab debug SCENARIO` goes both ways');
  const left = 'count' in how ? (how.count ?? 1) : 1;
  switch (how.how) {
    case 'continue':
      return { left };
    case 'time':
      if (how.time_ns <= LIVE_CLOCK.now_ns()) throw new Refusal('that time is over, and a live rig does not go back');
      return { time_ns: how.time_ns, left };
    case 'operation':
      throw new Refusal('operations of a live rig are not counted; step, or set a break');
    case 'peer':
      throw new Refusal(
        'what a live rig sends over a link is not followed; set a break on a message at the other array',
      );
    case 'any':
      return { goal: { on: 'any', id }, left };
    case 'place': {
      const at = here.inspector.places({ on: 'line', file: how.file, line: how.line });
      return { places: new Set(at.map(({ array, role, instruction }) => placeKey(array, role, instruction))), left };
    }
    default:
      return ofTask(how, id, left, here);
  }
}

function ofTask(how: Extract<Resume, { task?: TaskRef }>, id: number, left: number, here: Here): Command {
  const ref = how.task ?? here.task;
  if (!ref) {
    if (how.how === 'instruction' || how.how === 'over') return { goal: { on: 'any', id }, left };
    throw new Refusal('it stands between tasks: name one, or step to any (any)');
  }
  const { array, role, task } = ref;
  // Says what is wrong with it.
  here.inspector.placeOf(ref);
  here.inspector.checkSteps(ref, how.how === 'message');
  if (how.how === 'message') return { goal: { on: 'message', id, role }, array, left };
  const { m, layout } = here.memory(array);
  const at = layout.base.task + ((role * layout.tasksOfRole + task - 1) << TASK_SHIFT);
  const depth = m[at + T_SP] as number;
  const most = how.how === 'over' ? depth : how.how === 'out' ? depth - 1 : NO_DEPTH;
  return { goal: { on: 'task', id, role, task, self: m[at + T_SELF] as number, depth: most }, array, left };
}
