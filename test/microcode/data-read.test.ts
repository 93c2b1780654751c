import { describe, test } from 'vitest';
import { INTENT, POOL, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { path, span } from '../harness/path.js';
import { data } from './fixtures.js';

const { OK, NOT_READY, MEDIUM_ERROR } = RESULT;

describe('a read', () => {
  test('of a ready volume gives the pinned slot of the cache, in at most twelve micro-operations', () => {
    const p = path('data', { volumes: [{ tracks: 4 }], sectorsPerTrack: 4 });
    p.set('volume.state', 0, VOLUME_STATE.VOLUME_READY);
    p.receive('READ', { volume: 0, track: 1, span: span(0, 2) });
    p.expect('cache', 'GET', {
      volume: 0,
      track: 1,
      span: span(0, 2),
      intent: INTENT.TO_READ,
      pool: POOL.HOST_POOL,
    });
    p.answer('GOT', { result: OK, slot: 3 });
    p.expectReply('READY', { result: OK, slot: 3 });
    p.expectDone({ mostOps: 12 });
  });

  test('takes no lock: it goes on while a write holds the track', () => {
    const p = data();
    p.set('lock.holder', 1, 2);
    p.receive('READ', { volume: 0, track: 1, span: span(0, 1) });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: 0 });
    p.expectReply('READY', { result: OK });
    p.set('lock.holder', 1, 0);
    p.expectDone();
  });

  test('of a volume that is not ready is refused, and the cache is not asked', () => {
    const p = path('data');
    p.receive('READ', { volume: 0, track: 1, span: span(0, 2) });
    p.expectReply('READY', { result: NOT_READY });
    p.expectDone();
  });

  test('of a track that the drive cannot give hears so', () => {
    const p = data();
    p.receive('READ', { volume: 0, track: 1, span: span(0, 1) });
    p.expect('cache', 'GET', {});
    p.answer('GOT', { result: MEDIUM_ERROR, slot: 2 });
    p.expectReply('READY', { result: MEDIUM_ERROR });
    p.expectDone();
  });
});

describe('a sync', () => {
  test('is answered at once: what was acknowledged is in battery memory', () => {
    const p = data();
    p.receive('SYNC', { volume: 0 });
    p.expectReply('SYNCED', { result: OK });
    p.expectDone({ mostOps: 6 });
  });

  test('of a volume that is not ready is refused', () => {
    const p = path('data');
    p.receive('SYNC', { volume: 0 });
    p.expectReply('SYNCED', { result: NOT_READY });
    p.expectDone();
  });
});
