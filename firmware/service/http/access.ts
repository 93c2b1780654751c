/**
 * Who may ask: this machine only, by a name of its own, with the token. A page in the operator's browser that a foreign
 * name leads to 127.0.0.1 sends that name as Host, and its own as Origin.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const LOCAL_ORIGIN = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** A host name or address, brackets or not, that can only be this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAME.test(host);
}

/** Why such a request is not for us; undefined: it is. */
export function foreignness({ host, origin }: IncomingHttpHeaders): string | undefined {
  const right = 'it must be 127.0.0.1, localhost or [::1]';
  if (host === undefined || !LOCAL_HOST.test(host)) return `the header Host is ${shown(host)}; ${right}`;
  if (origin !== undefined && !LOCAL_ORIGIN.test(origin)) return `the header Origin is ${shown(origin)}; ${right}`;
  return undefined;
}

function shown(value: string | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value.slice(0, 80));
}

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

/** Checks the header Authorization, in a time that tells nothing of the token. */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  const right = digest(token);
  return (authorization) => {
    const [, given = ''] = /^Bearer +([^ ]+)$/i.exec(authorization ?? '') ?? [];
    return timingSafeEqual(digest(given), right);
  };
}
