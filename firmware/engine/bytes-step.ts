/**
 * Instructions on bytes of buffers and pages: what SCSI parameter data and CDBs are made of, big-endian. An address counts
 * bytes of the array's memory. Tables and rings cannot be reached: they stand before the first buffer.
 */
import { SECTOR_BYTES } from '../memory/constants.js';
import type { ArrayMemory } from '../memory/layout.js';

/** Undefined: done; else why the instruction is a fault. */
export function bytesStep(memory: ArrayMemory, task: number, word: number, imm: number): string | undefined {
  const { m } = memory;
  const a = task + ((word >> 8) & 255);
  const b = task + ((word >> 16) & 255);
  const c = word >>> 24;
  switch (word & 255) {
    case 0x88: // get
      return isOutside(memory, ((m[b] as number) + c) | 0, imm) ?? get(memory, a, (m[b] as number) + c, imm);
    case 0x89: // put
      return (
        isOutside(memory, ((m[a] as number) + c) | 0, imm) ?? put(memory, (m[a] as number) + c, m[b] as number, imm)
      );
    case 0x8a: // get64
      return isOutside(memory, ((m[b] as number) + c) | 0, 8) ?? get64(memory, a, (m[b] as number) + c);
    case 0x8b: // put64
      return isOutside(memory, ((m[a] as number) + c) | 0, 8) ?? put64(memory, (m[a] as number) + c, b);
  }
  return many(memory, task, word, imm);
}

function many(memory: ArrayMemory, task: number, word: number, imm: number): string | undefined {
  const { m, bytes } = memory;
  const a = task + ((word >> 8) & 255);
  const x = m[task + ((word >> 16) & 255)] as number;
  const y = m[task + (word >>> 24)] as number;
  const to = m[a] as number;
  switch (word & 255) {
    case 0x8c: // move
      return isOutside(memory, to, y) ?? isOutside(memory, x, y) ?? done(bytes.copyWithin(to, x, x + y));
    case 0x8d: // blank
      return isOutside(memory, to, y) ?? done(bytes.fill(0, to, to + y));
    case 0x8e: // repeat
      if (x <= 0) return `repeats ${x} bytes; at least one is needed`;
      return isOutside(memory, to, y) ?? repeat(bytes, to, x, y);
    case 0x8f: {
      // differ
      const n = m[task + imm] as number;
      const wrong = isOutside(memory, x, n) ?? isOutside(memory, y, n);
      if (wrong === undefined) m[a] = alike(bytes, x, y, n);
      return wrong;
    }
    case 0x90: // mix
      return isOutside(memory, to, y) ?? isOutside(memory, x, y) ?? mix(bytes, to, x, y);
    default: {
      // sum
      const wrong = isOutside(memory, x, y);
      if (wrong === undefined) m[a] = sum(bytes, x, y);
      return wrong;
    }
  }
}

/** What is wrong with these bytes, if anything is. */
function isOutside({ layout }: ArrayMemory, at: number, bytes: number): string | undefined {
  const first = layout.transferAt * SECTOR_BYTES;
  if (at >= first && bytes >= 0 && at + bytes <= layout.bytes) return undefined;
  return `${bytes} bytes at ${at}: buffers and pages are from ${first} to ${layout.bytes}`;
}

const done = (_: unknown): undefined => undefined;

function get({ m, bytes }: ArrayMemory, rd: number, at: number, n: number): string | undefined {
  if (n < 1 || n > 4) return `gets ${n} bytes; 1 to 4 fit a register`;
  let value = 0;
  for (let i = 0; i < n; i++) value = (value << 8) | (bytes[at + i] as number);
  m[rd] = value;
  return undefined;
}

function put({ bytes }: ArrayMemory, at: number, value: number, n: number): string | undefined {
  if (n < 1 || n > 4) return `puts ${n} bytes; a register has 4`;
  for (let i = 0; i < n; i++) bytes[at + i] = value >>> ((n - 1 - i) << 3);
  return undefined;
}

function get64(memory: ArrayMemory, rd: number, at: number): undefined {
  get(memory, rd + 1, at, 4);
  get(memory, rd, at + 4, 4);
}

function put64(memory: ArrayMemory, at: number, x: number): undefined {
  put(memory, at, memory.m[x + 1] as number, 4);
  put(memory, at + 4, memory.m[x] as number, 4);
}

/** By doubling: what is there already is copied behind itself. */
function repeat(bytes: Uint8Array, at: number, period: number, n: number): undefined {
  for (let have = period; have < n; have *= 2) bytes.copyWithin(at + have, at, at + Math.min(have, n - have));
}

function alike(bytes: Uint8Array, x: number, y: number, n: number): number {
  for (let i = 0; i < n; i++) if (bytes[x + i] !== bytes[y + i]) return i;
  return -1;
}

function mix(bytes: Uint8Array, to: number, from: number, n: number): undefined {
  for (let i = 0; i < n; i++) bytes[to + i] = (bytes[to + i] as number) | (bytes[from + i] as number);
}

/** FNV-1a, 32 bits: tells names apart before they are compared. */
function sum(bytes: Uint8Array, at: number, n: number): number {
  let value = 0x811c9dc5 | 0;
  for (let i = at; i < at + n; i++) value = Math.imul(value ^ (bytes[i] as number), 0x01000193);
  return value;
}
