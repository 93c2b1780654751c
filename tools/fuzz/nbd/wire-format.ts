/** NBD as a client writes it (doc/proto.md of NetworkBlockDevice/nbd), apart from the adapter's own tables. */

export const CLIENT_FLAGS = Buffer.from([0, 0, 0, 3]);
export const OPTIONS = {
  EXPORT_NAME: 1,
  ABORT: 2,
  LIST: 3,
  INFO: 6,
  GO: 7,
  STRUCTURED: 8,
  LIST_META: 9,
  SET_META: 10,
} as const;
export const TYPES = { READ: 0, WRITE: 1, DISC: 2, FLUSH: 3, TRIM: 4, CACHE: 5, ZEROES: 6, STATUS: 7 } as const;

export function option(type: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(16);
  header.write('IHAVEOPT', 0, 'latin1');
  header.writeUInt32BE(type, 8);
  header.writeUInt32BE(data.length, 12);
  return Buffer.concat([header, data]);
}

const counted = (text: string): Buffer => {
  const bytes = Buffer.alloc(4 + Buffer.byteLength(text));
  bytes.writeUInt32BE(bytes.length - 4, 0);
  bytes.write(text, 4);
  return bytes;
};

/** Of INFO and GO. */
export function infoData(name: string, wants: readonly number[]): Buffer {
  const rest = Buffer.alloc(2 + 2 * wants.length);
  rest.writeUInt16BE(wants.length, 0);
  for (const [i, want] of wants.entries()) rest.writeUInt16BE(want, 2 + 2 * i);
  return Buffer.concat([counted(name), rest]);
}

/** Of LIST_META_CONTEXT and SET_META_CONTEXT. */
export function metaData(name: string, queries: readonly string[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(queries.length, 0);
  return Buffer.concat([counted(name), count, ...queries.map(counted)]);
}

export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly cookie: number;
  /** In bytes; up to 2^53. */
  readonly offset: number;
  readonly length: number;
}

export function requestBytes({ type, flags, cookie, offset, length }: Request): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt32BE(0x2560_9513, 0);
  bytes.writeUInt16BE(flags, 4);
  bytes.writeUInt16BE(type, 6);
  bytes.writeUInt32BE(0x0abc_def0, 8);
  bytes.writeUInt32BE(cookie, 12);
  bytes.writeBigUInt64BE(BigInt(offset), 16);
  bytes.writeUInt32BE(length, 24);
  return bytes;
}
