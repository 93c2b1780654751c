/** What a user wants of a live rig that goes on, as its directors are told. */
import { T_SELF, T_SP, TASK_SHIFT } from '../../../engine/tasks.js';
import type { ArrayMemory } from '../../../memory/layout.js';
import { placeKey } from '../../machine/debug/arms.js';
import type { Inspector } from '../../machine/debug/inspector.js';
import type { Resume, TaskRef } from '../../machine/debug/target.js';
import { LIVE_CLOCK } from '../clock.js';
import { Refusal } from '../system.js';
import { follow, followedWords } from './followed.js';
import type { Command } from './live-judge.js';
import type { PeerGoal } from './orders.js';

const NO_DEPTH = 0x7fff_ffff;

/** Where it stands. */
interface Here {
  readonly inspector: Inspector;
  readonly task: TaskRef | undefined;
  memory(array: number): ArrayMemory;
  /** By array: what each trunk of it leads to. */
  readonly peers: readonly (readonly Peer[])[];
}

/** An array behind a trunk. `array`: its number; −1: another process has it. */
export interface Peer {
  readonly name: string;
  readonly array: number;
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
    case 'any':
      return { goal: { on: 'any', id }, left };
    case 'place': {
      const { file, line } = how;
      // Says what is wrong with it; what is loaded meanwhile may have nothing there.
      here.inspector.places({ on: 'line', file, line });
      return { places: () => placesNow(here.inspector, file, line), left };
    }
    default:
      return ofTask(how, id, left, here);
  }
}

function placesNow(inspector: Inspector, file: string, line: number): ReadonlySet<number> {
  try {
    const at = inspector.places({ on: 'line', file, line });
    return new Set(at.map(({ array, role, instruction }) => placeKey(array, role, instruction)));
  } catch (error) {
    if (error instanceof RangeError) return new Set();
    throw error;
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
  const self = m[at + T_SELF] as number;
  if (how.how === 'peer') return { goal: peerGoal(ref, self, id, here), left };
  const depth = m[at + T_SP] as number;
  const most = how.how === 'over' ? depth : how.how === 'out' ? depth - 1 : NO_DEPTH;
  return { goal: { on: 'task', id, role, task, self, depth: most }, array, left };
}

/** Errors: Refusal when nothing that the task sends can be seen to be taken up. */
function peerGoal({ array, role }: TaskRef, self: number, id: number, { memory, peers }: Here): PeerGoal {
  const far = peers[array] ?? [];
  if (far.length === 0) throw new Refusal('this array has no link, so what its tasks send is taken up nowhere else');
  if (far.every((peer) => peer.array < 0)) {
    const names = [...new Set(far.map(({ name }) => name))].join(', ');
    throw new Refusal(
      `what this array sends is taken up at ${names}, which another process serves: attach a debugger there too, and set a break on a message (FAR_APPLY, FAR_CALL)`,
    );
  }
  const tasks = peers.map((_, one) => memory(one).layout.tasksOfRole);
  const followed = followedWords(peers.length, Math.max(...tasks));
  follow(followed, array, role, self);
  return { on: 'peer', id, followed, peers: peers.map((all) => all.map((peer) => peer.array)) };
}
