import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAIR_MODE } from '../../../../firmware/memory/constants.js';
import { driveEnds } from '../../../../firmware/runtime/machine/config.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { packageRoot } from '../../../../firmware/service/package-root.js';
import { loadRig, type Rig } from '../../../../firmware/service/rig.js';
import { withFiles } from './host.js';

interface Volume {
  name?: unknown;
  size_bytes?: unknown;
  pair?: unknown;
  [other: string]: unknown;
}

const mirror = (to: string): object => ({ to, recipe: 'track-mirror' });
const volume = (name: string, more: Volume = {}): Volume => ({ name, size_bytes: 8192, ...more });
const array = (name: string, ...volumes: Volume[]): object => ({ name, profile: 'tiny', volumes });
const links = [{ between: ['A', 'B'] }];

const load = (rig: unknown, more: Readonly<Record<string, unknown>> = {}): Rig =>
  withFiles({ 'rig.json': rig, ...more }, (folder) => loadRig(join(folder, 'rig.json')));

/** The errors of a rig, without the names of their files. */
function errorOf(rig: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  try {
    load(rig, more);
  } catch (error) {
    return (error as Error).message.replace(/^.*(rig|own)\.json:1: /gm, '');
  }
  throw new Error('the rig was accepted');
}

/** The error of a rig whose array has a profile of its own, made from tiny. */
function profileError(change: Readonly<Record<string, unknown>>): string {
  const tiny = JSON.parse(readFileSync(join(packageRoot(), 'hw-profiles/arrays/tiny.json'), 'utf8')) as object;
  const rig = { arrays: [{ name: 'A', profile: './own.json', volumes: [volume('data0')] }] };
  return errorOf(rig, { 'own.json': { ...tiny, ...change } });
}

