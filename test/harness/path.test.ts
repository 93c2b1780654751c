import { describe, expect, test } from 'vitest';
import { RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, path, span } from './path.js';
import { program } from './program.js';

const { OK } = RESULT;

function reading(): Path {
  const p = path('data');
  p.set('volume.state', 0, VOLUME_STATE.VOLUME_READY);
  p.receive('READ', { volume: 0, track: 1, span: span(0, 2) });
  return p;
}

describe('a path says what came instead', () => {
  test('of an expected message: another field, kind, receiver, or nothing', () => {
    expect(() => reading().expect('cache', 'GET', { track: 2 })).toThrow(
      'expected GET (track=2) to cache; sent was GET (volume=0, track=1, span=0+2, intent=0, pool=0) to cache',
    );
    expect(() => reading().expect('cache', 'FIND')).toThrow('expected FIND () to cache; sent was GET (');
    expect(() => reading().expect('disk', 'GET')).toThrow('expected GET () to disk; sent was GET (');
    expect(() => path('data').expect('cache', 'GET')).toThrow('expected GET () to cache; nothing was sent');
  });

  test('of an end: a message, a task, a lock, a pin, a timer, an answer that is owed, too many micro-operations', () => {
    expect(() => reading().expectDone()).toThrow('expected nothing; sent was GET (');
    const p = reading();
    p.expect('cache', 'GET');
    p.set('lock.holder', 2, 1);
    p.set('lock.unacked', 1, 3);
    p.set('entry.pins', 0, 1);
    p.set('entry.granted', 1, 1);
    expect(() => p.expectDone({ pinned: [4] })).toThrow(
      /^not done: task \d+ has not ended; track 1 counts 3 unacknowledged send\(s\); track 2 is locked; slot 0 has 1 pin\(s\), not 0; slot 1 is granted; slot 4 has 0 pin\(s\), not 1; a request still waits for READY$/,
    );
    const sleeps = program('    sleep r0');
    sleeps.go([5]);
    expect(() => sleeps.expectDone()).toThrow('a timer runs');
    const done = program('    mov r0, r1');
    done.go();
    expect(() => done.expectDone({ ops: 3 })).toThrow('expected 3 micro-operations; it took 2');
    expect(() => done.expectDone({ mostOps: 1 })).toThrow('expected at most 1 micro-operations; it took 2');
    done.expectDone({ ops: 2 });
  });

  test('of an answer: to another request, or to nothing that was asked', () => {
    const p = path('data');
    const [first, second] = [p.receive('SYNC', { volume: 0 }), p.receive('SYNC', { volume: 0 })];
    expect(() => p.expectReply('SYNCED', {}, second)).toThrow('SYNCED answers another request');
    p.expectReply('SYNCED', {}, second);
    expect(() => p.expectReply('READY')).toThrow('no request waits for READY');
    expect(() => p.answer('GOT', { result: OK })).toThrow('nothing was asked that GOT would answer');
    expect(first.answered).toBe(false);
  });
});

describe('a test that names what is not there', () => {
  test('hears which messages, fields, tables and records there are', () => {
    const p = path('data');
    expect(() => p.receive('REED')).toThrow('there is no message REED');
    expect(() => p.receive('READY')).toThrow('READY is an answer; answer() gives it');
    expect(() => p.receive('READ', { lba: 1 })).toThrow('READ has no field lba; it has volume, track, span');
    expect(() => p.get('volume.status')).toThrow('there is no field volume.status; there are m1_wp, m2_wp');
    expect(() => p.get('volume.state', 1)).toThrow('there is no volume 1; there are 1');
    expect(() => p.set('track.flags', 0, [1, 2])).toThrow('track.flags is 1 word(s); here are 2');
  });

  test('hears what is wrong with its own microcode', () => {
    expect(() => program('    ldi r0, 5')).toThrow('test.uc:3');
  });
});

test('a path runs as few micro-operations as it is told, and goes on from there', () => {
  const p = path('data');
  p.set('volume.state', 0, VOLUME_STATE.VOLUME_READY);
  p.receive('READ', { volume: 0, track: 1 }, { ops: 2 });
  p.expectNothing();
  expect(p.ops).toBe(2);
  for (let i = 0; i < 20 && p.sent === 0; i++) expect(p.run(1)).toBe(1);
  p.expect('cache', 'GET', { track: 1 });
});

test('time stands still until a test lets it pass', () => {
  const p = program('    sleep r0\n    now64 r2');
  const task = p.begin([7]);
  p.run();
  p.pass_us(6);
  expect(p.registers(task)[2]).toBe(0);
  p.pass_us(1);
  expect(p.registers(task)[2]).toBe(1_007_000);
  p.expectDone();
});
