import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Violation } from '../../../../adapters/link/tcp/frame.js';
import { decodeWords, encodeWords } from '../../../../adapters/link/tcp/words.js';

const encode = (words: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 + 5 * words.length);
  return bytes.subarray(0, encodeWords(Int32Array.from(words), words.length, bytes, 0));
};
const decode = (bytes: Uint8Array, most = 64): number[] => {
  const words = new Int32Array(most);
  return [...words.subarray(0, decodeWords(bytes, 0, bytes.length, words))];
};
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('the header of a batch', () => {
  test('is MessagePack: an array of integers, each as short as it can be, then nil to a whole word', () => {
    const words = [0, 127, 128, 255, 256, 65535, 65536, 0x7fffffff, -1, -32, -33, -32768, -32769, -0x80000000];
    expect(encode(words).toString('hex')).toBe(
      [
        ...['dc000e', '00', '7f', 'cc80', 'ccff', 'cd0100', 'cdffff', 'ce00010000', 'ce7fffffff'],
        ...['ff', 'e0', 'd1ffdf', 'd18000', 'd2ffff7fff', 'd280000000', 'c0'],
      ].join(''),
    );
  });

  test('brings back what was written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer(), fc.integer({ min: -300, max: 70_000 })), { maxLength: 64 }),
        (words) => {
          const bytes = encode(words);
          expect(bytes.length % 4).toBe(0);
          expect(decode(bytes)).toEqual(words);
        },
      ),
    );
  });

  test('may be written by others: longer forms of an integer are read too', () => {
    expect(decode(hex('dc0004 d005 d10006 d200000007 ce00000008'))).toEqual([5, 6, 7, 8]);
  });

  test.each([
    ['an empty header', ''],
    ['a map', '81 01 02 c0'],
    ['a string', 'dc0001 a161'],
    ['a float', 'dc0001 ca3f800000'],
    ['64 bits', 'dc0001 cf0000000000000001'],
    ['more than 32 bits hold with a sign', 'dc0001 ceffffffff'],
    ['an extension', 'dc0001 d40100'],
    ['an array in the array', 'dc0001 91 01'],
    ['fewer integers than it says', 'dc0004 01 02 03'],
    ['an integer that is cut off', 'dc0001 ce000000'],
    ['bytes after the array', 'dc0001 01 02'],
    ['four bytes of nil after the array', 'dc0001 01 c0c0c0c0'],
    ['more integers than there is place for', 'dcffff 01 02 03'],
  ])('with %s is refused', (_, text) => {
    expect(() => decode(hex(text))).toThrow(Violation);
  });

  test('of any bytes is integers or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, begins) => {
        if (begins) bytes.set([0xdc, 0].slice(0, bytes.length));
        try {
          for (const w of decode(bytes)) expect(w | 0).toBe(w);
        } catch (error) {
          expect(error).toBeInstanceOf(Violation);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
