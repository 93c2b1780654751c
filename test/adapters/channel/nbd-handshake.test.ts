import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NbdServer } from '../../../adapters/channel/nbd/server.js';
import { CLIENT_FLAGS, GREETING_BYTES, infoData, metaData, NbdClient, option, request } from './nbd-client.js';
import { serve } from './stand-in.js';

const VOLUMES = [
  { name: 'data0', sectors: 8192, readOnly: false },
  { name: 'log', volume: 0, sectors: 1024, readOnly: true },
];
const ERR_UNSUP = 0x8000_0001;
const ERR_INVALID = 0x8000_0003;
const ERR_UNKNOWN = 0x8000_0006;
const ERR_TOO_BIG = 0x8000_0009;
const [LIST, STARTTLS, INFO, GO, STRUCTURED_REPLY, LIST_META, SET_META, EXTENDED_HEADERS] = [3, 5, 6, 7, 8, 9, 10, 11];
const META_CONTEXT = 4;

let server: NbdServer;
let port: number;

beforeAll(async () => {
  ({ server, port } = await serve({ volumes: VOLUMES, connectionsMax: 64 }));
});
afterAll(() => server.close());

async function greeted(...parts: Buffer[]): Promise<NbdClient> {
  const client = await NbdClient.connect(port);
  const greeting = await client.read(GREETING_BYTES);
  expect(greeting.toString('latin1', 0, 16)).toBe('NBDMAGICIHAVEOPT');
  client.send(CLIENT_FLAGS, ...parts);
  return client;
}

describe('options', () => {
  test('LIST names every volume', async () => {
    const client = await greeted(option(LIST));
    const names = [await client.optionReply(), await client.optionReply()].map((r) => r.data.toString('utf8', 4));
    expect(names).toEqual(['data0', 'log']);
    expect(await client.optionReply()).toMatchObject({ option: LIST, type: 1 });
    client.send(option(LIST, Buffer.from('x')));
    expect(await client.optionReply()).toMatchObject({ type: ERR_INVALID });
    client.close();
  });

  test('INFO tells size, flags, block sizes and the name; the empty name is the first volume', async () => {
    const client = await greeted(option(INFO, infoData('', [1, 3])));
    const exported = (await client.optionReply()).data;
    expect([exported.readUInt16BE(0), Number(exported.readBigUInt64BE(2))]).toEqual([0, 8192 * 512]);
    expect(exported.readUInt16BE(10)).toBe(1 | 4 | 8 | 32 | 64 | 256 | 1024 | 2048);
    const blocks = (await client.optionReply()).data;
    expect([blocks.readUInt32BE(2), blocks.readUInt32BE(6), blocks.readUInt32BE(10)]).toEqual([512, 4096, 1 << 20]);
    expect((await client.optionReply()).data.toString('utf8', 2)).toBe('data0');
    expect(await client.optionReply()).toMatchObject({ type: 1 });
    client.send(option(INFO, infoData('log')));
    expect((await client.optionReply()).data.readUInt16BE(10)).toBe(1 | 2 | 4 | 8 | 256 | 1024);
    client.close();
  });

  test('unknown options, exports and malformed data get their errors, and haggling goes on', async () => {
    const client = await greeted(
      option(STARTTLS),
      option(EXTENDED_HEADERS),
      option(99, Buffer.alloc(77)),
      option(GO, infoData('nowhere')),
      option(GO, Buffer.alloc(3)),
      option(GO, infoData('data0').subarray(0, 8)),
      option(INFO, Buffer.concat([infoData('data0', [3]), Buffer.alloc(1)])),
      option(99, Buffer.alloc(5000)),
      option(GO, infoData('log')),
    );
    const types: number[] = [];
    for (let i = 0; i < 11; i++) types.push((await client.optionReply()).type);
    const errors = [ERR_UNSUP, ERR_UNSUP, ERR_UNSUP, ERR_UNKNOWN, ERR_INVALID, ERR_INVALID, ERR_INVALID, ERR_TOO_BIG];
    expect(types).toEqual([...errors, 3, 3, 1]);
    expect(await client.ask({ type: 0, length: 512 })).toMatchObject({ errno: 0 });
    client.close();
  });

  test('ABORT is acknowledged and ends the connection', async () => {
    const client = await greeted(option(2));
    expect((await client.readAll()).readUInt32BE(12)).toBe(1);
  });

  test('EXPORT_NAME of an unknown volume, a foreign magic and unknown client flags end the connection', async () => {
    expect(await (await greeted(option(1, Buffer.from('nowhere')))).readAll()).toHaveLength(0);
    expect(await (await greeted(Buffer.alloc(16, 0x41))).readAll()).toHaveLength(0);
    const client = await NbdClient.connect(port);
    client.send(Buffer.from([0, 0, 0, 0x83]));
    expect(await client.readAll()).toHaveLength(GREETING_BYTES);
  });

  test('EXPORT_NAME pads its answer for clients that did not agree to leave zeroes out', async () => {
    const client = await NbdClient.connect(port);
    await client.read(GREETING_BYTES);
    client.send(Buffer.from([0, 0, 0, 1]), option(1, Buffer.from('log')));
    const answer = await client.read(134);
    expect(Number(answer.readBigUInt64BE(0))).toBe(1024 * 512);
    expect(answer.subarray(10).every((b) => b === 0)).toBe(true);
    client.close();
  });

  test('a client that never stops haggling is left', async () => {
    const client = await greeted(...new Array<Buffer>(65).fill(option(STRUCTURED_REPLY)));
    expect(await client.readAll()).toHaveLength(64 * 20);
  });
});

