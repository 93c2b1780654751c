/** Reads a file of a person, whose size nobody knows before: one that ends at all ends after so many bytes. */
import { closeSync, openSync, readSync } from 'node:fs';

const PART_BYTES = 64 * 1024;

/** Its text, without the mark that some editors set before it. Errors: the system's; RangeError for a larger file. */
export function readText(path: string, most_bytes: number): string {
  const file = openSync(path, 'r');
  try {
    const parts: Buffer[] = [];
    for (let bytes = 0; ; ) {
      const part = Buffer.allocUnsafe(PART_BYTES);
      const n = readSync(file, part);
      if (n === 0)
        return Buffer.concat(parts)
          .toString('utf8')
          .replace(/^\uFEFF/, '');
      bytes += n;
      if (bytes > most_bytes) throw new RangeError(`it is too large: ${most_bytes} bytes or less is right`);
      parts.push(part.subarray(0, n));
    }
  } finally {
    closeSync(file);
  }
}
