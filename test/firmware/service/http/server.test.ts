import { readFileSync } from 'node:fs';
import { request as open } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Service, startService } from '../../../../firmware/service/http/service.js';
import { usePrivateFolder } from './private-folder.js';
import { StandIn } from './stand-in.js';

usePrivateFolder();

let system: StandIn;
let service: Service;
let token = '';

const ANY = { host: '127.0.0.1', port: 0 };

beforeAll(async () => {
  system = new StandIn({ arrays: ['A', 'B', 'X'] });
  service = await startService(system, { http: ANY, rigId: 'r1' });
  token = readFileSync(service.tokenFile, 'utf8').trim();
});
afterAll(() => service.close());
beforeEach(() => void system.done.splice(0));

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** @param body text is sent as it is. */
async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

/** A status and a text that the error holds. */
async function expectError(answer: Promise<Answer>, status: number, text: string): Promise<void> {
  const got = await answer;
  expect(got.body).toEqual({ error: expect.stringContaining(text) });
  expect(got.status).toBe(status);
}

/** With headers that `fetch` sets itself. */
function askAs(headers: Record<string, string>, path = '/healthz'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const going = open(new URL(path, service.url), { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    going.on('error', reject);
    going.end();
  });
}

describe('who may ask', () => {
  it('anybody on this machine may ask for its health', async () => {
    const answer = await fetch(`${service.url}/healthz`);
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
  });

  it('nothing else is answered without the token, be it there or not', async () => {
    for (const path of ['/v1/status', '/v1/pairs', '/v1/tracks/A:data0', '/nothing', '/']) {
      const answer = await fetch(`${service.url}${path}`);
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
      expect(await answer.json()).toEqual({ error: expect.stringContaining('Authorization is missing') });
    }
    const posted = await fetch(`${service.url}/v1/arrays/A/crash`, { method: 'POST' });
    expect(posted.status).toBe(401);
    expect(system.done).toEqual([]);
  });

  it.each(['', 'Bearer', 'Bearer x', 'Basic abc', 'TOKEN', 'Bearer TOKEN0', 'Bearer TOKEN TOKEN', 'Bearer TOKE'])(
    'a wrong authorization is refused: %s',
    async (form) => {
      const wrong = form.replaceAll('TOKEN', token).replace('TOKE', token.slice(1));
      await expectError(ask('GET', '/v1/status', undefined, { authorization: wrong }), 401, 'Authorization');
    },
  );

  it('a name that is not of this machine is refused, with the token as well', async () => {
    const port = new URL(service.url).port;
    const authorization = `Bearer ${token}`;
    const hosts = [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1@evil.example',
      '10.0.0.1',
    ];
    for (const host of hosts) expect([host, await askAs({ host, authorization })]).toEqual([host, 403]);
    for (const host of ['localhost', `LOCALHOST:${port}`, '127.0.0.1', '[::1]:80']) {
      expect([host, await askAs({ host, authorization }, '/v1/status')]).toEqual([host, 200]);
    }
  });

  it('a page of another origin is refused', async () => {
    for (const origin of ['http://evil.example', 'null', 'https://localhost.evil.example', 'file://']) {
      await expectError(ask('POST', '/v1/arrays/A/crash', undefined, { origin }), 403, 'Origin');
    }
    expect((await ask('GET', '/v1/status', undefined, { origin: 'http://localhost:3000' })).status).toBe(200);
    expect(system.done).toEqual([]);
  });

  it('it does not listen where others could come from', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.org', '', '127.0.0.1.example.org']) {
      const starting = startService(system, { http: { host, port: 0 }, rigId: 'r1' });
      await expect(starting).rejects.toThrow('it is for this machine alone; use 127.0.0.1, localhost or [::1]');
    }
  });

  it('a port in use is told', async () => {
    const port = Number(new URL(service.url).port);
    const starting = startService(system, { http: { host: 'localhost', port }, rigId: 'r1' });
    await expect(starting).rejects.toThrow(`127.0.0.1:${port} is in use by another process`);
  });
});

describe('what is asked', () => {
  it('status has rig, arrays and links', async () => {
    const { status, body } = await ask('GET', '/v1/status');
    expect(status).toBe(200);
    expect(body).toEqual({ rig: 'two', arrays: system.arrays, links: system.links });
  });

  it('pairs and tracks are what the system says', async () => {
    expect(await ask('GET', '/v1/pairs')).toEqual({ status: 200, body: await system.pairs() });
    const tracks = { status: 200, body: await system.tracks('A:data0') };
    expect(await ask('GET', '/v1/tracks/A:data0')).toEqual(tracks);
    expect(await ask('GET', '/v1/tracks/A%3Adata0')).toEqual(tracks);
  });

  it('links and arrays are commanded, and the answer says how they stand then', async () => {
    expect((await ask('POST', '/v1/links/A-B/down')).body).toMatchObject({ state: 'held' });
    expect((await ask('POST', '/v1/links/B-A/up', {})).body).toMatchObject({ state: 'up' });
    expect((await ask('POST', '/v1/arrays/B/crash', '')).body).toMatchObject({ name: 'B', power: 'off' });
    expect((await ask('POST', '/v1/arrays/B/start')).body).toMatchObject({ name: 'B', power: 'on' });
    expect(system.done).toEqual(['link down', 'link up', 'crash B', 'start B']);
  });

  it('failover takes force from the body, and no body is no force', async () => {
    const path = '/v1/pairs/A:data0/failover';
    await expectError(ask('POST', path), 409, 'the other side cannot be asked');
    await expectError(ask('POST', path, {}), 409, 'the other side cannot be asked');
    await expectError(ask('POST', path, { force: false }), 409, 'the other side cannot be asked');
    expect(await ask('POST', path, { force: true })).toEqual({ status: 200, body: { pair: 'A:data0', serves: 'B' } });
  });
});

