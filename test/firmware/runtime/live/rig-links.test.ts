/** Links of a rig that is served: their names, what an operator may do to them, and what is refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LINKS_MAX } from '../../../../firmware/memory/constants.js';
import { type Served, serve } from '../../../../firmware/runtime/live/serve.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadRig, type Rig } from '../../../../firmware/service/rig.js';

let served: Served;

beforeEach(async () => {
  served = await start(loadRig('tiny-links'));
});
afterEach(() => served.close());

const start = (rig: Rig): Promise<Served> =>
  serve({
    rig,
    images: loadImages(),
    placement: 'fused',
    portBase: 0,
    secretOf: () => {
      throw new Error('no secret is needed when both ends of a link are here');
    },
    onDead: (array, roles, reason) => {
      throw new Error(`${array} ${roles.join('+')}: ${reason}`);
    },
  });

const names = (): string[] => served.system.links.map(({ name, state }) => `${name} ${state}`);

describe('links', () => {
  it('between the same two arrays have numbers, and must be named by them', async () => {
    const { system } = served;
    expect(names()).toEqual(['A-B:0 up', 'A-B:1 up']);
    await expect(system.linkDown('A-B')).rejects.toThrow('there are several links A-B; say which: A-B:0, A-B:1');
    await expect(system.linkDown('A-B:5')).rejects.toThrow('rig tiny-links has no link A-B:5; it has A-B:0, A-B:1');
    await expect(system.linkDown('A-C')).rejects.toThrow('rig tiny-links has no link A-C; it has A-B:0, A-B:1');
    expect(await system.linkDown('B-A:1')).toMatchObject({ name: 'A-B:1', number: 1, state: 'held' });
    expect(names()).toEqual(['A-B:0 up', 'A-B:1 held']);
    await expect(system.removeLink('A-B:0')).rejects.toThrow('link A-B:0: no other link is up');
    expect(await system.linkUp('A-B:1')).toMatchObject({ state: 'up' });
  });

  it('are added up to the most, each with the lowest number that is free', async () => {
    const { system } = served;
    await system.removeLink('A-B:0');
    expect(names()).toEqual(['A-B up']);
    expect(await system.linkDown('A-B')).toMatchObject({ name: 'A-B', number: 1, state: 'held' });
    await system.linkUp('A-B');
    // Asked together, done one after the other.
    const added = await Promise.all(Array.from({ length: LINKS_MAX - 1 }, () => system.addLink('A-B')));
    expect(added.map(({ number }) => number)).toEqual([0, 2, 3, 4, 5, 6, 7]);
    await expect(system.addLink('B-A')).rejects.toThrow('there are 8 links B-A; more cannot be');
    expect(system.links.every(({ state }) => state === 'up')).toBe(true);
  });

  it('come up again with their arrays, those that were added too; and what was not added is not there', async () => {
    const { system } = served;
    const [taken] = served.arrays.map(({ nbd }) => Number(nbd.split(':')[1]));
    await expect(system.addLink('A-B', taken)).rejects.toThrow(`array A: port ${taken} of 127.0.0.1 is in use`);
    expect(names()).toEqual(['A-B:0 up', 'A-B:1 up']);
    await system.addLink('A-B');
    await system.crash('A');
    await expect(system.addLink('A-B')).rejects.toThrow('array A has no power');
    await system.start('A');
    for (const name of ['A-B:0', 'A-B:1', 'A-B:2']) expect(await system.linkUp(name)).toMatchObject({ state: 'up' });
  });

  it('join three arrays in a ring, whichever of two is named first; each tells of its own', async () => {
    const { arrays, ...rest } = loadRig('tiny-links');
    const ring = (between: [number, number][]): Rig => ({
      ...rest,
      arrays: [0, 1, 2].map((a) => ({
        ...arrays[0],
        name: 'ABC'[a],
        volumes: arrays[0].volumes.map(({ pair: _, ...volume }) => volume),
        trunks: [0, 1, 2].filter((other) => other !== a),
      })),
      links: between.map((ends) => ({ between: ends })),
    });
    const three = await start(
      ring([
        [2, 0],
        [1, 2],
        [0, 1],
        [0, 1],
      ]),
    );
    try {
      const { system } = three;
      for (const name of ['A-C', 'C-B', 'A-B:0', 'A-B:1'])
        expect(await system.linkUp(name)).toMatchObject({ state: 'up' });
      expect(await system.linkDown('A-B:1')).toMatchObject({ name: 'A-B:1', state: 'held' });
      expect(await system.addLink('B-C')).toMatchObject({ name: 'B-C:1', state: 'up' });
      const states = system.links.map(({ name, state }) => `${name} ${state}`);
      expect(states).toEqual(['C-A up', 'B-C:0 up', 'A-B:0 up', 'A-B:1 held', 'B-C:1 up']);
      const [, b] = await system.figures();
      expect(b.links.map(({ peer, number }) => `${peer}:${number}`)).toEqual(['C:0', 'A:0', 'A:1', 'C:1']);
      expect(b.links.map(({ sent }) => sent.bytes > 0)).toEqual([true, true, true, true]);
      await system.crash('B');
      await system.start('B');
      expect(await system.linkUp('B-C:1')).toMatchObject({ state: 'up' });
    } finally {
      await three.close();
    }
  });
});
