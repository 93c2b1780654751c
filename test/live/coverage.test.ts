/** What directors of arrays that are served ran of their microcode. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { coverageFrom } from '../../tools/coverage/file.js';
import { TIMEOUT_MS } from './clients.js';
import { WriteRecord } from './numbered-writer.js';
import { Bench, eventually, moreWrites } from './pair-harness.js';

const VOLUME_BYTES = 4 * 1024 * 1024;

let bench: Bench;
afterEach(() => bench.close(/arraylab serve: array A: director .* is dead: .*\n/), TIMEOUT_MS);

test.each([
  ['dedicated', 'also of one that was killed'],
  ['fused', 'all on one thread'],
])(
  'what %s directors ran is written at the end, %s: as many merges as the array says that it had writes',
  async (placement) => {
    bench = new Bench();
    const path = bench.file('live.json');
    const served = await bench.serve(bench.single(VOLUME_BYTES), ['--placement', placement, '--coverage', path]);
    const record = new WriteRecord(1, VOLUME_BYTES);
    const writer = await bench.write(served.port('A'), record);
    await moreWrites(writer, 200);
    await writer.stop();
    const { writes } = await served.meter('A');
    if (placement === 'dedicated') {
      await bench.told('fault add crash A:dd1');
      await eventually(
        'the end of dd1',
        async () => served.said(),
        (said) => said.includes('is dead'),
      );
    }
    served.signal('SIGTERM');
    expect(await served.exit()).toEqual({ code: 0, signal: null });
    const data = coverageFrom(path, readFileSync(path, 'utf8')).find(({ role }) => role === 'data');
    const lines = data?.files.get('microcode/base/data/write.uc');
    const merges = readFileSync('microcode/base/data/write.uc', 'utf8')
      .split('\n')
      .findIndex((line) => line.includes('slot.merge'));
    expect(lines?.get(merges + 1)?.runs).toBe(writes);
  },
  TIMEOUT_MS,
);
