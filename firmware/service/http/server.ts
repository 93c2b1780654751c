/** The routes as an HTTP server. It holds nothing but the system and the token; every error is `{"error": …}`. */
import type { Socket } from 'node:net';
import swagger from '@fastify/swagger';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { Refusal, type ServedSystem, Unknown } from '../../runtime/live/system.js';
import { bearerCheck, foreignness } from './access.js';
import { badInput } from './bad-input.js';
import { METRICS_TYPE, metricsText } from './metrics.js';
import type { Route } from './route.js';
import {
  API_OPENAPI_PATH,
  INSTANCE_HEADER,
  METRICS_PATH,
  OPENAPI_ANSWER,
  OPENAPI_PATH,
  parameterSchema,
  ROUTES,
} from './routes.js';
import { validatorsWhenAsked } from './validation.js';
import { ERROR_VIEW } from './views.js';

const BODY_BYTES_MAX = 4096;
const HEADER_BYTES_MAX = 8192;
const HEADERS_MS = 5000;
const REQUEST_MS = 10_000;
const IDLE_MS = 5000;
const TIMEOUTS_CHECKED_MS = 1000;
const CONNECTIONS_MAX = 64;

export interface ServerOptions {
  readonly token: string;
  readonly instance: string;
  readonly version: string;
}

/** In the place of fastify's own, which are not even loaded then. */
const COMPILERS = {
  buildValidator: validatorsWhenAsked,
  // A system's answer goes out whole, also what a schema forgot.
  buildSerializer: () => () => JSON.stringify,
};

/** Not yet listening. */
export async function makeServer(system: ServedSystem, options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: HEADER_BYTES_MAX },
    http: {
      headersTimeout: HEADERS_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      connectionsCheckingInterval: TIMEOUTS_CHECKED_MS,
    },
    schemaController: { compilersFactory: COMPILERS },
    schemaErrorFormatter: badInput,
    clientErrorHandler: refuseBroken,
    frameworkErrors: (error, _request, reply) => fail(reply, error.statusCode ?? 400, error.message),
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  readJsonOnly(app);
  app.setErrorHandler<FastifyError>((error, { routeOptions }, reply) =>
    answerError(error, routeOptions.bodyLimit ?? BODY_BYTES_MAX, reply),
  );
  app.setNotFoundHandler(({ method, url }, reply) =>
    fail(reply, 404, `there is no ${method} ${url.slice(0, 200)}; ${OPENAPI_PATH} tells what there is`),
  );
  guard(app, options);
  await app.register(swagger, { openapi: document(options.version) });
  // In a register of its own, because the document sees only routes that come after it was loaded.
  await app.register(async (scope) => {
    for (const route of ROUTES) addRoute(scope, route, system);
    addDocument(scope, app, OPENAPI_PATH, 'openapi');
    addDocument(scope, app, API_OPENAPI_PATH, 'apiOpenapi');
    addMetrics(scope, system);
    refuseOtherMethods(scope);
  });
  await app.ready();
  return app;
}

function document(version: string) {
  return {
    openapi: '3.1.0' as const,
    info: { title: 'arraylab', description: 'The service processor of the arrays of one process', version },
    components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ token: [] }],
  };
}

/** Requests that are not for us, or bring no token, end before anything of them is read. */
function guard(app: FastifyInstance, { token, instance }: ServerOptions): void {
  const open = new Set([OPENAPI_PATH, API_OPENAPI_PATH, ...ROUTES.filter((r) => r.isOpen).map((r) => r.path)]);
  const bringsToken = bearerCheck(token);
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header(INSTANCE_HEADER, instance).header('cache-control', 'no-store');
    const foreign = foreignness(request.headers);
    if (foreign !== undefined) return fail(reply, 403, foreign);
    if (open.has(request.routeOptions.url ?? '') || bringsToken(request.headers.authorization)) return undefined;
    reply.header('www-authenticate', 'Bearer');
    const what = request.headers.authorization === undefined ? 'missing' : 'not "Bearer" and the token of this process';
    return fail(
      reply,
      401,
      `the header Authorization is ${what}; "Bearer TOKEN" is wanted, and the token is in its file`,
    );
  });
}

/** Bodies are JSON; one that is empty counts as none, whatever is said of it. */
function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
  app.addHook('preValidation', async (request) => {
    request.body ??= {};
  });
}

