/** Sessions over a real socket: how they begin and end, what they ask beside SCSI, and what one peer cannot do to others. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { bench } from './bench.js';
import { INITIATOR, Initiator, TARGET } from './initiator.js';

const F = 0x80;
const TUR = [0, 0, 0, 0, 0, 0];
const WRITE = 0xa0;
const NO_TAG = 0xffff_ffff;
const write10 = (sectors: number): number[] => [0x2a, 0, 0, 0, 0, 0, 0, sectors >> 8, sectors & 0xff, 0];

const isGood = async (host: Initiator): Promise<void> => {
  host.command(TUR, 0, F);
  expect((await host.expect(0x21)).header[3]).toBe(0);
};

/** The status that a login is answered with. */
async function statusOf(host: Initiator, pairs: string[], tsih = 0): Promise<number> {
  host.loginRequest(0x87, pairs, tsih);
  return (await host.expect(0x23)).header.readUInt16BE(36);
}

const ME = [`InitiatorName=${INITIATOR}`, `TargetName=${TARGET}`];

describe('beginning', () => {
  test('the array hears of the initiator port by its TransportID', async () => {
    const { port, server, login } = await bench();
    await isGood(await login());
    expect([...port.nexuses.values()]).toEqual([`${INITIATOR},i,0x400000000001`]);
    expect(server.records()).toMatchObject([
      { initiator: INITIATOR, kind: 'normal', commands: 1, underWay: 0, group: 0 },
    ]);
  });

  test('a new session of the same initiator port ends the old one and its commands first', async () => {
    const { port, login } = await bench();
    port.held = 0;
    const old = await login();
    old.command(TUR, 0, F);
    old.command(write10(8), 4096, WRITE);
    await old.expect(0x31);
    const host = await login();
    expect(await old.receive()).toBeUndefined();
    port.let();
    await isGood(host);
    expect(port.nexuses.size).toBe(1);
  });

  test('several portals lead to the same target', async () => {
    const { server, login, port } = await bench();
    const { port: at } = await server.listen('127.0.0.1', 0);
    await isGood(await login());
    const host = await Initiator.open(at);
    host.isid = '400000000002';
    await host.login();
    await isGood(host);
    expect(port.nexuses.size).toBe(2);
    await host.close();
  });

  test('sessions of two initiator ports stand side by side', async () => {
    const { port, login, open } = await bench();
    const one = await login();
    const two = await open();
    two.isid = '400000000002';
    await two.login();
    await isGood(one);
    await isGood(two);
    expect(port.nexuses.size).toBe(2);
  });

  test('two that log in as the same at once: one of them is left, and it works', async () => {
    const { port, open } = await bench();
    const hosts = [await open(), await open(), await open()];
    for (const host of hosts) host.loginRequest(0x87, ME);
    const answers = await Promise.all(hosts.map((host) => host.receive()));
    const left = hosts.filter((host, i) => answers[i] !== undefined && !host.closed);
    await isGood(left[left.length - 1]);
    expect(port.nexuses.size).toBe(1);
  });

  test.each([
    ['one that is', 1, 0x0208],
    ['one that is not', 77, 0x020a],
  ])('a connection cannot be added to a session: %s', async (_, tsih, status) => {
    const { login, open } = await bench();
    const first = await login();
    expect(await statusOf(await open(), ME, tsih)).toBe(status);
    await isGood(first);
  });

  test('more sessions than there may be are refused, by this server and by the array', async () => {
    const { port, open, login } = await bench({ server: { sessionsMax: 3 } });
    port.nexusesMax = 1;
    await login();
    const second = await open();
    second.isid = '400000000002';
    expect(await statusOf(second, ME)).toBe(0x0302);
    port.nexusesMax = 8;
    for (const isid of ['400000000003', '400000000004']) {
      const host = await open();
      host.isid = isid;
      await host.login();
    }
    const last = await open();
    last.isid = '400000000005';
    expect(await statusOf(last, ME)).toBe(0x0302);
    expect(await last.receive()).toBeUndefined();
  });

  test('anything but a login comes first: the connection ends', async () => {
    const { open } = await bench();
    const host = await open();
    host.ask(0x00, F, { 20: NO_TAG });
    expect(await host.receive()).toBeUndefined();
  });

  test('each of many that come and go leaves nothing behind', async () => {
    const { server, at } = await bench();
    for (let round = 0; round < 5; round++) {
      const hosts = await Promise.all(Array.from({ length: 10 }, () => Initiator.open(at)));
      for (const [i, host] of hosts.entries()) {
        host.isid = `40000000010${i}`;
        host.loginRequest(0x87, ME);
        if (i % 3 === 0) host.socket.destroy();
      }
      for (const [i, host] of hosts.entries()) if (i % 3 !== 0) await host.expect(0x23);
      for (const host of hosts) host.socket.destroy();
    }
    while (server.records().length > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('discovery', () => {
  test('who asks for targets is told where they are', async () => {
    const { open, at, server } = await bench();
    const host = await open();
    await host.login([], 'Discovery');
    const itt = host.ask(0x04, F, { 20: NO_TAG }, Buffer.from('SendTargets=All\0'));
    const { header, data } = await host.expect(0x24);
    expect(header.readUInt32BE(16)).toBe(itt);
    expect(header[1]).toBe(F);
    expect(data.toString()).toBe(`TargetName=${TARGET}\0TargetAddress=127.0.0.1:${at},1\0`);
    expect(server.records()).toMatchObject([{ kind: 'discovery' }]);
  });

  test('a discovery session has no SCSI', async () => {
    const { port, open } = await bench();
    const host = await open();
    await host.login([], 'Discovery');
    host.command(TUR, 0, F);
    expect((await host.expect(0x3f)).header[2]).toBe(0x04);
    host.ask(0x02, F | 1, {});
    expect((await host.expect(0x3f)).header[2]).toBe(0x04);
    expect(port.asked).toEqual([]);
  });
});

describe('text', () => {
  test.each(['SendTargetsAll', 'SendTargets=Alle', 'sENDtARGETS=aLL', 'SendTargets=All\0SendTargets=All'])(
    '%s is rejected, and the session goes on',
    async (text) => {
      const { login } = await bench();
      const host = await login();
      host.ask(0x04, F, { 20: NO_TAG }, Buffer.from(`${text}\0`));
      expect((await host.expect(0x3f)).header[2]).toBe(0x04);
      await isGood(host);
    },
  );

  test('keys: what is not known, what is over, and what may change', async () => {
    const { port, login } = await bench();
    const host = await login();
    port.volume.fill(5);
    const text = 'X-org.example.Q=1\0InitialR2T=No\0MaxRecvDataSegmentLength=1024\0';
    host.ask(0x04, F, { 20: NO_TAG }, Buffer.from(text));
    const { data } = await host.expect(0x24);
    expect(data.toString()).toBe('X-org.example.Q=NotUnderstood\0InitialR2T=Reject\0');
    host.command([0x28, 0, 0, 0, 0, 0, 0, 0, 4, 0], 2048, 0xc0);
    expect((await host.expect(0x25)).data).toHaveLength(1024);
  });

  test('a request of several PDUs, and an answer of several', async () => {
    const { login, open } = await bench({
      target: { portals: Array.from({ length: 90 }, (_, i) => `10.0.0.${i}:3260`) },
    });
    await login();
    const host = await open();
    host.isid = '400000000009';
    await host.login(['MaxRecvDataSegmentLength=512']);
    const itt = host.ask(0x04, 0x40, { 20: NO_TAG }, Buffer.from('SendTar'));
    const more = await host.expect(0x24);
    expect(more.header[1]).toBe(0);
    let ttt = more.header.readUInt32BE(20);
    host.send({ opcode: 0x44, flags: F, words: { 16: itt, 20: ttt, 24: host.cmdSn }, data: Buffer.from('gets=All\0') });
    const parts: Buffer[] = [];
    for (;;) {
      const { header, data } = await host.expect(0x24);
      parts.push(data);
      if (header[1] === F) break;
      expect(header[1]).toBe(0x40);
      expect(data).toHaveLength(512);
      ttt = header.readUInt32BE(20);
      host.send({ opcode: 0x44, flags: F, words: { 16: itt, 20: ttt, 24: host.cmdSn } });
    }
    const told = Buffer.concat(parts).toString().split('\0');
    expect(told.filter((pair) => pair.startsWith('TargetAddress='))).toHaveLength(90);
  });

  test('one that never ends is rejected', async () => {
    const { login } = await bench();
    const host = await login();
    const itt = host.ask(0x04, 0x40, { 20: NO_TAG }, Buffer.alloc(10_000, 65));
    await host.expect(0x24);
    host.send({ opcode: 0x44, flags: 0x40, words: { 16: itt, 20: 1, 24: host.cmdSn }, data: Buffer.alloc(10_000, 65) });
    expect((await host.expect(0x3f)).header[2]).toBe(0x0a);
    await isGood(host);
  });
});

describe('pings', () => {
  test.each([0, 5, 4096, 100_000])('%i bytes come back, as far as the initiator takes them', async (bytes) => {
    const { login } = await bench();
    const host = await login('DataDigest=CRC32C', 'MaxRecvDataSegmentLength=65536');
    const data = Buffer.alloc(bytes, 'ping');
    const itt = host.ask(0x00, F, { 20: NO_TAG }, data);
    const answer = await host.expect(0x20);
    expect(answer.header.readUInt32BE(16)).toBe(itt);
    expect(answer.data).toEqual(data.subarray(0, 65_536));
  });

  test('a silent initiator is asked for a sign, and dropped without one', async () => {
    const { port, login, open } = await bench({ server: { idle_ms: 20, ping_ms: 60, watch_ms: 5 } });
    const silent = await login();
    const other = await open();
    other.isid = '400000000002';
    await other.login();
    const answering = (async () => {
      while (port.nexuses.size === 2) {
        const ping = await other.expect(0x20);
        expect(ping.header.readUInt32BE(16)).toBe(NO_TAG);
        other.ask(0x00, F, { 16: NO_TAG, 20: ping.header.readUInt32BE(20) });
      }
    })();
    expect((await silent.expect(0x20)).header.readUInt32BE(16)).toBe(NO_TAG);
    expect(await silent.receive()).toBeUndefined();
    await answering;
    expect(other.closed).toBe(false);
  });
});

describe('task management', () => {
  const manage = async (host: Initiator, what: number, more: Record<number, number> = {}): Promise<number> => {
    const itt = host.ask(0x02, F | what, { 20: NO_TAG, ...more });
    const { header } = await host.expect(0x22);
    expect(header.readUInt32BE(16)).toBe(itt);
    return header[2];
  };

  test('ABORT TASK of a command whose data is awaited ends here', async () => {
    const { port, login } = await bench();
    const host = await login();
    const itt = host.command(write10(8), 4096, WRITE);
    const ttt = (await host.expect(0x31)).header.readUInt32BE(20);
    expect(await manage(host, 1, { 20: itt, 32: host.cmdSn - 1 })).toBe(0);
    expect(port.managed).toEqual([]);
    // Its data, if it was on its way, is nobody's.
    host.dataOut(itt, ttt, 0, 0, Buffer.alloc(4096), true);
    await isGood(host);
    expect(port.asked).toHaveLength(1);
  });

  test("ABORT TASK of one that the array works at is the array's", async () => {
    const { port, login } = await bench();
    port.held = 0;
    const host = await login();
    const itt = host.command(TUR, 0, F);
    expect(await manage(host, 1, { 20: itt, 32: host.cmdSn - 1 })).toBe(0);
    expect(port.managed).toMatchObject([{ taskFunction: 1 }]);
    expect(port.commandsUnderWay).toBe(0);
  });

  test('ABORT TASK of one that is over, and of one that can only be to come', async () => {
    const { login } = await bench();
    const host = await login();
    const itt = host.command(TUR, 0, F);
    await host.expect(0x21);
    expect(await manage(host, 1, { 20: itt, 32: host.cmdSn - 1 })).toBe(1);
    host.cmdSn += 2;
    expect(await manage(host, 1, { 20: 0x999, 32: host.cmdSn - 2 })).toBe(0);
  });

  test('ABORT TASK of one that came before its turn, and of one that has not come: neither ever runs', async () => {
    const { port, login } = await bench();
    const host = await login();
    const first = host.cmdSn;
    host.cmdSn = first + 1;
    const held = host.command(write10(8), 4096, WRITE);
    host.cmdSn = first + 3;
    expect(await manage(host, 1, { 20: held, 32: first + 1 })).toBe(0);
    expect(await manage(host, 1, { 20: held + 50, 32: first + 2 })).toBe(0);
    host.cmdSn = first;
    await isGood(host);
    // Its number has had its turn.
    host.cmdSn = first + 2;
    host.command(write10(8), 4096, WRITE);
    await isGood(host);
    expect(port.asked).toEqual([TUR, TUR].map((cdb) => [...cdb, ...Array<number>(10).fill(0)]));
  });

  test('ABORT TASK with a number beyond the window ends nothing and keeps nothing', async () => {
    const { port, login } = await bench({ server: { depth: 4 } });
    const host = await login();
    const first = host.cmdSn;
    host.cmdSn = first + 500;
    expect(await manage(host, 1, { 20: 0x999, 32: first + 100 })).toBe(1);
    host.cmdSn = first;
    for (let i = 0; i < 101; i++) await isGood(host);
    expect(port.asked).toHaveLength(101);
  });

  test.each([
    ['ABORT TASK SET', 2],
    ['LOGICAL UNIT RESET', 5],
    ['TARGET WARM RESET', 6],
  ])('%s ends all commands before it, wherever they are, and is answered after that', async (_, what) => {
    const { port, login } = await bench();
    port.held = 0;
    const host = await login();
    host.command(TUR, 0, F);
    host.command(write10(8), 4096, WRITE);
    await host.expect(0x31);
    expect(await manage(host, what)).toBe(0);
    expect(port.commandsUnderWay).toBe(0);
    port.let();
    await isGood(host);
  });

  test.each([
    ['ABORT TASK SET', 2, 0],
    ['ABORT TASK', 1, 1],
  ])('a command that ends by itself all the same is answered before %s is', async (_, what, response) => {
    const { port, login } = await bench();
    port.held = 0;
    port.abortsLate = true;
    const host = await login();
    const itt = host.command(TUR, 0, F);
    host.ask(0x02, F | what, { 20: what === 1 ? itt : NO_TAG, 32: host.cmdSn - 1 });
    expect((await host.expect(0x21)).header.readUInt32BE(16)).toBe(itt);
    expect((await host.expect(0x22)).header[2]).toBe(response);
  });

  test('a unit that is not there is told by the array', async () => {
    const { login } = await bench();
    const host = await login();
    expect(await manage(host, 5, { 8: 0x0063_0000 })).toBe(2);
  });

  test.each([
    [8, 4],
    [9, 255],
    [0, 255],
  ])('function %i: response %i', async (what, response) => {
    const { login } = await bench();
    const host = await login();
    expect(await manage(host, what)).toBe(response);
  });

  test('TARGET COLD RESET ends all sessions', async () => {
    const { login, open } = await bench();
    const other = await open();
    other.isid = '400000000002';
    await other.login();
    const host = await login();
    expect(await manage(host, 7)).toBe(0);
    expect(await host.receive()).toBeUndefined();
    expect(await other.receive()).toBeUndefined();
  });
});

describe('end', () => {
  test.each([
    ['the session', 0, 0],
    ['the connection', 1, 0],
  ])('logout of %s is answered when its commands have ended, without answers', async (_, reason, response) => {
    const { port, login } = await bench();
    port.held = 0;
    const host = await login();
    host.command(TUR, 0, F);
    host.command(write10(8), 4096, WRITE);
    await host.expect(0x31);
    host.ask(0x06, F | reason, { 20: 0 });
    expect((await host.expect(0x26)).header[2]).toBe(response);
    expect(port.commandsUnderWay).toBe(0);
    expect(port.nexuses.size).toBe(0);
    expect(await host.receive()).toBeUndefined();
  });

  test.each([
    ['for recovery', 2, 0, 2],
    ['of another connection', 1, 7 << 16, 1],
  ])('logout %s is refused, and the session goes on', async (_, reason, cid, response) => {
    const { login } = await bench();
    const host = await login();
    host.ask(0x06, F | reason, { 20: cid });
    expect((await host.expect(0x26)).header[2]).toBe(response);
    await isGood(host);
  });

  test('an initiator that dies in the middle of its data changes nothing', async () => {
    const { port, login, server } = await bench();
    const host = await login();
    const itt = host.command(write10(256), 131_072, WRITE);
    const ttt = (await host.expect(0x31)).header.readUInt32BE(20);
    const header = Buffer.alloc(48);
    header[0] = 5;
    header[1] = F;
    header.writeUInt32BE(131_072, 4);
    header.writeUInt32BE(itt, 16);
    header.writeUInt32BE(ttt, 20);
    host.socket.write(Buffer.concat([header, Buffer.alloc(100_000, 1)]));
    await isStill(() => server.records()[0]?.commands === 1);
    host.socket.destroy();
    while (server.records().length > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(port.asked).toEqual([]);
    expect(port.volume.some((byte) => byte !== 0)).toBe(false);
  });

  test('the server says that it goes, after it has answered what was under way', async () => {
    const { port, server, login } = await bench();
    port.held = 0;
    const host = await login();
    host.command(TUR, 0, F);
    await isStill(() => port.commandsUnderWay === 1);
    const closed = server.close();
    port.let();
    await host.expect(0x21);
    const { header } = await host.expect(0x32);
    expect(header[36]).toBe(3);
    expect(await host.receive()).toBeUndefined();
    await closed;
  });

  async function isStill(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  }
});

describe('wrong PDUs', () => {
  test.each([
    ['SNACK', 0x10, 0x03],
    ['an opcode that is none', 0x1c, 0x05],
    ['a second login', 0x03, 0x04],
  ])('%s is rejected, with its header', async (_, opcode, reason) => {
    const { login } = await bench();
    const host = await login();
    host.ask(opcode, F, {});
    const { header, data } = await host.expect(0x3f);
    expect(header[2]).toBe(reason);
    expect(data).toHaveLength(48);
    expect(data[0] & 0x3f).toBe(opcode);
    await isGood(host);
  });

  test('more data in a PDU than this target takes ends the connection', async () => {
    const { login } = await bench({ server: { receive_bytes: 4096 } });
    const host = await login();
    host.ask(0x00, F, { 20: NO_TAG }, Buffer.alloc(4100));
    expect(await host.receive()).toBeUndefined();
  });
});

describe('others', () => {
  test('who opens connections and says nothing keeps nobody out', async () => {
    const { at, login } = await bench({ server: { loginsMax: 8 } });
    const idle = Array.from({ length: 200 }, () => connect(at, '127.0.0.1'));
    for (const socket of idle) socket.on('error', () => undefined);
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    await isGood(await login());
    for (const socket of idle) socket.destroy();
  });

  test('who does not get through login in time is dropped', async () => {
    const { open } = await bench({ server: { login_ms: 30, watch_ms: 5 } });
    const host = await open();
    host.loginRequest(0x04, ME);
    await host.expect(0x23);
    expect(await host.receive()).toBeUndefined();
  });

  test('who begins a PDU and sends it byte by byte is dropped, whatever it sends', async () => {
    const { login } = await bench({ server: { pdu_ms: 60, watch_ms: 5 } });
    const host = await login();
    const drip = setInterval(() => host.socket.write(Buffer.alloc(1)), 5);
    expect(await host.receive()).toBeUndefined();
    clearInterval(drip);
  });

  test('who holds memory that others wait for and sends nothing is dropped', async () => {
    const { port, login, open } = await bench({ port: { transferSectors: 72 }, server: { stall_ms: 40, watch_ms: 5 } });
    const host = await login();
    for (let i = 0; i < 2; i++) {
      host.command(write10(32), 16_384, WRITE);
      await host.expect(0x31);
    }
    const other = await open();
    other.isid = '400000000002';
    await other.login().catch(() => undefined);
    other.command(write10(1), 512, WRITE, { data: Buffer.alloc(512, 1) });
    expect((await other.expect(0x21)).header[3]).toBe(0);
    expect(await host.receive()).toBeUndefined();
    expect(port.volume[0]).toBe(1);
  });

  test('who stops reading is asked for no more, and others are served', async () => {
    const { port, login, open } = await bench({ port: { slots: 64 } });
    const host = await login('MaxRecvDataSegmentLength=262144');
    host.socket.pause();
    for (let i = 0; i < 100; i++) host.command([0x28, 0, 0, 0, 0, 0, 0, 2, 0, 0], 262_144, 0xc0);
    const other = await open();
    other.isid = '400000000002';
    await other.login();
    for (let i = 0; i < 50; i++) await isGood(other);
    const reads = (): number => port.asked.filter(([operation]) => operation === 0x28).length;
    expect(reads()).toBeLessThan(60);
    host.socket.resume();
    for (let ended = 0; ended < 100; ) {
      const { header } = await host.expect(0x25);
      if ((header[1] & 1) !== 0) ended += 1;
    }
    expect(reads()).toBe(100);
  });

  test('who asks again and again and never reads is left in its socket', async () => {
    const { login, server, open } = await bench();
    const host = await login('MaxRecvDataSegmentLength=262144');
    host.socket.pause();
    let sent = 0;
    // Far more than the sockets between the two can hold.
    for (; sent < 200; sent++) host.ask(0x00, F, { 20: NO_TAG }, Buffer.alloc(250_000));
    const other = await open();
    other.isid = '400000000002';
    await other.login();
    for (let i = 0; i < 100; i++) await isGood(other);
    expect(host.socket.writableLength).toBeGreaterThan(20_000_000);
    host.socket.resume();
    for (; sent > 0; sent--) expect((await host.expect(0x20)).data).toHaveLength(250_000);
    expect(server.records()).toHaveLength(2);
  });

  test('commands for immediate delivery have a bound of their own', async () => {
    const { port, login } = await bench({ server: { depth: 2 } });
    port.held = 0;
    const host = await login();
    for (let i = 0; i < 9; i++) host.command(TUR, 0, F, { opcode: 0x41, words: { 24: host.cmdSn } });
    expect((await host.expect(0x3f)).header[2]).toBe(0x06);
    port.let();
    for (let i = 0; i < 8; i++) await host.expect(0x21);
  });

  /** Two writes of a session hold all memory there is; their data comes when it is told to. */
  async function full(host: Initiator): Promise<(() => Promise<void>)[]> {
    const itts = [host.command(write10(32), 16_384, WRITE), host.command(write10(32), 16_384, WRITE)];
    const ttts = [await host.expect(0x31), await host.expect(0x31)].map(({ header }) => header.readUInt32BE(20));
    return itts.map((itt, i) => async () => {
      host.dataOut(itt, ttts[i], 0, 0, Buffer.alloc(16_384), true);
      const { header } = await host.expect(0x21);
      expect([header.readUInt32BE(16), header[3]]).toEqual([itt, 0]);
    });
  }

  test('immediate data waits aside for memory that commands before it hold', async () => {
    const { port, login } = await bench({ port: { transferSectors: 72 } });
    const host = await login();
    const [one, two] = await full(host);
    const data = Buffer.alloc(1024, 6);
    const itt = host.command(write10(2), 1024, WRITE, { data: data.subarray(0, 600) });
    const dropped = host.command(write10(2), 1024, WRITE, { data: Buffer.alloc(600, 7) });
    host.ask(0x02, F | 1, { 20: dropped, 32: host.cmdSn - 1 });
    expect((await host.expect(0x22)).header[2]).toBe(0);
    await one();
    const { header } = await host.expect(0x31);
    await two();
    expect([header.readUInt32BE(16), header.readUInt32BE(40), header.readUInt32BE(44)]).toEqual([itt, 600, 424]);
    host.dataOut(itt, header.readUInt32BE(20), 0, 600, data.subarray(600), true);
    expect((await host.expect(0x21)).header[3]).toBe(0);
    expect(port.volume.subarray(0, 1024)).toEqual(data);
  });

  test('what comes unasked and cannot be kept is answered TASK SET FULL', async () => {
    const { login } = await bench({ port: { transferSectors: 72 } });
    const host = await login('InitialR2T=No');
    const [one, two] = await full(host);
    const itt = host.command(write10(2), 1024, 0x20, { data: Buffer.alloc(512) });
    expect((await host.expect(0x21)).header[3]).toBe(0x28);
    host.dataOut(itt, NO_TAG, 0, 512, Buffer.alloc(512), true);
    await one();
    await two();
  });
});
