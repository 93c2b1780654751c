/** SCSI commands over a real socket: data both ways, numbers, residuals, and what is wrong with them. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bench } from './bench.js';
import type { Initiator, Pdu } from './initiator.js';

const GOOD = 0;
const READ = 0xc0;
const WRITE = 0xa0;
const F = 0x80;

const read10 = (lba: number, sectors: number): number[] => [
  0x28,
  0,
  0,
  0,
  lba >> 8,
  lba & 0xff,
  0,
  sectors >> 8,
  sectors & 0xff,
  0,
];
const write10 = (lba: number, sectors: number): number[] => [0x2a, ...read10(lba, sectors).slice(1)];
const TUR = [0, 0, 0, 0, 0, 0];

/** Data-Ins of one read up to its status. */
async function dataOf(host: Initiator): Promise<{ data: Buffer; pdus: Pdu[] }> {
  const pdus: Pdu[] = [];
  for (;;) {
    const pdu = await host.expect(0x25);
    pdus.push(pdu);
    if ((pdu.header[1] & 1) !== 0) return { data: Buffer.concat(pdus.map((one) => one.data)), pdus };
  }
}

async function senseOf(host: Initiator): Promise<string> {
  const { header, data } = await host.expect(0x21);
  expect(header[3]).toBe(2);
  return Buffer.of(data[4] & 0x0f, data[14], data[15]).toString('hex');
}

describe('reads', () => {
  test('small data comes in one PDU with its status', async () => {
    const { port, login } = await bench();
    port.volume.set(randomBytes(4096), 1024);
    const host = await login();
    const itt = host.command(read10(2, 8), 4096, READ);
    const { data, pdus } = await dataOf(host);
    expect(data).toEqual(port.volume.subarray(1024, 5120));
    expect(pdus).toHaveLength(1);
    expect(pdus[0].header[1]).toBe(0x81);
    expect(pdus[0].header.readUInt32BE(16)).toBe(itt);
  });

  test.each([
    ['None', 8192, 4096],
    ['CRC32C', 8192, 65_536],
    ['None', 262_144, 131_072],
    ['CRC32C', 512, 1024],
  ])(
    'large data is cut by both lengths (digests %s, PDUs of %i, bursts of %i)',
    async (digest, pduBytes, burstBytes) => {
      const { port, login } = await bench({ port: { slots: 4 } });
      port.volume.set(randomBytes(1024 * 1024));
      const host = await login(
        `HeaderDigest=${digest}`,
        `DataDigest=${digest}`,
        `MaxRecvDataSegmentLength=${pduBytes}`,
        `MaxBurstLength=${burstBytes}`,
      );
      host.command(read10(3, 2000), 2000 * 512, READ);
      const { data, pdus } = await dataOf(host);
      expect(data.equals(port.volume.subarray(3 * 512, 2003 * 512))).toBe(true);
      let offset = 0;
      let burst = 0;
      for (const [i, { header, data: part }] of pdus.entries()) {
        expect(part.length).toBeLessThanOrEqual(pduBytes);
        expect(header.readUInt32BE(36)).toBe(i);
        expect(header.readUInt32BE(40)).toBe(offset);
        offset += part.length;
        burst += part.length;
        expect(burst).toBeLessThanOrEqual(burstBytes);
        if ((header[1] & F) !== 0) burst = 0;
      }
      expect(burst).toBe(0);
    },
  );

  test.each([
    [0, 0x84, 4096],
    [200, 0x84, 3896],
    [4096, 0x80, 0],
    [10_000, 0x82, 5904],
  ])('of 4096 bytes where %i are expected: flags and residual', async (expected, flags, residual) => {
    const { port, login } = await bench();
    port.volume.set(randomBytes(4096));
    const host = await login();
    host.command(read10(0, 8), expected, READ);
    const pdu = await host.expect(expected === 0 ? 0x21 : 0x25);
    expect(pdu.header[1] & 0x86).toBe(flags);
    expect(pdu.header.readUInt32BE(44)).toBe(residual);
    if (expected > 0) expect(pdu.data).toEqual(port.volume.subarray(0, Math.min(expected, 4096)));
  });

  test('parameter data that stands in memory for a moment only', async () => {
    const { login } = await bench();
    const host = await login();
    host.command([0x12, 0, 0, 0, 255, 0], 255, READ);
    const { data, pdus } = await dataOf(host);
    expect(data.toString('latin1', 8, 15)).toBe('ARRAYLA');
    expect(pdus[0].header[1]).toBe(0x83);
    expect(pdus[0].header.readUInt32BE(44)).toBe(255 - 36);
  });

  test('a command that the array refuses ends with its sense data', async () => {
    const { login } = await bench();
    const host = await login();
    host.command([0xff, 0, 0, 0, 0, 0], 512, READ);
    expect(await senseOf(host)).toBe('052000');
  });
});

