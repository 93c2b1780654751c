import { describe, expect, test } from 'vitest';
import type { Role } from '../../../firmware/ports/messages.js';
import { AssemblyError, assembleRole } from '../../../tools/assembler/assemble.js';

/** The lines of the error that these sources give; files are named x.uc, y.uc. */
function problems(role: Role, ...texts: string[]): string[] {
  try {
    assembleRole(
      role,
      texts.map((text, i) => ({ path: `${'xyz'[i]}.uc`, text })),
    );
  } catch (error) {
    if (error instanceof AssemblyError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** The same for one instruction in a sub of role data; it stands at 3:2. */
const inSub = (line: string, role: Role = 'data'): string[] => problems(role, `role ${role}\nsub s\n ${line}\n ret`);

const HOOK_NAMES = /^(.*hooks are ).*$/;
/** The list of hooks is the instruction set's; what matters here stands before it. */
const withoutHooks = (lines: string[]): string[] => lines.map((l) => l.replace(HOOK_NAMES, '$1…'));

describe('an error names file, line, column and what would be right', () => {
  test('for an unknown register', () => {
    const frame = 'frame write: volume=r0 track=r1 span=r2';
    expect(problems('data', `role data\n${frame}\nsub s using write\n use slot=r6\n mov slto, track\n ret`)).toEqual([
      'x.uc:5:6: unknown register "slto"; this scope has volume, track, span, slot (did you mean "slot"?)',
    ]);
    expect(inSub('mov r1, r16')).toEqual(['x.uc:3:10: unknown register "r16"; registers are r0 to r15']);
    expect(inSub('mov r1, slot')).toEqual(['x.uc:3:10: unknown register "slot"; this scope has r0 to r15 only']);
  });

  test('for a name that is used before its `use`', () => {
    expect(problems('data', 'role data\nsub s\n mov r1, late\n use late=r5\n ret')).toEqual([
      'x.uc:3:10: unknown register "late"; this scope has r0 to r15 only',
    ]);
  });

  test('for instructions that do not exist, are of another role, or have other operands', () => {
    expect(inSub('lod r1, r2')).toEqual(['x.uc:3:2: unknown instruction "lod" (did you mean "ld"?)']);
    expect(inSub('slot.find r1, r2, r3')).toEqual([
      'x.uc:3:2: slot.find is an instruction of role cache; this file is role data',
    ]);
    expect(inSub('add r1, r2')).toEqual([
      'x.uc:3:2: add does not take these operands; it is written "add rd, x, y" or "add rd, x, #n"',
    ]);
    expect(inSub('wait #3')).toEqual([
      'x.uc:3:2: wait does not take these operands; it is written "wait KIND (register, …)[, deadline_us]"',
    ]);
  });

  test('for numbers and constants', () => {
    expect(inSub('ldi r1, #M1_PW')).toEqual(['x.uc:3:11: unknown constant "M1_PW" (did you mean "M1_WP"?)']);
    expect(problems('data', 'role data\nsub s\nl: br.eq r1, #-1, l\n br l')).toEqual([
      'x.uc:3:14: -1 does not fit n; it holds 0 to 65535',
    ]);
    expect(inSub('ldi r1, #0x1_0000_0000')).toEqual([
      'x.uc:3:10: 4294967296 does not fit n; it holds -2147483648 to 4294967295',
    ]);
    expect(problems('data', 'role data\nconst A = 1\nconst A = 2\nconst M1_WP = 3\nconst B = C')).toEqual([
      'x.uc:3:7: constant "A" is defined twice in this file',
      'x.uc:4:7: "M1_WP" is a constant of the machine (1)',
      'x.uc:5:11: unknown constant "C"',
    ]);
  });

  test('for a pair that begins at an odd register', () => {
    expect(inSub('now64 r3')).toEqual(['x.uc:3:8: r3: a pair begins at an even register']);
    expect(problems('data', 'role data\nsub s\n use gen=r11\n slot.zero r1, r2, gen\n ret')).toEqual([
      'x.uc:4:20: "gen" is r11: a pair begins at an even register',
    ]);
  });

  test('for tables and fields', () => {
    expect(inSub('ld r1, volum.state[r2]')).toEqual(['x.uc:3:9: unknown table "volum" (did you mean "volume"?)']);
    expect(inSub('ld r1, slot.valid+4[r2]')).toEqual(['x.uc:3:9: slot.valid is 4 words; +4 is outside it']);
    expect(inSub('ld64 r2, track.flags[r2]')).toEqual([
      'x.uc:3:11: ld64 is for two words at an even place; track.flags is 1 word at place 2',
    ]);
    expect(inSub('park track.flags[r2]')).toEqual([
      'x.uc:3:7: park is for a queue of tasks, two words; track.flags is 1 word',
    ]);
    const [line] = inSub('ld r1, track.flgs[r2]');
    expect(line).toBe('x.uc:3:9: table track has no field "flgs"; it has gen, flags, time (did you mean "flags"?)');
  });

  test('for tables of another owner', () => {
    expect(inSub('st pool.wp[r1], r2')).toEqual([
      'x.uc:3:5: st changes table pool, which role cache owns; role data must ask by message',
    ]);
    expect(inSub('st slot.track[r1], r2')).toEqual([
      'x.uc:3:5: st changes table slot, which role cache owns; role data may only read it',
    ]);
    expect(inSub('ld r1, track.flags[r1]', 'channel')).toEqual([
      'x.uc:3:9: table track is of role data (also read by disk); role channel must ask by message',
    ]);
    expect(inSub('wake pool.waiting[r1]')).toEqual([
      'x.uc:3:7: wake changes table pool, which role cache owns; role data must ask by message',
    ]);
    expect(inSub('ld r1, system.ready', 'remote')).toEqual([]);
    expect(inSub('inc system.ready', 'remote')).toEqual([
      'x.uc:3:6: inc changes table system, which role data owns; role remote may only read it',
    ]);
  });

  test('for messages', () => {
    expect(inSub('send GIT (r1)')).toEqual(['x.uc:3:7: unknown message "GIT" (did you mean "GET"?)']);
    expect(inSub('send GIVE (r1)')).toEqual(['x.uc:3:7: GIVE has no answer: use post']);
    expect(inSub('post GET (r1)')).toEqual(['x.uc:3:7: GET is answered by GOT: use send']);
    expect(inSub('send GOT (r1)')).toEqual(['x.uc:3:7: GOT is an answer, which only reply gives']);
    expect(inSub('send STAGE (r1)')).toEqual(['x.uc:3:7: STAGE is sent by cache; this file is role data']);
    expect(inSub('wait GET (r1)')).toEqual([
      'x.uc:3:7: GET is no answer; wait is for the answer to a request (that of GET is GOT)',
    ]);
    expect(inSub('cancel GIVE')).toEqual(['x.uc:3:9: GIVE is no answer; cancel is for the answer to a request']);
    expect(inSub('wait STAGED (r1)')).toEqual(['x.uc:3:7: STAGED goes to role cache; this file is role data']);
    expect(inSub('wait GOT (r1, r2, r3)')).toEqual(['x.uc:3:7: GOT has 2 fields (result, slot); here are 3 registers']);
    expect(inSub('waitn SHIPPED (r1)')).toEqual(['x.uc:3:8: waitn names two registers, (count, worst); here are 1']);
    expect(inSub('cancel SHIPPED (r1, r2)')).toEqual(['x.uc:3:9: SHIPPED has 1 field (result); here are 2 registers']);
  });

  test('for labels', () => {
    expect(problems('data', 'role data\nsub s\nagain: br agian\n ret')).toEqual([
      'x.uc:3:11: unknown label "agian"; sub s has again (did you mean "again"?)',
    ]);
    expect(problems('data', 'role data\nsub s\n br other\nsub t\nother: br other')).toEqual([
      'x.uc:3:5: unknown label "other"; sub s has none',
    ]);
    expect(problems('data', 'role data\nsub s\nspare: ret')).toEqual(['x.uc:3:1: label "spare" is not used in sub s']);
    expect(problems('data', 'role data\nsub s\na: br a\na: br a')).toEqual([
      'x.uc:4:1: label "a" stands twice in sub s',
    ]);
    expect(problems('data', 'role data\nsub s\n br out\nout:\nsub t\n ret')).toEqual([
      'x.uc:4:1: label "out" has no instruction after it in sub s',
    ]);
  });

  test('for subs and hooks', () => {
    expect(inSub('call t')).toEqual(['x.uc:3:7: unknown sub "t"; role data has s']);
    expect(withoutHooks(inSub('call.hook comit, r1'))).toEqual(['x.uc:3:12: unknown hook "comit"; hooks are …']);
    expect(withoutHooks(problems('data', 'role data\nhook comit\n ret'))).toEqual([
      'x.uc:2:6: unknown hook "comit"; hooks are …',
    ]);
    expect(problems('data', 'role data\nsub s\n ret', 'role data\nsub s\n ret')).toEqual([
      'y.uc:2:5: sub s is defined at x.uc:2 already',
    ]);
    expect(problems('data', 'role data\nhook ack\n ret\nhook ack\n ret')).toEqual([
      'x.uc:4:6: hook ack of x is defined at x.uc:2 already',
    ]);
  });

  test('for handlers', () => {
    expect(problems('data', 'role data\non WRIT\n end')).toEqual([
      'x.uc:2:4: unknown message "WRIT" (did you mean "WRITE"?)',
    ]);
    expect(problems('data', 'role data\non GET\n end')).toEqual([
      'x.uc:2:4: GET goes to role cache; this file is role data',
    ]);
    expect(problems('data', 'role data\non READ\n end\non READ\n end')).toEqual([
      'x.uc:4:4: on READ is defined at x.uc:2 already',
    ]);
    expect(problems('remote', 'role remote\non FAR_APPLY\n end')).toEqual([]);
  });

  test('for frames', () => {
    expect(problems('data', 'role data\nsub s using wriet\n ret\nframe write: a=r1')).toEqual([
      'x.uc:2:13: unknown frame "wriet" (did you mean "write"?)',
    ]);
    expect(problems('data', 'role data\nframe f: a=r1 a=r2 r3=r4 b=r16 c=d')).toEqual([
      'x.uc:2:15: "a" is r1 already',
      'x.uc:2:20: "r3" is a register\'s own name',
      'x.uc:2:28: "r16" is no register; they are r0 to r15',
      'x.uc:2:34: "d" is no register; they are r0 to r15',
    ]);
    expect(problems('data', 'role data\nframe f: g + a=r1\nframe g: f', 'role data\nframe f: a=r1')).toEqual([
      'x.uc:2:10: frame "f" begins with itself',
      'x.uc:3:10: frame "g" begins with itself',
      'y.uc:2:7: frame "f" is defined in x.uc:2 already',
    ]);
  });

  test('for what is no microcode at all', () => {
    expect(problems('data', '')).toEqual(['x.uc:1:1: the file is empty; it begins with its role ("role data")']);
    expect(problems('data', '; note\nsub s\n ret')).toEqual([
      'x.uc:2:1: the first directive of a file is its role ("role data")',
    ]);
    expect(problems('data', 'role cache')).toEqual([
      'x.uc:1:6: role "cache" does not belong here; the image is of role data',
    ]);
    expect(problems('data', 'role dta')).toEqual([
      'x.uc:1:6: role "dta" does not belong here; roles are channel, data, cache, disk, remote',
    ]);
    expect(problems('data', 'role data\nrole data\n ret\nsub s\n ret')).toEqual([
      'x.uc:2:1: a file has one role, which its first directive names',
      'x.uc:3:2: "ret" stands before the first scope (on, sub or hook)',
    ]);
    expect(inSub('mov r1, r2 ! r3')).toEqual(['x.uc:3:13: "!" cannot stand here; a comment begins with ";"']);
    expect(inSub('mov r1 r2')).toEqual(['x.uc:3:9: expected the end of the line, found "r2"']);
    expect(inSub('ldi r1, 5')).toEqual(['x.uc:3:10: expected an operand (a number is written with "#"), found "5"']);
    expect(inSub('reply (r1, r2')).toEqual(['x.uc:3:15: expected ")", found the end of the line']);
  });

  test('and all errors of all files are told at once, in the order of files and lines', () => {
    expect(problems('data', 'role data\nsub s\n foo\n mov r1, x\n ret', 'role data\nsub t\n bar\n ret')).toEqual([
      'x.uc:3:2: unknown instruction "foo"',
      'x.uc:4:10: unknown register "x"; this scope has r0 to r15 only',
      'y.uc:3:2: unknown instruction "bar" (did you mean "br"?)',
    ]);
  });
});

describe('a whole scope is checked', () => {
  test('so that it does not run on after its end', () => {
    expect(problems('data', 'role data\non READ\n mov r1, r2')).toEqual([
      'x.uc:3:2: on READ would run on after its last instruction; that must be end or br',
    ]);
    expect(problems('data', 'role data\nsub s\n mov r1, r2')).toEqual([
      'x.uc:3:2: sub s would run on after its last instruction; that must be ret or br or end',
    ]);
    expect(problems('data', 'role data\non READ\nsub s\n ret')).toEqual(['x.uc:2:1: on READ has no instruction']);
    expect(problems('data', 'role data\non READ\n ret')).toEqual([
      'x.uc:3:2: nobody called on READ: it goes by end, not by ret',
    ]);
    expect(inSub('case r1, #1')).toEqual(['x.uc:3:2: case skips to 2 instructions further on; sub s has 1 more']);
  });

  test('so that a completion handler does not wait', () => {
    const why = 'but on PEER_DOWN runs in class completion, which never waits';
    for (const line of [
      'wait GOT (r1)',
      'waitn GOT (r1, r2)',
      'lock r1',
      'yield',
      'sleep r1',
      'park lock.waiting[r1]',
    ]) {
      const name = line.split(' ')[0];
      expect(problems('data', `role data\non PEER_DOWN\n ${line}\n end`)).toEqual([
        `x.uc:3:2: ${name} waits here, ${why}`,
      ]);
    }
  });

  test('so that nothing waits that a completion handler calls, however it is called', () => {
    const text = 'role data\non PEER_DOWN\n call s\n end\nsub s\n call.hook ack, r1\n ret\nhook ack\n yield\n ret';
    expect(problems('data', text)).toEqual([
      'x.uc:9:2: yield waits here, but on PEER_DOWN runs in class completion, which never waits ' +
        '(on PEER_DOWN → call s → call.hook ack)',
    ]);
    expect(problems('data', text.replace('PEER_DOWN', 'BOOT'))).toEqual([]);
  });

  test('so that a hook which must not wait does not', () => {
    expect(problems('data', 'role data\nhook commit\n call s\n ret\nsub s\n lock r1\n ret')).toEqual([
      'x.uc:6:2: lock waits here, but hook commit must not wait (hook commit of x → call s)',
    ]);
  });

  test('so that only a request is answered, and with fields that its answer has', () => {
    expect(problems('data', 'role data\non READ\n reply (r1, r2, r3)\n end')).toEqual([
      'x.uc:3:2: on READ answers with READY, which has the fields result, slot; here are 3 registers',
    ]);
    expect(problems('data', 'role data\non PEER_DOWN\n call s\n end\nsub s\n reply (r1)\n ret')).toEqual([
      'x.uc:6:2: on PEER_DOWN is started by a message without an answer, so nothing can be replied',
    ]);
  });

  test("so that calls stay within a task's stack", () => {
    const sub = (i: number): string => `sub s${i}\n call s${i + 1}\n ret\n`;
    const text = `role data\non READ\n call s1\n end\n${sub(1)}${sub(2)}${sub(3)}sub s4\n ret\n`;
    expect(problems('data', text)).toEqual([]);
    expect(problems('data', `${text.replace('sub s4\n', 'sub s4\n call s5\n')}sub s5\n ret`)).toEqual([
      'x.uc:2:1: calls are more than 4 deep: on READ → call s1 → call s2 → call s3 → call s4 → call s5',
    ]);
    expect(problems('data', 'role data\non READ\n call s\n end\nsub s\n call s\n ret')).toEqual([
      'x.uc:2:1: calls are more than 4 deep: on READ → call s → call s → call s → call s → call s',
    ]);
  });
});
