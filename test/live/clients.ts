/** Real clients for tests of what a user starts. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isInstalled } from '../../tools/bench/nbd-peers.js';

export const run = promisify(execFile);

/** Against hanging; a busy machine of two processors stays far below. */
export const TIMEOUT_MS = 120_000;
const REQUIRED = process.env.ARRAYLAB_REQUIRE_CLIENTS === '1';

/** A test that needs these clients: skipped, and named so, where one is missing; failing where all are required. */
export function withClients(
  clients: readonly string[],
  name: string,
  body: () => Promise<void>,
  timeout = TIMEOUT_MS,
): void {
  const missing = clients.filter((client) => !isInstalled(client));
  if (missing.length === 0) test(name, { timeout }, body);
  else if (!REQUIRED) test.skip(`${name} (skipped: ${missing.join(', ')} not installed)`, body);
  else
    test(name, () => {
      throw new Error(`not installed: ${missing.join(', ')} (ARRAYLAB_REQUIRE_CLIENTS=1)`);
    });
}

/** By qemu-img; each is a raw file or an NBD URI. */
export async function expectIdentical(one: string, other: string): Promise<void> {
  const { stdout } = await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', one, other]);
  expect(stdout).toContain('Images are identical');
}

export interface Extent {
  readonly offset: number;
  readonly length: number;
  readonly type: number;
}

/** Parts of a volume that the other side of its pair lacks, in bytes, as nbdinfo shows them; neighbours joined. */
export async function owedExtents(uri: string): Promise<Pick<Extent, 'offset' | 'length'>[]> {
  const { stdout } = await run('nbdinfo', ['--map=arraylab:owed', '--json', uri]);
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length, type } of JSON.parse(stdout) as Extent[]) {
    if (type === 0) continue;
    const last = joined.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length += length;
    else joined.push({ offset, length });
  }
  return joined;
}

export async function isReadOnly(uri: string): Promise<boolean> {
  const { stdout } = await run('nbdinfo', ['--json', uri]);
  const { exports } = JSON.parse(stdout) as { exports: { is_read_only: boolean }[] };
  return exports.every((e) => e.is_read_only);
}
