/** A mirrored pair whose arrays are in two processes, joined by a port and a secret: what the death of one leaves. */
import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { PairView } from '../../firmware/runtime/live/system.js';
import { expectIdentical, isReadOnly, TIMEOUT_MS, withClients } from './clients.js';
import { type NumberedWriter, WriteRecord } from './numbered-writer.js';
import { Bench, endOf, eventually, moreWrites, PAIR, type ServeProcess, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;
const CLIENTS = ['qemu-img', 'nbdinfo'];

let bench: Bench;
let rig: string;
let a: ServeProcess;
let b: ServeProcess;
let record: WriteRecord;

beforeEach(async () => {
  bench = new Bench();
  record = new WriteRecord(1, VOLUME_BYTES);
  rig = await bench.rig(VOLUME_BYTES, true);
  [a, b] = await Promise.all([serve('A'), serve('B')]);
  await untilPaired(a, 'A');
}, TIMEOUT_MS);

afterEach(() => bench.close(), TIMEOUT_MS);

describe('two processes', () => {
  withClients(CLIENTS, 'a link that goes and comes costs no host write', async () => {
    const writer = await bench.write(a.port('A'), record);
    await moreWrites(writer, 500);
    expect(await bench.told('link down A-B')).toMatchObject({ state: 'held' });
    await moreWrites(writer, 500);
    const owed = (await a.pair()).owedTracks;
    expect(owed).toBeGreaterThan(0);
    expect(await bench.told('pairs')).toMatchObject([{ primary: PAIR, serves: 'A' }]);
    expect(await bench.told('link up A-B')).toMatchObject({ state: 'up' });
    await eventually(
      'the pair in PAIR, under load',
      () => a.pair(),
      ({ state }) => state === 'PAIR',
    );
    await stop(writer);
    await untilPaired(a, 'A');
    await expectIdentical(a.uri('A'), b.uri('B'));
    await record.check(b.port('B'), 'data0');
  });

  withClients(CLIENTS, 'B takes over from a process that was killed, and gives a new one everything', async () => {
    await loadUntilEndOf(() => a.signal('SIGKILL'));
    expect(await a.exit()).toEqual({ code: null, signal: 'SIGKILL' });
    await takeOver();

    const atB = await bench.write(b.port('B'), record);
    await moreWrites(atB, 500);
    a = await serve('A');
    await eventually(
      'the new A as target',
      () => a.pair(),
      ({ sides }) => sides.A?.role === 'target',
    );
    expect(await isReadOnly(a.uri('A'))).toBe(true);
    await moreWrites(atB, 500);
    await stop(atB);
    await untilPaired(b, 'B');
    expect(await isReadOnly(a.uri('A'))).toBe(true);
    await expectIdentical(a.uri('A'), b.uri('B'));
    await record.check(a.port('A'), 'data0');
    await record.check(b.port('B'), 'data0');

    expect(await bench.told(`pair failover ${PAIR}`)).toEqual({ pair: PAIR, serves: 'A' });
    await untilPaired(a, 'A');
    await record.check(a.port('A'), 'data0');
  });

  withClients(CLIENTS, 'a new process without its data serves nobody before B gave them', async () => {
    await loadUntilEndOf(() => a.signal('SIGKILL'));
    await a.exit();
    a = await serve('A');
    await eventually(
      'the link of the new A',
      () => a.links(),
      ([link]) => link?.state === 'up',
    );
    expect(await a.pair()).toMatchObject({ serves: null });
    await expect(bench.write(a.port('A'), record)).rejects.toThrow(/ended the connection/);
    // What B holds is all that there is: an operator must say that it shall count.
    const refused = await bench.ctl(`pair failover ${PAIR}`);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('was replaced') });
    await record.check(b.port('B'), 'data0');
    expect(await bench.told(`pair failover ${PAIR} --force`)).toEqual({ pair: PAIR, serves: 'B' });
    await untilPaired(b, 'B');
    await expectIdentical(a.uri('A'), b.uri('B'));
    await record.check(a.port('A'), 'data0');
  });

  withClients(
    CLIENTS,
    'a killed process of the target costs no host write, and a new one gets everything',
    async () => {
      const writer = await bench.write(a.port('A'), record);
      await moreWrites(writer, 500);
      b.signal('SIGKILL');
      await b.exit();
      await moreWrites(writer, 500);
      b = await serve('B');
      await eventually(
        'the pair in PAIR, under load',
        () => a.pair(),
        ({ state }) => state === 'PAIR',
      );
      await stop(writer);
      await untilPaired(a, 'A');
      await expectIdentical(a.uri('A'), b.uri('B'));
      await record.check(b.port('B'), 'data0');
    },
  );

  withClients(CLIENTS, 'what a process answered before SIGTERM ended it is on the other side', async () => {
    await loadUntilEndOf(() => a.signal('SIGTERM'));
    expect(await a.exit()).toEqual({ code: 0, signal: null });
    await takeOver();
    const atB = await bench.write(b.port('B'), record);
    await moreWrites(atB, 500);
    await stop(atB);
  });
});

function serve(array: string): Promise<ServeProcess> {
  return bench.serve(rig, ['--only', array]);
}

/** Ends a writer that nothing went wrong for. */
async function stop(writer: NumberedWriter): Promise<void> {
  await writer.stop();
  expect(writer).toMatchObject({ errors: [], faults: [], disconnected: false });
}

/** Hosts write at A until what is done here takes their connection away. */
async function loadUntilEndOf(end: () => void): Promise<void> {
  const writer = await bench.write(a.port('A'), record);
  await moreWrites(writer, 1000);
  end();
  await endOf(writer);
  expect(writer).toMatchObject({ errors: [], disconnected: true });
}

/** B takes over by force only, and has what hosts were told they wrote. */
async function takeOver(): Promise<void> {
  const refused = await bench.ctl(`pair failover ${PAIR}`);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(/A cannot be asked, was last heard at \d{4}-\d\d-\d\dT/);
  expect(await bench.told(`pair failover ${PAIR} --force`)).toEqual({ pair: PAIR, serves: 'B' });
  const [pair] = (await bench.told('pairs')) as PairView[];
  expect(pair).toMatchObject({ primary: PAIR, serves: 'B' });
  await record.check(b.port('B'), 'data0');
}
