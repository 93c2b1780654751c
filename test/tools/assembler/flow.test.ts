/** What the assembler says of ways through the code: each small source has one thing wrong, or nothing. */
import { describe, expect, test } from 'vitest';
import { LOSES, ofData, problems } from './flow-problems.js';

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

test('a sub that calls itself, by another too, is named, whoever calls it', () => {
  expect(
    ofData('hook sever\n call a\n ret\nsub a\n call b\n ret\nsub b\n br.eq r0, #0, no\n call a\nno:\n ret'),
  ).toEqual([
    'x.uc:5:5: sub a calls itself; calls are four deep at most, so write a loop',
    'x.uc:8:5: sub b calls itself; calls are four deep at most, so write a loop',
  ]);
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

describe('bytes of a slot', () => {
  const write = (between: string): string =>
    `on OFFER\n use gen=r8\n lock r0\n ldi r3, #TO_WRITE\n send GET (r0, r0, r0, r3, r3)\n wait GOT (r1, r2)\n br.ne r1, #OK, no\n${between} post GIVE (r2, r1)\nno:\n unlock r0\n end`;

  test('change behind the flag that says so, under lock and grant', () => {
    expect(
      ofData(write(' flag.set r0, r0, #M1_WP|WRITTEN\n ld64 gen, track.gen[r0]\n slot.zero r2, r0, gen\n')),
    ).toEqual([]);
    expect(ofData(write(' ld64 gen, track.gen[r0]\n slot.zero r2, r0, gen\n flag.set r0, r0, #M1_WP\n'))).toEqual([
      'x.uc:10:2: slot.zero is without M1 write pending set before on this way, which it relies on; where nobody else runs yet, say so: alone "why" (by on OFFER 4 → 10)',
    ]);
  });

  test('change without them where nobody else runs yet, which the code says', () => {
    const text = 'on OFFER\n%s ld64 r2, track.gen[r0]\n slot.zero r0, r0, r2\n end';
    expect(ofData(text.replace('%s', ' alone "at power on"\n'))).toEqual([]);
    expect(ofData(text.replace('%s', ''))).toHaveLength(3);
  });
});

test('what is written to a drive is told as OK behind a sync only; a failure needs none', () => {
  const text =
    'on LIST_WRITE\n use result=r4\n send DRIVE_WRITE (r0, r1, r2, r3)\n wait DRIVE_DONE (result)\n%s reply (result)\n end';
  const sync = ' br.ne result, #OK, out\n send DRIVE_SYNC (r0)\n wait DRIVE_DONE (result)\nout:\n';
  expect(problems('disk', text.replace('%s', sync))).toEqual([]);
  expect(problems('disk', text.replace('%s', ''))).toEqual([
    'x.uc:6:2: LISTED may say OK without a sync of the drive behind what was written to it on this way; do that first, or say what failed (by on LIST_WRITE 4 → 6)',
  ]);
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

describe('a wait', () => {
  const find = 'on OFFER\n send FIND (r0, r0)\n wait FOUND (r3)%s\n end';
  const loses = '\non DATA_LOSES\n ldi r1, #NOT_READY\n%s end';

  test('for what a director answers needs a handler that cancels it when that is dead', () => {
    expect(problems('data', find.replace('%s', ''))).toEqual([
      'x.uc:4:2: wait FOUND may never end: the cache director may be gone, and role data has no handler of DATA_LOSES, which cancels it; give it a deadline ("wait FOUND (…), deadline_us", and brt behind it)',
    ]);
    expect(ofData(find.replace('%s', '') + loses.replace('%s', ''))).toEqual([
      'x.uc:4:2: wait FOUND may never end: the cache director may be gone, and on DATA_LOSES does not cancel it; give it a deadline ("wait FOUND (…), deadline_us", and brt behind it)',
    ]);
    expect(
      ofData(`${find.replace('%s', '') + loses.replace('%s', ' call s\n')}\nsub s\n cancel FOUND (r1)\n ret`),
    ).toEqual([]);
  });

  test('for several is for as many as were asked', () => {
    const text = 'on OFFER\n send FIND (r0, r0)\n ldi r1, #%s\n waitn FOUND (r1, r2)\n end';
    expect(ofData(text.replace('%s', '1') + LOSES)).toEqual([]);
    expect(ofData(text.replace('%s', '2') + LOSES)).toEqual([
      'x.uc:5:2: waitn is for 2 FOUND, and only 1 was asked on this way, so it is waited for in vain; ask first, or count what was asked (by on OFFER 3 → 5)',
    ]);
  });

  test('with a deadline needs none', () => {
    expect(ofData(find.replace('%s', ', r0') + loses.replace('%s', ''))).toEqual([]);
  });

  test('for what hands a slot over has no deadline, behind which the slot would be nobody’s', () => {
    const text = `on OFFER\n ldi r3, #TO_READ\n send GET (r0, r0, r0, r3, r3)\n wait GOT (r4), r0\n br.eq r4, #OK, no\n end\nno:\n end`;
    expect(ofData(text)).toContain(
      'x.uc:5:2: GOT may bring a pin of a slot, and behind this deadline nobody would give it back; wait without one',
    );
  });

  test('in a queue needs somebody of the role who wakes it', () => {
    expect(ofData('on OFFER\n park system.rebuilt\n end')).toEqual([
      'x.uc:3:2: park system.rebuilt never ends: nothing in role data wakes that queue',
    ]);
    expect(ofData('on OFFER\n park system.rebuilt\n end\non REBUILD\n wake system.rebuilt\n end')).toEqual([]);
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
