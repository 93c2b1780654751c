/** Files of chunks: written beside their place and put there whole, readable by their owner alone; read in pieces. */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { type ByteSource, type Chunk, END_CHUNK, encodeChunk, type FileKind, fileHead } from './chunks.js';

/** What hosts wrote may be in them. */
const OWNER_ONLY = 0o600;

const wrong = (path: string, error: unknown): Error => {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`${path}: ${code === 'ENOENT' ? 'there is no such file or folder' : message}`);
};

/** Written as it goes on. Each call's error: Error that names the file. */
export class ChunkFile {
  readonly #path: string;
  readonly #beside: string;
  #fd: number;

  constructor(path: string, kind: FileKind) {
    this.#path = path;
    this.#beside = `${path}.${process.pid}.new`;
    try {
      this.#fd = openSync(this.#beside, 'w', OWNER_ONLY);
    } catch (error) {
      throw wrong(path, error);
    }
    this.#write(fileHead(kind));
  }

  add(chunk: Chunk): void {
    this.#write(encodeChunk(chunk));
  }

  /** It is whole, and takes its place. */
  end(): void {
    this.add(END_CHUNK);
    try {
      fsyncSync(this.#fd);
      this.#close();
      renameSync(this.#beside, this.#path);
    } catch (error) {
      this.drop();
      throw wrong(this.#path, error);
    }
  }

  /** It will not be. */
  drop(): void {
    this.#close();
    rmSync(this.#beside, { force: true });
  }

  #close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    } catch (error) {
      this.drop();
      throw wrong(this.#path, error);
    }
  }
}

/** All at once. Errors: Error that names the file; what a chunk's making throws. Nothing is left behind then. */
export function writeChunks(path: string, kind: FileKind, chunks: Iterable<Chunk>): void {
  const file = new ChunkFile(path, kind);
  try {
    for (const chunk of chunks) file.add(chunk);
  } catch (error) {
    file.drop();
    throw error;
  }
  file.end();
}

/** The same, and others have their turn between two chunks. */
export async function writeChunksLater(path: string, kind: FileKind, chunks: Iterable<Chunk>): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  let file: FileHandle | undefined;
  try {
    file = await open(beside, 'w', OWNER_ONLY);
    await file.writeFile(fileHead(kind));
    for (const chunk of chunks) await file.writeFile(encodeChunk(chunk));
    await file.writeFile(encodeChunk(END_CHUNK));
    await file.sync();
    await file.close();
    file = undefined;
    await rename(beside, path);
  } catch (error) {
    await file?.close();
    await rm(beside, { force: true });
    throw wrong(path, error);
  }
}

/** In memory. */
export const encodeFile = (kind: FileKind, chunks: Iterable<Chunk>): Buffer =>
  Buffer.concat([fileHead(kind), ...Array.from(chunks, encodeChunk), encodeChunk(END_CHUNK)]);

/** `use` reads the file, which is closed then. Errors: Error that names it; what `use` throws. */
export function withFile<Value>(path: string, use: (source: ByteSource) => Value): Value {
  let fd: number;
  let size: number;
  try {
    fd = openSync(path, 'r');
    size = fstatSync(fd).size;
  } catch (error) {
    throw wrong(path, error);
  }
  const read = (at: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const n = readSync(fd, bytes, done, length - done, at + done);
      if (n === 0) throw new RangeError(`${path}: byte ${at + done}: the file ends here: it was cut while it was read`);
      done += n;
    }
    return bytes;
  };
  try {
    return use({ name: path, size, read });
  } finally {
    closeSync(fd);
  }
}
