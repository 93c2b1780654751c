/** A debugger on arrays of this process, without HTTP between. */
import { afterEach, describe, expect, it } from 'vitest';
import type { TaskRef, Where } from '../../../../firmware/runtime/machine/debug/target.js';
import { until } from '../../../adapters/channel/nbd-client.js';
import { deaths, letGo, debugged as start } from '../../../harness/debugged-rig.js';

const MERGED: Where = { on: 'label', label: 'base/data/write.uc:merged', array: 'A' };
const COMMAND: Where = { on: 'label', label: 'COMMAND', array: 'A' };

afterEach(letGo);

describe.each(['dedicated', 'fused'] as const)('a debugger on a pair with %s directors', (placement) => {
  it('stops once for each break that is met, also when two directors meet theirs at once', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 1, where: COMMAND }, { id: 2, where: MERGED });
    const writes = Promise.all([0, 4, 8, 12, 16, 20].map((sector) => rig.write(sector)));
    const stops: number[] = [];
    while (stops.length < 12) stops.push(...(await rig.goOn()).stop.breaks);
    expect(stops.filter((id) => id === 1)).toHaveLength(6);
    expect(stops.filter((id) => id === 2)).toHaveLength(6);
    rig.detach();
    expect(await writes).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('stops where a condition holds, after so many hits, and logs without a stop', async () => {
    const rig = await start(placement);
    rig.breaks(
      { id: 1, where: MERGED, condition: 'track == 2' },
      { id: 2, where: MERGED, log: 'track {track}' },
      { id: 3, where: MERGED, ignore: 2 },
    );
    const writes = Promise.all([0, 4, 8].map((sector) => rig.write(sector)));
    const seen: { readonly breaks: readonly number[]; readonly lines: readonly string[] }[] = [];
    while (seen.flatMap(({ breaks }) => breaks).length < 2) {
      const { stop, lines } = await rig.goOn();
      seen.push({ breaks: stop.breaks, lines });
    }
    expect(seen.flatMap(({ breaks }) => breaks).sort()).toEqual([1, 3]);
    expect(seen.flatMap(({ lines }) => lines).sort()).toEqual(['track 0', 'track 1', 'track 2']);
    expect(rig.hits()).toEqual([1, 3, 3]);
    rig.detach();
    expect(await writes).toEqual([0, 0, 0]);
  });

  it('steps a task over its waits to its end, while others run only in between', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 1, where: { on: 'label', label: 'base/data/write.uc:WRITE', array: 'A' }, once: true });
    const writing = rig.write(0);
    const first = (await rig.goOn()).stop;
    const scopes = new Set<string>();
    let at = first;
    for (let steps = 0; at.text !== 'the task is done' && steps < 200; steps++) {
      expect(at.task).toEqual(first.task);
      scopes.add(at.place?.file ?? '');
      at = (await rig.goOn({ how: 'instruction' })).stop;
    }
    expect(at.text).toBe('the task is done');
    expect([...scopes]).toContain('microcode/base/data/write.uc');
    expect([...scopes].length).toBeGreaterThan(1);
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('steps over a call, and out of one', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 1, where: { on: 'label', label: 'base/data/write.uc:admitted', array: 'A' }, once: true });
    const writing = rig.write(0);
    const { stop } = await rig.goOn();
    const task = stop.task as TaskRef;
    const inside = (await rig.goOn({ how: 'instruction' })).stop;
    expect(inside.place?.file).not.toBe('microcode/base/data/write.uc');
    const out = (await rig.goOn({ how: 'out' })).stop;
    expect(out.place).toMatchObject({ file: stop.place?.file, instruction: (stop.place?.instruction ?? 0) + 1 });
    const over = (await rig.goOn({ how: 'over', task })).stop;
    expect(over.place?.file).toBe('microcode/base/data/write.uc');
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('stops where a role takes a message, at the task that has it then', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 5, where: { on: 'message', kind: 'FAR_APPLY', array: 'B' } });
    const writing = rig.write(0);
    const { stop } = await rig.goOn();
    expect(stop).toMatchObject({ reason: 'message', text: 'message FAR_APPLY', breaks: [5], task: { array: 1 } });
    expect(stop.place?.scope).toBe('on FAR_APPLY');
    rig.detach();
    expect(await writing).toBe(0);
  });

  it('sets a register, and what the microcode does then is of that', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 1, where: { on: 'label', label: 'base/data/write.uc:held', array: 'A' }, once: true });
    const writing = rig.write(0);
    await rig.goOn();
    // The state of the volume is loaded; one that there is not.
    const { task } = (await rig.goOn({ how: 'instruction' })).stop;
    expect(rig.number('x', task)).toBe(rig.number('A:volume.state[data0]'));
    rig.assign('x', '9', task);
    rig.detach();
    expect(await writing).not.toBe(0);
  });

  it('finds a state when it begins', async () => {
    const rig = await start(placement);
    rig.breaks({ id: 1, where: { on: 'state', when: 'pair A:data0 is PSUE' } });
    const going = rig.goOn();
    await rig.system.linkDown('A-B');
    expect((await going).stop).toMatchObject({ reason: 'state', breaks: [1] });
    rig.detach();
  });

  it('says what a director dies of before it does', async () => {
    const rig = await start(placement);
    rig.breaks(
      { id: 1, where: { on: 'fault' } },
      { id: 2, where: { on: 'label', label: 'base/data/write.uc:given', array: 'A' }, once: true },
    );
    const writing = rig.write(0).catch(() => 'cut off');
    const { stop } = await rig.goOn();
    // It unlocks a track that it does not hold.
    rig.assign('t', '5', stop.task);
    const dying = (await rig.goOn()).stop;
    expect(dying).toMatchObject({ reason: 'fault', breaks: [1], task: stop.task, place: stop.place });
    expect(dying.text).toContain('unlocks track 5');
    expect(deaths).toEqual([]);
    rig.detach();
    await until(() => deaths.length > 0, 'the death is told');
    expect(await writing).not.toBe(0);
  });

  it('lets nothing be changed while it stands, and goes on as before', async () => {
    const rig = await start(placement);
    expect(rig.stop).toMatchObject({ reason: 'entry' });
    await expect(rig.system.moveRole('A:dd1', 'cache')).rejects.toThrow(/because a debugger looks at it/);
    await expect(rig.system.format('A:data0', 4096)).rejects.toThrow(/because a debugger looks at it/);
    expect(await rig.system.pairs()).toHaveLength(2);
    await rig.system.crash('B');
    await expect(rig.system.start('B')).rejects.toThrow(/because a debugger looks at it/);
    rig.detach();
    await rig.system.start('B');
    expect(await rig.write(0)).toBe(0);
  });

  it('refuses what a live rig cannot do', async () => {
    const rig = await start(placement);
    await expect(async () => rig.resume({ how: 'continue', back: true })).rejects.toThrow('does not go back');
    await expect(async () => rig.resume({ how: 'peer' })).rejects.toThrow('name one');
    await expect(async () => rig.resume({ how: 'operation', operations: 1 })).rejects.toThrow('not counted');
    expect(() => rig.ask('when', { what: 'M2 A:data0:0' })).toThrow('has no past');
    expect(rig.breaks({ id: 1, where: { on: 'label', label: 'nowhere' } })[0].error).toContain('nowhere');
  });
});
