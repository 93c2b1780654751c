/** Whatever an initiator sends, right or wrong: the server stands, others are served, nothing is lost. */
import fc from 'fast-check';
import { test } from 'vitest';
import { bench } from './bench.js';
import type { Initiator, Sent } from './initiator.js';

const F = 0x80;
const NO_TAG = 0xffff_ffff;

/** One thing that an initiator does: mostly what it may, with something wrong in it now and then. */
type Act = (host: Initiator) => void;

const command = fc
  .record({
    operation: fc.constantFrom(0x00, 0x12, 0x25, 0x28, 0x28, 0x2a, 0x2a, 0x2a, 0xa0, 0xff),
    sectors: fc.nat({ max: 40 }),
    expected: fc.oneof(
      fc.nat({ max: 40 }).map((n) => n * 512),
      fc.nat({ max: 70_000 }),
      fc.constant(0xffff_ffff),
    ),
    flags: fc.constantFrom(0x80, 0xc0, 0xc1, 0xa0, 0xa0, 0x20, 0x22, 0xa3, 0xe0),
    given: fc.nat({ max: 5000 }),
    isImmediate: fc.constantFrom(false, false, false, true),
    sn: fc.constantFrom(0, 0, 0, 0, 0, 1, -1, 200),
    ahs: fc.constantFrom(0, 0, 0, 8),
  })
  .map(
    ({ operation, sectors, expected, flags, given, isImmediate, sn, ahs }): Act =>
      (host) => {
        const data = Buffer.alloc(operation === 0x2a ? Math.min(given, expected + 1) : 0, 1);
        const cdb = [operation, 0, 0, 0, 0, 0, 0, sectors >> 8, sectors, 0];
        const cmdSn = host.cmdSn;
        host.cmdSn += sn;
        const more: Partial<Sent> = { data, opcode: isImmediate ? 0x41 : 0x01, ahs: Buffer.alloc(ahs) };
        host.command(cdb, expected, flags, more);
        host.cmdSn = sn === 0 && !isImmediate ? cmdSn + 1 : cmdSn;
      },
  );

const dataOut = fc
  .record({
    back: fc.nat({ max: 3 }),
    ttt: fc.oneof(fc.constant(NO_TAG), fc.nat({ max: 5000 })),
    sn: fc.nat({ max: 2 }),
    offset: fc.nat({ max: 4 }),
    bytes: fc.nat({ max: 3000 }),
    isFinal: fc.boolean(),
  })
  .map(
    ({ back, ttt, sn, offset, bytes, isFinal }): Act =>
      (host) => {
        host.dataOut(host.itt - back, ttt, sn, offset * 512, Buffer.alloc(bytes, 2), isFinal);
      },
  );

const request = fc
  .record({
    opcode: fc.constantFrom(0x00, 0x00, 0x02, 0x02, 0x04, 0x04, 0x06, 0x10, 0x1c),
    flags: fc.constantFrom(0x80, 0x80, 0x81, 0x82, 0x85, 0x86, 0x88, 0xc0, 0x40),
    tag: fc.constantFrom(NO_TAG, NO_TAG, 1, 2),
    data: fc.constantFrom('', 'SendTargets=All\0', 'SendTargets=\0', 'A=b\0', 'A', '\0\0'),
  })
  .map(
    ({ opcode, flags, tag, data }): Act =>
      (host) => {
        host.ask(opcode, flags, { 20: tag }, Buffer.from(data));
      },
  );

const garbage = fc.uint8Array({ minLength: 1, maxLength: 100 }).map(
  (bytes): Act =>
    (host) => {
      host.socket.write(bytes);
    },
);

/** What the target asks for is given, as it is asked for. */
const answering: Act = (host) => {
  const answer = async (): Promise<void> => {
    for (let pdu = await host.receive(); pdu !== undefined; pdu = await host.receive()) {
      if (pdu.opcode !== 0x31) continue;
      const [itt, ttt, offset, bytes] = [16, 20, 40, 44].map((at) => pdu.header.readUInt32BE(at));
      host.dataOut(itt, ttt, 0, offset, Buffer.alloc(bytes, 3), true);
    }
  };
  void answer();
};

const acts = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: command },
    { weight: 2, arbitrary: dataOut },
    { weight: 2, arbitrary: request },
    {
      weight: 1,
      arbitrary: garbage,
    },
  ),
  { minLength: 1, maxLength: 25 },
);

const keys = fc.subarray([
  'InitialR2T=No',
  'ImmediateData=No',
  'HeaderDigest=CRC32C',
  'DataDigest=CRC32C',
  'MaxOutstandingR2T=4',
  'MaxBurstLength=2048',
  'FirstBurstLength=1024',
  'MaxRecvDataSegmentLength=512',
]);

test('random initiators are survived, and a right one is served after each', { timeout: 120_000 }, async () => {
  const { port, open } = await bench({ port: { transferSectors: 256, commands: 8 }, server: { depth: 8 } });
  await fc.assert(
    fc.asyncProperty(keys, acts, fc.boolean(), async (pairs, list, answers) => {
      const host = await open();
      await host.login(pairs);
      if (answers) answering(host);
      for (const act of list) act(host);
      const other = await open();
      other.isid = '400000000002';
      await other.login();
      other.command([0, 0, 0, 0, 0, 0], 0, F);
      const { header } = await other.expect(0x21);
      if (header[3] !== 0) throw new Error('the other was not served');
      await other.close();
      await host.close();
      while (port.nexuses.size > 0) await new Promise((resolve) => setImmediate(resolve));
      // One unit is the server's, for logins.
      if (port.transferUnitsTaken > 1 || port.commandsUnderWay > 0) throw new Error('something was left');
    }),
    { numRuns: 150, timeout: 10_000 },
  );
});
