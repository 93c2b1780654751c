import { readFileSync } from 'node:fs';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../../../../firmware/service/http/service.js';
import { usePrivateFolder } from './private-folder.js';
import { StandIn } from './stand-in.js';

usePrivateFolder();

interface Operation {
  readonly operationId: string;
  readonly security?: unknown[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}

let service: Service;
let token = '';
let document: Document;

beforeAll(async () => {
  service = await startService(new StandIn(), { http: { host: '127.0.0.1', port: 0 }, rigId: 'r1' });
  token = readFileSync(service.tokenFile, 'utf8').trim();
  document = (await (await fetch(`${service.url}/v1/openapi.json`)).json()) as Document;
});
afterAll(() => service.close());

async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  const answer = await fetch(`${service.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return { status: answer.status, body: await answer.json() };
}

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 and lists every route', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const listed = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.sort()).toEqual([
      'GET /api/openapi.json',
      'GET /healthz',
      'GET /metrics',
      'GET /v1/arrays/{array}/trace',
      'GET /v1/faults',
      'GET /v1/hosts',
      'GET /v1/links',
      'GET /v1/microcode',
      'GET /v1/openapi.json',
      'GET /v1/pairs',
      'GET /v1/status',
      'GET /v1/tracks/{volume}',
      'GET /v1/volumes',
      'POST /v1/arrays/{array}/crash',
      'POST /v1/arrays/{array}/microcode',
      'POST /v1/arrays/{array}/start',
      ...['about', 'ask', 'attach', 'breaks', 'detach', 'pause', 'progress', 'resume', 'source'].map(
        (what) => `POST /v1/debug/${what}`,
      ),
      'POST /v1/directors/{director}/role',
      'POST /v1/drives/{volume}/fault',
      'POST /v1/drives/{volume}/lose',
      'POST /v1/drives/{volume}/replace',
      'POST /v1/faults',
      'POST /v1/faults/clear',
      'POST /v1/faults/{number}/clear',
      'POST /v1/groups/{group}/restore',
      'POST /v1/links/{arrays}/add',
      'POST /v1/links/{link}/down',
      'POST /v1/links/{link}/remove',
      'POST /v1/links/{link}/up',
      ...['create', 'delete', 'failback', 'failover', 'resume', 'suspend', 'swap'].map(
        (command) => `POST /v1/pairs/{primary}/${command}`,
      ),
      'POST /v1/remote/{array}',
      'POST /v1/volumes/{volume}/format',
      'POST /v1/volumes/{volume}/release',
    ]);
  });

  it('stands at a path without a version too', async () => {
    expect(await (await fetch(`${service.url}/api/openapi.json`)).json()).toEqual(document);
  });

  it('says what needs no token, and that is so', async () => {
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, { security }] of Object.entries(item)) {
        const filled = path.replace(/\{.*?\}/, 'A:data0');
        const { status } = await fetch(`${service.url}${filled}`, { method: method.toUpperCase() });
        expect([path, status]).toEqual([path, security?.length === 0 ? 200 : 401]);
      }
    }
  });

  it('describes the answers and errors that are given', async () => {
    const asked: [string, string, string, object?][] = [
      ['get', '/healthz', '/healthz'],
      ['get', '/v1/status', '/v1/status'],
      ['get', '/v1/pairs', '/v1/pairs'],
      ['get', '/v1/hosts', '/v1/hosts'],
      ['get', '/v1/tracks/{volume}', '/v1/tracks/A:data0'],
      ['get', '/v1/tracks/{volume}', '/v1/tracks/A:nope'],
      ['get', '/v1/tracks/{volume}', '/v1/tracks/A'],
      ['post', '/v1/links/{link}/down', '/v1/links/A-B/down'],
      ['post', '/v1/links/{link}/up', '/v1/links/A-B/up'],
      ['get', '/v1/links', '/v1/links'],
      ['post', '/v1/links/{arrays}/add', '/v1/links/A-B/add', { port: 7001 }],
      ['post', '/v1/links/{arrays}/add', '/v1/links/A-B/add', { port: 70_000 }],
      ['post', '/v1/links/{link}/remove', '/v1/links/A-B:1/remove'],
      ['post', '/v1/links/{link}/remove', '/v1/links/A-B/remove'],
      ['post', '/v1/arrays/{array}/crash', '/v1/arrays/A/crash'],
      ['post', '/v1/arrays/{array}/crash', '/v1/arrays/A/crash'],
      ['post', '/v1/arrays/{array}/start', '/v1/arrays/A/start'],
      ['post', '/v1/pairs/{primary}/failover', '/v1/pairs/A:data0/failover', { force: true }],
      ['post', '/v1/pairs/{primary}/failover', '/v1/pairs/A:data0/failover', { force: 2 }],
      ['post', '/v1/pairs/{primary}/suspend', '/v1/pairs/A:data0/suspend'],
      ['post', '/v1/pairs/{primary}/create', '/v1/pairs/A:data0/create', { force: true }],
    ];
    const statuses = new Set<number>();
    for (const [method, path, real, body] of asked) {
      const answer = await ask(method.toUpperCase(), real, body);
      statuses.add(answer.status);
      const schema = document.paths[path][method].responses[answer.status]?.content?.['application/json']?.schema;
      expect([real, answer.status, await violations(schema, answer.body)]).toEqual([real, answer.status, '']);
    }
    expect([...statuses].sort()).toEqual([200, 400, 404, 409]);
  });

  it('describes the body of a failover', () => {
    const { requestBody } = document.paths['/v1/pairs/{primary}/failover'].post;
    expect(requestBody?.content['application/json'].schema).toMatchObject({
      properties: { force: { type: 'boolean' } },
      additionalProperties: false,
    });
  });
});

/** What a validator finds against a value; "" when nothing. */
async function violations(schema: object | undefined, value: unknown): Promise<string> {
  if (schema === undefined) return 'there is no schema for it';
  const app = fastify({
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
  });
  const wrapped = { type: 'object', properties: { value: schema }, required: ['value'] };
  app.post('/', { schema: { body: wrapped } }, async () => '');
  const { body } = await app.inject({ method: 'POST', url: '/', payload: { value } });
  return body;
}
