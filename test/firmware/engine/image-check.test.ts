import { describe, expect, it } from 'vitest';
import type { Image } from '../../../firmware/engine/image.js';
import { checkCode, checkReplacement } from '../../../firmware/engine/image-check.js';
import { KIND, MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import { assembleRole } from '../../../tools/assembler/assemble.js';
import { imageOf, recipeOf } from '../../harness/images.js';

/** An image of these lines in one handler. */
const image = (role: 'data' | 'cache', lines: string): Image =>
  assembleRole(role, [{ path: 'test.uc', text: `role ${role}\non ${role === 'data' ? 'BOOT' : 'ADOPT'}\n${lines}` }]);

/** With one word of its code changed. */
function spoiled(good: Image, word: number, value: number): Image {
  const code = good.code.slice();
  code[word] = value;
  return { ...good, code };
}

const SOURCE =
  '    ldi r1, #0\nagain:\n    ld r2, volume.state[r1]\n    br.eq r2, #3, again\n    reply (r1)\n    end\n';

describe('an image', () => {
  it.each(MICROCODED_ROLES)('of %s as the assembler makes it is good', (role) => {
    expect(() => checkCode(imageOf(role), role)).not.toThrow();
  });

  it('with an instruction that no assembler makes is refused, by its number', () => {
    const good = image('data', SOURCE);
    const refused = (bad: Image) => expect(() => checkCode(bad, 'bad.img'));
    refused(spoiled(good, 0, 0x18 | (16 << 8))).toThrow(
      'bad.img: instruction 0 (ldi): register 16; it must be 0 to 15',
    );
    refused(spoiled(good, 0, 0x47 | (3 << 8))).toThrow(
      'instruction 0 (now64): register 3; it must be an even number of 0',
    );
    refused(spoiled(good, 0, 0xff)).toThrow('instruction 0: opcode 255; there is no such instruction');
    refused(spoiled(good, 0, 0x60)).toThrow(
      'instruction 0 (slot.find): it is for role cache; this image is of role data',
    );
    refused(spoiled(good, 3, (99 << 16) | 0)).toThrow('instruction 1 (ld): names table 99, which does not exist');
    refused(spoiled(good, 5, (3 << 16) | 77)).toThrow(
      /instruction 2 \(br\.eq\): goes to instruction 77; the image has/,
    );
    refused({ ...good, fields: [] }).toThrow('instruction 1 (ld): its field is not in the list of fields');
  });

  it('that lacks a handler or a hook which the array needs does not take the place of another', () => {
    const all = MICROCODED_ROLES.map(imageOf);
    const recipes = [recipeOf('track-mirror')];
    for (const role of MICROCODED_ROLES) checkReplacement(imageOf(role), all, recipes, role);
    const data = imageOf('data');
    const deaf = { ...data, handlers: data.handlers.map((at, kind) => (kind === KIND.WRITE ? -1 : at)) };
    expect(() => checkReplacement(deaf, all, recipes, 'bad.img')).toThrow(
      'bad.img: there is no handler for WRITE, which role data must have',
    );
    const hookless = { ...data, hooks: data.hooks.filter(({ hook }) => hook !== 'commit') };
    expect(() => checkReplacement(hookless, all, recipes, 'bad.img')).toThrow(/^bad\.img: recipe .*hook commit/);
  });
});
