/** Traces and dumps that are damaged, cut, or of another version are refused at the byte. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytesSource,
  type Chunk,
  chunksOf,
  encodeChunk,
  fileHead,
  jsonChunk,
  kindOf,
} from '../../../../firmware/service/dump/chunks.js';
import { encodeFile } from '../../../../firmware/service/dump/files.js';
import { decodeTrace, traceChunks } from '../../../../firmware/service/dump/trace-file.js';
import { IMAGES } from '../../../simulated/helpers.js';

const HEAD = {
  rig: 'r',
  clock: 'virtual',
  isOrdered: true,
  arrays: [{ name: 'A', volumes: [{ name: 'data0', tracks: 4 }] }],
  rings: [{ array: 0, director: 'dd1' }],
} as const;
const TAIL = { images: [{ data: 0 }], written: [2] };
const DATA = IMAGES.data as NonNullable<typeof IMAGES.data>;
const whole = encodeFile('trace', traceChunks(HEAD, [DATA], [new Int32Array(32).fill(7)], TAIL));

const read = (bytes: Uint8Array) => decodeTrace('x.altrace', bytes);

test('what was written is read', () => {
  const trace = read(whole);
  expect([trace.head, trace.tail, trace.rings]).toEqual([
    HEAD,
    TAIL,
    [{ array: 0, director: 'dd1', records: new Int32Array(32).fill(7), lost: 0 }],
  ]);
  expect(trace.images[0]?.crc).toBe(DATA.crc);
});

test('any byte that is another one is found, and the file is refused by its name and a byte', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ change;
      expect(() => read(bytes)).toThrow(/^x\.altrace: (image \d, chunk at byte \d+: )?byte \d+: /);
    }),
    { numRuns: 400 },
  );
});

test('a file that was cut anywhere is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
      expect(() => read(whole.subarray(0, length))).toThrow(/^x\.altrace: byte \d+: .*(ends|cut)/);
    }),
    { numRuns: 400 },
  );
});

test('damage is told by the chunk in which it is', () => {
  const starts = [...chunksOf(bytesSource('x', whole))].map(({ tag, at }) => [tag, at] as const);
  expect(starts.map(([tag]) => tag)).toEqual(['HEAD', 'IMAG', 'RING', 'TAIL']);
  for (const [, at] of starts) {
    const bytes = Buffer.from(whole);
    bytes[at + 25] = (bytes[at + 25] as number) ^ 1;
    expect(() => read(bytes)).toThrow(`byte ${at}: a chunk whose CRC is`);
  }
});

const patched = (change: (head: Buffer) => void): Buffer => {
  const bytes = Buffer.from(whole);
  change(bytes);
  return bytes;
};

test.each<[string, (head: Buffer) => void]>([
  ['byte 0: magic is "ALUC"; a trace begins with "ALTR", a dump with "ALDU"', (b) => b.write('ALUC')],
  ['byte 4: trace format 9; this arraylab reads format 1', (b) => b.writeUInt16LE(9, 4)],
  ['byte 12: CRC is', (b) => b.writeUInt32LE(1, 8)],
])('%s', (text, change) => {
  expect(() => read(patched(change))).toThrow(text);
});

test('what goes on behind its end, or has not what it must have, is refused', () => {
  expect(() => read(Buffer.concat([whole, Buffer.alloc(3)]))).toThrow(
    `byte ${whole.length}: the file goes on behind its last chunk`,
  );
  const end = encodeFile('trace', []).subarray(fileHead('trace').length);
  const file = (...chunks: Chunk[]): Buffer => Buffer.concat([fileHead('trace'), ...chunks.map(encodeChunk), end]);
  const ring = (index: number, bytes: number): Chunk => ({ tag: 'RING', index, part: 0, bytes: new Uint8Array(bytes) });
  expect(() => read(file())).toThrow('the file has no chunk HEAD');
  expect(() => read(file(jsonChunk('HEAD', HEAD)))).toThrow('the file has no chunk TAIL');
  expect(() => read(file(jsonChunk('HEAD', { ...HEAD, clock: 'moon' })))).toThrow('byte 16: the text of chunk HEAD');
  expect(() => read(file(ring(0, 64)))).toThrow('byte 16: a chunk RING; HEAD is the first');
  expect(() => read(file(jsonChunk('HEAD', HEAD), ring(1, 64)))).toThrow('records of ring 1; the head names 1');
  expect(() => read(file(jsonChunk('HEAD', HEAD), ring(0, 63)))).toThrow('63 bytes of records, of 64 each');
  expect(() => read(file(jsonChunk('HEAD', HEAD), jsonChunk('TAIL', TAIL)))).toThrow('the text of chunk TAIL');
});

test('a head says which of the two it is', () => {
  expect(kindOf(bytesSource('x', encodeFile('dump', [])))).toBe('dump');
  expect(kindOf(bytesSource('x', whole))).toBe('trace');
});
