import { describe, expect, test } from 'vitest';
import { decodeImage, encodeImage, FINGERPRINT, type Image } from '../../../firmware/engine/image.js';
import { NO_NAMES } from '../../../firmware/engine/image-names.js';
import { HOOKS } from '../../../firmware/engine/isa.js';
import { checkRecipe, hookTable, readRecipe } from '../../../firmware/engine/recipe.js';
import { KINDS } from '../../../firmware/ports/messages.js';
import { assembleRole } from '../../../tools/assembler/assemble.js';

const TEXT = `role data
on READ
again:
    ld   r1, volume.state[r0]
    br.eq r1, #3, again
    call leave
    end
sub leave
    ret
hook commit
    ret
hook ack
    ret
`;
const image = assembleRole('data', [{ path: 'microcode/commit/bläck.uc', text: TEXT }], '1.2.3');
const bytes = encodeImage(image);
const codeAt = 20;
const linesAt = codeAt + image.code.length * 4;
const handlersAt = linesAt + image.lines.length * 4;
const textAt = handlersAt + KINDS.length * 4;
const crcAt = bytes.length - 4;

const hex = (n: number): string => `0x${(n >>> 0).toString(16).padStart(8, '0')}`;

/** The error that these bytes give. */
function refusal(changed: Uint8Array): string {
  try {
    decodeImage(changed, 'data.img');
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
  return 'accepted';
}

/** The image with one byte changed. */
function damaged(at: number, by = 1): Uint8Array {
  const copy = bytes.slice();
  copy[at] ^= by;
  return copy;
}

/** The image with a byte changed and a CRC that fits, as another version of arraylab would have written it. */
function rewritten(change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  const said = refusal(copy);
  const right = /but the bytes before it give 0x([0-9a-f]{8})/.exec(said)?.[1];
  if (right === undefined) throw new Error(`no CRC is asked for: ${said}`);
  new DataView(copy.buffer).setUint32(crcAt, Number.parseInt(right, 16), true);
  return copy;
}

describe('an image', () => {
  test('comes back from its bytes as it was', () => {
    expect(decodeImage(bytes, 'data.img')).toEqual(image);
    expect(image.version).toBe('1.2.3');
  });

  test('may stand anywhere in a buffer', () => {
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(decodeImage(larger.subarray(3), 'data.img')).toEqual(image);
  });

  test('bears the CRC by which two images are the same', () => {
    const again = assembleRole('data', [{ path: 'microcode/commit/bläck.uc', text: TEXT }], '1.2.3');
    expect(again.crc).toBe(image.crc);
    expect(new DataView(bytes.buffer).getUint32(crcAt, true)).toBe(image.crc);
    const other = assembleRole(
      'data',
      [{ path: 'microcode/commit/bläck.uc', text: TEXT.replace('#3', '#4') }],
      '1.2.3',
    );
    expect(other.crc).not.toBe(image.crc);
  });

  test('is refused when any one of its bytes is damaged', () => {
    const accepted = [];
    for (let at = 0; at < bytes.length; at++) {
      for (const by of [1, 0x80]) if (refusal(damaged(at, by)) === 'accepted') accepted.push(at);
    }
    expect(accepted).toEqual([]);
  });

  test.each([
    ['role', 6],
    ['fingerprint', 8],
    ['count of instructions', 12],
    ['code', codeAt + 5],
    ['lines', linesAt],
    ['handlers', handlersAt],
    ['text', textAt + 3],
  ])('is refused with the place of its CRC when its %s is damaged', (_, at) => {
    expect(refusal(damaged(at))).toMatch(
      new RegExp(
        `^data.img: byte ${crcAt}: CRC is ${hex(image.crc)}, but the bytes before it give 0x[0-9a-f]{8}: the file is damaged$`,
      ),
    );
  });

  test('is refused when its CRC itself is damaged', () => {
    expect(refusal(damaged(crcAt))).toBe(
      `data.img: byte ${crcAt}: CRC is ${hex(image.crc ^ 1)}, but the bytes before it give ${hex(image.crc)}: the file is damaged`,
    );
  });

  test('is refused when it is cut off, too long, or no image', () => {
    expect(refusal(bytes.slice(0, 10))).toBe('data.img: byte 10: the file ends here; an image has at least 24 bytes');
    expect(refusal(new Uint8Array(0))).toBe('data.img: byte 0: the file ends here; an image has at least 24 bytes');
    for (let n = 24; n < bytes.length; n++) expect(refusal(bytes.slice(0, n))).toContain('the file is damaged');
    expect(refusal(Uint8Array.from([...bytes, 0]))).toContain('the file is damaged');
    expect(refusal(new Uint8Array(64))).toBe(
      'data.img: byte 0: magic is "\\u0000\\u0000\\u0000\\u0000"; a microcode image begins with "ALUC"',
    );
  });

  test('of another format is refused', () => {
    const copy = bytes.slice();
    copy[4] = 3;
    expect(refusal(copy)).toBe(
      'data.img: byte 4: image format 3; this arraylab reads formats 1 and 2: assemble it again',
    );
  });

  test('of the format before names of registers is read without any', () => {
    const old = rewritten((copy) => {
      copy[4] = 1;
    });
    expect(decodeImage(old, 'data.img')).toMatchObject({ ...image, crc: expect.any(Number), names: NO_NAMES });
  });

  test('is refused when its names of registers are not what an image has, though its CRC is right', () => {
    const from = 'volume=0 '.length;
    const text = new TextDecoder('latin1').decode(bytes);
    const at = text.indexOf('volume=0 track');
    expect(at).toBeGreaterThan(textAt);
    for (const [place, letter] of [
      [at + 6, '-'],
      [at + from, '9'],
      [text.indexOf('"from":[') + 8, '9'],
    ] as const) {
      const wrong = rewritten((copy) => {
        copy[place] = letter.charCodeAt(0);
      });
      expect(refusal(wrong)).toBe(
        `data.img: byte ${textAt}: the text part is not what an image has: assemble it again`,
      );
    }
  });

  test('that was assembled for other instructions, messages or tables is refused', () => {
    const other = rewritten((copy) => new DataView(copy.buffer).setUint32(8, 0x1234, true));
    expect(refusal(other)).toBe(
      'data.img: byte 8: fingerprint of instruction set, messages and tables is 0x00001234; ' +
        `this arraylab has ${hex(FINGERPRINT)}: assemble the microcode again`,
    );
  });

  test('of a role without microcode, with wrong lengths, opcodes or addresses is refused though its CRC is right', () => {
    const role = rewritten((copy) => {
      copy[6] = 5;
    });
    expect(refusal(role)).toBe(
      'data.img: byte 6: role is 5; 0 to 4 run microcode (channel, data, cache, disk, remote)',
    );
    const count = rewritten((copy) => {
      copy[12]++;
    });
    expect(refusal(count)).toMatch(/^data.img: byte 12: 8 instructions and \d+ bytes of text make \d+ bytes, not \d+$/);
    const opcode = rewritten((copy) => {
      copy[codeAt + 8] = 255;
    });
    expect(refusal(opcode)).toBe(`data.img: byte ${codeAt + 8}: opcode 255; there is no such instruction`);
    const handler = rewritten((copy) => {
      copy[handlersAt] = 77;
      copy.fill(0, handlersAt + 1, handlersAt + 4);
    });
    expect(refusal(handler)).toBe(`data.img: byte ${handlersAt}: handler at instruction 77; the image has 7`);
    const text = rewritten((copy) => {
      copy[textAt] = 32;
    });
    expect(refusal(text)).toBe(`data.img: byte ${textAt}: the text part is not what an image has: assemble it again`);
  });
});

describe('a recipe', () => {
  const module = 'commit/bläck';
  const hookNumber = (name: string): number => HOOKS.findIndex((h) => h.name === name);

  test('gives for each hook the place of its module in an image, or -1', () => {
    const recipes = [
      { name: 'none', hooks: {} },
      { name: 'both', hooks: { commit: module, ack: module, admit: 'elsewhere' } },
    ];
    const table = hookTable(image, recipes);
    expect(table.length).toBe(2 * HOOKS.length);
    const set = [...table.entries()].filter(([, at]) => at >= 0);
    expect(set).toEqual([
      [HOOKS.length + hookNumber('commit'), 5],
      [HOOKS.length + hookNumber('ack'), 6],
    ]);
  });

  test('may name a module of any image', () => {
    const empty: Image = assembleRole('cache', []);
    expect(() => checkRecipe([empty, image], { name: 'r', hooks: { commit: module } })).not.toThrow();
    expect([...hookTable(empty, [{ name: 'r', hooks: { commit: module } }])].every((at) => at === -1)).toBe(true);
  });

  test('that names a module which no image has is refused', () => {
    expect(() => checkRecipe([image], { name: 'r', hooks: { commit: 'commit/other' } })).toThrow(
      `recipe r: hook commit: no image has a module "commit/other"; hook commit is served by ${module}`,
    );
  });

  test('that names a module which does not serve the hook is refused', () => {
    expect(() => checkRecipe([image], { name: 'r', hooks: { admit: module } })).toThrow(
      `recipe r: hook admit: module ${module} has commit, ack only; hook admit is served by no module`,
    );
  });

  test('is read from JSON, and errors name file, field and value', () => {
    const recipe = { name: 'r', hooks: { commit: module } };
    expect(readRecipe({ ...recipe, note: 'left to others' }, 'r.json')).toEqual(recipe);
    expect(() => readRecipe([], 'r.json')).toThrow('r.json: a recipe is an object with name and hooks');
    expect(() => readRecipe({ name: 3, hooks: {} }, 'r.json')).toThrow('r.json: name is 3; it must be a text');
    expect(() => readRecipe({ name: 'r' }, 'r.json')).toThrow(
      'r.json: hooks is undefined; it must be an object of hook: module',
    );
    expect(() => readRecipe({ name: 'r', hooks: { comit: 'x' } }, 'r.json')).toThrow(
      `r.json: hooks.comit: there is no such hook; hooks are ${HOOKS.map((h) => h.name).join(', ')}`,
    );
    expect(() => readRecipe({ name: 'r', hooks: { commit: 3 } }, 'r.json')).toThrow(
      'r.json: hooks.commit is 3; it must be the name of a module',
    );
    expect(() => readRecipe({ ...recipe, choices: { later: { ack: 3 } } }, 'r.json')).toThrow(
      'r.json: choices.later.ack is 3; it must be the name of a module',
    );
  });

  test('takes the hooks of what is chosen, in place of its own', () => {
    const recipe = { name: 'r', hooks: { commit: 'a', ack: 'b' }, choices: { later: { ack: 'c' } } };
    expect(readRecipe(recipe, 'r.json')).toEqual({ name: 'r', hooks: { commit: 'a', ack: 'b' } });
    expect(readRecipe(recipe, 'r.json', ['later'])).toEqual({ name: 'r, later', hooks: { commit: 'a', ack: 'c' } });
  });
});
