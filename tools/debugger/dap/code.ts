/**
 * Microcode as a client of the protocol sees it: addresses of instructions, their text, the lines that have one. All
 * roles of all arrays stand in one space of addresses, which is the protocol's alone; an instruction takes 8 bytes of it.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { decodeImage, type Image } from '../../../firmware/engine/image.js';
import { INSTRUCTION_WORDS } from '../../../firmware/engine/isa.js';
import { ROLES, type Role, roleNumber } from '../../../firmware/ports/messages.js';
import type { About, Target } from '../../../firmware/runtime/machine/debug/target.js';
import { disassembleAt } from '../../assembler/disassemble.js';
import type { Sources } from './sources.js';

const INSTRUCTION_BYTES = INSTRUCTION_WORDS * 4;
/** Of addresses, for each role: more than any image has. */
const ROLE_BYTES = 2 ** 32;
const ARRAY_BYTES = 16 * ROLE_BYTES;
/** Of one request; a window of an editor asks for some hundred. */
const MOST_INSTRUCTIONS = 65_536;

interface Spot {
  readonly array: number;
  readonly role: Role;
  readonly instruction: number;
}

const hex = (n: number): string => `0x${n.toString(16).padStart(12, '0')}`;

export class Code {
  /** By array, in the order of the rig. */
  readonly #images: readonly ReadonlyMap<Role, Image>[];
  readonly #arrays: readonly string[];
  readonly #texts = new Map<Image, string[]>();

  /** Errors: as `decodeImage`, for an image of another version. */
  constructor(about: About) {
    this.#arrays = about.arrays.map(({ name }) => name);
    // Arrays that run the same are told the same.
    const known = new Map<string, Image>();
    const decode = (base64: string, name: string): Image => {
      const image = known.get(base64) ?? decodeImage(Buffer.from(base64, 'base64'), name);
      known.set(base64, image);
      return image;
    };
    this.#images = about.arrays.map(({ name, images }) => {
      const decoded = ROLES.flatMap((role): [Role, Image][] => {
        const bytes = images[role];
        return bytes === undefined ? [] : [[role, decode(bytes, `${name}.${role}`)]];
      });
      return new Map(decoded);
    });
  }

  /** All that have code, sorted. */
  get files(): string[] {
    const all = this.#images.flatMap((roles) => [...roles.values()].flatMap(({ files }) => files));
    return [...new Set(all)].sort();
  }

  /** Roles of an array that run microcode. */
  rolesOf(array: number): Role[] {
    return [...(this.#images[array]?.keys() ?? [])];
  }

  /** Lines of a file that have an instruction, in order. */
  linesOf(file: string): number[] {
    const lines = new Set<number>();
    for (const image of this.#images.flatMap((roles) => [...roles.values()])) {
      const number = image.files.indexOf(file);
      if (number >= 0) for (const word of image.lines) if (word >>> 20 === number) lines.add(word & 0xfffff);
    }
    return [...lines].sort((a, b) => a - b);
  }

  /** For `instructionPointerReference`. */
  addressOf(array: string, role: Role, instruction: number): string {
    const number = this.#arrays.indexOf(array) + 1;
    return hex(number * ARRAY_BYTES + roleNumber(role) * ROLE_BYTES + instruction * INSTRUCTION_BYTES);
  }

  /** Errors: RangeError for what `addressOf` never gave. */
  spotAt(reference: string, offset: number): Spot {
    const address = /^0x[0-9a-f]{1,13}$/i.test(reference) ? Number(reference) + offset : Number.NaN;
    const array = Math.floor(address / ARRAY_BYTES) - 1;
    const role = ROLES[Math.floor((address % ARRAY_BYTES) / ROLE_BYTES)] as Role;
    if (!this.#images[array]?.has(role))
      throw new RangeError(`"${reference}"${offset ? ` + ${offset}` : ''} is no address of microcode`);
    return { array, role, instruction: Math.floor((address % ROLE_BYTES) / INSTRUCTION_BYTES) };
  }

  /** The instruction of an address, for a breakpoint. Errors: RangeError when there is none. */
  instructionAt(reference: string, offset: number): { array: string; role: Role; instruction: number } {
    const { array, role, instruction } = this.spotAt(reference, offset);
    const count = this.#images[array]?.get(role)?.lines.length ?? 0;
    if (instruction >= count)
      throw new RangeError(`${this.#arrays[array]}.${role} has ${count} instructions, no number ${instruction}`);
    return { array: this.#arrays[array] as string, role, instruction };
  }

  /** Exactly `count` of them; those before the first and after the last of the role are marked as invalid. */
  async disassemble(
    target: Target,
    sources: Sources,
    from: { readonly reference: string; readonly offset: number; readonly skip: number; readonly count: number },
  ): Promise<DebugProtocol.DisassembledInstruction[]> {
    const { reference, offset, skip, count } = from;
    if (count < 0 || count > MOST_INSTRUCTIONS)
      throw new RangeError(`instructionCount is ${count}; 0 to ${MOST_INSTRUCTIONS} are possible`);
    const spot = this.spotAt(reference, offset);
    const image = this.#images[spot.array]?.get(spot.role) as Image;
    const array = this.#arrays[spot.array] as string;
    const list: DebugProtocol.DisassembledInstruction[] = [];
    let file: string | undefined;
    for (let i = 0, at = spot.instruction + skip; i < count; i++, at++) {
      const address = this.addressOf(array, spot.role, at);
      if (at < 0 || at >= image.lines.length) {
        list.push({ address, instruction: '-', presentationHint: 'invalid' });
        continue;
      }
      const word = image.lines[at] as number;
      const here = image.files[word >>> 20] as string;
      const location = here === file ? {} : { location: await sources.of(target, here) };
      file = here;
      list.push({ address, ...this.#instruction(image, at), ...location, line: word & 0xfffff });
    }
    return list;
  }

  #instruction(image: Image, at: number): Omit<DebugProtocol.DisassembledInstruction, 'address'> {
    const texts = this.#texts.get(image) ?? [];
    this.#texts.set(image, texts);
    texts[at] ??= disassembleAt(image, at);
    const words = Array.from({ length: INSTRUCTION_WORDS }, (_, i) => image.code[at * INSTRUCTION_WORDS + i] as number);
    const names = image.labels.filter((l) => l.at === at).map((l) => (l.kind === 'label' ? l.name : l.scope));
    return {
      instruction: texts[at],
      instructionBytes: words.map((w) => (w >>> 0).toString(16).padStart(8, '0')).join(' '),
      ...(names.length > 0 && { symbol: names.join(', ') }),
    };
  }
}
