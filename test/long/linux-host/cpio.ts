/**
 * Archives that Linux unpacks into its first file system: format "newc" (Linux, Documentation/driver-api/early-userspace/
 * buffer-format.rst). Nothing but names, kinds, permissions and contents: all belongs to root, and has no time.
 */

export interface Entry {
  /** In the archive, without a slash at its beginning. Folders come before what they hold. */
  readonly path: string;
  /** Kind and permissions, as in `st_mode`. */
  readonly mode: number;
  /** Of a file; where a symbolic link leads to; nothing for a folder. */
  readonly data: Buffer;
}

export const FOLDER = 0o040755;
export const PROGRAM = 0o100755;

const hex = (value: number): string => value.toString(16).padStart(8, '0');
const padding = (bytes: number): Buffer => Buffer.alloc((4 - (bytes % 4)) % 4);

function one({ path, mode, data }: Entry, inode: number): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const head = Buffer.concat([Buffer.from(`070701${fields.map(hex).join('')}`), name]);
  return [head, padding(head.length), data, padding(data.length)];
}

export function archive(entries: readonly Entry[]): Buffer {
  const end: Entry = { path: 'TRAILER!!!', mode: 0, data: Buffer.alloc(0) };
  return Buffer.concat([...entries, end].flatMap((entry, i) => one(entry, i + 1)));
}
