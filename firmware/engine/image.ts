/**
 * A microcode image: what the assembler makes of a role's sources and an engine loads. The file form is little-endian:
 *
 *   byte  0  magic "ALUC"          byte 12  instructions
 *   byte  4  format version, u16   byte 16  bytes of the text part
 *   byte  6  role number, u8       byte 20  code (2 words each), lines (1 word each), handlers (1 word for each kind),
 *   byte  7  zero                           text part (ASCII JSON: version, hooks, labels, files, fields, names)
 *   byte  8  fingerprint           last 4   CRC-32 of all bytes before it
 *
 * Format 1 had no names of registers, and is read without. The fingerprint is of instruction set, messages, tables and constants: an image that was assembled against others would
 * run wrongly without any sign of it, so it is refused.
 */
import { CONSTANTS } from '../memory/constants.js';
import { TABLE_LIST } from '../memory/tables.js';
import { KINDS, MICROCODED_ROLES, ROLES, type Role, roleNumber } from '../ports/messages.js';
import { areNames, type ImageNames, NO_NAMES } from './image-names.js';
import { BY_OPCODE, HOOKS, type HookName, INSTRUCTION_WORDS, INSTRUCTIONS } from './isa.js';

/** An instruction on a field (`dec lock.unacked`), on a message (`post OFFER`), or with a number (`flag.set #M2_INV`). */
export interface Deed {
  /** As the source has it. */
  readonly said: string;
  readonly mnemonic: string;
  readonly form: 'field' | 'message' | 'num';
  /** `table << 16 | word offset`, kind, or number. */
  readonly value: number;
}

/** What a module needs of another hook of the recipe that names it. */
export interface Need {
  readonly hook: HookName;
  /** What the code at that hook comes to; absent: any module will do. */
  readonly does?: Deed;
  /** The module's own sentence, and its line. */
  readonly why: string;
  readonly line: number;
}

/** Code of a recipe module for a hook; `module` is its file's path below microcode/, without `.uc`. */
export interface ImageHook {
  readonly module: string;
  readonly hook: HookName;
  readonly at: number;
  readonly needs?: readonly Need[];
  /** Modules whose choice it carries out too, where it stands in their place. */
  readonly includes?: readonly string[];
}

/** A name in the code. `scope` is the title of the scope that it stands in: `on WRITE`, `sub acked`. */
export interface ImageLabel {
  readonly name: string;
  readonly at: number;
  readonly scope: string;
  readonly kind: 'on' | 'sub' | 'hook' | 'label';
}

/** What is counted of an image while it runs; by one thread at a time. */
export interface ImageCounts {
  /** Of the image that is counted: of another one that was made from it, with these in it, nothing is. */
  readonly crc: number;
  /**
   * Two whole numbers for each instruction, where its two words stand in `Image.code`, exact up to 2^53: how often it ran, and
   * how often another instruction than the next one followed it. The second is right, also where a turn ended behind the
   * instruction, of those that go on at one of two places (counts.ts); of others it says less.
   */
  readonly words: Float64Array;
}

export interface Image {
  readonly role: Role;
  /** Version of the microcode, for people; nothing is decided by it. */
  readonly version: string;
  /** Two words for each instruction. */
  readonly code: Int32Array;
  /** By kind number: instruction number of its handler, or -1. */
  readonly handlers: Int32Array;
  readonly hooks: readonly ImageHook[];
  readonly labels: readonly ImageLabel[];
  readonly files: readonly string[];
  /** For each instruction: number of its file << 20 | line. */
  readonly lines: Int32Array;
  /** Instruction numbers whose immediate is `table << 16 | word offset`, to be made an address by the loader. */
  readonly fields: readonly number[];
  readonly names: ImageNames;
  /** CRC-32 of the encoded image: two images with the same one are the same. */
  readonly crc: number;
  /** Whoever runs it counts here. Absent in normal running, and no part of its file. */
  readonly counts?: ImageCounts;
}