describe('a rig', () => {
  it('of the package is found by its name, with volumes in tracks', () => {
    const { name, arrays } = loadRig('single');
    expect(name).toBe('single');
    expect(arrays[0].dims.tracks).toEqual([4096]);
    expect(arrays[0].hostWpLimit).toBe(6553);
  });

  it('gives both sides of a pair the numbers of each other', () => {
    const { arrays } = load({
      arrays: [array('A', volume('local0'), volume('data0', { pair: mirror('B:data0') })), array('B', volume('data0'))],
      links,
    });
    expect(arrays[0].volumes[0].pair).toBeUndefined();
    expect(arrays[0].volumes[1].pair).toEqual({
      peer: 0,
      trunk: 0,
      role: 'source',
      recipe: 0,
      mode: 0,
      simplex: false,
    });
    expect(arrays[1].volumes[0].pair).toEqual({
      peer: 1,
      trunk: 0,
      role: 'target',
      recipe: 0,
      mode: 0,
      simplex: false,
    });
    expect(arrays[0].recipes.map((r) => r.name)).toEqual(['track-mirror']);
  });

  it('gives a pair what it chooses of its recipe, on both sides', () => {
    const pair = { ...mirror('B:x'), mode: 'point-in-time' };
    const { arrays } = load({ arrays: [array('A', volume('x', { pair })), array('B', volume('x'))], links });
    for (const { volumes, recipes } of arrays) {
      expect(volumes[0].pair?.mode).toBe(PAIR_MODE.POINT_IN_TIME);
      expect(recipes).toMatchObject([{ name: 'track-mirror, point-in-time', hooks: { ack: 'ack/point-in-time' } }]);
    }
  });

  it('puts the list of a pair behind its volumes on both drives, if it says so', () => {
    const pair = { ...mirror('B:x'), domino: true, list: 'devices' };
    const { arrays } = load({ arrays: [array('A', volume('x', { pair })), array('B', volume('x'))], links });
    for (const config of arrays) {
      expect(config.recipes).toMatchObject([{ hooks: { admit: 'commit/devices', commit: 'commit/domino' } }]);
      // Four tracks of four sectors, a label, and a sector with a word for each cylinder.
      expect(driveEnds(config)).toEqual([16 + 2]);
    }
  });

  it.each([
    [{ mode: 'later' }, 'mode is "later"; it must be "real-time" or "point-in-time"'],
    [{ list: 'tape' }, 'list is "tape"; it must be "cache" or "devices"'],
    [{ acknowledge: 'soon' }, 'acknowledge is "soon"; it must be "received" or "stored"'],
    [
      { mode: 'point-in-time', domino: true },
      'domino is true; it must be false in mode point-in-time, which gives status before the other side has the write',
    ],
  ])('refuses a pair that chooses %j', (choices, message) => {
    const pair = { ...mirror('B:x'), ...choices };
    const rig = { arrays: [array('A', volume('x', { pair })), array('B', volume('x'))], links };
    expect(errorOf(rig)).toBe(`arrays[0].volumes[0].pair.${message}`);
  });

  it('is refused when it chooses what its recipe does not offer', () => {
    const pair = { to: 'B:x', recipe: 'mine.json', mode: 'point-in-time' };
    const rig = { arrays: [array('A', volume('x', { pair })), array('B', volume('x'))], links };
    const mine = { name: 'mine', hooks: {}, choices: { sometimes: {} } };
    expect(() => load(rig, { 'mine.json': mine })).toThrow(
      'mine.json: there is no choice "point-in-time" here; there are sometimes',
    );
  });

  it('takes profiles and recipes of the user from beside its own file', () => {
    const tiny = readFileSync(join(packageRoot(), 'hw-profiles/arrays/tiny.json'), 'utf8');
    const rig = {
      arrays: [
        { name: 'A', profile: './own.json', volumes: [volume('x', { pair: { to: 'B:x', recipe: 'mine.json' } })] },
        array('B', volume('x')),
      ],
      links,
    };
    const files = { 'own.json': tiny, 'mine.json': { name: 'mine', hooks: { commit: 'commit/track-list' } } };
    const { arrays, sourceText } = load(rig, files);
    expect(arrays[0].recipes).toMatchObject([{ name: 'mine', hooks: { commit: 'commit/track-list' } }]);
    expect(arrays[0].recipes[0].places?.ack).toMatch(/mine\.json:1: hooks\.ack$/);
    expect(sourceText).toContain('"mine"');
    expect(sourceText).toContain('destage_delay_us');
  });

  it('of the package is complete and loads, each of them', () => {
    const names = readdirSync(join(packageRoot(), 'hw-profiles/rigs')).map((file) => file.replace('.json', ''));
    expect(names).toEqual(expect.arrayContaining(['single', 'pair', 'tiny-pair', 'two-slots']));
    for (const name of names) expect(loadRig(name).name).toBe(name);
  });

  it.each([
    ['not an object', [], 'the file is []; it must be an object with help, placement, arrays, groups, links'],
    ['no arrays', {}, 'arrays is missing; it must be a list of arrays, 1 or more'],
    ['an empty list', { arrays: [] }, 'arrays is []; it must be a list of arrays, 1 or more'],
    [
      'an unknown field',
      { arays: [] },
      'arays is not a field; arrays may be meant; fields here are help, placement, arrays, groups, links',
    ],
    [
      'an unknown field of a volume',
      { arrays: [array('A', volume('a', { size: 1 }))] },
      'arrays[0].volumes[0].size is not a field; size_bytes is, in bytes; fields here are name, size_bytes, format, device, pair, pairs',
    ],
    [
      'a size in words',
      { arrays: [array('A', volume('a', { size_bytes: '8 KiB' }))] },
      'arrays[0].volumes[0].size_bytes is "8 KiB"; it must be a whole number of bytes from 1 to 1099511627264, here 8192',
    ],
    [
      'part of a track',
      { arrays: [array('A', volume('a', { size_bytes: 1000 }))] },
      "arrays[0].volumes[0].size_bytes is 1000; it must be a multiple of the array's track, 2048 bytes",
    ],
    [
      'a format that is none',
      { arrays: [array('A', volume('a', { format: 1024 }))] },
      'arrays[0].volumes[0].format is 1024; it must be 512 or 4096',
    ],
    [
      'blocks that tracks are not made of',
      { arrays: [array('A', volume('a', { format: 4096 }))] },
      "arrays[0].volumes[0].format is 4096; it must be a size that the array's tracks of 2048 bytes are made of",
    ],
    [
      'a strange name',
      { arrays: [array('A b', volume('a'))] },
      'arrays[0].name is "A b"; it must be a name: a letter, then up to 31 letters, digits, "_" or "-"',
    ],
    [
      'twins',
      { arrays: [array('A', volume('a'), volume('a'))] },
      'arrays[0].volumes[1].name is "a"; it must be a name that no other volume here has, and arrays[0].volumes[0] has it',
    ],
    [
      'a profile that is not there',
      { arrays: [{ name: 'A', profile: 'vmax', volumes: [volume('a')] }] },
      /^arrays\[0\]\.profile: hw-profiles\/arrays\/vmax\.json: there is no such file \(array "vmax" of /,
    ],
  ])('with %s is refused', (_, rig, message) => {
    if (typeof message === 'string') expect(errorOf(rig)).toBe(message);
    else expect(errorOf(rig)).toMatch(message);
  });

  it.each([
    ['an array that is not there', 'C:a', 'is "C:a"; it must be in one of the arrays A, B'],
    ['its own array', 'A:b', 'is "A:b"; it must be in another array'],
    ['a volume that is not there', 'B:z', 'is "B:z"; it must be a volume of array B: a, large, taken'],
    ['no volume', 'B', 'is "B"; it must be "ARRAY:VOLUME", the volume that it mirrors to'],
    ['a larger volume', 'B:large', 'is "B:large"; it must be a volume of 4 tracks, as a is; large has 8'],
  ])('that mirrors to %s is refused', (_, to, message) => {
    const a = [volume('a', { pair: mirror(to) }), volume('b')];
    const b = [volume('a'), volume('large', { size_bytes: 16384 }), volume('taken', { pair: mirror('A:b') })];
    const rig = { arrays: [array('A', ...a), array('B', ...b)], links };
    expect(errorOf(rig)).toBe(`arrays[0].volumes[0].pair.to ${message}`);
  });

  it('whose pair that stands by joins targets of two volumes is refused', () => {
    const rig = JSON.parse(readFileSync(join(packageRoot(), 'hw-profiles/rigs/tiny-two-targets.json'), 'utf8'));
    const b = rig.arrays.find(({ name }: { name: string }) => name === 'B');
    b.volumes[0].pair.to = 'C:data1';
    delete b.volumes[1].pair;
    expect(errorOf(rig)).toContain(
      'arrays[1].volumes[0].pair.to is "C:data1"; it must be a target of the volume that data0 is a target of',
    );
  });

  it('that mirrors a mirrored volume on, by a recipe without groups, is refused', () => {
    const arrays = [array('A', volume('a', { pair: mirror('B:a') })), array('B', volume('a', { pair: mirror('A:b') }))];
    const rig = { arrays: [array('A', volume('a', { pair: mirror('B:a') }), volume('b')), arrays[1]], links };
    expect(errorOf(rig)).toBe(
      'arrays[1].volumes[0].pair.to is "A:b"; it must be of volumes that are in no other pair, unless both pairs are of the same recipe, with groups',
    );
  });

  it.each([
    [
      'tiny-cascade',
      'B',
      [
        ['target', 0, 0],
        ['target', 1, 0],
        ['source', 0, 1],
        ['source', 1, 1],
      ],
      'C',
      [2, 3],
    ],
    [
      'tiny-two-targets',
      'A',
      [
        ['source', 0, 0],
        ['source', 1, 0],
        ['source', 0, 1],
        ['source', 1, 1],
      ],
      'C',
      [2, 3],
    ],
  ])(
    '%s has further pairs behind the volumes of %s, and their other sides know where',
    (name, middle, pairs, far, peers) => {
      const { arrays } = loadRig(name);
      const at = arrays.find((a) => a.name === middle);
      expect(at?.volumes.map(({ pair }) => [pair?.role, pair?.peer, pair?.trunk])).toEqual(pairs);
      expect(at?.volumes.map((v) => v.name)).toEqual(['data0', 'data1', `data0@${far}`, `data1@${far}`]);
      expect(at?.volumes.map(({ of, journal }) => [of, journal])).toEqual([
        [undefined, 0],
        [undefined, 0],
        [0, 1],
        [1, 1],
      ]);
      const third = arrays.find((a) => a.name === far);
      expect(third?.volumes.flatMap(({ pair }) => pair?.peer ?? [])).toEqual(peers);
    },
  );

  it('that mirrors without a link is refused', () => {
    const rig = { arrays: [array('A', volume('a', { pair: mirror('B:a') })), array('B', volume('a'))] };
    expect(errorOf(rig)).toBe(
      'arrays[0].volumes[0].pair.to is "B:a"; it must be in an array with a link to A; links has none between them',
    );
  });

  it('whose link ends nowhere is refused', () => {
    const arrays = [array('A', volume('a')), array('B', volume('a'))];
    const wrong = errorOf({ arrays, links: [{ between: ['A', 'Z'] }] });
    expect(wrong).toBe('links[0].between is ["A","Z"]; it must be the names of two different arrays of A, B');
  });

  it('may join an array to four others, and to no fifth', () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F'];
    const arrays = names.map((name) => array(name, volume('a')));
    const star = (others: readonly string[]): object => ({
      arrays,
      links: others.map((name) => ({ between: ['C', name] })),
    });
    expect(load(star(['E', 'A', 'B', 'D'])).arrays.map(({ trunks }) => trunks)).toEqual([
      [2],
      [2],
      [0, 1, 3, 4],
      [2],
      [2],
      [],
    ]);
    expect(errorOf(star(['A', 'B', 'D', 'E', 'F']))).toContain('to 4 other arrays at most; C has links to 5');
  });

  it('may have up to eight links between two arrays, each with a port of its own', () => {
    const arrays = [array('A', volume('a')), array('B', volume('a'))];
    const some = (n: number): object[] =>
      Array.from({ length: n }, (_, i) => ({ between: ['B', 'A'], port: 7000 + i }));
    expect(load({ arrays, links: some(8) }).links.map(({ port }) => port)).toEqual([
      7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007,
    ]);
    expect(errorOf({ arrays, links: some(9) })).toBe(
      'links[8].between is ["B","A"]; it must be two arrays that 8 links at most join; before it there are 8',
    );
    expect(errorOf({ arrays, links: [...some(1), ...some(1)] })).toBe(
      'links[1].port is 7000; it must be a port that no other link has',
    );
  });

  it('says where a link listens and where its secret is, from beside its own file or from the own folder', () => {
    const arrays = [array('A', volume('a')), array('B', volume('a'))];
    const near = { between: ['A', 'B'], port: 10909, secret_file: 'link.secret' };
    withFiles({ 'rig.json': { arrays, links: [near] } }, (folder) => {
      const [link] = loadRig(join(folder, 'rig.json')).links;
      expect(link).toEqual({ between: [0, 1], port: 10909, secretFile: join(folder, 'link.secret') });
    });
    const [own] = load({ arrays, links: [{ ...near, secret_file: '~/x/link.secret' }] }).links;
    expect(own.secretFile).toBe(join(homedir(), 'x/link.secret'));
    expect(errorOf({ arrays, links: [{ ...near, port: 70_000 }] })).toMatch(/^links\[0\]\.port is 70000; it must be/);
    expect(load({ arrays, links: [{ ...near, remote_service: false }] }).links[0].remoteService).toBe(false);
    expect(errorOf({ arrays, links: [{ ...near, remote_service: 'no' }] })).toBe(
      'links[0].remote_service is "no"; it must be true or false',
    );
  });

  it('is served with a thread for each director unless it says otherwise', () => {
    const arrays = [array('A', volume('a'))];
    expect(load({ arrays }).placement).toBe('dedicated');
    expect(load({ placement: 'fused', arrays }).placement).toBe('fused');
    expect(errorOf({ placement: 'auto', arrays })).toBe('placement is "auto"; it must be "dedicated" or "fused"');
  });

  it('may put roles of an array on other directors', () => {
    const withRoles = (roles: unknown) => ({ arrays: [{ ...array('A', volume('a')), roles }] });
    expect(load(withRoles({ data: 'da1' })).arrays[0].roles).toEqual({ data: 'da1' });
    expect(errorOf(withRoles({ data: 'da2' }))).toBe(
      'arrays[0].roles.data is "da2"; it must be "ca1" or "dd1" or "cc1" or "da1" or "ra1"',
    );
    expect(errorOf(withRoles({ hostPort: 'da1' }))).toContain('arrays[0].roles.hostPort is not a field');
  });

  it('that is no JSON, or no file, is refused by name', () => {
    expect(errorOf('{"arrays": [')).toMatch(/^this is not JSON: /);
    expect(() => loadRig('./no-such.json')).toThrow('./no-such.json: there is no such file');
    expect(() => loadRig('no-such')).toThrow('hw-profiles/rigs/no-such.json: there is no such file');
  });
});

