/** What the assembler says of ways through the code: each small source has one thing wrong, or nothing. */
import { describe, expect, test } from 'vitest';
import { MICROCODED_ROLES, type Role } from '../../../firmware/ports/messages.js';
import { AssemblyError, assembleChecked } from '../../../tools/assembler/assemble.js';
import { MICROCODE_ROOT, readSources } from '../../../tools/assembler/load-sources.js';
import { PLANTS } from '../../plants.js';

function told(assemble: () => void): string[] {
  try {
    assemble();
  } catch (error) {
    if (error instanceof AssemblyError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** The problems of one source; the first line is its role. */
const problems = (role: Role, text: string): string[] =>
  told(() => assembleChecked(role, [{ path: 'x.uc', text: `role ${role}\n${text}` }]));
const ofData = (text: string): string[] => problems('data', text);

describe('code that nothing comes to', () => {
  test('is named, with the lines after it that nothing comes to either', () => {
    expect(ofData('on OFFER\n br done\n ldi r1, #1\n ldi r2, #1\ndone:\n end')).toEqual([
      'x.uc:4:2: nothing comes to this ldi, nor to the lines after it up to 5: "br" at line 3 goes elsewhere, and nothing in on OFFER branches here; take it out, or give it a label that something goes to',
    ]);
  });

  test('is not what a table of branches goes to', () => {
    expect(ofData('on OFFER\n case r0, #2\n br a\n br b\n end\na:\n end\nb:\n end')).toEqual([]);
  });

  test('is a sub that nobody calls, or that only such a one calls', () => {
    expect(ofData('on OFFER\n end\nsub a\n call b\n ret\nsub b\n ret')).toEqual([
      'x.uc:4:5: nobody calls sub a, from a handler or a hook; call it, or take it out',
      'x.uc:7:5: nobody calls sub b, from a handler or a hook; call it, or take it out',
    ]);
  });
});

describe("a track's lock", () => {
  test('is given back on every way: else the task, the line where it was taken and the way are named', () => {
    expect(ofData('on OFFER\n lock r0\n br.eq r0, #3, out\n unlock r0\nout:\n end')).toEqual([
      'x.uc:7:2: the task ends with the lock of a track (since line 3); give it back on this way (by on OFFER 3 → 7)',
    ]);
  });

  test('is not given back twice', () => {
    expect(ofData('on OFFER\n lock r0\n unlock r0\n unlock r0\n end')).toEqual([
      'x.uc:5:2: unlock gives the lock of a track back, and none is held here (by on OFFER 3 → 5)',
    ]);
  });

  test('may be held by a sub for its caller, which says so, and only if it says so', () => {
    const text = 'on OFFER\n call s\n unlock r0\n end\nsub s\n%s lock r0\n ret';
    expect(ofData(text.replace('%s', ' holds lock "for its caller"\n'))).toEqual([]);
    expect(ofData(text.replace('%s', ''))).toEqual([
      'x.uc:8:2: sub s goes back with the lock of a track (since line 7), not as it was called; if its callers count on that, it says so: holds lock "why" (by on OFFER 3, sub s 7 → 8)',
    ]);
  });

  test('may depend on a result: who holds it when it is OK looks at it', () => {
    const sub =
      'sub s\n holds lock "when r1 is OK"\n ldi r1, #0\n lock r0\n ld r2, track.flags[r0]\n br.eq r2, #0, yes\n unlock r0\n ldi r1, #6\nyes:\n ret';
    expect(ofData(`on OFFER\n call s\n br.ne r1, #0, no\n unlock r0\nno:\n end\n${sub}`)).toEqual([]);
    expect(ofData(`on OFFER\n call s\n br.eq r1, #0, no\n unlock r0\nno:\n end\n${sub}`)).toEqual([
      'x.uc:5:2: unlock gives the lock of a track back, and none is held here (by on OFFER 3 → 5)',
      'x.uc:7:2: the task ends with the lock of a track (since line 3); give it back on this way (by on OFFER 3 → 7)',
    ]);
  });
});

describe('a slot', () => {
  const get = (intent: string, then: string): string =>
    `on OFFER\n ldi r3, #${intent}\n ldi r4, #HOST_POOL\n send GET (r0, r0, r0, r3, r4)\n wait GOT (r1, r2)\n br.ne r1, #OK, no\n${then}no:\n end`;

  test('that was got to write is given back by GIVE, one to read by UNPIN', () => {
    expect(ofData(get('TO_WRITE', ' ldi r5, #0\n post GIVE (r2, r5)\n'))).toEqual([]);
    expect(ofData(get('TO_READ', ' post UNPIN (r2)\n br out\nout:\n end\n'))).not.toEqual([]);
    expect(ofData(get('TO_WRITE', ' post UNPIN (r2)\n'))).toEqual([
      'x.uc:8:2: UNPIN hands over a pin of a slot, and none is held here (by on OFFER 3 → 8)',
      'x.uc:10:2: the task ends with the grant of a slot (since line 6); give it back on this way (by on OFFER 3 → 10)',
    ]);
  });

  test('to read is pinned when the answer is LOOK, too', () => {
    expect(ofData(get('TO_READ', ' post UNPIN (r2)\n'))).toEqual([
      'x.uc:10:2: the task ends with a pin of a slot (since line 6); give it back on this way (by on OFFER 3 → 10)',
    ]);
  });
});

describe('an answer', () => {
  test('is owed once on every way', () => {
    expect(ofData('on SYNC\n br.eq r0, #1, out\n ldi r1, #0\n reply (r1)\nout:\n end')).toEqual([
      'x.uc:7:2: the task ends without an answer to SYNC (by on SYNC 3 → 7)',
    ]);
    expect(ofData('on SYNC\n reply (r0)\n reply (r0)\n end')).toEqual([
      'x.uc:4:2: SYNC is answered here a second time (by on SYNC 3 → 4)',
    ]);
  });

  test('that hands a slot over says OK only with the slot, and not without it', () => {
    const text = 'on READ\n ldi r3, #%s\n ldi r4, #-1\n reply (r3, r4)\n end';
    expect(ofData(text.replace('%s', 'NOT_READY'))).toEqual([]);
    expect(ofData(text.replace('%s', 'OK'))).toEqual([
      'x.uc:5:2: READY hands over a pin of a slot, and none is held here (by on READ 3 → 5)',
    ]);
  });

  test('that was asked for is waited for, and what was not asked for is not', () => {
    expect(ofData('on OFFER\n send FIND (r0, r0)\n end')).toEqual([
      'x.uc:4:2: the task ends before FOUND has come (since line 3); wait for it (by on OFFER 3 → 4)',
    ]);
    expect(ofData('on OFFER\n wait FOUND (r1)\n end')).toEqual([
      'x.uc:3:2: nothing that FOUND answers was asked on this way, so it is waited for in vain; ask first (by on OFFER 3)',
    ]);
  });
});

describe('a register', () => {
  test('that nothing has written on some way is not read', () => {
    expect(
      ofData(
        'on OFFER\n br.eq r0, #0, set\n br go\nset:\n ldi r1, #1\ngo:\n ldi r2, #0\n st session.busy[r1], r2\n end',
      ),
    ).toEqual([
      'x.uc:9:2: r1 is read here, and nothing has written it; write it on this way, or say "zero" in the handler if the 0 of its beginning is meant (by on OFFER 3 → 8 → 9)',
    ]);
  });

  test('is 0 at the beginning of a handler, if that says so; it says so of no other', () => {
    expect(ofData('on SYNC\n use result=r4\n zero result\n reply (result)\n end')).toEqual([]);
    expect(ofData('on SYNC\n use result=r4\n zero result\n ldi result, #0\n reply (result)\n end')).toEqual([
      'x.uc:4:7: "result" is said to be 0 at the beginning of on SYNC, and nothing reads it so; take it out',
    ]);
  });

  test('that a sub reads is written by every caller', () => {
    expect(
      ofData(
        'on OFFER\n ldi r5, #1\n call s\n end\non REBUILD\n call s\n end\nsub s\n ldi r1, #0\n st session.busy[r5], r1\n ret',
      ),
    ).toEqual([
      'x.uc:11:2: r5 is read here, and nothing has written it; write it on this way, or say "zero" in the handler if the 0 of its beginning is meant (by on REBUILD 7, sub s 10 → 11)',
    ]);
  });

  test('that an answer does not bring, when its wait was cancelled, is not read then', () => {
    const loses = 'on DATA_LOSES\n use result=r1\n ldi result, #NOT_READY\n cancel FOUND (result)\n end\n';
    const find = 'on OFFER\n send FIND (r0, r0)\n wait FOUND (r3, r4)\n%s br.eq r4, #0, no\nno:\n end';
    expect(ofData(loses + find.replace('%s', ' brt no\n'))).toEqual([]);
    expect(ofData(loses + find.replace('%s', ''))).toEqual([
      'x.uc:10:2: r4 is read here, and nothing has written it; write it on this way, or say "zero" in the handler if the 0 of its beginning is meant (by on OFFER 8 → 10)',
    ]);
  });
});

describe('a hook', () => {
  test('goes back with the registers that its contract keeps', () => {
    expect(ofData('hook sever\n br.eq r2, #0, out\n ldi r0, #1\nout:\n ret')).toEqual([
      'x.uc:6:2: hook sever of x goes back with r0 changed; it may change r3-r15 only (by hook sever of x 3 → 6)',
    ]);
  });
});

describe('the microcode of the package', () => {
  const sourcesOf = (role: Role) => readSources(MICROCODE_ROOT, role);

  test.each(MICROCODED_ROLES)('of role %s has nothing that a check finds', (role) => {
    expect(() => assembleChecked(role, sourcesOf(role))).not.toThrow();
  });

  test.each([
    ['unlock-forgotten', 'sub take_in goes back with the lock of a track (since line 11), not as it was called'],
    ['stored-credit-lost', 'the task ends with the credit of a write that came (since line 88)'],
    ['changed-before-the-drive', 'nothing comes to this br'],
    ['owed-in-pair', 'nothing comes to this ldi, nor to the lines after it up to 15'],
    ['lost-cache-not-told', 'nothing comes to this ldi'],
    ['entry-not-redone', 'nobody calls sub redo'],
    ['restored-and-not-handed-on', 'nobody calls sub hand_over'],
  ])('with the planted bug %s has one, in its file', (name, text) => {
    const plant = PLANTS.find((p) => p.name === name);
    if (!plant) throw new RangeError(`${name} is no planted bug`);
    const path = `microcode/${plant.file}`;
    const role = MICROCODED_ROLES.find((r) => sourcesOf(r).some((s) => s.path === path)) as Role;
    const edited = sourcesOf(role).map((source) =>
      source.path === path ? { ...source, text: source.text.replace(plant.find, () => plant.replace) } : source,
    );
    const lines = told(() => assembleChecked(role, edited));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(text);
    expect(lines[0].startsWith(`${path}:`)).toBe(true);
  });
});
