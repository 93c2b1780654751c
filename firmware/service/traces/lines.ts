/** Lines of a file, one after the other, so that a trace may be larger than memory would hold as text. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;
/** A longer one is no line of a trace. */
const LINE_BYTES_MAX = 65_536;
const DIGEST_DIGITS = 16;

export class TraceError extends Error {}

/** A line is wrong: file, line, and what would be right. */
export const wrongLine = (file: string, line: number, text: string): TraceError =>
  new TraceError(`${file}:${line}: ${text}`);

/** The text of a line as an error shows it. */
export const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/**
 * Calls `take` with each line and its number, from 1. The result is the digest of the whole file: what tells it from others.
 * Errors: TraceError for a file that cannot be read or is no text; what `take` throws.
 */
export function eachLine(path: string, take: (text: string, line: number) => void): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new TraceError(`${path}: ${(error as Error).message}`);
  }
  try {
    return read(path, file, take);
  } catch (error) {
    if (error instanceof TraceError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new TraceError(`${path}: ${(error as Error).message}`);
  } finally {
    closeSync(file);
  }
}

function read(path: string, file: number, take: (text: string, line: number) => void): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let rest = Buffer.alloc(0);
  let line = 0;
  const give = (bytes: Buffer): void => {
    line++;
    if (bytes.includes(0)) throw wrongLine(path, line, 'this is no text: a trace in ASCII is wanted');
    take(bytes.toString('latin1').replace(/\r$/, ''), line);
  };
  for (;;) {
    const n = readSync(file, chunk, 0, CHUNK_BYTES, null);
    if (n === 0) break;
    hash.update(chunk.subarray(0, n));
    const bytes = rest.length === 0 ? chunk.subarray(0, n) : Buffer.concat([rest, chunk.subarray(0, n)]);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      give(bytes.subarray(from, end));
      from = end + 1;
    }
    rest = Buffer.from(bytes.subarray(from));
    if (rest.length > LINE_BYTES_MAX)
      throw wrongLine(path, line + 1, `a line of more than ${LINE_BYTES_MAX} bytes: a trace in ASCII is wanted`);
  }
  if (rest.length > 0) give(rest);
  return hash.digest('hex').slice(0, DIGEST_DIGITS);
}
