/** A mirrored pair under hosts that write, while links, arrays and processes go. One process serves both arrays. */
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { PLACEMENTS } from '../../firmware/runtime/live/placement.js';
import { NbdClient, request } from '../adapters/channel/nbd-client.js';
import { expectIdentical, isReadOnly, TIMEOUT_MS, withClients } from './clients.js';
import { BLOCK_BYTES, type NumberedWriter, WriteRecord, type WriterOptions } from './numbered-writer.js';
import {
  Bench,
  endOf,
  eventually,
  moreWrites,
  PAIR,
  type ServeProcess,
  TRACK_BYTES,
  untilClean,
  untilPaired,
} from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;
const TRACKS = VOLUME_BYTES / TRACK_BYTES;
const EPERM = 1;
const CLIENTS = ['qemu-img', 'nbdinfo'];

let bench: Bench;
let served: ServeProcess;
let record: WriteRecord;

afterEach(() => bench.close(), TIMEOUT_MS);

describe.each(PLACEMENTS)('%s', (placement) => {
  beforeEach(async () => {
    bench = new Bench();
    record = new WriteRecord(1, VOLUME_BYTES);
    served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--placement', placement]);
  }, TIMEOUT_MS);

  withClients(CLIENTS, 'a link that goes and comes costs no host write', async () => {
    const half = TRACKS / 2;
    const writer = await write('A', { blocks: (half * TRACK_BYTES) / BLOCK_BYTES });
    await moreWrites(writer, 1000);
    await bench.told('link down A-B');
    await moreWrites(writer, 1000);
    await eventually(
      `${half} tracks that B lacks`,
      () => served.tracks(PAIR, 'B'),
      ({ writePending, invalid }) => writePending + invalid === half,
    );
    expect(await served.pair()).toMatchObject({ owedTracks: half, serves: 'A' });
    await bench.told('link up A-B');
    await eventually(
      'the pair in PAIR, under load',
      () => served.pair(),
      ({ state }) => state === 'PAIR',
    );
    await moreWrites(writer, 1000);
    await stop(writer);
    await untilPaired(served, 'A');
    await untilClean(served);
    await expectIdentical(served.uri('A'), served.uri('B'));
    await record.check(served.port('A'), 'data0');
    await record.check(served.port('B'), 'data0');
  });

  withClients(CLIENTS, 'B takes over after A lost its power, and gives back what it took', async () => {
    const writer = await write('A');
    await moreWrites(writer, 1000);
    await bench.told('array crash A');
    await endOf(writer);
    expect(writer).toMatchObject({ errors: [], disconnected: true });

    const refused = await bench.ctl(`pair failover ${PAIR}`);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/A cannot be asked, was last heard at \d{4}-\d\d-\d\dT/);
    expect((await served.pair()).serves).toBe(null);
    expect(await bench.told(`pair failover ${PAIR} --force`)).toEqual({ pair: PAIR, serves: 'B' });
    await record.check(served.port('B'), 'data0');

    const atB = await write('B');
    await moreWrites(atB, 1000);
    await bench.told('array start A');
    await eventually(
      'the pair in PAIR, under load of B',
      () => served.pair(),
      ({ state, serves }) => state === 'PAIR' && serves === 'B',
    );
    await moreWrites(atB, 1000);
    expect(await isReadOnly(served.uri('A'))).toBe(true);
    expect(await writeOnce('A')).toBe(EPERM);
    await stop(atB);
    await untilPaired(served, 'B');
    await expectIdentical(served.uri('A'), served.uri('B'));
    await record.check(served.port('A'), 'data0');

    expect(await bench.told(`pair failover ${PAIR}`)).toEqual({ pair: PAIR, serves: 'A' });
    await untilPaired(served, 'A');
    expect(await isReadOnly(served.uri('B'))).toBe(true);
    expect(await writeOnce('B')).toBe(EPERM);
    const again = await write('A');
    await moreWrites(again, 500);
    await stop(again);
    await expectIdentical(served.uri('A'), served.uri('B'));
    await record.check(served.port('B'), 'data0');
  });

  withClients(CLIENTS, 'sides that change places under load lose no acknowledged write', async () => {
    let serves = 'A';
    for (const next of ['B', 'A', 'B']) {
      const writer = await write(serves);
      await moreWrites(writer, 500);
      expect(await bench.told(`pair failover ${PAIR}`)).toEqual({ pair: PAIR, serves: next });
      await endOf(writer);
      expect(new Set(writer.errors)).toEqual(new Set([EPERM]));
      await record.check(served.port(next), 'data0');
      serves = next;
      await untilPaired(served, serves);
    }
    await expectIdentical(served.uri('A'), served.uri('B'));
  });

  withClients(CLIENTS, 'two sides that served hosts apart agree on the one that took over last', async () => {
    const before = await write('A');
    await moreWrites(before, 500);
    await stop(before);
    await bench.told('link down A-B');
    expect(await bench.ctl(`pair failover ${PAIR}`)).toMatchObject({ code: 1 });
    await bench.told(`pair failover ${PAIR} --force`);
    const recordAtB = record.copy();
    const atA = await write('A');
    const atB = await bench.write(served.port('B'), recordAtB);
    await Promise.all([moreWrites(atA, 500), moreWrites(atB, 500)]);
    await bench.told('link up A-B');
    // What A alone took is given up: that is what force means.
    await endOf(atA);
    expect(new Set(atA.errors)).toEqual(new Set([EPERM]));
    await moreWrites(atB, 500);
    await stop(atB);
    await untilPaired(served, 'B');
    await expectIdentical(served.uri('A'), served.uri('B'));
    await recordAtB.check(served.port('A'), 'data0');
  });

  withClients(CLIENTS, 'the loss of the target costs no host write', async () => {
    const writer = await write('A');
    await moreWrites(writer, 500);
    await bench.told('array crash B');
    await moreWrites(writer, 500);
    await bench.told('array start B');
    await eventually(
      'the pair in PAIR, under load',
      () => served.pair(),
      ({ state }) => state === 'PAIR',
    );
    await stop(writer);
    await untilPaired(served, 'A');
    await expectIdentical(served.uri('A'), served.uri('B'));
    await record.check(served.port('B'), 'data0');
  });

  withClients([], 'SIGTERM under load answers what it took and ends with 0', async () => {
    const writer = await write('A');
    await moreWrites(writer, 1000);
    served.signal('SIGTERM');
    expect(await served.exit()).toEqual({ code: 0, signal: null });
    await endOf(writer);
    expect(writer).toMatchObject({ errors: [], disconnected: true });
    expect(() => process.kill(served.pid, 0)).toThrow(/ESRCH/);
    expect(bench.runtimeFiles).toEqual([]);
  });

  withClients([], 'a second signal ends it at once', async () => {
    // A client that takes no replies: the first signal waits for it.
    const slow = await NbdClient.attach(served.port('A'));
    slow.socket.pause();
    slow.send(...Array.from({ length: 8 }, (_, cookie) => request({ type: 0, cookie, length: VOLUME_BYTES })));
    await eventually(
      'the reads at the array',
      () => served.meter('A'),
      ({ reads }) => reads > 0,
    );
    served.signal('SIGTERM');
    await eventually(
      'the first signal to be heard',
      () => bench.runtimeFiles,
      (names) => names.length === 0,
    );
    served.signal('SIGTERM');
    expect(await served.exit()).toEqual({ code: 128 + 15, signal: null });
    slow.close();
  });
});

function write(array: string, options: WriterOptions = {}): Promise<NumberedWriter> {
  return bench.write(served.port(array), record, options);
}

/** Ends a writer that nothing went wrong for. */
async function stop(writer: NumberedWriter): Promise<void> {
  await writer.stop();
  expect(writer).toMatchObject({ errors: [], faults: [], disconnected: false });
}

/** The error that a host gets for a write; 0: none. */
async function writeOnce(array: string): Promise<number> {
  const client = await NbdClient.attach(served.port(array));
  try {
    return (await client.ask({ type: 1, offset: 0, length: BLOCK_BYTES }, Buffer.alloc(BLOCK_BYTES))).errno;
  } finally {
    client.close();
  }
}
