/** Reads and writes of a volume of which a track is not right, and the rebuild that they wait for. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, FLAG, HEAT, POOL, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, source } from './fixtures.js';
import { asks, GEN, LATER_US, lacks, rests, second, TRACK } from './invalid-track.js';
import { moments } from './moments.js';
import { LABEL, withList } from './with-list.js';

const { OK, STALE, MEDIUM_ERROR, REFUSED, LOOK, DOMINO_HELD } = RESULT;
const { M1_INV, M2_WP, WRITTEN } = FLAG;
const { VOLUME_WATCHED } = VOLUME_STATE;
const PART = span(1, 1);
/** Number of the track in the array. */
const T = 4 + TRACK;

const write = (p: Path, volume = 1, part = PART) =>
  p.receive('WRITE', { volume, track: TRACK, span: part, at: p.transferAt });

describe('a host’s write of a part', () => {
  test('of a track that is right goes as any other, and calls for no offer', () => {
    const p = lacks(second('source'));
    p.node.tracks.clearFlags(T, 1, M1_INV);
    p.set('session.agreed', 1, 1);
    write(p);
    p.expect('cache', 'GET', { track: TRACK, pool: POOL.HOST_POOL });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expect('remote', 'SHIP', { track: TRACK });
  });

  test('whose slot had a parity error looks at the track again', () => {
    const p = data();
    write(p, 0);
    p.expect('cache', 'GET');
    p.answer('GOT', { result: STALE });
    p.expect('cache', 'GET');
  });

  test('of a track that nobody can send any more is refused at once, though another write holds the track', () => {
    const p = lacks(second('source'));
    p.set('session.agreed', 1, 1);
    const first = write(p);
    p.expect('data', 'REBUILD');
    write(p, 1, span(0, 4));
    p.expect('cache', 'GET');
    p.receive('PEER_DOWN');
    p.receive('REBUILD');
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR }, first);
  });

  test('of a domino pair that serves alone is sent to nobody when the track is whole', () => {
    const p = source('SSWS', { recipe: recipeOf('track-mirror', ['domino']), mapped: false });
    p.node.tracks.setFlags(TRACK, 0, M1_INV);
    p.set('volume.state', 0, VOLUME_WATCHED);
    write(p, 0);
    p.expect('data', 'REBUILD');
    p.node.tracks.clearFlags(TRACK, 0, M1_INV);
    p.receive('REBUILD');
    p.expect('cache', 'GET', { track: TRACK });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });
});

describe('a write of a part, of a pair with a list on its drive', () => {
  /** It waits until its track, of which no byte was ever written, is zeroes. */
  function waits(): Path {
    const p = withList('source');
    p.node.tracks.setFlags(TRACK, 0, M1_INV);
    p.set('volume.state', 0, VOLUME_WATCHED);
    write(p, 0);
    return p;
  }

  /** It is; and its cylinder is not named on the drive by then. */
  function becomesRight(p: Path): void {
    p.expect('data', 'REBUILD');
    p.node.tracks.clearFlags(TRACK, 0, M1_INV);
    p.set('heat.hot', 0, HEAT.COLD);
    p.receive('REBUILD');
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
  }

  test('looks at the list once more when its track is right, before it gets a slot', () => {
    const p = waits();
    becomesRight(p);
    p.expectNothing();
    p.answer('LISTED', { result: OK });
    p.expect('cache', 'GET', { track: TRACK });
  });

  test('gives up when the track is taken away for the twentieth time', () => {
    const p = waits();
    for (let i = 0; i < 19; i++) {
      becomesRight(p);
      p.node.tracks.setFlags(TRACK, 0, M1_INV);
      p.answer('LISTED', { result: OK });
    }
    p.expect('data', 'REBUILD');
    p.node.tracks.clearFlags(TRACK, 0, M1_INV);
    p.receive('REBUILD');
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    p.expectDone();
  });
});

describe('a host’s write of all', () => {
  const all = (p: Path, volume: number, sectors: number): void => {
    p.receive('WRITE', { volume, track: TRACK, span: span(0, sectors), at: p.transferAt });
  };

  test('in blocks of 4096 takes a slot for hosts', () => {
    const p = lacks(data({ sectorsPerTrack: 8 }), M1_INV | WRITTEN, 0);
    p.set('volume.align', 0, 7);
    all(p, 0, 8);
    p.expect('cache', 'GET', { track: TRACK, pool: POOL.HOST_POOL });
  });

  test('that a domino pair does not take any more gives its slot back without a credit', () => {
    const p = source('PAIR', { recipe: recipeOf('track-mirror', ['domino']) });
    lacks(p, M1_INV | WRITTEN, 0);
    all(p, 0, 4);
    p.expect('cache', 'GET');
    p.receive('PEER_DOWN');
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2, session: 0 });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    p.expectDone();
  });
});

