/** A debugger that follows what a task sends over a link to the array that takes it up. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Resume, TaskRef, Where } from '../../../../firmware/runtime/machine/debug/target.js';
import { loadRig } from '../../../../firmware/service/rig.js';
import { debugged, letGo } from '../../../harness/debugged-rig.js';

const WRITE: Where = { on: 'label', label: 'base/data/write.uc:WRITE', array: 'A' };
const COMMAND: Where = { on: 'label', label: 'COMMAND', array: 'A' };
const PEER: Resume = { how: 'peer' };
const SECTORS_PER_TRACK = 4;
const NOWHERE = 'the task is done, and none of what it sent was taken up at another array of this process';

afterEach(letGo);

describe.each(['dedicated', 'fused'] as const)('with %s directors', (placement) => {
  it('stops at the task that takes up the write of the one that stands, and of no other', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: WRITE, condition: 'track == 3', once: true });
    const writes = Promise.all([0, 1, 2, 3, 4, 5].map((track) => rig.write(track * SECTORS_PER_TRACK)));
    await rig.goOn();
    const { stop } = await rig.goOn(PEER);
    expect(stop).toMatchObject({
      reason: 'step',
      breaks: [],
      task: { array: 1 },
      place: { array: 'B', role: 'remote', scope: 'on FAR_APPLY' },
    });
    expect(rig.number('track', stop.task)).toBe(3);
    rig.detach();
    expect(await writes).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('follows a task from where its host begins, and the task there can be stepped', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: COMMAND, once: true });
    const writing = rig.write(0);
    await rig.goOn();
    const { stop } = await rig.goOn(PEER);
    const next = (await rig.goOn({ how: 'instruction' })).stop;
    expect(next.task).toEqual(stop.task);
    expect(next.place?.instruction).not.toBe(stop.place?.instruction);
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('stops once where a break stands at the same instruction', async () => {
    const rig = await debugged(placement);
    const far: Where = { on: 'label', label: 'FAR_APPLY', array: 'B' };
    rig.breaks({ id: 1, where: WRITE, once: true }, { id: 2, where: far });
    const writing = rig.write(0);
    await rig.goOn();
    expect((await rig.goOn(PEER)).stop).toMatchObject({ reason: 'break', breaks: [2], task: { array: 1 } });
    const after = rig.goOn();
    expect(await writing).toBe(0);
    rig.pause();
    expect((await after).stop.reason).toBe('pause');
    expect(rig.hits()).toEqual([1]);
    rig.detach();
  });

  it('ends with the task where nothing of it goes over a link', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: COMMAND, once: true });
    const reading = rig.read(0);
    await rig.goOn();
    expect((await rig.goOn(PEER)).stop).toMatchObject({ reason: 'step', text: NOWHERE });
    rig.detach();
    expect(await reading).toBe(0);
  });

  it.each([
    // A has two other arrays: to A, the second is C.
    { at: 'A', volume: 'data0', to: 'B' },
    { at: 'C', volume: 'work0', to: 'A' },
  ])('knows of three arrays which one sent: from $at to $to', async ({ at, volume, to }) => {
    const rig = await debugged(placement, 'tiny-star', { at, volume });
    rig.breaks({ id: 1, where: { on: 'label', label: 'COMMAND', array: at }, once: true });
    const writing = rig.write(0);
    await rig.goOn();
    expect((await rig.goOn(PEER)).stop.place).toMatchObject({ array: to, scope: 'on FAR_APPLY' });
    rig.detach();
    expect(await writing).toBe(0);
  });
});

it('is refused where another process serves the array at the other end', async () => {
  const tiny = loadRig('tiny-pair');
  const apart = { ...tiny, links: tiny.links.map((link) => ({ ...link, port: 0 })) };
  const rig = await debugged('fused', 'tiny-pair', { rig: apart, only: 'A', volume: 'local0' });
  const task: TaskRef = { array: 0, role: 1, task: 1 };
  await expect(async () => rig.resume({ how: 'peer', task })).rejects.toThrow(
    /taken up at B, which another process serves: attach a debugger there too/,
  );
  rig.detach();
});
