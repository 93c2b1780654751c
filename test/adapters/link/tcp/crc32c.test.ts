import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../../adapters/link/tcp/crc32c.js';

const sum = (bytes: Uint8Array): number => crc32c(0, bytes) >>> 0;

/** RFC 3720, B.4; its examples give the sum byte by byte, the least significant first. */
const PDU =
  '01c00000' +
  '00000000' +
  '00000000' +
  '00000000' +
  '14000000' +
  '00000400' +
  '00000014' +
  '00000018' +
  '28000000' +
  '00000000' +
  '02000000' +
  '00000000';
const VECTORS: readonly (readonly [string, Uint8Array, number])[] = [
  ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 bytes counting up', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['32 bytes counting down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['an iSCSI read command', Uint8Array.from(Buffer.from(PDU, 'hex')), 0xd9963a56],
];

describe('the checksum of frames', () => {
  test.each(VECTORS)('of %s is the one of RFC 3720', (_, bytes, expected) => {
    expect(sum(bytes)).toBe(expected);
  });

  test('reads memory that threads share', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(64));
    shared.set(VECTORS[2][1], 16);
    expect(sum(shared.subarray(16, 48))).toBe(VECTORS[2][2]);
  });

  test('is the same in parts as in one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, cut) => {
        const middle = cut % (bytes.length + 1);
        expect(crc32c(crc32c(0, bytes.subarray(0, middle)), bytes.subarray(middle))).toBe(crc32c(0, bytes));
      }),
    );
  });
});
