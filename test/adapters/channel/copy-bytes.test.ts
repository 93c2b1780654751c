/** Bytes between shared memory and buffers, wherever they begin. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyBytes } from '../../../adapters/channel/copy-bytes.js';

const SIZE = 256;

test('are those that stood there, and no other byte changes, wherever both ends begin and in either direction', () => {
  const place = fc.nat(63);
  fc.assert(
    fc.property(place, place, place, place, fc.nat(128), (skipped, at, toSkipped, toAt, bytes) => {
      const shared = new Uint8Array(new SharedArrayBuffer(SIZE), skipped);
      const own = Buffer.from(new ArrayBuffer(SIZE), toSkipped);
      for (const [from, to] of [
        [shared, own],
        [own, shared],
      ]) {
        from.forEach((_, i) => {
          from[i] = i * 37 + 1;
        });
        to.fill(0xee);
        const wanted = Array.from(to);
        for (let i = 0; i < bytes; i++) wanted[toAt + i] = from[at + i];
        copyBytes(from, at, to, toAt, bytes);
        expect(Array.from(to)).toEqual(wanted);
      }
    }),
    {
      examples: [
        [0, 0, 0, 28, 64],
        [0, 4, 0, 8, 60],
        [0, 0, 0, 1, 64],
      ],
    },
  );
});
