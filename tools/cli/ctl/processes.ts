/** The processes that a command goes to: those that serve one system's arrays on this machine, or the one at a URL. */
import { readFileSync } from 'node:fs';
import type { RemoteAnswer } from '../../../firmware/runtime/live/system.js';
import { isLoopback } from '../../../firmware/service/http/access.js';
import { type FoundProcess, findProcesses, type ProcessRecord } from '../../../firmware/service/http/registry.js';
import { request, requestText } from '../../../firmware/service/http/request.js';
import type { ErrorView } from '../../../firmware/service/http/views.js';

/** Cannot be done as asked; the message is for people. */
export class Refused extends Error {}
/** The command line is wrong. */
export class UsageError extends Error {}

/** One process, as a command sees it. */
export interface Target {
  readonly url: string;
  readonly tokenFile: string;
  /** Absent: the user named the process by its URL, and it has no record here. */
  readonly record?: ProcessRecord;
  /** False: it says nothing; there is no use in asking it first. */
  readonly answers: boolean;
  /** The array whose service processor it shall ask, over the link of an array of its own. */
  readonly through?: string;
}

export interface Where {
  readonly url?: string;
  readonly tokenFile?: string;
  /** What is asked goes over the link to this array. */
  readonly array?: string;
}

/**
 * All processes of one system, or exactly one.
 * @param knows whether a process has what the command names; tells systems apart when there are several.
 * Errors: Refused.
 */
export async function chooseTargets(where: Where, knows?: (record: ProcessRecord) => boolean): Promise<Target[]> {
  const { array } = where;
  if (array === undefined) return chooseDirect(where, knows);
  const targets = await chooseDirect(where, (record) => record.links.some((link) => link.includes(array)));
  // Its own process need not be asked over a link, and may not be there at all.
  const near = targets.filter(({ record }) => !record || (isLinked(record, array) && !record.arrays.includes(array)));
  const [target = targets.find(({ record }) => record && isLinked(record, array))] = near;
  if (target) return [{ ...target, through: array }];
  throw new Refused(`no process here has an array with a link to array ${array}`);
}

const isLinked = ({ links, arrays }: ProcessRecord, array: string): boolean =>
  links.some(([a, b]) => (a === array && arrays.includes(b)) || (b === array && arrays.includes(a)));

async function chooseDirect(where: Where, knows?: (record: ProcessRecord) => boolean): Promise<Target[]> {
  if (where.url !== undefined) return [await targetAt(origin(where.url), where.tokenFile)];
  if (where.tokenFile !== undefined) throw new UsageError('--token-file goes with --url, and there is none');
  const found = await findProcesses();
  if (found.length === 0) {
    throw new Refused('no arraylab is running on this machine: start one with `npx arraylab serve`');
  }
  const systems = new Map<string, FoundProcess[]>();
  for (const process of found) systems.set(process.rigId, [...(systems.get(process.rigId) ?? []), process]);
  const all = [...systems.values()];
  const known = all.length > 1 && knows ? all.filter((processes) => processes.some(knows)) : all;
  if (known.length !== 1 || hasTwins(known[0])) throw new Refused(ambiguity(known.length === 0 ? found : known.flat()));
  return known[0].map((process) => ({ ...process, record: process }));
}

/** Two of them serve an array of the same name: then they are not parts of one system. */
function hasTwins(processes: readonly ProcessRecord[]): boolean {
  const names = processes.flatMap((p) => p.arrays);
  return new Set(names).size < names.length;
}

function ambiguity(processes: readonly ProcessRecord[]): string {
  const list = processes.map(({ url, rig, arrays }) => `${url} (rig ${rig}: ${arrays.join(', ')})`);
  return `several systems run on this machine; say which with --url: ${list.join(', ')}`;
}

/** Errors: UsageError for what is not the URL of a service processor of this machine. */
function origin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || !isLoopback(url.hostname) || url.pathname !== '/' || url.username !== '') {
    throw new UsageError(
      `--url is "${text}"; it must be the URL of this machine that \`serve\` said, http://127.0.0.1:PORT`,
    );
  }
  return url.origin.replace('//localhost', '//127.0.0.1');
}

async function targetAt(url: string, tokenFile: string | undefined): Promise<Target> {
  if (tokenFile !== undefined) return { url, tokenFile, answers: true };
  const record = (await findProcesses()).find((p) => p.url === url);
  if (record) return { url, tokenFile: record.tokenFile, record, answers: record.answers };
  throw new Refused(
    `${url}: no process of this user has a record of that URL; say with --token-file where its token is`,
  );
}

function readToken(file: string): string {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (/^[\x21-\x7e]+$/.test(token)) return token;
  } catch (error) {
    throw new Refused(`the token cannot be read: ${(error as Error).message}`);
  }
  throw new Refused(`${file}: this is not a token; it must be one word`);
}

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly timeout_ms: number;
}

/** @returns what the interface answers, whose form its version decides. Errors: Refused; NoAnswer. */
export async function ask<View>({ url, tokenFile, through }: Target, question: Question): Promise<View> {
  const asked = through === undefined ? question : overLink(through, question);
  const { status, json } = await request({ ...asked, url, token: readToken(tokenFile) });
  if (status !== 200) throw refusalOf({ url, tokenFile }, status, json);
  if (through === undefined) return json as View;
  const { status: theirs, body } = json as RemoteAnswer;
  if (theirs === 200) return body as View;
  throw refusalOf({ url, tokenFile }, theirs, body);
}

function overLink(array: string, { method, path, body, timeout_ms }: Question): Question {
  const asked = { method, path, ...(body !== undefined && { body }) };
  return { method: 'POST', path: `/v1/remote/${encodeURIComponent(array)}`, body: asked, timeout_ms };
}

/** The same of an answer that is text. */
export async function askText({ url, tokenFile, through }: Target, question: Question): Promise<string> {
  if (through !== undefined) throw new Refused(`${question.path} is not given to others over a link`);
  const { status, text } = await requestText({ ...question, url, token: readToken(tokenFile) });
  if (status === 200) return text;
  throw refusalOf({ url, tokenFile }, status, jsonOf(text));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function refusalOf({ url, tokenFile }: Pick<Target, 'url' | 'tokenFile'>, status: number, json: unknown): Refused {
  const said = (json as Partial<ErrorView> | null)?.error;
  const why = typeof said === 'string' ? said : 'this is no arraylab';
  if (status === 401) return new Refused(`${url}: the token in ${tokenFile} is not that of this process`);
  return new Refused(status < 500 && typeof said === 'string' ? why : `${url}: status ${status}: ${why}`);
}
