/** What INFO, GO and EXPORT_NAME tell of an export. */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { INFO, writeBytes64 } from './protocol.js';
import type { NbdVolume } from './volumes.js';

const BLOCK_PREFERRED = 4096;
/** Zeroes that follow the answer to EXPORT_NAME unless both sides agreed to leave them out. */
const EXPORT_NAME_ZEROES = 124;

/** Size and transmission flags at `at`. */
function writeExport(b: Buffer, at: number, { sectors }: NbdVolume, flags: number): Buffer {
  writeBytes64(new DataView(b.buffer, b.byteOffset, b.length), at, sectors * SECTOR_BYTES);
  b.writeUInt16BE(flags, at + 8);
  return b;
}

export const exportName = (volume: NbdVolume, flags: number, noZeroes: boolean): Buffer =>
  writeExport(Buffer.alloc(10 + (noZeroes ? 0 : EXPORT_NAME_ZEROES)), 0, volume, flags);

export function exportInfo(volume: NbdVolume, flags: number): Buffer {
  const b = Buffer.alloc(12);
  b.writeUInt16BE(INFO.EXPORT, 0);
  return writeExport(b, 2, volume, flags);
}

export function blockSizeInfo(blockBytes: number, payloadBytesMax: number): Buffer {
  const b = Buffer.alloc(14);
  b.writeUInt16BE(INFO.BLOCK_SIZE, 0);
  b.writeUInt32BE(blockBytes, 2);
  b.writeUInt32BE(BLOCK_PREFERRED, 6);
  b.writeUInt32BE(payloadBytesMax, 10);
  return b;
}

export const nameInfo = (name: string): Buffer => Buffer.concat([Buffer.from([0, INFO.NAME]), Buffer.from(name)]);
