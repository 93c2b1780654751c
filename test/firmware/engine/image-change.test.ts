import { describe, expect, it } from 'vitest';
import type { Image } from '../../../firmware/engine/image.js';
import { ImageChange } from '../../../firmware/engine/image-change.js';
import { MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import { disassembleAt } from '../../../tools/assembler/disassemble.js';
import { edited, longerWrite, reordered } from '../../harness/changed-microcode.js';
import { imageOf } from '../../harness/images.js';

/** Source line of each instruction, which moves with it. */
const lineOf = (image: Image, at: number): string =>
  `${image.files[image.lines[at] >>> 20]}:${image.lines[at] & 0xfffff}`;

describe('between two images', () => {
  it.each(MICROCODED_ROLES)('of %s that have the same scopes at other places, every instruction is found', (role) => {
    const [from, to] = [imageOf(role), reordered(role)];
    const change = new ImageChange(from, to);
    expect(change.changed).toEqual([]);
    for (let at = 0; at < from.lines.length; at++) {
      const there = change.placeOf(at);
      expect(lineOf(to, there)).toBe(lineOf(from, at));
    }
    if (role !== 'channel') expect(Array.from(from.code)).not.toEqual(Array.from(to.code));
  });

  it('a scope that has one instruction more is another one, and no other scope is', () => {
    const [from, to] = [imageOf('data'), longerWrite()];
    const change = new ImageChange(from, to);
    expect(change.changed).toEqual(['on WRITE']);
    const write = from.labels.find(({ scope, kind }) => kind === 'on' && scope === 'on WRITE')?.at ?? -1;
    expect(change.placeOf(write)).toBe(-1);
    const other = from.labels.find(({ scope, kind }) => kind === 'on' && scope === 'on READ')?.at ?? -1;
    expect(disassembleAt(to, change.placeOf(other))).toBe(disassembleAt(from, other));
  });

  it('a branch that goes elsewhere, or compares with another number, is a change', () => {
    const path = 'microcode/base/data/write.uc';
    const hook = '    call.hook admit, pair\n';
    for (const branch of ['br.ne result, #OK, locked', 'br.ne result, #NOT_READY, refuse']) {
      const to = edited('data', path, `${hook}    br.ne result, #OK, refuse`, `${hook}    ${branch}`);
      expect(new ImageChange(imageOf('data'), to).changed).toEqual(['on WRITE']);
    }
  });
});
