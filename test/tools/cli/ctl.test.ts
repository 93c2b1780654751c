import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ProcessRecord } from '../../../firmware/service/http/registry.js';
import { type Service, startService } from '../../../firmware/service/http/service.js';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { run } from '../../../tools/cli/commands/ctl.js';
import { usePrivateFolder } from '../../firmware/service/http/private-folder.js';
import { type Plan, StandIn } from '../../firmware/service/http/stand-in.js';
import { here } from '../../harness/here.js';
import { parsePrometheus } from '../../harness/prometheus.js';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
const runtime = usePrivateFolder();

const services: Service[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Started {
  readonly system: StandIn;
  readonly service: Service;
}

async function start(plan: Plan = {}, rigId = 'r1'): Promise<Started> {
  const system = new StandIn(plan);
  const service = await startService(system, { http: { host: '127.0.0.1', port: 0 }, rigId });
  services.push(service);
  return { system, service };
}

/** Of one system, each array in a process of its own. */
async function startBoth(): Promise<{ a: Started; b: Started }> {
  return { a: await start({ arrays: ['A'] }), b: await start({ arrays: ['B'] }) };
}

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function ctl(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'ctl', ...args], (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

/** Its JSON; it must end well and say nothing else. */
async function json(...args: string[]): Promise<unknown> {
  const { status, out, err } = await ctl('--json', ...args);
  expect([status, err]).toEqual([0, '']);
  return JSON.parse(out);
}

/** It is refused, with one line that holds the text. */
async function expectRefused(ended: Promise<Ended>, text: string): Promise<void> {
  const { status, out, err } = await ended;
  expect([status, out]).toEqual([1, '']);
  expect(err).toContain(text);
  expect(err).toMatch(/^arraylab ctl: [^\n]+\n$/);
}

/** A record of a process at a server that accepts and never answers. */
async function startSilent(record: Partial<ProcessRecord>): Promise<string> {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = join(runtime(), 'arraylab');
  const [name] = readdirSync(folder).filter((n) => n.endsWith('.json'));
  const like = JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProcessRecord;
  const instance = 'f'.repeat(32);
  const whole = { ...like, instance, url, ...record };
  writeFileSync(join(folder, `${process.pid}-${instance}.json`), JSON.stringify(whole));
  return url;
}

describe('the command line', () => {
  it('--help tells every command in one place', async () => {
    const { status, out, err } = await ctl('--help');
    expect([status, err]).toEqual([0, '']);
    const forms = [
      'status',
      'pairs [--watch]',
      'metrics',
      'tracks ARRAY:VOLUME',
      'volumes',
      'format ARRAY:VOLUME BYTES',
      'link down A-B',
      'link up A-B',
      'links',
      'link add A-B [--port N]',
      'link remove A-B',
      'array crash ARRAY',
      'fault add FAULT',
      'fault list',
      'fault clear [N]',
    ];
    for (const form of [...forms, 'array start ARRAY', 'pair failover PRIMARY [--force]', 'pair suspend PRIMARY']) {
      expect(out).toContain(`\n  ${form}  `);
    }
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it.each([
    [[], 'name a command'],
    [['stat'], 'there is no command "stat"'],
    [['link'], 'after "link" comes down or up or add or remove'],
    [['array', 'stop', 'A'], 'after "array" comes crash or start, not "stop"'],
    [['tracks'], 'tracks: ARRAY:VOLUME is missing; it must be "ARRAY:VOLUME"'],
    [['tracks', 'data0'], 'tracks: ARRAY:VOLUME is "data0"; it must be'],
    [['link', 'down', 'A'], 'link down: A-B is "A"; it must be "ARRAY-ARRAY"'],
    [['array', 'crash', 'A', 'B'], 'array crash: "B" is too much'],
    [['status', 'A'], 'status: "A" is too much'],
    [['status', '--force'], 'status: --force is for pair failover, create and delete only'],
    [['status', '--port', '7'], 'status: --port is for link add only'],
    [['link', 'add', 'A-B', '--port', '70000'], '--port is "70000"; it must be a number from 1 to 65535'],
    [['link', 'add', 'A-B:1'], 'link add: A-B is "A-B:1"; it must be "ARRAY-ARRAY"'],
    [['status', '--jsn'], '--jsn'],
    [['status', '--watch'], 'status: --watch is for pairs only'],
    [['status', '--token-file', 'x'], '--token-file goes with --url'],
    [['status', '--url', 'http://example.org:80'], '--url is "http://example.org:80"; it must be'],
    [['status', '--url', 'nonsense'], '--url is "nonsense"; it must be'],
  ])('wrong usage is told with the usage: %j', async (args, text) => {
    const { status, out, err } = await here(run, args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(text);
    expect(err).toContain('usage: arraylab ctl');
  });

  it('wrong usage is exit status 2', async () => {
    expect(await ctl('stat')).toMatchObject({ status: 2, out: '' });
  });

  it('takes options before and after the command words', async () => {
    await start();
    const [before, after, between] = [
      await ctl('--json', 'link', 'down', 'A-B'),
      await ctl('link', 'down', 'A-B', '--json'),
      await ctl('link', '--json', 'down', 'A-B'),
    ];
    expect(JSON.parse(before.out)).toMatchObject({ state: 'held' });
    expect([after, between]).toEqual([before, before]);
  });
});

describe('pairs --watch', () => {
  it('looks again and again until SIGINT, and ends well', async () => {
    const { system } = await start();
    const child = spawn(process.execPath, [MAIN, 'ctl', 'pairs', '--watch', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (lines.length === 2) child.kill('SIGINT');
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    const [pair] = await system.pairs();
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      lines.map(() => [{ ...pair, bytesPerSecond: null, secondsLeft: null }]),
    );
  });

  it('is refused where nothing runs', async () => {
    await expectRefused(ctl('pairs', '--watch'), 'no arraylab is running');
  });
});

describe('one process', () => {
  it('prints what the interface answers, with --json', async () => {
    const { system } = await start();
    expect(await json('status')).toEqual({ rig: 'two', arrays: system.arrays, links: system.links });
    expect(await json('pairs')).toEqual(await system.pairs());
    expect(await json('tracks', 'B:data0')).toEqual(await system.tracks('B:data0'));
    expect(await json('link', 'down', 'B-A')).toEqual(system.links[0]);
    expect(await json('link', 'up', 'A-B')).toEqual(system.links[0]);
    expect(await json('array', 'crash', 'B')).toEqual(system.arrays[1]);
    expect(await json('array', 'start', 'B')).toEqual(system.arrays[1]);
    expect(await json('pair', 'failover', 'A:data0', '--force')).toEqual({ pair: 'A:data0', serves: 'B' });
    const deleted = { pair: 'A:data0', state: 'SMPL', owedTracks: 0, serves: 'B' };
    expect(await json('pair', 'delete', 'A:data0', '--force')).toEqual(deleted);
    const acts = ['link down', 'link up', 'crash B', 'start B', 'failover A:data0', 'delete A:data0 true'];
    expect(system.done).toEqual(acts);
  });

  it('prints aligned tables for people', async () => {
    await start();
    await ctl('array', 'crash', 'B');
    expect((await ctl('status')).out).toBe(
      [
        'rig two',
        '',
        'ARRAY  POWER  PLACEMENT  NBD              VOLUMES  READS      WRITES       DIRECTORS',
        'A      on     fused      127.0.0.1:10809  data0    1 (512 B)  2 (3.0 MiB)  0 running, 1 dead (channel+data: division by zero)',
        'B      off    fused      127.0.0.1:10809  data0    1 (512 B)  2 (3.0 MiB)  0 running',
        '',
        'LINK  STATE  ENDS',
        'A-B   up     A up, B up',
        '',
      ].join('\n'),
    );
    expect((await ctl('pairs')).out).toBe(
      [
        'PRIMARY  SECONDARY  MODE       STATE  OWED TRACKS  SERVES  SIDES',
        'A:data0  B:data0    real-time  PSUE   7            A       A source PSUE epoch 3, B target PAIR epoch 3',
        '',
      ].join('\n'),
    );
    expect((await ctl('tracks', 'A:data0')).out).toBe(
      [
        'A:data0: 4096 tracks',
        '',
        'COPY OF  WRITE PENDING  FORMAT PENDING  INVALID',
        'A        0              0               1',
        'B        7              0               0',
        '',
      ].join('\n'),
    );
  });

  it('says in one line why it is refused', async () => {
    await start();
    await expectRefused(ctl('array', 'start', 'A'), 'array A has power already');
    await expectRefused(ctl('array', 'crash', 'C'), 'there is no array C; there are A, B');
    await expectRefused(ctl('tracks', 'A:nope'), 'it has data0');
    await expectRefused(ctl('pair', 'failover', 'A:data0'), 'the other side cannot be asked');
  });
});

describe('which process', () => {
  it('none says how to start one', async () => {
    await expectRefused(ctl('status'), 'no arraylab is running on this machine: start one with `npx arraylab serve`');
  });

  it('by its URL finds the token by itself', async () => {
    const { service } = await start({ rig: 'one' }, 'r1');
    await start({ rig: 'other' }, 'r2');
    expect(await json('--url', service.url, 'status')).toMatchObject({ rig: 'one' });
    expect(await json('--url', service.url.replace('127.0.0.1', 'localhost'), 'status')).toMatchObject({ rig: 'one' });
  });

  it('by its URL without a record needs the token file', async () => {
    const { service } = await start();
    const token = readFileSync(service.tokenFile, 'utf8');
    const file = join(runtime(), 'token');
    writeFileSync(file, token);
    mkdirSync(join(runtime(), 'empty'));
    const before = process.env.XDG_RUNTIME_DIR;
    process.env.XDG_RUNTIME_DIR = join(runtime(), 'empty');
    try {
      await expectRefused(ctl('--url', service.url, 'status'), '--token-file');
      expect(await json('--url', service.url, '--token-file', file, 'status')).toMatchObject({ rig: 'two' });
      writeFileSync(file, 'wrong');
      await expectRefused(ctl('--url', service.url, '--token-file', file, 'status'), `the token in ${file}`);
      await expectRefused(ctl('--url', service.url, '--token-file', '/nonexistent', 'status'), '/nonexistent');
    } finally {
      process.env.XDG_RUNTIME_DIR = before;
    }
  });

  it('where nothing listens is told with the URL', async () => {
    const file = join(runtime(), 'any-token');
    writeFileSync(file, 'any');
    const url = 'http://127.0.0.1:1';
    await expectRefused(ctl('--url', url, '--token-file', file, 'pairs'), `${url}: nothing listens there`);
  });

  it('two systems with the same arrays are listed with their URLs', async () => {
    const one = await start({ rig: 'one' }, 'r1');
    const other = await start({ rig: 'other' }, 'r2');
    for (const args of [['status'], ['array', 'crash', 'A'], ['pair', 'failover', 'A:data0']]) {
      const ended = ctl(...args);
      await expectRefused(ended, `${one.service.url} (rig one: A, B)`);
      await expectRefused(ended, `${other.service.url} (rig other: A, B)`);
      await expectRefused(ended, '--url');
    }
    expect([one.system.done, other.system.done]).toEqual([[], []]);
  });

  it('one rig that is served twice is two systems', async () => {
    const one = await start();
    const two = await start();
    await expectRefused(ctl('status'), `${one.service.url} (rig two: A, B), ${two.service.url} (rig two: A, B)`);
  });

  it('of several systems the one that has the array is meant', async () => {
    await start({}, 'r1');
    const other = await start({ arrays: ['X'] }, 'r2');
    expect(await json('array', 'crash', 'X')).toMatchObject({ name: 'X', power: 'off' });
    expect(other.system.done).toEqual(['crash X']);
    await expectRefused(ctl('status'), '--url');
  });
});

describe('one system in two processes', () => {
  it('has the status of both', async () => {
    const { a, b } = await startBoth();
    expect(await json('status')).toEqual({
      rig: 'two',
      arrays: [...a.system.arrays, ...b.system.arrays],
      links: [{ ...a.system.links[0], ends: [...a.system.links[0].ends, ...b.system.links[0].ends] }],
    });
  });

  it('has the metrics of both, each name told once', async () => {
    await startBoth();
    const { status, out, err } = await ctl('metrics');
    expect([status, err]).toEqual([0, '']);
    const families = parsePrometheus(out);
    expect([...(families.get('arraylab_array_up')?.series.keys() ?? [])].sort()).toEqual([
      'arraylab_array_up{array="A"}',
      'arraylab_array_up{array="B"}',
    ]);
    expect(families.get('arraylab_link_state')?.series.size).toBe(6);
  });

  it('has each pair once, as the side that serves sees it, with both sides', async () => {
    await startBoth();
    const [pair, ...more] = (await json('pairs')) as Record<string, unknown>[];
    expect(more).toEqual([]);
    expect(pair).toMatchObject({ primary: 'A:data0', state: 'PSUE', owedTracks: 7, serves: 'A' });
    expect(Object.keys(pair.sides as object)).toEqual(['A', 'B']);
  });

  it('finds the process of an array that has a dash in its name', async () => {
    const [old, young] = [await start({ arrays: ['a-1'] }), await start({ arrays: ['a-1-b'] })];
    const faults = ['power-loss a-1-b', 'one-way a-1-b->a-1:0', 'cut a-1-a-1-b', 'crash a-1-b:ca1'];
    for (const fault of faults) expect((await ctl('fault', 'add', fault)).err).toBe('');
    expect([old.system.done, young.system.done]).toEqual([
      ['fault one-way a-1-b->a-1:0', 'fault cut a-1-a-1-b'],
      ['fault power-loss a-1-b', 'fault crash a-1-b:ca1'],
    ]);
  });

  it('sends a fault to the process that sees its condition, else to that of what it names; quoted, or in words', async () => {
    const { a, b } = await startBoth();
    const added = await ctl('fault', 'add', 'cut A-B when M2_WP of B:work0 for 1s');
    expect({ status: added.status, line: added.out.split('\n')[1] }).toEqual({
      status: 0,
      line: '1      waits  -       cut A-B when M2_WP of B:work0 for 1s',
    });
    expect((await ctl('fault', 'add', 'operator', 'pair suspend A:data0', 'at', '5s')).status).toBe(0);
    expect([a.system.done, b.system.done]).toEqual([
      ['fault operator "pair suspend A:data0" at 5s'],
      ['fault cut A-B when M2_WP of B:work0 for 1s'],
    ]);
    expect((await ctl('fault', 'list')).out).toBe('no fault is planned\n');
    expect((await ctl('fault', 'clear')).status).toBe(0);
    expect([a.system.done.at(-1), b.system.done.at(-1)]).toEqual(['clear all', 'clear all']);
    expect((await ctl('fault', 'clear', '7')).err).toContain('there is no fault 7');
  });

  it('reads the image of a fault that loads microcode, and refuses what is no fault', async () => {
    const { system } = await start();
    const file = join(packageRoot(), 'dist/microcode/data.img');
    expect((await ctl('fault', 'add', `microcode-load A:data ${file} at 1s`)).status).toBe(0);
    expect(system.done).toEqual([`fault microcode-load A:data ${file} at 1s with ${readFileSync(file).length} bytes`]);
    expect((await ctl('fault', 'add', 'microcode-load A:data none.img')).err).toContain('none.img: ENOENT');
    const wrong = await ctl('fault', 'add', 'cut A-B att 5ms');
    expect(wrong.status).toBe(2);
    expect(wrong.err).toContain('word 3 is "att" (column 9); there it must be at, when, for or the end');
    expect((await ctl('--help-faults')).out).toContain('  cut LINK [for TIME] ');
  });

  it('sends a role to the director that is named, in the process that has it', async () => {
    const { a, b } = await startBoth();
    const { status, out } = await ctl('director', 'role', 'A:ca1', 'disk');
    expect({ status, line: out.split('\n')[1] }).toEqual({
      status: 0,
      line: 'A:ca1     3       channel data  hostPort  12          dead: division by zero',
    });
    expect([a.system.done, b.system.done]).toEqual([['role disk to A:ca1'], []]);
    expect((await ctl('director', 'role', 'A:ca1')).err).toContain('director role: ROLE is missing');
    expect((await ctl('director', 'role', 'A:ca1', 'disk', 'now')).err).toContain('"now" is too much');
    expect((await ctl('director', 'role', 'A:ca1', 'drives')).err).toContain('role is "drives"; it must be "channel"');
    expect((await ctl('directors')).out.split('\n')).toHaveLength(4);
  });

  it('asks an array of another process over the link, through that of the array at its other end', async () => {
    const far = await start({ arrays: ['B'] }, 'elsewhere');
    const near = await start({ arrays: ['A'] });
    near.system.remoteHandler = (request) =>
      far.system.answers?.(request) ?? Promise.reject(new Error('nobody answers'));
    services.splice(services.indexOf(far.service), 1);
    const { url } = near.service;
    const { out, err } = await ctl('--url', url, '--array', 'B', 'status', '--json');
    expect({
      arrays: (JSON.parse(out || '{}') as { arrays?: { name: string }[] }).arrays?.map((a) => a.name),
      err,
    }).toEqual({
      arrays: ['B'],
      err: '',
    });
    expect(near.system.done).toEqual(['GET /v1/status of B']);
    expect((await ctl('--url', url, '--array', 'B', 'array', 'crash', 'B')).err).toContain('crash is not done for');
    expect((await ctl('--url', url, '--array', 'B', 'metrics')).err).toContain('/metrics is not given to others');
    expect((await ctl('--url', url, '--array', '1', 'status')).err).toContain('--array is "1"; it must be the name');
    near.system.remoteHandler = undefined;
    expect(await ctl('--url', url, '--array', 'B', 'status')).toMatchObject({
      status: 1,
      err: 'arraylab ctl: array B cannot be asked over the link of array A: it is down\n',
    });
    await far.service.close();
  });

  it('sends an image to the array that is named', async () => {
    const { a, b } = await startBoth();
    const file = join(runtime(), 'data.img');
    writeFileSync(file, 'ALUC and more');
    expect(await ctl('microcode', 'load', 'B', file)).toMatchObject({ status: 0 });
    expect([a.system.done, b.system.done]).toEqual([[], ['load 13 bytes into B']]);
    writeFileSync(file, 'AL');
    expect((await ctl('microcode', 'load', 'B', file)).err).toBe(`arraylab ctl: ${file}: the file ends here\n`);
    expect((await ctl('microcode', 'load', 'B', join(runtime(), 'none.img'))).err).toContain('no such file');
    expect((await ctl('microcode', 'load', 'B')).err).toContain('FILE is missing; it must be the path of an image');
    expect((await ctl('microcode')).out.split('\n').slice(0, 3)).toEqual([
      'ARRAY  ROLE  VERSION  CRC       INSTRUCTIONS',
      'A      data  1.0      00c0ffee  12',
      'B      data  1.0      00c0ffee  12',
    ]);
  });

  it('sends what is for an array to the process that has it', async () => {
    const { a, b } = await startBoth();
    expect(await json('tracks', 'B:data0')).toMatchObject({ volume: 'B:data0' });
    expect(await json('array', 'crash', 'B')).toMatchObject({ name: 'B', power: 'off' });
    expect(await json('array', 'crash', 'A')).toMatchObject({ name: 'A', power: 'off' });
    expect([a.system.done, b.system.done]).toEqual([['crash A'], ['crash B']]);
    await expectRefused(ctl('array', 'start', 'C'), 'no process here serves an array C; there are A, B');
  });

  it('takes a link down, adds and removes one, at both ends', async () => {
    const { a, b } = await startBoth();
    expect(await json('link', 'down', 'B-A')).toMatchObject({
      between: ['A', 'B'],
      state: 'held',
      ends: [
        { array: 'A', state: 'held' },
        { array: 'B', state: 'held' },
      ],
    });
    expect([a.system.done, b.system.done]).toEqual([['link down'], ['link down']]);
    expect(await json('link', 'add', 'A-B', '--port', '7001')).toMatchObject({ name: 'A-B:1', number: 1 });
    expect(await json('link', 'remove', 'A-B:1')).toMatchObject({ name: 'A-B:1', ends: [] });
    const done = ['link down', 'link add 7001', 'link remove A-B:1'];
    expect([a.system.done, b.system.done]).toEqual([done, done]);
    expect(await json('links')).toMatchObject([{ name: 'A-B', ends: [{ array: 'A' }, { array: 'B' }] }]);
    await expectRefused(ctl('link', 'up', 'A-C'), 'there is no link A-C; there are A-B');
  });

  it('fails over at the side that does not serve, and gives its reason when it refuses', async () => {
    const { a, b } = await startBoth();
    await expectRefused(ctl('pair', 'failover', 'A:data0'), 'the other side cannot be asked');
    expect(await json('pair', 'failover', 'A:data0', '--force')).toEqual({ pair: 'A:data0', serves: 'B' });
    expect([a.system.done, b.system.done]).toEqual([[], ['failover A:data0']]);
    await expectRefused(ctl('pair', 'failover', 'A:data1'), 'there is no pair A:data1; there are A:data0');
  });

  it('fails over although the process of the side that served says nothing', async () => {
    const { system } = await start({ arrays: ['B'] });
    await startSilent({ arrays: ['A'] });
    expect(await json('pair', 'failover', 'A:data0', '--force')).toEqual({ pair: 'A:data0', serves: 'B' });
    expect(system.done).toEqual(['failover A:data0']);
  });

  it('shows what answers and says what does not', async () => {
    const { system } = await start({ arrays: ['B'] });
    const url = await startSilent({ arrays: ['A'] });
    const { status, out, err } = await ctl('status', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ arrays: system.arrays });
    expect(err).toBe(`arraylab ctl: left out: array A: ${url} says nothing\n`);
  });
});
