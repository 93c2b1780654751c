/** The text that a debugger shows of what arrays run: that which gives it, or none. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Image } from '../../../firmware/engine/image.js';
import { MICROCODE_ROOT } from '../../../tools/assembler/load-sources.js';
import { RunningSources } from '../../../tools/debugger/running-sources.js';
import { imagesOf, sourcesOfTree } from '../../../tools/regress/microcode-tree.js';
import { longerWrite } from '../../harness/changed-microcode.js';
import { imageOf } from '../../harness/images.js';

const FILE = 'microcode/base/data/write.uc';

let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'arraylab-sources-'));
  cpSync(MICROCODE_ROOT, tree, { recursive: true });
});
afterEach(() => rmSync(tree, { recursive: true }));

const path = () => join(tree, 'base/data/write.uc');
const text = () => readFileSync(path(), 'utf8');
const edit = (find: string, replace: string) => writeFileSync(path(), text().replace(find, replace));

/** Of a process that began with the tree as it is now. */
function begun() {
  const sources = sourcesOfTree(tree);
  return { image: imagesOf(sources).data as Image, sources: new RunningSources(tree, sources) };
}

it("is the package's, where what runs was made from it", () => {
  const own = readFileSync(join(MICROCODE_ROOT, 'base/data/write.uc'), 'utf8');
  expect(new RunningSources().of(imageOf('data'), FILE)).toBe(own);
});

it('is of the tree as it stood when the arrays began, whatever it is now', () => {
  edit('on WRITE using write\n', 'on WRITE using write\n    mov   t, t\n');
  const { image, sources } = begun();
  const before = text();
  edit('    mov   t, t\n', '');
  expect(sources.of(image, FILE)).toBe(before);
  expect(before).toContain('    mov   t, t\n');
});

it('is of the tree as it is now, where that gives what was loaded since', () => {
  const { image, sources } = begun();
  const before = text();
  edit('on WRITE using write\n', 'on WRITE using write\n    mov   t, t\n');
  expect(sources.of(longerWrite(), FILE)).toBe(text());
  expect(sources.of(image, FILE)).toBe(before);
});

it('is none where no tree gives what runs, nor where the tree is in the middle of an edit', () => {
  const { sources } = begun();
  expect(sources.of(longerWrite(), FILE)).toBeUndefined();
  edit('on WRITE using write\n', 'on WRITE using nonsense\n');
  expect(new RunningSources(tree).of(imageOf('data'), FILE)).toBeUndefined();
});

it('is none of a file that is not of the image', () => {
  expect(new RunningSources().of(imageOf('disk'), FILE)).toBeUndefined();
});