const MAGIC = 'ALUC';
const FORMAT = 2;
const FORMAT_WITHOUT_NAMES = 1;
const HEADER_BYTES = 20;
const CRC_BYTES = 4;

const CRC_TABLE = (() => {
  const table = new Int32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    table[n] = c;
  }
  return table;
})();

/** CRC-32 (IEEE 802.3) as an unsigned number. */
function crc32(bytes: Uint8Array): number {
  let c = -1;
  for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ -1) >>> 0;
}

/** JSON with every other character than ASCII escaped, so that one character is one byte. */
function asciiJson(value: unknown): string {
  return String(JSON.stringify(value)).replace(
    /[\u007f-\uffff]/g,
    (ch) => `\\u${ch.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function asciiText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** What an image silently relies on: encodings and numbers, without help texts and costs. */
export const FINGERPRINT: number = crc32(
  asciiBytes(
    asciiJson([
      INSTRUCTIONS.map((i) => [i.op, i.name, i.operands, i.role]),
      HOOKS.map((h) => [h.name, h.mayWait]),
      KINDS.map((k) => [k.id, k.name, k.from, k.to, k.handler, k.class, k.reply, k.fields]),
      TABLE_LIST.map((t) => [t.id, t.name, t.shift, t.spec.owner, t.spec.readers, [...t.fields.values()]]),
      CONSTANTS,
    ]),
  ),
);

/** The image as a file. Its CRC is computed here; `image.crc` is not looked at. */
export function encodeImage(image: Omit<Image, 'crc'>): Uint8Array {
  const { version, hooks, labels, files, fields, names } = image;
  const text = asciiBytes(asciiJson({ version, hooks, labels, files, fields, names }));
  const words = [image.code, image.lines, image.handlers];
  const size = words.reduce((n, w) => n + w.length * 4, HEADER_BYTES + text.length + CRC_BYTES);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(asciiBytes(MAGIC), 0);
  view.setUint16(4, FORMAT, true);
  bytes[6] = roleNumber(image.role);
  view.setUint32(8, FINGERPRINT, true);
  view.setUint32(12, image.code.length / INSTRUCTION_WORDS, true);
  view.setUint32(16, text.length, true);
  let at = HEADER_BYTES;
  for (const part of words) {
    for (const word of part) {
      view.setInt32(at, word, true);
      at += 4;
    }
  }
  bytes.set(text, at);
  view.setUint32(size - CRC_BYTES, crc32(bytes.subarray(0, size - CRC_BYTES)), true);
  return bytes;
}

/** CRC-32 that the encoded image will bear. */
export function imageCrc(image: Omit<Image, 'crc'>): number {
  const bytes = encodeImage(image);
  return new DataView(bytes.buffer).getUint32(bytes.length - CRC_BYTES, true);
}

const hex = (n: number): string => `0x${n.toString(16).padStart(8, '0')}`;

type TextPart = Pick<Image, 'version' | 'hooks' | 'labels' | 'files' | 'fields' | 'names'>;

/** Needs of hooks that there are, each with its deed in order. */
const hasLinks = ({ needs = [], includes = [] }: ImageHook): boolean =>
  Array.isArray(includes) &&
  Array.isArray(needs) &&
  needs.every(
    ({ hook, does, why }: Need) =>
      HOOKS.some(({ name }) => name === hook) &&
      typeof why === 'string' &&
      (does === undefined || [does.said, does.mnemonic, does.form].every((text) => typeof text === 'string')),
  );

/** The text part; undefined when it is no JSON or lacks something. */
function readText(bytes: Uint8Array, format: number, count: number): TextPart | undefined {
  try {
    const { version, hooks, labels, files, fields, names } = JSON.parse(asciiText(bytes)) as TextPart;
    if (typeof version !== 'string' || ![hooks, labels, files, fields].every(Array.isArray)) return undefined;
    if (!hooks.every(hasLinks)) return undefined;
    if (format === FORMAT_WITHOUT_NAMES) return { version, hooks, labels, files, fields, names: NO_NAMES };
    if (!areNames(names, count)) return undefined;
    return { version, hooks, labels, files, fields, names };
  } catch {
    return undefined;
  }
}

/**
 * Reads an image. `name` is what errors call it, its path as a rule.
 * Errors: RangeError that names the byte, what stands there and what would be right.
 */
export function decodeImage(bytes: Uint8Array, name: string): Image {
  const fail = (byte: number, text: string): never => {
    throw new RangeError(`${name}: byte ${byte}: ${text}`);
  };
  const least = HEADER_BYTES + CRC_BYTES;
  if (bytes.length < least) fail(bytes.length, `the file ends here; an image has at least ${least} bytes`);
  const magic = asciiText(bytes.subarray(0, 4));
  if (magic !== MAGIC) fail(0, `magic is ${asciiJson(magic)}; a microcode image begins with "${MAGIC}"`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const format = view.getUint16(4, true);
  if (format !== FORMAT && format !== FORMAT_WITHOUT_NAMES)
    fail(
      4,
      `image format ${format}; this arraylab reads formats ${FORMAT_WITHOUT_NAMES} and ${FORMAT}: assemble it again`,
    );
  const count = view.getUint32(12, true);
  const textBytes = view.getUint32(16, true);
  const wordsOfAll = count * (INSTRUCTION_WORDS + 1) + KINDS.length;
  const crcAt = bytes.length - CRC_BYTES;
  const crc = view.getUint32(crcAt, true);
  const found = crc32(bytes.subarray(0, crcAt));
  if (crc !== found) fail(crcAt, `CRC is ${hex(crc)}, but the bytes before it give ${hex(found)}: the file is damaged`);
  const fingerprint = view.getUint32(8, true);
  if (fingerprint !== FINGERPRINT) {
    fail(
      8,
      `fingerprint of instruction set, messages and tables is ${hex(fingerprint)}; ` +
        `this arraylab has ${hex(FINGERPRINT)}: assemble the microcode again`,
    );
  }
  const role = ROLES[bytes[6]];
  if (!MICROCODED_ROLES.includes(role)) {
    fail(6, `role is ${bytes[6]}; 0 to ${MICROCODED_ROLES.length - 1} run microcode (${MICROCODED_ROLES.join(', ')})`);
  }
  const size = least + wordsOfAll * 4 + textBytes;
  if (size !== bytes.length)
    fail(12, `${count} instructions and ${textBytes} bytes of text make ${size} bytes, not ${bytes.length}`);
  let at = HEADER_BYTES;
  const take = (words: number): Int32Array => {
    const part = new Int32Array(words);
    for (let i = 0; i < words; i++, at += 4) part[i] = view.getInt32(at, true);
    return part;
  };
  const code = take(count * INSTRUCTION_WORDS);
  const lines = take(count);
  const handlersAt = at;
  const handlers = take(KINDS.length);
  for (let i = 0; i < count; i++) {
    const op = code[i * INSTRUCTION_WORDS] & 255;
    if (!BY_OPCODE[op]) fail(HEADER_BYTES + i * INSTRUCTION_WORDS * 4, `opcode ${op}; there is no such instruction`);
  }
  for (const [kind, to] of handlers.entries()) {
    if (to < -1 || to >= count) fail(handlersAt + kind * 4, `handler at instruction ${to}; the image has ${count}`);
  }
  const text = readText(bytes.subarray(at, crcAt), format, count);
  if (!text) return fail(at, 'the text part is not what an image has: assemble it again');
  const places = [...text.hooks.map((h) => h.at), ...text.labels.map((l) => l.at), ...text.fields];
  const outside = places.find((p) => !(p >= 0 && p < count));
  if (outside !== undefined) fail(at, `instruction ${outside} is named; the image has ${count}`);
  return { role, code, lines, handlers, ...text, crc };
}
