/**
 * Clients that behave badly over real sockets, before a real array: one that stops reading, sends a byte a second, opens a
 * thousand connections, or dies in the middle of its data. Meanwhile others are served, and afterwards nothing is left.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IscsiServer } from '../../../adapters/channel/iscsi/server.js';
import { NbdServer } from '../../../adapters/channel/nbd/server.js';
import { FuzzedArray, VOLUME_BYTES } from '../../../tools/fuzz/array.js';
import { Initiator, TARGET } from './iscsi/initiator.js';
import { NbdClient, request } from './nbd-client.js';

const F = 0x80;
const READ = 0xc1;
const WRITE = 0xa1;
const CONNECTIONS = 1000;
const BLOCK = 4096;

let array: FuzzedArray;
let iscsi: IscsiServer;
let nbd: NbdServer;
let ports: { readonly iscsi: number; readonly nbd: number };
let sectors: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  array = new FuzzedArray();
  const port = array.array.hostPort;
  const common = { port, pump: array.pump, drain_ms: 5000 };
  const access = (): { group: number } => ({ group: 0 });
  // The watch is asked to look here, with times of our own.
  const target = { name: TARGET, portals: [], access };
  iscsi = new IscsiServer({ ...common, target, pins: 8, watch_ms: 3_600_000 });
  nbd = new NbdServer({ ...common, volumes: [{ name: 'data0', volume: 0, sectors: VOLUME_BYTES / 512 }] });
  array.flush = () => {
    iscsi.flush();
    nbd.flush();
  };
  const at = await Promise.all([iscsi.listen('127.0.0.1', 0), nbd.listen('127.0.0.1', 0)]);
  ports = { iscsi: at[0].port, nbd: at[1].port };
  sectors = port.transferSectorsFree;
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all([iscsi.close(), nbd.close()]);
  // But for the sector of the iSCSI front for logins, which it has given back by now.
  const { commandsUnderWay, tracksPromised, transferSectorsFree } = array.array.hostPort;
  const left = {
    commandsUnderWay,
    tracksPromised,
    sectors: transferSectorsFree - sectors,
    sessions: iscsi.records().length,
  };
  expect(left).toEqual({ commandsUnderWay: 0, tracksPromised: 0, sectors: 8, sessions: 0 });
  array.close();
});

const cdb = (operation: number, lba: number, count: number): number[] => [
  operation,
  0,
  0,
  0,
  lba >> 8,
  lba & 255,
  0,
  count >> 8,
  count & 255,
  0,
];
const bytesOf = (round: number): Buffer => Buffer.alloc(BLOCK, round + 1);

async function initiator(isid: string): Promise<Initiator> {
  const host = await Initiator.open(ports.iscsi);
  sockets.push(host.socket);
  host.isid = isid;
  await host.login(['InitialR2T=Yes', 'MaxRecvDataSegmentLength=262144']);
  host.command([0, 0, 0, 0, 0, 0], 0, F);
  await host.expect(0x21);
  return host;
}

/** A host that does nothing wrong: each round writes to its own place and reads it again. */
interface Honest {
  round(n: number): Promise<void>;
}

async function honestInitiator(): Promise<Honest> {
  const host = await initiator('400000000001');
  return {
    round: async (n) => {
      host.command(cdb(0x2a, 1024, 8), BLOCK, WRITE, { data: bytesOf(n) });
      expect((await host.expect(0x21)).header[3]).toBe(0);
      host.command(cdb(0x28, 1024, 8), BLOCK, READ);
      expect((await host.expect(0x25)).data.equals(bytesOf(n))).toBe(true);
    },
  };
}

async function honestClient(): Promise<Honest> {
  const client = await NbdClient.attach(ports.nbd);
  sockets.push(client.socket);
  return {
    round: async (n) => {
      const where = { offset: 1536 * 512, length: BLOCK };
      expect((await client.ask({ type: 1, ...where }, bytesOf(n))).errno).toBe(0);
      expect((await client.ask({ type: 0, ...where })).data.equals(bytesOf(n))).toBe(true);
    },
  };
}

const KINDS = [
  ['iSCSI', honestInitiator],
  ['NBD', honestClient],
] as const;

