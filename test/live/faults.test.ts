/** Faults that are added while arrays serve: each strikes when it should, hosts and both copies come out of it whole. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FaultView } from '../../firmware/runtime/live/system.js';
import { expectIdentical, TIMEOUT_MS, withClients } from './clients.js';
import { WriteRecord } from './numbered-writer.js';
import {
  Bench,
  eventually,
  expectNothingLost,
  moreWrites,
  type ServeProcess,
  untilClean,
  untilPaired,
} from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;

let bench: Bench;
let record: WriteRecord;
let complaints: RegExp | undefined;

beforeEach(() => {
  bench = new Bench();
  record = new WriteRecord(1, VOLUME_BYTES);
  complaints = undefined;
});
afterEach(() => bench.close(complaints), TIMEOUT_MS);

const serve = async (...args: string[]): Promise<ServeProcess> => bench.serve(await bench.rig(VOLUME_BYTES), args);

const add = async (fault: string): Promise<FaultView> => (await bench.told(`fault add ${fault}`)) as FaultView;
const faults = async (): Promise<readonly FaultView[]> => (await bench.told('fault list')) as readonly FaultView[];

/** Waits until it is over. */
async function over({ number }: FaultView): Promise<FaultView> {
  const find = async () => (await faults()).find((one) => one.number === number);
  const seen = await eventually(
    `fault ${number} is over`,
    find,
    (one) => one?.state === 'done' || one?.state === 'refused',
  );
  return seen as FaultView;
}

withClients(
  ['qemu-img'],
  'a link that is cut when a write is on its way, and comes back: hosts go on, and get all',
  async () => {
    const served = await serve();
    const writer = await bench.write(served.port('A'), record);
    const fault = await add('cut A-B when M2_WP of A:data0 nth 3 for 300ms');
    expect(fault).toMatchObject({ fault: 'cut A-B when M2_WP of A:data0 nth 3 for 300ms' });
    await moreWrites(writer, 200);
    const ended = await over(fault);
    expect(ended).toMatchObject({ state: 'done' });
    expect(Date.parse(ended.struck ?? '')).toBeGreaterThanOrEqual(Date.parse(ended.added));
    await moreWrites(writer, 100);
    await expectNothingLost(served, writer, record);
    await expectIdentical(served.uri('A'), served.uri('B'));
  },
);

test(
  'a director that hangs keeps hosts waiting, and they get their answers when it goes on',
  async () => {
    const served = await serve('--placement', 'dedicated');
    const writer = await bench.write(served.port('A'), record);
    await moreWrites(writer, 50);
    expect(await add('hang A:dd1')).toMatchObject({ state: 'lasts' });
    const answered = await eventually(
      'no write is answered between two looks',
      async () => {
        const { writes } = writer;
        for (let asked = 0; asked < 20; asked++) await bench.told('directors');
        return writer.writes - writes;
      },
      (more) => more === 0,
    );
    expect(answered).toBe(0);
    expect((await bench.ctl('director role A:cc1 data')).stderr).toContain('director dd1 hangs, as a fault has it');
    expect(await bench.told('fault clear')).toEqual([]);
    await moreWrites(writer, 100);
    await expectNothingLost(served, writer, record);
  },
  TIMEOUT_MS,
);

test(
  'a director that is crashed is dead, its array goes on without it, and a restart brings it back',
  async () => {
    complaints = /^.*director.*\n/gm;
    const served = await serve('--placement', 'dedicated');
    const writer = await bench.write(served.port('A'), record);
    await moreWrites(writer, 50);
    expect(await add('crash B:ra1')).toMatchObject({ state: 'done' });
    const directors = (await bench.told('directors')) as {
      array: string;
      directors: { name: string; state: string }[];
    }[];
    const dead = directors.flatMap((of) =>
      of.directors.filter((d) => d.state === 'dead').map((d) => `${of.array}:${d.name}`),
    );
    expect(dead).toEqual(['B:ra1']);
    await moreWrites(writer, 100);
    expect(await add('crash B:ra1')).toMatchObject({
      state: 'refused',
      note: 'array B: director ra1 is dead: a fault that was planned',
    });
    expect(await add('restart B:ra1')).toMatchObject({ state: 'done' });
    await expectNothingLost(served, writer, record);
  },
  TIMEOUT_MS,
);