describe('what cannot be done', () => {
  it('what is not there is 404 and names what there is', async () => {
    await expectError(ask('GET', '/v1/tracks/A:nope'), 404, 'it has data0');
    await expectError(ask('POST', '/v1/links/A-C/down'), 404, 'there is A-B');
    await expectError(ask('POST', '/v1/arrays/C/crash'), 404, 'there are A, B');
    await expectError(ask('GET', '/v1/nothing'), 404, 'there is no GET /v1/nothing');
  });

  it('what the array refuses is 409 with its reason', async () => {
    await expectError(ask('POST', '/v1/arrays/A/start'), 409, 'array A has power already');
  });

  it('an error that no operator should see is 500', async () => {
    await expectError(ask('POST', '/v1/arrays/X/start'), 500, 'not an error');
  });

  it.each([
    ['GET', '/v1/tracks/data0', undefined, 'volume is "data0"; it must be "ARRAY:VOLUME"'],
    ['GET', '/v1/tracks/A:..%2Fx', undefined, 'volume is "A:../x"'],
    ['POST', '/v1/links/A/down', undefined, 'link is "A"; it must be "ARRAY-ARRAY"'],
    ['POST', '/v1/arrays/1/crash', undefined, 'array is "1"; it must be the name of an array'],
    ['POST', '/v1/pairs/A/failover', undefined, 'primary is "A"; it must be "ARRAY:VOLUME"'],
    ['POST', '/v1/pairs/A:data0/failover', { force: 'yes' }, 'force is "yes"; it must be true or false'],
    ['POST', '/v1/pairs/A:data0/failover', { force: 1 }, 'force is 1; it must be true or false'],
    ['POST', '/v1/pairs/A:data0/failover', { Force: true }, 'Force is not a field; fields here are force'],
    ['POST', '/v1/pairs/A:data0/failover', [true], 'the body is [true]; it must be an object with force'],
    ['POST', '/v1/pairs/A:data0/failover', '{"force":', 'the body is not JSON'],
    ['POST', '/v1/pairs/A:data0/failover', '{"__proto__":{"force":true}}', 'the body is not JSON'],
    ['POST', '/v1/arrays/A/crash', { now: true }, 'now is not a field; none are wanted here'],
    ['GET', '/v1/tracks/%zz', undefined, '%zz'],
  ])('bad input is 400 and says what is right: %s %s %j', async (method, path, body, text) => {
    await expectError(ask(method, path, body), 400, text);
    expect(system.done).toEqual([]);
  });

  it('a body of another type is 400', async () => {
    const headers = { 'content-type': 'text/plain' };
    await expectError(ask('POST', '/v1/pairs/A:data0/failover', '{"force":true}', headers), 400, 'application/json');
  });

  it('another method is 405 and says which are right', async () => {
    await expectError(ask('GET', '/v1/arrays/A/crash'), 405, 'it takes POST');
    await expectError(ask('DELETE', '/v1/status'), 405, 'it takes GET, HEAD');
    await expectError(ask('PUT', '/v1/pairs/A:data0/failover', '<xml/>'), 405, 'it takes POST');
    const answer = await fetch(`${service.url}/healthz`, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('a body that is too large is 413', async () => {
    const body = JSON.stringify({ force: true, fill: 'x'.repeat(5000) });
    await expectError(ask('POST', '/v1/pairs/A:data0/failover', body), 413, '4096 bytes');
  });

  it('what is no HTTP is told so and closed', async () => {
    const answers = ['nonsense\r\n\r\n', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(9000)}\r\n\r\n`].map(
      (sent) =>
        new Promise<string>((resolve, reject) => {
          let heard = '';
          const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => socket.write(sent));
          socket.on('data', (part) => {
            heard += part.toString();
          });
          socket.on('close', () => resolve(heard));
          socket.on('error', reject);
        }),
    );
    const [broken, overflow] = await Promise.all(answers);
    expect(broken).toContain('400 Bad Request');
    expect(broken).toContain('{"error":"this is not an HTTP request"}');
    expect(overflow).toContain('431 ');
  });

  it('no answer holds the token', async () => {
    const asked = ['/v1/status', '/v1/openapi.json', '/v1/nothing', '/v1/tracks/x', '/healthz'];
    for (const path of asked) expect(JSON.stringify(await ask('GET', path))).not.toContain(token);
  });
});
