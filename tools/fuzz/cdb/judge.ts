/** Did a command end as it must? And what the model is after it. */
import { type Answer, answerInWords, CONDITION_MET, GOOD } from './command.js';
import type { Effect, Expected, Outcome, UnitModel, World } from './world.js';

const inWords = ({ status, sense, pointer, information, data }: Outcome): string =>
  [
    `status ${status.toString(16)}`,
    sense,
    pointer && `field ${pointer.byte}.${pointer.bit ?? '-'}`,
    information !== undefined && `information ${information}`,
    data && `${data.length} bytes`,
  ]
    .filter(Boolean)
    .join(', ');

function meets(answer: Answer, { status, sense = '', pointer, information, data }: Outcome): boolean {
  if (answer.status !== status || answer.sense !== sense) return false;
  if (
    pointer &&
    (answer.pointer?.byte !== pointer.byte ||
      answer.pointer.inCdb !== pointer.inCdb ||
      (pointer.bit !== undefined && answer.pointer.bit !== pointer.bit))
  )
    return false;
  if (information !== undefined && answer.information !== information) return false;
  return data === undefined || data.equals(answer.data);
}

/** Of a command that ran alone, with no unit attention before it; undefined: nothing is wrong. */
export function judge(expected: Expected, answer: Answer): string | undefined {
  const { outcomes } = expected;
  if (outcomes && !outcomes.some((outcome) => meets(answer, outcome))) {
    const asData = outcomes.find(({ status, data }) => status === answer.status && data);
    const where = asData?.data ? `; ${firstOther(asData.data, answer.data)}` : '';
    return `it ends with ${answerInWords(answer)}; it must with ${outcomes.map(inWords).join(' or ')}${where}`;
  }
  return answer.status === GOOD ? expected.check?.(answer.data) : undefined;
}

const isGood = ({ status }: Answer): boolean => status === GOOD || status === CONDITION_MET;

/** The model after it; false: the medium must say what some of its blocks are now. */
export function happened(world: World, expected: Expected, answer: Answer): boolean {
  if (!isGood(answer)) return true;
  expected.apply?.();
  if (expected.effects?.some(({ data }) => data === undefined)) return false;
  for (const { unit: number, lba, data } of expected.effects ?? []) {
    const unit = world.units[number] as UnitModel;
    data?.copy(unit.bytes, lba * unit.block);
  }
  return true;
}

export function firstOther(due: Buffer, found: Buffer): string {
  for (let i = 0; i < due.length; i++) {
    if (due[i] !== found[i])
      return `byte ${i % 512} of sector ${Math.floor(i / 512)} is ${found[i]}, where ${due[i]} is due`;
  }
  return `${found.length} bytes, where ${due.length} are due`;
}

/** An effect that may, or must, have happened. */
export interface Possible extends Effect {
  readonly must: boolean;
}

/** What stands on a unit now against what was there before and what may have been written since, by blocks. Undefined: it is well, and the model has it. */
export function settle(unit: UnitModel, effects: readonly Possible[], found: Buffer): string | undefined {
  const own = effects.filter((effect) => effect.unit === unit.number);
  if (own.length === 0 && found.equals(unit.bytes)) return undefined;
  for (let block = 0; block < unit.blocks; block++) {
    const at = block * unit.block;
    const isSame = unit.bytes.compare(found, at, at + unit.block, at, at + unit.block) === 0;
    if (isSame && !own.some(({ lba, count, must }) => must && block >= lba && block < lba + count)) continue;
    const here = found.subarray(at, at + unit.block);
    const touching = own.filter(({ lba, count }) => block >= lba && block < lba + count);
    const before = unit.bytes.subarray(at, at + unit.block);
    if (touching.length === 0 ? before.equals(here) : isOne(unit.block, touching, block, before, here)) continue;
    const was = touching.length > 0 ? ` (${touching.length} commands may have changed it)` : '';
    return `unit ${unit.number}, block ${block} has ${here.subarray(0, 16).toString('hex')}…, where ${before.subarray(0, 16).toString('hex')}… was${was}`;
  }
  found.copy(unit.bytes);
  return undefined;
}

function isOne(bytes: number, touching: readonly Possible[], block: number, before: Buffer, here: Buffer): boolean {
  if (touching.some(({ data }) => data === undefined)) return true;
  if (!touching.some(({ must }) => must) && before.equals(here)) return true;
  return touching.some(({ lba, data }) =>
    data?.subarray((block - lba) * bytes, (block - lba + 1) * bytes).equals(here),
  );
}