describe('metadata contexts', () => {
  const structured = option(STRUCTURED_REPLY);
  const list = (...queries: string[]): Buffer => option(LIST_META, metaData('data0', queries));
  const set = (...queries: string[]): Buffer => option(SET_META, metaData('data0', queries));

  /** What each option was answered: the names of contexts with their ids, and how it ended. */
  async function answers(...options: Buffer[]): Promise<{ names: string[]; ids: number[]; end: number }[]> {
    const client = await greeted(structured, ...options);
    await client.optionReply();
    const groups: { names: string[]; ids: number[]; end: number }[] = [];
    let [names, ids]: [string[], number[]] = [[], []];
    for (const { type, data } of await client.optionReplies(options.length)) {
      if (type === META_CONTEXT) {
        names.push(data.toString('utf8', 4));
        ids.push(data.readUInt32BE(0));
      } else {
        groups.push({ names, ids, end: type });
        [names, ids] = [[], []];
      }
    }
    client.close();
    return groups;
  }

  test('are all listed when no query is asked, by namespace, or by name', async () => {
    const [base, owed] = ['base:allocation', 'arraylab:owed'];
    const asked = [[], ['base:'], ['arraylab:'], [owed], [owed, 'base:', owed], ['qemu:dirty-bitmap:x', 'base:other']];
    const listed = await answers(...asked.map((queries) => list(...queries)));
    expect(listed.map((g) => g.names)).toEqual([[base, owed], [base], [owed], [owed], [base, owed], []]);
    expect(listed.every((g) => g.end === 1 && g.ids.every((id) => id === 0))).toBe(true);
  });

  test('are selected by name only, each once, with ids of their own', async () => {
    const selected = await answers(
      set('arraylab:owed', 'base:allocation', 'base:allocation'),
      set('base:', 'arraylab:'),
      set(),
      set('arraylab:owed', 'x-other:thing'),
    );
    expect(selected.map((g) => g.names.length)).toEqual([2, 0, 0, 1]);
    expect(new Set(selected[0].ids).size).toBe(2);
    expect(selected.every((g) => g.end === 1)).toBe(true);
  });

  test('of malformed options, of unknown volumes and without a namespace get their errors', async () => {
    const whole = metaData('data0', ['base:allocation']);
    const wrong: [Buffer, number][] = [
      [option(SET_META), ERR_INVALID],
      [option(LIST_META, whole.subarray(0, whole.length - 1)), ERR_INVALID],
      [option(LIST_META, Buffer.concat([whole, Buffer.alloc(1)])), ERR_INVALID],
      [option(SET_META, Buffer.alloc(8, 0xff)), ERR_INVALID],
      [option(SET_META, Buffer.concat([metaData('data0', []).subarray(0, 9), Buffer.alloc(4, 0xff)])), ERR_INVALID],
      [list('allocation'), ERR_INVALID],
      [set(''), ERR_INVALID],
      [option(SET_META, metaData('nowhere', ['base:allocation'])), ERR_UNKNOWN],
      [set(`base:${'x'.repeat(5000)}`), ERR_TOO_BIG],
      [option(STRUCTURED_REPLY, Buffer.alloc(1)), ERR_INVALID],
    ];
    const groups = await answers(...wrong.map(([bytes]) => bytes));
    expect(groups.map((g) => g.end)).toEqual(wrong.map(([, end]) => end));
    expect(groups.every((g) => g.names.length === 0)).toBe(true);
  });

  test('need structured replies', async () => {
    const client = await greeted(list(), set('base:allocation'));
    expect((await client.optionReplies(2)).map((r) => r.type)).toEqual([ERR_INVALID, ERR_INVALID]);
    client.close();
  });

  test('hold for the volume for which they were selected last, and not after a selection that failed', async () => {
    const [BLOCK_STATUS, EINVAL] = [7, 22];
    const tries: [Buffer[], boolean][] = [
      [[set('base:allocation')], true],
      [[set('base:allocation'), set()], false],
      [[set('base:allocation'), option(SET_META, metaData('log', ['base:allocation']))], false],
      [[set('base:allocation'), set('junk')], false],
      [[set('base:allocation'), set(`base:${'x'.repeat(5000)}`)], false],
      [[option(SET_META, metaData('', ['base:allocation']))], true],
    ];
    for (const [options, holds] of tries) {
      const client = await greeted(structured, ...options, option(GO, infoData('data0')));
      await client.optionReplies(options.length + 2);
      const [chunk] = await client.askStructured({ type: BLOCK_STATUS, length: 512 });
      if (holds) expect(chunk.type).toBe(5);
      else expect([chunk.type, chunk.payload.readUInt32BE(0)]).toEqual([0x8001, EINVAL]);
      client.close();
    }
  });
});