describe('writes', () => {
  const lengths = ['MaxBurstLength=8192', 'FirstBurstLength=4096'];

  test('immediate data alone', async () => {
    const { port, login } = await bench();
    const host = await login();
    const data = randomBytes(4096);
    host.command(write10(5, 8), 4096, WRITE, { data });
    const { header } = await host.expect(0x21);
    expect(header[3]).toBe(GOOD);
    expect(port.volume.subarray(2560, 2560 + 4096)).toEqual(data);
  });

  test.each(['None', 'CRC32C'])('immediate, unsolicited and solicited data (digests %s)', async (digest) => {
    const { port, login } = await bench();
    const host = await login(...lengths, 'InitialR2T=No', `HeaderDigest=${digest}`, `DataDigest=${digest}`);
    const data = randomBytes(20 * 1024);
    const itt = host.command(write10(9, 40), data.length, 0x20, { data: data.subarray(0, 1024) });
    host.dataOut(itt, 0xffff_ffff, 0, 1024, data.subarray(1024, 2048), false);
    host.dataOut(itt, 0xffff_ffff, 1, 2048, data.subarray(2048, 4096), true);
    for (const [from, length] of [
      [4096, 8192],
      [12_288, 8192],
    ]) {
      const { header } = await host.expect(0x31);
      expect([header.readUInt32BE(40), header.readUInt32BE(44)]).toEqual([from, length]);
      const ttt = header.readUInt32BE(20);
      host.dataOut(itt, ttt, 0, from, data.subarray(from, from + 5000), false);
      host.dataOut(itt, ttt, 1, from + 5000, data.subarray(from + 5000, from + length), true);
    }
    const { header } = await host.expect(0x21);
    expect(header[3]).toBe(GOOD);
    // Two R2Ts there were.
    expect(header.readUInt32BE(36)).toBe(2);
    expect(port.volume.subarray(9 * 512, 49 * 512).equals(data)).toBe(true);
  });

  test('as many R2Ts at once as the initiator takes, answered in their order', async () => {
    const { port, login } = await bench();
    const host = await login(...lengths, 'MaxOutstandingR2T=2');
    const data = randomBytes(20 * 1024);
    const itt = host.command(write10(0, 40), data.length, WRITE);
    const asked = [await host.expect(0x31), await host.expect(0x31)];
    for (let i = 0; i < 3; i++) {
      const { header } = asked[i];
      const [ttt, from, length] = [20, 40, 44].map((at) => header.readUInt32BE(at));
      host.dataOut(itt, ttt, 0, from, data.subarray(from, from + length), true);
      if (i === 0) asked.push(await host.expect(0x31));
    }
    expect((await host.expect(0x21)).header[3]).toBe(GOOD);
    expect(port.volume.subarray(0, data.length).equals(data)).toBe(true);
  });

  test('large data goes straight to its place, whatever the pieces', async () => {
    const { port, login } = await bench();
    const host = await login('DataDigest=CRC32C', 'MaxBurstLength=262144');
    const data = randomBytes(200_000);
    const itt = host.command(write10(0, 391), data.length, WRITE);
    const { header } = await host.expect(0x31);
    host.dataOut(itt, header.readUInt32BE(20), 0, 0, data.subarray(0, 99_999), false);
    host.dataOut(itt, header.readUInt32BE(20), 1, 99_999, data.subarray(99_999), true);
    expect((await host.expect(0x21)).header[3]).toBe(GOOD);
    expect(port.volume.subarray(0, data.length).equals(data)).toBe(true);
  });

  test('more is expected than the array can collect: only so much is asked for', async () => {
    const { port, login } = await bench({ port: { transferSectors: 72 } });
    const host = await login();
    host.command(write10(0, 1), 10_000_000, WRITE);
    const { header } = await host.expect(0x31);
    expect(header.readUInt32BE(44)).toBe(16 * 1024);
    host.dataOut(host.itt, header.readUInt32BE(20), 0, 0, Buffer.alloc(16 * 1024, 7), true);
    const response = (await host.expect(0x21)).header;
    expect(response[1]).toBe(0x82);
    expect(response.readUInt32BE(44)).toBe(10_000_000 - 512);
    expect(port.volume[511]).toBe(7);
    expect(port.volume[512]).toBe(0);
  });

  test('many that want more memory than there is are served one after the other', async () => {
    const { port, login, open } = await bench({ port: { transferSectors: 72 } });
    const hosts = [await login('MaxBurstLength=16384'), await open()];
    hosts[1].isid = '400000000002';
    await hosts[1].login(['MaxBurstLength=16384']);
    const run = async (host: Initiator, base: number): Promise<void> => {
      for (let i = 0; i < 10; i++) host.command(write10(base + 32 * i, 32), 16_384, WRITE);
      for (let ended = 0; ended < 10; ) {
        const pdu = await host.receive();
        if (pdu?.opcode === 0x21) ended += 1;
        if (pdu?.opcode !== 0x31) continue;
        const { header } = pdu;
        host.dataOut(header.readUInt32BE(16), header.readUInt32BE(20), 0, 0, Buffer.alloc(16_384, 9), true);
      }
    };
    await Promise.all([run(hosts[0], 0), run(hosts[1], 1000)]);
    expect(port.volume.subarray(0, 320 * 512).every((byte) => byte === 9)).toBe(true);
    expect(port.volume.subarray(1000 * 512, 1320 * 512).every((byte) => byte === 9)).toBe(true);
  });
});

