/** Tasks as a debugger shows them. */
import { describe, expect, test } from 'vitest';
import { Inspector } from '../../../../../firmware/runtime/machine/debug/inspector.js';
import { desk, writing } from './desk.js';

const WRITE = 'microcode/base/data/write.uc';

describe('tasks', () => {
  test('are those that are not free, with what they do and where they are', () => {
    const { inspector, task } = writing(3);
    expect(inspector.answer('tasks', {})).toEqual([
      {
        ref: task,
        name: 'A.data 4',
        state: 'ready',
        kind: 'WRITE',
        place: expect.objectContaining({ array: 'A', role: 'data', file: WRITE, scope: 'on WRITE' }),
      },
    ]);
    expect(inspector.nameOf(task)).toBe('A.data 4');
    expect(inspector.placeOf(task)).toEqual(inspector.answer('tasks', {})[0].place);
  });

  test('wait for a message, or stand in line', () => {
    const { inspector, a } = writing(1000);
    a.expect('cache', 'GET');
    a.receive('WRITE', { volume: 1, track: 5, span: 1 });
    expect(inspector.answer('tasks', {}).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'A.data 3 stands in line',
      'A.data 4 waits for GOT',
    ]);
  });

  test('are told without a line where the image of their role is not known', () => {
    const { a, task } = writing(3);
    const arrays = [{ name: 'A', tables: a.machine, images: {} }];
    const inspector = new Inspector({ arrays, now_ns: () => 0, current: undefined });
    expect(inspector.answer('tasks', {})[0]).toMatchObject({
      name: 'A.data 4',
      place: { file: '', line: 0, scope: '' },
    });
    expect(inspector.answer('registers', { task })[1]).toEqual({ name: 'r1', number: 1, value: 5 });
  });

  test('there are none where nothing runs', () => {
    expect(desk().inspector.answer('tasks', {})).toEqual([]);
  });
});

/** Three scopes, each with names of its own. */
const DEEP = `role data
frame outer: volume=r0 sum=r3
frame middle: left=r3 right=r4
on WRITE using outer
    call  first
    reply (sum)
    end
sub first using middle
    call  second
    ret
sub second
    add   r3, r3, #1
    ret
`;

/** A write that is two calls deep. */
function deep(): ReturnType<typeof desk> {
  const d = desk(DEEP);
  d.a.receive('WRITE', { volume: 1 }, { ops: 2 });
  return Object.assign(d, { task: { ...d.task, task: 4 } });
}

describe('frames', () => {
  test('are where the task is, and the calls that it is in', () => {
    const { inspector, task } = deep();
    const frames = inspector.answer('frames', { task });
    expect(frames.map(({ place }) => `${place.scope}, line ${place.line}`)).toEqual([
      'sub second, line 12',
      'sub first, line 9',
      'on WRITE, line 5',
    ]);
  });

  test('of a called hook end at the call', () => {
    const { inspector, a, task } = pairedWrite();
    const [inner, outer] = inspector.answer('frames', { task });
    expect(inner.place.scope).toBe('hook commit of commit/track-list');
    expect(outer.place).toMatchObject({ file: WRITE, scope: 'on WRITE' });
    const calls = inspector.places({ on: 'line', file: WRITE, line: outer.place.line, array: 'A' });
    expect(calls.map(({ instruction }) => instruction)).toEqual([outer.place.instruction]);
    expect(a.node.program.code[outer.place.instruction * 2] & 255).toBe(0x13);
  });

  test('of a task that runs nothing are refused', () => {
    const { inspector, task } = desk();
    expect(() => inspector.answer('frames', { task })).toThrow('A.data 1 is free: it runs nothing now');
    expect(() => inspector.answer('frames', { task: { ...task, task: 99 } })).toThrow(
      /^there is no task 99 of A.data; it has 1 to \d+$/,
    );
    expect(() => inspector.answer('frames', { task: { ...task, array: 7 } })).toThrow('there is no array 7');
  });
});

describe('registers', () => {
  test('have the names of the source, several of one register together', () => {
    const { inspector, task } = writing(3);
    const registers = inspector.answer('registers', { task });
    expect(registers.find(({ number }) => number === 1)).toEqual({ name: 'track', number: 1, value: 5 });
    expect(registers.find(({ number }) => number === 14)?.name).toBe('y, now');
  });

  test('of a pair are one, with all of its number', () => {
    const { inspector, task, a } = writing(3);
    a.setRegister(10, -1, task.task);
    a.setRegister(11, 2, task.task);
    const registers = inspector.answer('registers', { task });
    expect(registers.find(({ name }) => name === 'gen')).toEqual({ name: 'gen', number: 10, value: 12_884_901_887 });
    expect(registers.some(({ number }) => number === 11)).toBe(false);
  });

  test('of a caller have the names of its scope', () => {
    const { inspector, task } = deep();
    const third = (frame: number): string | undefined =>
      inspector.answer('registers', { task, frame }).find(({ number }) => number === 3)?.name;
    expect([third(0), third(1), third(2)]).toEqual(['r3', 'left', 'sum']);
    expect(() => inspector.answer('registers', { task, frame: 3 })).toThrow('A.data 4 has no frame 3; it has 0 to 2');
  });
});

test('what a log point says has values in place of its braces, and of what cannot be evaluated the reason', () => {
  const { inspector, task } = writing(3);
  expect(inspector.format('write to {volume}:{track}, at {t + 1}', task)).toBe('write to v1:5, at 26');
  expect(inspector.format('{nothing} {}', task)).toContain('{\'nothing\', column 1: "nothing" is no register');
});

/** A write to the paired volume of A that stands in its hook `commit`. */
function pairedWrite(): ReturnType<typeof desk> {
  const d = desk();
  d.a.receive('WRITE', { volume: 0, track: 1, span: 1 << 16 });
  d.a.expect('cache', 'GET');
  d.a.answer('GOT', { result: 0, slot: 1 }, undefined, { ops: 4 });
  return Object.assign(d, { task: { ...d.task, task: 4 } });
}