test(
  'an array that loses power when its pair is in PAIR comes back by itself',
  async () => {
    const served = await serve();
    const writer = await bench.write(served.port('A'), record);
    const fault = await over(await add('power-loss B when pair B:data0 is PAIR for 200ms'));
    expect(fault).toMatchObject({ state: 'done' });
    expect(fault.note).toBeUndefined();
    await moreWrites(writer, 100);
    await expectNothingLost(served, writer, record);
  },
  TIMEOUT_MS,
);

test(
  'slots with parity errors and sectors that cannot be read: hosts read what they wrote',
  async () => {
    const served = await serve();
    const writer = await bench.write(served.port('A'), record);
    await moreWrites(writer, 300);
    await writer.stop();
    await untilPaired(served, 'A');
    await untilClean(served);
    // What is read is in the cache.
    await record.check(served.port('A'), 'data0');
    for (const track of [0, 1, 2, 3])
      expect(await add(`slot-parity A:data0 track ${track}`)).toMatchObject({ state: 'done' });
    await add('drive-latent A:data0 0-1023');
    await record.check(served.port('A'), 'data0');
    await untilClean(served);
    await record.check(served.port('B'), 'data0');
  },
  TIMEOUT_MS,
);

test(
  'a fault that waits is cleared, one that lasts ends, and what cannot be here is refused with a reason',
  async () => {
    const served = await serve();
    const { number } = await add('cut A-B');
    expect((await served.links()).map(({ state }) => state)).toEqual(['held']);
    const waits = await add('power-loss A at 1000s');
    expect(waits).toMatchObject({ state: 'waits' });
    expect(await bench.told(`fault clear ${number}`)).toEqual([waits]);
    await untilPaired(served, 'A');
    expect((await bench.ctl(`fault clear ${number}`)).stderr).toContain(`there is no fault ${number};`);
    expect(await bench.told('fault clear')).toEqual([]);
    const refused = async (words: string): Promise<string> => (await bench.ctl(`fault add ${words}`)).stderr;
    expect(await refused('drive-slow A:data0 x20')).toContain('drive-slow is possible in simulated runs only');
    expect(await refused('cut A-B at label apply/at-once.uc:merged on B')).toContain(
      'a label is possible in simulated runs only',
    );
    expect(await refused('cut A-C')).toContain("fault 'cut A-C': there is no link A-C; there are A-B:0");
    expect(await refused('cut A-B att 5ms')).toContain(
      'word 3 is "att" (column 9); there it must be at, when, for or the end',
    );
  },
  TIMEOUT_MS,
);

withClients(
  ['qemu-img'],
  'a link that delays, loses and damages what it carries: hosts go on, and both sides are the same',
  async () => {
    const served = await serve();
    const writer = await bench.write(served.port('A'), record);
    await moreWrites(writer, 50);
    const epochs = async () => Object.values((await served.pair()).sides).map(({ epoch }) => epoch);
    const before = await epochs();
    await add('delay A-B 2ms ratio 1/4');
    await add('lose A-B 20ms ratio 1/20');
    await add('damage A-B ratio 1/40');
    await eventually('two more sessions', epochs, (now) => now.length === 2 && now.every((e, i) => e >= before[i] + 2));
    await bench.told('fault clear');
    await moreWrites(writer, 50);
    await expectNothingLost(served, writer, record);
    await expectIdentical(served.uri('A'), served.uri('B'));
  },
);

test(
  'of a link that is silent one way the end that hears nothing ends the connection, until it is over',
  async () => {
    const served = await serve();
    const writer = await bench.write(served.port('A'), record);
    await moreWrites(writer, 50);
    await add('one-way A->B');
    await eventually(
      'B has heard nothing for long',
      async () => JSON.stringify(await served.links()),
      (links) => links.includes('nothing was heard for 2500 ms'),
    );
    await moreWrites(writer, 50);
    expect(await bench.told('fault clear')).toEqual([]);
    await expectNothingLost(served, writer, record);
  },
  TIMEOUT_MS,
);
