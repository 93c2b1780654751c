import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Image } from '../../../firmware/engine/image.js';
import { INSTRUCTIONS, type Instruction } from '../../../firmware/engine/isa.js';
import { TABLE_LIST } from '../../../firmware/memory/tables.js';
import { KIND, MICROCODED_ROLES, type Role } from '../../../firmware/ports/messages.js';
import { assembleRole } from '../../../tools/assembler/assemble.js';
import { disassemble, disassembleAt } from '../../../tools/assembler/disassemble.js';
import { listing } from '../../../tools/assembler/listing.js';
import { fieldsFor, instruction, kindsFor, program } from './programs.js';

/** What of an image must survive disassembly. */
const essence = (image: Image) => ({
  code: [...image.code],
  handlers: [...image.handlers],
  hooks: image.hooks,
  fields: image.fields,
  subs: image.labels.filter((l) => l.kind === 'sub'),
});

/** Words of the first instruction of a data sub, after `names` were bound. */
function words(line: string, names = ''): string[] {
  const text = `role data\n${names}\nsub s\n    ${line}\n    ret`;
  const image = assembleRole('data', [{ path: 'x.uc', text }]);
  return [...image.code.subarray(0, 2)].map((w) => (w >>> 0).toString(16).padStart(8, '0'));
}

/** A role whose image can hold the row. */
function roleFor(row: Instruction): Role {
  if (row.role) return row.role;
  const role = MICROCODED_ROLES.find((r) =>
    row.operands.every(
      (o) =>
        (o.form !== 'field' || fieldsFor(row, r).length > 0) && (o.form !== 'message' || kindsFor(row, r).length > 0),
    ),
  );
  if (!role) throw new Error(`no role can hold ${row.name}`);
  return role;
}

describe('encoding', () => {
  test('registers, numbers and labels stand where the instruction table says', () => {
    expect(words('add r1, r2, r3')).toEqual(['0302011a', '00000000']);
    expect(words('add r1, r2, #-1')).toEqual(['0002011b', 'ffffffff']);
    expect(words('ldi r15, #0xffff_fffe')).toEqual(['00000f18', 'fffffffe']);
    expect(words('sub r1, r2, r3')).toEqual(['0302011c', '00000000']);
    expect(words('cmp64 r1, r2, r4')).toEqual(['0402012a', '00000000']);
    expect(words('slot.merge r1, r2, r3, r10')).toEqual(['03020157', '0000000a']);
    expect(words('flag.set r1, r2, #M1_WP|M2_WP|0x10')).toEqual(['00020152', '00000013']);
    expect(words('call.hook commit, r6')).toEqual(['00060113', '00000000']);
    const text = 'role data\nsub s\n br.ne r3, #7, out\n br.eq r1, r2, out\n br out\nout: ret';
    const image = assembleRole('data', [{ path: 'x.uc', text }]);
    expect([...image.code.subarray(0, 6)]).toEqual([0x0309, 0x0007_0003, 0x02_01_04, 3, 0x03, 3]);
  });

  test('a field is its table and offset with the index in b and the shift in c', () => {
    const volume = TABLE_LIST.find((t) => t.name === 'volume');
    const state = volume?.fields.get('state')?.offset ?? -1;
    const imm = (((volume?.id ?? -1) << 16) | state).toString(16).padStart(8, '0');
    const shift = (volume?.shift ?? -1).toString(16).padStart(2, '0');
    expect(words('ld r4, volume.state[r2]')).toEqual([`${shift}020430`, imm]);
    expect(words('st volume.state, r4')).toEqual([`${shift}ff0431`, imm]);
    expect(words('ld r4, slot.valid+3[r2]')[1].slice(4)).toBe('0007');
  });

  test('a message is its kind, the number of registers and their nibbles, the first one lowest', () => {
    const kind = (name: keyof typeof KIND): string => KIND[name].toString(16).padStart(2, '0');
    expect(words('send GET (r1, r2, r3, r4, r15)')).toEqual([`0005${kind('GET')}40`, '000f4321']);
    expect(words('reply (r7, r2)')).toEqual(['00020042', '00000027']);
    expect(words('wait GOT (r1, r2)')).toEqual([`0002${kind('GOT')}43`, '00000021']);
    expect(words('wait GOT (r1, r2), r0')).toEqual([`0102${kind('GOT')}43`, '00000021']);
    expect(words('waitn SHIPPED (r6, r7)')).toEqual([`0002${kind('SHIPPED')}44`, '00000076']);
    expect(words('cancel SHIPPED')).toEqual([`0000${kind('SHIPPED')}46`, '00000000']);
  });

  test('constants of the file and names of frames stand for their numbers', () => {
    const names = 'const FIRST = 8 ; a comment\nconst BOTH = FIRST|0x10\nframe f: volume=r2\nframe g: f + track=r3';
    const text = `role data\n${names}\nsub s using g\n use more=r4\n add more, track, #BOTH\n mov volume, r9\n ret`;
    const image = assembleRole('data', [{ path: 'x.uc', text }]);
    expect([...image.code.subarray(0, 4)]).toEqual([0x0003_041b, 24, 0x0009_0219, 0]);
  });

  test('a handler without a frame has the fields of its message, r0 first', () => {
    const text = 'role data\non READ\n mov r8, span\n end';
    const image = assembleRole('data', [{ path: 'x.uc', text }]);
    expect(image.code[0]).toBe(0x0002_0819);
    expect(image.handlers[KIND.READ]).toBe(0);
    expect(image.handlers[KIND.WRITE]).toBe(-1);
  });

  test('frames and subs of one file are known in all files of the image', () => {
    const image = assembleRole('data', [
      { path: 'microcode/a.uc', text: 'role data\nsub s using late\n call other\n mov x, r1\n ret' },
      { path: 'microcode/b/c.uc', text: 'role data\nframe late: x=r5\nsub other\n ret\nhook ack\n ret' },
    ]);
    expect([...image.code]).toEqual([0x11, 3, 0x0001_0519, 0, 0x12, 0, 0x12, 0, 0x12, 0]);
    expect(image.hooks).toEqual([{ module: 'b/c', hook: 'ack', at: 4 }]);
    expect([...image.lines]).toEqual([3, 4, 5, (1 << 20) | 4, (1 << 20) | 6]);
  });
});