describe('wrong data', () => {
  test.each([
    ['27', [27]],
    ['0 twice', [0, 0]],
    ['1 before 0', [1, 0]],
  ])('numbers of Data-Outs: %s', async (_, numbers) => {
    const { port, login } = await bench();
    const host = await login();
    const itt = host.command(write10(0, numbers.length), 512 * numbers.length, WRITE);
    const ttt = (await host.expect(0x31)).header.readUInt32BE(20);
    for (const [i, n] of numbers.entries()) {
      host.dataOut(itt, ttt, n, 512 * i, Buffer.alloc(512, 1), i === numbers.length - 1);
    }
    expect(await senseOf(host)).toBe('0b4705');
    expect(port.asked).toEqual([]);
    host.command(TUR, 0, F);
    expect((await host.expect(0x21)).header[3]).toBe(GOOD);
  });

  test('a broken digest of Data-Out is told, and the command ends when the rest has come', async () => {
    const { port, login } = await bench();
    const host = await login('DataDigest=CRC32C');
    const itt = host.command(write10(0, 2), 1024, WRITE);
    const ttt = (await host.expect(0x31)).header.readUInt32BE(20);
    host.dataOut(itt, ttt, 0, 0, Buffer.alloc(512, 1), false, { spoil: 'data' });
    const { header, data } = await host.expect(0x3f);
    expect(header[2]).toBe(0x02);
    expect(data[0]).toBe(0x05);
    host.dataOut(itt, ttt, 1, 512, Buffer.alloc(512, 1), true);
    expect(await senseOf(host)).toBe('0b4705');
    expect(port.asked).toEqual([]);
  });

  test('a broken digest of immediate data is told, and the session ends: nothing can take the place of the command', async () => {
    const { port, login } = await bench();
    const host = await login('DataDigest=CRC32C');
    host.command(write10(0, 1), 512, WRITE, { data: Buffer.alloc(512, 1), spoil: 'data' });
    expect((await host.expect(0x3f)).header[2]).toBe(0x02);
    expect(await host.receive()).toBeUndefined();
    expect(port.asked).toEqual([]);
  });

  test('a broken digest of a command for immediate delivery: it was never there', async () => {
    const { login } = await bench();
    const host = await login('DataDigest=CRC32C');
    const words = { 24: host.cmdSn };
    host.command(write10(0, 1), 512, WRITE, { opcode: 0x41, data: Buffer.alloc(512, 1), spoil: 'data', words });
    host.cmdSn -= 1;
    expect((await host.expect(0x3f)).header[2]).toBe(0x02);
    host.command(TUR, 0, F);
    expect((await host.expect(0x21)).header[3]).toBe(GOOD);
  });

  test('a broken digest of a header ends the connection', async () => {
    const { login } = await bench();
    const host = await login('HeaderDigest=CRC32C');
    host.command(TUR, 0, F, { spoil: 'header' });
    expect(await host.receive()).toBeUndefined();
  });

  test.each<[string, (host: Initiator, itt: number, ttt: number) => void]>([
    ['beyond what was asked for', (host, itt, ttt) => host.dataOut(itt, ttt, 0, 0, Buffer.alloc(1536), true)],
    ['from another place', (host, itt, ttt) => host.dataOut(itt, ttt, 0, 512, Buffer.alloc(512), true)],
    ['less than was asked for', (host, itt, ttt) => host.dataOut(itt, ttt, 0, 0, Buffer.alloc(512), true)],
    ['all, and more to come', (host, itt, ttt) => host.dataOut(itt, ttt, 0, 0, Buffer.alloc(1024), false)],
    ['for another R2T', (host, itt, ttt) => host.dataOut(itt, ttt + 1024, 0, 0, Buffer.alloc(1024), true)],
    ['that was not asked for', (host, itt) => host.dataOut(itt, 0xffff_ffff, 0, 0, Buffer.alloc(1024), true)],
  ])('data %s is a violation: it is told, and the session ends', async (_, violate) => {
    const { port, login } = await bench();
    const host = await login();
    const itt = host.command(write10(0, 2), 1024, WRITE);
    violate(host, itt, (await host.expect(0x31)).header.readUInt32BE(20));
    expect((await host.expect(0x3f)).header[2]).toBe(0x04);
    expect(await host.receive()).toBeUndefined();
    expect(port.asked).toEqual([]);
  });

  test("data of a command that is over is nobody's", async () => {
    const { login } = await bench();
    const host = await login();
    host.dataOut(77, 1024, 0, 0, Buffer.alloc(512), true);
    host.command(TUR, 0, F);
    expect((await host.expect(0x21)).header[3]).toBe(GOOD);
  });

  test.each<[string, string[], number, number]>([
    ['immediate data that was not agreed on', ['ImmediateData=No'], WRITE, 512],
    ['more of it than the first burst', ['FirstBurstLength=512'], WRITE, 1024],
    ['data of a command that does not write', [], READ, 512],
    ['unsolicited data that was not agreed on', ['InitialR2T=Yes'], 0x20, 0],
  ])('%s ends the command', async (_, pairs, flags, bytes) => {
    const { port, login } = await bench();
    const host = await login(...pairs);
    host.command(write10(0, 4), 2048, flags, { data: Buffer.alloc(bytes, 1) });
    expect(await senseOf(host)).toBe('0b0c0c');
    expect(port.asked).toEqual([]);
  });
});

