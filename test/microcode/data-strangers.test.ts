/**
 * What stands in memory before the first record of a table, or behind the last one, is no record: a volume of no pair has
 * none, whatever is found there, and a volume that another array names may not be there.
 */
import { describe, expect, test } from 'vitest';
import {
  CLEANED,
  FLAG,
  PAIR_ROLE,
  PAIR_STATE,
  QUESTION,
  RESULT,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import type { BenchOptions } from '../harness/bench-array.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, PEER, source, THEIRS, target } from './fixtures.js';

const { OK, MEDIUM_ERROR, REFUSED } = RESULT;
const { M1_WP, M1_INV, WRITTEN } = FLAG;
const TRACK = 2;
const GEN = 5;

/** A local volume; in front of the first pair stands what would be one in PAIR, with a session. */
function local(role: 'SOURCE' | 'TARGET', options: BenchOptions = {}): Path {
  const p = data(options);
  p.machine.set('pair', 'state', -1, PAIR_STATE.PAIR);
  p.machine.set('pair', 'role', -1, PAIR_ROLE[role]);
  p.machine.set('session', role === 'SOURCE' ? 'open' : 'taking', -1, EPOCH);
  return p;
}

function lacks(p: Path, flags = M1_INV | WRITTEN): Path {
  p.node.tracks.setFlags(TRACK, 0, flags);
  p.set('track.gen', TRACK, [GEN, EPOCH]);
  p.set('volume.state', 0, VOLUME_STATE.VOLUME_WATCHED);
  return p;
}

describe('a volume of no pair', () => {
  test('is not offered to anybody when a link comes', () => {
    const p = local('SOURCE');
    p.receive('PEER_UP', { session: 1 });
    p.expectDone();
  });

  test('keeps what its drive did not take', () => {
    const p = local('TARGET');
    p.node.tracks.setFlags(TRACK, 0, M1_WP | WRITTEN);
    p.set('track.gen', TRACK, [GEN, EPOCH]);
    p.set('slot.volume', 3, 1);
    p.receive('DESTAGED', { volume: 0, track: TRACK, gen: GEN, gen_epoch: EPOCH, slot: 3, result: MEDIUM_ERROR });
    p.expect('cache', 'CLEAN', { slot: 3, cleaned: CLEANED.HELD });
    expect(p.flags(0, TRACK)).toBe('M1_WP');
    p.expectDone();
  });

  test('has its reads fail where its drive does, and marks nothing', () => {
    const p = local('SOURCE');
    p.receive('READ', { volume: 0, track: TRACK, span: span(0, 1) });
    p.expect('cache', 'GET');
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.expectReply('READY', { result: MEDIUM_ERROR });
    expect(p.flags(0, TRACK)).toBe('none');
    p.expectDone();
  });

  test('waits for nobody to bring a track that it lacks', () => {
    const p = lacks(local('SOURCE'));
    p.receive('READ', { volume: 0, track: TRACK, span: span(0, 1) });
    p.expectReply('READY', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('offers a track to nobody that became zeroes', () => {
    const p = lacks(local('SOURCE'), M1_INV);
    p.receive('REBUILD');
    p.expect('cache', 'GET', { track: TRACK });
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'GIVE', { slot: 1, session: 0 });
    expect(p.flags(0, TRACK)).toBe('M1_WP');
    p.expectDone();
  });

  test('tells nobody that its drive fails, nor that it may be tried again', () => {
    const p = local('TARGET');
    p.machine.set('session', 'taking', -1, 0);
    p.set('volume.failing', 0, 1);
    p.receive('REBUILD');
    p.expectDone();
    p.receive('TRY');
    p.expect('data', 'REBUILD');
    p.expectDone();
  });

  test('sends no track of its own to another array', () => {
    const p = local('TARGET');
    p.set('track.gen', TRACK, [GEN, EPOCH]);
    p.receive('BRING', { volume: 0, track: TRACK, epoch: EPOCH, gen: GEN });
    p.expectReply('BROUGHT', { result: REFUSED });
    p.expectDone();
  });

  test('ends no session when a slot of it is spoiled', () => {
    const p = local('TARGET');
    p.receive('SPOILED', { volume: 0, track: TRACK, spoiled: 1 });
    expect(p.machine.get('session', 'taking', -1)).toBe(EPOCH);
  });
});

describe('a volume that is not there', () => {
  /** Behind the last volume stands what would be one of the same pair. */
  const behind = (): Path => {
    const p = target();
    for (const field of ['tracks', 'pair', 'track_base'])
      p.machine.set('volume', field, 1, p.machine.get('volume', field, 0));
    return p;
  };

  test('takes no write of another array', () => {
    const p = behind();
    p.receive('APPLY', { volume: 1, track: 1, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: GEN, session: 1 });
    p.expectReply('APPLIED', { result: REFUSED });
    p.expectDone();
  });

  test('answers no question of another array', () => {
    const p = behind();
    p.receive('ASK', { what: QUESTION.ASK_OPEN, volume: 1, a: EPOCH + 1, b: PAIR_STATE.COPY, c: THEIRS });
    p.expectReply('ASKED', { result: REFUSED });
    expect(p.get('pair.epoch')).toBe(EPOCH);
    p.expectDone();
  });

  test('sends no track to another array', () => {
    const p = behind();
    p.receive('BRING', { volume: 1, track: TRACK, epoch: EPOCH, gen: 0 });
    p.expectReply('BROUGHT', { result: REFUSED });
    p.expectDone();
  });
});

test('a target offers nothing when a link comes', () => {
  const p = target();
  p.receive('PEER_UP', { session: 1 });
  p.expectDone();
});

test('each pair is left when the link goes, that of the first volume, too', () => {
  const p = source('PAIR', { volumes: [{ tracks: 4, pair: 'source', peer: PEER }, { tracks: 4 }] });
  p.receive('PEER_DOWN');
  expect(p.get('pair.state')).toBe(PAIR_STATE.PSUE);
  p.expectDone();
});
