import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findProcesses, type ProcessRecord } from '../../../../firmware/service/http/registry.js';
import { runtimeFolder } from '../../../../firmware/service/http/runtime-folder.js';
import { type Service, startService } from '../../../../firmware/service/http/service.js';
import { StandIn } from './stand-in.js';

// Some wait for what never answers.
vi.setConfig({ testTimeout: 60_000 });

const environment = { ...process.env };
const services: Service[] = [];
const servers: Server[] = [];
let root = '';
let folder = '';

async function start(): Promise<Service> {
  const service = await startService(new StandIn(), { http: { host: '127.0.0.1', port: 0 }, rigId: 'r1' });
  services.push(service);
  return service;
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'arraylab-registry-'));
  process.env.XDG_RUNTIME_DIR = root;
  folder = join(root, 'arraylab');
});

afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  process.env.XDG_RUNTIME_DIR = environment.XDG_RUNTIME_DIR;
  process.env.TMPDIR = environment.TMPDIR;
  if (environment.XDG_RUNTIME_DIR === undefined) delete process.env.XDG_RUNTIME_DIR;
  if (environment.TMPDIR === undefined) delete process.env.TMPDIR;
  rmSync(root, { recursive: true, force: true });
});

/** Pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** The only record there is, changed; under the name that goes with its pid. */
function rewrite(change: Partial<ProcessRecord>): string {
  const [name] = readdirSync(folder).filter((n) => n.endsWith('.json'));
  const record = { ...(JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProcessRecord), ...change };
  const renamed = `${record.pid}-${record.instance}`;
  writeFileSync(join(folder, name), JSON.stringify(record));
  renameSync(join(folder, name), join(folder, `${renamed}.json`));
  const token = join(folder, name.replace('json', 'token'));
  if (existsSync(token)) renameSync(token, join(folder, `${renamed}.token`));
  return renamed;
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a process that serves', () => {
  it('leaves a token and a record that only its user can read, and takes both away', async () => {
    const service = await start();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(service.tokenFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(service.tokenFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(readdirSync(folder)).toHaveLength(2);
    await service.close();
    await service.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is found with what it serves', async () => {
    const { url, tokenFile } = await start();
    expect(await findProcesses()).toEqual([
      {
        version: 1,
        pid: process.pid,
        instance: expect.stringMatching(/^[0-9a-f]{32}$/),
        url,
        tokenFile,
        rig: 'two',
        rigId: 'r1',
        arrays: ['A', 'B'],
        pairs: [{ primary: 'A:data0', arrays: ['A', 'B'] }],
        links: [['A', 'B']],
        started: expect.stringMatching(/^\d{4}-.*Z$/),
        answers: true,
      },
    ]);
  });

  it('has another token than the next one', async () => {
    const [one, two] = [await start(), await start()];
    expect(readFileSync(one.tokenFile, 'utf8')).not.toBe(readFileSync(two.tokenFile, 'utf8'));
    expect(await findProcesses()).toHaveLength(2);
  });

  it('does not keep its token in the record', async () => {
    const { tokenFile } = await start();
    const token = readFileSync(tokenFile, 'utf8').trim();
    expect(JSON.stringify(await findProcesses())).not.toContain(token);
  });
});

describe('what a process left that is gone', () => {
  it('is swept when its pid is gone', async () => {
    await start();
    rewrite({ pid: await deadPid() });
    expect(await findProcesses()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is swept by the next one that starts', async () => {
    await start();
    const renamed = rewrite({ pid: await deadPid() });
    await start();
    expect(readdirSync(folder)).toHaveLength(2);
    expect(readdirSync(folder).join()).not.toContain(renamed);
  });

  it('is swept when another process has its port', async () => {
    await start();
    rewrite({ instance: '0'.repeat(32) });
    expect(await findProcesses()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is swept when something else has its port', async () => {
    await start();
    rewrite({ url: await listen(createServer((_, answer) => answer.end('hello'))) });
    expect(await findProcesses()).toEqual([]);
  });

  it('stays while its process is there and says nothing', async () => {
    await start();
    rewrite({ url: await listen(createServer(() => undefined)) });
    expect((await findProcesses()).map((p) => p.answers)).toEqual([false]);
    expect(readdirSync(folder)).toHaveLength(2);
  });
});

describe('what is not ours in the folder', () => {
  it('is left alone: other files, records of another version, records that are not JSON', async () => {
    await start();
    const instance = 'f'.repeat(32);
    writeFileSync(join(folder, 'notes.txt'), 'hello');
    writeFileSync(join(folder, `${process.pid}-${instance}.json`), '{"version":');
    writeFileSync(join(folder, `${process.pid}-${'e'.repeat(32)}.json`), '{"version":99}');
    expect(await findProcesses()).toHaveLength(1);
    expect(readdirSync(folder)).toHaveLength(5);
  });
});

describe('the runtime folder', () => {
  it('is refused when others may look into it', async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    await expect(start()).rejects.toThrow(`${folder} has mode 755, so others may look into it; it must be 700`);
    await expect(findProcesses()).rejects.toThrow('it must be 700');
  });

  it('is refused when it is a symbolic link or a file', () => {
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, folder);
    expect(() => runtimeFolder()).toThrow(`${folder} is a symbolic link`);
    rmSync(folder);
    writeFileSync(folder, '');
    expect(() => runtimeFolder()).toThrow(`${folder} is a file`);
  });

  it.each([undefined, '', 'relative', '/nonexistent/folder'])(
    'is one of the temporary files when the session has none: %s',
    (session) => {
      process.env.TMPDIR = root;
      if (session === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = session;
      const made = runtimeFolder();
      expect(made).toBe(join(root, `arraylab-${process.getuid?.()}`));
      expect(statSync(made).mode & 0o777).toBe(0o700);
    },
  );
});