describe('portions', () => {
  const payload = Buffer.alloc(1024, 0x5a);
  const talk = Buffer.concat([
    CLIENT_FLAGS,
    option(LIST),
    option(STRUCTURED_REPLY),
    option(SET_META, metaData('data0', ['base:allocation'])),
    option(INFO, infoData('data0', [3])),
    option(42, Buffer.from('something')),
    option(GO, infoData('data0', [0])),
    request({ type: 1, cookie: 7, offset: 4096, length: 1024 }),
    payload,
    request({ type: 7, cookie: 9, offset: 0, length: 512 }),
    request({ type: 0, cookie: 8, offset: 4608, length: 512 }),
    request({ type: 2 }),
  ]);

  async function answerTo(portions: Buffer[]): Promise<Buffer> {
    const client = await NbdClient.connect(port);
    const greeting = await client.read(GREETING_BYTES);
    for (const [i, portion] of portions.entries()) {
      client.send(portion);
      // Lets the server's event loop, which is this one, read the portion by itself.
      if (i < portions.length - 1) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return Buffer.concat([greeting, await client.readAll()]);
  }

  test('the same answer wherever a client splits what it says', { timeout: 60_000 }, async () => {
    const whole = await answerTo([talk]);
    expect(whole.subarray(-512)).toEqual(payload.subarray(0, 512));
    const splits = Array.from({ length: talk.length - 1 }, (_, i) => i + 1);
    for (let i = 0; i < splits.length; i += 32) {
      const answers = splits.slice(i, i + 32).map((at) => answerTo([talk.subarray(0, at), talk.subarray(at)]));
      for (const answer of await Promise.all(answers)) expect(answer.equals(whole)).toBe(true);
    }
  });

  test('the same answer for any portions', { timeout: 60_000 }, async () => {
    const whole = await answerTo([talk]);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: talk.length - 1 }), { minLength: 2, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const edges = [0, ...at.sort((a, b) => a - b), talk.length];
        const answer = await answerTo(edges.slice(1).map((end, i) => talk.subarray(edges[i], end)));
        expect(answer.equals(whole)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('nonsense', () => {
  test('bytes at random harm nobody else', { timeout: 60_000 }, async () => {
    const other = await NbdClient.attach(port);
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b)),
      fc.tuple(fc.nat(12), fc.uint8Array({ maxLength: 60 })).map(([type, data]) => option(type, Buffer.from(data))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(junk, { minLength: 1, maxLength: 8 }), async (parts) => {
        const client = await greeted(...parts);
        await new Promise((resolve) => setTimeout(resolve, 1));
        client.close();
        expect(await other.ask({ type: 0, length: 512 })).toMatchObject({ errno: 0 });
      }),
      { numRuns: 100 },
    );
    other.close();
  });

  test('who does not finish the handshake in time is left', async () => {
    const short = await serve({ handshake_ms: 500 });
    const [mute, attached] = [await NbdClient.connect(short.port), await NbdClient.attach(short.port)];
    expect(await mute.readAll()).toHaveLength(GREETING_BYTES);
    expect(await attached.ask({ type: 0, length: 512 })).toMatchObject({ errno: 0 });
    attached.close();
    await short.server.close();
  });

  test('of more connections than there may be, the oldest without an export makes room; with none such, the newest goes', async () => {
    const few = await serve({ connectionsMax: 2 });
    const [mute, first] = [await NbdClient.connect(few.port), await NbdClient.attach(few.port)];
    const second = await NbdClient.attach(few.port);
    expect(await mute.readAll()).toHaveLength(GREETING_BYTES);
    const third = await NbdClient.connect(few.port);
    expect(await third.readAll()).toHaveLength(0);
    for (const client of [first, second]) {
      expect(await client.ask({ type: 0, length: 512 })).toMatchObject({ errno: 0 });
      client.close();
    }
    await few.server.close();
  });
});