describe('numbers', () => {
  test('every answer tells a status number one higher, and a window', async () => {
    const { login } = await bench({ server: { depth: 4 } });
    const host = await login();
    const numbers: number[] = [];
    for (let i = 0; i < 3; i++) {
      host.command(TUR, 0, F);
      const { header } = await host.expect(0x21);
      numbers.push(header.readUInt32BE(24));
      expect(header.readUInt32BE(28)).toBe(host.cmdSn);
      expect(header.readUInt32BE(32)).toBe(host.cmdSn + 3);
    }
    expect(numbers.map((n) => n - numbers[0])).toEqual([0, 1, 2]);
  });

  test.each([-1, 4])('a command %i from the expected is ignored where the window has four', async (distance) => {
    const { port, login } = await bench({ server: { depth: 4 } });
    const host = await login();
    host.command(TUR, 0, F);
    await host.expect(0x21);
    const right = host.cmdSn;
    host.cmdSn = right + distance;
    host.command([0xff], 0, F);
    host.cmdSn = right;
    // Nor is it kept until its number comes.
    for (let i = 0; i < 5; i++) {
      host.command(TUR, 0, F);
      expect((await host.expect(0x21)).header[3]).toBe(GOOD);
    }
    expect(port.asked).toHaveLength(6);
  });

  test('the last Data-In of a read that gives less than was expected ends its sequence', async () => {
    const { port, login } = await bench();
    port.endsLate = true;
    const host = await login();
    host.command(read10(0, 4), 8192, READ);
    const { header, data } = await host.expect(0x25);
    expect([header[1], data.length]).toEqual([F, 2048]);
    expect((await host.expect(0x21)).header.readUInt32BE(44)).toBe(8192 - 2048);
  });

  test('a long read gives back the slots that it was given, while it waits for more', async () => {
    const { port, login } = await bench({ port: { slots: 1 } });
    port.volume.fill(7);
    const host = await login('MaxRecvDataSegmentLength=65536', 'MaxBurstLength=1048576');
    host.command(read10(0, 384), 196_608, READ);
    expect((await dataOf(host)).data.equals(Buffer.alloc(196_608, 7))).toBe(true);
  });

  test('commands that come out of order are taken in order, with their data', async () => {
    const { port, login } = await bench();
    const host = await login('InitialR2T=No');
    const first = host.cmdSn;
    host.cmdSn = first + 1;
    const data = randomBytes(1024);
    const itt = host.command(write10(0, 2), 1024, 0x20, { data: data.subarray(0, 512) });
    host.dataOut(itt, 0xffff_ffff, 0, 512, data.subarray(512), true);
    host.command(read10(0, 2), 1024, READ);
    host.cmdSn = first;
    host.command(TUR, 0, F);
    expect((await host.expect(0x21)).header.readUInt32BE(16)).toBe(itt + 2);
    await host.expect(0x21);
    expect((await dataOf(host)).data).toEqual(data);
    expect(port.asked.map(([operation]) => operation)).toEqual([0, 0x2a, 0x28]);
  });

  test('who keeps too much out of order loses the connection', async () => {
    const { login } = await bench();
    const host = await login();
    host.cmdSn += 1;
    for (let i = 0; i < 20; i++) host.command(write10(0, 256), 131_072, WRITE, { data: Buffer.alloc(131_072) });
    expect(await host.receive()).toBeUndefined();
  });

  test('a task tag that is under way cannot be used again', async () => {
    const { port, login } = await bench();
    port.held = 0;
    const host = await login();
    const itt = host.command(TUR, 0, F);
    host.command(TUR, 0, F, { words: { 16: itt } });
    expect((await host.expect(0x3f)).header[2]).toBe(0x07);
    port.let();
    expect((await host.expect(0x21)).header.readUInt32BE(16)).toBe(itt);
  });

  test('an ORDERED command waits for those before it, and others for it', async () => {
    const { port, login } = await bench();
    const host = await login();
    const itt = host.command(write10(0, 1), 512, WRITE | 1);
    const r2t = await host.expect(0x31);
    host.command(TUR, 0, F | 2);
    host.command(read10(0, 1), 512, READ | 1);
    host.command([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], 8, READ | 3);
    // Only the one for the head of the queue does not wait.
    await dataOf(host);
    host.dataOut(itt, r2t.header.readUInt32BE(20), 0, 0, Buffer.alloc(512, 3), true);
    await host.expect(0x21);
    await host.expect(0x21);
    expect((await dataOf(host)).data[0]).toBe(3);
    expect(port.asked.map(([operation]) => operation)).toEqual([0x25, 0x2a, 0, 0x28]);
  });

  test('an ORDERED read that asks for much does not keep back the data that it waits for', async () => {
    const { port, login } = await bench();
    const host = await login('MaxRecvDataSegmentLength=262144');
    const itt = host.command(write10(0, 1), 512, WRITE | 1);
    const r2t = await host.expect(0x31);
    for (let i = 0; i < 2; i++) host.command(read10(0, 6144), 6144 * 512, READ | 2);
    host.command(TUR, 0, F | 1);
    host.dataOut(itt, r2t.header.readUInt32BE(20), 0, 0, Buffer.alloc(512, 3), true);
    await host.expect(0x21);
    for (let i = 0; i < 2; i++) expect((await dataOf(host)).data).toHaveLength(6144 * 512);
    await host.expect(0x21);
    expect(port.asked).toHaveLength(4);
  });

  test('the array is not asked for more than a socket may owe', async () => {
    const { port, server, login } = await bench();
    port.held = 0x28;
    const host = await login('MaxRecvDataSegmentLength=262144');
    for (let i = 0; i < 3; i++) host.command(read10(0, 6144), 6144 * 512, READ);
    while (server.records()[0]?.commands !== 3) await new Promise((resolve) => setImmediate(resolve));
    expect(port.asked).toHaveLength(1);
    port.let();
    for (let i = 0; i < 3; i++) expect((await dataOf(host)).data).toHaveLength(6144 * 512);
    expect(server.records()).toMatchObject([{ read_bytes: 3 * 6144 * 512, written_bytes: 0, underWay: 0 }]);
  });

  test('more commands than the array takes wait for their turn', async () => {
    const { port, login } = await bench({ port: { commands: 2 } });
    port.held = 0;
    const host = await login();
    for (let i = 0; i < 10; i++) host.command(TUR, 0, F);
    host.ask(0x00, F, { 20: 0xffff_ffff });
    await host.expect(0x20);
    expect(port.commandsUnderWay).toBe(2);
    port.let();
    for (let i = 0; i < 10; i++) expect((await host.expect(0x21)).header[3]).toBe(GOOD);
  });
});

describe('additional header segments', () => {
  test('a long CDB is handed over as far as it goes into the header', async () => {
    const { port, login } = await bench();
    const host = await login();
    const ahs = Buffer.alloc(20);
    ahs.writeUInt16BE(17, 0);
    ahs[2] = 1;
    host.command([0x7f, 0, 0, 0, 0, 0, 0, 24], 0, F, { ahs });
    expect(await senseOf(host)).toBe('052000');
    expect(port.asked[0][0]).toBe(0x7f);
  });

  test.each(['00000300', 'ffff0100', '00050200'])('%s is none', async (hex) => {
    const { login } = await bench();
    const host = await login();
    host.command(TUR, 0, F, { ahs: Buffer.from(hex, 'hex') });
    expect((await host.expect(0x3f)).header[2]).toBe(0x09);
    host.command(TUR, 0, F);
    expect((await host.expect(0x21)).header[3]).toBe(GOOD);
  });
});
