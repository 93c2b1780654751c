/** A request to a service processor of this machine. No connection is kept. */
import { type IncomingMessage, request as open } from 'node:http';

/** More than any answer has. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export interface Asked {
  readonly method: 'GET' | 'POST';
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
  readonly timeout_ms: number;
}

export interface AnsweredText {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface Answered extends AnsweredText {
  readonly json: unknown;
}

/** No answer came, or none that can be understood; the message names the URL. */
export class NoAnswer extends Error {
  /** Of the system: ECONNREFUSED and the like; `TIMEOUT`: nothing came in time. */
  readonly code: string;

  constructor(url: string, code: string, text: string) {
    super(`${url}: ${text}`);
    this.code = code;
  }
}

/** Errors: NoAnswer. */
export async function request(asked: Asked): Promise<Answered> {
  const answer = await requestText(asked);
  try {
    return { ...answer, json: JSON.parse(answer.text) as unknown };
  } catch {
    throw new NoAnswer(asked.url, 'NOT_JSON', 'this answers, but is no arraylab');
  }
}

/** The same for an answer that is not JSON, or only if it is an error. */
export async function requestText(asked: Asked): Promise<AnsweredText> {
  const { url, timeout_ms } = asked;
  try {
    return await send(asked, AbortSignal.timeout(timeout_ms));
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    const { name, code = '', message } = error as NodeJS.ErrnoException;
    const late = name === 'AbortError' || name === 'TimeoutError';
    if (late) throw new NoAnswer(url, 'TIMEOUT', `no answer within ${timeout_ms / 1000} s`);
    if (code === 'ECONNREFUSED') throw new NoAnswer(url, code, 'nothing listens there');
    throw new NoAnswer(url, code, `no answer: ${message}`);
  }
}

function send({ method, url, path, token, body }: Asked, signal: AbortSignal): Promise<AnsweredText> {
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(sent !== '' && { 'content-type': 'application/json' }),
    ...(method === 'POST' && { 'content-length': Buffer.byteLength(sent) }),
  };
  return new Promise((resolve, reject) => {
    const going = open(new URL(path, url), { method, headers, agent: false, signal }, (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > ANSWER_BYTES_MAX) answer.destroy(new NoAnswer(url, 'TOO_LONG', 'the answer does not end'));
        else parts.push(part);
      });
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString() });
      });
    });
    going.on('error', reject);
    going.end(sent);
  });
}
