/** The goal of a command that lets a run go on. */
import { placeKey } from '../../../firmware/runtime/machine/debug/arms.js';
import type { Inspector } from '../../../firmware/runtime/machine/debug/inspector.js';
import type { Resume, TaskRef } from '../../../firmware/runtime/machine/debug/target.js';
import type { World } from '../../../firmware/runtime/simulated/world.js';
import {
  ANY,
  type Goal,
  Incarnation,
  MessageGoal,
  NO_GOAL,
  operationGoal,
  PeerGoal,
  PlaceGoal,
  TaskGoal,
  timeGoal,
} from './goal.js';

/** What stands: the world, and the task that is current in it. */
export interface Standing {
  readonly world: World;
  readonly inspector: Inspector;
  readonly task: TaskRef | undefined;
}

/** Errors: RangeError for a task or a place that there is not. */
export function goalOf(how: Resume, standing: Standing): Goal {
  switch (how.how) {
    case 'continue':
      return NO_GOAL;
    case 'time':
      return timeGoal(how.time_ns);
    case 'operation':
      return operationGoal(how.operations);
    case 'any':
      return ANY;
    case 'place': {
      const found = standing.inspector.places({ on: 'line', file: how.file, line: how.line });
      return new PlaceGoal(new Set(found.map(({ array, role, instruction }) => placeKey(array, role, instruction))));
    }
    default:
      return taskGoal(how, standing);
  }
}

function taskGoal(how: Extract<Resume, { task?: TaskRef }>, { world, inspector, task: current }: Standing): Goal {
  const ref = how.task ?? current;
  if (!ref) {
    if (how.how === 'instruction' || how.how === 'over') return ANY;
    throw new RangeError('it stands between tasks: name one, or step to the next instruction of any');
  }
  if (!how.back) inspector.checkSteps(ref, how.how === 'message');
  if (how.how === 'message') return new MessageGoal(ref.array, ref.role);
  const node = world.arrays[ref.array]?.nodes.find(({ role }) => role === ref.role);
  if (!node) throw new RangeError('there is no such task');
  const task = new Incarnation(ref, node);
  if (how.how === 'out' && how.back && task.depth === 0)
    throw new RangeError(
      `nobody called it: ${inspector.nameOf(ref)} is in its handler itself; go back by instructions, or to a line`,
    );
  if (how.how === 'over') return new TaskGoal(task, task.depth);
  if (how.how === 'out') return new TaskGoal(task, task.depth - 1);
  if (how.how === 'instruction') return new TaskGoal(task);
  if (how.back) throw new RangeError('what was sent is followed forwards only');
  return new PeerGoal(task);
}
