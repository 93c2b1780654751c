/** kill -9 of a process that serves on `--state`, under load: `npm run long` does the same many times. */
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect } from 'vitest';
import { PLACEMENTS } from '../../firmware/runtime/live/placement.js';
import { expectIdentical, TIMEOUT_MS, withClients } from './clients.js';
import { killedRounds } from './killed-rounds.js';
import { WriteRecord } from './numbered-writer.js';
import { Bench, endOf, moreWrites, PAIR, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close(), TIMEOUT_MS);

for (const [i, placement] of PLACEMENTS.entries()) {
  withClients(
    [],
    `${placement}: a pair that was killed has all that it acknowledged, without a copy of all`,
    async () => {
      const rounds = await killedRounds(bench, placement, [2 * i + 1, 2 * i + 2], readdirSync, console.log);
      expect(rounds.every(({ flushes }) => flushes > 0)).toBe(true);
    },
  );
}

withClients(['qemu-img'], 'the side that took over serves hosts after both were killed', async () => {
  const record = new WriteRecord(1, VOLUME_BYTES);
  const rig = await bench.rig(VOLUME_BYTES);
  const start = () => bench.serve(rig, ['--state', bench.file('state')]);
  let served = await start();
  await untilPaired(served, 'A');
  expect(await bench.told(`pair failover ${PAIR}`)).toEqual({ pair: PAIR, serves: 'B' });
  await bench.told('link down A-B');
  const writer = await bench.write(served.port('B'), record);
  await moreWrites(writer, 500);
  served.signal('SIGKILL');
  await served.exit();
  await endOf(writer);
  served = await start();
  await untilPaired(served, 'B');
  await record.check(served.port('B'), 'data0');
  await record.check(served.port('A'), 'data0');
  await expectIdentical(served.uri('A'), served.uri('B'));
});

withClients(['qemu-img'], 'roles that went on at other directors are kept there, too', async () => {
  const record = new WriteRecord(1, VOLUME_BYTES);
  const rig = await bench.rig(VOLUME_BYTES);
  const start = () => bench.serve(rig, ['--state', bench.file('state'), '--placement', 'fused']);
  let served = await start();
  await untilPaired(served, 'A');
  const writer = await bench.write(served.port('A'), record);
  for (const [director, role] of [
    ['dd1', 'data'],
    ['cc1', 'cache'],
  ]) {
    // It has no thread yet.
    await bench.told(`director role A:${director} ${role}`);
    await moreWrites(writer, 300);
  }
  served.signal('SIGKILL');
  await served.exit();
  await endOf(writer);
  served = await start();
  await untilPaired(served, 'A');
  await record.check(served.port('A'), 'data0');
  await record.check(served.port('B'), 'data0');
  await expectIdentical(served.uri('A'), served.uri('B'));
});
