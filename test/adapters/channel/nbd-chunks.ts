/** What chunks of structured replies say. */
import { expect } from 'vitest';
import type { Chunk } from './nbd-client.js';

export const [OFFSET_DATA, BLOCK_STATUS_CHUNK, ERROR, ERROR_OFFSET] = [1, 5, 0x8001, 0x8002];

/** Puts data chunks together; fails where they overlap, or leave the range. `undefined`: a byte that none brought. */
export function assemble(chunks: readonly Chunk[], offset: number, length: number): (number | undefined)[] {
  const bytes = new Array<number | undefined>(length).fill(undefined);
  for (const { payload } of chunks.filter((c) => c.type === OFFSET_DATA)) {
    const at = Number(payload.readBigUInt64BE(0)) - offset;
    expect(at >= 0 && at + payload.length - 8 <= length && payload.length > 8).toBe(true);
    for (const [i, byte] of payload.subarray(8).entries()) {
      if (bytes[at + i] !== undefined) throw new Error(`byte ${offset + at + i} came twice`);
      bytes[at + i] = byte;
    }
  }
  return bytes;
}

export function errorOf({ payload }: Chunk): { errno: number; text: string } {
  return { errno: payload.readUInt32BE(0), text: payload.toString('utf8', 6, 6 + payload.readUInt16BE(4)) };
}

export interface Extent {
  readonly length: number;
  readonly flags: number;
}

export function extentsOf({ payload }: Chunk): { id: number; extents: Extent[] } {
  const extents: Extent[] = [];
  for (let at = 4; at < payload.length; at += 8)
    extents.push({ length: payload.readUInt32BE(at), flags: payload.readUInt32BE(at + 4) });
  return { id: payload.readUInt32BE(0), extents };
}
