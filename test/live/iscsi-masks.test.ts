/** What a host group hides: each of two hosts of one array finds its own volume, and is told that there is no other. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Initiator } from '../adapters/channel/iscsi/initiator.js';
import { run, TIMEOUT_MS, withClients } from './clients.js';
import { Bench, type ServeProcess } from './pair-harness.js';

const HOSTS = {
  one: { initiator: 'iqn.2026-11.example.host:one', lun: 3, volume: 'data1' },
  two: { initiator: 'iqn.2026-11.example.host:two', lun: 0, volume: 'data0' },
} as const;
const BYTES = 4 * 1024 * 1024;
const READ = 0xc0;
const DATA_IN = 0x25;
const RESPONSE = 0x21;
/** ILLEGAL REQUEST, LOGICAL UNIT NOT SUPPORTED (SPC-6). */
const NO_LUN = { key: 5, code: 0x25, qualifier: 0 };
const POWER_ON = { key: 6, code: 0x29 };
const TEST_UNIT_READY = [0, 0, 0, 0, 0, 0];
const READ_10 = [0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0];
const WRITE_10 = [0x2a, 0, 0, 0, 0, 0, 0, 0, 1, 0];
const REPORT_LUNS = [0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];

let bench: Bench;
let served: ServeProcess;

beforeAll(async () => {
  bench = new Bench();
  const hosts = Object.entries(HOSTS).map(([name, { initiator, lun, volume }]) => ({
    name,
    initiators: [initiator],
    luns: { [lun]: volume },
  }));
  const volumes = Object.values(HOSTS).map(({ volume }) => ({ name: volume, size_bytes: BYTES }));
  const path = bench.file('rig.json');
  writeFileSync(path, JSON.stringify({ arrays: [{ name: 'A', profile: 'dmx', volumes, hosts }] }));
  served = await bench.serve(path, ['--placement', 'fused']);
}, TIMEOUT_MS);
afterAll(() => bench.close(), TIMEOUT_MS);

interface Ended {
  readonly status: number;
  readonly data: Buffer;
  readonly key?: number;
  readonly code?: number;
  readonly qualifier?: number;
}

/** A command to its end. */
async function ended(host: Initiator, lun: number, cdb: readonly number[], expected: number): Promise<Ended> {
  host.command(cdb, expected, READ, { words: { 8: lun << 16 } });
  const pieces: Buffer[] = [];
  for (;;) {
    const pdu = await host.receive();
    if (pdu === undefined) throw new Error('the array closed the connection');
    const { opcode, header, data } = pdu;
    if (opcode === DATA_IN) {
      pieces.push(data);
      if ((header[1] & 1) !== 0) return { status: header[3], data: Buffer.concat(pieces) };
    } else if (opcode === RESPONSE) {
      const sense = data.length === 0 ? {} : { key: data[4] & 15, code: data[14], qualifier: data[15] };
      return { status: header[3], data: Buffer.concat(pieces), ...sense };
    } else throw new Error(`PDU 0x${opcode.toString(16)} is no answer to a command`);
  }
}

async function login(): Promise<Initiator> {
  const host = await Initiator.open(served.iscsi('A').port);
  // Under the name of host `one`, to the target of array A.
  await host.login();
  return host;
}

test('REPORT LUNS has the LUNs of the host that asks, wherever it asks', { timeout: TIMEOUT_MS }, async () => {
  const host = await login();
  for (const lun of [HOSTS.one.lun, HOSTS.two.lun]) {
    const { status, data } = await ended(host, lun, REPORT_LUNS, 256);
    expect([status, data.toString('hex')]).toEqual([0, `${'00000008'}00000000${'0003000000000000'}`]);
  }
  host.socket.destroy();
});

test.each([
  ['READ', READ_10],
  ['WRITE', WRITE_10],
  ['TEST UNIT READY', TEST_UNIT_READY],
])(
  '%s to the LUN of another host ends with LOGICAL UNIT NOT SUPPORTED, and to its own it is done',
  async (_, cdb) => {
    const host = await login();
    for (const lun of [HOSTS.two.lun, 1, 63])
      expect(await ended(host, lun, cdb, cdb === READ_10 ? 512 : 0)).toMatchObject({ status: 2, ...NO_LUN });
    expect(await ended(host, HOSTS.one.lun, TEST_UNIT_READY, 0)).toMatchObject({ status: 2, ...POWER_ON });
    expect(await ended(host, HOSTS.one.lun, READ_10, 512)).toEqual({ status: 0, data: Buffer.alloc(512) });
    host.socket.destroy();
  },
  TIMEOUT_MS,
);

withClients(['iscsi-ls'], 'iscsi-ls lists for each host its own LUN alone', async () => {
  for (const { initiator, lun } of Object.values(HOSTS)) {
    const { stdout } = await run('iscsi-ls', ['-s', '-i', initiator, `iscsi://${served.iscsi('A').portal}`]);
    expect([...stdout.matchAll(/^Lun:(\d+)/gim)].map(([, number]) => Number(number))).toEqual([lun]);
  }
});
