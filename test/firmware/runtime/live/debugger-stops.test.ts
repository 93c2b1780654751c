/** Stops of a debugger on arrays of this process that are no breakpoints, and what happens to breakpoints as arrays change. */
import { afterEach, describe, expect, it } from 'vitest';
import { encodeImage, type Image } from '../../../../firmware/engine/image.js';
import type { Place, TaskRef, Where } from '../../../../firmware/runtime/machine/debug/target.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadRig } from '../../../../firmware/service/rig.js';
import { longerWrite, reordered } from '../../../harness/changed-microcode.js';
import { debugged, letGo } from '../../../harness/debugged-rig.js';

const MERGED: Where = { on: 'label', label: 'base/data/write.uc:merged', array: 'A' };
const COMMAND: Where = { on: 'label', label: 'COMMAND', array: 'A' };
const MS = 1_000_000;

afterEach(letGo);

type Rig = Awaited<ReturnType<typeof debugged>>;

/** Runs, until it is paused. */
function running(rig: Rig) {
  const going = rig.goOn();
  return async () => {
    rig.pause();
    return (await going).stop;
  };
}

const load = (rig: Rig, image: Image) => rig.system.loadMicrocode('A', `${image.role}.img`, encodeImage(image));

/** Where a break stands. */
const placeOf = (rig: Rig): Place => rig.states()[0].places[0] as Place;

describe.each(['dedicated', 'fused'] as const)('a debugger on a pair with %s directors', (placement) => {
  it('stops when a time has come, once, and not before', async () => {
    const rig = await debugged(placement);
    const time_ns = rig.stop.moment.time_ns + 20 * MS;
    rig.breaks({ id: 3, where: { on: 'time', time_ns } });
    const { stop } = await rig.goOn();
    expect(stop).toMatchObject({ reason: 'time', breaks: [3] });
    expect(stop.moment.time_ns).toBeGreaterThanOrEqual(time_ns);
    const pause = running(rig);
    expect((await pause()).reason).toBe('pause');
    expect(rig.hits()).toEqual([1]);
    rig.detach();
  });

  it('goes on to a time, and refuses one that is over', async () => {
    const rig = await debugged(placement);
    const time_ns = rig.stop.moment.time_ns + 20 * MS;
    const { stop } = await rig.goOn({ how: 'time', time_ns });
    expect(stop).toMatchObject({ reason: 'step', breaks: [] });
    expect(stop.moment.time_ns).toBeGreaterThanOrEqual(time_ns);
    await expect(async () => rig.resume({ how: 'time', time_ns })).rejects.toThrow('that time is over');
    rig.detach();
  });

  it('does not stop for a time that was over when it was set, nor for a state that held then', async () => {
    const rig = await debugged(placement);
    const { time_ns } = rig.stop.moment;
    const going = rig.goOn();
    expect(await rig.write(0)).toBe(0);
    rig.breaks(
      { id: 1, where: { on: 'time', time_ns: time_ns + 1000 } },
      { id: 2, where: { on: 'state', when: 'pair A:data0 is PAIR' } },
      { id: 3, where: { on: 'state', when: 'pair A:data0 is PSUE' } },
    );
    await rig.system.linkDown('A-B');
    expect((await going).stop).toMatchObject({ reason: 'state', breaks: [3] });
    expect(rig.hits()).toEqual([0, 0, 1]);
    rig.detach();
  });

  it('goes on until any task comes to a line', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: MERGED });
    const { file, line } = placeOf(rig);
    rig.breaks();
    const writing = rig.write(0);
    const { stop } = await rig.goOn({ how: 'place', file, line });
    expect(stop).toMatchObject({ reason: 'step', breaks: [], place: { file, line, scope: 'on WRITE' } });
    await expect(async () => rig.resume({ how: 'place', file, line: 100_000 })).rejects.toThrow('100000');
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('steps any task, and so many times', async () => {
    const rig = await debugged(placement);
    const writing = rig.write(0);
    const begin = (await rig.goOn({ how: 'any' })).stop;
    expect(begin).toMatchObject({ reason: 'step', breaks: [] });
    expect(begin.task).toBeDefined();
    for (let step = 0; step < 5; step++) {
      const { stop } = await rig.goOn({ how: 'any', count: 2 });
      expect(stop.reason).toBe('step');
      expect(stop.place).toEqual((rig.ask('frames', { task: stop.task as TaskRef })[0] as { place: Place }).place);
    }
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('goes on until the role of a task takes its next message, and the one after that', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: COMMAND, once: true });
    const writes = Promise.all([rig.write(0), rig.write(4), rig.write(8)]);
    const { task } = (await rig.goOn()).stop;
    for (const count of [1, 2]) {
      const { stop } = await rig.goOn({ how: 'message', count, task: task as TaskRef });
      expect(stop).toMatchObject({ reason: 'step', breaks: [], task: { array: task?.array, role: task?.role } });
    }
    rig.detach();
    expect(await writes).toEqual([0, 0, 0]);
  });

  it('has its breakpoints where a role goes on at another director', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: MERGED }, { id: 2, where: { on: 'watch', what: 'M2 A:data0:1' } });
    const going = rig.goOn();
    await rig.system.moveRole('A:da1', 'data');
    const writing = rig.write(4);
    expect((await going).stop).toMatchObject({ reason: 'watch', breaks: [2], task: { array: 0, role: 1 } });
    expect((await rig.goOn()).stop).toMatchObject({ reason: 'break', breaks: [1], place: { role: 'data' } });
    rig.detach();
    expect(await writing).toBe(0);
    await rig.system.moveRole('A:dd1', 'data');
    expect(await rig.write(4)).toBe(0);
  });

  it('finds the line that it goes on to where its role is at another director by then', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: MERGED });
    const { file, line } = placeOf(rig);
    rig.breaks();
    const going = rig.goOn({ how: 'place', file, line });
    await rig.system.moveRole('A:da1', 'data');
    const writing = rig.write(4);
    expect((await going).stop).toMatchObject({ reason: 'step', place: { file, line } });
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('has its breakpoints where they stand in microcode that is loaded meanwhile', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: MERGED });
    const before = placeOf(rig);
    const pause = running(rig);
    await load(rig, longerWrite());
    const writing = rig.write(4);
    await expect.poll(() => rig.hits()).toEqual([1]);
    const stop = await pause();
    expect(stop).toMatchObject({
      reason: 'break',
      place: { file: before.file, line: before.line + 1, instruction: before.instruction + 1 },
    });
    expect(placeOf(rig)).toEqual(stop.place);
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('goes on to a line of the microcode that is loaded meanwhile, and to no other place', async () => {
    const rig = await debugged(placement);
    rig.breaks({ id: 1, where: MERGED });
    const { file, line, instruction } = placeOf(rig);
    rig.breaks();
    const going = rig.goOn({ how: 'place', file, line });
    const image = reordered('data');
    await load(rig, image);
    const writing = rig.write(4);
    const { place } = (await going).stop;
    expect(place).toMatchObject({ file, line });
    expect(place?.instruction).not.toBe(instruction);
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('says what the arrays run now, not what they ran when it was attached', async () => {
    const rig = await debugged(placement);
    const before = rig.about().arrays.map(({ images }) => images.data);
    const pause = running(rig);
    await load(rig, longerWrite());
    await pause();
    const after = rig.about().arrays.map(({ images }) => images.data);
    expect(after[0]).toBe(Buffer.from(encodeImage(longerWrite())).toString('base64'));
    expect(after[1]).toBe(before[1]);
    rig.detach();
  });
});

