/** Arrays that outlive their process: `serve --state`, stopped in order or killed, and started again. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { PLACEMENTS } from '../../firmware/runtime/live/placement.js';
import { expectIdentical, run, TIMEOUT_MS, withClients } from './clients.js';
import { BLOCK_BYTES, WriteRecord } from './numbered-writer.js';
import { Bench, eventually, moreWrites, PAIR, type ServeProcess, TRACK_BYTES, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;
/** That hosts write to, where not all. */
const TRACKS = 10;
const LOST = /^arraylab serve: array [AB]: its battery memory is not there: .*\n/gm;

let bench: Bench;
let record: WriteRecord;
/** What the processes are expected to complain of. */
let expected: RegExp | undefined;

beforeEach(() => {
  bench = new Bench();
  record = new WriteRecord(1, VOLUME_BYTES);
  expected = undefined;
});
afterEach(() => bench.close(expected), TIMEOUT_MS);

function serve(rig: string, ...args: string[]): Promise<ServeProcess> {
  return bench.serve(rig, ['--state', bench.file('state'), ...args]);
}

/** Ends it and waits for its end. */
async function stop(served: ServeProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  served.signal(signal);
  expect(await served.exit()).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal });
}

const filesOfA = (): string[] =>
  readdirSync(bench.file('state/A'))
    .map((name) => name.replace(/battery-\d+/, 'battery-N'))
    .sort();

/** Somebody takes A's battery memory away. */
function takeBattery(): void {
  for (const name of readdirSync(bench.file('state/A'))) {
    if (name.startsWith('battery-')) rmSync(bench.file(`state/A/${name}`));
  }
}

/** A host's writes, all answered, and nothing under way. */
async function someWrites(port: number, count: number, blocks?: number): Promise<void> {
  const writer = await bench.write(port, record, blocks === undefined ? {} : { blocks });
  await moreWrites(writer, count);
  await writer.stop();
  expect(writer).toMatchObject({ errors: [], faults: [], disconnected: false });
}

/** Waits until A has nothing in cache only. */
async function untilDestaged(served: ServeProcess): Promise<void> {
  await eventually(
    'no track that the drive lacks',
    () => served.tracks(PAIR, 'A'),
    ({ writePending }) => writePending === 0,
  );
}

describe.each(PLACEMENTS)('%s', (placement) => {
  withClients(
    ['nbdcopy', 'qemu-img'],
    'what was copied to a volume is there after a restart, and another one',
    async () => {
      const rig = bench.single(VOLUME_BYTES);
      const image = bench.file('image');
      const bytes = Buffer.alloc(VOLUME_BYTES);
      for (let at = 0; at < VOLUME_BYTES - TRACK_BYTES; at += 4) bytes.writeUInt32LE((at * 2654435761) >>> 0, at);
      writeFileSync(image, bytes);
      let served = await serve(rig, '--placement', placement);
      await run('nbdcopy', [image, served.uri('A')]);
      for (let i = 0; i < 2; i++) {
        await stop(served);
        expect(filesOfA()).toEqual(['battery-N.img', 'drive-0.img']);
        served = await serve(rig, '--placement', placement);
        expect(filesOfA()).toEqual(['battery-N.img', 'battery-N.log', 'drive-0.img', 'lock']);
        await expectIdentical(image, served.uri('A'));
      }
    },
  );

  withClients(['qemu-img', 'nbdinfo'], 'a pair goes on in PAIR after a restart, without a copy of all', async () => {
    const rig = await bench.rig(VOLUME_BYTES);
    let served = await serve(rig, '--placement', placement);
    await untilPaired(served, 'A');
    for (let i = 0; i < 2; i++) {
      await someWrites(served.port('A'), 500, (TRACKS * TRACK_BYTES) / BLOCK_BYTES);
      await stop(served);
      served = await serve(rig, '--placement', placement);
      await untilPaired(served, 'A');
      // A copy brings B all tracks, and those that nobody wrote to would be holes no more.
      const { stdout } = await run('nbdinfo', ['--map', served.uri('B')]);
      expect(stdout).toMatch(
        new RegExp(`^\\s*${TRACKS * TRACK_BYTES} +${VOLUME_BYTES - TRACKS * TRACK_BYTES} +3 `, 'm'),
      );
      await record.check(served.port('A'), 'data0');
      await expectIdentical(served.uri('A'), served.uri('B'));
    }
  });

  withClients(['qemu-img'], 'a pair that was stopped while its link was down sends what it owed', async () => {
    const rig = await bench.rig(VOLUME_BYTES);
    let served = await serve(rig, '--placement', placement);
    await untilPaired(served, 'A');
    await bench.told('link down A-B');
    const writer = await bench.write(served.port('A'), record, { blocks: (TRACKS * TRACK_BYTES) / BLOCK_BYTES });
    await moreWrites(writer, 500);
    await writer.stop();
    await stop(served);
    served = await serve(rig, '--placement', placement);
    await untilPaired(served, 'A');
    await record.check(served.port('B'), 'data0');
    await expectIdentical(served.uri('A'), served.uri('B'));
  });
});

withClients(
  ['qemu-img'],
  'a pair of which both arrays were killed while they differed sends what it owed',
  async () => {
    const rig = await bench.rig(VOLUME_BYTES);
    let served = await serve(rig);
    await untilPaired(served, 'A');
    await bench.told('link down A-B');
    await someWrites(served.port('A'), 500, (TRACKS * TRACK_BYTES) / BLOCK_BYTES);
    await stop(served, 'SIGKILL');
    served = await serve(rig);
    await untilPaired(served, 'A');
    expect(await served.sentBytes('A')).toBeLessThan((TRACKS + 1) * TRACK_BYTES);
    await record.check(served.port('B'), 'data0');
    await expectIdentical(served.uri('A'), served.uri('B'));
  },
);