async function rounds(honest: Honest, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await honest.round(n);
}

async function silent(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

describe('one that stops reading with large reads outstanding', () => {
  test.each(KINDS)('%s: another is served', async (kind, open) => {
    const honest = await open();
    if (kind === 'iSCSI') {
      const bad = await initiator('400000000002');
      bad.socket.pause();
      for (let i = 0; i < 40; i++) bad.command(cdb(0x28, 0, 1024), 524_288, READ);
    } else {
      const bad = await NbdClient.attach(ports.nbd);
      sockets.push(bad.socket);
      bad.socket.pause();
      for (let i = 0; i < 40; i++) bad.send(request({ type: 0, offset: 0, length: 524_288, cookie: i }));
    }
    await rounds(honest, 40);
  });
});

describe('one that dies in the middle of its data', () => {
  test.each(KINDS)('%s: nothing of it is written, its memory is free, and another is served', async (kind, open) => {
    const honest = await open();
    const before = array.array.hostPort.transferSectorsFree;
    const half = Buffer.alloc(65_536, 0xbd);
    let socket: Socket;
    if (kind === 'iSCSI') {
      const bad = await initiator('400000000002');
      const itt = bad.command(cdb(0x2a, 0, 256), 131_072, WRITE);
      const ttt = (await bad.expect(0x31)).header.readUInt32BE(20);
      bad.dataOut(itt, ttt, 0, 0, half, false);
      socket = bad.socket;
    } else {
      const bad = await NbdClient.attach(ports.nbd);
      bad.send(request({ type: 1, offset: 0, length: 131_072 }), half);
      socket = bad.socket;
    }
    await rounds(honest, 5);
    expect(array.array.hostPort.transferSectorsFree).toBe(before - 256);
    socket.resetAndDestroy();
    while (array.array.hostPort.transferSectorsFree !== before) await rounds(honest, 1);
    const reader = await NbdClient.attach(ports.nbd);
    sockets.push(reader.socket);
    expect((await reader.ask({ type: 0, offset: 0, length: 131_072 })).data.equals(Buffer.alloc(131_072))).toBe(true);
  });
});

describe('a thousand connections that say nothing', () => {
  test.each(KINDS)('%s: who is in is served, and another comes in', async (kind, open) => {
    const port = kind === 'iSCSI' ? ports.iscsi : ports.nbd;
    const honest = await open();
    for (let i = 0; i < CONNECTIONS; i += 100) {
      await Promise.all(Array.from({ length: 100 }, () => silent(port)));
      await honest.round(i);
    }
    if (kind === 'NBD') await rounds(await honestClient(), 3);
    else {
      const late = await initiator('400000000003');
      late.command(cdb(0x28, 0, 8), BLOCK, READ);
      expect((await late.expect(0x25)).data).toHaveLength(BLOCK);
    }
    await rounds(honest, 3);
  });
});

describe('one that sends a byte a second', () => {
  /** A second passes: the watch looks, and others work. */
  async function secondsUntil(end: () => boolean, most: number, honest: Honest, each: () => void): Promise<number> {
    for (let s = 1; s <= most; s++) {
      each();
      await honest.round(s);
      iscsi.look(s * 1000);
      await honest.round(s);
      if (end()) return s;
    }
    return Number.POSITIVE_INFINITY;
  }

  test('of its login has 15 s for it', async () => {
    const honest = await honestInitiator();
    const socket = await silent(ports.iscsi);
    const closed = once(socket, 'close').then(() => undefined);
    const s = await secondsUntil(
      () => socket.destroyed,
      30,
      honest,
      () => socket.write(Buffer.of(0x43)),
    );
    await closed;
    expect(s).toBeLessThanOrEqual(18);
  });

  test('of a PDU has 60 s for it, and another is served meanwhile', async () => {
    const honest = await honestInitiator();
    const bad = await initiator('400000000002');
    const s = await secondsUntil(
      () => bad.closed,
      80,
      honest,
      () => bad.socket.write(Buffer.of(0x01)),
    );
    expect(s).toBeGreaterThan(45);
    expect(s).toBeLessThanOrEqual(64);
    expect(iscsi.records().map(({ isid }) => isid)).toEqual(['400000000001']);
  });
});
