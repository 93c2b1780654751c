import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PARALLEL } from '../../../firmware/memory/constants.js';
import type { Message, Payload } from '../../harness/messages.js';
import { path } from '../../harness/path.js';
import { program } from '../../harness/program.js';

/** Asks r0 times; r1 counts them. */
const ASKS = 'more:\n    send SHIP ()\n    add r1, r1, #1\n    br.lt r1, r0, more';

/** A message that cancels every wait for GOT. */
const CANCELS = '\n---\non PEER_DOWN\n    cancel GOT\n    end';

describe('a wait', () => {
  test('puts the words of the answer into the registers that it names', () => {
    const p = program('    ldi r1, #5\n    send GET (r1, r0)\n    wait GOT (r7, r3)');
    const task = p.begin([9]);
    p.run();
    p.expect('cache', 'GET', { volume: 5, track: 9, span: 0, intent: 0, pool: 0 });
    p.answer('GOT', { result: 3, slot: 4 });
    const r = p.registers(task);
    expect([r[7], r[3]]).toEqual([3, 4]);
    p.expectDone({ ops: 4 });
  });

  test('takes answers in any order: what comes early stands in the inbox', () => {
    const kinds: readonly { send: string; wait: string; answer: string; payload: Payload }[] = [
      { send: 'send GET (r0)', wait: 'wait GOT (r4, r5)', answer: 'GOT', payload: { result: 11, slot: 12 } },
      { send: 'send FIND (r0)', wait: 'wait FOUND (r6, r7)', answer: 'FOUND', payload: { dirty: 13, slot: 14 } },
      { send: 'send SHIP (r0)', wait: 'wait SHIPPED (r8)', answer: 'SHIPPED', payload: { result: 15 } },
      { send: 'send CALL (r0)', wait: 'wait ANSWER (r9, r10)', answer: 'ANSWER', payload: { result: 16, a: 17 } },
    ];
    const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
    fc.assert(
      fc.property(order, order, (waits, answers) => {
        const p = program(
          [...kinds.map((k) => k.send), ...waits.map((w) => kinds[w]?.wait)].map((l) => `    ${l}`).join('\n'),
        );
        const task = p.begin();
        p.run();
        const requests = ['GET', 'FIND', 'SHIP', 'CALL'].map((name, i) => p.expect(i < 2 ? 'cache' : 'remote', name));
        for (const a of answers) p.answer(kinds[a]?.answer ?? '', kinds[a]?.payload, requests[a]);
        expect(p.registers(task).slice(4, 11)).toEqual([11, 12, 13, 14, 15, 16, 17]);
        p.expectDone();
      }),
      { numRuns: 60 },
    );
  });

  test('for one of several answers of a kind takes the one that came first', () => {
    const p = program(
      '    send GET ()\n    send GET ()\n    send ADOPT ()\n    wait ADOPTED ()\n    wait GOT (r1, r2)\n    wait GOT (r3, r4)',
    );
    const task = p.begin();
    p.run();
    const [first, second] = [p.expect('cache', 'GET'), p.expect('cache', 'GET')];
    p.expect('cache', 'ADOPT');
    p.answer('GOT', { result: 1, slot: 2 }, second);
    p.answer('GOT', { result: 3, slot: 4 }, first);
    p.answer('ADOPTED');
    expect(p.registers(task).slice(1, 5)).toEqual([1, 2, 3, 4]);
    p.expectDone();
  });

  test('that is counted ends with the last answer and the greatest first word, in any order and however many came early', () => {
    const results = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: MAX_PARALLEL });
    fc.assert(
      fc.property(results, fc.nat(MAX_PARALLEL), (words, early) => {
        const has = words.length < MAX_PARALLEL;
        const pause = has ? '    send ADOPT ()\n    wait ADOPTED ()' : '    yield';
        const p = program(`${ASKS}\n${pause}\n    waitn SHIPPED (r1, r2)\n    ldi r3, #1`);
        const task = p.begin([words.length]);
        p.run();
        const asked = words.map(() => p.expect('remote', 'SHIP'));
        if (has) p.expect('cache', 'ADOPT');
        for (const [i, result] of words.entries()) {
          if (has && i === Math.min(early, words.length - 1)) p.answer('ADOPTED');
          expect(p.registers(task)[3]).toBe(0);
          p.answer('SHIPPED', { result }, asked[words.length - 1 - i]);
        }
        expect(p.registers(task).slice(1, 4)).toEqual([0, Math.max(...words), 1]);
        p.expectDone();
      }),
      { numRuns: 60 },
    );
  });

  test('that is counted for none goes on at once, with the result 0', () => {
    expect(program('    ldi r2, #7\n    waitn SHIPPED (r1, r2)').go()[2]).toBe(0);
  });

  test('ends at its deadline, which brt sees; the answer that comes late matches nothing', () => {
    const p = program(
      '    ldi r0, #10\n    send GET ()\n    wait GOT (r1, r2), r0\n    brt late\n    ldi r3, #1\n    br done\nlate:\n    ldi r3, #2\ndone:\n    send FIND ()\n    wait FOUND (r4)',
    );
    const task = p.begin();
    p.run();
    const get = p.expect('cache', 'GET');
    p.pass_us(9);
    p.expectNothing();
    p.pass_us(1);
    p.expect('cache', 'FIND');
    p.answer('GOT', { result: 8, slot: 9 }, get);
    p.answer('FOUND', { dirty: 5 });
    expect(p.registers(task).slice(1, 5)).toEqual([0, 0, 2, 5]);
    p.expectDone();
  });

  test('whose answer comes in time forgets its deadline', () => {
    const p = program(
      '    ldi r0, #10\n    send GET ()\n    wait GOT (r1, r2), r0\n    brt late\n    ldi r3, #1\nlate:\n    mov r4, r3',
    );
    const task = p.begin();
    p.run();
    p.expect('cache', 'GET');
    p.pass_us(5);
    p.answer('GOT', { result: 8, slot: 9 });
    p.pass_us(100);
    expect(p.registers(task).slice(1, 5)).toEqual([8, 9, 1, 1]);
    p.expectDone();
  });

  test('ends by a cancel of its kind, in every task that waits for it, and in no other', () => {
    const body =
      '    send GET ()\n    br.ne r0, #0, other\n    wait GOT (r1, r2)\n    brt gone\n    br done\nother:\n    send FIND ()\n    wait FOUND (r1)\n    wait GOT (r1, r2)\n    br done\ngone:\n    ldi r3, #1\ndone:\n    mov r4, r3';
    const p = program(body + CANCELS);
    const tasks = [p.begin(), p.begin([1])];
    p.run();
    const gets = [p.expect('cache', 'GET'), p.expect('cache', 'GET')];
    p.expect('cache', 'FIND');
    p.receive('PEER_DOWN');
    p.answer('FOUND', { dirty: 1 });
    p.answer('GOT', { result: 5, slot: 6 }, gets[0]);
    p.answer('GOT', { result: 7, slot: 8 }, gets[1]);
    expect(tasks.map((t) => p.registers(t).slice(1, 5))).toEqual([
      [0, 0, 1, 1],
      [7, 8, 0, 0],
    ]);
    p.expectDone();
  });

  test('that is cancelled with registers hears them as the answer, also where several were asked', () => {
    const cancels = '\n---\non PEER_DOWN\n    ldi r9, #6\n    ldi r10, #7\n    cancel GOT (r9, r10)\n    end';
    const one = program(`    send GET ()\n    wait GOT (r1)\n    mov r3, r1${cancels}`);
    const alone = one.begin();
    one.run();
    one.expect('cache', 'GET');
    one.receive('PEER_DOWN');
    expect(one.registers(alone).slice(1, 4)).toEqual([6, 0, 6]);
    one.expectDone();
    const body = '    ldi r1, #2\n    send GET ()\n    send GET ()\n    waitn GOT (r1, r2)\n    mov r3, r2';
    for (const [first, worst] of [
      [1, 6],
      [8, 8],
    ]) {
      const p = program(body + cancels);
      const task = p.begin();
      p.run();
      const gets = [p.expect('cache', 'GET'), p.expect('cache', 'GET')];
      p.answer('GOT', { result: first as number }, gets[0]);
      p.receive('PEER_DOWN');
      expect(p.registers(task).slice(1, 4)).toEqual([0, worst, worst]);
      p.expectDone();
    }
  });

  test('is not ended by the answer to an earlier task of the same number', () => {
    const p = program(`    ldi r0, #10\n    send GET ()\n    wait GOT (r1, r2), r0`);
    const asked: Message[] = [];
    for (let i = 0; i < 3; i++) {
      p.begin();
      p.run();
      asked.push(p.expect('cache', 'GET'));
      p.pass_us(10);
    }
    p.expectDone();
    const task = p.begin();
    p.run();
    const last = p.expect('cache', 'GET');
    for (const old of asked) p.answer('GOT', { result: 1, slot: 1 }, old);
    p.answer('GOT', { result: 2, slot: 2 }, last);
    expect(p.registers(task).slice(1, 3)).toEqual([2, 2]);
    p.expectDone();
  });

  test('brt before the first wait of a task does not see what an earlier task saw', () => {
    const p = program(
      '    br.ne r0, #0, asks\n    brt wrong\n    br done\nwrong:\n    ldi r5, #1\n    br done\nasks:\n    send GET ()\n    wait GOT (r1, r2), r0\ndone:\n    mov r6, r5',
    );
    p.go([10]);
    p.expect('cache', 'GET');
    p.pass_us(10);
    expect(p.go([0])[5]).toBe(0);
  });
});