const NO_FIELDS = { type: 'object', properties: {}, additionalProperties: false };

function addRoute(app: FastifyInstance, route: Route, system: ServedSystem): void {
  const params = parameterSchema(route);
  const body = route.method === 'POST' ? (route.body ?? NO_FIELDS) : undefined;
  const refusals = [400, 401, 403, 404, 409, 413].filter((status) => {
    if (status === 400 && route.body !== undefined) return true;
    if (status === 400 || status === 404) return params !== undefined;
    if (status === 413) return body !== undefined;
    return status === 403 || !route.isOpen;
  });
  const errors = refusals.map((status) => [status, { ...ERROR_VIEW, description: REFUSED[status] }]);
  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: route.bodyMost ?? BODY_BYTES_MAX,
    schema: {
      operationId: route.id,
      summary: route.help,
      ...(params && { params }),
      ...(body && { body }),
      ...(route.isOpen && { security: [] }),
      response: { 200: { description: route.help, ...route.answer }, ...Object.fromEntries(errors) },
    },
    handler: async (request) => {
      const names = request.params as Record<string, string>;
      return route.run(system, route.parameter ? names[route.parameter.name] : '', request.body);
    },
  });
}

const REFUSED: Readonly<Record<number, string>> = {
  400: 'something in the request is not as it must be',
  401: 'the token is missing or wrong',
  403: 'the request was meant for another host, or comes from a page of another',
  404: 'there is nothing of that name here',
  409: 'the array says no, or cannot do it now',
  413: 'the body is larger than this request takes',
};

function addDocument(scope: FastifyInstance, app: FastifyInstance, url: string, operationId: string): void {
  scope.route({
    method: 'GET',
    url,
    schema: { operationId, summary: 'this document', security: [], response: { 200: OPENAPI_ANSWER } },
    handler: async () => app.swagger(),
  });
}

/** Not JSON, so not in the table of routes. */
function addMetrics(scope: FastifyInstance, system: ServedSystem): void {
  const errors = [401, 403].map((status) => [status, { ...ERROR_VIEW, description: REFUSED[status] }]);
  const description = "counts and levels of this process's arrays, in the text format of Prometheus";
  const answer = { description, content: { 'text/plain': { schema: { type: 'string' } } } };
  scope.route({
    method: 'GET',
    url: METRICS_PATH,
    schema: { operationId: 'metrics', summary: description, response: { 200: answer, ...Object.fromEntries(errors) } },
    handler: async (_request, reply) => reply.type(METRICS_TYPE).send(await metricsText(system)),
  });
}

function refuseOtherMethods(app: FastifyInstance): void {
  const looks = [OPENAPI_PATH, API_OPENAPI_PATH, METRICS_PATH];
  const paths = new Map<string, string[]>(looks.map((path) => [path, ['GET', 'HEAD']]));
  for (const { path, method } of ROUTES) {
    paths.set(path, [...(paths.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  for (const [url, allowed] of paths) {
    const refused = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((m) => !allowed.includes(m));
    const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      reply.header('allow', allowed.join(', '));
      return fail(reply, 405, `${request.method} is not for ${url}; it takes ${allowed.join(', ')}`);
    };
    // Before the body is read: what it holds does not matter.
    app.route({ method: refused, url, schema: { hide: true }, onRequest: refuse, handler: refuse });
  }
}

function fail(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ error });
}

function answerError(error: FastifyError, most: number, reply: FastifyReply): FastifyReply {
  if (error instanceof Unknown) return fail(reply, 404, error.message);
  if (error instanceof Refusal) return fail(reply, 409, error.message);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return fail(reply, 413, `the body is larger than ${most} bytes`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return fail(reply, 400, 'the header Content-Type must be application/json where there is a body');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return fail(reply, 400, 'the body is not JSON; it must be an object');
    default:
      return fail(reply, error.statusCode ?? 500, error.message);
  }
}

const BROKEN: Readonly<Record<string, [string, string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', `headers are larger than ${HEADER_BYTES_MAX} bytes`],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not come whole in time'],
};

/** What does not get as far as a request. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  const [status, text] = BROKEN[error.code ?? ''] ?? ['400 Bad Request', 'this is not an HTTP request'];
  const body = JSON.stringify({ error: text });
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
