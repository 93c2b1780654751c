/** Sessions of the debug adapter with the simulated rig, one after the other at the port of one process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { expect } from 'vitest';
import { packageRoot } from '../../firmware/service/package-root.js';
import { Client, type Stopped } from './dap-client.js';

export const WRITE = join(packageRoot(), 'microcode/base/data/write.uc');
export const STORM = { scenario: 'storm', seed: 1 };

/** The first line of the file that holds the text: tests name code, not numbers. */
export function lineOf(text: string, file = WRITE): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.includes(text) ? [i + 1] : []));
  expect(found.length, text).toBeGreaterThan(0);
  return found[0] as number;
}
/** Behind the label `merged`. */
export const MERGED = lineOf('post  GIVE (slot, result)');

interface Set {
  readonly lines?: readonly DebugProtocol.SourceBreakpoint[];
  readonly functions?: readonly string[];
  readonly filters?: string[];
}

export class DapRig {
  #server: Client | undefined;
  #port = 0;
  #client: Client | undefined;

  async start(): Promise<void> {
    this.#server = Client.command('--port', '0');
    this.#port = await this.#server.port();
  }

  stop(): void {
    this.#server?.process?.kill();
  }

  /** Ends the session of the test that was. */
  async endSession(): Promise<void> {
    await this.#client?.disconnectRequest();
    this.#client = undefined;
  }

  async connected(): Promise<Client> {
    this.#client = await Client.at(this.#port);
    return this.#client;
  }

  async launched(args: object = {}): Promise<Client> {
    const c = await this.connected();
    await c.launched({ ...STORM, ...args });
    return c;
  }

  /** Launched, with breakpoints, and run to the first stop. */
  async stopped({ lines = [], functions = [], filters = [] }: Set, args?: object) {
    const c = await this.launched(args);
    await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [...lines] });
    await c.setFunctionBreakpointsRequest({ breakpoints: functions.map((name) => ({ name })) });
    await c.setExceptionBreakpointsRequest({ filters });
    await c.configurationDoneRequest();
    return { c, stop: await c.stopped() };
  }
}

export async function variablesOf(c: Client, stop: Stopped, scope: string): Promise<DebugProtocol.Variable[]> {
  const { scopes } = (await c.scopesRequest({ frameId: (await c.top(stop)).id })).body;
  const { variablesReference = 0 } = scopes.find(({ name }) => name === scope) ?? {};
  return (await c.variablesRequest({ variablesReference })).body.variables;
}

export const shownIn = (variables: readonly DebugProtocol.Variable[], name: string): string | undefined =>
  variables.find((v) => v.name === name)?.value;

export async function evaluated(c: Client, stop: Stopped, expression: string): Promise<string> {
  const { id: frameId } = await c.top(stop);
  return (await c.evaluateRequest({ expression, frameId, context: 'repl' })).body.result;
}

/** Where the rig stands after a request that lets it go on. */
export async function after(c: Client, request: Promise<unknown>): Promise<Stopped> {
  await request;
  return c.stopped();
}
