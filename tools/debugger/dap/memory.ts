/** Memory of the arrays, by reference `ARRAY:BYTE`; and microcode as instructions, by address. */
import type { Context, Requests } from './context.js';
import type { Debuggee } from './debuggee.js';
import type { Fields } from './fields.js';
import { memoryReference } from './variables.js';

/** Of one request. */
const MOST_BYTES = 16 << 20;

/** Errors: RangeError for what is no place in the memory of an array. */
function placeOf({ arrays, about }: Debuggee, args: Fields): { array: number; byte: number; bytes: number } {
  const reference = args.text('memoryReference');
  const colon = reference.lastIndexOf(':');
  const array = arrays.indexOf(reference.slice(0, colon));
  const start = /^(0x[0-9a-f]+|\d+)$/i.test(reference.slice(colon + 1))
    ? Number(reference.slice(colon + 1))
    : Number.NaN;
  const byte = start + (args.maybeWhole('offset') ?? 0);
  if (array < 0 || !Number.isSafeInteger(byte))
    throw new RangeError(`"${reference}" is no place; ARRAY:BYTE is, as ${memoryReference(arrays[0] ?? 'A', 64)}`);
  return { array, byte, bytes: about.arrays[array]?.bytes ?? 0 };
}

async function readMemory(context: Context, args: Fields): Promise<object> {
  const it = context.standing;
  const { array, byte, bytes } = placeOf(it, args);
  const count = args.whole('count');
  if (count < 0 || count > MOST_BYTES) throw new RangeError(`count is ${count}; 0 to ${MOST_BYTES} are possible`);
  const address = memoryReference(it.arrays[array] as string, byte);
  const there = byte < 0 ? 0 : Math.max(0, Math.min(count, bytes - byte));
  if (there === 0) return { address, unreadableBytes: count };
  const data = await it.target.ask('memory', { array, byte, bytes: there });
  return { address, data, ...(there < count && { unreadableBytes: count - there }) };
}

async function writeMemory(context: Context, args: Fields): Promise<object> {
  const it = context.standing;
  const { array, byte, bytes } = placeOf(it, args);
  const base64 = args.text('data');
  const length = Buffer.from(base64, 'base64').length;
  if (byte < 0 || byte + length > bytes) {
    const end = `bytes ${byte} to ${byte + length}`;
    throw new RangeError(`${end} of ${it.arrays[array]} cannot be written: its memory has ${bytes} bytes`);
  }
  const bytesWritten = await it.target.ask('setMemory', { array, byte, base64 });
  context.changed();
  return { bytesWritten };
}

async function disassemble(context: Context, args: Fields): Promise<object> {
  const { target, code, sources } = context.standing;
  const instructions = await code.disassemble(target, sources, {
    reference: args.text('memoryReference'),
    offset: args.maybeWhole('offset') ?? 0,
    skip: args.maybeWhole('instructionOffset') ?? 0,
    count: args.whole('instructionCount'),
  });
  return { instructions };
}

export const MEMORY: Requests = { readMemory, writeMemory, disassemble };
