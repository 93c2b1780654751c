/**
 * Answers what the service processor of the other array asks over the link, with the routes of this process's interface.
 * Which of them it may ask for stands in their table (`isRemote`); everything else is refused by name.
 */
import type { FastifyInstance } from 'fastify';
import type { RemoteAnswer, RemoteHandler } from '../../runtime/live/system.js';
import type { Route } from './route.js';
import { ROUTES } from './routes.js';

/** As a pattern of whole paths; what is filled in has no slash. */
function patternOf({ path }: Route): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/?#]+')}$`);
}

const PATTERNS = ROUTES.map((route) => ({ route, pattern: patternOf(route) }));

const LIST = ROUTES.filter(({ isRemote }) => isRemote)
  .map(({ id }) => id)
  .join(', ');

/** @param token of this process, which does not leave it. */
export function remoteHandler(app: FastifyInstance, token: string): RemoteHandler {
  return async ({ method, path, body }): Promise<RemoteAnswer> => {
    const found = PATTERNS.find(({ route, pattern }) => route.method === method && pattern.test(path));
    if (!found?.route.isRemote) {
      const what = found ? found.route.id : `${method} ${path.slice(0, 200)}`;
      return {
        status: 403,
        body: { error: `${what} is not done for the other array; over the link there are ${LIST}` },
      };
    }
    const answer = await app.inject({
      method,
      url: path,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { payload: body as object }),
    });
    return { status: answer.statusCode, body: JSON.parse(answer.payload) as unknown };
  };
}