describe('disassembly', () => {
  test.each(INSTRUCTIONS.map((row) => [`${row.name} (0x${row.op.toString(16)})`, row] as const))(
    '%s encodes and disassembles back',
    (_, row) => {
      const role = roleFor(row);
      const kind = { data: 'BOOT', channel: 'COMMAND', cache: 'GET', disk: 'DESTAGE', remote: 'SHIP' }[role as string];
      fc.assert(
        fc.property(fc.gen(), (g) => {
          const pick = (n: number): number => g(fc.nat, n - 1);
          let used = false;
          const line = instruction(pick, row, role, { waits: true, calls: true, answer: 1 }, () => {
            used = true;
            return 'out';
          });
          const last = `${used ? 'out:' : ''} end`;
          const inSub = row.name === 'ret' || row.name === 'reply';
          const text = `role ${role}\n${inSub ? 'sub s' : `on ${kind}`}\n ${line}\n yield\n yield\n yield\n${last}
sub first\n ret\nsub second\n ret\n`;
          const image = assembleRole(role, [{ path: 'x.uc', text }]);
          expect(image.code[0] & 255).toBe(row.op);
          expect(disassembleAt(image, 0).split(' ')[0]).toBe(row.name);
          const again = assembleRole(role, disassemble(image));
          expect(essence(again)).toEqual(essence(image));
        }),
        { numRuns: 20 },
      );
    },
  );

  test.each(MICROCODED_ROLES.map((role) => [role]))(
    'a program of role %s assembles, disassembles and assembles to the same image',
    (role) => {
      fc.assert(
        fc.property(fc.gen(), (g) => {
          const image = assembleRole(
            role,
            program((n) => g(fc.nat, n - 1), role),
          );
          const again = assembleRole(role, disassemble(image));
          expect(essence(again)).toEqual(essence(image));
        }),
        { numRuns: 30 },
      );
    },
  );
});

test('a listing shows address, words and line beside the source', () => {
  const sources = [{ path: 'x.uc', text: 'role data\nsub s\nagain:\n  ldi r1, #5 ; five\n  br again\n' }];
  const lines = listing(assembleRole('data', sources), sources).split('\n');
  expect(lines.slice(2)).toEqual([
    '; x.uc',
    '                            1  role data',
    '                            2  sub s',
    '                            3  again:',
    '   0  00000118 00000005     4    ldi r1, #5 ; five',
    '   1  00000003 00000000     5    br again',
    '',
  ]);
});
