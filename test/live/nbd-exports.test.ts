/** What NBD clients, which have no names, see of an array whose volumes are masked to hosts. */
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect } from 'vitest';
import { run, withClients } from './clients.js';
import { Bench } from './pair-harness.js';

const BYTES = 4 * 1024 * 1024;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

withClients(
  ['nbdinfo', 'nbdcopy'],
  'they see no volume of named hosts, and write to none that is read only',
  async () => {
    const array = {
      name: 'A',
      profile: 'dmx',
      volumes: [
        { name: 'data0', size_bytes: BYTES },
        { name: 'data1', size_bytes: BYTES, device: { read_only: true } },
      ],
      hosts: [
        { name: 'one', initiators: ['iqn.2026-11.example.host:one'], luns: { 0: 'data0' } },
        { name: 'others', luns: { 0: 'data1' } },
      ],
    };
    const rig = bench.file('rig.json');
    writeFileSync(rig, JSON.stringify({ arrays: [array] }));
    const served = await bench.serve(rig);
    const { stdout } = await run('nbdinfo', ['--json', '--list', served.uri('A', '')]);
    const { exports } = JSON.parse(stdout) as { exports: Record<string, unknown>[] };
    expect(exports.map((one) => [one['export-name'], one.is_read_only])).toEqual([['data1', true]]);
    await expect(run('nbdinfo', [served.uri('A', 'data0')])).rejects.toThrow(/data0|export/);
    const image = bench.file('image');
    writeFileSync(image, Buffer.alloc(BYTES));
    await expect(run('nbdcopy', [image, served.uri('A', 'data1')])).rejects.toThrow(/read.?only|permi/i);
  },
);