describe('a profile of an array', () => {
  it.each([
    [{ host_slots: 0 }, 'host_slots is 0; it must be a whole number of slots from 1 to 65534'],
    [{ sectors_per_track: 129 }, 'sectors_per_track is 129; it must be a whole number of sectors from 1 to 128'],
    [
      { transfer_bytes: 10_000 },
      'transfer_bytes is 10000; it must be a multiple of 4096 bytes from 8192 to 1073741824',
    ],
    [
      { credits: 5 },
      'credits is 5; it must be a whole number of credits (each promises one of remote_slots) from 1 to 4',
    ],
    [
      { tasks: { host: 1 } },
      'tasks.remote is missing; it must be a whole number of tasks from 1 to 1000\n' +
        'tasks.destage is missing; it must be a whole number of tasks from 2 to 1000\n' +
        'tasks.completion is missing; it must be a whole number of tasks from 1 to 1000',
    ],
    [{ cache: 1 }, /^cache is not a field; fields here are help, sectors_per_track, /],
    [{ sources: { colour: 'read: red' } }, /^sources\.colour is not a field; /],
  ])('with %j is refused', (change, message) => {
    const error = profileError(change);
    if (typeof message === 'string') expect(error).toBe(message);
    else expect(error).toMatch(message);
  });

  it('that needs more memory than an array can have is refused', () => {
    const rig = { arrays: [{ name: 'A', profile: './own.json', volumes: [volume('data0', { size_bytes: 65536 })] }] };
    const dmx = JSON.parse(readFileSync(join(packageRoot(), 'hw-profiles/arrays/dmx.json'), 'utf8')) as object;
    expect(errorOf(rig, { 'own.json': { ...dmx, host_slots: 60_000 } })).toMatch(
      /^arrays\[0\]: an array's memory is \d+ bytes; at most 2147483648/,
    );
  });

  it.each(['arrays', 'links', 'drives'])('of the package says of every figure where it is from: %s', (kind) => {
    const folder = join(packageRoot(), 'hw-profiles', kind);
    for (const file of readdirSync(folder)) {
      const { $schema, help, sources, ...figures } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      expect(help, file).toBeTypeOf('string');
      const named = Object.keys(sources).map((source) => source.split('.')[0]);
      expect([...new Set(named)].sort(), file).toEqual(Object.keys(figures).sort());
      for (const source of Object.values(sources)) expect(source, file).toMatch(/^(read|computed|uncalibrated)(: |$)/);
    }
  });
});

describe('microcode images', () => {
  it('that were not built are missed with the command that builds them', () => {
    withFiles({}, (folder) => {
      expect(() => loadImages(folder)).toThrow(
        `${join(folder, 'channel.img')}: there is no such file; build the microcode with: node dist/tools/assembler/build.js`,
      );
    });
  });

  it('of another role than their name says are refused', () => {
    const data = readFileSync(join(packageRoot(), 'dist/microcode/data.img'));
    withFiles({}, (folder) => {
      writeFileSync(join(folder, 'channel.img'), data);
      const path = join(folder, 'channel.img');
      expect(() => loadImages(folder)).toThrow(`${path}: role is data; it must be channel, as its name says`);
    });
  });
});
