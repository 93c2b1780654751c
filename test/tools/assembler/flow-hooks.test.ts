/** What the assembler says of hooks that break their row, of who calls them, and of what scopes say of themselves. */
import { describe, expect, test } from 'vitest';
import { ofData } from './flow-problems.js';

describe('a hook', () => {
  test('goes back with the registers that its contract keeps', () => {
    expect(ofData('hook sever\n br.eq r2, #0, out\n ldi r0, #1\nout:\n ret')).toEqual([
      'x.uc:6:2: hook sever of x goes back with r0 changed; it may change r3-r15 only (by hook sever of x 3 → 6)',
    ]);
  });

  test('may save one and restore it, or say why it comes back', () => {
    expect(ofData('hook sever\n mov r5, r0\n ldi r0, #1\n mov r0, r5\n ret')).toEqual([]);
    expect(ofData('hook sever\n keeps r0 "it is read again"\n ld r0, system.wanted\n ret')).toEqual([]);
  });

  test('holds at its end what it held at its beginning', () => {
    expect(ofData('hook receive\n lock r9\n ret')).toEqual([
      'x.uc:4:2: hook receive of x goes back with the lock of a track (since line 3); it holds at its end what it held at its beginning (by hook receive of x 3 → 4)',
    ]);
    expect(ofData('hook commit\n unlock r8\n ret')).toEqual([
      'x.uc:4:2: hook commit of x gives the lock of a track back, which its caller holds, and gives back itself (by hook commit of x 3 → 4)',
    ]);
  });

  test('neither ends the task nor answers for its caller', () => {
    expect(ofData('hook sever\n end')).toEqual([
      'x.uc:3:2: hook sever of x ends the task here; it goes back by ret, as its caller goes on (by hook sever of x 3)',
    ]);
    expect(
      ofData(
        'hook ack\n call s\n ret\nsub s\n reply (r7)\n ret\non SYNC\n use result=r1\n ldi result, #0\n reply (result)\n end',
      ),
    ).toEqual(['x.uc:6:2: a hook answers here; whoever called it does, once (by hook ack of x 3, sub s 6)']);
  });

  test('reads what arrives, and nothing else before it has written it', () => {
    expect(ofData('hook sever\n mov r5, r2\n mov r6, r3\n ret')).toEqual([
      'x.uc:4:2: r3 is read here, and nothing has written it; write it on this way, or say "zero" in the handler if the 0 of its beginning is meant (by hook sever of x 3 → 4)',
    ]);
  });

  test('is called with what it relies on: held, written, and with the number that it expects', () => {
    const frame = ' use pair=r5 result=r7\n';
    expect(ofData(`on OFFER\n${frame} ldi pair, #1\n call.hook settle, pair\n end`)).toEqual([
      'x.uc:5:2: hook settle is called here before anything has written result (r7), which it relies on (by on OFFER 4 → 5)',
    ]);
    expect(ofData(`on OFFER\n${frame} ldi pair, #1\n ld result, system.lost\n call.hook settle, pair\n end`)).toEqual([
      'x.uc:6:2: hook settle is called here with result (r7) that may be another than OK, which it relies on (by on OFFER 4 → 6)',
    ]);
    expect(
      ofData(`on OFFER\n${frame} ldi pair, #1\n ldi result, #OK\n lock r5\n call.hook settle, pair\n unlock r5\n end`),
    ).toEqual([
      'x.uc:7:2: hook settle is called here with the lock of a track, which must not be held there (by on OFFER 4 → 7)',
    ]);
  });

  test('may have changed what it may change: nothing is known of it behind the call', () => {
    const frame = ' use pair=r2 result=r8\n';
    const text = `on OFFER\n${frame} ldi r1, #0\n mov pair, r0\n call.hook members, pair\n br.eq r1, #0, out\n lock r0\nout:\n br.eq r1, #0, done\n unlock r0\ndone:\n end`;
    expect(ofData(text)).toEqual([]);
    expect(ofData(text.replace(' call.hook members, pair\n', ''))).toEqual([]);
  });
});

describe('what a scope says', () => {
  test('stands where it belongs, and names what there is', () => {
    expect(ofData('sub s\n zero r1\n ret')).toContain('x.uc:3:2: zero is for a handler; this is sub s');
    expect(ofData('on OFFER\n holds lock "why"\n end')).toEqual(['x.uc:3:2: holds is for a sub; this is on OFFER']);
    expect(ofData('on OFFER\n keeps r1 "why"\n end')).toEqual(['x.uc:3:2: keeps is for a hook; this is on OFFER']);
    const [line] = ofData('on OFFER\n call s\n end\nsub s\n holds lokc "why"\n ret');
    expect(line).toMatch(
      /^x\.uc:6:8: "lokc" is nothing that is held; there are lock, grant, .* \(did you mean "lock"\?\)$/,
    );
    expect(ofData('on OFFER\n call s\n end\nsub s\n holds lock\n ret')).toEqual([
      'x.uc:6:12: expected the reason, in quotation marks, found the end of the line',
    ]);
  });
});
