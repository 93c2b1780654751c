/** What an image says the source calls registers, instruction by instruction. */
import { expect, test } from 'vitest';
import { type ImageNames, namesOf, setAt } from '../../../firmware/engine/image-names.js';
import { assembleRole } from '../../../tools/assembler/assemble.js';

const TEXT = `role data
frame write: volume=r0 gen=r10 low=r5 x=r2
frame wider: write + more=r7
on READ
    mov   r9, track
    end
on WRITE using write
    gen.bump gen, volume, volume
    call  first
    end
sub first using write
    add   x, x, #1
    use y=r12 z=r13
    add   y, y, x
    use half=r14
    add64 y, y, half
    ret
sub second
    ret
sub third using wider
    mov   more, x
    ret
hook commit using write
    use high=r11
    mov   high, x
    ret
`;

const { names, labels } = assembleRole('data', [{ path: 'microcode/commit/a.uc', text: TEXT }]);

/** As the set stands in the image. */
function at(scope: string, instruction = 0): string {
  const label = labels.find(({ name, kind }) => name === scope && kind !== 'label');
  return names.sets[setAt(names as ImageNames, (label?.at ?? 0) + instruction)];
}

test('a handler without a frame has the fields of its message', () => {
  expect(at('READ')).toBe('volume=0 track=1 span=2');
});

test('a scope has the names of its frame, and a pair where its code uses one', () => {
  expect(at('WRITE')).toBe('volume=0 x=2 low=5 gen=10:2');
});

test('what one scope of a frame uses as a pair is one in the others, unless the second half has a name there', () => {
  expect(at('first')).toContain('gen=10:2');
  expect(at('commit')).toBe('volume=0 x=2 low=5 gen=10 high=11');
});

test('a use is in force from where it stands', () => {
  expect(at('first', 0)).not.toContain('y=');
  expect(at('first', 1)).toContain('y=12:2 z=13');
  expect(at('first', 1)).not.toContain('half');
  expect(at('first', 2)).toContain('half=14');
});

test('a scope without a frame has none, and none of the scope before it', () => {
  expect(at('second')).toBe('');
});

test('a frame that begins with another has the names of both', () => {
  expect(at('third')).toContain('volume=0 x=2 low=5');
  expect(at('third')).toContain('more=7');
});

test('each set stands once', () => {
  expect(new Set(names.sets).size).toBe(names.sets.length);
});

test.each(['volume', 'volume=16', 'volume=0:3', 'gen=11:2', 'a=1  b=2', '0=1'])('"%s" is no set of names', (set) => {
  expect(namesOf(set)).toBeUndefined();
});