describe('a sleep', () => {
  test('lasts as long as it says, and many tasks wake in the order of their times', () => {
    const p = program('    sleep r0\n    inc system.ready\n    ld r2, system.ready');
    const tasks = [p.begin([300]), p.begin([100])];
    p.run();
    p.pass_us(99);
    expect(p.get('system.ready')).toBe(0);
    p.pass_us(1);
    expect(p.get('system.ready')).toBe(1);
    p.pass_us(200);
    expect(tasks.map((t) => p.registers(t)[2])).toEqual([2, 1]);
    p.expectDone();
  });
});

describe('parallel requests', () => {
  test(`may be ${MAX_PARALLEL}; one more without an answer is a fault`, () => {
    const p = program(`${ASKS}\n    waitn SHIPPED (r1, r2)`);
    p.go([MAX_PARALLEL]);
    for (let i = 0; i < MAX_PARALLEL; i++) p.expect('remote', 'SHIP');
    for (let i = 0; i < MAX_PARALLEL; i++) p.answer('SHIPPED');
    p.expectDone();
    expect(() => p.go([MAX_PARALLEL + 1])).toThrow(`asks a ${MAX_PARALLEL + 1}th time without an answer`);
  });
});

describe('queues of tasks', () => {
  test('park stands last; wake takes the first, wake.all the rest in order', () => {
    const p = path('remote', {
      source:
        'role remote\non SHIP\n    park trunk.waiting\n    reply (r0)\n    end\non LINK_UP\n    br.eq r0, #0, all\n    wake trunk.waiting\n    end\nall:\n    wake.all trunk.waiting\n    end',
      tasks: [4, 2, 2, 4],
    });
    const waits = [0, 1, 2].map((volume) => p.receive('SHIP', { volume }));
    p.receive('LINK_UP', { wire: 1 });
    p.expectReply('SHIPPED', { result: 0 }, waits[0]);
    p.expectNothing();
    p.receive('LINK_UP', { wire: 0 });
    p.expectReply('SHIPPED', { result: 1 }, waits[1]);
    p.expectReply('SHIPPED', { result: 2 }, waits[2]);
    p.receive('LINK_UP', { wire: 1 });
    p.expectDone();
  });

  test('a lock goes to who waits longest; unlocking what another task holds is a fault', () => {
    const p = program('    lock r0\n    send GET (r1)\n    wait GOT (r2, r3)\n    unlock r0', 'data', {
      tasks: [1, 1, 4, 2],
    });
    for (const n of [1, 2, 3]) p.begin([2, n]);
    p.run();
    for (const n of [1, 2, 3]) {
      p.expect('cache', 'GET', { volume: n });
      p.expectNothing();
      p.answer('GOT');
    }
    p.expectDone();
    const held = program('    unlock r0');
    held.set('lock.holder', 3, 1);
    expect(() => held.go([3])).toThrow(/unlocks track 3, which task 1 holds/);
  });
});

