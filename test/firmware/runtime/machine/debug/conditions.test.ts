/** Conditions of breaks: made ready once, asked often, of tasks that stand anywhere. */
import { describe, expect, test } from 'vitest';
import { Inspector, type Machines } from '../../../../../firmware/runtime/machine/debug/inspector.js';
import { imagesWith } from '../../../../harness/images.js';
import { desk, writing } from './desk.js';

describe('a condition', () => {
  test('is of the registers, fields and counts of the moment at which it is asked', () => {
    const d = writing(3);
    const holds = d.inspector.compile('track == 5 && A:pair.state[v0] == PSUE && hits >= 2');
    expect(holds(d.task)).toBe(0);
    d.a.set('pair.state', 0, 4);
    expect(holds(d.task)).toBe(0);
    d.counts.hits = 2;
    expect(holds(d.task)).toBe(1);
    d.a.setRegister(1, 6, d.task.task);
    expect(holds(d.task)).toBe(0);
  });

  test('takes a register by the name that it has where the task stands now', () => {
    const microcode = `role data
frame first: other=r0 mine=r3
frame second: mine=r4
on WRITE using first
    ldi   mine, #7
    call  deep
    end
sub deep using second
    ldi   mine, #9
    ret
`;
    const d = desk(microcode);
    const task = { ...d.task, task: 4 };
    const mine = d.inspector.compile('mine');
    d.a.receive('WRITE', {}, { ops: 1 });
    expect(mine(task)).toBe(7);
    d.a.run(1);
    expect(mine(task)).toBe(0);
    d.a.run(1);
    expect(mine(task)).toBe(9);
  });

  test('does not hold where the scope has no register of its name, and without a task', () => {
    const d = writing(3);
    expect(d.inspector.compile('cursor == 0')(d.task)).toBe(0);
    expect(d.inspector.compile('track == 5')(undefined)).toBe(0);
  });

  test('does not hold where a record does not exist, or it divides by 0', () => {
    const d = writing(3);
    const holds = d.inspector.compile('track.flags[t] == WRITTEN');
    expect(holds(d.task)).toBe(1);
    d.a.setRegister(8, 4000, d.task.task);
    expect(holds(d.task)).toBe(0);
    d.a.setRegister(8, -1, d.task.task);
    expect(holds(d.task)).toBe(0);
    expect(d.inspector.compile('1 / (track - 5) == 0 || 1')(d.task)).toBe(0);
  });

  test('is of the array in which the task is, where it names none', () => {
    const d = writing(3);
    d.b.receive('WRITE', { volume: 1, track: 2, span: 1 << 16 }, { ops: 3 });
    const state = d.inspector.compile('pair.state[v0]');
    expect(state(d.task)).toBe(2);
    expect(state({ ...d.task, array: 1 })).toBe(4);
  });

  test('compares a word with a large number as if it had no sign', () => {
    const d = writing(3);
    d.a.setRegister(1, 0xdeadbeef | 0, d.task.task);
    expect(d.inspector.compile('track == 0xdeadbeef')(d.task)).toBe(1);
    expect(d.inspector.compile('0xdeadbeee < track')(d.task)).toBe(1);
    expect(d.inspector.compile('track < 0')(d.task)).toBe(1);
    expect(d.inspector.compile('track == -559038737')(d.task)).toBe(1);
  });

  test('goes on with other microcode, and other memory, in the place of those that it was made for', () => {
    const [first, second] = [writing(3), writing(3)];
    second.a.setRegister(9, 3, 4);
    second.a.set('task.pc', second.a.machine.memory.layout.tasksOfRole + 3, 1);
    let d = first;
    let images = imagesWith('data');
    const machines: Machines = {
      get arrays() {
        return [{ name: 'A', tables: d.a.machine, images }];
      },
      now_ns: () => 0,
      current: undefined,
    };
    const inspector = new Inspector(machines);
    const condition = inspector.compile('track + ring(A, data, cache)');
    expect(condition(first.task)).toBe(5);
    images = imagesWith(
      'data',
      'role data\nframe other: track=r9\non WRITE using other\n    yield\n    yield\n    yield\n    yield\n    end\n',
    );
    d = second;
    expect(condition(first.task)).toBe(3);
  });
});
