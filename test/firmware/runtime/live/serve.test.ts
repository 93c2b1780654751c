import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Served, type ServeOptions, serve } from '../../../../firmware/runtime/live/serve.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { packageRoot } from '../../../../firmware/service/package-root.js';
import { loadRig, type Rig } from '../../../../firmware/service/rig.js';
import { singleRig } from './host.js';

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
const PLACED = ['dedicated', 'fused'] as const;

/** Serves all of a rig on ports that are free; a director that dies fails the test. */
function serveAll(rig: Rig, more: Partial<ServeOptions> = {}): Promise<Served> {
  return serve({
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
    ...more,
  });
}

/** Whatever an NBD server says first. */
async function greeting(nbd: string): Promise<string> {
  const [host, port] = nbd.split(':');
  const socket = connect(Number(port), host);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return bytes.toString('latin1', 0, 16);
}

describe('serving a rig', () => {
  it.each(PLACED)('%s opens a port for each array, and closes it', async (placement) => {
    const served = await serveAll(singleRig('tiny', 8192), { placement });
    expect(served.arrays.map((a) => a.name)).toEqual(['A']);
    expect(await greeting(served.arrays[0].nbd)).toBe('NBDMAGICIHAVEOPT');
    await served.close();
    await expect(greeting(served.arrays[0].nbd)).rejects.toThrow('ECONNREFUSED');
  });

  it.each(PLACED)('%s with pairs is up when all of them are in PAIR', async (placement) => {
    const served = await serveAll(loadRig('tiny-pair'), { placement });
    const pairs = await served.system.pairs();
    expect(pairs.map(({ primary, secondary, state, serves }) => ({ primary, secondary, state, serves }))).toEqual([
      { primary: 'A:data0', secondary: 'B:data0', state: 'PAIR', serves: 'A' },
      { primary: 'B:work0', secondary: 'A:work0', state: 'PAIR', serves: 'B' },
    ]);
    expect(served.system.links.map((l) => l.state)).toEqual(['up']);
    await served.close();
  });

  it('on a port that is in use says which', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(serveAll(singleRig('tiny', 8192), { portBase: port })).rejects.toThrow(
      `array A: 127.0.0.1:${port} is in use by another process`,
    );
    other.close();
  });

  it('one of two arrays by itself needs a port for the link, and names the array that is not there', async () => {
    const rig = loadRig('tiny-pair');
    await expect(serveAll(rig, { only: 'A' })).rejects.toThrow(
      'rig tiny-pair: link A-B has no port, which it needs between two processes',
    );
    await expect(serveAll(rig, { only: 'C' })).rejects.toThrow('rig tiny-pair has no array C; it has A, B');
  });
});

describe('the command line', () => {
  let folder = '';
  let rig = '';
  const children: ChildProcess[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'arraylab-serve-'));
    rig = join(folder, 'rig.json');
    const volumes = [{ name: 'data0', size_bytes: 8192 }];
    writeFileSync(rig, JSON.stringify({ arrays: [{ name: 'A', profile: 'tiny', volumes }] }));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function start(...args: string[]): { child: ChildProcess; out: () => string; err: () => string } {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let [out, err] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      err += bytes.toString();
    });
    return { child, out: () => out, err: () => err };
  }

  async function result(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const { child, out, err } = start(...args);
    const [code] = (await once(child, 'close')) as [number];
    return { code, out: out(), err: err() };
  }

  /** A served rig and an idle client of it. */
  async function up(): Promise<{ child: ChildProcess; nbd: string; client: Socket }> {
    const { child, out } = start('serve', rig, '--port-base', '0');
    while (!out().includes('\n')) await once(child.stdout as NodeJS.EventEmitter, 'data');
    const ready = /^ready (\{.*\})\n$/.exec(out());
    const { arrays } = JSON.parse(ready?.[1] ?? '{}') as { arrays: { name: string; nbd: string }[] };
    expect(arrays.map((a) => a.name)).toEqual(['A']);
    const [host, port] = arrays[0].nbd.split(':');
    const client = connect(Number(port), host);
    client.on('error', () => undefined);
    await once(client, 'data');
    return { child, nbd: arrays[0].nbd, client };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order at %s, with a client connected', async (signal) => {
    const { child, client } = await up();
    const closed = once(client, 'close');
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([0, null]);
    await closed;
  });

  it('refuses a port that is in use with exit status 1', async () => {
    const { nbd } = await up();
    const port = nbd.split(':')[1];
    expect(await result('serve', rig, '--port-base', port)).toEqual({
      code: 1,
      out: '',
      err: `arraylab serve: array A: 127.0.0.1:${port} is in use by another process\n`,
    });
  });

  it('names a wrong option, a wrong rig and a wrong placement', async () => {
    const [port, placement, missing] = await Promise.all([
      result('serve', '--port-base', '70000'),
      result('serve', '--placement', 'scattered'),
      result('serve', 'no-such-rig'),
    ]);
    expect(port.code).toBe(2);
    expect(port.err).toContain('--port-base is "70000"; it must be a number from 0 to 65535');
    expect(placement.code).toBe(2);
    expect(placement.err).toContain('--placement is "scattered"; it must be dedicated or fused or auto');
    expect(missing.code).toBe(1);
    expect(missing.err).toMatch(
      /^arraylab serve: hw-profiles\/rigs\/no-such-rig\.json: there is no such file; there are .*\bpair\b.*\n$/,
    );
  });

  it('suggests the command that was meant', async () => {
    const [wrong, none, help, version] = await Promise.all([
      result('srve'),
      result(),
      result('--help'),
      result('--version'),
    ]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/^arraylab: there is no command "srve"; did you mean "serve"\?\n/);
    expect(none.code).toBe(2);
    expect(help.code).toBe(0);
    expect(help.out).toContain('serve');
    expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