describe('requests that wait for a task', () => {
  const SOURCE =
    'role remote\non SHIP\n    send APPLY (r0)\n    wait APPLIED (r1)\n    reply (r0)\n    end\non LINK_UP\n    post PEER_UP (r0)\n    end';

  test('begin in the order of their coming, in their own class; other classes go on', () => {
    const p = path('remote', { source: SOURCE, tasks: [1, 1, 1, 1] });
    const host = [0, 1, 2].map((volume) => p.receive('SHIP', { volume }, { class: 'host' }));
    const other = [10, 11].map((volume) => p.receive('SHIP', { volume }, { class: 'destage' }));
    p.expect('data', 'APPLY', { volume: 0 });
    p.expect('data', 'APPLY', { volume: 10 });
    p.receive('LINK_UP', { wire: 9 });
    p.expect('data', 'PEER_UP', { session: 9 });
    p.expectNothing();
    for (let i = 0; i < 3; i++) {
      p.answer('APPLIED');
      p.expectReply('SHIPPED', { result: i }, host[i]);
      if (i < 2) p.expect('data', 'APPLY', { volume: i + 1 });
      p.expectNothing();
      if (i < 2) {
        p.answer('APPLIED');
        p.expectReply('SHIPPED', { result: 10 + i }, other[i]);
        if (i < 1) p.expect('data', 'APPLY', { volume: 11 });
      }
    }
    p.expectDone();
  });

  test('are asked on in the class of the task that asks', () => {
    const p = path('data', {
      source:
        'role data\non READ\n    send GET (r0)\n    wait GOT (r1)\n    reply (r1)\n    end\non APPLY\n    send GET (r0)\n    wait GOT (r1)\n    reply (r1)\n    end',
    });
    p.receive('READ');
    expect(p.expect('cache', 'GET').class).toBe(0);
    p.receive('APPLY');
    expect(p.expect('cache', 'GET').class).toBe(1);
  });

  test('of a kind that the image has no handler for are a fault that names it', () => {
    const p = path('data', { source: 'role data\non READ\n    reply (r0)\n    end' });
    expect(() => p.receive('SYNC')).toThrow('no handler for SYNC');
  });
});
