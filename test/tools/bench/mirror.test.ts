/** What proves, before a mirror is measured, that it mirrors. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectMirrored, expectSame, type Mirror } from '../../../tools/bench/mirror.js';
import { isInstalled, type Peer, startNbdkit } from '../../../tools/bench/nbd-peers.js';

const BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 120_000;
const REQUIRED = process.env.ARRAYLAB_REQUIRE_CLIENTS === '1';
const missing = ['fio', 'nbdkit', 'qemu-img'].filter((client) => !isInstalled(client));
const isSkipped = missing.length > 0 && !REQUIRED;
const title = (name: string): string => (isSkipped ? `${name} (skipped: ${missing.join(', ')} not installed)` : name);

const servers: Peer[] = [];

beforeAll(async () => {
  if (!isSkipped) servers.push(await startNbdkit(BYTES), await startNbdkit(BYTES));
}, TIMEOUT_MS);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
}, TIMEOUT_MS);

const done = (): Promise<void> => Promise.resolve();

function mirror(source: number, copy: number): Mirror {
  const [uri, copyUri] = [source, copy].map((server) => servers[server].uri('v'));
  return { name: 'mirror', uri, copyUri, inForce: done, settled: done, stop: done };
}

test.skipIf(isSkipped)(title('a copy that holds what was written passes'), { timeout: TIMEOUT_MS }, async () => {
  await expectSame(mirror(0, 0));
});

test.skipIf(isSkipped)(title('a copy that gets no writes is found out'), { timeout: TIMEOUT_MS }, async () => {
  await expect(expectMirrored(mirror(0, 1))).rejects.toThrow(/fio failed; it said: .*verify/s);
});

test.skipIf(isSkipped)(title('a mirror that is not in force is found out'), { timeout: TIMEOUT_MS }, async () => {
  const inForce = (): Promise<void> => Promise.reject(new Error('the job has ended'));
  await expect(expectMirrored({ ...mirror(0, 0), inForce })).rejects.toThrow('the job has ended');
});