describe('a host’s read', () => {
  const read = (p: Path, volume = 1) => p.receive('READ', { volume, track: TRACK, span: span(0, 8) });

  function fails(p: Path): void {
    p.expect('cache', 'GET', { track: TRACK });
    p.answer('GOT', { result: MEDIUM_ERROR });
  }

  test('of a track that the drive loses four times hears so, and asks for it no more', () => {
    const p = second('source');
    p.node.tracks.setFlags(T, 1, WRITTEN);
    read(p);
    for (let i = 0; i < 3; i++) {
      fails(p);
      p.expect('data', 'REBUILD');
      p.node.tracks.clearFlags(T, 1, M1_INV);
      p.receive('REBUILD');
    }
    fails(p);
    p.expectReply('READY', { result: MEDIUM_ERROR });
    expect(p.flags(1, TRACK)).toBe('none');
  });

  test('waits as long for a track that the drive loses again as it did at first', () => {
    const p = lacks(second('source'));
    read(p);
    p.expect('data', 'REBUILD');
    p.receive('REBUILD');
    for (let i = 0; i < 199; i++) {
      p.expect('remote', 'CALL', asks);
      p.answer('ANSWER', { result: REFUSED });
    }
    p.expect('remote', 'CALL', asks);
    p.node.tracks.clearFlags(T, 1, M1_INV);
    p.answer('ANSWER', { result: OK });
    fails(p);
    p.expect('data', 'REBUILD');
    p.expectNothing();
  });

  test('in blocks of 4096 goes on in the moment at which its track became zeroes', () => {
    const p = lacks(data({ sectorsPerTrack: 8 }), M1_INV, 0);
    p.set('volume.align', 0, 7);
    read(p, 0);
    p.expect('data', 'REBUILD');
    p.node.tracks.clearFlags(TRACK, 0, M1_INV);
    p.receive('REBUILD');
    p.expect('cache', 'GET', { track: TRACK });
  });

  test('that waits for a track hears MEDIUM_ERROR when nobody can be asked any more', () => {
    const p = lacks(second('source'));
    read(p);
    p.expect('data', 'REBUILD');
    p.receive('DATA_LOSES', { lost: CONSTANTS.LOST_REMOTE as number });
    p.receive('REBUILD');
    p.expectReply('READY', { result: MEDIUM_ERROR });
    rests(p);
  });
});

describe('a rebuild', () => {
  test('ends when the only track that was to come has come, though another volume lacks one for good', () => {
    const p = lacks(lacks(second('source')), M1_INV | WRITTEN, 0);
    p.node.tracks.setFlags(T, 1, M2_WP);
    p.receive('REBUILD');
    p.expectNothing();
    p.node.tracks.clearFlags(T, 1, M1_INV | M2_WP);
    p.pass_us(LATER_US);
    rests(p);
  });

  test('makes a track zeroes before it says that it is right: power may go in between', () => {
    const p = lacks(data(), M1_INV, 0);
    p.fill(p.slotAt(1), 4, 0x11);
    p.receive('REBUILD');
    const asked = p.expect('cache', 'GET', { track: TRACK });
    p.answer('GOT', { result: OK, slot: 1 }, asked, { ops: 0 });
    const seen = moments(p, () => `${p.flags(0, TRACK)} ${p.slotBytes(1).join('')}`);
    expect(seen).toContain('M1_WP|M1_INV 0000');
    expect(seen).not.toContain('M1_WP 17171717');
  });

  test('brings a track over the link before it says that it is right: power may go in between', () => {
    const p = lacks(second('source'));
    p.fill(p.slotAt(1), 4, 0x11);
    p.set('system.fetching', 0, T + 1);
    const at = p.transferAt;
    p.receive('APPLY', { volume: 1, track: TRACK, span: span(0, 4), at, epoch: 0, gen: GEN, flags: 6, session: 1 });
    const asked = p.expect('cache', 'GET', { track: TRACK });
    p.answer('GOT', { result: OK, slot: 1 }, asked, { ops: 0 });
    const seen = moments(p, () => `${p.flags(1, TRACK)} ${p.slotBytes(1).join('')}`);
    expect(seen).toContain('M1_WP|M1_INV 0000');
    expect(seen).not.toContain('M1_WP 17171717');
  });
});

test('a track that the other side asks for goes though its slot is new here', () => {
  const p = second('target');
  p.set('track.gen', T, [GEN, EPOCH]);
  p.set('track.flags', T, WRITTEN);
  p.receive('BRING', { volume: 1, track: TRACK, epoch: EPOCH, gen: GEN });
  p.expect('cache', 'GET', { track: TRACK });
  p.answer('GOT', { result: LOOK, slot: 1 });
  p.expect('remote', 'SHIP', { track: TRACK });
  p.answer('SHIPPED', { result: OK });
  p.expect('cache', 'UNPIN', { slot: 1 });
  p.expectReply('BROUGHT', { result: OK });
  p.expectDone();
});
