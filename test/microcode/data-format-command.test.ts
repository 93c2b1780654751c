/** A format change as an operator asks for it: when it is refused, what it marks, and what hosts must keep to from then on. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, HEAT, PAIR_STATE, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { data, PEER, source } from './fixtures.js';
import { listedVolumes } from './lists.js';

const { OK, BUSY, NOT_READY, UNALIGNED } = RESULT;
const { SMPL, PSUE } = PAIR_STATE;
const { VOLUME_ABSENT, VOLUME_UNKNOWN } = VOLUME_STATE;
/** Tracks of two blocks of 4096 bytes. */
const BLOCKS = { sectorsPerTrack: 16 };
const [SMALL, LARGE] = [1, 8];

const local = (): Path => data({ ...BLOCKS, volumes: [{ tracks: 4 }] });
const paired = (state: 'PAIR' | 'PSUE' | 'SMPL' = 'PAIR'): Path =>
  source(state, { ...BLOCKS, volumes: [{ tracks: 4, pair: 'source', peer: PEER }] });

const format = (p: Path, block: number = LARGE) => p.receive('FORMAT', { volume: 0, block });

function refused(p: Path, result: number): void {
  format(p);
  p.expectReply('DONE', { result, a: p.get('pair.state'), b: 0 });
  p.expectDone();
  expect([p.get('volume.m1_fp'), p.get('format.change'), p.get('session.changing')]).toEqual([0, 0, 0]);
}

describe('a format change', () => {
  test.each(['LOST_CACHE', 'LOST_DISK'])('is refused by an array with %s', (lost) => {
    for (const p of [local(), paired()]) {
      p.set('system.lost', 0, CONSTANTS[lost] as number);
      refused(p, NOT_READY);
    }
  });

  test.each([VOLUME_ABSENT, VOLUME_UNKNOWN])('is refused of a volume in state %i, which serves no hosts', (state) => {
    const p = local();
    p.set('volume.state', 0, state);
    refused(p, NOT_READY);
  });

  test('is refused while another command of the pair waits for the other side', () => {
    const p = paired();
    p.set('session.busy', 0, 1);
    refused(p, BUSY);
  });

  test('of a volume whose pair nobody made is a matter of this side alone', () => {
    const p = paired('SMPL');
    format(p);
    p.expect('data', 'CONVERT', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: SMPL, b: 4 });
    expect([p.flags(0, 0), p.get('volume.m2_fp')]).toEqual(['M1_FP', 0]);
    p.expectDone();
  });

  test('leaves a pair in PSUE as it is, and marks what the other side will have to change', () => {
    const p = paired('PSUE');
    format(p);
    p.expect('data', 'CONVERT', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: PSUE, b: 4 });
    expect(p.flags(0, 0)).toBe('M1_FP|M2_FP');
    p.expectDone();
  });

  test('of a volume without a pair is answered as of SMPL', () => {
    const p = local();
    format(p);
    p.expect('data', 'CONVERT', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: SMPL, b: 4 });
    p.expectDone();
  });

  test('of a volume without a pair asks no other array, whatever is hot in the list of another volume', () => {
    const { recipe, volumes = [] } = listedVolumes('source', 0, [4, 128 * 15]);
    const p = data({ ...BLOCKS, ...(recipe ? { recipe } : {}), volumes: [{ tracks: 4 }, ...volumes.slice(1)] });
    p.set('heat.hot', 128 + 112, HEAT.HOT);
    format(p);
    p.expect('data', 'CONVERT', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: SMPL, b: 4 });
    p.receive('CONVERT', { volume: 0 }, { class: 'destage' });
    expect(p.get('volume.m1_fp')).toBe(0);
    p.expectDone();
  });

  test('back to 512 bytes binds hosts to whole blocks as long as a track has the larger ones', () => {
    const p = local();
    format(p);
    p.expect('data', 'CONVERT');
    p.expectReply('DONE', { result: OK });
    p.receive('CONVERT', { volume: 0 }, { class: 'destage' });
    p.expectDone();
    format(p, SMALL);
    p.expect('data', 'CONVERT');
    p.expectReply('DONE', { result: OK, a: SMPL, b: 4 });
    const part = { volume: 0, track: 0, span: span(0, 1), at: p.transferAt };
    p.receive('WRITE', part);
    p.expectReply('WRITTEN', { result: UNALIGNED });
    p.receive('CONVERT', { volume: 0 }, { class: 'destage' });
    p.receive('WRITE', part);
    p.expect('cache', 'GET', { track: 0 });
  });
});
