/** A director, or a task, of arrays that serve hosts stands while the rest goes on. */
import { afterEach, describe, expect, it } from 'vitest';
import type { TaskRef, Where } from '../../../../firmware/runtime/machine/debug/target.js';
import { debugged, letGo } from '../../../harness/debugged-rig.js';

const WRITE: Where = { on: 'label', label: 'base/data/write.uc:WRITE', array: 'A' };
const MERGED: Where = { on: 'label', label: 'base/data/write.uc:merged', array: 'A' };

/** One of the hosts writes to a volume that B serves, and mirrors to A. */
const start = (placement: 'dedicated' | 'fused') =>
  debugged(placement, 'tiny-pair', { other: { at: 'B', volume: 'work0' } });

afterEach(letGo);

/** Has it come to an end, while others did? */
function seen<T>(promise: Promise<T>) {
  const it = { isOver: false, promise };
  void promise.then(() => {
    it.isOver = true;
  });
  return it;
}

it('a held director makes no step while the others serve hosts, and does what waited for it when it is released', async () => {
  const rig = await start('dedicated');
  expect(rig.hold(0, 'disk')).toBe('director A:da1 is held, with disk, drivePort; what comes for it waits');
  const operations = rig.number('A:node.ops[disk]');
  let going = rig.goOn();
  expect(await Promise.all([0, 4, 8].map((sector) => rig.write(sector)))).toEqual([0, 0, 0]);
  expect(await rig.writeToOther(0)).toBe(0);
  rig.pause();
  expect((await going).stop.reason).toBe('pause');
  expect(rig.number('A:node.ops[disk]')).toBe(operations);
  const { 'A.disk': disk, 'A.data': data } = rig.table('directors', 'A');
  expect([disk.slice(0, 2), data.slice(0, 2)]).toEqual([
    ['da1', 'held'],
    ['dd1', 'runs'],
  ]);
  // They are to be destaged.
  expect(Object.keys(rig.table('rings', 'A'))).toContain('A:cache->disk');
  expect(rig.release(0, 'disk')).toBe('director A:da1 goes on, with disk, drivePort');
  rig.breaks({ id: 1, where: { on: 'message', kind: 'DESTAGED', array: 'A' } });
  going = rig.goOn();
  expect((await going).stop.reason).toBe('message');
  expect(rig.number('A:node.ops[disk]')).toBeGreaterThan(operations);
  rig.detach();
  expect(await rig.write(12)).toBe(0);
});

it('a held data director keeps the hosts of its array waiting; operators can look', async () => {
  const rig = await start('dedicated');
  rig.hold(0, 'data');
  const going = rig.goOn();
  const write = seen(rig.write(0));
  expect(await rig.system.pairs()).toHaveLength(2);
  rig.pause();
  await going;
  expect(write.isOver).toBe(false);
  expect(rig.release()).toBe('director A:dd1: goes on');
  const on = rig.goOn();
  expect(await write.promise).toBe(0);
  rig.pause();
  await on;
  rig.detach();
});

describe.each(['dedicated', 'fused'] as const)('with %s directors', (placement) => {
  it('a held task stands before its turn while others of its director go on, and goes on when it is released', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 1, where: WRITE, once: true });
    const write = seen(rig.write(0));
    const { task, place } = (await rig.goOn()).stop;
    const ref = task as TaskRef;
    expect(rig.hold(0, 'data', ref.task)).toBe(
      `A.data ${ref.task} is held: it stands from the end of its turn on; others of its role go on`,
    );
    await expect(async () => rig.resume({ how: 'instruction' })).rejects.toThrow(`A.data ${ref.task} is held`);
    const going = rig.goOn();
    expect(await Promise.all([4, 8, 12, 16, 20].map((sector) => rig.write(sector)))).toEqual([0, 0, 0, 0, 0]);
    rig.pause();
    await going;
    expect(write.isOver).toBe(false);
    const [state, , at] = rig.table('tasks', 'A')[`A.data ${ref.task}`];
    expect([state, at]).toEqual(['ready, held', `${place?.file}:${place?.line}`]);
    expect(rig.table('directors', 'A')['A.data'].slice(1, 4)).toEqual(['runs', '0', `${ref.task}`]);
    expect(rig.release(0, 'data', ref.task)).toBe(`A.data ${ref.task} goes on`);
    const on = rig.goOn();
    expect(await write.promise).toBe(0);
    rig.pause();
    await on;
    expect(Object.values(rig.table('tasks')).filter(([one]) => one.includes('held'))).toEqual([]);
    rig.detach();
  });

  it('a director that stands in the middle of a turn can be held there', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 1, where: MERGED, once: true });
    const write = seen(rig.write(0));
    const { task, place } = (await rig.goOn()).stop;
    rig.hold(0, 'data');
    await expect(async () => rig.resume({ how: 'instruction' })).rejects.toThrow('is held');
    for (const how of ['continue', 'any'] as const) {
      const going = rig.goOn({ how });
      rig.pause();
      await going;
    }
    expect(write.isOver).toBe(false);
    const [frame] = rig.ask('frames', { task: task as TaskRef }) as { readonly place: unknown }[];
    expect(frame.place).toEqual(place);
    rig.release(0, 'data');
    const on = rig.goOn();
    expect(await write.promise).toBe(0);
    rig.pause();
    await on;
    rig.detach();
  });

  it('when the debugger is gone, what it held goes on', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 1, where: WRITE, once: true });
    const write = seen(rig.write(0));
    const { task } = (await rig.goOn()).stop;
    rig.hold(0, 'data', (task as TaskRef).task);
    const going = rig.goOn();
    expect(await rig.write(4)).toBe(0);
    rig.pause();
    await going;
    rig.hold(1, 'data');
    const again = rig.resume({ how: 'continue' });
    expect(write.isOver).toBe(false);
    rig.detach();
    expect(await write.promise).toBe(0);
    expect(await rig.writeToOther(0)).toBe(0);
    await again;
  });

  it('refuses what is not there, what is held, and changes that need all directors', async () => {
    const rig = await start(placement);
    expect(() => rig.hold(2, 'data')).toThrow('there is no array 2');
    expect(() => rig.hold(0, 'hostPort')).toThrow('is no role of a director');
    expect(() => rig.hold(0, 'data', 999)).toThrow('there is no task 999 of A.data');
    expect(() => rig.hold(0, 'data', 1)).toThrow('A.data 1 is free');
    expect(() => rig.release(0, 'data')).toThrow('is not held');
    expect(() => rig.release()).toThrow('nothing is held');
    rig.hold(0, 'data');
    expect(() => rig.hold(0, 'data')).toThrow('is held already');
    const going = rig.goOn();
    await expect(rig.system.moveRole('A:dd1', 'cache')).rejects.toThrow('is held by a debugger');
    await expect(rig.system.format('A:local0', 4096)).rejects.toThrow('is held by a debugger');
    // Power ends it.
    await rig.system.crash('A');
    rig.pause();
    await going;
    expect(() => rig.hold(0, 'data')).toThrow('array A has no power');
    rig.detach();
    await rig.system.start('A');
    expect(await rig.writeToOther(0)).toBe(0);
  });
});
