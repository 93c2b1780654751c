import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RemoteAnswer } from '../../../../firmware/runtime/live/system.js';
import { request } from '../../../../firmware/service/http/request.js';
import { ROUTES } from '../../../../firmware/service/http/routes.js';
import { type Service, startService } from '../../../../firmware/service/http/service.js';
import { usePrivateFolder } from './private-folder.js';
import { StandIn } from './stand-in.js';

usePrivateFolder();

const [near, far] = [new StandIn({ arrays: ['A'] }), new StandIn({ arrays: ['B'] })];
const services: Service[] = [];

beforeAll(async () => {
  for (const system of [near, far]) {
    services.push(await startService(system, { http: { host: '127.0.0.1', port: 0 }, rigId: 'r1' }));
  }
  // In place of the link.
  near.remoteHandler = (asked) => far.answers?.(asked) ?? Promise.reject(new Error('nobody answers'));
});

afterAll(async () => {
  for (const service of services) await service.close();
});

async function remote(method: 'GET' | 'POST', path: string, body?: object): Promise<RemoteAnswer> {
  const { url, tokenFile } = services[0];
  const token = readFileSync(tokenFile, 'utf8').trim();
  const asked = { method, path, ...(body && { body }) };
  const answer = await request({ method: 'POST', url, path: '/v1/remote/B', token, body: asked, timeout_ms: 10_000 });
  expect(answer.status).toBe(200);
  return answer.json as RemoteAnswer;
}

it('the other array answers with what its own interface answers, errors included', async () => {
  expect(await remote('GET', '/v1/status')).toMatchObject({ status: 200, body: { arrays: [{ name: 'B' }] } });
  const image = Buffer.from('an image').toString('base64');
  expect(await remote('POST', '/v1/arrays/B/microcode', { file: 'x.img', image })).toMatchObject({ status: 200 });
  expect(far.done).toContain('load 8 bytes into B');
  expect(await remote('GET', '/v1/tracks/C:data0')).toEqual({
    status: 404,
    body: { error: 'there is no array C; there are B' },
  });
  expect(await remote('POST', '/v1/arrays/B/microcode', { file: 3 })).toMatchObject({ status: 400 });
});

it('what is not in the table is refused by name, and nothing is done', async () => {
  const before = far.done.length;
  const refused = ROUTES.filter(({ isRemote }) => !isRemote);
  expect(refused.map(({ id }) => id)).toEqual([
    'health',
    'hosts',
    'linkDown',
    'linkUp',
    'links',
    'linkAdd',
    'linkRemove',
    'crash',
    'start',
    'trace',
    'driveFault',
    'driveLose',
    'driveReplace',
    'faults',
    'faultAdd',
    'faultsClear',
    'faultClear',
    'remote',
    'debugAttach',
    'debugDetach',
    'debugAbout',
    'debugSource',
    'debugBreaks',
    'debugResume',
    'debugProgress',
    'debugPause',
    'debugAsk',
  ]);
  for (const { id, method, path } of refused) {
    const { status, body } = await remote(
      method,
      path
        .replace(/:link/, 'A-B')
        .replace(/:array/, 'B')
        .replace(/:volume/, 'B:data0'),
    );
    expect({ status, body }).toEqual({
      status: 403,
      body: { error: expect.stringContaining(`${id} is not done for the other array; over the link there are status`) },
    });
  }
  for (const path of ['/metrics', '/v1/openapi.json', '/v1/status?x=1', '/v1/arrays/B/microcode/../crash']) {
    expect(await remote('GET', path)).toMatchObject({ status: 403 });
  }
  expect(far.done.length).toBe(before);
});

it('no answer holds the token of the other process', async () => {
  const token = readFileSync(services[1].tokenFile, 'utf8').trim();
  expect(JSON.stringify(await remote('GET', '/v1/status'))).not.toContain(token);
});
