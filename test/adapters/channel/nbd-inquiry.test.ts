import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NbdServer } from '../../../adapters/channel/nbd/server.js';
import { RESULT } from '../../../firmware/memory/constants.js';
import { CLIENT_FLAGS, GREETING_BYTES, infoData, NbdClient, option, request, until } from './nbd-client.js';
import { DIMENSIONS, type StandIn, serve } from './stand-in.js';

const [EXPORT_NAME, ABORT, LIST, INFO, GO] = [1, 2, 3, 6, 7];
const ERR_UNKNOWN = 0x8000_0006;
const READ_ONLY = 2;

let server: NbdServer;
let standIn: StandIn;
let port: number;

beforeEach(async () => {
  ({ server, standIn, port } = await serve());
});

afterEach(async () => {
  answer();
  await server.close();
  expect(standIn.port.commandsUnderWay).toBe(0);
});

async function greeted(...parts: Buffer[]): Promise<NbdClient> {
  const client = await NbdClient.connect(port);
  await client.read(GREETING_BYTES);
  client.send(CLIENT_FLAGS, ...parts);
  return client;
}

/** The array answers what it was asked, some time later. */
function answer(): void {
  standIn.holdsInquiries = false;
  standIn.release();
  standIn.pump();
  server.flush();
}

async function asked(count = 1): Promise<void> {
  await until(() => standIn.held.length === count, 'the array is asked');
}

describe('while the array is asked whether hosts may write', () => {
  test.each([{ whole: true }, { whole: false }])('what a client says is held, in order: %o', async ({ whole }) => {
    standIn.holdsInquiries = true;
    const payload = Buffer.alloc(70_000 - (70_000 % 512), 7);
    const talk = Buffer.concat([
      option(GO, infoData('data0')),
      request({ type: 1, cookie: 1, offset: 512, length: payload.length }),
      payload,
      request({ type: 0, cookie: 2, offset: 512, length: 512 }),
    ]);
    const client = await greeted();
    if (whole) client.send(talk);
    for (let at = 0; !whole && at < talk.length; at += 997) client.send(talk.subarray(at, at + 997));
    await asked();
    expect(standIn.seen).toEqual([]);
    answer();
    expect((await client.optionReplies(1)).map((r) => r.type)).toEqual([3, 3, 1]);
    expect(await client.reply()).toMatchObject({ errno: 0, cookie: 1 });
    expect((await client.reply(512)).data.equals(payload.subarray(0, 512))).toBe(true);
    client.close();
  });

  test('a client cannot make the server hold more than its socket does', async () => {
    standIn.holdsInquiries = true;
    const client = await greeted(option(GO, infoData('data0')));
    await asked();
    let taken = 0;
    const block = Buffer.alloc(1 << 20);
    for (let i = 0; i < 64; i++) client.socket.write(block, () => (taken += block.length));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken).toBeLessThan(64 << 20);
    client.close();
  });

  test('other clients are served', async () => {
    const other = await NbdClient.attach(port);
    standIn.holdsInquiries = true;
    const client = await greeted(option(GO, infoData('data0')));
    await asked();
    expect(await other.ask({ type: 0, length: 512 })).toMatchObject({ errno: 0 });
    for (const c of [client, other]) c.close();
  });

  test('a client may go, and the server may close', async () => {
    standIn.holdsInquiries = true;
    const gone = await greeted(option(GO, infoData('data0')));
    await asked();
    gone.close();
    const stays = await greeted(option(EXPORT_NAME, Buffer.from('data0')));
    await asked(2);
    const closed = server.close();
    answer();
    expect(await stays.readAll()).toHaveLength(0);
    await closed;
  });

  test('a client that is not answered in time is left', async () => {
    await server.close();
    ({ server, standIn, port } = await serve({ handshake_ms: 50 }));
    standIn.holdsInquiries = true;
    const client = await greeted(option(GO, infoData('data0')));
    expect(await client.readAll()).toHaveLength(0);
  });

  test('who finds all records taken asks when one is free', async () => {
    await server.close();
    ({ server, standIn, port } = await serve({}, { ...DIMENSIONS, commands: 2 }));
    const busy = await NbdClient.attach(port);
    standIn.holds = true;
    busy.send(request({ type: 0, cookie: 1, length: 512 }), request({ type: 0, cookie: 2, length: 512 }));
    await asked(2);
    const client = await greeted(option(GO, infoData('data0')));
    await new Promise((resolve) => setTimeout(resolve, 20));
    standIn.holds = false;
    answer();
    expect((await client.optionReplies(1)).at(-1)).toMatchObject({ type: 1 });
    for (const c of [client, busy]) c.close();
  });
});

describe('what the array answers', () => {
  test('is told at INFO, GO and EXPORT_NAME', async () => {
    standIn.admits = RESULT.WRITE_PROTECTED;
    const client = await greeted(option(INFO, infoData('data0')));
    const [exported] = await client.optionReplies(1);
    expect(exported.data.readUInt16BE(10) & READ_ONLY).toBe(READ_ONLY);
    client.send(option(LIST), option(GO, infoData('')));
    const replies = await client.optionReplies(2);
    expect((replies.find((r) => r.option === GO)?.data.readUInt16BE(10) ?? 0) & READ_ONLY).toBe(READ_ONLY);
    const old = await greeted(option(EXPORT_NAME, Buffer.from('data0')));
    expect((await old.read(10)).readUInt16BE(8) & READ_ONLY).toBe(READ_ONLY);
    for (const c of [client, old]) c.close();
  });

  test('is the same for a GO right after its INFO, and asked anew after another option', async () => {
    const flags = async (...between: Buffer[]): Promise<number> => {
      standIn.admits = RESULT.OK;
      const client = await greeted(option(INFO, infoData('data0')));
      await client.optionReplies(1);
      standIn.admits = RESULT.WRITE_PROTECTED;
      client.send(...between, option(GO, infoData('data0')));
      const replies = await client.optionReplies(between.length + 1);
      client.close();
      return replies.find((r) => r.option === GO)?.data.readUInt16BE(10) ?? 0;
    };
    expect((await flags()) & READ_ONLY).toBe(0);
    expect((await flags(option(LIST))) & READ_ONLY).toBe(READ_ONLY);
  });

  test('that the volume is not ready refuses it by name, and haggling goes on', async () => {
    standIn.admits = RESULT.NOT_READY;
    const client = await greeted(option(GO, infoData('data0')));
    const [refusal] = await client.optionReplies(1);
    expect(refusal).toMatchObject({ type: ERR_UNKNOWN });
    expect(refusal.data.toString()).toMatch(/volume data0 is not ready/);
    standIn.admits = RESULT.OK;
    client.send(option(GO, infoData('data0')));
    expect((await client.optionReplies(1)).at(-1)).toMatchObject({ type: 1 });
    client.close();
    standIn.admits = RESULT.NOT_READY;
    expect(await (await greeted(option(EXPORT_NAME, Buffer.from('data0')))).readAll()).toHaveLength(0);
  });

  test('is not asked for by LIST, ABORT or an unknown volume', async () => {
    standIn.holdsInquiries = true;
    const client = await greeted(option(LIST), option(GO, infoData('nowhere')), option(ABORT));
    expect((await client.optionReplies(3)).map((r) => r.type)).toEqual([2, 1, ERR_UNKNOWN, 1]);
    expect(standIn.held).toEqual([]);
    client.close();
  });
});