describe('two processes on one folder', () => {
  let rig: string;
  let a: ServeProcess;
  let b: ServeProcess;
  beforeEach(async () => {
    rig = await bench.rig(VOLUME_BYTES, true);
    [a, b] = await Promise.all([serve(rig, '--only', 'A'), serve(rig, '--only', 'B')]);
    await untilPaired(a, 'A');
  }, TIMEOUT_MS);

  withClients([], 'each array is served by one', async () => {
    await expect(serve(rig, '--only', 'A')).rejects.toThrow(`A/lock: process ${a.pid} serves this array`);
    expected = /^arraylab serve: .*A\/lock: process .*\n/gm;
    await stop(b);
    b = await serve(rig, '--only', 'B');
    await untilPaired(a, 'A');
  });

  withClients(['qemu-img'], 'a copy whose process was killed goes on without a copy of all', async () => {
    await someWrites(a.port('A'), 1000);
    await stop(b, 'SIGKILL');
    const before = await a.sentBytes('A');
    b = await serve(rig, '--only', 'B');
    await untilPaired(a, 'A');
    expect((await a.sentBytes('A')) - before).toBeLessThan(TRACK_BYTES);
    await expectIdentical(a.uri('A'), b.uri('B'));
    await record.check(b.port('B'), 'data0');
  });

  withClients(['qemu-img'], 'a source whose process was killed serves its hosts again', async () => {
    await someWrites(a.port('A'), 1000);
    await stop(a, 'SIGKILL');
    a = await serve(rig, '--only', 'A');
    await untilPaired(a, 'A');
    expect(await a.sentBytes('A')).toBeLessThan(TRACK_BYTES);
    await expectIdentical(a.uri('A'), b.uri('B'));
    await record.check(a.port('A'), 'data0');
  });

  withClients(
    ['qemu-img'],
    'a source whose battery memory was taken away says so, and serves nobody before B gave it what it lost',
    async () => {
      expected = LOST;
      await someWrites(a.port('A'), 1000);
      await stop(a, 'SIGKILL');
      takeBattery();
      a = await serve(rig, '--only', 'A');
      expect(a.said()).toMatch(LOST);
      await eventually(
        'the link of the new A',
        () => a.links(),
        ([link]) => link?.state === 'up',
      );
      expect(await a.pair()).toMatchObject({ serves: null });
      expect(await bench.told(`pair failover ${PAIR} --force`)).toEqual({ pair: PAIR, serves: 'B' });
      await untilPaired(b, 'B');
      await expectIdentical(a.uri('A'), b.uri('B'));
      await record.check(a.port('A'), 'data0');
    },
  );
});

withClients(
  ['qemu-img'],
  'a source whose battery memory was taken away, with the list on its drives, lets B take over without force, and gets a cylinder back',
  async () => {
    expected = LOST;
    const rig = await bench.rig(VOLUME_BYTES, true, { list: 'devices' });
    let [a, b] = await Promise.all([serve(rig, '--only', 'A'), serve(rig, '--only', 'B')]);
    await untilPaired(a, 'A');
    await someWrites(a.port('A'), 1000, (TRACKS * TRACK_BYTES) / BLOCK_BYTES);
    await stop(a, 'SIGKILL');
    takeBattery();
    a = await serve(rig, '--only', 'A');
    await eventually(
      'the link of the new A',
      () => a.links(),
      ([link]) => link?.state === 'up',
    );
    // By the list of A: the cylinder that was written to, of eighteen.
    expect(await a.pair()).toMatchObject({ serves: null, owedTracks: 15 });
    expect(await bench.told(`pair failover ${PAIR}`)).toEqual({ pair: PAIR, serves: 'B' });
    await untilPaired(b, 'B');
    await record.check(a.port('A'), 'data0');
    await expectIdentical(a.uri('A'), b.uri('B'));
    // And the other way round: a copy that lost its battery.
    await stop(b, 'SIGTERM');
    b = await serve(rig, '--only', 'B');
    await untilPaired(b, 'B');
    await stop(a, 'SIGKILL');
    takeBattery();
    a = await serve(rig, '--only', 'A');
    await untilPaired(b, 'B');
    await expectIdentical(a.uri('A'), b.uri('B'));
  },
);

withClients(
  ['nbdinfo', 'nbdcopy', 'qemu-img'],
  'an array whose battery memory was taken away has its drives, and calls none of it a hole',
  async () => {
    expected = LOST;
    const rig = bench.single(VOLUME_BYTES);
    let served = await serve(rig);
    const image = bench.file('image');
    writeFileSync(image, Buffer.alloc(VOLUME_BYTES, 7));
    await run('nbdcopy', [image, served.uri('A')]);
    await stop(served);
    served = await serve(rig);
    // All that was in cache goes to the drives by itself; then the process has nothing that they lack.
    await untilDestaged(served);
    await stop(served, 'SIGKILL');
    takeBattery();
    served = await serve(rig);
    expect(served.said()).toMatch(LOST);
    await expectIdentical(image, served.uri('A'));
    const { stdout } = await run('nbdinfo', ['--map', served.uri('A')]);
    expect(stdout.trim()).toMatch(/^0\s+16777216\s+0\s+data$/);
  },
);
