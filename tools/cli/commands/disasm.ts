/** `arraylab disasm`: microcode source of an image. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeImage } from '../../../firmware/engine/image.js';
import type { Source } from '../../assembler/assemble.js';
import { disassemble } from '../../assembler/disassemble.js';

const USAGE = `usage: arraylab disasm IMAGE [-o FOLDER]

Prints the microcode source of an image, file after file; assembled again it gives the same instructions.

  -o FOLDER    write each file below FOLDER instead
  --help       print this
`;

class UsageError extends Error {}

/** An image may come from anywhere: a path in it must not lead out of the folder. */
function below(folder: string, path: string): string {
  const inside = normalize(path.replaceAll('\\', '/'));
  if (inside.startsWith('..') || inside.startsWith('/') || /^[A-Za-z]:/.test(inside)) {
    throw new RangeError(`the image names a file "${path}", which is outside ${folder}`);
  }
  return join(folder, inside);
}

function write(folder: string, sources: readonly Source[]): void {
  const files = sources.map(({ path, text }) => ({ path: below(folder, path), text }));
  for (const { path, text } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Exit status: 0; 1 when the image cannot be read; 2 for wrong usage. */
export async function run(argv: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: { out: { type: 'string', short: 'o' }, help: { type: 'boolean', short: 'h', default: false } },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) throw new UsageError('name one image');
    const sources = disassemble(decodeImage(readFileSync(path), path));
    if (values.out !== undefined) write(values.out, sources);
    else process.stdout.write(sources.map((s) => `; ── ${s.path}\n${s.text}`).join('\n'));
    return 0;
  } catch (error) {
    const { message } = error as Error;
    const isUsage =
      error instanceof UsageError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(isUsage ? `arraylab disasm: ${message}\n\n${USAGE}` : `${message}\n`);
    return isUsage ? 2 : 1;
  }
}