it('gives the text that the array which it stands at runs, and of several only what all of them run', async () => {
  const file = 'microcode/base/data/write.uc';
  const rig = await debugged('fused', 'tiny-pair', { sourceOf: ({ version }, of) => `${version} ${of}` });
  const version = loadImages().data?.version;
  expect(rig.source(file)).toBe(`${version} ${file}`);
  expect(rig.source('microcode/none.uc')).toBeUndefined();
  rig.breaks({ id: 1, where: MERGED });
  const going = rig.goOn();
  await load(rig, longerWrite());
  expect(rig.source(file)).toBeUndefined();
  const writing = rig.write(4);
  await going;
  expect(rig.source(file)).toBe(`edited ${file}`);
  rig.detach();
  expect(await writing).toBe(0);
});

describe('where this process serves one array of two', () => {
  const apart = () => {
    const tiny = loadRig('tiny-pair');
    return { ...tiny, links: tiny.links.map((link) => ({ ...link, port: 0 })) };
  };

  it('stops, looks at and changes that one, and knows of no other', async () => {
    const rig = await debugged('dedicated', 'tiny-pair', { rig: apart(), only: 'A', volume: 'local0' });
    expect(rig.about().arrays.map(({ name }) => name)).toEqual(['A']);
    const states = rig.breaks(
      { id: 1, where: { on: 'label', label: 'base/data/write.uc:merged' } },
      { id: 2, where: { on: 'message', kind: 'WRITE', array: 'B' } },
    );
    expect(states[0]).toMatchObject({ places: [{ array: 'A' }] });
    expect(states[1].error).toContain('B');
    const writing = rig.write(4);
    const { stop } = await rig.goOn();
    expect(stop).toMatchObject({ reason: 'break', breaks: [1], task: { array: 0 } });
    expect(rig.number('track', stop.task)).toBe(1);
    expect(rig.number('A:volume.state[local0]')).toBe(rig.number('volume.state[local0]', stop.task));
    expect(rig.ask('look', { what: 'links', words: [] }).rows.length).toBeGreaterThan(0);
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('stands as that one does where it is the second of its rig', async () => {
    const rig = await debugged('fused', 'tiny-pair', { rig: apart(), only: 'B', hosts: 0 });
    expect(rig.about().arrays.map(({ name }) => name)).toEqual(['B']);
    rig.breaks({ id: 1, where: { on: 'label', label: 'base/data/write.uc:merged', array: 'B' } });
    expect(placeOf(rig)).toMatchObject({ array: 'B' });
    const tasks = rig.ask('tasks', {});
    expect(tasks.every(({ ref }) => ref.array === 0)).toBe(true);
    expect(rig.ask('evaluate', { text: 'B:volume.state[work0]' }).number).toBeTypeOf('number');
    expect(() => rig.ask('evaluate', { text: 'A:volume.state[work0]' })).toThrow('A');
    rig.detach();
  });
});
